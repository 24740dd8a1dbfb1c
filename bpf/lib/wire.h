/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every struct that user space reads, and the names of what it counts. The TypeScript decoders are
 * generated from these types by way of BTF (make gen): a change here is a change of the wire.
 */
#ifndef VIGIA_LIB_WIRE_H
#define VIGIA_LIB_WIRE_H

#include "lib/kernel.h"

/*
 * Declared beside a type that user space needs: as a row of a table that it decodes, of a long table that
 * it walks in place, as what a map holds, whose size it must know, or as names. wire.bpf.c pins these types
 * into BTF, from which `make gen` makes the decoders; in all other objects they are nothing.
 */
#ifdef WIRE
#define WIRE_ROW(type) struct type *wire_row_##type
#define WIRE_LONG_ROW(type) struct type *wire_long_row_##type
#define WIRE_STORED(type) struct type *wire_stored_##type
#define WIRE_NAMES(type) enum type *wire_names_##type
#else
#define WIRE_ROW(type) struct type
#define WIRE_LONG_ROW(type) struct type
#define WIRE_STORED(type) struct type
#define WIRE_NAMES(type) _Static_assert(sizeof(enum type) == 4, "an enum of the wire")
#endif

typedef u64 nsec_t;  /* nanoseconds; of CLOCK_MONOTONIC where it names a moment */
typedef u64 bytes_t; /* layer 3, before IP fragmentation */
typedef u64 count_t;

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_OTHER, PROTOCOLS };
WIRE_NAMES(protocol);

/*
 * Upper bounds of the waiting-time histogram, decades but for the milliseconds, where a scheduler's
 * faults show. The last bucket has no bound. Mirrored by WAIT_BOUNDS_SECONDS in src/core/usage/usage.ts.
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
WIRE_NAMES(reserved_slot);

/* The programs that count their runs, the busiest first. Names are those that bpftool shows. */
enum program {
	PROGRAM_CHARGE_SLICE,
	PROGRAM_COUNT_TRANSMIT,
	PROGRAM_COUNT_RECEIVE,
	PROGRAM_NOTE_MOVE,
	PROGRAM_NOTE_RELEASE,
	PROGRAM_COUNT_OPENING,
	PROGRAM_COUNT_RESET_SENT,
	PROGRAM_COUNT_RESET_RECEIVED,
	PROGRAM_COUNT_RETRANSMIT,
	PROGRAM_COUNT_SYNACK_RETRANSMIT,
	PROGRAM_CGROUP_BORN,
	PROGRAM_CGROUP_DIED,
	PROGRAM_REAP,
	PROGRAM_TRACK_CONNECTION,
	PROGRAM_SWEEP,
	PROGRAM_SAMPLE_FPU,
	PROGRAM_SEE_EXEC,
	PROGRAM_SEE_MAPPING,
	PROGRAM_SEE_DEVICE,
	PROGRAM_SEE_SYSCTL,
	PROGRAM_SETTLE,
	PROGRAM_MARK,
	PROGRAMS,
};
WIRE_NAMES(program);

/* What may be lost, as LOST_<table>__<reason>. */
enum loss {
	LOST_USAGE__TABLE_FULL, /* a cgroup got no row: its figures went to SLOT_REST */
	LOST_USAGE__OVER_SHARE, /* a cgroup got no row: its figures are in the row of an ancestor */
	LOST_USAGE__LATE,       /* an event after its cgroup was gone: went to SLOT_REST */
	LOST_CPU__MISREAD, /* a slice whose begin was not seen, charged by estimate or not at all */
	LOST_NETWORK__NO_SOCKET,  /* a packet without a full socket, not counted */
	LOST_NETWORK__NO_STORAGE, /* a socket that could not be marked: counted, but the slow way */
	LOST_NETWORK__OVER_SHARE, /* the same of a packet, because its pod has its share of sockets */
	LOST_NETWORK__BAD_HEADER, /* a super-packet whose headers could not be read: its first alone */
	LOST_TCP__NO_CGROUP,      /* an event of a socket whose cgroup the kernel does not tell */
	LOST_PATH__TRUNCATED,     /* a cgroup's path longer than PATH_BYTES */
	LOST_FLOW__TABLE_FULL,    /* a peer got no row: counted with its cgroup's other peers */
	LOST_FLOW__OVER_SHARE,    /* the same, because its pod has more than its share of rows */
	LOST_FLOW__EVICTED,       /* a row that was idle made room: now with the other peers */
	LOST_FLOW__NO_STORAGE, /* a connection that could not be marked: its bytes are not known */
	LOST_CONNECTION__OVER_SHARE, /* a connection that is not tracked: counted when it closes */
	LOST_SETTLE__TAKEN_OVER,     /* a lock that its holder did not give back */
	LOST_DNS__NO_STORAGE,        /* a query that could not be noted: its outcome is not known */
	LOST_DNS__OVER_SHARE, /* likewise, because its pod has more than its share of sockets */
	LOST_DNS__CROWDED,    /* a query that made room for another of its socket, likewise */
	LOST_ANSWER__UNREAD, /* an answer whose names were not kept: those before it were not read */
	LOST_ANSWER__OVER_SHARE,  /* the same, because its pod had more than its share */
	LOST_CLUE__UNREAD,        /* a clue that was not kept: those before it were not read */
	LOST_CLUE__OVER_SHARE,    /* the same, because its pod had more than its share */
	LOST_PAYLOAD__NO_STORAGE, /* a segment that was not read: its stream could not be noted */
	LOST_PAYLOAD__OVER_SHARE, /* a segment that was not read: its pod's time was used up */
	LOSSES,
};
WIRE_NAMES(loss);

