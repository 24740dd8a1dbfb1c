/* SPDX-License-Identifier: GPL-2.0-only */
/* Charges packets to their cgroup. */
#ifndef VIGIA_NET_CGROUP_TRAFFIC_H
#define VIGIA_NET_CGROUP_TRAFFIC_H

#include "lib/socket-cache.h"
#include "lib/sole-writer.h"

#define LOOPBACK_IFINDEX 1 /* include/net/flow.h: the same in every network namespace */

static __always_inline bool is_looped(const struct __sk_buff *skb)
{
	return skb->ifindex == LOOPBACK_IFINDEX;
}

/* Returns how many packets on the wire a super-packet becomes. Each has its own headers. */
static __always_inline u32 segments_of(const struct __sk_buff *skb, u32 header)
{
	u32 size = skb->gso_size, segments = skb->gso_segs;

	if (segments || !size)
		return segments ?: 1;
	/* virtio and tap leave the number of segments to the receiver */
	return (skb->len - header + size - 1) / size ?: 1;
}

static __always_inline struct traffic *sums_of(struct network_usage *network,
                                               enum direction direction)
{
	return direction == RECEIVE ? network->receive : network->transmit;
}

static __noinline u32 add_super_packet(struct cpu_state *state, struct __sk_buff *skb,
                                       struct traffic *sum)
{
	u32 segments = 1, header = header_bytes(skb);

	if (!header || header > skb->len)
		lose(state, LOST_NETWORK__BAD_HEADER);
	else
		segments = segments_of(skb, header);
	sum->bytes += skb->len + (u64)(segments - 1) * header;
	sum->packets += segments;
	return segments;
}

/* Returns how many packets on the wire this one becomes. */
static __always_inline u32 add_packet(struct cpu_state *state, struct __sk_buff *skb,
                                      struct traffic *sum)
{
	if (skb->gso_size)
		return add_super_packet(state, skb, sum);
	sum->bytes += skb->len;
	sum->packets++;
	return 1;
}

/* Rare, so not inlined. */
static __noinline u32 add_contended(struct cpu_state *state, struct __sk_buff *skb,
                                    struct traffic *sum)
{
	struct traffic added = {};
	u32 packets = add_packet(state, skb, &added);

	ADD(sum->bytes, added.bytes);
	ADD(sum->packets, added.packets);
	return packets;
}

/* Returns how many packets on the wire this one becomes, 0 if it was not counted. */
static __always_inline u32 count_packet(struct cpu_state *state, struct __sk_buff *skb,
                                        const struct socket_cache *cache, enum direction direction)
{
	/* Loopback packets of all cgroups are counted together. */
	struct usage *usage = usage_at(is_looped(skb) ? SLOT_LOOPBACK : cache->slot);
	struct usage_cell *cell = usage ? cell_at(usage, state->row.cpu) : NULL;
	u32 protocol = cache->protocol, packets;
	u16 outer;

	if (!cell || protocol >= PROTOCOLS)
		return 0;
	if (begin_adding(&state->on, &outer))
		packets = add_packet(state, skb, &sums_of(&cell->network, direction)[protocol]);
	else
		packets =
			add_contended(state, skb, &sums_of(&usage->contended, direction)[protocol]);
	end_adding(&state->on, outer);
	return packets;
}

#endif
