/* SPDX-License-Identifier: GPL-2.0-only */
/* From a TCP socket to the row of the flow that it is a part of. */
#ifndef VIGIA_CONNECTIONS_H
#define VIGIA_CONNECTIONS_H

#include "connection-store.h"
#include "sockets.h"

#include <linux/in.h>

static __always_inline void read_key(const struct sock *sk, const struct connection *connection,
                                     struct flow_key *key)
{
	const struct sock_common *common = &sk->__sk_common;

	key->cgroup_id = connection->cgroup_id;
	key->protocol = IPPROTO_TCP;
	key->opener = connection->opener;
	key->port = connection->opener == OPENER_PEER ? READ(common, skc_num)
	                                              : __builtin_bswap16(READ(common, skc_dport));
	if (READ(common, skc_family) == AF_INET6)
		bpf_core_read(key->peer, sizeof(key->peer), &common->skc_v6_daddr);
	else
		write_ipv4(key->peer, READ(common, skc_daddr));
}

static __always_inline void read_local(const struct sock *sk, u8 *octets)
{
	const struct sock_common *common = &sk->__sk_common;

	if (READ(common, skc_family) == AF_INET6)
		bpf_core_read(octets, 16, &common->skc_v6_rcv_saddr);
	else
		write_ipv4(octets, READ(common, skc_rcv_saddr));
}

/* Finds or makes the row that a connection counts in. */
static __noinline int find_flow(struct node *node, const struct sock *sk,
                                struct connection *connection)
{
	struct flow_key key = {};
	struct flow_row *flow;
	bool is_new;

	read_key(sk, connection, &key);
	flow = claim_flow(node, &key, connection->usage_slot, false, &is_new);
	connection->flow_slot = flow ? flow->slot : connection->usage_slot;
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
	connection = keep_connection(sk);
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
