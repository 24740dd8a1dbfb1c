/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets of a connection are looked at: all, until many in a row began nothing. */
#ifndef VIGIA_LOOKS_H
#define VIGIA_LOOKS_H

#include "lib/socket-cache.h"

/* As fetching an octet costs more than all counting. A pool's messages begin alike, for hours. */
#define DULL_SEGMENTS 32
/* One packet in so many is looked at then: prime, as acknowledgments come in turns. */
#define DULL_PERIOD 17

/* Whether a packet is looked at. */
static __always_inline bool is_due(struct socket_mark *mark)
{
	if (mark->amid || mark->dull < DULL_SEGMENTS || is_proof)
		return true;
	if (++mark->dull < DULL_SEGMENTS + DULL_PERIOD)
		return false;
	mark->dull = DULL_SEGMENTS;
	return true;
}

enum look { LOOK_NO_PAYLOAD, LOOK_DULL, LOOK_WORTH_IT };

static __always_inline void note_look(struct socket_mark *mark, enum look look)
{
	if (look == LOOK_WORTH_IT)
		mark->dull = 0;
	else if (look == LOOK_DULL && mark->dull < DULL_SEGMENTS)
		mark->dull++;
}

#endif
