/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes messages out of frames of WebSocket (RFC 6455, 5.2). What a client sends is masked, with a mask
 * that lies beside it: it hides nothing from who reads along.
 */
#ifndef VIGIA_WEBSOCKET_H
#define VIGIA_WEBSOCKET_H

#include "mining/payload/reader.h"

/* A message's only frame, or its last, as text or as octets. */
#define FRAME_OF_TEXT 0x81
#define FRAME_OF_OCTETS 0x82
/* A message's first frame of several. */
#define FIRST_OF_TEXT 0x01
#define FIRST_OF_OCTETS 0x02

#define FRAME_EXTENSIONS 0x70 /* such as compression */
#define FRAME_CONTROL 0x08
#define FRAME_OPCODES 2 /* that are there, with and without control */
#define FRAME_MASKED 0x80
#define FRAME_LENGTH_16 126
#define FRAME_LENGTH_64 127

static __always_inline bool begins_frame(u8 octet)
{
	return octet == FRAME_OF_TEXT || octet == FRAME_OF_OCTETS || octet == FIRST_OF_TEXT ||
	       octet == FIRST_OF_OCTETS;
}

static __always_inline void begin_frame(struct text *text, u8 octet)
{
	text->is_control = octet & FRAME_CONTROL;
	text->frame_part = FRAME_LENGTH;
	if (octet & FRAME_EXTENSIONS || (octet & (FRAME_CONTROL - 1)) > FRAME_OPCODES)
		stop_reading(text);
}

static __always_inline void begin_payload(struct text *text)
{
	text->frame_part = text->frame_left ? FRAME_PAYLOAD : FRAME_BEGIN;
}

static __always_inline void read_length(struct text *text, u8 octet)
{
	u8 length = octet & ~FRAME_MASKED;

	text->mask = 0;
	text->mask_bytes = octet & FRAME_MASKED ? sizeof(text->mask) : 0;
	text->frame_left = length < FRAME_LENGTH_16 ? length : 0;
	text->head_left = text->mask_bytes;
	if (length == FRAME_LENGTH_16)
		text->head_left += sizeof(u16);
	if (length == FRAME_LENGTH_64)
		text->head_left += sizeof(u64);
	text->frame_part = FRAME_HEAD;
	if (!text->head_left)
		begin_payload(text);
}

/* A longer length, and the mask. */
static __always_inline void read_frame_head(struct text *text, u8 octet)
{
	if (text->head_left > text->mask_bytes)
		text->frame_left = text->frame_left << 8 | octet;
	else
		text->mask = text->mask >> 8 | (u32)octet << 24;
	if (!--text->head_left)
		begin_payload(text);
}

/* Takes an octet of a frame; returns whether it is one of a message, which is then in `octet`. */
static __always_inline bool unframe(struct text *text, u8 *octet)
{
	switch (text->frame_part) {
	case FRAME_BEGIN:
		begin_frame(text, *octet);
		return false;
	case FRAME_LENGTH:
		read_length(text, *octet);
		return false;
	case FRAME_HEAD:
		read_frame_head(text, *octet);
		return false;
	}
	*octet ^= text->mask;
	text->mask = text->mask >> 8 | text->mask << 24;
	if (!--text->frame_left)
		text->frame_part = FRAME_BEGIN;
	return !text->is_control;
}

#endif
