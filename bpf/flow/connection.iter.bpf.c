// SPDX-License-Identifier: GPL-2.0-only
/* Writes one row per open connection, in any network namespace, with the counters of its socket. */
#include "lib/tables.h"
#include "flow/tcp-figures.h"

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
	/* If it ended during the read, its memory may already belong to another socket. */
	if (connection->is_over)
		return;
	bpf_seq_write(seq, &row, sizeof(row));
}

#if defined(TABLES_BY_PAGE)

#include "flow/connection-store.h"

#define MAX_CONNECTIONS 65536 /* connectionsFor(MAX_SLOTS) in src/kernel/machine.ts */

/* The read that made the list below, and the length of the list. */
struct list {
	u64 session_id;
	u64 connections;
};

struct { /* key: 0; value: of the latest read */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct list);
} list SEC(".maps");

struct { /* key: position; value: address of its socket */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_CONNECTIONS);
	__type(key, u32);
	__type(value, u64);
} address_by_place SEC(".maps");

static long list_next(struct bpf_map *map, const u64 *address, struct connection *connection,
                      struct list *list)
{
	u32 place = list->connections;
	u64 *listed = bpf_map_lookup_elem(&address_by_place, &place);

	if (!listed)
		return 1;
	*listed = *address;
	list->connections++;
	return 0;
}

static long write_next(u32 i, struct page *page)
{
	u32 place = page->row + i;
	u64 *address = bpf_map_lookup_elem(&address_by_place, &place);
	struct connection *connection;

	if (!address)
		return 1;
	connection = find_connection((const void *)*address);
	if (connection)
		write_connection(page->seq, (struct sock *)*address, connection);
	return 0;
}

/*
 * A hash map has no positions, so the first page of a read lists all connections for the other
 * pages. Two reads at once each list again for every page. A connection that begins during a read
 * appears in the next one.
 */
SEC("iter/kmem_cache")
int dump_connection(struct bpf_iter__kmem_cache *ctx)
{
	struct page page = PAGE(ctx, connection_row);
	struct list made = { .session_id = ctx->meta->session_id };
	struct list *kept;
	u32 zero = 0;

	kept = bpf_map_lookup_elem(&list, &zero);
	if (!ctx->s || !kept)
		return 0;
	if (kept->session_id != made.session_id) {
		bpf_for_each_map_elem(&connection_by_address, list_next, &made, 0);
		*kept = made;
	}
	if (page.end > kept->connections)
		page.end = kept->connections;
	if (page.row < page.end)
		bpf_loop(page.end - page.row, write_next, &page, 0);
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
