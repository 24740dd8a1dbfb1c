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
	u64 cgroup_id;
	u32 slot;
	u32 padding;
};

struct { /* the slot of a socket's cgroup, valid while the row still has this owner */
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_mark);
} mark_of_socket SEC(".maps");

/* The first packet of a socket, or the first after its cgroup's row was taken away. */
static __noinline u32 mark_socket(struct node *node, struct __sk_buff *skb,
                                  struct socket_mark *mark)
{
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);

	if (!slot) {
		lose(node, LOST_USAGE__LATE);
		return SLOT_REST;
	}
	mark->cgroup_id = id;
	mark->slot = *slot;
	return *slot;
}

static __always_inline struct usage_cell *cell_of_socket(struct node *node, struct __sk_buff *skb,
                                                         struct bpf_sock *sk)
{
	struct socket_mark none = {}, *mark;
	struct usage *usage;

	mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!mark) {
		lose(node, LOST_NETWORK__NO_STORAGE);
		return cell_of(node, mark_socket(node, skb, &none));
	}
	usage = usage_at(mark->slot);
	if (!usage || !mark->cgroup_id || usage->owner != mark->cgroup_id)
		return cell_of(node, mark_socket(node, skb, mark));
	return cell_at(usage, node->row.cpu);
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
static __noinline int super_packet(struct node *node, struct __sk_buff *skb, struct traffic *wire)
{
	u32 size = skb->gso_size, segments = skb->gso_segs, header = header_bytes(skb);

	if (!header || header > skb->len) {
		lose(node, LOST_NETWORK__BAD_HEADER);
		return 0;
	}
	/* virtio and tap leave the number of segments to the receiver */
	if (!segments)
		segments = (skb->len - header + size - 1) / size;
	if (segments > 1) {
		wire->packets = segments;
		wire->bytes += (u64)(segments - 1) * header;
	}
	return 0;
}

static __always_inline u32 protocol_of(struct bpf_sock *sk)
{
	if (sk->protocol == IPPROTO_TCP)
		return PROTOCOL_TCP;
	return sk->protocol == IPPROTO_UDP ? PROTOCOL_UDP : PROTOCOL_OTHER;
}

static __always_inline void add_packet(struct node *node, struct __sk_buff *skb,
                                       struct traffic *sum)
{
	struct traffic wire = { .bytes = skb->len, .packets = 1 };

	if (skb->gso_size)
		super_packet(node, skb, &wire);
	sum->bytes += wire.bytes;
	sum->packets += wire.packets;
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
	struct bpf_sock *sk = skb->sk;
	struct usage_cell *cell;
	u64 depth;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk) {
		lose(node, LOST_NETWORK__NO_SOCKET);
		return;
	}
	if (skb->ifindex == LOOPBACK_IFINDEX)
		cell = cell_of(node, SLOT_LOOPBACK);
	else
		cell = cell_of_socket(node, skb, sk);
	if (!cell)
		return;
	depth = node->packet_depth;
	node->packet_depth = depth + 1;
	add_packet(node, skb, &sums_of(cell, direction, depth)[protocol_of(sk)]);
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
