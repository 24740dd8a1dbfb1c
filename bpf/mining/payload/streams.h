/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what TCP carries, each direction on from where it was left, within bounds. */
#ifndef VIGIA_STREAMS_H
#define VIGIA_STREAMS_H

#include "mining/payload/message-reader.h"
#include "mining/payload/reading-time.h"
#include "mining/payload/tcp-payload.h"

/* How much of a segment is read: a head of HTTP, or keys that nobody knows, may come first. */
#define CHUNK_BYTES 32
#define MAX_CHUNKS 512

/*
 * After so many octets without a word of mining nothing is read for a while, twice as long each time:
 * of 10 Gbit/s of JSON on a connection that is 400 octets a second in the end.
 */
#define IDLE_OCTETS 65536
#define PAUSE_NS 10000000000ULL
#define MAX_DOUBLINGS 4

struct stream {
	struct text texts[2]; /* by direction */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct stream);
} stream_of_socket SEC(".maps");

static __always_inline struct text *text_of(struct __sk_buff *skb, u32 direction, u64 flags)
{
	struct bpf_sock *sk = skb->sk;
	struct stream *stream = sk ? bpf_sk_storage_get(&stream_of_socket, sk, NULL, flags) : NULL;

	return stream ? &stream->texts[direction & 1] : NULL;
}

/* Global, as what follows, so that the verifier walks through it once. Returns whether to go on. */
__noinline u32 read_chunk(struct __sk_buff *skb, u32 offset, u32 bytes, u32 direction)
{
	struct text *text = text_of(skb, direction, 0);
	u8 chunk[CHUNK_BYTES] = {};

	if (!text || !bytes)
		return 0;
	bytes = BOUNDED(bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES, CHUNK_BYTES);
	if (bpf_skb_load_bytes(skb, offset, chunk, bytes))
		return 0;
	/* Or the compiler leaves out the bound that the verifier goes by. */
	asm volatile("" : "+r"(bytes));
	for (u32 i = 0; i < CHUNK_BYTES; i++) {
		if (i >= bytes)
			break;
		read_octet(text, chunk[i]);
	}
	return is_amid(text);
}

/*
 * What of a segment was not read before, as an offset of the packet; 0 if it is to be passed over.
 * Segments come again, and out of order.
 */
static __noinline u32 unread_from(struct __sk_buff *skb, const struct segment *segment,
                                  struct text *text)
{
	u32 sequence = 0, bytes = skb->len - segment->payload, expected = text->next_sequence;
	s32 known;

	if (!segment->header ||
	    bpf_skb_load_bytes(skb, segment->header + 4, &sequence, sizeof(sequence)))
		return segment->payload;
	sequence = __builtin_bswap32(sequence);
	known = is_amid(text) && !is_proof ? (s32)(expected - sequence) : 0;
	if (known > 0 && (u32)known >= bytes)
		return 0;
	text->next_sequence = sequence + bytes;
	if (known < 0)
		stop_reading(text);
	return segment->payload + (known > 0 ? known : 0);
}

/* Stops where there was too much of nothing. */
static __always_inline void note_octets(struct text *text, u32 octets)
{
	u32 pauses = text->pauses;

	text->idle_octets += octets;
	if (text->dialects) {
		text->idle_octets = 0;
		text->pauses = 0;
	} else if (text->idle_octets >= IDLE_OCTETS) {
		text->idle_octets = 0;
		text->pauses = pauses < MAX_DOUBLINGS ? pauses + 1 : pauses;
		/* A proof goes on, or it would prove little. */
		text->resume_ns = bpf_ktime_get_ns() + (is_proof ? 0 : PAUSE_NS << (pauses & 7));
		stop_reading(text);
	}
}

__noinline u32 read_segment(struct __sk_buff *skb, u32 at, u32 direction)
{
	struct text *text = text_of(skb, direction, 0);
	u32 end = skb->len, begin = at;

	if (!text)
		return 0;
	for (u32 i = 0; i < MAX_CHUNKS; i++) {
		if (at >= end || !read_chunk(skb, at, end - at, direction))
			break;
		at += CHUNK_BYTES;
	}
	if (text->depth && text->seen)
		text->dialects |= dialects_of(text->seen);
	if (at < end)
		stop_reading(text);
	note_octets(text, at - begin);
	return at - begin;
}

#endif
