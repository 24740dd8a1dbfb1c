/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds and reads JSON messages in a stream: plain, in HTTP, or in WebSocket frames. */
#ifndef VIGIA_MINING_PAYLOAD_MESSAGE_READER_H
#define VIGIA_MINING_PAYLOAD_MESSAGE_READER_H

#include "mining/payload/http.h"
#include "mining/payload/websocket.h"

/* Meaning of an octet between messages. Any other octet belongs to another protocol. */
enum beginning { NO_MESSAGE, BLANK, MESSAGE, REQUEST, FRAME };

static const u8 beginning_of[256] = {
	[' '] = BLANK,           ['\t'] = BLANK,
	['\r'] = BLANK,          ['\n'] = BLANK,
	[0xef] = BLANK, /* the byte order mark of UTF-8: ef bb bf */
	[0xbb] = BLANK,          [0xbf] = BLANK,
	['['] = BLANK, /* of a batch */
	[']'] = BLANK,           [','] = BLANK,
	['0' ... '9'] = BLANK, /* the size of an HTTP chunk */
	['a' ... 'f'] = BLANK,   ['A' ... 'F'] = BLANK,
	['{'] = MESSAGE,         ['P'] = REQUEST,
	[FRAME_OF_TEXT] = FRAME, [FRAME_OF_OCTETS] = FRAME,
	[FIRST_OF_TEXT] = FRAME, [FIRST_OF_OCTETS] = FRAME,
};

static __always_inline void read_between(struct reader *reader, u8 octet)
{
	u8 beginning = beginning_of[octet];

	if (beginning == BLANK)
		return;
	if (beginning == MESSAGE) {
		begin_message(reader);
	} else if (beginning == REQUEST && !reader->is_framed) {
		begin_verb(reader);
		read_verb(reader, octet);
	} else if (beginning == FRAME && !reader->is_framed) {
		reader->is_framed = 1;
		begin_frame(reader, octet);
	} else {
		stop_reading(reader);
	}
}

/* Whether a segment with this first octet may begin a message. */
static __always_inline bool may_begin_message(u8 octet)
{
	return octet == '{' || octet == '[' || octet == ' ' || octet == '\n' || octet == '\r' ||
	       octet == '\t' || octet == 'P' || octet == 'C' || octet == 0xef ||
	       begins_frame(octet);
}

static __always_inline void begin_reading(struct reader *reader, u8 octet)
{
	stop_reading(reader);
	reader->is_framed = 0;
	if (octet == 'C')
		begin_verb(reader);
	else
		reader->reading = READING_BETWEEN;
}

static __always_inline void read_octet(struct reader *reader, u8 octet)
{
	if (reader->is_framed && !unframe(reader, &octet))
		return;
	if (breaks_string(reader, octet)) {
		begin_break(reader);
		return;
	}
	switch (reader->reading) {
	case READING_STRING:
		read_string(reader, octet);
		break;
	case READING_JSON:
		read_json(reader, octet);
		break;
	case READING_BETWEEN:
		read_between(reader, octet);
		break;
	case READING_ESCAPE:
		read_escape(reader, octet);
		break;
	case READING_UNICODE:
		read_digit(reader, octet);
		break;
	case READING_HEADERS:
		read_header(reader, octet);
		break;
	case READING_VERB:
		read_verb(reader, octet);
		break;
	case READING_BREAK:
		read_break(reader, octet);
		break;
	}
}

#endif
