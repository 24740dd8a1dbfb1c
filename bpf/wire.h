/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every struct that user space reads, and the names of what it counts. The TypeScript decoders are
 * generated from these types by way of BTF (make gen): a change here is a change of the wire.
 */
#ifndef VIGIA_WIRE_H
#define VIGIA_WIRE_H

#include "kernel.h"

typedef u64 nsec_t;  /* nanoseconds; of CLOCK_MONOTONIC where it names a moment */
typedef u64 bytes_t; /* layer 3, before IP fragmentation */
typedef u64 count_t;

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_OTHER, PROTOCOLS };

/*
 * Upper bounds of the waiting-time histogram, decades but for the milliseconds, where a scheduler's
 * faults show. The last bucket has no bound. Mirrored by WAIT_BOUNDS_SECONDS in src/core/usage.ts.
 */
#define WAIT_BUCKETS 8
#define WAIT_BOUNDS_NS                                                                             \
	{                                                                                          \
		10000ULL, 100000ULL, 1000000ULL, 5000000ULL, 20000000ULL, 100000000ULL,            \
			1000000000ULL                                                              \
	}

/* Rows of the usage table that no cgroup owns. */
enum reserved_slot {
	SLOT_RETIRED,  /* what reaped cgroups had used: keeps the node's sum from stepping back */
	SLOT_REST,     /* what came too late for its cgroup, or found the table full */
	SLOT_LOOPBACK, /* packets of all cgroups on a loopback device: network figures only */
	SLOTS_RESERVED,
};

/* The programs that count their runs. Names are those that bpftool shows. */
enum program {
	PROGRAM_CHARGE_SLICE,
	PROGRAM_NOTE_MOVE,
	PROGRAM_COUNT_TRANSMIT,
	PROGRAM_COUNT_RECEIVE,
	PROGRAM_COUNT_OPENING,
	PROGRAM_COUNT_RESET_SENT,
	PROGRAM_COUNT_RESET_RECEIVED,
	PROGRAM_COUNT_RETRANSMIT,
	PROGRAM_COUNT_SYNACK_RETRANSMIT,
	PROGRAM_CGROUP_BORN,
	PROGRAM_CGROUP_DIED,
	PROGRAM_REAP,
	PROGRAMS,
};

/* What may be lost, as LOST_<table>__<reason>. */
enum loss {
	LOST_USAGE__TABLE_FULL, /* a cgroup got no row: its figures went to SLOT_REST */
	LOST_USAGE__LATE,       /* an event after its cgroup was gone: went to SLOT_REST */
	LOST_CPU__MISREAD, /* a slice whose begin was not seen, charged by estimate or not at all */
	LOST_NETWORK__NO_SOCKET,  /* a packet without a full socket, not counted */
	LOST_NETWORK__NO_STORAGE, /* a socket that could not be marked: counted, but the slow way */
	LOST_NETWORK__BAD_HEADER, /* a super-packet whose headers could not be read: its first alone */
	LOST_TCP__NO_CGROUP,      /* an event of a socket whose cgroup the kernel does not tell */
	LOST_PATH__TRUNCATED,     /* a cgroup's path longer than PATH_BYTES */
	LOSSES,
};

struct traffic {
	bytes_t bytes;
	count_t packets;
};

struct cpu_usage {
	nsec_t oncpu_ns;
	nsec_t wait_ns;      /* runnable, waiting for a CPU (throttling included) */
	count_t preemptions; /* involuntary switches */
	count_t wait_histogram[WAIT_BUCKETS];
};

struct network_usage {
	struct traffic transmit[PROTOCOLS];
	struct traffic receive[PROTOCOLS];
};

struct tcp_usage {
	count_t connects;
	count_t accepts;
	count_t connect_failures;
	count_t resets;
	count_t retransmits; /* segments */
};

/* All that one cgroup used, summed over the CPUs. */
struct usage_row {
	u64 cgroup_id; /* 0 for a reserved slot */
	u32 slot;
	u32 padding;
	nsec_t born_ns; /* when counting began for it */
	nsec_t died_ns; /* 0 while it lives */
	struct cpu_usage cpu;
	struct tcp_usage tcp;
	struct network_usage network;
};
_Static_assert(sizeof(struct usage_row) == 256, "usage_row has hidden padding");

/* A cgroup's path from the root of the cgroup v2 hierarchy, as the kernel told it. */
#define PATH_BYTES 480
struct path_row {
	u64 cgroup_id;
	u32 slot;
	u32 path_bytes; /* without the closing zero; 0 = not told */
	char path[PATH_BYTES];
};
_Static_assert(sizeof(struct path_row) == 496, "path_row has hidden padding");

/* What one CPU counted of ourselves. */
struct node_row {
	u32 cpu;
	u32 padding;
	nsec_t started_ns; /* when the counters began, the same on every CPU */
	count_t runs[PROGRAMS];
	count_t lost[LOSSES];
};

#endif
