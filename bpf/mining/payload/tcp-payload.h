/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the payload of a TCP segment, and its first octet. */
#ifndef VIGIA_MINING_PAYLOAD_TCP_PAYLOAD_H
#define VIGIA_MINING_PAYLOAD_TCP_PAYLOAD_H

#include "lib/packets.h"

#define MAX_DIRECT 128 /* up to so many octets of headers, the payload is read in place */

/* Offsets of the TCP header and the payload in a packet. */
struct segment {
	u32 header;
	u32 payload;
	u32 direction;
	u8 first; /* octet of the payload */
};

/* Finds the payload directly if there are no IPv4 options or IPv6 extensions. */
static __always_inline bool find_payload(struct __sk_buff *skb, struct segment *segment)
{
	const u8 *octets = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u32 payload;

	if (octets + IPV4_HEADER + TCP_HEADER <= end && octets[0] == 0x45) {
		segment->header = IPV4_HEADER;
		payload = IPV4_HEADER + (octets[IPV4_HEADER + 12] >> 4) * 4;
	} else if (octets + IPV6_HEADER + TCP_HEADER <= end && octets[0] >> 4 == 6 &&
	           octets[6] == IPPROTO_TCP) {
		segment->header = IPV6_HEADER;
		payload = IPV6_HEADER + (octets[IPV6_HEADER + 12] >> 4) * 4;
	} else {
		payload = header_bytes(skb);
		segment->header = 0;
	}
	segment->payload = payload;
	if (!payload || payload >= skb->len)
		return false;
	if (payload < MAX_DIRECT) {
		barrier_var(payload);
		octets += payload & (MAX_DIRECT - 1);
		if (octets + 1 <= end) {
			segment->first = *octets;
			return true;
		}
	}
	return !bpf_skb_load_bytes(skb, payload, &segment->first, 1);
}

#endif
