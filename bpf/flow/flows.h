/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: one row per cgroup, peer address, and service port. The first nr_slots rows hold
 * the other peers of each usage slot, those without a row of their own. So adding to a flow never
 * fails.
 *
 * Any CPU writes a row, but only when a connection begins or ends, so atomic adds are cheap enough.
 * Per-packet figures go to a cell of the CPU.
 */
#ifndef VIGIA_FLOW_FLOWS_H
#define VIGIA_FLOW_FLOWS_H

#include "lib/addresses.h"
#include "lib/shares.h"

#define FLOW_COUNT_WORDS (sizeof(struct flow_counts) / 8)

/* A pod may hold this multiple of the free rows, or of the free connections that can be tracked. */
#define FLOW_MULTIPLE 4
#define CONNECTION_MULTIPLE 4

/* State of a tracked socket. */
struct connection {
	u64 cgroup_id;
	nsec_t flow_born_ns;
	u32 flow_slot;
	u32 usage_slot;
	nsec_t opened_ns; /* 0 = opened by the peer, or before the load */
	u32 opener;
	u16 is_established;
	u16 is_over;        /* its end was counted; only the end of the socket is left */
	u32 segs_out_wraps; /* the kernel's counters have 32 bits */
	u32 segs_in_wraps;
	u32 segs_out;
	u32 segs_in;
	struct flow_figures before; /* figures at adoption */
	nsec_t share_born_ns;       /* birth of its row, whose slot may be reused */
	u32 share_slot;
	u32 is_counted; /* in that share */
};
WIRE_STORED(connection);

static __always_inline struct flow_row *flow_at(u32 slot)
{
	return bpf_map_lookup_elem(&flow_by_slot, &slot);
}

/* Adds up the cells of a flow. */
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

/* Adds the figures of `source` to `to`, and clears `source`. */
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

/* Creates the row of a flow. It is complete before it can be found. */
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

	/* Another CPU was faster, or the kernel had no memory. */
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
 * Returns the row of a flow: its own, found or created, or the other peers of its cgroup if there
 * is no room. Never NULL in practice.
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
