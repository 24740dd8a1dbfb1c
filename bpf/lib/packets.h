/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses the headers of a packet. Nothing in a packet is trusted. */
#ifndef VIGIA_LIB_PACKETS_H
#define VIGIA_LIB_PACKETS_H

#include "lib/addresses.h"

#include <linux/in.h>
#include <linux/in6.h>

#define IPV6_EXTENSIONS 6 /* maximum number of extension headers */
#define IPV4_HEADER 20    /* without options */
#define IPV6_HEADER 40    /* without extensions */
#define UDP_HEADER 8
#define TCP_HEADER 20 /* without options */
#define DNS_PORT 53

/* Set if packets come from BPF_PROG_TEST_RUN, whose sockets have neither protocol nor peer. */
const volatile u32 is_proof;

enum direction { TRANSMIT, RECEIVE };

/*
 * Returns the length of the network and transport headers of a TCP or UDP packet, 0 if unreadable.
 * Global, so that the verifier checks it once.
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

/* Length of the network header without IPv6 extensions. */
static __always_inline u32 network_header_bytes(struct __sk_buff *skb)
{
	u8 first = 0;

	bpf_skb_load_bytes(skb, 0, &first, 1);
	return first >> 4 == 4 ? (first & 0xf) * 4 : IPV6_HEADER;
}

/*
 * The same as header_bytes for UDP without options and extensions, if the headers are in the linear
 * data, as in nearly all packets. Otherwise 0.
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

/* Reads both addresses. The peer is the destination when sending, the source when receiving. */
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
