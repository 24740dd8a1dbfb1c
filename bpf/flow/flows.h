/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: who talks to whom. The first nr_slots rows belong to the cgroups of those usage
 * slots and take the peers that have no row of their own, so that adding to a flow never fails.
 *
 * Rows are written by any CPU, but only when a connection begins or ends: atomic adds will do. What
 * comes with each packet goes to a cell of the CPU's own.
 */
#ifndef VIGIA_FLOW_FLOWS_H
#define VIGIA_FLOW_FLOWS_H

#include "lib/addresses.h"
#include "lib/shares.h"

#define FLOW_COUNT_WORDS (sizeof(struct flow_counts) / 8)

/* A pod may have so many times as many rows, or tracked connections, as are free. */
#define FLOW_MULTIPLE 4
#define CONNECTION_MULTIPLE 4

/* What a tracked socket remembers. */
struct connection {
	u64 cgroup_id;
	nsec_t flow_born_ns;
	u32 flow_slot;
	u32 usage_slot;
	nsec_t opened_ns; /* 0 = not by us, or before we came */
	u32 opener;
	u16 is_established;
	u16 is_over;        /* counted; what is left is the socket's own end */
	u32 segs_out_wraps; /* the kernel's own counters have 32 bits */
	u32 segs_in_wraps;
	u32 segs_out;
	u32 segs_in;
	struct flow_figures before; /* of the time before we came */
	nsec_t share_born_ns;       /* tells the row of its share from who has the slot later */
	u32 share_slot;
	u32 is_counted; /* in that share */
};
WIRE_STORED(connection);

static __always_inline struct flow_row *flow_at(u32 slot)
{
	return bpf_map_lookup_elem(&flow_by_slot, &slot);
}

/* What the cells of a flow add to its row. */
static __always_inline void sum_cells(const struct flow *flow, struct flow_cell *sum)
{
	for_each_cpu (cpu) {
		const struct flow_cell *cell;

		cell = &flow->cells[cpu];
		sum->sent.bytes += cell->sent.bytes;
		sum->sent.segments += cell->sent.segments;
		sum->received.bytes += cell->received.bytes;
		sum->received.segments += cell->received.segments;
	}
}

static __always_inline void clear_cells(struct flow *flow)
{
	for_each_cpu (cpu)
		flow->cells[cpu] = (struct flow_cell){};

	flow->settled = (struct flow_cell){};
}

static __always_inline struct flow_row *other_peers(u32 usage_slot, u64 cgroup_id)
{
	struct flow_row *flow = usage_slot < nr_slots ? flow_at(usage_slot) : NULL;

	if (flow && !flow->born_ns) {
		flow->key.cgroup_id = usage_slot < SLOTS_RESERVED ? 0 : cgroup_id;
		flow->slot = usage_slot;
		flow->usage_slot = usage_slot;
		flow->born_ns = bpf_ktime_get_ns();
	}
	return flow;
}

/* Sums up what `from` counted in `to`, and clears it. */
static __always_inline void move_flow(struct flow *source, struct flow_row *to)
{
	struct flow_row *from = &source->row;
	struct flow_cell sum = {};

	sum_cells(source, &sum);
	clear_cells(source);
	ADD(to->counts.figures.sent.bytes, sum.sent.bytes);
	ADD(to->counts.figures.sent.segments, sum.sent.segments);
	ADD(to->counts.figures.received.bytes, sum.received.bytes);
	ADD(to->counts.figures.received.segments, sum.received.segments);
#pragma unroll
	for (u32 i = 0; i < FLOW_COUNT_WORDS; i++) {
		ADD(((u64 *)&to->counts)[i], ((u64 *)&from->counts)[i]);
		((u64 *)&from->counts)[i] = 0;
	}
	if (from->used_ns > to->used_ns)
		to->used_ns = from->used_ns;
	if (from->min_rtt_us && (!to->min_rtt_us || from->min_rtt_us < to->min_rtt_us))
		to->min_rtt_us = from->min_rtt_us;
	from->born_ns = 0;
	from->used_ns = 0;
	from->events = 0;
	from->unlinked_ns = 0;
	from->min_rtt_us = 0;
}

/* Gives a flow its row, made ready before anyone can find it. */
static __noinline int new_flow(struct cpu_state *state, const struct flow_key *key, u32 usage_slot,
                               u32 is_looped)
{
	struct share *share = share_of(usage_slot), *all = share_of_all();
	struct flow_row *flow;
	u32 slot, *found;

	if (!share || !all)
		return usage_slot;
	if (!has_share(share->flows, all->flows, nr_flows, FLOW_MULTIPLE)) {
		lose(state, all->flows < nr_flows ? LOST_FLOW__OVER_SHARE : LOST_FLOW__TABLE_FULL);
		return usage_slot;
	}
	if (bpf_map_pop_elem(&free_flows, &slot))
		goto full;
	flow = flow_at(slot);
	if (!flow)
		goto full;
	flow->key = *key;
	flow->slot = slot;
	flow->usage_slot = usage_slot;
	flow->unlinked_ns = 0;
	flow->min_rtt_us = 0;
	flow->reached_port = 0;
	__builtin_memset(flow->reached, 0, sizeof(flow->reached));
	flow->events = 0;
	flow->is_looped = is_looped;
	flow->used_ns = bpf_ktime_get_ns();
	flow->born_ns = flow->used_ns;
	if (!bpf_map_update_elem(&slot_by_flow, key, &slot, BPF_NOEXIST)) {
		ADD(share->flows, 1);
		ADD(all->flows, 1);
		return slot;
	}

	/* Another CPU was quicker, or the kernel found no room. */
	flow->born_ns = 0;
	bpf_map_push_elem(&free_flows, &slot, 0);
	found = bpf_map_lookup_elem(&slot_by_flow, key);
	if (found)
		return *found;
full:
	lose(state, LOST_FLOW__TABLE_FULL);
	return usage_slot;
}

/*
 * The row in which a flow counts: its own, found or made, or where there is no room that of the other
 * peers of its cgroup. NULL should never be.
 */
static __always_inline struct flow_row *claim_flow(struct cpu_state *state,
                                                   const struct flow_key *key, u32 usage_slot,
                                                   u32 is_looped, bool *is_new)
{
	u32 *found, slot = usage_slot;

	*is_new = false;
	if (usage_slot >= SLOTS_RESERVED) {
		found = bpf_map_lookup_elem(&slot_by_flow, key);
		slot = found ? *found : (u32)new_flow(state, key, usage_slot, is_looped);
		*is_new = !found && slot >= nr_slots;
	}
	return slot < nr_slots ? other_peers(usage_slot, key->cgroup_id) : flow_at(slot);
}

#endif
