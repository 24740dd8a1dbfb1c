/* SPDX-License-Identifier: GPL-2.0-only */
/* What the packet programs remember of a socket, so that a packet costs no hash look-up. */
#ifndef VIGIA_MARKS_H
#define VIGIA_MARKS_H

#include "packets.h"

struct socket_mark {
	u64 cgroup_id; /* 0 = not marked */
	u32 slot;      /* where its packets are counted, as long as the row has this owner */
	u32 flow_slot; /* where its last datagram was, as long as the row is the one born then */
	nsec_t flow_born_ns;
	u8 protocol; /* enum protocol */
	u8 ip_protocol;
	u8 opener; /* enum opener, of all flows of the socket */
	u8 is_dns; /* of TCP alone: its peer is a DNS server */
	u8 has_opener;
	u8 amid;          /* of TCP alone: directions in which a message goes on, as bits */
	u16 dialled_port; /* in network order, of a socket that is connected */
	u8 dull; /* of TCP alone: segments in a row that began nothing, and packets since */
	u8 padding[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_mark);
} mark_of_socket SEC(".maps");

#endif
