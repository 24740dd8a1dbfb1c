/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket cache: caches the slots of a socket, so that a packet needs no hash lookup. */
#ifndef VIGIA_LIB_SOCKET_CACHE_H
#define VIGIA_LIB_SOCKET_CACHE_H

#include "lib/packets.h"
#include "lib/shares.h"

/* Whether a cache is counted in its pod's share. The memory itself is charged to the loader. */
enum holding {
	HOLDS_NOTHING, /* the socket is closed, or the cache belongs to none */
	HOLDS_SOON,
	HOLDS_PLACE,
};

/* Fills the rest of the cache line in which the kernel stores the owner of the storage. */
struct socket_cache {
	u64 cgroup_id; /* 0 = unknown */
	nsec_t flow_born_ns;
	u32 slot;       /* counts its packets, while the row has this owner */
	u32 flow_slot;  /* flow of its last datagram, while the row has this birth */
	u32 next_epoch; /* 1 + the cache epoch in which both are valid; 0 = never */
	u8 protocol;    /* enum protocol */
	u8 ip_protocol;
	u8 opener; /* enum opener, of all flows of the socket */
	u8 is_dns; /* connected sockets: the peer is a DNS server */
	u8 has_opener;
	u8 open_messages; /* TCP only: bits of the directions with an unfinished message */
	u16 dialed_port;  /* in network byte order */
	u8 idle_segments; /* TCP only: counts for payload-sampling.h */
	u8 is_looped;     /* the flow of its last datagram is looped */
	u8 dialed_header; /* header bytes of that datagram; 0 = the socket was not connected */
	u8 holding;       /* enum holding */
	u32 dialed[4];    /* peer of that flow, in network byte order */
};
_Static_assert(sizeof(struct socket_cache) == 56, "a cache and its owner fill a cache line");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_cache);
} cache_of_socket SEC(".maps");

/* A pod may have this multiple of the free socket caches. */
#define SOCKET_MULTIPLE 4

/* Whether one more socket may be cached. Cgroups without a row have one share together. */
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

/* Flags for other storage of the socket: created only for a cached socket. */
static __always_inline u64 storage_flags(const struct socket_cache *cache)
{
	return cache->holding ? BPF_SK_STORAGE_GET_F_CREATE : 0;
}

/* Two CPUs may both count a socket whose first packets arrive at once. */
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

/* A row that was taken from its owner has already given back its sockets. */
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
