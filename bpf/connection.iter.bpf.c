// SPDX-License-Identifier: GPL-2.0-only
/* One row a connection that is open, whatever its network namespace: what its socket's books say. */
#include "tcp-figures.h"

SEC("iter/bpf_sk_storage_map")
int dump_connection(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct connection *connection = ctx->value;
	struct sock *sk = ctx->sk;
	struct connection_row row = {};
	struct tcp_sock *tcp;

	if (!connection || connection->is_over || !sk)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	connection->segs_out_wraps += tcp->segs_out < connection->segs_out;
	connection->segs_in_wraps += tcp->segs_in < connection->segs_in;
	connection->segs_out = tcp->segs_out;
	connection->segs_in = tcp->segs_in;
	row.cgroup_id = connection->cgroup_id;
	row.flow_slot = connection->flow_slot;
	row.usage_slot = connection->usage_slot;
	row.flow_born_ns = connection->flow_born_ns;
	row.is_established = connection->is_established;
	read_figures(tcp, sk->__sk_common.skc_flags, connection, &row.figures);
	subtract_figures(&row.figures, &connection->before);
	row.rtt_us = tcp->srtt_us >> 3;
	row.min_rtt_us = min_rtt_us(tcp);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
