/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extracts messages from WebSocket frames (RFC 6455, 5.2). A client masks its frames, but the mask
 * is in the frame and hides nothing.
 */
#ifndef VIGIA_MINING_PAYLOAD_WEBSOCKET_H
#define VIGIA_MINING_PAYLOAD_WEBSOCKET_H

#include "mining/payload/reader.h"

/* The only or last frame of a message, as text or as binary. */
#define FRAME_OF_TEXT 0x81
#define FRAME_OF_OCTETS 0x82
/* The first of several frames of a message. */
#define FIRST_OF_TEXT 0x01
#define FIRST_OF_OCTETS 0x02

#define FRAME_EXTENSIONS 0x70 /* such as compression */
#define FRAME_CONTROL 0x08
#define FRAME_OPCODES 2 /* the highest opcode in use, of data and of control frames */
#define FRAME_MASKED 0x80
#define FRAME_LENGTH_16 126
#define FRAME_LENGTH_64 127

static __always_inline bool begins_frame(u8 octet)
{
	return octet == FRAME_OF_TEXT || octet == FRAME_OF_OCTETS || octet == FIRST_OF_TEXT ||
	       octet == FIRST_OF_OCTETS;
}

static __always_inline void begin_frame(struct reader *reader, u8 octet)
{
	reader->is_control = octet & FRAME_CONTROL;
	reader->frame_part = FRAME_LENGTH;
	if (octet & FRAME_EXTENSIONS || (octet & (FRAME_CONTROL - 1)) > FRAME_OPCODES)
		stop_reading(reader);
}

static __always_inline void begin_payload(struct reader *reader)
{
	reader->frame_part = reader->frame_left ? FRAME_PAYLOAD : FRAME_BEGIN;
}

static __always_inline void read_length(struct reader *reader, u8 octet)
{
	u8 length = octet & ~FRAME_MASKED;

	reader->mask = 0;
	reader->mask_bytes = octet & FRAME_MASKED ? sizeof(reader->mask) : 0;
	reader->frame_left = length < FRAME_LENGTH_16 ? length : 0;
	reader->head_left = reader->mask_bytes;
	if (length == FRAME_LENGTH_16)
		reader->head_left += sizeof(u16);
	if (length == FRAME_LENGTH_64)
		reader->head_left += sizeof(u64);
	reader->frame_part = FRAME_HEAD;
	if (!reader->head_left)
		begin_payload(reader);
}

/* An extended length, and the mask. */
static __always_inline void read_frame_head(struct reader *reader, u8 octet)
{
	if (reader->head_left > reader->mask_bytes)
		reader->frame_left = reader->frame_left << 8 | octet;
	else
		reader->mask = reader->mask >> 8 | (u32)octet << 24;
	if (!--reader->head_left)
		begin_payload(reader);
}

/* Reads an octet of a frame. Returns whether it belongs to a message; `octet` is then unmasked. */
static __always_inline bool unframe(struct reader *reader, u8 *octet)
{
	switch (reader->frame_part) {
	case FRAME_BEGIN:
		begin_frame(reader, *octet);
		return false;
	case FRAME_LENGTH:
		read_length(reader, *octet);
		return false;
	case FRAME_HEAD:
		read_frame_head(reader, *octet);
		return false;
	}
	*octet ^= reader->mask;
	reader->mask = reader->mask >> 8 | reader->mask << 24;
	if (!--reader->frame_left)
		reader->frame_part = FRAME_BEGIN;
	return !reader->is_control;
}

#endif
