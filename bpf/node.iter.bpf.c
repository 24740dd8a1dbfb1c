// SPDX-License-Identifier: GPL-2.0-only
/* One row a CPU: the runs of our programs, and what was lost. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_node(struct bpf_iter__bpf_map_elem *ctx)
{
	struct node *node = ctx->value;

	if (node)
		bpf_seq_write(ctx->meta->seq, &node->row, sizeof(node->row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
