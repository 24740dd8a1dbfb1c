/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where connections are kept: at their sockets, or, before 8e4597c627fb (5.11) let tracing programs
 * have storage there, by the addresses of their sockets. Either way one that ended stays as long as
 * its socket.
 */
#ifndef VIGIA_FLOW_CONNECTION_STORE_H
#define VIGIA_FLOW_CONNECTION_STORE_H

#include "flow/flows.h"

#ifdef CONNECTIONS_BY_ADDRESS

/*
 * Not preallocated: what is deleted keeps its memory until nobody looks at it any more (RCU), and
 * only sockets that are there take any.
 */
struct { /* key: address of the socket value: the connection */
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

/* The address will be another socket's. Whoever still reads what was kept must not believe it. */
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

struct { /* the connections that we saw begin, or found */
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
