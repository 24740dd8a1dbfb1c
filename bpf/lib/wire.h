/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every struct that user space reads, and the names of all counters. `make gen` generates the
 * TypeScript decoders from the BTF of these types, so a change here changes the interface.
 */
#ifndef VIGIA_LIB_WIRE_H
#define VIGIA_LIB_WIRE_H

#include "lib/kernel.h"

/*
 * Declares what user space needs of a type: the rows of a table, a long table that is walked in
 * place, the size of a map's value, or the names of an enum. wire.bpf.c pins these types into BTF
 * for `make gen`. In all other objects the declarations do nothing.
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

typedef u64 nsec_t;  /* nanoseconds; a point in time is CLOCK_MONOTONIC */
typedef u64 bytes_t; /* layer 3, before IP fragmentation */
typedef u64 count_t;

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_OTHER, PROTOCOLS };
WIRE_NAMES(protocol);

/*
 * Upper bounds of the waiting-time histogram: decades, and finer between 1 and 100 ms, where
 * scheduling problems show. The last bucket has no bound. Same as WAIT_BOUNDS_SECONDS in
 * src/core/usage/usage.ts.
 */
#define WAIT_BUCKETS 8
#define WAIT_BOUNDS_NS                                                                             \
	{                                                                                          \
		10000ULL, 100000ULL, 1000000ULL, 5000000ULL, 20000000ULL, 100000000ULL,            \
			1000000000ULL                                                              \
	}

/* Rows of the usage table without a cgroup. */
enum reserved_slot {
	SLOT_RETIRED,  /* usage of freed rows, so that the node's sums never step back */
	SLOT_REST,     /* usage of cgroups that are gone, or that found the table full */
	SLOT_LOOPBACK, /* loopback packets of all cgroups: network figures only */
	SLOTS_RESERVED,
};
WIRE_NAMES(reserved_slot);

/* Programs that count their runs, the busiest first, by their names in bpftool. */
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

/* Losses, as LOST_<table>__<reason>. */
enum loss {
	LOST_USAGE__TABLE_FULL, /* a cgroup got no row: counted in SLOT_REST */
	LOST_USAGE__OVER_SHARE, /* a cgroup got no row: counted in an ancestor's row */
	LOST_USAGE__LATE,       /* an event after its cgroup was gone: counted in SLOT_REST */
	LOST_CPU__MISREAD, /* a slice whose start was missed: charged by estimate or not at all */
	LOST_NETWORK__NO_SOCKET,     /* a packet without a full socket: not counted */
	LOST_NETWORK__NO_STORAGE,    /* a socket not cached for lack of memory: counted slowly */
	LOST_NETWORK__OVER_SHARE,    /* a packet of an uncached socket: share used up */
	LOST_NETWORK__BAD_HEADER,    /* a super-packet with unreadable headers: counted as one */
	LOST_TCP__NO_CGROUP,         /* an event of a socket whose cgroup is unknown */
	LOST_PATH__TRUNCATED,        /* a cgroup's path longer than PATH_BYTES */
	LOST_FLOW__TABLE_FULL,       /* a peer got no row: counted with the other peers */
	LOST_FLOW__OVER_SHARE,       /* a peer got no row: share of rows used up */
	LOST_FLOW__EVICTED,          /* an idle row that was freed: now with the other peers */
	LOST_FLOW__NO_STORAGE,       /* a connection without storage: its bytes are unknown */
	LOST_CONNECTION__OVER_SHARE, /* an untracked connection: counted when it closes */
	LOST_SETTLE__TAKEN_OVER,     /* a lock that its holder did not return */
	LOST_DNS__NO_STORAGE,        /* a query without storage: its outcome is unknown */
	LOST_DNS__OVER_SHARE, /* a query without an outcome: share of sockets or queues used up */
	LOST_DNS__CROWDED,    /* a query without an outcome: replaced by another of its socket */
	LOST_ANSWER__UNREAD,  /* an answer that was not kept: older ones were unread */
	LOST_ANSWER__OVER_SHARE,  /* an answer that was not kept: share used up */
	LOST_CLUE__UNREAD,        /* a clue that was not kept: older ones were unread */
	LOST_CLUE__OVER_SHARE,    /* a clue that was not kept: share used up */
	LOST_PAYLOAD__NO_STORAGE, /* a segment that was not read: no storage for its stream */
	LOST_PAYLOAD__OVER_SHARE, /* a segment that was not read: reading time used up */
	LOSSES,
};
WIRE_NAMES(loss);

struct traffic {
	bytes_t bytes;
	count_t packets;
};

