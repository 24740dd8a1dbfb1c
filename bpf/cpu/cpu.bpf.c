// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges the CPU time that the scheduler recorded for a slice to the cgroup of the task that ran
 * it.
 *
 * No clock is read. The kernel keeps exact counters per task (se.sum_exec_runtime, the source of
 * cpu.stat; sched_info.run_delay; nivcsw), so a slice is the difference between switch-out and
 * switch-in. The running slice is stored in the cell of its cgroup, where the usage iterator adds
 * it.
 */
#include "lib/cgroups.h"
#include "lib/sole-writer.h"

/*
 * A tireless thread has run for a minute, and has slept less than once per second of CPU time: a
 * worker that always has work. Preemption, throttling and yields are not sleep.
 */
#define TIRELESS_NS (60ULL * 1000 * 1000 * 1000)
#define TIRELESS_NS_A_SLEEP (1ULL << 30)

static const u64 wait_bounds_ns[] = WAIT_BOUNDS_NS;

/* Most waits are short, so the first bound decides most of them. */
static __always_inline u32 wait_bucket(nsec_t wait_ns)
{
	u32 bucket = 1;

	if (wait_ns <= wait_bounds_ns[0])
		return 0;
#pragma unroll
	for (u32 i = 1; i < WAIT_BUCKETS - 1; i++)
		bucket += wait_ns > wait_bounds_ns[i];
	return bucket;
}

static __always_inline void charge_waiting(struct usage_cell *cell, struct oncpu *on,
                                           struct task_struct *task)
{
	nsec_t wait_ns = task->sched_info.run_delay - on->wait_ns;

	cell->cpu.wait_ns += wait_ns;
	cell->cpu.preemptions += (u16)(task->nivcsw - on->preemptions);
	cell->cpu.wait_histogram[wait_bucket(wait_ns) & (WAIT_BUCKETS - 1)]++;
}

/* A remembered slot is valid: before a row is freed, every CPU is made to forget it. */
static __always_inline u32 recent_slot(struct cpu_state *state, struct cgroup *cgroup)
{
	u64 id = cgroup->kn->id;
	struct recent_cgroup *recent = &state->recent[id % RECENT_CGROUPS];

	if (recent->cgroup_id != id) {
		recent->slot = slot_of(state, cgroup);
		recent->cgroup_id = recent->slot < SLOTS_RESERVED ? 0 : id;
	}
	return recent->slot;
}

static __always_inline bool is_tireless(const struct task_struct *task)
{
	nsec_t oncpu_ns = task->se.sum_exec_runtime;

	return oncpu_ns >= TIRELESS_NS && task->nvcsw * TIRELESS_NS_A_SLEEP <= oncpu_ns;
}

static __always_inline void charge_move(struct cpu_state *state, const struct slice_move *move,
                                        nsec_t oncpu_ns)
{
	struct usage_cell *cell = cell_of_owner(state, move->slot, move->cgroup_id);

	if (cell)
		cell->cpu.oncpu_ns += oncpu_ns;
}

/*
 * The task changed its cgroup during this slice: the time before belongs to the old cgroup. The
 * times are noted by another CPU, so each is used only if it is not before the previous one.
 */
static __noinline nsec_t split_slice(struct cpu_state *state, struct task_struct *task,
                                     struct usage_cell *from)
{
	nsec_t begin_ns = from->running.begin_ns, moved_ns = from->running.moved_ns;
	nsec_t end_ns = task->se.sum_exec_runtime, left_ns = moved_ns;
	const struct slice_moves *moves = &state->moves;

	if (moved_ns < begin_ns || moved_ns > end_ns)
		return end_ns - begin_ns; /* a move that was noted too late for its slice */
	if (moves->made > MOVES_A_SLICE)
		lose(state, LOST_CPU__MISREAD);
#pragma unroll
	for (u32 i = 0; i < MOVES_A_SLICE; i++) {
		nsec_t until_ns = end_ns;

		if (i >= moves->made)
			break;
		if (i + 1 < MOVES_A_SLICE && i + 1 < moves->made)
			until_ns = moves->kept[(i + 1) % MOVES_A_SLICE].at_ns;
		if (until_ns < left_ns || until_ns > end_ns)
			until_ns = left_ns;
		charge_move(state, &moves->kept[i], until_ns - left_ns);
		left_ns = until_ns;
	}
	return moved_ns - begin_ns;
}

/*
 * The switch-out of the previous task was missed. Its slice can be charged if it was not picked
 * again: the fair class then still has the old start. Probe reads are needed because the task may
 * be freed.
 */
static __noinline void close_unseen(struct cpu_state *state)
{
	struct task_struct *task = (struct task_struct *)state->on.task;
	struct usage_cell *cell = cell_of(state, state->on.slot);
	nsec_t picked_ns = 0, end_ns = 0;

	if (!cell || !task)
		return;
	bpf_core_read(&picked_ns, sizeof(picked_ns), &task->se.prev_sum_exec_runtime);
	bpf_core_read(&end_ns, sizeof(end_ns), &task->se.sum_exec_runtime);
	if (picked_ns == cell->running.begin_ns && end_ns > picked_ns)
		cell->cpu.oncpu_ns += end_ns - picked_ns;
	barrier();
	cell->running.task = 0;
}

/*
 * If the switch-in of a task was missed, only the fair class knows the start of its slice. Before
 * the first switch on this CPU, nothing was counted.
 */
