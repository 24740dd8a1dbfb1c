/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selects the flows whose datagrams are counted in the flow alone, which costs no more per packet
 * than counting for the cgroup alone. `settle` adds them to the cgroup's usage before that is read.
 */
#ifndef VIGIA_FLOW_DEFERRED_USAGE_H
#define VIGIA_FLOW_DEFERRED_USAGE_H

#include "flow/flows.h"
#include "lib/packets.h"

/*
 * The row alone must determine the headers and the destination of the packets. The row for a
 * cgroup's other peers has no protocol.
 */
static __always_inline bool defers_usage(const struct flow_row *flow)
{
	return flow->key.protocol == IPPROTO_UDP;
}

/* Bytes of headers without options or extensions, as in nearly all datagrams of this peer. */
static __always_inline u32 plain_header_of(const u8 *peer)
{
	const u64 *words = (const u64 *)peer;
	bool is_ipv4 = !words[0] && (u32)words[1] == __builtin_bswap32(0xffff);

	return (is_ipv4 ? IPV4_HEADER : IPV6_HEADER) + UDP_HEADER;
}

#endif
