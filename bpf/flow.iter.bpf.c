// SPDX-License-Identifier: GPL-2.0-only
/* One row a flow, and one for the other peers of each cgroup that has such. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_flow(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct flow_row *flow = ctx->value;

	if (flow && flow->born_ns)
		bpf_seq_write(ctx->meta->seq, (void *)flow, sizeof(*flow));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
