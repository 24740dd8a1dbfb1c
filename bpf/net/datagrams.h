/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts datagrams per flow: for all protocols but TCP, the kernel keeps no counters per socket, so
 * each packet is added here.
 *
 * The peer of a connected socket is its destination. Otherwise it is read from the packet.
 */
#ifndef VIGIA_NET_DATAGRAMS_H
#define VIGIA_NET_DATAGRAMS_H

#include "net/cgroup-traffic.h"
#include "flow/deferred-usage.h"
#include "flow/nat.h"

#define FIRST_EPHEMERAL 32768 /* default of net.ipv4.ip_local_port_range */

/* Reads the address of the peer. Returns its port in host order, 0 if there is none. */
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

/*
 * Guesses which side offers the service: the one whose port is not ephemeral. If both or neither
 * are, the sender of the first packet is the client.
 */
static __always_inline enum opener opener_by(u32 local_port, u32 peer_port,
                                             enum direction direction)
{
	bool is_local_ephemeral = local_port >= FIRST_EPHEMERAL;

	if (is_local_ephemeral != (peer_port >= FIRST_EPHEMERAL))
		return is_local_ephemeral ? OPENER_SELF : OPENER_PEER;
	return direction == TRANSMIT ? OPENER_SELF : OPENER_PEER;
}

/* Whether the row of the socket's last datagram still belongs to that flow. */
static __always_inline bool is_flow_kept(const struct socket_cache *cache)
{
	const struct flow_row *flow = flow_at(cache->flow_slot);

	return flow && flow->born_ns == cache->flow_born_ns && !flow->unlinked_ns;
}

static __always_inline void forget_flow(struct socket_cache *cache)
{
	cache->flow_slot = 0;
	cache->dialed_header = 0;
}

/*
 * Whether a datagram with plain headers belongs to a socket that is still connected to the peer of
 * its last datagram. An IPv6 socket that was connected to an IPv4 address keeps it when it
 * reconnects, but has no more IPv4 packets.
 */
static __always_inline bool is_dialed(const struct __sk_buff *skb, const struct bpf_sock *sk,
                                      const struct socket_cache *cache)
{
	const u8 *octets = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	const u32 *peer = cache->dialed;

	if (sk->dst_port != cache->dialed_port)
		return false;
	if (cache->dialed_header == IPV4_HEADER + UDP_HEADER)
		return sk->dst_ip4 == peer[3] && octets + IPV4_HEADER + UDP_HEADER <= end &&
		       octets[0] == 0x45;
	if (cache->dialed_header != IPV6_HEADER + UDP_HEADER)
		return false;
	return sk->dst_ip6[3] == peer[3] && sk->dst_ip6[2] == peer[2] &&
	       sk->dst_ip6[1] == peer[1] && sk->dst_ip6[0] == peer[0] &&
	       octets + IPV6_HEADER + UDP_HEADER <= end && octets[0] >> 4 == 6 &&
	       octets[6] == IPPROTO_UDP;
}

static __always_inline bool is_peer(const struct flow_row *flow, const struct flow_key *key)
{
	const u64 *a = (const u64 *)flow->key.peer, *b = (const u64 *)key->peer;

	return a[0] == b[0] && a[1] == b[1] && flow->key.port == key->port;
}

/* Finds or creates the row of a peer that is not that of the last datagram. */
static __noinline u32 find_datagram_flow(struct cpu_state *state, struct __sk_buff *skb,
                                         struct socket_cache *cache, struct flow_key *key,
                                         enum direction direction)
{
	struct flow_row *flow;
	u64 peer[2];
	bool is_new;

	key->cgroup_id = cache->cgroup_id;
	key->protocol = cache->ip_protocol;
	key->opener = cache->opener;
	key->padding = 0;
	forget_flow(cache);
	flow = claim_flow(state, key, cache->slot, is_looped(skb), &is_new);
	if (!flow)
		return cache->slot;
	if (is_new) {
		read_addresses(skb, direction, (u8 *)peer, flow->local);
		if (direction == TRANSMIT)
			note_reached(skb, flow);
	}
	if (flow->slot < nr_slots)
		return flow->slot; /* other peers: not cached, there may be room next time */
	cache->flow_slot = flow->slot;
	cache->flow_born_ns = flow->born_ns;
	return flow->slot;
}

