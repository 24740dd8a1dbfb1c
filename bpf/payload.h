/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks into the payload of TCP for the dialects of miners and pools. A segment costs one look at its
 * first octet, unless that could begin one of them, or a message that began before goes on in it. Where
 * many in a row began nothing, not even that is looked at in most.
 */
#ifndef VIGIA_PAYLOAD_H
#define VIGIA_PAYLOAD_H

#include "clues.h"
#include "datagrams.h"
#include "messages.h"
#include "names.h"

/* Set by the loader: without, none of this is in the program that the kernel runs. */
const volatile u32 has_payload;

#define MAX_DIRECT 128 /* octets of headers behind which a payload is looked at where it lies */

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

/* As fetching an octet costs more than all counting. A pool's messages begin alike, for hours. */
#define DULL_SEGMENTS 32
#define GET 'G' /* of HTTP; what follows may be of interest */
#define DULL_PERIOD                                                                                \
	17 /* packets of which one is looked at; prime, as acknowledgments come in turns */

/* At most 5 % of a CPU, where an octet takes 13 ns. */
#define READING_WINDOW_NS 100000000ULL
#define READING_OCTETS 400000

/* What goes on is told again, so that it goes on in the score. */
#define TELL_AGAIN_NS 60000000000ULL

struct stream {
	struct text texts[2]; /* by direction */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct stream);
} stream_of_socket SEC(".maps");

/* Where in a packet its TCP header and its payload begin. */
struct segment {
	u32 header;
	u32 payload;
	u32 direction;
	u8 first; /* octet of the payload */
};

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

/* Finds the payload at once where there are neither options of IPv4 nor extensions of IPv6. */
static __always_inline bool find_payload(struct __sk_buff *skb, struct segment *segment)
{
	const u8 *octets = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u32 payload;

	if (octets + IPV4_HEADER + TCP_HEADER <= end && octets[0] == 0x45) {
		segment->header = IPV4_HEADER;
		payload = IPV4_HEADER + (octets[IPV4_HEADER + 12] >> 4) * 4;
	} else if (octets + IPV6_HEADER + TCP_HEADER <= end && octets[0] >> 4 == 6 &&
	           octets[6] == IPPROTO_TCP) {
		segment->header = IPV6_HEADER;
		payload = IPV6_HEADER + (octets[IPV6_HEADER + 12] >> 4) * 4;
	} else {
		payload = header_bytes(skb);
		segment->header = 0;
	}
	segment->payload = payload;
	if (!payload || payload >= skb->len)
		return false;
	if (payload < MAX_DIRECT) {
		asm volatile("" : "+r"(payload));
		octets += payload & (MAX_DIRECT - 1);
		if (octets + 1 <= end) {
			segment->first = *octets;
			return true;
		}
	}
	return !bpf_skb_load_bytes(skb, payload, &segment->first, 1);
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

static __noinline int tell_dialects(struct node *node, struct __sk_buff *skb,
                                    const struct socket_mark *mark, const struct segment *segment,
                                    struct text *text)
{
	struct bpf_sock *sk = skb->sk;
	u32 dialects = text->dialects, bytes = skb->len - segment->payload;
	nsec_t now_ns = bpf_ktime_get_ns();
	struct clue_row *clue;

	if (now_ns - text->told_ns >= TELL_AGAIN_NS)
		text->told = 0;
	if (!sk || !(dialects & ~text->told))
		return 0;
	text->told |= dialects;
	text->told_ns = now_ns;
	clue = begin_packet_clue(node, sk, CLUE_PAYLOAD, CLUE_MAJOR, mark->cgroup_id);
	if (!clue)
		return 0;
	clue->amount = sk->src_port;
	clue->detail = dialects;
	clue->is_received = segment->direction == RECEIVE;
	bytes = BOUNDED(bytes < CLUE_TEXT_BYTES ? bytes : CLUE_TEXT_BYTES, CLUE_TEXT_BYTES);
	if (!bpf_skb_load_bytes(skb, segment->payload, clue->text, bytes))
		clue->text_bytes = bytes;
	end_clue(node, clue);
	return 0;
}

/* Whether this CPU may read more now. */
static __always_inline bool has_time(struct node *node, nsec_t now_ns)
{
	if (now_ns - node->reading_since_ns >= READING_WINDOW_NS) {
		node->reading_since_ns = now_ns;
		node->octets_read = 0;
	}
	if (node->octets_read < READING_OCTETS || is_proof)
		return true;
	lose(node, LOST_PAYLOAD__BUSY);
	return false;
}

/* Whether a segment belongs to a text, which it then begins or goes on with. */
static __always_inline bool is_text(struct node *node, struct text *text, u8 first)
{
	nsec_t now_ns;

	if (is_amid(text))
		return true;
	if (!begins_text(first))
		return false;
	now_ns = bpf_ktime_get_ns();
	if (now_ns < text->resume_ns || !has_time(node, now_ns))
		return false;
	begin_text(text, first);
	return true;
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

/* A segment that may be read. Returns whether it was. */
static __noinline int see_segment(struct node *node, struct __sk_buff *skb,
                                  struct socket_mark *mark, const struct segment *segment)
{
	u32 direction = segment->direction & 1, at, octets = 0;
	struct text *text = text_of(skb, direction, BPF_SK_STORAGE_GET_F_CREATE);

	if (!text) {
		lose(node, LOST_PAYLOAD__NO_STORAGE);
		return 0;
	}
	at = unread_from(skb, segment, text);
	if (!at)
		return 0;
	if (is_text(node, text, segment->first))
		octets = read_segment(skb, at, direction);
	node->octets_read += octets;
	mark->amid &= ~(1 << direction);
	if (is_amid(text))
		mark->amid |= 1 << direction;
	if (text->dialects)
		tell_dialects(node, skb, mark, segment, text);
	text->dialects = 0;
	return octets > 0;
}

/* This CPU's state, and what is known of the socket, for a program that has begun. */
static __always_inline struct node *node_of_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&node_by_cpu, &cpu);
}

