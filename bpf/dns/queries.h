/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries to DNS servers and how they ended, by socket. A query that a socket had no answer for when
 * it closed, or that was sent again, timed out.
 */
#ifndef VIGIA_DNS_QUERIES_H
#define VIGIA_DNS_QUERIES_H

#include "dns/queues.h"

/* What a packet has of DNS. */
struct dns_packet {
	struct __sk_buff *skb;
	struct cpu_state *state;
	struct usage_cell *cell;
	struct dns_socket *socket;
	u32 is_stream;
	u32 message_at; /* offset of the message that is looked at */
};

static __always_inline void end_query(struct usage_cell *cell, enum dns_outcome outcome)
{
	ADD(cell->dns.queries[outcome], 1);
}

#define OWN_PLACE (1ULL << 62)

/*
 * Where among so many (a power of two) a query is noted: in its own place, which is marked, or one that
 * is free, or else the oldest one's. NOTE: without branches that lead to different numbers, as the
 * verifier follows each of them to the end.
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

		rank |= most - 1 - i; /* the first of those that are as good */
		ahead = (s64)(best - rank);
		barrier_var(ahead); /* the compiler would make a branch of it */
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

static __always_inline bool has_timed_out(const struct dns_query *query, u32 now)
{
	return query->asked && now - query->asked >= DNS_TIMEOUT_TICKS;
}

/*
 * A query is sent again: what was noted of it timed out. But at once it goes to another server, as
 * musl asks all of them, and in a stream a segment is sent again.
 */
static __always_inline void note_again(const struct dns_packet *packet, struct dns_query *query,
                                       u32 now)
{
	if (packet->is_stream || (now - query->asked < DNS_AT_ONCE_TICKS && !is_proof))
		return;
	end_query(packet->cell, DNS_TIMEOUT);
	query->asked = now;
}

/* The query that was there has timed out, or its outcome is lost. The names in its answer are kept. */
static __always_inline void replace(const struct dns_packet *packet, struct dns_query *place,
                                    const struct dns_query *query, enum loss loss)
{
	if (has_timed_out(place, query->asked)) {
		end_query(packet->cell, DNS_TIMEOUT);
	} else if (place->asked) {
		lose(packet->state, loss);
		packet->socket->untold++;
	}
	*place = *query;
}

/*
 * Notes a query in the queue of its socket; returns whether it did. Without `may_join`, only one that is
 * there already.
 */
static __noinline int queue_query(const struct dns_packet *packet, const struct dns_query *query,
                                  bool may_join)
{
	struct dns_queue *queue = may_join ? make_queue(packet->skb, packet->socket)
	                                   : queue_of(packet->skb, packet->socket);
	struct dns_query *queries = queue ? bucket_of(queue, ID_OF(query->question)) : NULL, *place;
	u64 at;

	if (!queries || (!may_join && !queue->waiting))
		return 0;
	at = find_place(queries, DNS_BUCKET, query);
	place = place_at(queries, DNS_BUCKET, at);
	if (at & OWN_PLACE) {
		note_again(packet, place, query->asked);
		return 1;
	}
	if (!may_join)
		return 0;
	if (!place->asked)
		queue->waiting++;
	replace(packet, place, query, LOST_DNS__CROWDED);
	return 1;
}

/* Where others of the socket wait, too. */
static __noinline int note_among(const struct dns_packet *packet, const struct dns_query *query)
{
	struct dns_socket *socket = packet->socket;
	u64 at = find_place(socket->pending, DNS_PENDING, query);
	struct dns_query *place = place_at(socket->pending, DNS_PENDING, at);
	bool is_full;

	if (at & OWN_PLACE) {
		note_again(packet, place, query->asked);
		return 0;
	}
	is_full = place->asked && !has_timed_out(place, query->asked);
	if ((is_full || socket->has_queue) && queue_query(packet, query, is_full))
		return 0;
	if (!place->asked && place != &socket->pending[0])
		socket->others++;
	replace(packet, place, query, LOST_DNS__OVER_SHARE);
	return 0;
}

