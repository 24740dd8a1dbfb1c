// SPDX-License-Identifier: GPL-2.0-only
/* Writes one row per flow, and one per cgroup for its other peers. */
#include "flow/flows.h"
#include "lib/tables.h"

static __always_inline void write_flow(struct seq_file *seq, u32 slot, const struct flow *flow)
{
	struct flow_cell sum = {};
	struct flow_row row;

	if (!flow->row.born_ns)
		return;
	row = flow->row;
	sum_cells(flow, &sum);
	row.counts.figures.sent.bytes += sum.sent.bytes;
	row.counts.figures.sent.segments += sum.sent.segments;
	row.counts.figures.received.bytes += sum.received.bytes;
	row.counts.figures.received.segments += sum.received.segments;
	bpf_seq_write(seq, &row, sizeof(row));
}

TABLE(dump_flow, flow_by_slot, flow_row, flow, write_flow)

char LICENSE[] SEC("license") = "GPL";
