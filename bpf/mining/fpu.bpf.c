// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples the floating-point modes of each cgroup's threads. RandomX flushes to zero, treats
 * denormals as zero, and uses each of the four rounding modes in turn. No other program does.
 *
 * The kernel saves the control word when a thread leaves the CPU, so that of the incoming thread is
 * readable. Its three probe reads cost as much as everything else at a switch. So threads with long
 * slices are sampled at each switch, others at one in 16.
 */
#include "lib/cgroups.h"
#include "mining/fpu-word.h"

#define PF_KTHREAD 0x00200000
/* Threads with more on-CPU time per switch are always sampled: 2^17 ns = 131 us. */
#define LONG_SLICE_SHIFT 17
#define SHORT_SLICES 16 /* one of so many is sampled */
#define SUSPECTS 4096   /* threads in that state; a node with more has found its miner */

struct { /* key: thread; value: its voluntary switches at the last sample */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SUSPECTS);
	__type(key, u32);
	__type(value, u64);
} sleeps_by_thread SEC(".maps");

/* The low bits of the CPU time are as good as random, and cost nothing. */
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

	/* The row may still hold samples of its previous cgroup. */
	if (footprint && footprint->cgroup_id != id) {
		__builtin_memset(footprint, 0, sizeof(*footprint));
		footprint->cgroup_id = id;
	}
	return footprint;
}

/* Whether a thread has not slept since its last sample. */
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
