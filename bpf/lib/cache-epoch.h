/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invalidates socket caches. What a socket remembers of its rows holds for one cache epoch of a
 * CPU, so a packet need not check the owner of a row.
 */
#ifndef VIGIA_LIB_CACHE_EPOCH_H
#define VIGIA_LIB_CACHE_EPOCH_H

#include "lib/cells.h"

/* Global, so that the verifier checks it once and not once per CPU. */
__noinline int advance_cache_epoch(u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);

	if (state)
		ADD(state->row.epoch, 1);
	return 0;
}

/* Call this after rows were taken from their owners. */
static __always_inline void advance_cache_epochs(void)
{
	for_each_cpu (cpu)
		advance_cache_epoch(cpu);
}

#endif
