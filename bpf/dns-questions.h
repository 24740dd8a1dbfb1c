/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tells questions of one id apart: the type, and how long the question is. A client may ask for
 * both addresses of a name by one id; the names themselves are left to user space.
 */
#ifndef VIGIA_DNS_QUESTIONS_H
#define VIGIA_DNS_QUESTIONS_H

#include "packets.h"

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

/* What a question ends with, from the closing octet of the name: type and class. */
#define DNS_TAIL 5
/* Octets of a name that are looked through. */
#define DNS_NAME_READ 128
#define DNS_LABELS 32

struct dns_query {
	u32 asked; /* by dns_clock; 0 = none */
	union {
		struct {
			u16 id;
			u8 type;           /* both octets of it in one */
			u8 question_bytes; /* 0 = not known, nor the type */
		};
		u32 question;
	};
};

#define NO_TYPE 256     /* no question ends there */
#define UNREAD_TYPE 257 /* the message, or what has come of it, ends before */

/* The type of a question of so many octets, or one of the above. */
static __always_inline u32 type_behind(struct __sk_buff *skb, u32 message_at, u8 question_bytes)
{
	u32 tail_at = message_at + sizeof(struct dns_header) + question_bytes - DNS_TAIL;
	u8 tail[3];

	if (question_bytes < DNS_TAIL)
		return NO_TYPE;
	if (bpf_skb_load_bytes(skb, tail_at, tail, sizeof(tail)))
		return UNREAD_TYPE;
	return tail[0] ? NO_TYPE : (u8)(tail[1] ^ tail[2]);
}

/* Octets of the question that a message begins with; 0 where its name is not read to the end. */
static __noinline int question_bytes_in(struct __sk_buff *skb, u32 at, u32 bytes)
{
	u8 name[DNS_NAME_READ] = {}; /* Linux 5.10 wants all of it to be something */
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

/* What a message asks. A query without more than its question ends with it. */
static __noinline int read_question(struct __sk_buff *skb, u32 message_at, u32 bytes, bool has_more,
                                    struct dns_query *query)
{
	u32 length = bytes - sizeof(struct dns_header), type;

	if (has_more)
		length = question_bytes_in(skb, message_at + sizeof(struct dns_header), length);
	if (length >= DNS_NAME_READ)
		return 0;
	type = type_behind(skb, message_at, length);
	if (type >= NO_TYPE)
		return 0;
	query->type = type;
	query->question_bytes = length;
	return 0;
}

#endif
