/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identifies a question by ID, type, and length. Names are not compared: a client may ask for both
 * addresses of a name with one ID, and user space parses the names.
 */
#ifndef VIGIA_DNS_QUESTIONS_H
#define VIGIA_DNS_QUESTIONS_H

#include "lib/packets.h"

/* RFC 1035, 4.1.1 */
struct dns_header {
	u16 id;
	u8 flags; /* QR, Opcode, AA, TC, RD */
	u8 rcode; /* with RA and Z */
	u16 questions;
	u16 answers;
	u16 authorities;
	u16 additions;
};
#define DNS_QR 0x80
#define DNS_OPCODE 0x78
#define DNS_TC 0x02
#define DNS_RCODE 0x0f

/* The end of a question: the last octet of the name, then type and class. */
#define DNS_TAIL 5
/* Octets of a name that are parsed. */
#define DNS_NAME_READ 128
#define DNS_LABELS 32

struct dns_query {
	u32 asked; /* by dns_clock; 0 = none */
	/*
	 * From the low end: ID (16 bits), both octets of the type combined (8), length in octets
	 * (8). Type and length 0 = unknown.
	 */
	u32 question;
};
#define QUESTION(id, type, bytes) ((id) | (type) << 16 | (bytes) << 24)
#define ID_OF(question) ((u16)(question))
#define TYPE_OF(question) ((u8)((question) >> 16))
#define BYTES_OF(question) ((u8)((question) >> 24))

#define NO_TYPE 256     /* no question ends there */
#define UNREAD_TYPE 257 /* the message, or the received part of it, ends before */

/* Returns the type of a question of this length, or one of the above. */
static __always_inline u32 type_behind(struct __sk_buff *skb, u32 message_at, u8 question_bytes)
{
	u32 tail_at = message_at + sizeof(struct dns_header) - DNS_TAIL + question_bytes;
	u8 tail[3];

	if (question_bytes < DNS_TAIL)
		return NO_TYPE;
	if (bpf_skb_load_bytes(skb, tail_at, tail, sizeof(tail)))
		return UNREAD_TYPE;
	return tail[0] ? NO_TYPE : (u8)(tail[1] ^ tail[2]);
}

/* Returns the length of a message's question, 0 if its name is longer than what is parsed. */
static __noinline int question_bytes_in(struct __sk_buff *skb, u32 at, u32 bytes)
{
	u8 name[DNS_NAME_READ] = {}; /* Linux 5.10 needs all of it initialized */
	u32 next = 0;

	bytes = BOUNDED(bytes < DNS_NAME_READ ? bytes : DNS_NAME_READ, DNS_NAME_READ);
	if (bpf_skb_load_bytes(skb, at, name, bytes))
		return 0;
	for (u32 i = 0; i < DNS_LABELS; i++) {
		u8 label;

		if (next >= bytes || next >= DNS_NAME_READ)
			return 0;
		label = name[next];
		if (!label)
			return next + DNS_TAIL;
		next += label + 1;
	}
	return 0;
}

/* Packs a question of this length. */
static __always_inline u32 question_of(struct __sk_buff *skb, u32 message_at, u16 id, u32 bytes)
{
	u32 type = bytes < DNS_NAME_READ ? type_behind(skb, message_at, bytes) : NO_TYPE;

	return type < NO_TYPE ? QUESTION(id, type, bytes) : QUESTION(id, 0, 0);
}

/* Packs the question of a message that has more than the question. */
static __noinline u32 read_question(struct __sk_buff *skb, u32 message_at, u16 id, u32 bytes)
{
	u32 at = message_at + sizeof(struct dns_header);

	bytes = question_bytes_in(skb, at, bytes - sizeof(struct dns_header));
	return question_of(skb, message_at, id, bytes);
}

#endif
