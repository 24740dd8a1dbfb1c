// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts TCP connections per cgroup, peer address, and service port.
 *
 * A packet costs nothing: the counters of the socket are read when it closes, and by the connection
 * iterator while it is open.
 */
#include "flow/connections.h"
#include "flow/tcp-figures.h"

/*
 * An untracked connection leaves no state, so only its attempt, establishment, and end are counted.
 * `untracked` counts them, so that the end of an older connection is not mistaken for one of
 * theirs.
 */
static __always_inline void attempt_untracked(struct cpu_state *state, struct sock *sk)
{
	struct connection passing;
	struct flow_row *flow = flow_of_untracked(state, sk, OPENER_SELF, &passing);
	struct share *share = share_of(passing.usage_slot);

	if (!flow || !share)
		return;
	ADD(share->untracked, 1);
	ADD(flow->counts.attempts, 1);
}

static __always_inline void establish_untracked(struct cpu_state *state, struct sock *sk)
{
	struct connection passing;
	struct flow_row *flow = flow_of_untracked(state, sk, likely_opener(sk), &passing);
	struct share *share = share_of(passing.usage_slot);

	if (!flow || !share)
		return;
	ADD(share->untracked, 1);
	ADD(flow->counts.established, 1);
}

/* Returns whether there was one. */
static __always_inline bool forget_untracked(const struct sock *sk)
{
	u64 cgroup_id = 0;
	struct share *share = share_of(find_slot(sk, &cgroup_id));

	if (!share || !share->untracked)
		return false;
	give_back(&share->untracked);
	return true;
}

static __always_inline void attempt(struct cpu_state *state, struct sock *sk)
{
	struct connection *connection = begin_connection(state, sk, OPENER_SELF);
	struct flow_row *flow = connection ? flow_at(connection->flow_slot) : NULL;

	if (!connection)
		attempt_untracked(state, sk);
	if (!flow)
		return;
	connection->opened_ns = bpf_ktime_get_ns();
	ADD(flow->counts.attempts, 1);
}

static __always_inline void establish(struct cpu_state *state, struct sock *sk, enum opener opener)
{
	struct connection *connection;
	struct usage_cell *cell;
	struct flow_row *flow;
	nsec_t connect_ns;

	connection = find_connection(sk);
	if (!connection && opener == OPENER_SELF)
		forget_untracked(sk);
	if (!connection || connection->is_over)
		connection = begin_connection(state, sk, opener);
	if (!connection)
		establish_untracked(state, sk);
	flow = connection ? flow_of(state, sk, connection) : NULL;
	if (!flow)
		return;
	connection->is_established = 1;
	ADD(flow->counts.established, 1);
	if (!connection->opened_ns)
		return;
	connect_ns = bpf_ktime_get_ns() - connection->opened_ns;
	ADD(flow->counts.connect_ns, connect_ns);
	ADD(flow->counts.connect_times, 1);
	cell = cell_of_owner(state, connection->usage_slot, connection->cgroup_id);
	if (cell)
		ADD(cell->tcp.connect_ns, connect_ns);
}

/* Adds the counters of the socket to its flow, and its payload to its cgroup. */
static __always_inline void fold(struct cpu_state *state, struct flow_row *flow, struct sock *sk,
                                 struct connection *connection)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct flow_counts *counts = &flow->counts;
	struct flow_figures figures;
	struct usage_cell *cell;
	u32 rtt_us;

	if (!tcp)
		return;
	read_figures(tcp, sk->__sk_common.skc_flags, connection, &figures);
	subtract_figures(&figures, &connection->before);
	ADD(counts->figures.sent.bytes, figures.sent.bytes);
	ADD(counts->figures.sent.segments, figures.sent.segments);
	ADD(counts->figures.received.bytes, figures.received.bytes);
	ADD(counts->figures.received.segments, figures.received.segments);
	ADD(counts->figures.retransmits, figures.retransmits);
	cell = cell_of_owner(state, connection->usage_slot, connection->cgroup_id);
	if (cell) {
		ADD(cell->tcp.payload_sent, figures.sent.bytes);
		ADD(cell->tcp.payload_received, figures.received.bytes);
	}
	if (!tcp->srtt_us)
		return;
	ADD(counts->rtt_us, tcp->srtt_us >> 3);
	ADD(counts->rtts, 1);
	rtt_us = min_rtt_us(tcp);
	if (rtt_us && (!flow->min_rtt_us || rtt_us < flow->min_rtt_us))
		flow->min_rtt_us = rtt_us;
}

