// SPDX-License-Identifier: GPL-2.0-only
/* One row a connection that is open, whatever its network namespace: what its socket's books say. */
#include "tcp-figures.h"

#ifdef CONNECTIONS_BY_ADDRESS
#define EACH_CONNECTION "iter/bpf_map_elem"
#define bpf_iter__connection bpf_iter__bpf_map_elem

static __always_inline struct sock *socket_of(const struct bpf_iter__connection *ctx)
{
	struct sock *const *key = ctx->key;

	return key ? *key : NULL;
}
#else
#define EACH_CONNECTION "iter/bpf_sk_storage_map"
#define bpf_iter__connection bpf_iter__bpf_sk_storage_map

static __always_inline struct sock *socket_of(const struct bpf_iter__connection *ctx)
{
	return ctx->sk;
}
#endif

SEC(EACH_CONNECTION)
int dump_connection(struct bpf_iter__connection *ctx)
{
	struct connection *connection = ctx->value;
	struct sock *sk = socket_of(ctx);
	struct connection_row row = {};
	struct tcp_sock *tcp;
	u32 segs_out, segs_in;

	if (!connection || connection->is_over || !sk)
		return 0;
	tcp = tcp_sock_of(sk);
	if (!tcp)
		return 0;
	segs_out = READ(tcp, segs_out);
	segs_in = READ(tcp, segs_in);
	connection->segs_out_wraps += segs_out < connection->segs_out;
	connection->segs_in_wraps += segs_in < connection->segs_in;
	connection->segs_out = segs_out;
	connection->segs_in = segs_in;
	row.cgroup_id = connection->cgroup_id;
	row.flow_slot = connection->flow_slot;
	row.usage_slot = connection->usage_slot;
	row.flow_born_ns = connection->flow_born_ns;
	row.is_established = connection->is_established;
	read_figures(tcp, READ(sk, __sk_common.skc_flags), connection, &row.figures);
	subtract_figures(&row.figures, &connection->before);
	row.rtt_us = READ(tcp, srtt_us) >> 3;
	row.min_rtt_us = min_rtt_us(tcp);
	/* If it ended meanwhile, what was read may be another's that the kernel gave its memory. */
	if (connection->is_over)
		return 0;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