/* Notes when a query was asked. */
static __always_inline void note_query(const struct dns_packet *packet, u16 id, u32 bytes,
                                       bool has_more)
{
	struct dns_socket *socket = packet->socket;
	struct dns_query query;

	query.asked = dns_clock();
	query.question = has_more ? read_question(packet->skb, packet->message_at, id, bytes)
	                          : question_of(packet->skb, packet->message_at, id,
	                                        bytes - sizeof(struct dns_header));
	if (socket->pending[0].asked || socket->others || socket->has_queue) {
		note_among(packet, &query);
		return;
	}
	socket->pending[0].asked = query.asked;
	socket->pending[0].question = query.question;
}

/*
 * Whether a query was this answer's: its question is as long, and the type is the same. In a stream the
 * question may come later.
 */
static __always_inline bool is_answered(const struct dns_packet *packet,
                                        const struct dns_query *query, u16 id)
{
	u32 question = query->question, type;

	if (!query->asked || ID_OF(question) != id)
		return false;
	if (!BYTES_OF(question))
		return true;
	type = type_behind(packet->skb, packet->message_at, BYTES_OF(question));
	return type == TYPE_OF(question) || type == UNREAD_TYPE;
}

static __always_inline void take(const struct dns_packet *packet, struct dns_query *query,
                                 u32 rcode)
{
	u64 waited = dns_clock() - query->asked;

	ADD(packet->cell->dns.wait_ns, waited << DNS_CLOCK_SHIFT);
	query->asked = 0;
	end_query(packet->cell, rcode == 0   ? DNS_NOERROR
	                        : rcode == 3 ? DNS_NXDOMAIN
	                                     : DNS_SERVFAIL);
}

static __noinline int take_queued(const struct dns_packet *packet, u16 id, u32 bytes, u32 rcode)
{
	struct dns_queue *queue = queue_of(packet->skb, packet->socket);
	struct dns_query *queries = queue && queue->waiting ? bucket_of(queue, id) : NULL;
	struct dns_query answer = {};
	u64 at;

	if (!queries)
		return 0;
	answer.question = read_question(packet->skb, packet->message_at, id, bytes);
	at = find_place(queries, DNS_BUCKET, &answer);
	if (!(at & OWN_PLACE))
		return 0;
	take(packet, place_at(queries, DNS_BUCKET, at), rcode);
	queue->waiting--;
	return 1;
}

/* Where others of the socket wait, too. */
static __noinline int take_among(const struct dns_packet *packet, u16 id, u32 bytes, u32 rcode)
{
	struct dns_socket *socket = packet->socket;

	for (u32 i = 1; i < DNS_PENDING; i++) {
		struct dns_query *query = &socket->pending[i];

		if (!is_answered(packet, query, id))
			continue;
		take(packet, query, rcode);
		if (socket->others)
			socket->others--;
		return 1;
	}
	if (socket->has_queue && take_queued(packet, id, bytes, rcode))
		return 1;
	if (!socket->untold)
		return 0;
	socket->untold--;
	return 1;
}

/*
 * Whether a query was waiting for this answer. The server is not compared: one behind a Service of
 * Kubernetes may answer by another address than the query was seen to go to.
 */
static __always_inline bool take_answer(const struct dns_packet *packet, u16 id, u32 bytes,
                                        u32 rcode)
{
	struct dns_query *first = &packet->socket->pending[0];

	if (!is_answered(packet, first, id))
		return take_among(packet, id, bytes, rcode);
	take(packet, first, rcode);
	return true;
}

/* Queries of a socket that closes were never answered. Returns how many there are. */
static __always_inline u32 count_unanswered(struct bpf_sock *sk, const struct dns_socket *socket)
{
	struct dns_queue *queue;
	u32 unanswered = 0;

#pragma unroll
	for (u32 i = 0; i < DNS_PENDING; i++)
		unanswered += socket->pending[i].asked != 0;
	queue = socket->has_queue ? bpf_sk_storage_get(&queue_of_socket, sk, NULL, 0) : NULL;
	if (!queue)
		return unanswered;
	GIVE_BACK_TO_SHARE(queue, queues);
	return unanswered + queue->waiting;
}

/* In a proof each answer is one that was asked for. */
static __noinline int pretend_asked(struct dns_socket *socket, u16 id)
{
	struct dns_query *query = &socket->pending[id % DNS_PENDING];

	query->question = QUESTION(id, 0, 0);
	query->asked = 1;
	return 0;
}

#endif
