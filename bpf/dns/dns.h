/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts DNS queries per cgroup and outcome, and keeps whole answers. Names are not read here: user
 * space parses the answers.
 */
#ifndef VIGIA_DNS_DNS_H
#define VIGIA_DNS_DNS_H

#include "dns/matching.h"
#include "lib/shares.h"

/* A pod may have this multiple of the free answer rows unread. */
#define ANSWER_MULTIPLE 2

#define DNS_STREAM_MESSAGES 4 /* messages of one TCP segment that are inspected */

/* Returns the slot for the next answer, ~0 if the pod has used up its share of unread ones. */
static __always_inline u32 take_answer_slot(const struct dns_packet *packet)
{
	struct cpu_state *state = packet->state;
	struct ring *answers = &state->answers;
	u32 unread, usage_slot = packet->socket->slot;
	struct share *share = share_of(usage_slot);

	if (is_proof)
		answers->acknowledged = answers->written;
	unread = answers->written - answers->acknowledged;
	if (!share)
		return ~0U;
	if (!is_proof && !has_share(share->answers, unread, nr_answers, ANSWER_MULTIPLE)) {
		lose_evidence(state, usage_slot,
		              unread < nr_answers ? LOST_ANSWER__OVER_SHARE : LOST_ANSWER__UNREAD);
		return ~0U;
	}
	share->answers++;
	return state->row.cpu * nr_answers + (u32)answers->written % nr_answers;
}

static __noinline int keep_answer(const struct dns_packet *packet, u32 offset, u32 bytes)
{
	struct cpu_state *state = packet->state;
	u32 slot = take_answer_slot(packet);
	struct answer_row *answer = bpf_map_lookup_elem(&answer_by_slot, &slot);

	if (!answer)
		return 0;
	answer->sequence = 0;
	bytes = BOUNDED(bytes < ANSWER_BYTES ? bytes : ANSWER_BYTES, ANSWER_BYTES);
	if (bpf_skb_load_bytes(packet->skb, offset, answer->message, bytes))
		return 0;
	answer->message_bytes = bytes;
	answer->cpu = state->row.cpu;
	answer->cgroup_id = packet->socket->cgroup_id;
	answer->sequence = ++state->answers.written;
	return 0;
}

/* Handles a message of `bytes` octets at an offset. Returns whether it is a DNS message. */
static __noinline int see_message(struct dns_packet *packet, enum direction direction, u32 offset,
                                  u32 bytes)
{
	const u8 *data = (void *)(long)packet->skb->data,
		 *end = (void *)(long)packet->skb->data_end;
	struct dns_header header;
	bool is_answer, has_more;

	if (bytes < sizeof(header))
		return 0;
	/* In nearly all packets the header is in the linear data, which needs no helper. */
	if (offset == IPV4_HEADER + UDP_HEADER && data + offset + sizeof(header) <= end)
		header = *(const struct dns_header *)(data + IPV4_HEADER + UDP_HEADER);
	else if (bpf_skb_load_bytes(packet->skb, offset, &header, sizeof(header)))
		return 0;
	is_answer = header.flags & DNS_QR;
	if (header.flags & DNS_OPCODE || header.questions != __builtin_bswap16(1) ||
	    is_answer != (direction == RECEIVE))
		return 0;
	packet->message_at = offset;
	has_more = header.answers || header.authorities || header.additions;
	if (is_proof && is_answer)
		pretend_asked(packet->socket, header.id);
	if (!is_answer)
		note_query(packet, header.id, bytes, has_more);
	else if (take_answer(packet, header.id, bytes, header.rcode & DNS_RCODE) &&
	         !(header.rcode & DNS_RCODE) && !(header.flags & DNS_TC) && header.answers)
		keep_answer(packet, offset, bytes);
	return 1;
}

/* In a stream, each message follows its length. Some clients send that in another segment. */
static __always_inline void see_stream(struct dns_packet *packet, enum direction direction)
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

/* Handles a packet to or from a DNS server. */
static __noinline int see_dns(struct cpu_state *state, struct __sk_buff *skb,
                              const struct socket_cache *cache, enum direction direction)
{
	struct dns_packet packet = { .skb = skb, .state = state };
	struct bpf_sock *sk = skb->sk;
	u32 header;

	/* A socket of another protocol may have a destination port too. */
	if (!sk || cache->protocol == PROTOCOL_OTHER)
		return 0;
	packet.socket = bpf_sk_storage_get(&dns_of_socket, sk, NULL, storage_flags(cache));
	if (!packet.socket) {
		lose(state, cache->holding ? LOST_DNS__NO_STORAGE : LOST_DNS__OVER_SHARE);
		return 0;
	}
	packet.socket->cgroup_id = cache->cgroup_id;
	packet.socket->slot = cache->slot;
	packet.cell = cell_of(state, cache->slot);
	if (!packet.cell)
		return 0;
	packet.is_stream = cache->protocol == PROTOCOL_TCP;
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