struct cpu_usage {
	nsec_t oncpu_ns;
	nsec_t wait_ns;      /* runnable, waiting for a CPU, including throttling */
	count_t preemptions; /* involuntary switches */
	count_t wait_histogram[WAIT_BUCKETS];
	nsec_t tireless_ns; /* on-CPU time of threads that hardly ever sleep; see is_tireless */
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
	nsec_t connect_ns;    /* sum from SYN to ESTABLISHED, of connections opened by us */
	bytes_t payload_sent; /* each byte once, of ended connections */
	bytes_t payload_received;
};

/* Outcomes of a query. Resolvers treat all other codes like SERVFAIL. */
enum dns_outcome { DNS_NOERROR, DNS_NXDOMAIN, DNS_SERVFAIL, DNS_TIMEOUT, DNS_OUTCOMES };

struct dns_usage {
	count_t queries[DNS_OUTCOMES];
	nsec_t wait_ns; /* sum over the answered ones */
};

/* What one cgroup used, summed over all CPUs. */
struct usage_row {
	u64 cgroup_id; /* 0 for a reserved slot */
	u32 slot;
	u32 padding;
	nsec_t born_ns; /* start of counting */
	nsec_t died_ns; /* 0 while the cgroup exists */
	struct cpu_usage cpu;
	struct tcp_usage tcp;
	struct network_usage network;
	struct dns_usage dns;
	count_t evidence_lost; /* clues, answers, and segments that were lost */
};
_Static_assert(sizeof(struct usage_row) == 336, "usage_row has hidden padding");
WIRE_ROW(usage_row);

/* A cgroup's path from the root of the cgroup v2 hierarchy, as reported by the kernel. */
#define PATH_BYTES 480
struct path_row {
	u64 cgroup_id;
	u32 slot;
	u32 path_bytes; /* without the terminating zero; 0 = unknown */
	char path[PATH_BYTES];
};
_Static_assert(sizeof(struct path_row) == 496, "path_row has hidden padding");
WIRE_STORED(path_row);
WIRE_ROW(path_row);

enum opener { OPENER_SELF, OPENER_PEER, OPENERS };

