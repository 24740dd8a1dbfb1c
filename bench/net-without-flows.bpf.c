// SPDX-License-Identifier: GPL-2.0-only
/* The packet programs as shipped, but datagrams are charged to their cgroup alone. */
#include "net/datagrams.h"

#define count_dialed(state, skb, sk, cache, direction)                                             \
	(count_packet(state, skb, cache, direction), true)

#include "net/net.bpf.c"
