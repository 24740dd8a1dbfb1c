/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the headers of a packet, of which nothing is believed. */
#ifndef VIGIA_PACKETS_H
#define VIGIA_PACKETS_H

#include "lib/maps.h"

#include <linux/in.h>
#include <linux/in6.h>

#define IPV6_EXTENSIONS 6 /* a header chain longer than this is not followed */
#define IPV4_HEADER 20    /* without options */
#define IPV6_HEADER 40    /* without extensions */
#define UDP_HEADER 8
#define TCP_HEADER 20 /* without options */
#define DNS_PORT 53

/* Set where packets come from BPF_PROG_TEST_RUN, whose sockets have neither protocol nor peer. */
const volatile u32 is_proof;

enum direction { TRANSMIT, RECEIVE };

/*
 * Length of the network and transport header of a TCP or UDP packet, 0 if it cannot be read. Global,
 * so that the verifier looks at it once.
 */
__noinline u32 header_bytes(struct __sk_buff *skb)
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
		offset = IPV6_HEADER;
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
		return offset + UDP_HEADER;
	if (protocol != IPPROTO_TCP || bpf_skb_load_bytes(skb, offset + 12, octet, 1))
		return 0;
	return offset + (octet[0] >> 4) * 4;
}

/* Length of the network header alone, IPv6 extensions not included. */
static __always_inline u32 network_header_bytes(struct __sk_buff *skb)
{
	u8 first = 0;

	bpf_skb_load_bytes(skb, 0, &first, 1);
	return first >> 4 == 4 ? (first & 0xf) * 4 : IPV6_HEADER;
}

/*
 * As header_bytes of UDP where there are neither options nor extensions, and all of it lies at hand,
 * as nearly always; else 0.
 */
static __always_inline u32 plain_header_bytes(const struct __sk_buff *skb)
{
	const u8 *octets = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (octets + IPV4_HEADER + UDP_HEADER > end)
		return 0;
	if (octets[0] == 0x45)
		return IPV4_HEADER + UDP_HEADER;
	if (octets[0] >> 4 == 6 && octets[6] == IPPROTO_UDP &&
	    octets + IPV6_HEADER + UDP_HEADER <= end)
		return IPV6_HEADER + UDP_HEADER;
	return 0;
}

static __always_inline u32 datagram_header_bytes(struct __sk_buff *skb)
{
	return plain_header_bytes(skb) ?: header_bytes(skb);
}

#endif
