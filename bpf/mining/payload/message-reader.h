/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds messages of JSON in a stream, alone or in HTTP or in frames of WebSocket, and reads them. */
#ifndef VIGIA_MESSAGES_H
#define VIGIA_MESSAGES_H

#include "mining/payload/http.h"
#include "mining/payload/websocket.h"

/* What an octet is between messages; what else there is belongs to something else. */
enum beginning { NO_MESSAGE, BLANK, MESSAGE, REQUEST, FRAME };

static const u8 beginning_of[256] = {
	[' '] = BLANK,           ['\t'] = BLANK,
	['\r'] = BLANK,          ['\n'] = BLANK,
	[0xef] = BLANK, /* the mark at the begin of a text in UTF-8: ef bb bf */
	[0xbb] = BLANK,          [0xbf] = BLANK,
	['['] = BLANK, /* of a batch */
	[']'] = BLANK,           [','] = BLANK,
	['0' ... '9'] = BLANK, /* of the size of a chunk of HTTP */
	['a' ... 'f'] = BLANK,   ['A' ... 'F'] = BLANK,
	['{'] = MESSAGE,         ['P'] = REQUEST,
	[FRAME_OF_TEXT] = FRAME, [FRAME_OF_OCTETS] = FRAME,
	[FIRST_OF_TEXT] = FRAME, [FIRST_OF_OCTETS] = FRAME,
};

static __always_inline void read_between(struct text *text, u8 octet)
{
	u8 beginning = beginning_of[octet];

	if (beginning == BLANK)
		return;
	if (beginning == MESSAGE) {
		begin_message(text);
	} else if (beginning == REQUEST && !text->is_framed) {
		begin_verb(text);
		read_verb(text, octet);
	} else if (beginning == FRAME && !text->is_framed) {
		text->is_framed = 1;
		begin_frame(text, octet);
	} else {
		stop_reading(text);
	}
}

/* Whether a segment that begins so may be one of those that are read. */
static __always_inline bool begins_text(u8 octet)
{
	return octet == '{' || octet == '[' || octet == ' ' || octet == '\n' || octet == '\r' ||
	       octet == '\t' || octet == 'P' || octet == 'C' || octet == 0xef ||
	       begins_frame(octet);
}

static __always_inline void begin_text(struct text *text, u8 octet)
{
	stop_reading(text);
	text->is_framed = 0;
	if (octet == 'C')
		begin_verb(text);
	else
		text->reading = READING_BETWEEN;
}

static __always_inline void read_octet(struct text *text, u8 octet)
{
	if (text->is_framed && !unframe(text, &octet))
		return;
	if (breaks_string(text, octet)) {
		begin_break(text);
		return;
	}
	switch (text->reading) {
	case READING_STRING:
		read_string(text, octet);
		break;
	case READING_JSON:
		read_json(text, octet);
		break;
	case READING_BETWEEN:
		read_between(text, octet);
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
	case READING_BREAK:
		read_break(text, octet);
		break;
	}
}

#endif
