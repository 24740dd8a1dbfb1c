/* SPDX-License-Identifier: GPL-2.0-only */
/* How far one direction of a stream was read, octet by octet, however it was cut into segments. */
#ifndef VIGIA_MINING_PAYLOAD_READER_H
#define VIGIA_MINING_PAYLOAD_READER_H

#include "mining/payload/mining-words.h"
#include "lib/wire.h"

enum reading {
	READING_NOTHING, /* waits for a segment that begins like something */
	READING_BETWEEN, /* what may stand between two messages */
	READING_VERB,    /* of HTTP */
	READING_HEADERS, /* of HTTP, up to the empty line */
	READING_JSON,    /* a message, between its strings */
	READING_STRING,
	READING_ESCAPE, /* behind a backslash in a string */
	READING_UNICODE,
	READING_BREAK, /* the size of the next chunk of HTTP, in a string */
};

/* What comes next of a frame of WebSocket. */
enum frame_part { FRAME_BEGIN, FRAME_LENGTH, FRAME_HEAD, FRAME_PAYLOAD };

struct reader {
	u64 head; /* first octets of the string; the last ones of a header */
	u64 tail; /* last octets of the string */
	u64 seen; /* words of this message */
	u64 word; /* key that the latest string would be */
	u64 key;  /* whose value is read */
	nsec_t reported_ns;
	nsec_t resume_ns; /* nothing is read before */
	u32 dialects;     /* of messages that were not told yet: bits of enum dialect */
	u32 reported;     /* the same, of late */
	u32 next_sequence;
	u32 idle_octets; /* that were read since the latest word of mining */
	u32 frame_left;  /* octets of its payload */
	u32 mask;        /* of the frame; the next octet's is the lowest */
	u16 bytes;       /* of the string or verb so far */
	u16 code;        /* of an escaped character */
	u8 reading;
	u8 depth;
	u8 digits; /* that an escaped character still wants */
	u8 is_value;
	u8 broken; /* what was read before a chunk ended */
	u8 lines;  /* that were read since */
	u8 is_framed;
	u8 is_control; /* the frame has no part in a message */
	u8 frame_part;
	u8 head_left; /* octets of the frame's head */
	u8 mask_bytes;
	u8 pauses;        /* one after the other */
	u8 awaits_answer; /* of HTTP, to what a miner may have asked */
	u8 is_answer;
};

static __always_inline void stop_reading(struct reader *reader)
{
	reader->reading = READING_NOTHING;
	reader->depth = 0;
	reader->seen = 0;
}

/* Whether what comes next belongs to what was begun, whatever it looks like. */
static __always_inline bool is_reading(const struct reader *reader)
{
	return reader->reading != READING_NOTHING;
}

#endif
