// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges TCP events to the cgroup of the socket. Most of them occur in an interrupt, so the
 * current task is unrelated.
 */
#include "lib/sockets.h"

#include <linux/in.h>

/* Not full sockets: only their common part may be read. */
#define MINI_SOCKETS (IN(TCP_TIME_WAIT) | IN(TCP_NEW_SYN_RECV))
/* States before and after an established connection. */
#define NOT_ESTABLISHED (MINI_SOCKETS | IN(TCP_LISTEN) | IN(TCP_SYN_SENT) | IN(TCP_SYN_RECV))

static __always_inline bool is_in(const struct sock *sk, u32 states)
{
	return IN(sk->__sk_common.skc_state & 31) & states;
}

/* Counts a run, and returns the counters of the socket's cgroup. */
static __always_inline struct tcp_usage *tcp_of(enum program program, const struct sock *sk)
{
	struct cpu_state *state = begin_run(program);
	struct usage_cell *cell;

	if (!state)
		return NULL;
	cell = cell_of(state, slot_of_socket(state, sk));
	return cell ? &cell->tcp : NULL;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(count_opening, const struct sock *sk, int from, int to)
{
	bool opens = from == TCP_CLOSE && to == TCP_SYN_SENT;
	bool fails = from == TCP_SYN_SENT && to == TCP_CLOSE;
	bool accepts = from == TCP_SYN_RECV && to == TCP_ESTABLISHED && !has_dialed(sk);
	struct tcp_usage *tcp;

	if (sk->sk_protocol != IPPROTO_TCP || !(opens || fails || accepts))
		return 0;
	tcp = tcp_of(PROGRAM_COUNT_OPENING, sk);
	if (!tcp)
		return 0;
	if (opens)
		ADD(tcp->connects, 1);
	else if (fails)
		ADD(tcp->connect_failures, 1);
	else
		ADD(tcp->accepts, 1);
	return 0;
}

/* CLOSE counts here: a process that closes with unread data resets from that state. */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(count_reset_sent, const struct sock *sk)
{
	struct tcp_usage *tcp;

	if (!sk || is_in(sk, NOT_ESTABLISHED))
		return 0;
	tcp = tcp_of(PROGRAM_COUNT_RESET_SENT, sk);
	if (tcp)
		ADD(tcp->resets, 1);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(count_reset_received, const struct sock *sk)
{
	struct tcp_usage *tcp;

	if (is_in(sk, NOT_ESTABLISHED | IN(TCP_CLOSE)))
		return 0;
	tcp = tcp_of(PROGRAM_COUNT_RESET_RECEIVED, sk);
	if (tcp)
		ADD(tcp->resets, 1);
	return 0;
}

/* One call may send several segments, by which total_retrans grows (__tcp_retransmit_skb). */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(count_retransmit, const struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_skb_cb *segment = (void *)__builtin_preserve_access_index(&skb->cb);
	struct tcp_usage *tcp = tcp_of(PROGRAM_COUNT_RETRANSMIT, sk);
	u16 segments = 0;

	if (!tcp)
		return 0;
	bpf_core_read(&segments, sizeof(segments), &segment->tcp_gso_segs);
	ADD(tcp->retransmits, segments ?: 1);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(count_synack_retransmit, const struct sock *listener)
{
	struct tcp_usage *tcp = tcp_of(PROGRAM_COUNT_SYNACK_RETRANSMIT, listener);

	if (tcp)
		ADD(tcp->retransmits, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
