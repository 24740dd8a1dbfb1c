/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hands over from one generation of the packet programs to the next. Each packet is counted exactly
 * once. While both are attached, the older generation sees each packet first, because it was
 * attached first. A load writes `control` three times, and waits in between until all packets in
 * progress are done:
 *
 * 1. The older generation counts, and stores the packet's address, which the newer one clears.
 * 2. The newer generation counts, except a packet whose address it finds: the older one did.
 * 3. The newer generation counts.
 *
 * NOTE: if a packet interrupts another on its CPU during step 2, both may be counted twice.
 */
#ifndef VIGIA_NET_HAND_OVER_H
#define VIGIA_NET_HAND_OVER_H

#include "net/cgroup-traffic.h"

static __noinline int is_counted_already(struct cpu_state *state, struct __sk_buff *skb,
                                         enum direction direction)
{
	u64 *address = &state->handed_over[direction & 1];
	bool is_counted = *address == (u64)skb;

	*address = 0;
	return is_counted;
}

/* The same as begin_run, for a packet. */
static __always_inline struct cpu_state *begin_packet(enum program program, struct __sk_buff *skb,
                                                      enum direction direction)
{
	u32 zero = 0;
	struct control *now = bpf_map_lookup_elem(&control, &zero);
	struct cpu_state *state;

	if (!now)
		return NULL;
	if (now->generation == generation) {
		state = begin_run_anyway(program);
		if (!state || !now->other_generation)
			return state;
		if (now->other_generation > generation)
			state->handed_over[direction & 1] = (u64)skb;
		else if (is_counted_already(state, skb, direction))
			return NULL;
		return state;
	}
	if (now->other_generation == generation) {
		state = this_cpu_state();
		if (state)
			state->handed_over[direction & 1] = 0;
	}
	return NULL;
}

#endif
