/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much payload may be read. Each pod may always read a little; what is left of a CPU's reading time
 * goes to whoever asks first. An octet takes 13 to 50 ns.
 */
#ifndef VIGIA_MINING_PAYLOAD_READING_TIME_H
#define VIGIA_MINING_PAYLOAD_READING_TIME_H

#include "lib/packets.h"
#include "lib/shares.h"

/* 30 kB a second, and 1 MB at once, where a login has less than one kB. */
#define OCTET_NS_OF_POD (1ULL << 15)
#define BURST_NS_OF_POD (32 * SECOND_NS)
/* 2 MB a second, and 500 kB at once: at most a tenth of the CPU. */
#define OCTET_NS_OF_CPU (1ULL << 9)
#define BURST_NS_OF_CPU (SECOND_NS / 4)

/* Half of a pod's time is kept for streams of which no more than this was read in vain. */
#define YOUNG_OCTETS 2048

/* Whose time a segment takes. */
struct reading_time {
	struct share *share; /* of the pod; NULL = none */
	nsec_t now_ns;
	bool is_own; /* the pod's; else what is left of the CPU's */
};

/* Time that is used up in advance. */
static __always_inline nsec_t debt_ns(nsec_t until_ns, nsec_t now_ns)
{
	return until_ns > now_ns ? until_ns - now_ns : 0;
}

/* Whether a segment may be read now. What is not read is counted. */
static __always_inline bool has_reading_time(struct cpu_state *state, u32 usage_slot, bool is_young,
                                             struct reading_time *time)
{
	nsec_t burst_ns = is_young ? BURST_NS_OF_POD : BURST_NS_OF_POD / 2;

	time->share = share_of(usage_slot);
	time->now_ns = coarse_clock_ns();
	time->is_own = time->share && debt_ns(time->share->read_until_ns, time->now_ns) < burst_ns;
	if (time->is_own || is_proof ||
	    debt_ns(state->read_until_ns, time->now_ns) < BURST_NS_OF_CPU)
		return true;
	lose_evidence(state, usage_slot, LOST_PAYLOAD__OVER_SHARE);
	return false;
}

/* Two CPUs may do so at once: then one of them has read for nothing. */
static __always_inline void use_time(nsec_t *until_ns, nsec_t now_ns, nsec_t used_ns)
{
	if (*until_ns < now_ns)
		*until_ns = now_ns;
	ADD(*until_ns, used_ns);
}

static __always_inline void use_reading_time(struct cpu_state *state,
                                             const struct reading_time *time, u32 octets)
{
	if (time->is_own)
		use_time(&time->share->read_until_ns, time->now_ns, octets * OCTET_NS_OF_POD);
	/* What pods read of their own counts as well, but only so far that it is soon made good. */
	if (debt_ns(state->read_until_ns, time->now_ns) < BURST_NS_OF_CPU)
		use_time(&state->read_until_ns, time->now_ns, octets * OCTET_NS_OF_CPU);
}

#endif
