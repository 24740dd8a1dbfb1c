/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks into the payload of TCP for the dialects of miners and pools. A segment costs one look at its
 * first octet, unless that could begin one of them, or a message that began before goes on in it. Where
 * many in a row began nothing, not even that is looked at in most.
 */
#ifndef VIGIA_PAYLOAD_H
#define VIGIA_PAYLOAD_H

#include "lib/clues.h"
#include "mining/payload/payload-sampling.h"
#include "mining/payload/peer-names.h"
#include "mining/payload/streams.h"

/* Set by the loader: without, none of this is in the program that the kernel runs. */
const volatile u32 has_payload;

#define GET 'G' /* of HTTP; what follows may be of interest */

/* What goes on is told again, so that it goes on in the score. */
#define TELL_AGAIN_NS 60000000000ULL

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
	clue = begin_packet_clue(node, sk, CLUE_PAYLOAD, CLUE_MAJOR, mark);
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

#define HTTP 'H' /* begins its version, and an answer */

/* Whether a segment belongs to a text, which it then begins or goes on with. */
static __always_inline bool is_text(struct text *text, u8 first)
{
	bool is_answer = text->awaits_answer && first == HTTP;

	text->awaits_answer = 0;
	if (is_amid(text))
		return true;
	if (is_answer) {
		begin_text(text, first);
		begin_answer(text);
		return true;
	}
	if (!begins_text(first) || bpf_ktime_get_ns() < text->resume_ns)
		return false;
	begin_text(text, first);
	return true;
}

/* Whether little of a stream was read, and nothing in vain. */
static __always_inline bool is_young(const struct text *text)
{
	return !text->pauses && text->idle_octets < YOUNG_OCTETS;
}

/* The next segment of the other direction is looked at, whatever it begins with. */
static __always_inline void await_answer(struct __sk_buff *skb, struct socket_mark *mark,
                                         u32 direction)
{
	struct text *other = text_of(skb, !direction, 0);

	if (!other)
		return;
	other->awaits_answer = 1;
	mark->amid |= 1 << !direction;
}

/* A segment that may be read. Returns whether it was. */
static __noinline int see_segment(struct node *node, struct __sk_buff *skb,
                                  struct socket_mark *mark, const struct segment *segment)
{
	u32 direction = segment->direction & 1, at, octets = 0;
	struct text *text = text_of(skb, direction, creation(mark));
	struct reading_time time;

	if (!text && mark->holding)
		lose(node, LOST_PAYLOAD__NO_STORAGE);
	else if (!text)
		lose_evidence(node, mark->slot, LOST_PAYLOAD__OVER_SHARE);
	if (!text)
		return 0;
	at = unread_from(skb, segment, text);
	if (!at)
		return 0;
	if (is_text(text, segment->first)) {
		if (has_reading_time(node, mark->slot, is_young(text), &time))
			octets = read_segment(skb, at, direction);
		else
			stop_reading(text);
		if (octets)
			use_reading_time(node, &time, octets);
	}
	mark->amid &= ~(1 << direction);
	if (is_amid(text))
		mark->amid |= 1 << direction;
	if (text->dialects & (1 << DIALECT_GETWORK | 1 << DIALECT_NODE_RPC))
		await_answer(skb, mark, direction);
	if (text->dialects)
		tell_dialects(node, skb, mark, segment, text);
	text->dialects = 0;
	return octets > 0;
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
