/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits how much payload is read. Each pod may always read a little; the rest of a CPU's reading
 * time goes to any pod, first come, first served. Reading an octet takes 13 to 50 ns.
 */
#ifndef VIGIA_MINING_PAYLOAD_READING_TIME_H
#define VIGIA_MINING_PAYLOAD_READING_TIME_H

#include "lib/packets.h"
#include "lib/shares.h"

/* 30 kB/s, in bursts of up to 1 MB. A login has less than 1 kB. */
#define OCTET_NS_OF_POD (1ULL << 15)
#define BURST_NS_OF_POD (32 * SECOND_NS)
/* 2 MB/s, in bursts of up to 500 kB: at most a tenth of the CPU. */
#define OCTET_NS_OF_CPU (1ULL << 9)
#define BURST_NS_OF_CPU (SECOND_NS / 4)

/* Half of a pod's time is reserved for streams of which at most this was read in vain. */
#define YOUNG_OCTETS 2048

/* The time that pays for a segment. */
struct reading_time {
	struct share *share; /* of the pod; NULL = none */
	nsec_t now_ns;
	bool is_own; /* the pod's own, otherwise the rest of the CPU's */
};

/* Time that is used up in advance. */
static __always_inline nsec_t debt_ns(nsec_t until_ns, nsec_t now_ns)
{
	return until_ns > now_ns ? until_ns - now_ns : 0;
}

/* Whether a segment may be read now. Otherwise it is counted as lost. */
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

/* If two CPUs do this at once, the time of one of them is not counted. */
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
	/* A pod's own reading counts too, but only up to a debt that is soon paid off. */
	if (debt_ns(state->read_until_ns, time->now_ns) < BURST_NS_OF_CPU)
		use_time(&state->read_until_ns, time->now_ns, octets * OCTET_NS_OF_CPU);
}

#endif
