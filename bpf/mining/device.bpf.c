// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of processes that ask to write registers of the processor through their driver, as miners do
 * that turn prefetching off. The hook is there to forbid devices: this one always says yes, and all
 * but the registers are left alone after one comparison.
 *
 * NOTE: the tracepoint of such writes fires at those of the kernel itself, on whichever CPU is asked.
 */
#include "mining/report-once.h"

#define MSR_MAJOR 202 /* include/uapi/linux/major.h */

SEC("cgroup/dev")
int see_device(struct bpf_cgroup_dev_ctx *device)
{
	u32 access = device->access_type >> 16, type = (u16)device->access_type;
	struct cpu_state *state;

	if (device->major != MSR_MAJOR || type != BPF_DEVCG_DEV_CHAR ||
	    !(access & BPF_DEVCG_ACC_WRITE))
		return PASS;
	state = begin_run(PROGRAM_SEE_DEVICE);
	if (state)
		report_once(state, CLUE_DEVICE, device->minor);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
