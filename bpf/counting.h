/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds packets to what their cgroup used. */
#ifndef VIGIA_COUNTING_H
#define VIGIA_COUNTING_H

#include "marks.h"

#define LOOPBACK_IFINDEX 1 /* include/net/flow.h: the same in every network namespace */

static __always_inline bool is_looped(const struct __sk_buff *skb)
{
	return skb->ifindex == LOOPBACK_IFINDEX;
}

/* How many packets on the wire, each with headers of its own, a super-packet stands for. */
static __always_inline u32 segments_of(const struct __sk_buff *skb, u32 header)
{
	u32 size = skb->gso_size, segments = skb->gso_segs;

	if (segments || !size)
		return segments ?: 1;
	/* virtio and tap leave the number of segments to the receiver */
	return (skb->len - header + size - 1) / size ?: 1;
}

static __noinline u32 add_super_packet(struct node *node, struct __sk_buff *skb,
                                       struct traffic *sum)
{
	u32 segments = 1, header = header_bytes(skb);

	if (!header || header > skb->len)
		lose(node, LOST_NETWORK__BAD_HEADER);
	else
		segments = segments_of(skb, header);
	sum->bytes += skb->len + (u64)(segments - 1) * header;
	sum->packets += segments;
	return segments;
}

/*
 * Where the sums of this packet are. A packet that is sent in process context may be interrupted by
 * one that is sent in an interrupt, between reading a sum and writing it: the inner one has sums of
 * its own, which costs a tenth of an atomic add. Packets are received in interrupts alone.
 */
static __always_inline struct traffic *sums_of(struct usage_cell *cell, enum direction direction,
                                               u32 depth)
{
	if (direction == RECEIVE)
		return cell->network.receive;
	return depth ? cell->nested_transmit : cell->network.transmit;
}

/* What is between these may be interrupted by another packet, which then knows. */
static __always_inline void begin_adding(struct node *node, u32 depth)
{
	node->on.packet_programs = depth + 1;
	asm volatile("" ::: "memory");
}

static __always_inline void end_adding(struct node *node, u32 depth)
{
	asm volatile("" ::: "memory");
	node->on.packet_programs = depth;
}

/* Returns how many packets this one stands for, 0 where it could not be counted. */
static __always_inline u32 count_packet(struct node *node, struct __sk_buff *skb,
                                        const struct socket_mark *mark, enum direction direction)
{
	/* Packets that did not leave the machine are those of all cgroups together. */
	struct usage_cell *cell = cell_of(node, is_looped(skb) ? SLOT_LOOPBACK : mark->slot);
	u32 depth = node->on.packet_programs, protocol = mark->protocol, packets = 1;
	struct traffic *sum;

	if (!cell || protocol >= PROTOCOLS)
		return 0;
	begin_adding(node, depth);
	sum = &sums_of(cell, direction, depth)[protocol];
	if (skb->gso_size) {
		packets = add_super_packet(node, skb, sum);
	} else {
		sum->bytes += skb->len;
		sum->packets++;
	}
	end_adding(node, depth);
	return packets;
}

#endif
