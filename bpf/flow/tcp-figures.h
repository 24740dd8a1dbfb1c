/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the counters that the kernel keeps per TCP socket. */
#ifndef VIGIA_FLOW_TCP_FIGURES_H
#define VIGIA_FLOW_TCP_FIGURES_H

#include "flow/flows.h"
#include "lib/socket-pointers.h"

#define SOCK_DONE 1 /* enum sock_flags: the peer's FIN arrived */

static __always_inline void read_figures(const struct tcp_sock *tcp, unsigned long sk_flags,
                                         const struct connection *connection,
                                         struct flow_figures *figures)
{
	u32 segs_out = READ(tcp, segs_out), segs_in = READ(tcp, segs_in);
	u64 out_wraps = connection->segs_out_wraps + (segs_out < connection->segs_out);
	u64 in_wraps = connection->segs_in_wraps + (segs_in < connection->segs_in);

	figures->sent.bytes = READ(tcp, bytes_sent) - READ(tcp, bytes_retrans);
	figures->received.bytes = READ(tcp, bytes_received);
	if (sk_flags & (1UL << SOCK_DONE))
		figures->received.bytes--;
	figures->sent.segments = (out_wraps << 32) + segs_out;
	figures->received.segments = (in_wraps << 32) + segs_in;
	figures->retransmits = READ(tcp, total_retrans);
}

static __always_inline void subtract_figures(struct flow_figures *figures,
                                             const struct flow_figures *before)
{
	figures->sent.bytes -= before->sent.bytes;
	figures->sent.segments -= before->sent.segments;
	figures->received.bytes -= before->received.bytes;
	figures->received.segments -= before->received.segments;
	figures->retransmits -= before->retransmits;
}

static __always_inline u32 min_rtt_us(const struct tcp_sock *tcp)
{
	u32 rtt_us = READ(tcp, rtt_min.s[0].v);

	return rtt_us == ~0U ? 0 : rtt_us;
}

#endif
