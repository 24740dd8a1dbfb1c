// SPDX-License-Identifier: GPL-2.0-only
/* One row a cgroup in which a footprint was found. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_footprint(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct footprint_row *footprint = ctx->value;

	if (footprint && footprint->cgroup_id)
		bpf_seq_write(ctx->meta->seq, (void *)footprint, sizeof(*footprint));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
