/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores connections at their sockets, or by socket address on kernels before 8e4597c627fb (5.11),
 * where tracing programs have no socket storage. In both cases an ended connection stays as long as
 * its socket.
 */
#ifndef VIGIA_FLOW_CONNECTION_STORE_H
#define VIGIA_FLOW_CONNECTION_STORE_H

#include "flow/flows.h"

#ifdef CONNECTIONS_BY_ADDRESS

/*
 * Not preallocated: only existing sockets use memory, and a deleted element keeps its memory until
 * its last reader is done (RCU).
 */
struct { /* key: address of the socket; value: its connection */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct connection);
} connection_by_address SEC(".maps");

static const struct connection no_connection;

static __always_inline struct connection *find_connection(const void *sk)
{
	u64 address = (u64)sk;

	return bpf_map_lookup_elem(&connection_by_address, &address);
}

/* For the packet programs. */
static __always_inline struct connection *find_connection_of(struct bpf_sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	return tcp ? find_connection(tcp) : NULL;
}

static __always_inline struct connection *keep_connection(struct sock *sk)
{
	u64 address = (u64)sk;

	if (bpf_map_update_elem(&connection_by_address, &address, &no_connection, BPF_ANY))
		return NULL;
	return bpf_map_lookup_elem(&connection_by_address, &address);
}

/* The address may be reused. A reader that still has the connection sees `is_over`. */
static __always_inline void forget_connection(struct sock *sk)
{
	struct connection *connection = find_connection(sk);
	u64 address = (u64)sk;

	if (!connection)
		return;
	connection->is_over = 1;
	bpf_map_delete_elem(&connection_by_address, &address);
}

#else

struct { /* connections that were seen to begin, or were adopted */
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connection_of_socket SEC(".maps");

static __always_inline struct connection *find_connection(struct sock *sk)
{
	return bpf_sk_storage_get(&connection_of_socket, sk, NULL, 0);
}

/* For the packet programs. */
static __always_inline struct connection *find_connection_of(struct bpf_sock *sk)
{
	return bpf_sk_storage_get(&connection_of_socket, sk, NULL, 0);
}

static __always_inline struct connection *keep_connection(struct sock *sk)
{
	return bpf_sk_storage_get(&connection_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

#endif

#endif
