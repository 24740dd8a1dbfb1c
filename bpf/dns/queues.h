/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores queries that wait for an answer. A socket has room for a few. A resolver with hundreds of
 * them (c-ares, systemd-resolved, CoreDNS) gets a queue, within the share of its pod.
 */
#ifndef VIGIA_DNS_QUEUES_H
#define VIGIA_DNS_QUEUES_H

#include "dns/questions.h"
#include "lib/socket-cache.h"

#define DNS_PENDING 8 /* queries that a socket holds without a queue */
/* Queries with the same remainder of their IDs, and the number of remainders. */
#define DNS_BUCKET 16
#define DNS_BUCKETS 60
/* Queues of 8 KiB on the whole node. A pod may hold this multiple of the free ones. */
#define DNS_QUEUES 512
#define DNS_QUEUE_MULTIPLE 2

/* Ticks of 2^20 ns (about 1 ms). The coarse clock has a resolution of some milliseconds. */
#define DNS_CLOCK_SHIFT 20
#define DNS_TIMEOUT_TICKS (5000000000ULL >> DNS_CLOCK_SHIFT)
#define DNS_AT_ONCE_TICKS (500000000ULL >> DNS_CLOCK_SHIFT)

struct dns_socket {
	u64 cgroup_id;
	u32 slot;
	u16 length_ahead[2]; /* by direction: sent ahead of its message; 0 = none */
	/* One CPU may send while another receives, so these counts need atomic adds. */
	u32 displaced; /* replaced queries whose answers have not arrived */
	u32 others;    /* in `pending` beyond the first */
	u32 has_queue;
	struct dns_query pending[DNS_PENDING];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct dns_socket);
} dns_of_socket SEC(".maps");

struct dns_queue {
	u32 waiting;          /* atomic adds, as above */
	u32 is_counted;       /* in the share of a pod */
	nsec_t share_born_ns; /* birth of its row, whose slot may be reused */
	u32 share_slot;
	struct dns_query queries[DNS_BUCKETS][DNS_BUCKET];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct dns_queue);
} queue_of_socket SEC(".maps");

/* Never 0, which means no query. */
static __always_inline u32 dns_clock(void)
{
	return (u32)(coarse_clock_ns() >> DNS_CLOCK_SHIFT) ?: 1;
}

/* Most clients use sequential or random IDs. */
static __always_inline struct dns_query *bucket_of(struct dns_queue *queue, u16 id)
{
	u32 at = __builtin_bswap16(id) % DNS_BUCKETS;

	barrier_var(at);
	return at < DNS_BUCKETS ? queue->queries[at] : NULL;
}

#define OWN_PLACE (1ULL << 62)

/*
 * Returns the rank of the best place for a query among `most` places (a power of two): its own
 * place, which is flagged by OWN_PLACE, or a free one, or the oldest. NOTE: the search has no
 * branches, because the verifier would follow each combination to the end.
 */
static __always_inline u64 find_place(const struct dns_query *places, u32 most,
                                      const struct dns_query *query)
{
	u64 best = 0;

	for (u32 i = 0; i < most; i++) {
		u32 asked = places[i].asked, question = places[i].question ^ query->question;
		u64 is_free = ((u64)asked - 1) >> 63;
		u64 is_own = ((u64)question - 1) >> 63 & ~is_free;
		u64 rank = is_own << 62 | is_free << 61 | (u64)(query->asked - asked) << 8;
		s64 ahead;

		rank |= most - 1 - i; /* prefers the first of equal places */
		ahead = (s64)(best - rank);
		barrier_var(ahead); /* keeps the compiler from making a branch */
		best -= ahead & ahead >> 63;
	}
	return best;
}

static __always_inline struct dns_query *place_at(struct dns_query *places, u32 most, u64 at)
{
	barrier_var(at);
	at = ~at & (most - 1);
	barrier_var(at);
	return &places[at];
}

/* NULL if the socket has no queue. */
static __always_inline struct dns_queue *queue_of(struct __sk_buff *skb,
                                                  const struct dns_socket *socket)
{
	struct bpf_sock *sk = skb->sk;

	return socket->has_queue && sk ? bpf_sk_storage_get(&queue_of_socket, sk, NULL, 0) : NULL;
}

/* The same, but creates the queue if the pod's share permits. */
static __always_inline struct dns_queue *make_queue(struct __sk_buff *skb,
                                                    struct dns_socket *socket)
{
	struct share *share = share_of(socket->slot), *all = share_of_all();
	struct bpf_sock *sk = skb->sk;
	struct dns_queue *queue;

	if (socket->has_queue)
		return queue_of(skb, socket);
	if (!sk || !share || !all)
		return NULL;
	if (!has_share(share->queues, all->queues, DNS_QUEUES, DNS_QUEUE_MULTIPLE))
		return NULL;
	queue = bpf_sk_storage_get(&queue_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!queue)
		return NULL;
	socket->has_queue = 1;
	if (!queue->is_counted)
		COUNT_IN_SHARE(queue, socket->slot, queues);
	return queue;
}

#endif
