/* SPDX-License-Identifier: GPL-2.0-only */
/* Packs text into words of eight octets, so that one comparison covers eight. */
#ifndef VIGIA_LIB_WORDS_H
#define VIGIA_LIB_WORDS_H

#include "lib/kernel.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "WORD is what a load reads");

#define OCTETS(text) (sizeof(text) - 1)
#define OCTET_AT(text, i, shift) ((u64)(u8)((i) < OCTETS(text) ? (text)[i] : 0) << (shift))

/* Little-endian, as a load from the text. Octets beyond its end are zero. */
#define WORD_AT(text, from)                                                                        \
	(OCTET_AT(text, from, 0) | OCTET_AT(text, (from) + 1, 8) |                                 \
	 OCTET_AT(text, (from) + 2, 16) | OCTET_AT(text, (from) + 3, 24) |                         \
	 OCTET_AT(text, (from) + 4, 32) | OCTET_AT(text, (from) + 5, 40) |                         \
	 OCTET_AT(text, (from) + 6, 48) | OCTET_AT(text, (from) + 7, 56))
#define WORD(text) WORD_AT(text, 0)
#define LAST_WORD(text) WORD_AT(text, OCTETS(text) > 8 ? OCTETS(text) - 8 : 0)

/*
 * Big-endian, as octets that were shifted in one by one. Searches for many words or prefixes need
 * fewer instructions in this order, because similar texts are close numbers.
 */
#define BE_WORD(text)                                                                              \
	(OCTET_AT(text, 0, 56) | OCTET_AT(text, 1, 48) | OCTET_AT(text, 2, 40) |                   \
	 OCTET_AT(text, 3, 32) | OCTET_AT(text, 4, 24) | OCTET_AT(text, 5, 16) |                   \
	 OCTET_AT(text, 6, 8) | OCTET_AT(text, 7, 0))

/* Whether a big-endian word begins with a text, or with the first eight octets of a longer text. */
#define BEGINS(be_word, text)                                                                      \
	(((be_word) ^ BE_WORD(text)) >> (OCTETS(text) < 8 ? 64 - 8 * OCTETS(text) : 0) == 0)

#endif
