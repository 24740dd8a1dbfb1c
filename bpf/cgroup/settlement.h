/* SPDX-License-Identifier: GPL-2.0-only */
/* Charges datagrams that were counted only in their flows to the cgroups of these flows. */
#ifndef VIGIA_CGROUP_SETTLEMENT_H
#define VIGIA_CGROUP_SETTLEMENT_H

#include "flow/deferred-usage.h"

/* Far longer than a walk over all rows. A holder that keeps the lock longer than this loses it. */
#define SETTLEMENT_TIMEOUT_NS 10000000000ULL
#define NO_SETTLEMENT (~0U)

/* Takes the lock of the next round, because the holder of this round does not return it. */
static __always_inline u32 take_over_settlement(struct cpu_state *state, struct control *shared,
                                                u32 round, nsec_t now_ns)
{
	nsec_t *taken_ns = bpf_map_lookup_elem(&settling, &round);
	u32 next = round + 1;

	if (!taken_ns || now_ns - *taken_ns < SETTLEMENT_TIMEOUT_NS)
		return NO_SETTLEMENT;
	if (bpf_map_update_elem(&settling, &next, &now_ns, BPF_NOEXIST))
		return NO_SETTLEMENT;
	shared->settling_round = next;
	bpf_map_delete_elem(&settling, &round);
	lose(state, LOST_SETTLE__TAKEN_OVER);
	return next;
}

/*
 * Takes the lock: two settlements at once would add the same figures twice. Returns the argument of
 * end_settlement, or NO_SETTLEMENT.
 */
static __always_inline u32 begin_settlement(struct cpu_state *state)
{
	u32 zero = 0, round;
	struct control *shared = bpf_map_lookup_elem(&control, &zero);
	nsec_t now_ns = bpf_ktime_get_ns();

	if (!shared)
		return NO_SETTLEMENT;
	round = shared->settling_round;
	if (bpf_map_update_elem(&settling, &round, &now_ns, BPF_NOEXIST))
		return take_over_settlement(state, shared, round, now_ns);
	barrier();
	if (*(volatile u32 *)&shared->settling_round == round)
		return round;
	/* Another reader took the lock over in the meantime. */
	bpf_map_delete_elem(&settling, &round);
	return NO_SETTLEMENT;
}

static __always_inline void end_settlement(u32 round)
{
	bpf_map_delete_elem(&settling, &round);
}

static __always_inline bool is_owned(const struct flow_row *flow)
{
	struct usage *usage = usage_at(flow->usage_slot);

	return usage && usage->owner == flow->key.cgroup_id;
}

static __always_inline struct usage *usage_of_flow(const struct flow_row *flow)
{
	if (flow->is_looped)
		return usage_at(SLOT_LOOPBACK);
	return usage_at(is_owned(flow) ? flow->usage_slot : SLOT_RETIRED);
}

/* Adds the growth of a sum since the last settlement, plus the headers of its packets. */
static __always_inline void settle_sum(const struct flow_traffic *sum, struct flow_traffic *settled,
                                       struct traffic *used, u32 header)
{
	count_t packets = sum->segments - settled->segments;

	ADD(used->bytes, sum->bytes - settled->bytes + packets * header);
	ADD(used->packets, packets);
	*settled = *sum;
}

/* Needs the lock. Global, so that the verifier checks it once. */
__noinline int settle_flow(u32 slot)
{
	struct flow *flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	struct flow_cell sum = {};
	struct usage *usage;
	u32 header;

	if (!flow || !flow->row.born_ns || !defers_usage(&flow->row))
		return 0;
	usage = usage_of_flow(&flow->row);
	if (!usage)
		return 0;
	sum_cells(flow, &sum);
	header = plain_header_of(flow->row.key.peer);
	settle_sum(&sum.sent, &flow->settled.sent, &usage->deferred_transmit, header);
	settle_sum(&sum.received, &flow->settled.received, &usage->deferred_receive, header);
	return 0;
}

#endif
