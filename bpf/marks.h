/* SPDX-License-Identifier: GPL-2.0-only */
/* What the packet programs remember of a socket, so that a packet costs no hash look-up. */
#ifndef VIGIA_MARKS_H
#define VIGIA_MARKS_H

#include "packets.h"

/* It fills what is left of the cache line in which the kernel keeps whose storage it is. */
struct socket_mark {
	u64 cgroup_id; /* 0 = not marked */
	nsec_t flow_born_ns;
	u32 slot;       /* where its packets are counted, as long as the row has this owner */
	u32 flow_slot;  /* where its last datagram was, as long as the row is the one born then */
	u32 next_epoch; /* both of these held in the one before; 0 = in none */
	u8 protocol;    /* enum protocol */
	u8 ip_protocol;
	u8 opener; /* enum opener, of all flows of the socket */
	u8 is_dns; /* of one that is connected: its peer is a DNS server */
	u8 has_opener;
	u8 amid;          /* of TCP alone: directions in which a message goes on, as bits */
	u16 dialled_port; /* in network order */
	u8 dull;      /* of TCP alone: segments in a row that began nothing, and packets since */
	u8 is_looped; /* as the flow of its last datagram */
	u8 dialled_header; /* of that datagram; 0 = the socket was not connected */
	u8 padding;
	u32 dialled[4]; /* the peer of that flow, in network order */
};
_Static_assert(sizeof(struct socket_mark) == 56, "a mark and its owner fill a cache line");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_mark);
} mark_of_socket SEC(".maps");

#endif
