// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges packets to the cgroup that created their socket, whatever the interface or network
 * namespace. Every path returns 1: a 0 would drop the packet.
 *
 * A socket remembers its cgroup's slot, so that a packet costs no hash look-up.
 */
#include "maps.h"

#include <linux/in.h>
#include <linux/in6.h>

#define PASS 1
#define LOOPBACK_IFINDEX 1 /* include/net/flow.h: the same in every network namespace */
#define IPV6_EXTENSIONS 6  /* a header chain longer than this is not followed */

enum direction { TRANSMIT, RECEIVE };

struct socket_mark {
	u64 cgroup_id; /* 0 = not marked */
	u32 slot;
	u32 protocol; /* enum protocol */
};

struct { /* where a socket's packets are counted, as long as the row has this owner */
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_mark);
} mark_of_socket SEC(".maps");

static __always_inline u32 protocol_of(struct bpf_sock *sk)
{
	if (sk->protocol == IPPROTO_TCP)
		return PROTOCOL_TCP;
	return sk->protocol == IPPROTO_UDP ? PROTOCOL_UDP : PROTOCOL_OTHER;
}

/* The first packet of a socket, or the first after its cgroup's row was taken away. */
static __noinline int mark_socket(struct node *node, struct __sk_buff *skb,
                                  struct socket_mark *mark)
{
	struct bpf_sock *sk = skb->sk;
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (sk)
		mark->protocol = protocol_of(sk);
	mark->cgroup_id = slot ? id : 0;
	mark->slot = slot ? *slot : SLOT_REST;
	if (!slot)
		lose(node, LOST_USAGE__LATE);
	return 0;
}

/* NOTE: every helper called here costs as much as all of the counting; this takes but one. */
static __always_inline struct usage_cell *cell_of_socket(struct node *node, struct __sk_buff *skb,
                                                         u32 *protocol)
{
	struct bpf_sock *sk = skb->sk;
	struct socket_mark spare, *mark;
	struct usage *usage;

	if (!sk)
		goto no_socket;
	mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!mark) {
		if (!bpf_sk_fullsock(sk))
			goto no_socket;
		lose(node, LOST_NETWORK__NO_STORAGE);
		spare = (struct socket_mark){};
		mark = &spare;
	}
	usage = usage_at(mark->slot);
	if (!usage || !mark->cgroup_id || usage->owner != mark->cgroup_id) {
		mark_socket(node, skb, mark);
		usage = usage_at(mark->slot);
	}
	*protocol = mark->protocol;
	return usage ? cell_at(usage, node->row.cpu) : NULL;
no_socket:
	lose(node, LOST_NETWORK__NO_SOCKET);
	return NULL;
}

/* Packets that did not leave the machine, of all cgroups together. */
static __always_inline struct usage_cell *cell_of_loopback(struct node *node, struct __sk_buff *skb,
                                                           u32 *protocol)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk) {
		lose(node, LOST_NETWORK__NO_SOCKET);
		return NULL;
	}
	*protocol = protocol_of(sk);
	return cell_of(node, SLOT_LOOPBACK);
}

/* Length of the network and transport header of a TCP or UDP packet, 0 if it cannot be read. */
static __noinline u32 header_bytes(struct __sk_buff *skb)
{
	u32 protocol, offset;
	u8 octet[2];

	if (bpf_skb_load_bytes(skb, 0, octet, 1))
		return 0;
	if (octet[0] >> 4 == 4) {
		offset = (octet[0] & 0xf) * 4;
		if (bpf_skb_load_bytes(skb, 9, octet, 1))
			return 0;
		protocol = octet[0];
	} else {
		offset = 40;
		if (bpf_skb_load_bytes(skb, 6, octet, 1))
			return 0;
		protocol = octet[0];
		for (u32 i = 0; i < IPV6_EXTENSIONS; i++) {
			if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING &&
			    protocol != IPPROTO_DSTOPTS)
				break;
			if (bpf_skb_load_bytes(skb, offset, octet, 2))
				return 0;
			protocol = octet[0];
			offset += (octet[1] + 1) * 8;
		}
	}
	if (protocol == IPPROTO_UDP)
		return offset + 8;
	if (protocol != IPPROTO_TCP || bpf_skb_load_bytes(skb, offset + 12, octet, 1))
		return 0;
	return offset + (octet[0] >> 4) * 4;
}

/* A super-packet stands for several on the wire, each with headers of its own. */
static __noinline int add_super_packet(struct node *node, struct __sk_buff *skb,
                                       struct traffic *sum)
{
	u32 size = skb->gso_size, segments = skb->gso_segs, header = header_bytes(skb);

	if (!header || header > skb->len) {
		lose(node, LOST_NETWORK__BAD_HEADER);
		segments = 1;
	} else if (!segments) {
		/* virtio and tap leave the number of segments to the receiver */
		segments = (skb->len - header + size - 1) / size ?: 1;
	}
	sum->bytes += skb->len + (u64)(segments - 1) * header;
	sum->packets += segments;
	return 0;
}

/*
 * Where the sums of this packet are. A packet that is sent in process context may be interrupted by
 * one that is sent in an interrupt, between reading a sum and writing it: the inner one has sums of
 * its own, which costs a tenth of an atomic add. Packets are received in interrupts alone.
 */
static __always_inline struct traffic *sums_of(struct usage_cell *cell, enum direction direction,
                                               u64 depth)
{
	if (direction == RECEIVE)
		return cell->network.receive;
	return depth ? cell->nested_transmit : cell->network.transmit;
}

static __always_inline void count(struct node *node, struct __sk_buff *skb,
                                  enum direction direction)
{
	u64 depth = node->packet_depth;
	struct usage_cell *cell;
	struct traffic *sum;
	u32 protocol = 0;

	if (skb->ifindex == LOOPBACK_IFINDEX)
		cell = cell_of_loopback(node, skb, &protocol);
	else
		cell = cell_of_socket(node, skb, &protocol);
	if (!cell || protocol >= PROTOCOLS)
		return;
	sum = &sums_of(cell, direction, depth)[protocol];
	node->packet_depth = depth + 1;
	if (skb->gso_size) {
		add_super_packet(node, skb, sum);
	} else {
		sum->bytes += skb->len;
		sum->packets++;
	}
	node->packet_depth = depth;
}

SEC("cgroup_skb/egress")
int count_transmit(struct __sk_buff *skb)
{
	struct node *node = begins(PROGRAM_COUNT_TRANSMIT);

	if (node)
		count(node, skb, TRANSMIT);
	return PASS;
}

SEC("cgroup_skb/ingress")
int count_receive(struct __sk_buff *skb)
{
	struct node *node = begins(PROGRAM_COUNT_RECEIVE);

	if (node)
		count(node, skb, RECEIVE);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
