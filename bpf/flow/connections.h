/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the flow row of a TCP socket, and tracks its connection within the share of its pod. */
#ifndef VIGIA_FLOW_CONNECTIONS_H
#define VIGIA_FLOW_CONNECTIONS_H

#include "flow/connection-store.h"
#include "lib/sockets.h"

#include <linux/in.h>

/* A closing socket has released skc_num, but keeps its source port. */
static __always_inline u16 local_port(const struct sock *sk)
{
	const struct inet_sock *inet = (const void *)sk;
	u16 port = READ(sk, __sk_common.skc_num);

	return port ?: __builtin_bswap16(BPF_CORE_READ(inet, inet_sport));
}

static __always_inline void read_key(const struct sock *sk, const struct connection *connection,
                                     struct flow_key *key)
{
	const struct sock_common *common = &sk->__sk_common;

	key->cgroup_id = connection->cgroup_id;
	key->protocol = IPPROTO_TCP;
	key->opener = connection->opener;
	key->port = connection->opener == OPENER_PEER ? local_port(sk)
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

/* Finds or creates the row that counts a connection. */
static __noinline int find_flow(struct cpu_state *state, const struct sock *sk,
                                struct connection *connection)
{
	struct flow_key key = {};
	struct flow_row *flow;
	bool is_new;

	read_key(sk, connection, &key);
	flow = claim_flow(state, &key, connection->usage_slot, false, &is_new);
	connection->flow_slot = flow ? flow->slot : connection->usage_slot;
	connection->flow_born_ns = flow ? flow->born_ns : 0;
	if (flow && flow->slot >= nr_slots)
		read_local(sk, flow->local);
	return 0;
}

/* Returns the row of a connection. If it was taken meanwhile, finds or creates another. */
static __always_inline struct flow_row *flow_of(struct cpu_state *state, const struct sock *sk,
                                                struct connection *connection)
{
	struct flow_row *flow = flow_at(connection->flow_slot);

	if (flow && flow->born_ns == connection->flow_born_ns && !flow->unlinked_ns)
		return flow;
	connection->usage_slot = find_slot(sk, &connection->cgroup_id);
	if (connection->usage_slot == SLOT_OUTSIDE)
		return NULL;
	find_flow(state, sk, connection);
	return flow_at(connection->flow_slot);
}

/* Whether one more connection of the pod may be tracked. */
static __always_inline bool may_track(u32 usage_slot)
{
	struct share *share = share_of(usage_slot), *all = share_of_all();

	return share && all &&
	       has_share(share->connections, all->connections, nr_connections, CONNECTION_MULTIPLE);
}

/* Tracks a connection. NULL if its cgroup is not observed, or no more may be tracked. */
static __always_inline struct connection *begin_connection(struct cpu_state *state, struct sock *sk,
                                                           enum opener opener)
{
	struct connection *connection;
	u64 cgroup_id = 0;
	u32 usage_slot = find_slot(sk, &cgroup_id);

	if (usage_slot == SLOT_OUTSIDE)
		return NULL;
	if (!may_track(usage_slot)) {
		lose(state, LOST_CONNECTION__OVER_SHARE);
		return NULL;
	}
	connection = keep_connection(sk);
	if (!connection) {
		lose(state, LOST_FLOW__NO_STORAGE);
		return NULL;
	}
	GIVE_BACK_TO_SHARE(connection, connections);
	__builtin_memset(connection, 0, sizeof(*connection));
	connection->cgroup_id = cgroup_id;
	connection->usage_slot = usage_slot;
	connection->opener = opener;
	COUNT_IN_SHARE(connection, usage_slot, connections);
	find_flow(state, sk, connection);
	return connection;
}

/* Returns the flow of an untracked connection, NULL if its cgroup is not observed. */
static __always_inline struct flow_row *flow_of_untracked(struct cpu_state *state, struct sock *sk,
                                                          enum opener opener,
                                                          struct connection *passing)
{
	__builtin_memset(passing, 0, sizeof(*passing));
	passing->opener = opener;
	passing->usage_slot = find_slot(sk, &passing->cgroup_id);
	if (passing->usage_slot == SLOT_OUTSIDE)
		return NULL;
	find_flow(state, sk, passing);
	return flow_at(passing->flow_slot);
}

/* The kernel does not record the opener. Clients usually have the higher port. */
static __always_inline enum opener likely_opener(const struct sock *sk)
{
	u16 peer_port = __builtin_bswap16(READ(sk, __sk_common.skc_dport));

	return local_port(sk) < peer_port ? OPENER_PEER : OPENER_SELF;
}

#endif
