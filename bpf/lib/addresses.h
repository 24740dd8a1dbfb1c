/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads and writes addresses as rows store them: 16 octets in network byte order, IPv4 as
 * IPv4-mapped IPv6.
 */
#ifndef VIGIA_LIB_ADDRESSES_H
#define VIGIA_LIB_ADDRESSES_H

#include "lib/cells.h"

#define AF_INET6 10

/* ::ffff:a.b.c.d */
static __always_inline void write_ipv4(u8 *octets, u32 address)
{
	u64 *words = (u64 *)octets;

	/* As wide as the later loads: a load that spans two stores stalls the CPU. */
	words[0] = 0;
	words[1] = (u64)address << 32 | __builtin_bswap32(0xffff);
}

/* The address that a socket is connected to. */
static __always_inline void read_dialed(const struct bpf_sock *sk, u8 *peer)
{
	u64 *words = (u64 *)peer;

	if (sk->family != AF_INET6) {
		write_ipv4(peer, sk->dst_ip4);
		return;
	}
	words[0] = (u64)sk->dst_ip6[1] << 32 | sk->dst_ip6[0];
	words[1] = (u64)sk->dst_ip6[3] << 32 | sk->dst_ip6[2];
}

#endif
