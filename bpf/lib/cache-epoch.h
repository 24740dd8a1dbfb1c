/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket remembers of its rows holds for an epoch of its CPU, so that a packet need not look at
 * a row to know whether it is its own still.
 */
#ifndef VIGIA_LIB_CACHE_EPOCH_H
#define VIGIA_LIB_CACHE_EPOCH_H

#include "lib/cells.h"

/* Global, so that the verifier looks at it once and not once a CPU. */
__noinline int advance_cache_epoch(u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);

	if (state)
		ADD(state->row.epoch, 1);
	return 0;
}

/* For who took rows from their owners, and is done with it. */
static __always_inline void advance_cache_epochs(void)
{
	for_each_cpu (cpu)
		advance_cache_epoch(cpu);
}

#endif
