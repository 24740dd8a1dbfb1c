// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frees rows of the flow table, returns the answers and clues of a tick that ended, and settles
 * deferred usage.
 *
 * Rows of deleted cgroups are freed, and when the table fills up, the longest idle rows of the pods
 * that hold most of it. Like `reap`, each opening of `sweep` takes a row one step further: it is
 * unlinked first, and freed at the next opening, when no program can still hold it.
 */
#include "lib/clues.h"
#include "lib/cache-epoch.h"
#include "cgroup/eviction.h"

__noinline int acknowledge_answers(u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);

	if (state)
		state->answers.acknowledged = state->answers.marked;
	return 0;
}

__noinline int acknowledge_clue(u32 slot)
{
	struct clue_row *clue = clue_at(slot);

	if (clue && clue->state == CLUE_READ)
		free_clue(clue);
	return 0;
}

static __always_inline void acknowledge(void)
{
	for_each_cpu (cpu)
		acknowledge_answers(cpu);

	for (u32 slot = 0; slot < MAX_CLUES; slot++) {
		if (slot >= nr_clues)
			break;
		acknowledge_clue(slot);
	}
}

SEC("iter/bpf_map")
int sweep(struct bpf_iter__bpf_map *ctx)
{
	struct share *all = share_of_all();
	u32 in_use = 0, taken = 0;
	struct cpu_state *state;

	if (ctx->meta->seq_num != 0 || !all)
		return 0;
	state = begin_run(PROGRAM_SWEEP);
	if (!state)
		return 0;
	for (u32 i = 0; i < MAX_FLOWS; i++) {
		u32 fate;

		if (i >= nr_flows)
			break;
		fate = sweep_flow(nr_slots + i, state->row.cpu);
		in_use += !!(fate & STAYS);
		taken += !!(fate & TAKEN);
	}
	for (u32 slot = 0; slot < MAX_SLOTS; slot++) {
		if (slot >= nr_slots)
			break;
		count_flows(slot);
	}
	all->flows = in_use;
	if (taken)
		advance_cache_epochs();
	acknowledge();
	return 0;
}

__noinline int mark_answers(u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);

	if (state)
		state->answers.marked = state->answers.written;
	return 0;
}

__noinline int mark_clue(u32 slot)
{
	struct clue_row *clue = clue_at(slot);

	if (clue && clue->state == CLUE_WHOLE)
		clue->state = CLUE_READ;
	return 0;
}

/*
 * Marks the answers and clues that this tick reads. It is opened first; the `sweep` of the tick
 * then frees what was marked.
 */
SEC("iter/bpf_map")
int mark(struct bpf_iter__bpf_map *ctx)
{
	if (ctx->meta->seq_num != 0 || !begin_run(PROGRAM_MARK))
		return 0;
	for_each_cpu (cpu)
		mark_answers(cpu);

	for (u32 slot = 0; slot < MAX_CLUES; slot++) {
		if (slot >= nr_clues)
			break;
		mark_clue(slot);
	}
	return 0;
}

/* Runs in any generation: after an interrupted load, an older one may own the tables. */
SEC("iter/bpf_map")
int settle(struct bpf_iter__bpf_map *ctx)
{
	struct cpu_state *state = ctx->meta->seq_num == 0 ? begin_run_anyway(PROGRAM_SETTLE) : NULL;
	u32 round = state ? begin_settlement(state) : NO_SETTLEMENT;

	if (round == NO_SETTLEMENT)
		return 0;
	for (u32 i = 0; i < MAX_FLOWS; i++) {
		if (i >= nr_flows)
			break;
		settle_flow(nr_slots + i);
	}
	end_settlement(round);
	return 0;
}

/* Fills the queues of free rows. The loader reads it before `prepare`. */
SEC("iter/bpf_map")
int prepare_queues(struct bpf_iter__bpf_map *ctx)
{
	u32 zero = 0;
	struct cpu_state *first = bpf_map_lookup_elem(&state_by_cpu, &zero);

	if (ctx->meta->seq_num != 0 || !first || first->row.started_ns)
		return 0;
	for (u32 i = 0; i < MAX_FLOWS; i++) {
		u32 slot = nr_slots + i;

		if (i >= nr_flows)
			break;
		bpf_map_push_elem(&free_flows, &slot, 0);
	}
	for (u32 i = 0; i < MAX_CLUES; i++) {
		u32 slot = i;

		if (i >= nr_clues)
			break;
		bpf_map_push_elem(&free_clues, &slot, 0);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
