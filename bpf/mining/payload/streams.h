/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the two directions of a TCP stream, each from where it stopped, within limits. */
#ifndef VIGIA_MINING_PAYLOAD_STREAMS_H
#define VIGIA_MINING_PAYLOAD_STREAMS_H

#include "mining/payload/message-reader.h"
#include "mining/payload/reading-time.h"
#include "mining/payload/tcp-payload.h"

/* The read part of a segment. HTTP headers or unknown keys may come before the words. */
#define CHUNK_BYTES 32
#define MAX_CHUNKS 512

/*
 * After this many octets without a mining word, reading pauses; each pause is twice as long. For a
 * connection with 10 Gbit/s of JSON, 400 octets per second are read in the end.
 */
#define IDLE_OCTETS 65536
#define PAUSE_NS 10000000000ULL
#define MAX_DOUBLINGS 4

struct socket_readers {
	struct reader readers[2]; /* by direction */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_readers);
} readers_of_socket SEC(".maps");

static __always_inline struct reader *reader_of(struct __sk_buff *skb, u32 direction, u64 flags)
{
	struct bpf_sock *sk = skb->sk;
	struct socket_readers *stream =
		sk ? bpf_sk_storage_get(&readers_of_socket, sk, NULL, flags) : NULL;

	return stream ? &stream->readers[direction & 1] : NULL;
}

/* Global, like those below, so that the verifier checks it once. Returns whether to go on. */
__noinline u32 read_chunk(struct __sk_buff *skb, u32 offset, u32 bytes, u32 direction)
{
	struct reader *reader = reader_of(skb, direction, 0);
	u8 chunk[CHUNK_BYTES] = {};

	if (!reader || !bytes)
		return 0;
	bytes = BOUNDED(bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES, CHUNK_BYTES);
	if (bpf_skb_load_bytes(skb, offset, chunk, bytes))
		return 0;
	/* Otherwise the compiler removes the bound that the verifier needs. */
	barrier_var(bytes);
	for (u32 i = 0; i < CHUNK_BYTES; i++) {
		if (i >= bytes)
			break;
		read_octet(reader, chunk[i]);
	}
	return is_reading(reader);
}

/*
 * Returns the offset of the unread part of a segment, 0 to skip the segment. Segments may arrive
 * again, and out of order.
 */
static __noinline u32 unread_from(struct __sk_buff *skb, const struct segment *segment,
                                  struct reader *reader)
{
	u32 sequence = 0, bytes = skb->len - segment->payload, expected = reader->next_sequence;
	s32 known;

	if (!segment->header ||
	    bpf_skb_load_bytes(skb, segment->header + 4, &sequence, sizeof(sequence)))
		return segment->payload;
	sequence = __builtin_bswap32(sequence);
	known = is_reading(reader) && !is_proof ? (s32)(expected - sequence) : 0;
	if (known > 0 && (u32)known >= bytes)
		return 0;
	reader->next_sequence = sequence + bytes;
	if (known < 0)
		stop_reading(reader);
	return segment->payload + (known > 0 ? known : 0);
}

/* Pauses a stream that had too many octets without a mining word. */
static __always_inline void note_octets(struct reader *reader, u32 octets)
{
	u32 pauses = reader->pauses;

	reader->idle_octets += octets;
	if (reader->dialects) {
		reader->idle_octets = 0;
		reader->pauses = 0;
	} else if (reader->idle_octets >= IDLE_OCTETS) {
		reader->idle_octets = 0;
		reader->pauses = pauses < MAX_DOUBLINGS ? pauses + 1 : pauses;
		/* A proof does not pause, because it would then prove little. */
		reader->resume_ns = bpf_ktime_get_ns() + (is_proof ? 0 : PAUSE_NS << (pauses & 7));
		stop_reading(reader);
	}
}

__noinline u32 read_segment(struct __sk_buff *skb, u32 at, u32 direction)
{
	struct reader *reader = reader_of(skb, direction, 0);
	u32 end = skb->len, begin = at;

	if (!reader)
		return 0;
	for (u32 i = 0; i < MAX_CHUNKS; i++) {
		if (at >= end || !read_chunk(skb, at, end - at, direction))
			break;
		at += CHUNK_BYTES;
	}
	if (reader->depth && reader->seen)
		reader->dialects |= dialects_of(reader->seen);
	if (at < end)
		stop_reading(reader);
	note_octets(reader, at - begin);
	return at - begin;
}

#endif
