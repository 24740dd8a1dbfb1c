// SPDX-License-Identifier: GPL-2.0-only
/* One row a connection that is open, whatever its network namespace: what its socket's books say. */
#include "tables.h"
#include "tcp-figures.h"

static __always_inline void write_connection(struct seq_file *seq, struct sock *sk,
                                             struct connection *connection)
{
	struct connection_row row = {};
	struct tcp_sock *tcp;
	u32 segs_out, segs_in;

	if (connection->is_over)
		return;
	tcp = tcp_sock_of(sk);
	if (!tcp)
		return;
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
		return;
	bpf_seq_write(seq, &row, sizeof(row));
}

#if defined(TABLES_BY_PAGE)

#include "connection-store.h"

struct walk {
	struct page page;
	u64 at; /* how many connections were passed */
};

/* How many connections there were, as the latest walk that came to the end had it. */
struct walked {
	u64 session_id;
	u64 connections;
};

struct { /* key: 0 value: so that pages behind the last one cost no walk */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct walked);
} walked SEC(".maps");

static long write_each(struct bpf_map *map, const u64 *address, struct connection *connection,
                       struct walk *walk)
{
	u64 at = walk->at++;

	if (at >= walk->page.row && at < walk->page.end)
		write_connection(walk->page.seq, (struct sock *)*address, connection);
	return walk->at >= walk->page.end;
}

/*
 * A hash has no rows that could be counted: each page is found by walking there. A connection that
 * begins or ends between two pages may be missed, or come twice, in this one reading.
 */
SEC("iter/kmem_cache")
int dump_connection(struct bpf_iter__kmem_cache *ctx)
{
	struct walk walk = { .page = PAGE(ctx, connection_row) };
	u64 session_id = ctx->meta->session_id;
	struct walked *known;
	u32 zero = 0;

	known = bpf_map_lookup_elem(&walked, &zero);
	if (!ctx->s || !known)
		return 0;
	if (known->session_id == session_id && walk.page.row >= known->connections)
		return 0;
	bpf_for_each_map_elem(&connection_by_address, write_each, &walk, 0);
	if (walk.at < walk.page.end) {
		known->connections = walk.at;
		known->session_id = session_id;
	}
	return 0;
}

#elif defined(CONNECTIONS_BY_ADDRESS)

SEC("iter/bpf_map_elem")
int dump_connection(struct bpf_iter__bpf_map_elem *ctx)
{
	struct connection *connection = ctx->value;
	struct sock *const *sk = ctx->key;

	if (connection && sk && *sk)
		write_connection(ctx->meta->seq, *sk, connection);
	return 0;
}

#else

SEC("iter/bpf_sk_storage_map")
int dump_connection(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct connection *connection = ctx->value;
	struct sock *sk = ctx->sk;

	if (connection && sk)
		write_connection(ctx->meta->seq, sk, connection);
	return 0;
}

#endif

char LICENSE[] SEC("license") = "GPL";
