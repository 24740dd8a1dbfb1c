/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what of HTTP stands before, between and within messages: heads of requests, sizes of chunks. */
#ifndef VIGIA_HTTP_H
#define VIGIA_HTTP_H

#include "mining/payload/json.h"

static __always_inline void begin_verb(struct text *text)
{
	text->reading = READING_VERB;
	text->is_answer = 0;
	text->seen = 0;
	text->head = 0;
	text->bytes = 0;
}

/* As far as it is one of the two verbs that miners use. */
static __always_inline void read_verb(struct text *text, u8 octet)
{
	u64 verb = (u8)text->head == 'P' || (!text->bytes && octet == 'P') ? HEAD("POST ")
	                                                                   : HEAD("CONNECT ");
	u32 at = 8 * (text->bytes & 7);

	if ((u8)(verb >> at) != octet) {
		stop_reading(text);
		return;
	}
	text->head |= (u64)octet << at;
	text->bytes++;
	if (octet == ' ') {
		text->reading = READING_HEADERS;
		text->head = 0;
	}
}

/* Written as they arrive: the latest octet is the lowest. */
#define EMPTY_LINE 0x0d0a0d0aU
#define EMPTY_LINE_OF_UNIX 0x0a0aU
/* The beginnings of two names, with the end of the line before, to which lower case adds a bit. */
#define X_MINING 0x2a782d6d696e696eULL  /* "\nx-minin" */
#define X_STRATUM 0x2a782d7374726174ULL /* "\nx-strat" */
#define LOWER_CASE 0x2020202020202020ULL

static __always_inline void read_header(struct text *text, u8 octet)
{
	u64 head = text->head << 8 | octet;

	text->head = head;
	if ((head | LOWER_CASE) == X_MINING)
		text->seen |= MINING_EXTENSIONS;
	if ((head | LOWER_CASE) == X_STRATUM && text->is_answer)
		text->dialects |= 1 << DIALECT_STRATUM_OFFER;
	if ((u32)head != EMPTY_LINE && (u16)head != EMPTY_LINE_OF_UNIX)
		return;
	text->reading = READING_BETWEEN;
	if (text->seen & MINING_EXTENSIONS)
		text->dialects |= 1 << DIALECT_GETWORK;
}

/* The head of an answer is read where a miner may have asked; of others it is not looked at. */
static __always_inline void begin_answer(struct text *text)
{
	text->reading = READING_HEADERS;
	text->is_answer = 1;
	text->head = 0;
}

/* No string of JSON has this in it: what was begun goes on in another chunk. */
static __always_inline bool breaks_string(const struct text *text, u8 octet)
{
	return octet == '\r' &&
	       (text->reading == READING_STRING || text->reading == READING_ESCAPE ||
	        text->reading == READING_UNICODE);
}

static __always_inline void begin_break(struct text *text)
{
	text->broken = text->reading;
	text->reading = READING_BREAK;
	text->lines = 0;
}

/* The end of a chunk's line, and a line with the size of the next one. */
static __always_inline void read_break(struct text *text, u8 octet)
{
	u8 token = token_of[octet];

	if (octet == '\n') {
		if (text->lines++)
			text->reading = text->broken;
	} else if (token != FILLING) {
		stop_reading(text);
	}
}

#endif
