// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports processes that open a CPU's model-specific registers for writing, as miners do to turn
 * off prefetching. The hook could deny devices; this program always allows, and checks any other
 * device with one comparison.
 *
 * NOTE: the tracepoint for register writes also fires for the kernel's own, on whichever CPU is
 * asked.
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