static __noinline void estimate_slice(struct cpu_state *state, struct task_struct *task)
{
	struct usage_cell *cell;

	lose(state, LOST_CPU__MISREAD);
	close_unseen(state);
	if (!task->pid || !state->on.generation)
		return;
	if (task->prio < MAX_RT_PRIO || task->policy == SCHED_EXT)
		return;
	cell = cell_of(state, slot_of(state, task->cgroups->dfl_cgrp));
	if (cell)
		cell->cpu.oncpu_ns += task->se.sum_exec_runtime - task->se.prev_sum_exec_runtime;
}

static __always_inline void close_slice(struct cpu_state *state, struct task_struct *task)
{
	struct oncpu *on = &state->on;
	struct usage_cell *cell;
	nsec_t oncpu_ns;

	if (on->task != (u64)task) {
		if (task->pid || on->task)
			estimate_slice(state, task);
		return;
	}
	cell = cell_of(state, on->slot);
	if (!cell)
		return;
	oncpu_ns = task->se.sum_exec_runtime - cell->running.begin_ns;
	if (cell->running.moved_ns)
		oncpu_ns = split_slice(state, task, cell);
	cell->cpu.oncpu_ns += oncpu_ns;
	if (is_tireless(task))
		cell->cpu.tireless_ns += oncpu_ns;
	charge_waiting(cell, on, task);
	barrier(); /* a reader that finds no task finds the slice counted */
	cell->running.task = 0;
}

static __always_inline void open_slice(struct cpu_state *state, struct task_struct *task)
{
	struct oncpu *on = &state->on;
	struct usage_cell *cell;

	on->generation = generation;
	if (!task->pid) {
		on->task = 0;
		return;
	}
	on->task = (u64)task;
	on->slot = recent_slot(state, task->cgroups->dfl_cgrp);
	on->wait_ns = task->sched_info.run_delay;
	on->preemptions = task->nivcsw;
	cell = cell_of(state, on->slot);
	if (!cell)
		return;
	cell->running.begin_ns = task->se.sum_exec_runtime;
	cell->running.base_ns = cell->cpu.oncpu_ns - cell->running.begin_ns;
	cell->running.moved_ns = 0;
	barrier();
	cell->running.task = (u64)task;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(charge_slice, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct cpu_state *state = begin_run(PROGRAM_CHARGE_SLICE);

	if (!state)
		return 0;
	/* At a hand-over, both generations may see one switch. The other has charged it. */
	if (state->on.task == (u64)next && state->on.generation != generation)
		return 0;
	switch_adding(&state->on, prev->pid, next->pid);
	close_slice(state, prev);
	open_slice(state, next);
	return 0;
}

/* The running task of that CPU moves to another cgroup. The old cgroup is charged up to here. */
static __always_inline void note_slice(struct cpu_state *state, struct usage_cell *cell,
                                       u64 cgroup_id, u32 slot)
{
	struct task_struct *task = (struct task_struct *)cell->running.task;
	struct slice_moves *moves = &state->moves;
	struct slice_move *move;
	nsec_t at_ns = 0;

	bpf_core_read(&at_ns, sizeof(at_ns), &task->se.sum_exec_runtime);
	if (!cell->running.moved_ns)
		moves->made = 0;
	if (moves->made < MOVES_A_SLICE) {
		move = &moves->kept[moves->made % MOVES_A_SLICE];
		move->at_ns = at_ns;
	} else {
		move = &moves->kept[MOVES_A_SLICE - 1];
	}
	move->cgroup_id = cgroup_id;
	move->slot = slot;
	moves->made++;
	barrier(); /* a reader that finds the slice moved finds its destination */
	if (!cell->running.moved_ns)
		cell->running.moved_ns = at_ns;
}

/* Global, so that the verifier checks it once and not once per CPU. */
__noinline int note_on(u32 cpu, int leader, int threadgroup, u64 cgroup_id, u32 slot)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);
	struct task_struct *task;
	struct usage_cell *cell;
	struct usage *usage;
	int pid = 0, tgid = 0;

	if (!state || !state->on.task)
		return 0;
	task = (struct task_struct *)state->on.task;
	bpf_core_read(&pid, sizeof(pid), &task->pid);
	bpf_core_read(&tgid, sizeof(tgid), &task->tgid);
	if (pid != leader && !(threadgroup && tgid == leader))
		return 0;
	usage = usage_at(state->on.slot);
	cell = usage ? cell_at(usage, cpu) : NULL;
	if (cell && cell->running.task == (u64)task)
		note_slice(state, cell, cgroup_id, slot);
	return 0;
}

/* Notes the CPU time of a running task when it, or its whole process, moves to another cgroup. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(note_move, struct cgroup *to, const char *path, struct task_struct *leader,
             bool threadgroup)
{
	struct usage *usage;
	struct cpu_state *state;
	u64 owner;
	u32 slot;

	if (to->root->hierarchy_id != 0)
		return 0;
	state = begin_run(PROGRAM_NOTE_MOVE);
	if (!state)
		return 0;
	slot = slot_of(state, to);
	usage = slot < SLOTS_RESERVED ? NULL : usage_at(slot);
	owner = usage ? usage->owner : 0;
	for_each_cpu (cpu)
		note_on(cpu, leader->pid, threadgroup, owner, slot);

	return 0;
}

char LICENSE[] SEC("license") = "GPL";
