/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: who talks to whom. The first nr_slots rows belong to the cgroups of those usage
 * slots and take the peers that have no row of their own, so that adding to a flow never fails.
 *
 * Rows are written by any CPU, but only when a connection begins or ends: atomic adds will do.
 */
#ifndef VIGIA_FLOWS_H
#define VIGIA_FLOWS_H

#include "maps.h"

#define FLOW_COUNT_WORDS (sizeof(struct flow_counts) / 8)

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
};

static __always_inline struct flow_row *flow_at(u32 slot)
{
	return bpf_map_lookup_elem(&flow_by_slot, &slot);
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
static __always_inline void move_flow(struct flow_row *from, struct flow_row *to)
{
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

#endif
