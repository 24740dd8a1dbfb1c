/* SPDX-License-Identifier: GPL-2.0-only */
/* Frees rows of the flow table: rows of deleted cgroups, and idle rows when the table fills up. */
#ifndef VIGIA_CGROUP_EVICTION_H
#define VIGIA_CGROUP_EVICTION_H

#include "cgroup/settlement.h"
#include "lib/shares.h"

#define NEVER_NS (~0ULL)
#define GRACE_NS (SECOND_NS / 100) /* far longer than a program holds a row that it found */
#define OPEN_PATIENCE_NS (600 * SECOND_NS)
/* A pod with no more rows than this keeps them, however full the table is. */
#define KEPT_FLOWS 64

/* Returns how long a row of the pod may be idle. This shrinks as the pod uses up its share. */
static __always_inline nsec_t patience_ns(const struct share *share, const struct share *all)
{
	u64 in_use = all->flows, free = in_use < nr_flows ? nr_flows - in_use : 0;
	u64 percent = (u64)share->flows * 100 / (free * FLOW_MULTIPLE ?: 1);

	if (share->flows <= KEPT_FLOWS || percent < 50)
		return NEVER_NS;
	if (percent < 75)
		return 60 * SECOND_NS;
	return percent < 90 ? 10 * SECOND_NS : 0;
}

/*
 * Detects use by a change of the counters: a timestamp per event would need a clock, which costs as
 * much as all of the rest.
 */
static __always_inline void note_use(const struct flow *with_cells, struct flow_row *flow)
{
	const struct flow_counts *counts = &flow->counts;
	u64 events = counts->attempts + counts->established + counts->failures + counts->ended;
	struct flow_cell sum = {};

	if (flow->key.protocol != IPPROTO_TCP) {
		sum_cells(with_cells, &sum);
		events += counts->figures.sent.segments + counts->figures.received.segments +
		          sum.sent.segments + sum.received.segments;
	}
	if ((u32)events == flow->events)
		return;
	flow->events = events;
	flow->used_ns = bpf_ktime_get_ns();
}

/*
 * A row with open connections stays, but not forever when rows are scarce: some kernels hide the
 * end of a connection. A connection that ends later finds or makes a new row.
 */
static __always_inline bool is_idle(const struct flow_row *flow, nsec_t patience)
{
	if (patience == NEVER_NS)
		return false;
	if (flow->counts.established != flow->counts.ended)
		patience = patience ? NEVER_NS : OPEN_PATIENCE_NS;
	return bpf_ktime_get_ns() - flow->used_ns >= patience;
}

static __always_inline void free_flow(struct cpu_state *state, struct flow *flow, u32 slot)
{
	u32 usage_slot = is_owned(&flow->row) ? flow->row.usage_slot : SLOT_RETIRED;
	struct flow_row *heir = other_peers(usage_slot, flow->row.key.cgroup_id);

	u32 round;

	if (!heir)
		return;
	round = begin_settlement(state);
	if (round == NO_SETTLEMENT)
		return;
	settle_flow(slot);
	end_settlement(round);
	move_flow(flow, heir);
	bpf_map_push_elem(&free_flows, &slot, 0);
}

/* Result for one row, as bits. */
enum fate { STAYS = 1, TAKEN = 2 };

/* Global, so that the verifier checks it once. */
__noinline int sweep_flow(u32 slot, u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);
	struct flow *with_cells = bpf_map_lookup_elem(&flow_by_slot, &slot);
	struct share *share, *all = share_of_all();
	struct flow_row *flow;
	bool owned;

	if (!state || !with_cells || !all)
		return 0;
	flow = &with_cells->row;
	if (!flow->born_ns)
		return 0;
	if (flow->unlinked_ns) {
		if (bpf_ktime_get_ns() - flow->unlinked_ns < GRACE_NS)
			return STAYS;
		free_flow(state, with_cells, slot);
		return 0;
	}
	note_use(with_cells, flow);
	owned = is_owned(flow);
	share = share_of(flow->usage_slot);
	if (!share)
		return STAYS;
	if (owned && !is_idle(flow, patience_ns(share, all))) {
		share->flows_found++;
		return STAYS;
	}
	if (owned)
		lose(state, LOST_FLOW__EVICTED);
	flow->unlinked_ns = bpf_ktime_get_ns();
	bpf_map_delete_elem(&slot_by_flow, &flow->key);
	return STAYS | TAKEN;
}

/* Replaces the count of the pod's rows by the number that this sweep found. */
__noinline int count_flows(u32 slot)
{
	struct usage *usage = usage_at(slot);

	if (!usage)
		return 0;
	usage->share.flows = usage->share.flows_found;
	usage->share.flows_found = 0;
	return 0;
}

#endif
