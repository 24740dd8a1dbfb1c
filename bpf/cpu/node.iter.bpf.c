// SPDX-License-Identifier: GPL-2.0-only
/* One row a CPU: the runs of our programs, and what was lost. */
#include "lib/tables.h"

static __always_inline void write_node(struct seq_file *seq, u32 cpu, const struct node *node)
{
	bpf_seq_write(seq, (void *)&node->row, sizeof(node->row));
}

TABLE(dump_node, node_by_cpu, node_row, node, write_node)

char LICENSE[] SEC("license") = "GPL";
