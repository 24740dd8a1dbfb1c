/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes DNS queries by socket. A query times out if it is sent again, or if the socket closes
 * without an answer.
 */
#ifndef VIGIA_DNS_QUERIES_H
#define VIGIA_DNS_QUERIES_H

#include "dns/queues.h"

/* The packet that is inspected, and where it is counted. */
struct dns_packet {
	struct __sk_buff *skb;
	struct cpu_state *state;
	struct usage_cell *cell;
	struct dns_socket *socket;
	u32 is_stream;
	u32 message_at; /* offset of the message in the packet */
};

static __always_inline void end_query(struct usage_cell *cell, enum dns_outcome outcome)
{
	ADD(cell->dns.queries[outcome], 1);
}

static __always_inline bool has_timed_out(const struct dns_query *query, u32 now)
{
	return query->asked && now - query->asked >= DNS_TIMEOUT_TICKS;
}

/*
 * A repeated query means that the first one timed out. Exceptions: musl asks all servers at once,
 * and TCP retransmits segments.
 */
static __always_inline void note_again(const struct dns_packet *packet, struct dns_query *query,
                                       u32 now)
{
	if (packet->is_stream || (now - query->asked < DNS_AT_ONCE_TICKS && !is_proof))
		return;
	end_query(packet->cell, DNS_TIMEOUT);
	query->asked = now;
}

/* The replaced query has timed out, or its outcome is lost. Its answer is still kept. */
static __always_inline void replace(const struct dns_packet *packet, struct dns_query *place,
                                    const struct dns_query *query, enum loss loss)
{
	if (has_timed_out(place, query->asked)) {
		end_query(packet->cell, DNS_TIMEOUT);
	} else if (place->asked) {
		lose(packet->state, loss);
		ADD(packet->socket->displaced, 1);
	}
	*place = *query;
}

/*
 * Notes a query in the queue of its socket. Returns whether it did. Without `may_join`, only a
 * query that is already in the queue is noted.
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
		ADD(queue->waiting, 1);
	replace(packet, place, query, LOST_DNS__CROWDED);
	return 1;
}

/* Notes a query of a socket on which more than one waits. */
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
		ADD(socket->others, 1);
	replace(packet, place, query, LOST_DNS__OVER_SHARE);
	return 0;
}

/* Notes the time of a query. */
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

#endif