struct traffic {
	bytes_t bytes;
	count_t packets;
};

struct cpu_usage {
	nsec_t oncpu_ns;
	nsec_t wait_ns;      /* runnable, waiting for a CPU (throttling included) */
	count_t preemptions; /* involuntary switches */
	count_t wait_histogram[WAIT_BUCKETS];
	nsec_t tireless_ns; /* on-CPU, of threads that have hardly ever slept; see is_tireless */
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
	count_t retransmits;  /* segments */
	nsec_t connect_ns;    /* sum over those that we opened, from SYN to ESTABLISHED */
	bytes_t payload_sent; /* each byte once, of connections that ended */
	bytes_t payload_received;
};

/* How a query ended. Other codes than these are as good as SERVFAIL to a resolver. */
enum dns_outcome { DNS_NOERROR, DNS_NXDOMAIN, DNS_SERVFAIL, DNS_TIMEOUT, DNS_OUTCOMES };

struct dns_usage {
	count_t queries[DNS_OUTCOMES];
	nsec_t wait_ns; /* sum over those that were answered */
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
	struct dns_usage dns;
	count_t evidence_lost; /* clues, answers and segments beyond its share */
};
_Static_assert(sizeof(struct usage_row) == 336, "usage_row has hidden padding");
WIRE_ROW(usage_row);

/* A cgroup's path from the root of the cgroup v2 hierarchy, as the kernel told it. */
#define PATH_BYTES 480
struct path_row {
	u64 cgroup_id;
	u32 slot;
	u32 path_bytes; /* without the closing zero; 0 = not told */
	char path[PATH_BYTES];
};
_Static_assert(sizeof(struct path_row) == 496, "path_row has hidden padding");
WIRE_STORED(path_row);
WIRE_ROW(path_row);

enum opener { OPENER_SELF, OPENER_PEER, OPENERS };

/* What the connections of a flow have in common. All zero but the cgroup: its other peers. */
struct flow_key {
	u64 cgroup_id;
	u8 peer[16];  /* in network order, IPv4 as ::ffff:a.b.c.d */
	u32 port;     /* the service's: the peer's, or our own where the peer opened */
	u32 protocol; /* IPPROTO_TCP, IPPROTO_UDP, … */
	u32 opener;
	u32 padding;
};
WIRE_STORED(flow_key);

/* Payload, each byte once; segments of any kind, or datagrams. */
struct flow_traffic {
	bytes_t bytes;
	count_t segments;
};

/* What a TCP socket's own books say, or what its packets summed up to. */
struct flow_figures {
	struct flow_traffic sent;
	struct flow_traffic received;
	count_t retransmits; /* segments */
};

struct flow_counts {
	count_t attempts;            /* connections that we tried to open */
	count_t established;         /* by whomever */
	count_t failures;            /* attempts that were never established */
	count_t ended;               /* established ones that are no more */
	struct flow_figures figures; /* of TCP: of those that ended */
	u64 rtt_us;                  /* sum of the smoothed round-trip times of those that ended */
	count_t rtts;
	nsec_t connect_ns; /* sum over those that we opened, from SYN to ESTABLISHED */
	count_t connect_times;
};

/* What a datagram looks at lies in the first cache line. */
struct flow_row {
	struct flow_key key;
	nsec_t born_ns;     /* tells it from who had the slot before */
	nsec_t unlinked_ns; /* 0 = can be found */
	u32 slot;
	u32 is_looped;  /* its datagrams do not leave the machine, nor their network namespace */
	u8 local[16];   /* our address of the latest connection, as the peer's */
	u8 reached[16]; /* where our latest packets really went, if not to the peer; else zero */
	u32 reached_port;
	u32 min_rtt_us; /* 0 = not known */
	nsec_t used_ns; /* of the sweep that saw it count since the one before */
	u32 events;     /* as of that sweep, the low half */
	u32 usage_slot;
	struct flow_counts counts;
};
_Static_assert(sizeof(struct flow_row) == 224, "flow_row has hidden padding");
WIRE_LONG_ROW(flow_row);
_Static_assert(offsetof(struct flow_row, local) == 64, "a cache line");

/* A connection that is open now, on top of what its flow's row says. */
struct connection_row {
	u64 cgroup_id;
	u32 flow_slot;
	u32 usage_slot;
	nsec_t flow_born_ns;
	struct flow_figures figures;
	u32 is_established;
	u32 padding;
	u32 rtt_us;     /* 0 = not known */
	u32 min_rtt_us; /* 0 = not known */
};
_Static_assert(sizeof(struct connection_row) == 80, "connection_row has hidden padding");
WIRE_LONG_ROW(connection_row);

