// SPDX-License-Identifier: GPL-2.0-only
/* Writes one row per cgroup with floating-point samples. */
#include "lib/tables.h"

static __always_inline void write_footprint(struct seq_file *seq, u32 slot,
                                            const struct footprint_row *footprint)
{
	if (footprint->cgroup_id)
		bpf_seq_write(seq, (void *)footprint, sizeof(*footprint));
}

TABLE(dump_footprint, footprint_by_slot, footprint_row, footprint_row, write_footprint)

char LICENSE[] SEC("license") = "GPL";
