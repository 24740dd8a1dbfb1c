/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries to DNS servers and how they ended, by socket. A query that a socket had no answer for when
 * it closed, or that was sent again, timed out.
 */
#ifndef VIGIA_DNS_QUERIES_H
#define VIGIA_DNS_QUERIES_H

#include "marks.h"

#define DNS_PENDING 8 /* queries of one socket that can wait for an answer at once */
#define DNS_TIMEOUT_NS 5000000000ULL
#define DNS_AT_ONCE_NS 500000000ULL

struct dns_query {
	nsec_t asked_ns; /* 0 = none */
	u64 id;
};

struct dns_socket {
	u64 cgroup_id;
	u32 slot;
	u16 length_ahead[2]; /* by direction: of a message whose length ended a segment; 0 = none */
	struct dns_query pending[DNS_PENDING];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct dns_socket);
} dns_of_socket SEC(".maps");

/* What a packet has of DNS. */
struct dns_packet {
	struct __sk_buff *skb;
	struct node *node;
	struct usage_cell *cell;
	struct dns_socket *socket;
	u32 is_stream;
};

static __always_inline void end_query(struct usage_cell *cell, enum dns_outcome outcome)
{
	ADD(cell->dns.queries[outcome], 1);
}

/*
 * Notes when a query was asked; what was in its place timed out, or its end is lost. One that is sent
 * again timed out too, but for at once: then it goes to another server, as musl asks all of them.
 */
static __always_inline void note_query(const struct dns_packet *packet, u16 id)
{
	struct dns_query *pending = packet->socket->pending, *query = NULL;
	nsec_t now_ns = coarse_clock_ns();

#pragma unroll
	for (u32 i = 0; i < DNS_PENDING; i++) {
		if (pending[i].asked_ns && pending[i].id == id) {
			query = &pending[i];
			break;
		}
		if (!query || (query->asked_ns && pending[i].asked_ns < query->asked_ns))
			query = &pending[i];
	}
	if (!query)
		return;
	if (query->asked_ns) {
		bool is_at_once = now_ns - query->asked_ns < DNS_AT_ONCE_NS && !is_proof;

		if (query->id == id && (packet->is_stream || is_at_once))
			return; /* a segment that was sent again, or the same query */
		if (query->id == id || now_ns - query->asked_ns >= DNS_TIMEOUT_NS)
			end_query(packet->cell, DNS_TIMEOUT);
		else
			lose(packet->node, LOST_DNS__CROWDED);
	}
	query->id = id;
	query->asked_ns = now_ns;
}

/*
 * Whether a query was waiting for this answer. The server is not compared: one behind a Service of
 * Kubernetes may answer by another address than the query was seen to go to.
 */
static __always_inline bool take_answer(const struct dns_packet *packet, u16 id, u32 rcode)
{
	struct dns_query *pending = packet->socket->pending;

#pragma unroll
	for (u32 i = 0; i < DNS_PENDING; i++) {
		if (!pending[i].asked_ns || pending[i].id != id)
			continue;
		ADD(packet->cell->dns.wait_ns, coarse_clock_ns() - pending[i].asked_ns);
		pending[i].asked_ns = 0;
		end_query(packet->cell, rcode == 0   ? DNS_NOERROR
		                        : rcode == 3 ? DNS_NXDOMAIN
		                                     : DNS_SERVFAIL);
		return true;
	}
	return false;
}

/* In a proof each answer is one that was asked for. */
static __noinline int pretend_asked(struct dns_socket *socket, u16 id)
{
	struct dns_query *query = &socket->pending[id % DNS_PENDING];

	query->id = id;
	query->asked_ns = 1;
	return 0;
}

#endif