/* A DNS answer as it came, as far as it fits, from a server that its cgroup had asked. */
#define ANSWER_BYTES 512
struct answer_row {
	u64 sequence; /* counts those of one CPU from 1; 0 = being written */
	u64 cgroup_id;
	u32 cpu;
	u32 message_bytes;
	u8 message[ANSWER_BYTES];
};
_Static_assert(sizeof(struct answer_row) == 536, "answer_row has hidden padding");
WIRE_STORED(answer_row);
WIRE_ROW(answer_row);

/*
 * What the floating-point unit tells of a cgroup's threads: samples of those that flush to zero and
 * take denormals for zero, by rounding mode (nearest, down, up, toward zero). Others are not counted.
 */
#define ROUNDING_MODES 4
struct footprint_row {
	u64 cgroup_id;                     /* 0 = none was ever found */
	count_t preempted[ROUNDING_MODES]; /* on their way back from a preemption, or a yield */
	count_t slept[ROUNDING_MODES];     /* from sleep, or not known */
	u32 pid;                           /* of the process that was sampled last */
	u32 padding;
	u8 command[16];
};
_Static_assert(sizeof(struct footprint_row) == 96, "footprint_row has hidden padding");
WIRE_STORED(footprint_row);
WIRE_ROW(footprint_row);

/* Something that a miner would do, seen once; `text` is what it was seen in, unchecked. */
enum clue_kind {
	CLUE_EXEC,
	CLUE_PAYLOAD,
	CLUE_MAPPING,
	CLUE_NAME,     /* that a peer was asked for by: the text */
	CLUE_NAMELESS, /* TLS that says neither whom it wants nor what for */
	CLUE_DEVICE, /* registers of the processor that are to be written: the CPU in the detail */
	CLUE_SYSCTL, /* huge pages that are to be reserved: how many in the detail */
	CLUE_KINDS,
};
WIRE_NAMES(clue_kind);

/* Why a program that was started is told of: the bits in the detail of a CLUE_EXEC. */
enum exec_reason {
	EXEC_WORDS,    /* words of a miner among its arguments, which are the text */
	EXEC_NAME,     /* it is called like one */
	EXEC_MEMORY,   /* its file lies in memory: /tmp, /dev/shm, memfd */
	EXEC_UNLINKED, /* its file has no name any more */
	EXEC_UPPER,    /* its file was written after its container was made */
	EXEC_REASONS,
};
WIRE_NAMES(exec_reason);

/* What of the mining protocols was spoken: the bits in the detail of a CLUE_PAYLOAD. */
enum dialect {
	DIALECT_CRYPTONOTE_LOGIN,
	DIALECT_CRYPTONOTE_SUBMIT,
	DIALECT_CRYPTONOTE_KEEPALIVE,
	DIALECT_CRYPTONOTE_JOB, /* of a pool */
	DIALECT_STRATUM_CALL,
	DIALECT_STRATUM_PUSH, /* of a pool */
	DIALECT_ETHPROXY,
	DIALECT_SOLO,           /* a block template for a wallet */
	DIALECT_GETWORK,        /* over HTTP, with the header of a miner */
	DIALECT_NODE_RPC,       /* the same without: it may be any client of a node */
	DIALECT_STRATUM_EITHER, /* a message that a miner may send, and a pool */
	DIALECT_STRATUM_OFFER,  /* of a pool, in the head of an answer of HTTP */
	DIALECTS,
};
WIRE_NAMES(dialect);

enum clue_state {
	CLUE_EMPTY, /* or being written */
	CLUE_WHOLE, /* may be read */
	CLUE_READ,  /* a tick reads it, and frees it when it is done */
};

#define CLUE_TEXT_BYTES 512
struct clue_row {
	u32 state;
	u32 slot;
	u64 cgroup_id;
	nsec_t at_ns;
	u32 cpu;
	u32 kind;
	u32 pid;    /* of the process; 0 where an interrupt saw it */
	u32 detail; /* by kind */
	u8 peer[16];
	u32 port;
	u32 text_bytes;
	u32 is_received; /* of a CLUE_PAYLOAD: it came from the peer */
	u32 usage_slot;
	u64 amount; /* by kind */
	u8 command[16];
	u8 text[CLUE_TEXT_BYTES];
};
_Static_assert(sizeof(struct clue_row) == 608, "clue_row has hidden padding");
WIRE_STORED(clue_row);
WIRE_ROW(clue_row);

/* What one CPU counted of ourselves. */
struct cpu_row {
	u32 cpu;
	u32 epoch; /* the next begins when rows were taken from whom they belonged to */
	count_t runs[PROGRAMS];
	count_t lost[LOSSES];
	nsec_t started_ns; /* when the counters began, the same on every CPU */
	u32 hidden_levels; /* of the hierarchy, above what the node sees of it: paths begin with them */
	u32 padding;
};
WIRE_ROW(cpu_row);

#endif