/* Returns the flow of a datagram, and the port of the peer. */
static __always_inline struct flow *flow_of_datagram(struct cpu_state *state, struct __sk_buff *skb,
                                                     struct socket_cache *cache,
                                                     enum direction direction, u32 header,
                                                     u32 *peer_port)
{
	u32 local_port, slot = cache->flow_slot;
	struct bpf_sock *sk = skb->sk;
	struct flow_key key;
	struct flow *flow;
	u16 dialed_port;

	*peer_port = 0;
	if (!sk)
		return NULL;
	/* ICMP and raw sockets may have a port, which means nothing. */
	dialed_port = cache->protocol == PROTOCOL_UDP ? sk->dst_port : 0;
	*peer_port = __builtin_bswap16(dialed_port);
	if (dialed_port)
		read_dialed(sk, key.peer);
	else
		*peer_port = read_peer(skb, direction, header, key.peer);
	local_port = header ? sk->src_port : 0;
	if (!cache->has_opener) {
		cache->opener = opener_by(local_port, *peer_port, direction);
		cache->has_opener = 1;
	}
	key.port = cache->opener == OPENER_PEER ? local_port : *peer_port;
	flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	if (!slot || !flow || !is_peer(&flow->row, &key)) {
		slot = find_datagram_flow(state, skb, cache, &key, direction);
		flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	}
	if (dialed_port && cache->flow_slot) {
		__builtin_memcpy(cache->dialed, key.peer, sizeof(key.peer));
		cache->dialed_port = dialed_port;
		cache->dialed_header = plain_header_of(key.peer);
		cache->is_looped = flow && flow->row.is_looped;
		cache->is_dns = *peer_port == DNS_PORT;
	}
	return flow;
}

static __always_inline struct flow_traffic *flow_sums_of(struct cpu_state *state, struct flow *flow,
                                                         enum direction direction)
{
	struct flow_cell *cell;
	u64 cpu = state->row.cpu;

	if (cpu >= nr_cpus)
		return NULL;
	barrier_var(cpu);
	cell = &flow->cells[cpu];
	return direction == RECEIVE ? &cell->received : &cell->sent;
}

static __always_inline bytes_t payload_bytes(const struct __sk_buff *skb, u32 header)
{
	return skb->len > header ? skb->len - header : 0;
}

/* Whether a datagram has the headers and the destination that `settle` assumes for its flow. */
static __always_inline bool is_typical(const struct flow_row *flow, const struct __sk_buff *skb,
                                       u32 header)
{
	return header == plain_header_of(flow->key.peer) && header <= skb->len &&
	       is_looped(skb) == flow->is_looped;
}

/*
 * Adds a datagram to the flow of the socket's last one, and nowhere else, if the socket is still
 * connected to the same peer. This is enough for most datagrams. Returns false if it is not.
 */
static __always_inline bool count_dialed(struct cpu_state *state, struct __sk_buff *skb,
                                         const struct bpf_sock *sk,
                                         const struct socket_cache *cache, enum direction direction)
{
	struct flow_traffic *sums;
	struct flow *flow;
	bool is_sole;
	u16 outer;

	if (!is_dialed(skb, sk, cache) || skb->gso_size || is_looped(skb) != cache->is_looped)
		return false;
	flow = bpf_map_lookup_elem(&flow_by_slot, &cache->flow_slot);
	if (!flow)
		return false;
	sums = flow_sums_of(state, flow, direction);
	if (!sums)
		return false;
	is_sole = begin_adding(&state->on, &outer);
	if (is_sole) {
		sums->bytes += skb->len - cache->dialed_header;
		sums->segments++;
	}
	end_adding(&state->on, outer);
	return is_sole;
}

/* Adds to the cell of this CPU. Returns false if another program is adding to it. */
static __always_inline bool add_alone(struct cpu_state *state, struct flow *flow,
                                      enum direction direction, bytes_t bytes, u32 packets)
{
	struct flow_traffic *sums = flow_sums_of(state, flow, direction);
	bool is_sole;
	u16 outer;

	if (!sums)
		return false;
	is_sole = begin_adding(&state->on, &outer);
	if (is_sole) {
		sums->bytes += bytes;
		sums->segments += packets;
	}
	end_adding(&state->on, outer);
	return is_sole;
}

/*
 * Adds a packet of any protocol but TCP to its flow, and to its cgroup unless `settle` does that
 * later (struct flow). Returns whether the peer is a DNS server.
 */
static __noinline bool count_datagrams(struct cpu_state *state, struct __sk_buff *skb,
                                       struct socket_cache *cache, enum direction direction)
{
	u32 header = cache->protocol == PROTOCOL_UDP ? datagram_header_bytes(skb) : 0, peer_port;
	bytes_t bytes = payload_bytes(skb, header ?: network_header_bytes(skb));
	struct flow *flow = flow_of_datagram(state, skb, cache, direction, header, &peer_port);
	bool is_dns = peer_port == DNS_PORT, is_added = false;
	struct flow_traffic *sums;
	u32 packets;

	if (!flow) {
		count_packet(state, skb, cache, direction);
		return is_dns;
	}
	if (defers_usage(&flow->row)) {
		packets = segments_of(skb, header);
		if (is_typical(&flow->row, skb, header))
			is_added = add_alone(state, flow, direction, bytes, packets);
		if (!is_added)
			packets = count_packet(state, skb, cache, direction);
	} else {
		packets = count_packet(state, skb, cache, direction);
		is_added = add_alone(state, flow, direction, bytes, packets);
	}
	if (is_added)
		return is_dns;
	sums = direction == RECEIVE ? &flow->row.counts.figures.received
	                            : &flow->row.counts.figures.sent;
	ADD(sums->bytes, bytes);
	ADD(sums->segments, packets);
	return is_dns;
}

#endif
