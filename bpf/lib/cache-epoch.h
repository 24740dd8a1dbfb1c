/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket remembers of its rows holds for an epoch of its CPU, so that a packet need not look at
 * a row to know whether it is its own still.
 */
#ifndef VIGIA_EPOCHS_H
#define VIGIA_EPOCHS_H

#include "lib/maps.h"

/* Global, so that the verifier looks at it once and not once a CPU. */
__noinline int begin_epoch(u32 cpu)
{
	struct node *node = bpf_map_lookup_elem(&node_by_cpu, &cpu);

	if (node)
		ADD(node->row.epoch, 1);
	return 0;
}

/* For who took rows from their owners, and is done with it. */
static __always_inline void begin_epochs(void)
{
	for (u32 cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (cpu >= nr_cpus)
			break;
		begin_epoch(cpu);
	}
}

#endif
