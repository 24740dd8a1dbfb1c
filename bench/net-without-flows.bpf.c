// SPDX-License-Identifier: GPL-2.0-only
/* The packet programs as they ship, but for datagrams: these count for their cgroup alone. */
#include "net/datagrams.h"

#define count_dialed(state, skb, sk, cache, direction)                                             \
	(count_packet(state, skb, cache, direction), true)

#include "net/net.bpf.c"
