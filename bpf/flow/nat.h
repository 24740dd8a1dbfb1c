/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records the translated address of a flow. An outgoing packet shows it if the address is
 * translated in the socket's own network namespace, as for a Service reached from the host's
 * network, or a sidecar proxy. Translation in other namespaces is not visible.
 */
#ifndef VIGIA_FLOW_NAT_H
#define VIGIA_FLOW_NAT_H

#include "flow/flows.h"
#include "lib/packets.h"

/* Handles an outgoing packet of a flow that we opened. */
static __always_inline void note_reached(struct __sk_buff *skb, struct flow_row *flow)
{
	u64 reached[2], local[2], *peer = (u64 *)flow->key.peer, *stored = (u64 *)flow->reached;
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
	stored[0] = reached[0];
	stored[1] = reached[1];
	flow->reached_port = port;
}

#endif
