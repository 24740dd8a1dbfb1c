/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries to DNS servers and how they ended, by socket. A query that a socket had no answer for when
 * it closed, or that was sent again, timed out. Names are not read here: whole answers are kept for
 * user space, which parses them.
 */
#ifndef VIGIA_DNS_H
#define VIGIA_DNS_H

#include "marks.h"

#define DNS_PORT 53
#define DNS_PENDING 8 /* queries of one socket that can wait for an answer at once */
#define DNS_TIMEOUT_NS 5000000000ULL
#define DNS_AT_ONCE_NS 500000000ULL
#define DNS_STREAM_MESSAGES 4 /* of one TCP segment that are looked at */

/* RFC 1035, 4.1.1 */
struct dns_header {
	u16 id;
	u8 flags; /* QR, Opcode, AA, TC, RD */
	u8 rcode; /* and RA, Z */
	u16 questions;
	u16 answers;
	u16 authorities;
	u16 additions;
};
#define DNS_QR 0x80
#define DNS_OPCODE 0x78
#define DNS_TC 0x02
#define DNS_RCODE 0x0f

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

/*
 * To a tick of the kernel (1 to 10 ms), as the exact clock costs more than all of the rest. The
 * error is as often up as down, so sums and means come out right.
 */
static __always_inline nsec_t dns_clock_ns(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_coarse_ns))
		return bpf_ktime_get_coarse_ns();
	return bpf_ktime_get_ns();
}

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
	nsec_t now_ns = dns_clock_ns();

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
		ADD(packet->cell->dns.wait_ns, dns_clock_ns() - pending[i].asked_ns);
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

static __noinline int keep_answer(const struct dns_packet *packet, u32 offset, u32 bytes)
{
	struct node *node = packet->node;
	struct answers *answers = &node->answers;
	struct answer_row *answer;
	u32 slot;

	if (answers->written - answers->acknowledged >= nr_answers && !is_proof) {
		lose(node, LOST_ANSWER__UNREAD);
		return 0;
	}
	slot = node->row.cpu * nr_answers + (u32)answers->written % nr_answers;
	answer = bpf_map_lookup_elem(&answer_by_slot, &slot);
	if (!answer)
		return 0;
	answer->sequence = 0;
	if (bytes > ANSWER_BYTES)
		bytes = ANSWER_BYTES;
	/* The verifier must see the bounds of what is passed on. */
	asm volatile("" : "+r"(bytes));
	if (bytes < sizeof(struct dns_header) || bytes > ANSWER_BYTES)
		return 0;
	if (bpf_skb_load_bytes(packet->skb, offset, answer->message, bytes))
		return 0;
	answer->message_bytes = bytes;
	answer->cpu = node->row.cpu;
	answer->cgroup_id = packet->socket->cgroup_id;
	answer->sequence = ++answers->written;
	return 0;
}

/* A message of `bytes` octets that begins at an offset of the packet. Returns whether it is one. */
static __noinline int see_message(const struct dns_packet *packet, enum direction direction,
                                  u32 offset, u32 bytes)
{
	const u8 *data = (void *)(long)packet->skb->data,
		 *end = (void *)(long)packet->skb->data_end;
	struct dns_header header;
	bool is_answer;

	if (bytes < sizeof(header))
		return 0;
	/* Where the header is at hand, as nearly always, no helper is asked for it. */
	if (offset == IPV4_HEADER + UDP_HEADER && data + offset + sizeof(header) <= end)
		header = *(const struct dns_header *)(data + IPV4_HEADER + UDP_HEADER);
	else if (bpf_skb_load_bytes(packet->skb, offset, &header, sizeof(header)))
		return 0;
	is_answer = header.flags & DNS_QR;
	if (header.flags & DNS_OPCODE || header.questions != __builtin_bswap16(1) ||
	    is_answer != (direction == RECEIVE))
		return 0;
	if (is_proof && is_answer)
		pretend_asked(packet->socket, header.id);
	if (!is_answer)
		note_query(packet, header.id);
	else if (take_answer(packet, header.id, header.rcode & DNS_RCODE) &&
	         !(header.rcode & DNS_RCODE) && !(header.flags & DNS_TC) && header.answers)
		keep_answer(packet, offset, bytes);
	return 1;
}

/* Each message of a stream is led by its length, which some send in a segment of its own. */
static __always_inline void see_stream(const struct dns_packet *packet, enum direction direction)
{
	u32 at = header_bytes(packet->skb), end = packet->skb->len;
	u16 *length_ahead = &packet->socket->length_ahead[direction];
	u16 length = *length_ahead;

	if (!at || at >= end)
		return;
	*length_ahead = 0;
	for (u32 i = 0; i < DNS_STREAM_MESSAGES; i++) {
		if (!length) {
			if (bpf_skb_load_bytes(packet->skb, at, &length, sizeof(length)))
				return;
			length = __builtin_bswap16(length);
			at += sizeof(length);
		}
		if (at >= end) {
			*length_ahead = length;
			return;
		}
		if (!see_message(packet, direction, at, end - at < length ? end - at : length))
			return;
		at += length;
		length = 0;
	}
}

/* A packet to or from a DNS server. */
static __noinline int see_dns(struct node *node, struct __sk_buff *skb,
                              const struct socket_mark *mark, enum direction direction)
{
	struct dns_packet packet = { .skb = skb, .node = node };
	struct bpf_sock *sk = skb->sk;
	u32 header;

	/* A socket of another protocol may have dialled a port, too. */
	if (!sk || mark->protocol == PROTOCOL_OTHER)
		return 0;
	packet.socket = bpf_sk_storage_get(&dns_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!packet.socket) {
		lose(node, LOST_DNS__NO_STORAGE);
		return 0;
	}
	packet.socket->cgroup_id = mark->cgroup_id;
	packet.socket->slot = mark->slot;
	packet.cell = cell_of(node, mark->slot);
	if (!packet.cell)
		return 0;
	packet.is_stream = mark->protocol == PROTOCOL_TCP;
	if (packet.is_stream) {
		see_stream(&packet, direction);
		return 0;
	}
	header = datagram_header_bytes(skb);
	if (header && header < skb->len)
		see_message(&packet, direction, header, skb->len - header);
	return 0;
}

#endif
