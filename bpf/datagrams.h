/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of all but TCP, whose kernel side keeps no books: each packet is added to its flow's row.
 *
 * A socket that is connected has one peer, the one that was dialled. Of any other the packet tells.
 */
#ifndef VIGIA_DATAGRAMS_H
#define VIGIA_DATAGRAMS_H

#include "marks.h"
#include "translations.h"

#define FIRST_EPHEMERAL 32768 /* net.ipv4.ip_local_port_range, as it is by default */

/* The address of the packet's other end, and its port in host order; 0 if there is none. */
static __always_inline u32 read_peer(struct __sk_buff *skb, enum direction direction, u32 header,
                                     u8 *peer)
{
	const u8 *octets = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u64 local[2];
	u16 port = 0;

	if (header == IPV4_HEADER + UDP_HEADER && octets + IPV4_HEADER + UDP_HEADER <= end) {
		octets += direction == RECEIVE ? 0 : 4;
		write_ipv4(peer, *(const u32 *)(octets + 12));
		octets -= direction == RECEIVE ? 0 : 2;
		return __builtin_bswap16(*(const u16 *)(octets + IPV4_HEADER));
	}
	if (!read_addresses(skb, direction, peer, (u8 *)local))
		__builtin_memset(peer, 0, sizeof(local));
	if (header && bpf_skb_load_bytes(skb, header - UDP_HEADER + (direction == RECEIVE ? 0 : 2),
	                                 &port, sizeof(port)))
		return 0;
	return __builtin_bswap16(port);
}

static __always_inline void read_dialled(const struct bpf_sock *sk, u8 *peer)
{
	u64 *words = (u64 *)peer;

	if (sk->family != AF_INET6) {
		write_ipv4(peer, sk->dst_ip4);
		return;
	}
	words[0] = (u64)sk->dst_ip6[1] << 32 | sk->dst_ip6[0];
	words[1] = (u64)sk->dst_ip6[3] << 32 | sk->dst_ip6[2];
}

/*
 * Who of the two offers the service: whose port is not of those that are given out; else it is told
 * by who spoke first.
 */
static __always_inline enum opener opener_by(u32 local_port, u32 peer_port,
                                             enum direction direction)
{
	bool is_local_ephemeral = local_port >= FIRST_EPHEMERAL;

	if (is_local_ephemeral != (peer_port >= FIRST_EPHEMERAL))
		return is_local_ephemeral ? OPENER_SELF : OPENER_PEER;
	return direction == TRANSMIT ? OPENER_SELF : OPENER_PEER;
}

/* Whether a row is still the one that the socket's last datagram was added to. */
static __always_inline bool is_kept(const struct flow_row *flow, const struct socket_mark *mark)
{
	return flow->born_ns == mark->flow_born_ns && !flow->unlinked_ns;
}

/* A socket that is connected keeps its peer, but for one that is connected anew. */
static __always_inline bool is_dialled(const struct flow_row *flow, const struct bpf_sock *sk,
                                       const struct socket_mark *mark)
{
	const u32 *peer = (const u32 *)flow->key.peer;
	u32 ipv4 = sk->dst_ip4;

	/* Read at once: the verifier wants no arithmetic between the two ways to address a socket. */
	asm volatile("" : "+r"(ipv4));
	if (sk->dst_port != mark->dialled_port)
		return false;
	if (sk->family != AF_INET6)
		return peer[3] == ipv4;
	return peer[3] == sk->dst_ip6[3] && peer[2] == sk->dst_ip6[2] &&
	       peer[1] == sk->dst_ip6[1] && peer[0] == sk->dst_ip6[0];
}

static __always_inline bool is_peer(const struct flow_row *flow, const struct flow_key *key)
{
	const u64 *a = (const u64 *)flow->key.peer, *b = (const u64 *)key->peer;

	return a[0] == b[0] && a[1] == b[1] && flow->key.port == key->port && flow->born_ns;
}

/* Another peer than the last one, or the first: finds its row, or makes it. */
static __noinline u32 find_datagram_flow(struct node *node, struct __sk_buff *skb,
                                         struct socket_mark *mark, struct flow_key *key,
                                         enum direction direction)
{
	struct flow_row *flow;
	u64 peer[2];
	bool is_new;

