/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches DNS answers to waiting queries, and counts those open when their socket closes. */
#ifndef VIGIA_DNS_MATCHING_H
#define VIGIA_DNS_MATCHING_H

#include "dns/queries.h"

/*
 * Whether an answer belongs to a query: same length of the question, same type. In a stream the
 * question may arrive later; then the ID is enough.
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
	give_back(&queue->waiting);
	return 1;
}

/* The same if more than one query of the socket waits. */
static __noinline int take_among(const struct dns_packet *packet, u16 id, u32 bytes, u32 rcode)
{
	struct dns_socket *socket = packet->socket;

	for (u32 i = 1; i < DNS_PENDING; i++) {
		struct dns_query *query = &socket->pending[i];

		if (!is_answered(packet, query, id))
			continue;
		take(packet, query, rcode);
		give_back(&socket->others);
		return 1;
	}
	if (socket->has_queue && take_queued(packet, id, bytes, rcode))
		return 1;
	if (!socket->displaced)
		return 0;
	give_back(&socket->displaced);
	return 1;
}

/*
 * Whether a query waited for this answer. The address of the server is not compared: behind a
 * Kubernetes Service, the answer may come from another address than the query went to.
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

/* Returns the number of queries of a closing socket that were never answered. */
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

/* During a proof, every answer has a query. */
static __noinline int pretend_asked(struct dns_socket *socket, u16 id)
{
	struct dns_query *query = &socket->pending[id % DNS_PENDING];

	query->question = QUESTION(id, 0, 0);
	query->asked = 1;
	return 0;
}

#endif
