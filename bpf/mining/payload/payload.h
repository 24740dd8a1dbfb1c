/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches TCP payload for the dialects of miners and pools. A segment costs one check of its first
 * octet, unless it could begin a message or continues one. After 32 segments without a known
 * protocol, most segments are not checked at all (payload-sampling.h).
 */
#ifndef VIGIA_MINING_PAYLOAD_PAYLOAD_H
#define VIGIA_MINING_PAYLOAD_PAYLOAD_H

#include "lib/clues.h"
#include "mining/payload/payload-sampling.h"
#include "mining/payload/peer-names.h"
#include "mining/payload/streams.h"

/* Set by the loader. If 0, the kernel removes all of this from the program. */
const volatile u32 has_payload;

#define GET 'G' /* an HTTP request; what follows may matter */

/* Repeats the report of an ongoing dialect, which keeps the score up. */
#define REPORT_INTERVAL_NS 60000000000ULL

static __noinline int report_dialects(struct cpu_state *state, struct __sk_buff *skb,
                                      const struct socket_cache *cache,
                                      const struct segment *segment, struct reader *reader)
{
	struct bpf_sock *sk = skb->sk;
	u32 dialects = reader->dialects, bytes = skb->len - segment->payload;
	nsec_t now_ns = bpf_ktime_get_ns();
	struct clue_row *clue;

	if (now_ns - reader->reported_ns >= REPORT_INTERVAL_NS)
		reader->reported = 0;
	if (!sk || !(dialects & ~reader->reported))
		return 0;
	reader->reported |= dialects;
	reader->reported_ns = now_ns;
	clue = begin_packet_clue(state, sk, CLUE_PAYLOAD, CLUE_MAJOR, cache);
	if (!clue)
		return 0;
	clue->amount = sk->src_port;
	clue->detail = dialects;
	clue->is_received = segment->direction == RECEIVE;
	bytes = BOUNDED(bytes < CLUE_TEXT_BYTES ? bytes : CLUE_TEXT_BYTES, CLUE_TEXT_BYTES);
	if (!bpf_skb_load_bytes(skb, segment->payload, clue->text, bytes))
		clue->text_bytes = bytes;
	end_clue(clue);
	return 0;
}

#define HTTP 'H' /* begins the version of HTTP, and so a response */

/* Whether a segment belongs to a message: it continues one, or begins one. */
static __always_inline bool is_message(struct reader *reader, u8 first)
{
	bool is_answer = reader->awaits_answer && first == HTTP;

	reader->awaits_answer = 0;
	if (is_reading(reader))
		return true;
	if (is_answer) {
		begin_reading(reader, first);
		begin_answer(reader);
		return true;
	}
	if (!may_begin_message(first) || bpf_ktime_get_ns() < reader->resume_ns)
		return false;
	begin_reading(reader, first);
	return true;
}

/* Whether little of a stream was read, and it was never paused. */
static __always_inline bool is_young(const struct reader *reader)
{
	return !reader->pauses && reader->idle_octets < YOUNG_OCTETS;
}

/* Inspects the next segment of the other direction, whatever it begins with. */
static __always_inline void await_answer(struct __sk_buff *skb, struct socket_cache *cache,
                                         u32 direction)
{
	struct reader *other = reader_of(skb, !direction, 0);

	if (!other)
		return;
	other->awaits_answer = 1;
	cache->open_messages |= 1 << !direction;
}

/* Reads a segment within the limits. Returns whether it did. */
static __noinline int see_segment(struct cpu_state *state, struct __sk_buff *skb,
                                  struct socket_cache *cache, const struct segment *segment)
{
	u32 direction = segment->direction & 1, at, octets = 0;
	struct reader *reader = reader_of(skb, direction, storage_flags(cache));
	struct reading_time time;

	if (!reader && cache->holding)
		lose(state, LOST_PAYLOAD__NO_STORAGE);
	else if (!reader)
		lose_evidence(state, cache->slot, LOST_PAYLOAD__OVER_SHARE);
	if (!reader)
		return 0;
	at = unread_from(skb, segment, reader);
	if (!at)
		return 0;
	if (is_message(reader, segment->first)) {
		if (has_reading_time(state, cache->slot, is_young(reader), &time))
			octets = read_segment(skb, at, direction);
		else
			stop_reading(reader);
		if (octets)
			use_reading_time(state, &time, octets);
	}
	cache->open_messages &= ~(1 << direction);
	if (is_reading(reader))
		cache->open_messages |= 1 << direction;
	if (reader->dialects & (1 << DIALECT_GETWORK | 1 << DIALECT_NODE_RPC))
		await_answer(skb, cache, direction);
	if (reader->dialects)
		report_dialects(state, skb, cache, segment, reader);
	reader->dialects = 0;
	return octets > 0;
}

/*
 * Inspects a segment. `open_messages` has the directions in which its socket has an unfinished
 * message. Returns an enum sample. Global, because the verifier would otherwise walk it for each
 * path that leads here.
 */
__noinline u32 see_payload(struct __sk_buff *skb, u32 direction, u32 open_messages)
{
	struct segment segment = { .direction = direction & 1 };
	struct bpf_sock *sk = skb->sk;
	struct socket_cache *cache;
	struct cpu_state *state;
	bool is_message, is_name, is_read = false;

	if (!sk || !find_payload(skb, &segment))
		return SAMPLE_NO_PAYLOAD;
	is_message = open_messages & (1 << segment.direction) || may_begin_message(segment.first);
	is_name = segment.direction == TRANSMIT && begins_name(segment.first);
	if (!is_message && !is_name)
		return segment.first == GET ? SAMPLE_RELEVANT : SAMPLE_IDLE;
	state = this_cpu_state();
	cache = bpf_sk_storage_get(&cache_of_socket, sk, NULL, 0);
	if (!state || !cache)
		return SAMPLE_IDLE;
	if (is_message)
		is_read = see_segment(state, skb, cache, &segment);
	if (is_name)
		see_name(state, skb, cache, segment.payload, segment.first);
	return is_read ? SAMPLE_RELEVANT : SAMPLE_IDLE;
}

#endif
