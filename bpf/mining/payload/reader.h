/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a reader of one direction of a stream, which spans its segments. */
#ifndef VIGIA_MINING_PAYLOAD_READER_H
#define VIGIA_MINING_PAYLOAD_READER_H

#include "mining/payload/mining-words.h"
#include "lib/wire.h"

enum reading {
	READING_NOTHING, /* waits for a segment that may begin a message */
	READING_BETWEEN, /* between two messages */
	READING_VERB,    /* the verb of HTTP */
	READING_HEADERS, /* the headers of HTTP, up to the empty line */
	READING_JSON,    /* in a message, outside strings */
	READING_STRING,
	READING_ESCAPE, /* after a backslash in a string */
	READING_UNICODE,
	READING_BREAK, /* the size of the next HTTP chunk, within a string */
};

/* What comes next in a WebSocket frame. */
enum frame_part { FRAME_BEGIN, FRAME_LENGTH, FRAME_HEAD, FRAME_PAYLOAD };

struct reader {
	u64 head; /* first octets of the string; last ones of a header */
	u64 tail; /* last octets of the string */
	u64 seen; /* words of this message */
	u64 word; /* the latest string, if it is a known key */
	u64 key;  /* the key whose value is read */
	nsec_t reported_ns;
	nsec_t resume_ns; /* nothing is read before */
	u32 dialects;     /* of messages that were not reported yet: bits of enum dialect */
	u32 reported;     /* reported recently: bits of enum dialect */
	u32 next_sequence;
	u32 idle_octets; /* read since the latest mining word */
	u32 frame_left;  /* remaining octets of its payload */
	u32 mask;        /* of the frame; that of the next octet is the lowest */
	u16 bytes;       /* length of the string or verb so far */
	u16 code;        /* of an escaped character */
	u8 reading;
	u8 depth;
	u8 digits; /* missing digits of an escaped character */
	u8 is_value;
	u8 broken; /* state before the chunk ended */
	u8 lines;  /* lines read since */
	u8 is_framed;
	u8 is_control; /* the frame belongs to no message */
	u8 frame_part;
	u8 head_left; /* remaining octets of the frame's head */
	u8 mask_bytes;
	u8 pauses;        /* consecutive pauses */
	u8 awaits_answer; /* expects an HTTP response to a possible miner */
	u8 is_answer;
};

static __always_inline void stop_reading(struct reader *reader)
{
	reader->reading = READING_NOTHING;
	reader->depth = 0;
	reader->seen = 0;
}

/* Whether the next octet continues what was begun. */
static __always_inline bool is_reading(const struct reader *reader)
{
	return reader->reading != READING_NOTHING;
}

#endif