/* Whether a packet is looked at. */
static __always_inline bool is_due(struct socket_mark *mark)
{
	if (mark->amid || mark->dull < DULL_SEGMENTS || is_proof)
		return true;
	if (++mark->dull < DULL_SEGMENTS + DULL_PERIOD)
		return false;
	mark->dull = DULL_SEGMENTS;
	return true;
}

enum look { LOOK_NO_PAYLOAD, LOOK_DULL, LOOK_WORTH_IT };

static __always_inline void note_look(struct socket_mark *mark, enum look look)
{
	if (look == LOOK_WORTH_IT)
		mark->dull = 0;
	else if (look == LOOK_DULL && mark->dull < DULL_SEGMENTS)
		mark->dull++;
}

/*
 * A segment whose socket has messages under way in the directions of `amid`. Global, so that the
 * verifier does not walk through all of it for each way that leads here. Returns an enum look.
 */
__noinline u32 see_payload(struct __sk_buff *skb, u32 direction, u32 amid)
{
	struct segment segment = { .direction = direction & 1 };
	struct bpf_sock *sk = skb->sk;
	struct socket_mark *mark;
	struct node *node;
	bool is_text, is_name, is_read = false;

	if (!sk || !find_payload(skb, &segment))
		return LOOK_NO_PAYLOAD;
	is_text = amid & (1 << segment.direction) || begins_text(segment.first);
	is_name = segment.direction == TRANSMIT && begins_name(segment.first);
	if (!is_text && !is_name)
		return segment.first == GET ? LOOK_WORTH_IT : LOOK_DULL;
	node = node_of_cpu();
	mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, 0);
	if (!node || !mark)
		return LOOK_DULL;
	if (is_text)
		is_read = see_segment(node, skb, mark, &segment);
	if (is_name)
		see_name(node, skb, mark, segment.payload, segment.first);
	return is_read ? LOOK_WORTH_IT : LOOK_DULL;
}

#endif