	key->cgroup_id = mark->cgroup_id;
	key->protocol = mark->ip_protocol;
	key->opener = mark->opener;
	key->padding = 0;
	flow = claim_flow(node, key, mark->slot, &is_new);
	if (!flow)
		return mark->slot;
	if (is_new) {
		read_addresses(skb, direction, (u8 *)peer, flow->local);
		if (direction == TRANSMIT)
			note_reached(skb, flow);
	}
	mark->flow_slot = flow->slot;
	mark->flow_born_ns = flow->born_ns;
	return flow->slot;
}

/* The flow of a datagram, and the peer's port. */
static __always_inline struct flow *flow_of_datagram(struct node *node, struct __sk_buff *skb,
                                                     struct bpf_sock *sk, struct socket_mark *mark,
                                                     enum direction direction, u32 header,
                                                     u32 *peer_port)
{
	u32 local_port, slot = mark->flow_slot;
	struct flow_key key;
	struct flow *flow = bpf_map_lookup_elem(&flow_by_slot, &slot);

	/* A socket of ICMP or a raw one may have been given a port, which means nothing. */
	*peer_port = mark->protocol == PROTOCOL_UDP ? __builtin_bswap16(sk->dst_port) : 0;
	if (*peer_port) {
		if (flow && is_kept(&flow->row, mark) && is_dialled(&flow->row, sk, mark))
			return flow;
		read_dialled(sk, key.peer);
		mark->dialled_port = sk->dst_port;
	} else {
		*peer_port = read_peer(skb, direction, header, key.peer);
	}
	local_port = header ? sk->src_port : 0;
	if (!mark->has_opener) {
		mark->opener = opener_by(local_port, *peer_port, direction);
		mark->has_opener = 1;
	}
	key.port = mark->opener == OPENER_PEER ? local_port : *peer_port;
	if (flow && is_kept(&flow->row, mark) && is_peer(&flow->row, &key))
		return flow;
	mark->dialled_port = sk->dst_port; /* 0 of one that is connected no more */
	slot = find_datagram_flow(node, skb, mark, &key, direction);
	return bpf_map_lookup_elem(&flow_by_slot, &slot);
}

static __always_inline struct flow_traffic *flow_sums_of(struct node *node, struct flow *flow,
                                                         enum direction direction)
{
	struct flow_figures *shared = &flow->row.counts.figures;
	struct flow_cell *cell;
	u32 cpu = node->row.cpu;

	if (cpu >= nr_cpus)
		return direction == RECEIVE ? &shared->received : &shared->sent;
	asm volatile("" : "+r"(cpu));
	cell = &flow->cells[cpu];
	return direction == RECEIVE ? &cell->received : &cell->sent;
}

static __always_inline bytes_t payload_bytes(const struct __sk_buff *skb, u32 header)
{
	return skb->len > header ? skb->len - header : 0;
}

/* Adds `packets` datagrams that came or went as one to their flow. Returns the peer's port. */
static __always_inline u32 count_datagrams(struct node *node, struct __sk_buff *skb,
                                           struct bpf_sock *sk, struct socket_mark *mark,
                                           enum direction direction, u64 depth, u32 packets)
{
	u32 header = mark->protocol == PROTOCOL_UDP ? datagram_header_bytes(skb) : 0, peer_port;
	struct flow_traffic *sums;
	struct flow *flow;
	bytes_t bytes = payload_bytes(skb, header ?: network_header_bytes(skb));

	flow = flow_of_datagram(node, skb, sk, mark, direction, header, &peer_port);
	if (!flow)
		return peer_port;
	if (depth) {
		/* As with the sums of the cgroup: one packet interrupts another. */
		sums = direction == RECEIVE ? &flow->row.counts.figures.received
		                            : &flow->row.counts.figures.sent;
		ADD(sums->bytes, bytes);
		ADD(sums->segments, packets);
		return peer_port;
	}
	sums = flow_sums_of(node, flow, direction);
	sums->bytes += bytes;
	sums->segments += packets;
	return peer_port;
}

#endif
