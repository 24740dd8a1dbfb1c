// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples how the threads of a cgroup have set the floating-point unit. RandomX flushes to zero,
 * takes denormals for zero and is in each of the four rounding modes in turn, as nothing else is.
 *
 * The kernel saves the control word when a thread leaves the CPU, so that of the incoming thread can
 * be read. Three probes cost as much as all else that is done at a switch: threads that use the CPU
 * in long slices are looked at each time, others now and then.
 */
#include "lib/cgroups.h"
#include "mining/fpu-word.h"

#define PF_KTHREAD 0x00200000
/* On-CPU time a switch from which a thread is looked at each time: 131 µs, as a shift. */
#define LONG_SLICE_SHIFT 17
#define SHORT_SLICES 16 /* of which one is looked at */
#define SUSPECTS 4096   /* threads in that state; a node with more has found its miner */

struct { /* key: thread value: its voluntary switches when it was sampled last */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SUSPECTS);
	__type(key, u32);
	__type(value, u64);
} sleeps_by_thread SEC(".maps");

/* The CPU time is a number that nobody can foresee, and costs nothing. */
static __always_inline bool is_chosen(const struct task_struct *task)
{
	nsec_t oncpu_ns = task->se.sum_exec_runtime;
	u64 switches = task->nvcsw + task->nivcsw;

	return oncpu_ns >= switches << LONG_SLICE_SHIFT || (oncpu_ns >> 6) % SHORT_SLICES == 0;
}

static __always_inline struct footprint_row *footprint_of(const struct task_struct *task)
{
	u64 id = task->cgroups->dfl_cgrp->kn->id;
	u32 *slot = known_slot(&id);
	struct footprint_row *footprint =
		slot ? bpf_map_lookup_elem(&footprint_by_slot, slot) : NULL;

	/* What another cgroup left in the row is old. */
	if (footprint && footprint->cgroup_id != id) {
		__builtin_memset(footprint, 0, sizeof(*footprint));
		footprint->cgroup_id = id;
	}
	return footprint;
}

/* Whether a thread that was sampled before has gone without sleep since. */
static __always_inline bool was_preempted(const struct task_struct *task)
{
	u32 thread = task->pid;
	u64 sleeps = task->nvcsw, *known = bpf_map_lookup_elem(&sleeps_by_thread, &thread);
	bool is_same = known && *known == sleeps;

	if (known)
		*known = sleeps;
	else
		bpf_map_update_elem(&sleeps_by_thread, &thread, &sleeps, BPF_ANY);
	return is_same;
}

static __noinline int note_sample(const struct task_struct *task, u32 mode)
{
	struct footprint_row *footprint = footprint_of(task);

	if (!footprint)
		return 0;
	barrier_var(mode);
	mode &= ROUNDING_MODES - 1;
	if (was_preempted(task))
		ADD(footprint->preempted[mode], 1);
	else
		ADD(footprint->slept[mode], 1);
	footprint->pid = task->tgid;
	bpf_core_read(footprint->command, sizeof(footprint->command), &task->comm);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sample_fpu, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u32 mode;

	if (!next->pid || next->flags & PF_KTHREAD || !is_chosen(next))
		return 0;
	if (!begin_run(PROGRAM_SAMPLE_FPU))
		return 0;
	mode = flushing_mode(next);
	if (mode != NOT_FLUSHING)
		note_sample(next, mode);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
