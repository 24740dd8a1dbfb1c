/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples a connection's packets: inspects all of them until 32 in a row start no known protocol,
 * then one in 17.
 */
#ifndef VIGIA_MINING_PAYLOAD_PAYLOAD_SAMPLING_H
#define VIGIA_MINING_PAYLOAD_PAYLOAD_SAMPLING_H

#include "lib/socket-cache.h"

/* Fetching an octet costs more than counting. A pool's messages begin alike for hours. */
#define IDLE_SEGMENTS 32
/* A prime number, because acknowledgments alternate with data. */
#define SAMPLING_PERIOD 17

static __always_inline bool should_sample(struct socket_cache *cache)
{
	if (cache->open_messages || cache->idle_segments < IDLE_SEGMENTS || is_proof)
		return true;
	if (++cache->idle_segments < IDLE_SEGMENTS + SAMPLING_PERIOD)
		return false;
	cache->idle_segments = IDLE_SEGMENTS;
	return true;
}

enum sample { SAMPLE_NO_PAYLOAD, SAMPLE_IDLE, SAMPLE_RELEVANT };

static __always_inline void note_sample(struct socket_cache *cache, enum sample sample)
{
	if (sample == SAMPLE_RELEVANT)
		cache->idle_segments = 0;
	else if (sample == SAMPLE_IDLE && cache->idle_segments < IDLE_SEGMENTS)
		cache->idle_segments++;
}

#endif
