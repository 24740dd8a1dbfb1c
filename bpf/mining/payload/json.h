/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON. Of what it reads it keeps only which words of mining protocols were where they belong:
 * as a key, or as the value of "method" at the top of a message.
 */
#ifndef VIGIA_JSON_H
#define VIGIA_JSON_H

#include "mining/payload/reader.h"

#define MAX_DEPTH 255
#define ANY 1 /* stands for a character that no word has, such as an escaped quotation mark */

static __always_inline void begin_message(struct text *text)
{
	text->reading = READING_JSON;
	text->depth = 1;
	text->seen &= MINING_EXTENSIONS;
	text->key = 0;
	text->word = 0;
	text->is_value = 0;
}

static __always_inline void end_message(struct text *text)
{
	text->reading = READING_BETWEEN;
	if (text->seen)
		text->dialects |= dialects_of(text->seen);
}

static __always_inline void add_octet(struct text *text, u8 octet)
{
	u32 bytes = text->bytes;

	text->tail = text->tail >> 8 | (u64)octet << 56;
	if (bytes < 8)
		text->head |= (u64)octet << (8 * bytes);
	if (bytes < 0xffff)
		text->bytes = bytes + 1;
}

static __always_inline void end_string(struct text *text)
{
	u64 head = text->head, tail = text->tail;
	u32 bytes = text->bytes;

	text->reading = READING_JSON;
	if (!text->is_value)
		text->word = key_of(head, tail, bytes);
	else if (text->key == KEY_METHOD && text->depth == 1)
		text->seen |= method_of(head, tail, bytes);
	else if (text->key == KEY_LOGIN && bytes >= WALLET_BYTES)
		text->seen |= LONG_LOGIN;
	else if (text->key == KEY_AGENT && is_miner_agent(head))
		text->seen |= MINER_AGENT;
	else if (text->key == KEY_BLOB && bytes >= BLOB_BYTES && is_hex(head) && is_hex(tail))
		text->seen |= HEX_BLOB;
}

/* What an octet is between strings. There is little but punctuation; what else there is, is no JSON. */
enum token { NO_JSON, FILLING, QUOTE, COLON, COMMA, OPEN, CLOSE };

static const u8 token_of[256] = {
	[' '] = FILLING,
	['\t'] = FILLING,
	['\r'] = FILLING,
	['\n'] = FILLING,
	['['] = COMMA, /* what follows is no value of a key */
	[']'] = FILLING,
	['0' ... '9'] = FILLING,
	['a' ... 'z'] = FILLING,
	['A' ... 'F'] = FILLING, /* of a number, or of the size of a chunk of HTTP */
	['-'] = FILLING,
	['+'] = FILLING,
	['.'] = FILLING,
	['"'] = QUOTE,
	[':'] = COLON,
	[','] = COMMA,
	['{'] = OPEN,
	['}'] = CLOSE,
};

/* NOTE: one way through for each token: the verifier walks along all combinations of branches. */
static __always_inline void read_json(struct text *text, u8 octet)
{
	u8 token = token_of[octet];

	if (token == FILLING)
		return;
	if (token == QUOTE) {
		text->reading = READING_STRING;
		text->head = 0;
		text->bytes = 0;
	} else if (token == COLON) {
		text->key = text->word;
		text->seen |= text->word;
		text->is_value = 1;
	} else if (token == COMMA) {
		text->word = 0;
		text->is_value = 0;
	} else if (token == OPEN && text->depth < MAX_DEPTH) {
		text->depth++;
		text->word = 0;
		text->is_value = 0;
	} else if (token == CLOSE) {
		text->word = 0;
		text->is_value = 0;
		if (!--text->depth)
			end_message(text);
	} else {
		stop_reading(text);
	}
}

static __always_inline void read_string(struct text *text, u8 octet)
{
	if (octet == '"')
		end_string(text);
	else if (octet == '\\')
		text->reading = READING_ESCAPE;
	else if (octet < ' ')
		stop_reading(text);
	else
		add_octet(text, octet);
}

static __always_inline void read_escape(struct text *text, u8 octet)
{
	text->reading = READING_STRING;
	if (octet != 'u') {
		add_octet(text, octet == '/' ? octet : ANY);
		return;
	}
	text->reading = READING_UNICODE;
	text->digits = 4;
	text->code = 0;
}

static __always_inline void read_digit(struct text *text, u8 octet)
{
	u8 digit = digit_of(octet);

	if (digit == NO_DIGIT) {
		stop_reading(text);
		return;
	}
	text->code = text->code << 4 | digit;
	if (--text->digits)
		return;
	text->reading = READING_STRING;
	add_octet(text, text->code < 0x80 ? text->code : ANY);
}

#endif
