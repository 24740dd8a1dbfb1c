/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds what was counted in flows alone to what their cgroups used. */
#ifndef VIGIA_SETTLING_H
#define VIGIA_SETTLING_H

#include "settled-flows.h"

/* Two at once would add the same twice. */
static __always_inline bool begin_settling(void)
{
	u32 zero = 0;

	return !bpf_map_update_elem(&settling, &zero, &zero, BPF_NOEXIST);
}

static __always_inline void end_settling(void)
{
	u32 zero = 0;

	bpf_map_delete_elem(&settling, &zero);
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

/* Adds what came to a sum since it was settled last, with the headers that came with it. */
static __always_inline void settle_sum(const struct flow_traffic *sum, struct flow_traffic *settled,
                                       struct traffic *used, u32 header)
{
	count_t packets = sum->segments - settled->segments;

	ADD(used->bytes, sum->bytes - settled->bytes + packets * header);
	ADD(used->packets, packets);
	*settled = *sum;
}

/* For who is settling. Global, so that the verifier looks at it once. */
__noinline int settle_flow(u32 slot)
{
	struct flow *flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	struct flow_cell sum = {};
	struct usage *usage;
	u32 header;

	if (!flow || !flow->row.born_ns || !does_settle(&flow->row))
		return 0;
	usage = usage_of_flow(&flow->row);
	if (!usage)
		return 0;
	sum_cells(flow, &sum);
	header = plain_header_of(flow->row.key.peer);
	settle_sum(&sum.sent, &flow->settled.sent, &usage->settled_transmit, header);
	settle_sum(&sum.received, &flow->settled.received, &usage->settled_receive, header);
	return 0;
}

#endif