#define CONNECTED                                                                                  \
	(IN(TCP_ESTABLISHED) | IN(TCP_FIN_WAIT1) | IN(TCP_FIN_WAIT2) | IN(TCP_CLOSE_WAIT) |        \
	 IN(TCP_LAST_ACK) | IN(TCP_CLOSING))

static __always_inline void end_untracked(struct cpu_state *state, struct sock *sk, int from)
{
	bool fails = from == TCP_SYN_SENT;
	struct connection passing;
	struct flow_row *flow;

	if (!fails && !(IN(from & 31) & CONNECTED))
		return;
	if (!forget_untracked(sk))
		return;
	flow = flow_of_untracked(state, sk, fails ? OPENER_SELF : likely_opener(sk), &passing);
	if (!flow)
		return;
	if (fails) {
		ADD(flow->counts.failures, 1);
		return;
	}
	fold(state, flow, sk, &passing);
	ADD(flow->counts.ended, 1);
}

static __always_inline void end(struct cpu_state *state, struct sock *sk, int from)
{
	struct connection *connection;
	struct flow_row *flow;

	connection = find_connection(sk);
	if (!connection) {
		end_untracked(state, sk, from);
		return;
	}
	if (connection->is_over)
		return;
	connection->is_over = 1; /* deleting it from the socket costs more than its memory */
	GIVE_BACK_TO_SHARE(connection, connections);
	flow = flow_of(state, sk, connection);
	if (flow) {
		fold(state, flow, sk, connection);
		if (connection->is_established)
			ADD(flow->counts.ended, 1);
		else
			ADD(flow->counts.failures, 1);
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(track_connection, struct sock *sk, int from, int to)
{
	bool opens = from == TCP_CLOSE && to == TCP_SYN_SENT;
	bool establishes = to == TCP_ESTABLISHED && (from == TCP_SYN_SENT || from == TCP_SYN_RECV);
	struct cpu_state *state;

	if (sk->sk_protocol != IPPROTO_TCP || !(opens || establishes || to == TCP_CLOSE))
		return 0;
	state = begin_run(PROGRAM_TRACK_CONNECTION);
	if (!state)
		return 0;
	if (opens)
		attempt(state, sk);
	else if (establishes)
		establish(state, sk,
		          from == TCP_SYN_SENT || has_dialed(sk) ? OPENER_SELF : OPENER_PEER);
	else
		end(state, sk, from);
	return 0;
}

#define SOCK_STREAM 1
static __always_inline bool is_adoptable(const struct sock *sk)
{
	return READ(sk, sk_type) == SOCK_STREAM && READ(sk, sk_protocol) == IPPROTO_TCP &&
	       IN(READ(sk, __sk_common.skc_state) & 31) & CONNECTED;
}

/*
 * Adopts the connections that existed before the load. The loader reads it after the programs have
 * started to count.
 */
SEC("iter/task_file")
int adopt_connections(struct bpf_iter__task_file *ctx)
{
	struct cpu_state *state = this_cpu_state();
	struct file *file = ctx->file;
	struct connection *connection;
	struct flow_row *flow;
	struct tcp_sock *tcp;
	struct sock *sk;

	if (!state || !file)
		return 0;
	sk = socket_of_file(file);
	if (!sk || !is_adoptable(sk) || find_connection(sk))
		return 0;
	tcp = tcp_sock_of(sk);
	connection = tcp ? begin_connection(state, sk, likely_opener(sk)) : NULL;
	flow = connection ? flow_at(connection->flow_slot) : NULL;
	if (!flow)
		return 0;
	read_figures(tcp, READ(sk, __sk_common.skc_flags), connection, &connection->before);
	connection->is_established = 1;
	ADD(flow->counts.established, 1);
	return 0;
}

#ifdef CONNECTIONS_BY_ADDRESS
/* Runs in any generation: a destroyed socket is gone for all of them. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(forget_socket, struct sock *sk)
{
	forget_connection(sk);
	return 0;
}
#endif

char LICENSE[] SEC("license") = "GPL";