/* Identifies a flow. For a cgroup's other peers, all fields but the cgroup are zero. */
struct flow_key {
	u64 cgroup_id;
	u8 peer[16];  /* in network byte order, IPv4 as ::ffff:a.b.c.d */
	u32 port;     /* of the service: the peer's, or ours if the peer opened */
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

/* Counters of a TCP socket, or sums over packets. */
struct flow_figures {
	struct flow_traffic sent;
	struct flow_traffic received;
	count_t retransmits; /* segments */
};

struct flow_counts {
	count_t attempts;            /* connections that we tried to open */
	count_t established;         /* opened by either side */
	count_t failures;            /* attempts that were never established */
	count_t ended;               /* established connections that have ended */
	struct flow_figures figures; /* TCP: of ended connections */
	u64 rtt_us;                  /* sum of the smoothed round-trip times of ended connections */
	count_t rtts;
	nsec_t connect_ns; /* sum from SYN to ESTABLISHED, of connections opened by us */
	count_t connect_times;
};

/* A datagram touches only the first cache line. */
struct flow_row {
	struct flow_key key;
	nsec_t born_ns;     /* distinguishes it from earlier rows in the slot */
	nsec_t unlinked_ns; /* 0 = can be found */
	u32 slot;
	u32 is_looped;  /* its datagrams stay within the network namespace */
	u8 local[16];   /* our address of the latest connection, in the format of the peer */
	u8 reached[16]; /* real destination of our latest packets if translated, else zero */
	u32 reached_port;
	u32 min_rtt_us; /* 0 = unknown */
	nsec_t used_ns; /* last sweep that found `events` changed */
	u32 events;     /* low half of the number of events at that sweep */
	u32 usage_slot;
	struct flow_counts counts;
};
_Static_assert(sizeof(struct flow_row) == 224, "flow_row has hidden padding");
WIRE_LONG_ROW(flow_row);
_Static_assert(offsetof(struct flow_row, local) == 64, "a cache line");

/* An open connection. Its figures add to those of its flow's row. */
struct connection_row {
	u64 cgroup_id;
	u32 flow_slot;
	u32 usage_slot;
	nsec_t flow_born_ns;
	struct flow_figures figures;
	u32 is_established;
	u32 padding;
	u32 rtt_us;     /* 0 = unknown */
	u32 min_rtt_us; /* 0 = unknown */
};
_Static_assert(sizeof(struct connection_row) == 80, "connection_row has hidden padding");
WIRE_LONG_ROW(connection_row);

/* A DNS answer as received, truncated to ANSWER_BYTES, from a server that the cgroup queried. */
#define ANSWER_BYTES 512
struct answer_row {
	u64 sequence; /* per CPU, from 1; 0 = being written */
	u64 cgroup_id;
	u32 cpu;
	u32 message_bytes;
	u8 message[ANSWER_BYTES];
};
_Static_assert(sizeof(struct answer_row) == 536, "answer_row has hidden padding");
WIRE_STORED(answer_row);
WIRE_ROW(answer_row);

/*
 * Samples of a cgroup's threads that flush to zero and treat denormals as zero, by rounding mode
 * (nearest, down, up, toward zero). Other threads are not counted.
 */
#define ROUNDING_MODES 4
struct footprint_row {
	u64 cgroup_id;                     /* 0 = no sample */
	count_t preempted[ROUNDING_MODES]; /* sampled after a preemption or a yield */
	count_t slept[ROUNDING_MODES];     /* sampled after sleep, or unknown */
	u32 pid;                           /* of the process sampled last */
	u32 padding;
	u8 command[16];
};
_Static_assert(sizeof(struct footprint_row) == 96, "footprint_row has hidden padding");
WIRE_STORED(footprint_row);
WIRE_ROW(footprint_row);

/* Kinds of one-time evidence. `text` is the unchecked source of the evidence. */
enum clue_kind {
	CLUE_EXEC,
	CLUE_PAYLOAD,
	CLUE_MAPPING,
	CLUE_NAME,     /* the text is a name under which a peer was requested */
	CLUE_NAMELESS, /* TLS without a server name and without ALPN */
	CLUE_DEVICE,   /* a request to write registers of a CPU; detail = the CPU */
	CLUE_SYSCTL,   /* a request to reserve huge pages; detail = the number of pages */
	CLUE_KINDS,
};
WIRE_NAMES(clue_kind);

/* Why an exec is reported: bits in the detail of a CLUE_EXEC. */
enum exec_reason {
	EXEC_WORDS,    /* a miner's words among its arguments, which are the text */
	EXEC_NAME,     /* a miner's name */
	EXEC_MEMORY,   /* its file is in memory: /tmp, /dev/shm, memfd */
	EXEC_UNLINKED, /* its file was deleted */
	EXEC_UPPER,    /* its file was written after its container was created */
	EXEC_REASONS,
};
WIRE_NAMES(exec_reason);

/* Mining dialects: bits in the detail of a CLUE_PAYLOAD. */
enum dialect {
	DIALECT_CRYPTONOTE_LOGIN,
	DIALECT_CRYPTONOTE_SUBMIT,
	DIALECT_CRYPTONOTE_KEEPALIVE,
	DIALECT_CRYPTONOTE_JOB, /* from a pool */
	DIALECT_STRATUM_CALL,
	DIALECT_STRATUM_PUSH, /* from a pool */
	DIALECT_ETHPROXY,
	DIALECT_SOLO,           /* a block template for a wallet */
	DIALECT_GETWORK,        /* over HTTP, with a miner's header */
	DIALECT_NODE_RPC,       /* the same without the header: possibly another client of a node */
	DIALECT_STRATUM_EITHER, /* a message that miners and pools both send */
	DIALECT_STRATUM_OFFER,  /* from a pool, in the headers of an HTTP response */
	DIALECTS,
};
WIRE_NAMES(dialect);

enum clue_state {
	CLUE_EMPTY, /* or being written */
	CLUE_WHOLE, /* ready to read */
	CLUE_READ,  /* a tick reads it, and frees it at its end */
};

#define CLUE_TEXT_BYTES 512
struct clue_row {
	u32 state;
	u32 slot;
	u64 cgroup_id;
	nsec_t at_ns;
	u32 cpu;
	u32 kind;
	u32 pid;    /* of the process; 0 if seen in an interrupt */
	u32 detail; /* depends on the kind */
	u8 peer[16];
	u32 port;
	u32 text_bytes;
	u32 is_received; /* CLUE_PAYLOAD: sent by the peer */
	u32 usage_slot;
	u64 amount; /* depends on the kind */
	u8 command[16];
	u8 text[CLUE_TEXT_BYTES];
};
_Static_assert(sizeof(struct clue_row) == 608, "clue_row has hidden padding");
WIRE_STORED(clue_row);
WIRE_ROW(clue_row);

/* What one CPU counted of the programs themselves. */
struct cpu_row {
	u32 cpu;
	u32 epoch; /* cache epoch: advances when rows are taken from their owners */
	count_t runs[PROGRAMS];
	count_t lost[LOSSES];
	nsec_t started_ns; /* start of counting, the same on every CPU */
	u32 hidden_levels; /* levels above the visible hierarchy: paths begin with them */
	u32 padding;
};
WIRE_ROW(cpu_row);

#endif
