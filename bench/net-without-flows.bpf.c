// SPDX-License-Identifier: GPL-2.0-only
/* The packet programs as they ship, but for datagrams: these count for their cgroup alone. */
#include "net/datagrams.h"

#define count_dialled(node, skb, sk, mark, direction)                                              \
	(count_packet(node, skb, mark, direction), true)

#include "net/net.bpf.c"
