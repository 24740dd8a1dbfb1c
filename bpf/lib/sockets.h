/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the slot of a socket's cgroup, for the tracing programs. */
#ifndef VIGIA_LIB_SOCKETS_H
#define VIGIA_LIB_SOCKETS_H

#include "lib/cgroups.h"
#include "lib/socket-pointers.h"

/* include/net/tcp_states.h */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};
#define IN(state) (1U << (state))

/*
 * Whether a socket that changes from SYN_RECV to ESTABLISHED had sent the first SYN: a simultaneous
 * open, or a connection to itself. A socket of a listener has no file yet, or is already accepted
 * (TCP Fast Open).
 */
static __always_inline bool has_dialed(const struct sock *sk)
{
	struct socket *file = READ(sk, sk_socket);

	return file && READ(file, state) != SS_CONNECTED;
}

static __always_inline struct cgroup *cgroup_of(const struct sock *sk)
{
	struct sock___tagged *old = (void *)sk;
	struct cgroup *cgroup = NULL;
	u64 tagged = 0;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return READ(sk, sk_cgrp_data.cgroup);
	/* The two low bits are set if the value is a cgroup v1 class, and not a pointer. */
	bpf_core_read(&tagged, sizeof(tagged), &old->sk_cgrp_data.val);
	if (!(tagged & 3))
		cgroup = (struct cgroup *)tagged;
	return cgroup;
}

/*
 * The same as slot_of, but creates no row: a socket is older than its first event, and its cgroup
 * is older than the socket.
 */
static __always_inline u32 find_slot(const struct sock *sk, u64 *cgroup_id)
{
	struct cgroup *cgroup = cgroup_of(sk);
	u32 *slot;

	*cgroup_id = BPF_CORE_READ(cgroup, kn, id);
	slot = known_slot(cgroup_id);
	if (slot)
		return *slot;
	return *cgroup_id && !is_observed_at(cgroup) ? SLOT_OUTSIDE : SLOT_REST;
}

static __always_inline u32 slot_of_socket(struct cpu_state *state, const struct sock *sk)
{
	u64 id = 0;
	u32 slot = find_slot(sk, &id);

	if (slot == SLOT_REST)
		lose(state, id ? LOST_USAGE__LATE : LOST_TCP__NO_CGROUP);
	return slot;
}

#endif
