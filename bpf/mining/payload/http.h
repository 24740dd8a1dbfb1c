/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the parts of HTTP around messages: request lines, headers, and chunk sizes. */
#ifndef VIGIA_MINING_PAYLOAD_HTTP_H
#define VIGIA_MINING_PAYLOAD_HTTP_H

#include "mining/payload/json.h"

static __always_inline void begin_verb(struct reader *reader)
{
	reader->reading = READING_VERB;
	reader->is_answer = 0;
	reader->seen = 0;
	reader->head = 0;
	reader->bytes = 0;
}

/* Only POST and CONNECT are read, the two verbs that miners use. */
static __always_inline void read_verb(struct reader *reader, u8 octet)
{
	u64 verb = (u8)reader->head == 'P' || (!reader->bytes && octet == 'P') ? WORD("POST ")
	                                                                       : WORD("CONNECT ");
	u32 at = 8 * (reader->bytes & 7);

	if ((u8)(verb >> at) != octet) {
		stop_reading(reader);
		return;
	}
	reader->head |= (u64)octet << at;
	reader->bytes++;
	if (octet == ' ') {
		reader->reading = READING_HEADERS;
		reader->head = 0;
	}
}

/* Big-endian: the latest octet is the lowest. */
#define EMPTY_LINE 0x0d0a0d0aU
#define EMPTY_LINE_OF_UNIX 0x0a0aU
/* The start of two header names after the end of a line. LOWER_CASE sets one bit in each octet. */
#define X_MINING (BE_WORD("\nx-minin") | LOWER_CASE)
#define X_STRATUM (BE_WORD("\nx-strat") | LOWER_CASE)
#define LOWER_CASE 0x2020202020202020ULL

static __always_inline void read_header(struct reader *reader, u8 octet)
{
	u64 head = reader->head << 8 | octet;

	reader->head = head;
	if ((head | LOWER_CASE) == X_MINING)
		reader->seen |= MINING_EXTENSIONS;
	if ((head | LOWER_CASE) == X_STRATUM && reader->is_answer)
		reader->dialects |= 1 << DIALECT_STRATUM_OFFER;
	if ((u32)head != EMPTY_LINE && (u16)head != EMPTY_LINE_OF_UNIX)
		return;
	reader->reading = READING_BETWEEN;
	if (reader->seen & MINING_EXTENSIONS)
		reader->dialects |= 1 << DIALECT_GETWORK;
}

/* The headers of a response are read only after a request that a miner may have sent. */
static __always_inline void begin_answer(struct reader *reader)
{
	reader->reading = READING_HEADERS;
	reader->is_answer = 1;
	reader->head = 0;
}

/* A JSON string contains no carriage return, so the string continues in the next chunk. */
static __always_inline bool breaks_string(const struct reader *reader, u8 octet)
{
	return octet == '\r' &&
	       (reader->reading == READING_STRING || reader->reading == READING_ESCAPE ||
	        reader->reading == READING_UNICODE);
}

static __always_inline void begin_break(struct reader *reader)
{
	reader->broken = reader->reading;
	reader->reading = READING_BREAK;
	reader->lines = 0;
}

/* Skips the end of a chunk, and the line with the size of the next one. */
static __always_inline void read_break(struct reader *reader, u8 octet)
{
	u8 token = token_of[octet];

	if (octet == '\n') {
		if (reader->lines++)
			reader->reading = reader->broken;
	} else if (token != FILLING) {
		stop_reading(reader);
	}
}

#endif
