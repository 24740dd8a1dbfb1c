/* SPDX-License-Identifier: GPL-2.0-only */
/* What the packet programs remember of a socket, so that a packet costs no hash look-up. */
#ifndef VIGIA_LIB_SOCKET_CACHE_H
#define VIGIA_LIB_SOCKET_CACHE_H

#include "lib/packets.h"
#include "lib/shares.h"

/* Whether a mark is counted in the share of a pod: its memory is charged to who loaded the programs. */
enum holding {
	HOLDS_NOTHING, /* its socket was closed, or it is no socket's */
	HOLDS_SOON,
	HOLDS_PLACE,
};

/* It fills what is left of the cache line in which the kernel keeps whose storage it is. */
struct socket_cache {
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
	u8 open_messages; /* of TCP alone: directions in which a message goes on, as bits */
	u16 dialed_port;  /* in network order */
	u8 idle_segments; /* of TCP alone: segments in a row that began nothing, and packets since */
	u8 is_looped;     /* as the flow of its last datagram */
	u8 dialed_header; /* of that datagram; 0 = the socket was not connected */
	u8 holding;       /* enum holding */
	u32 dialed[4];    /* the peer of that flow, in network order */
};
_Static_assert(sizeof(struct socket_cache) == 56, "a cache and its owner fill a cache line");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_cache);
} cache_of_socket SEC(".maps");

/* A pod may have so many times as many sockets marked as are free. */
#define SOCKET_MULTIPLE 4

/* Whether one more socket of a cgroup may be marked; those whose cgroup has no row are one share. */
static __always_inline bool may_cache(u32 slot)
{
	struct usage *usage = usage_at(slot);
	struct share *share = share_of(slot), *all = share_of_all();
	u32 held;

	if (!usage || !share || !all)
		return false;
	held = slot == SLOT_REST ? usage->sockets : share->sockets;
	return has_share(held, all->sockets, nr_connections, SOCKET_MULTIPLE);
}

/* Of what else is kept at the socket: nothing without a place. */
static __always_inline u64 storage_flags(const struct socket_cache *cache)
{
	return cache->holding ? BPF_SK_STORAGE_GET_F_CREATE : 0;
}

/* Two CPUs may count a socket twice if its first packets meet. */
static __always_inline void hold_place(struct socket_cache *cache)
{
	struct usage *usage = usage_at(cache->slot);
	struct share *share = share_of(cache->slot), *all = share_of_all();

	if (!usage || !share || !all)
		return;
	cache->holding = HOLDS_PLACE;
	ADD(usage->sockets, 1);
	ADD(all->sockets, 1);
	if (cache->slot != SLOT_REST)
		ADD(share->sockets, 1);
}

/* What a row had that was taken from its owner was given back then. */
static __always_inline void give_back_place(struct socket_cache *cache)
{
	struct usage *usage = usage_at(cache->slot);
	struct share *share = share_of(cache->slot), *all = share_of_all();

	if (cache->holding != HOLDS_PLACE || !usage || !share || !all)
		return;
	cache->holding = HOLDS_NOTHING;
	if (cache->slot != SLOT_REST && usage->owner != cache->cgroup_id)
		return;
	give_back(&usage->sockets);
	give_back(&all->sockets);
	if (cache->slot != SLOT_REST)
		give_back(&share->sockets);
}

#endif
