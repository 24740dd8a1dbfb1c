/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frees the row of a deleted cgroup. Its figures move to the retired row, so that the node's sums
 * never step back.
 */
#ifndef VIGIA_CGROUP_RETIREMENT_H
#define VIGIA_CGROUP_RETIREMENT_H

#include "lib/cgroups.h"
#include "flow/flows.h"

/* Counters of a cell, without the running slice. */
#define CELL_WORDS ((sizeof(struct usage_cell) - offsetof(struct usage_cell, cpu)) / 8)

/* Global functions, so that the verifier checks each once, and not once per CPU or slot. */
__noinline int forget_on(u32 cpu, u64 id)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);
	struct recent_cgroup *recent;

	if (!state)
		return 0;
	recent = &state->recent[id % RECENT_CGROUPS];
	if (recent->cgroup_id == id)
		recent->cgroup_id = 0;
	return 0;
}

__noinline int retire_cell(u32 slot, u32 cpu)
{
	struct usage *usage = usage_at(slot), *retired = usage_at(SLOT_RETIRED);
	struct usage_cell *from, *to;

	if (!usage || !retired)
		return 0;
	from = cell_at(usage, cpu);
	to = cell_at(retired, cpu);
	if (!from || !to)
		return 0;
#pragma unroll
	for (u32 i = 0; i < CELL_WORDS; i++) {
		((u64 *)&to->cpu)[i] += ((u64 *)&from->cpu)[i];
		((u64 *)&from->cpu)[i] = 0;
	}
	return 0;
}

__noinline int retire_other_peers(u32 slot)
{
	struct flow *flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	struct flow_row *retired = other_peers(SLOT_RETIRED, 0);

	if (flow && retired && flow->row.born_ns)
		move_flow(flow, retired);
	return 0;
}

/*
 * Whether a slice that began in this cgroup still runs. It may belong to a task that has since
 * moved; it is charged to this row when it ends.
 */
static __always_inline bool is_running(struct usage *usage)
{
	for (u32 cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct usage_cell *cell = cell_at(usage, cpu);

		if (!cell)
			break;
		if (cell->running.task)
			return true;
	}
	return false;
}

/* Gives back all socket caches at once. A socket that closes later is not given back again. */
static __always_inline void give_back_places(struct usage *usage)
{
	struct usage *holder = usage_at(usage->share_slot);
	struct share *all = share_of_all();
	u32 sockets = usage->sockets;

	usage->sockets = 0;
	if (holder && holder->share.sockets >= sockets)
		ADD(holder->share.sockets, -sockets);
	if (all && all->sockets >= sockets)
		ADD(all->sockets, -sockets);
}

/* No new charge finds the slot after this. Programs that hold it end before the next opening. */
static __always_inline void unlink(struct usage *usage)
{
	u64 id = usage->owner;

	usage->owner = 0;
	count_row(usage, -1);
	give_back_places(usage);
	bpf_map_delete_elem(&slot_by_cgroup, &id);
	for_each_cpu (cpu)
		forget_on(cpu, id);
}

static __always_inline void move_traffic(struct traffic *from, struct traffic *to)
{
	ADD(to->bytes, from->bytes);
	ADD(to->packets, from->packets);
	*from = (struct traffic){};
}

/* Moves the figures that are not in a cell. */
static __always_inline void retire_head(u32 slot)
{
	struct usage *usage = usage_at(slot), *retired = usage_at(SLOT_RETIRED);

	if (!usage || !retired)
		return;
	move_traffic(&usage->deferred_transmit, &retired->deferred_transmit);
	move_traffic(&usage->deferred_receive, &retired->deferred_receive);
#pragma unroll
	for (u32 i = 0; i < PROTOCOLS; i++) {
		move_traffic(&usage->contended.transmit[i], &retired->contended.transmit[i]);
		move_traffic(&usage->contended.receive[i], &retired->contended.receive[i]);
	}
}

static __always_inline void retire(u32 slot)
{
	retire_head(slot);
	for_each_cpu (cpu)
		retire_cell(slot, cpu);
}

/* Returns whether the row was taken from its owner. */
__noinline int reap_slot(u32 slot)
{
	struct usage *usage = usage_at(slot);
	struct path_row *path = bpf_map_lookup_elem(&path_by_slot, &slot);

	if (!usage || !path)
		return 0;
	if (usage->share.answers)
		usage->share.answers = 0; /* the limit is per tick */
	if (!usage->died_ns)
		return 0;
	if (!usage->seen_ns) {
		usage->seen_ns = bpf_ktime_get_ns();
	} else if (usage->owner) {
		if (bpf_ktime_get_ns() - usage->seen_ns < retention_ns)
			return 0;
		unlink(usage);
		return 1;
	} else if (!is_running(usage)) {
		retire(slot);
		retire_other_peers(slot);
		usage->died_ns = 0;
		path->cgroup_id = 0;
		usage->cgroup_id = 0;
		bpf_map_push_elem(&free_slots, &slot, 0);
	}
	return 0;
}

#endif
