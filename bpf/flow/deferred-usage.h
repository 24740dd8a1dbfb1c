/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows whose datagrams are counted there alone, which costs a packet no more than to count it for
 * its cgroup. `settle` adds them to what their cgroups used, before that is read.
 */
#ifndef VIGIA_FLOW_DEFERRED_USAGE_H
#define VIGIA_FLOW_DEFERRED_USAGE_H

#include "flow/flows.h"
#include "lib/packets.h"

/*
 * It must be told by the row alone what headers the packets had, and where they were going. The row
 * of a cgroup's other peers has no protocol.
 */
static __always_inline bool defers_usage(const struct flow_row *flow)
{
	return flow->key.protocol == IPPROTO_UDP;
}

/* Headers without options or extensions, as nearly all datagrams of this peer have them. */
static __always_inline u32 plain_header_of(const u8 *peer)
{
	const u64 *words = (const u64 *)peer;
	bool is_ipv4 = !words[0] && (u32)words[1] == __builtin_bswap32(0xffff);

	return (is_ipv4 ? IPV4_HEADER : IPV6_HEADER) + UDP_HEADER;
}

#endif
