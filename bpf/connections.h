/* SPDX-License-Identifier: GPL-2.0-only */
/* From a TCP socket to the row of the flow that it is a part of. */
#ifndef VIGIA_CONNECTIONS_H
#define VIGIA_CONNECTIONS_H

#include "flows.h"
#include "sockets.h"

#include <linux/in.h>

#define AF_INET6 10

struct { /* the connections that we saw begin, or found */
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connection_of_socket SEC(".maps");

/* As IPv6 has it: ::ffff:a.b.c.d. */
static __always_inline void write_ipv4(u8 *octets, u32 address)
{
	__builtin_memset(octets, 0, 10);
	octets[10] = 0xff;
	octets[11] = 0xff;
	__builtin_memcpy(&octets[12], &address, sizeof(address));
}

static __always_inline void read_key(const struct sock *sk, const struct connection *connection,
                                     struct flow_key *key)
{
	const struct sock_common *common = &sk->__sk_common;

	key->cgroup_id = connection->cgroup_id;
	key->protocol = IPPROTO_TCP;
	key->opener = connection->opener;
	key->port = connection->opener == OPENER_PEER ? common->skc_num
	                                              : __builtin_bswap16(common->skc_dport);
	if (common->skc_family == AF_INET6)
		bpf_core_read(key->peer, sizeof(key->peer), &common->skc_v6_daddr);
	else
		write_ipv4(key->peer, common->skc_daddr);
}

static __always_inline void read_local(const struct sock *sk, u8 *octets)
{
	const struct sock_common *common = &sk->__sk_common;

	if (common->skc_family == AF_INET6)
		bpf_core_read(octets, 16, &common->skc_v6_rcv_saddr);
	else
		write_ipv4(octets, common->skc_rcv_saddr);
}

/* Gives a flow its row, made ready before anyone can find it. */
static __noinline int new_flow(struct node *node, const struct flow_key *key, u32 usage_slot)
{
	struct flow_row *flow;
	u32 slot, *found;

	if (bpf_map_pop_elem(&free_flows, &slot))
		goto full;
	flow = flow_at(slot);
	if (!flow)
		goto full;
	flow->key = *key;
	flow->slot = slot;
	flow->usage_slot = usage_slot;
	flow->unlinked_ns = 0;
	flow->min_rtt_us = 0;
	flow->events = 0;
	flow->used_ns = bpf_ktime_get_ns();
	flow->born_ns = flow->used_ns;
	if (!bpf_map_update_elem(&slot_by_flow, key, &slot, BPF_NOEXIST))
		return slot;

	/* Another CPU was quicker, or the kernel found no room. */
	flow->born_ns = 0;
	bpf_map_push_elem(&free_flows, &slot, 0);
	found = bpf_map_lookup_elem(&slot_by_flow, key);
	if (found)
		return *found;
full:
	lose(node, LOST_FLOW__TABLE_FULL);
	return usage_slot;
}

/* Finds or makes the row that a connection counts in. */
static __noinline int find_flow(struct node *node, const struct sock *sk,
                                struct connection *connection)
{
	struct flow_key key = {};
	struct flow_row *flow;
	u32 *slot;

	connection->flow_slot = connection->usage_slot;
	if (connection->usage_slot >= SLOTS_RESERVED) {
		read_key(sk, connection, &key);
		slot = bpf_map_lookup_elem(&slot_by_flow, &key);
		connection->flow_slot = slot ? *slot : new_flow(node, &key, connection->usage_slot);
	}
	flow = connection->flow_slot < nr_slots
	               ? other_peers(connection->usage_slot, connection->cgroup_id)
	               : flow_at(connection->flow_slot);
	connection->flow_born_ns = flow ? flow->born_ns : 0;
	if (flow && flow->slot >= nr_slots)
		read_local(sk, flow->local);
	return 0;
}

/* The row of a connection, found anew where it was given away meanwhile. */
static __always_inline struct flow_row *flow_of(struct node *node, const struct sock *sk,
                                                struct connection *connection)
{
	struct flow_row *flow = flow_at(connection->flow_slot);

	if (flow && flow->born_ns == connection->flow_born_ns && !flow->unlinked_ns)
		return flow;
	connection->usage_slot = find_slot(sk, &connection->cgroup_id);
	if (connection->usage_slot == SLOT_OUTSIDE)
		return NULL;
	find_flow(node, sk, connection);
	return flow_at(connection->flow_slot);
}

static __always_inline struct connection *begin_connection(struct node *node, struct sock *sk,
                                                           enum opener opener)
{
	struct connection *connection;
	u64 cgroup_id = 0;
	u32 usage_slot = find_slot(sk, &cgroup_id);

	if (usage_slot == SLOT_OUTSIDE)
		return NULL;
	connection =
		bpf_sk_storage_get(&connection_of_socket, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!connection) {
		lose(node, LOST_FLOW__NO_STORAGE);
		return NULL;
	}
	__builtin_memset(connection, 0, sizeof(*connection));
	connection->cgroup_id = cgroup_id;
	connection->usage_slot = usage_slot;
	connection->opener = opener;
	find_flow(node, sk, connection);
	return connection;
}

#endif
