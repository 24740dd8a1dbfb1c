/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON, alone or in HTTP or in frames of WebSocket, octet by octet, so that it does not matter
 * how it was cut into segments. Of what it reads it keeps only which words of mining protocols were
 * where they belong: as a key, or as the value of "method" at the top of a message.
 */
#ifndef VIGIA_JSON_H
#define VIGIA_JSON_H

#include "mining-words.h"

enum reading {
	READING_NOTHING, /* waits for a segment that begins like something */
	READING_VERB,    /* of HTTP */
	READING_HEADERS, /* of HTTP, up to the empty line */
	READING_FRAME,   /* the head of a WebSocket frame */
	READING_JSON,
	READING_STRING,
	READING_ESCAPE, /* behind a backslash in a string */
	READING_UNICODE,
};

/* How far one direction of a stream was read. */
struct text {
	u64 head; /* first octets of the string; the last ones of a header */
	u64 tail; /* last octets of the string */
	u64 seen; /* words of this message */
	u64 word; /* key that the latest string would be */
	u64 key;  /* whose value is read */
	u32 next_sequence;
	u16 bytes; /* of the string, or verb, or head of a frame, so far */
	u16 code;  /* of an escaped character */
	u8 reading;
	u8 depth;
	u8 digits; /* that an escaped character still wants */
	u8 is_value;
	u32 dialects; /* of messages that were not told yet: bits of enum dialect */
	u32 told;     /* the same, of late */
	nsec_t told_ns;
	u16 idle_messages; /* in which there was nothing, one after the other */
	u16 patience;      /* segments that are not looked at */
	u32 padding;
};

#define MAX_DEPTH 32
#define FRAME_OF_TEXT 0x81 /* RFC 6455, 5.2: the last frame of a text */
#define FRAME_LENGTH_16 126
#define ANY 1 /* stands for a character that no word has, such as an escaped quotation mark */

static __always_inline void begin_message(struct text *text)
{
	text->seen &= MINING_EXTENSIONS;
	text->key = 0;
}

static __always_inline void stop_reading(struct text *text)
{
	text->reading = READING_NOTHING;
	text->depth = 0;
	text->seen = 0;
}

static __always_inline void note_dialects(struct text *text)
{
	u32 dialects = text->seen ? dialects_of(text->seen) : 0;

	text->dialects |= dialects;
	text->idle_messages = dialects ? 0 : text->idle_messages + 1;
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
	['-'] = FILLING,
	['+'] = FILLING,
	['.'] = FILLING,
	['E'] = FILLING,
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
		if (!text->depth++)
			begin_message(text);
		text->word = 0;
		text->is_value = 0;
	} else if (token == CLOSE && text->depth) {
		text->word = 0;
		text->is_value = 0;
		if (!--text->depth)
			note_dialects(text);
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
	u8 letter = octet | 0x20;
	u8 digit = octet >= '0' && octet <= '9'     ? octet - '0'
	           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
	                                            : 0xff;

	if (digit == 0xff) {
		stop_reading(text);
		return;
	}
	text->code = text->code << 4 | digit;
	if (--text->digits)
		return;
	text->reading = READING_STRING;
	add_octet(text, text->code < 0x80 ? text->code : ANY);
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
#define X_MINING 0x782d6d696e696e67ULL /* "x-mining" */
#define LOWER_CASE 0x2020202020202020ULL

static __always_inline void read_header(struct text *text, u8 octet)
{
	u64 head = text->head << 8 | octet;

	text->head = head;
	if ((head | LOWER_CASE) == X_MINING)
		text->seen |= MINING_EXTENSIONS;
	if ((u32)head == EMPTY_LINE || (u16)head == EMPTY_LINE_OF_UNIX)
		text->reading = READING_JSON;
}

/* What a server sends is not masked; what a client sends is, and cannot be read. */
static __always_inline void read_frame(struct text *text, u8 octet)
{
	u32 at = text->bytes++;

	if (at == 1 && octet > FRAME_LENGTH_16)
		stop_reading(text);
	else if (at == 3 || (at == 1 && octet < FRAME_LENGTH_16))
		text->reading = READING_JSON;
}

/* Whether an octet may stand between two messages. */
static __always_inline bool is_between(u8 octet)
{
	return octet == '{' || octet == '[' || octet == ' ' || octet == '\n' || octet == '\r' ||
	       octet == '\t';
}

/* Whether a segment that begins so may be one of those that are read. */
static __always_inline bool begins_text(u8 octet)
{
	return is_between(octet) || octet == 'P' || octet == 'C' || octet == FRAME_OF_TEXT;
}

static __always_inline void begin_text(struct text *text, u8 octet)
{
	stop_reading(text);
	text->head = 0;
	text->bytes = 0;
	text->word = 0;
	text->is_value = 0;
	if (octet == 'P' || octet == 'C') {
		text->reading = READING_VERB;
		return;
	}
	text->reading = octet == FRAME_OF_TEXT ? READING_FRAME : READING_JSON;
}

/* Whether what comes next belongs to what was begun, whatever it looks like. */
static __always_inline bool is_amid(const struct text *text)
{
	if (text->reading == READING_JSON)
		return text->depth;
	return text->reading != READING_NOTHING;
}

static __always_inline void read_octet(struct text *text, u8 octet)
{
	switch (text->reading) {
	case READING_STRING:
		read_string(text, octet);
		break;
	case READING_JSON:
		read_json(text, octet);
		break;
	case READING_ESCAPE:
		read_escape(text, octet);
		break;
	case READING_UNICODE:
		read_digit(text, octet);
		break;
	case READING_HEADERS:
		read_header(text, octet);
		break;
	case READING_VERB:
		read_verb(text, octet);
		break;
	case READING_FRAME:
		read_frame(text, octet);
		break;
	}
}

#endif
