/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the headers of a packet, of which nothing is believed. */
#ifndef VIGIA_LIB_PACKETS_H
#define VIGIA_LIB_PACKETS_H

#include "lib/addresses.h"

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

#endif
