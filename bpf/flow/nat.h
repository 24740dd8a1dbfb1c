/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an address is translated in the network namespace of the socket itself (a Service that is
 * dialled from the host's network, a proxy beside the program), a packet on its way out shows where
 * it really goes. What happens in other namespaces is not seen.
 */
#ifndef VIGIA_TRANSLATIONS_H
#define VIGIA_TRANSLATIONS_H

#include "flow/connections.h"
#include "lib/packets.h"

/* The two addresses of a packet; the peer's is where it goes to, or comes from. */
static __always_inline bool read_addresses(struct __sk_buff *skb, enum direction direction,
                                           u8 *peer, u8 *local)
{
	u8 *source = direction == RECEIVE ? peer : local;
	u8 *destination = direction == RECEIVE ? local : peer;
	u32 address;
	u8 version;

	if (bpf_skb_load_bytes(skb, 0, &version, 1))
		return false;
	if (version >> 4 == 6)
		return !bpf_skb_load_bytes(skb, 8, source, 16) &&
		       !bpf_skb_load_bytes(skb, 24, destination, 16);
	if (bpf_skb_load_bytes(skb, 12, &address, sizeof(address)))
		return false;
	write_ipv4(source, address);
	if (bpf_skb_load_bytes(skb, 16, &address, sizeof(address)))
		return false;
	write_ipv4(destination, address);
	return true;
}

/* A packet of a flow that we opened goes out. */
static __always_inline void note_reached(struct __sk_buff *skb, struct flow_row *flow)
{
	u64 reached[2], local[2], *peer = (u64 *)flow->key.peer, *told = (u64 *)flow->reached;
	u16 port = 0;

	if (!read_addresses(skb, TRANSMIT, (u8 *)reached, (u8 *)local))
		return;
	if (bpf_skb_load_bytes(skb, network_header_bytes(skb) + 2, &port, sizeof(port)))
		return;
	port = __builtin_bswap16(port);
	if (reached[0] == peer[0] && reached[1] == peer[1] && port == flow->key.port) {
		reached[0] = 0;
		reached[1] = 0;
		port = 0;
	}
	told[0] = reached[0];
	told[1] = reached[1];
	flow->reached_port = port;
}

/* The same for a TCP connection, whose flow is known since it began. */
static __always_inline void note_translation(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct connection *connection = find_connection_of(sk);
	struct flow_row *flow = connection ? flow_at(connection->flow_slot) : NULL;

	if (flow && flow->slot >= nr_slots && flow->born_ns == connection->flow_born_ns &&
	    connection->opener == OPENER_SELF)
		note_reached(skb, flow);
}

#endif
