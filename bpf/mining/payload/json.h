/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON messages. Keeps only which mining words occur in their place: as a key, or as the
 * value of the top-level "method".
 */
#ifndef VIGIA_MINING_PAYLOAD_JSON_H
#define VIGIA_MINING_PAYLOAD_JSON_H

#include "mining/payload/reader.h"

#define MAX_DEPTH 255
#define ANY 1 /* replaces a character that no word contains, such as an escaped quotation mark */

static __always_inline void begin_message(struct reader *reader)
{
	reader->reading = READING_JSON;
	reader->depth = 1;
	reader->seen &= MINING_EXTENSIONS;
	reader->key = 0;
	reader->word = 0;
	reader->is_value = 0;
}

static __always_inline void end_message(struct reader *reader)
{
	reader->reading = READING_BETWEEN;
	if (reader->seen)
		reader->dialects |= dialects_of(reader->seen);
}

static __always_inline void add_octet(struct reader *reader, u8 octet)
{
	u32 bytes = reader->bytes;

	reader->tail = reader->tail >> 8 | (u64)octet << 56;
	if (bytes < 8)
		reader->head |= (u64)octet << (8 * bytes);
	if (bytes < 0xffff)
		reader->bytes = bytes + 1;
}

static __always_inline void end_string(struct reader *reader)
{
	u64 head = reader->head, tail = reader->tail;
	u32 bytes = reader->bytes;

	reader->reading = READING_JSON;
	if (!reader->is_value)
		reader->word = key_of(head, tail, bytes);
	else if (reader->key == KEY_METHOD && reader->depth == 1)
		reader->seen |= method_of(head, tail, bytes);
	else if (reader->key == KEY_LOGIN && bytes >= WALLET_BYTES)
		reader->seen |= LONG_LOGIN;
	else if (reader->key == KEY_AGENT && is_miner_agent(head))
		reader->seen |= MINER_AGENT;
	else if (reader->key == KEY_BLOB && bytes >= BLOB_BYTES && is_hex(head) && is_hex(tail))
		reader->seen |= HEX_BLOB;
}

/* Meaning of an octet between strings. Any other octet ends the message, because it is not JSON. */
enum token { NO_JSON, FILLING, QUOTE, COLON, COMMA, OPEN, CLOSE };

static const u8 token_of[256] = {
	[' '] = FILLING,
	['\t'] = FILLING,
	['\r'] = FILLING,
	['\n'] = FILLING,
	['['] = COMMA, /* what follows is not the value of a key */
	[']'] = FILLING,
	['0' ... '9'] = FILLING,
	['a' ... 'z'] = FILLING,
	['A' ... 'F'] = FILLING, /* in a number, or in the size of an HTTP chunk */
	['-'] = FILLING,
	['+'] = FILLING,
	['.'] = FILLING,
	['"'] = QUOTE,
	[':'] = COLON,
	[','] = COMMA,
	['{'] = OPEN,
	['}'] = CLOSE,
};

/* NOTE: one path per token, because the verifier follows all combinations of branches. */
static __always_inline void read_json(struct reader *reader, u8 octet)
{
	u8 token = token_of[octet];

	if (token == FILLING)
		return;
	if (token == QUOTE) {
		reader->reading = READING_STRING;
		reader->head = 0;
		reader->bytes = 0;
	} else if (token == COLON) {
		reader->key = reader->word;
		reader->seen |= reader->word;
		reader->is_value = 1;
	} else if (token == COMMA) {
		reader->word = 0;
		reader->is_value = 0;
	} else if (token == OPEN && reader->depth < MAX_DEPTH) {
		reader->depth++;
		reader->word = 0;
		reader->is_value = 0;
	} else if (token == CLOSE) {
		reader->word = 0;
		reader->is_value = 0;
		if (!--reader->depth)
			end_message(reader);
	} else {
		stop_reading(reader);
	}
}

static __always_inline void read_string(struct reader *reader, u8 octet)
{
	if (octet == '"')
		end_string(reader);
	else if (octet == '\\')
		reader->reading = READING_ESCAPE;
	else if (octet < ' ')
		stop_reading(reader);
	else
		add_octet(reader, octet);
}

static __always_inline void read_escape(struct reader *reader, u8 octet)
{
	reader->reading = READING_STRING;
	if (octet != 'u') {
		add_octet(reader, octet == '/' ? octet : ANY);
		return;
	}
	reader->reading = READING_UNICODE;
	reader->digits = 4;
	reader->code = 0;
}

static __always_inline void read_digit(struct reader *reader, u8 octet)
{
	u8 digit = digit_of(octet);

	if (digit == NO_DIGIT) {
		stop_reading(reader);
		return;
	}
	reader->code = reader->code << 4 | digit;
	if (--reader->digits)
		return;
	reader->reading = READING_STRING;
	add_octet(reader, reader->code < 0x80 ? reader->code : ANY);
}

#endif
