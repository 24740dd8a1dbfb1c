// SPDX-License-Identifier: GPL-2.0-only
/* One row a flow, and one for the other peers of each cgroup that has such. */
#include "flows.h"

SEC("iter/bpf_map_elem")
int dump_flow(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct flow *flow = ctx->value;
	struct flow_cell sum = {};
	struct flow_row row;

	if (!flow || !flow->row.born_ns)
		return 0;
	row = flow->row;
	sum_cells(flow, &sum);
	row.counts.figures.sent.bytes += sum.sent.bytes;
	row.counts.figures.sent.segments += sum.sent.segments;
	row.counts.figures.received.bytes += sum.received.bytes;
	row.counts.figures.received.segments += sum.received.segments;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
