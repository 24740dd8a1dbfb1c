/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that all captures share.
 *
 * The loader creates them, because their sizes depend on the machine, and reuses them in each
 * object. The sizes here are placeholders. A row of the usage table is `struct usage`: a head that
 * names the owner, then one cell per CPU that only this CPU writes. The map is a plain array and
 * not a per-CPU one: the kernel inlines the lookup, and one program can read or clear the cells of
 * all CPUs on any kernel (bpf_map_lookup_percpu_elem needs 5.19).
 */
#ifndef VIGIA_LIB_MAPS_H
#define VIGIA_LIB_MAPS_H

#include "lib/wire.h"

#include <bpf/bpf_helpers.h>

#define MAX_CPUS 1024 /* the verifier's limit of a million instructions allows no more */
#define MAX_SLOTS 32768
#define MAX_FLOWS 32768
#define MAX_CLUES 4096
#define SECOND_NS 1000000000ULL
#define SLOT_OUTSIDE (~0U) /* a cgroup that is not observed */

/* Set by the loader in each object before the load. */
const volatile u32 generation;     /* programs act only while `control` holds the same */
const volatile u32 nr_cpus = 1;    /* possible CPUs */
const volatile u32 nr_slots = 1;   /* rows of the usage table */
const volatile u32 nr_flows = 1;   /* rows of the flow table */
const volatile u32 nr_answers = 1; /* rows of the answer table, per CPU */
const volatile u32 nr_clues = 1;   /* rows of the clue table */
/* Maximum number of tracked TCP connections, and of cached sockets. */
const volatile u32 nr_connections = 1;
const volatile u64 root_id = 1;   /* the cgroup below which everything is observed */
const volatile u32 hidden_levels; /* levels above what the node sees of the hierarchy */
const volatile u32 root_level;    /* depth of the observed root; 0 is the root of the hierarchy */
const volatile u64 retention_ns;  /* how long the row of a deleted cgroup stays */

struct control {
	u32 generation;
	u32 other_generation; /* the other side of a hand-over (hand-over.h); 0 = none */
	u32 settling_round;   /* key of the lock in force */
	u32 padding;
};
WIRE_STORED(control);

/*
 * Written by its CPU at each switch, read by the usage iterator. Base plus the task's current
 * sum_exec_runtime is what the cell will have counted if the slice ends now.
 */
struct running_slice {
	u64 task;        /* address of the running task; 0 = none of this cgroup */
	nsec_t begin_ns; /* its sum_exec_runtime at switch-in */
	nsec_t base_ns;  /* what the cell had counted at switch-in, minus begin_ns */
	nsec_t moved_ns; /* sum_exec_runtime at the first move to another cgroup; 0 = none */
};

/* Destinations of a slice whose task moved, in order. The kernel serializes moves. */
#define MOVES_A_SLICE 8
struct slice_moves {
	count_t made; /* beyond the kept ones, the last one kept was overwritten */
	struct slice_move {
		nsec_t at_ns; /* the task's sum_exec_runtime */
		u64 cgroup_id;
		u64 slot;
	} kept[MOVES_A_SLICE];
};

/*
 * What a pod, service, or session holds of the shared resources (shares.h). The row of SLOT_REST
 * holds the totals.
 */
struct share {
	u32 rows;             /* of the usage table: cgroups at and below this one */
	u32 flows;            /* rows of the flow table */
	u32 flows_found;      /* by the current sweep */
	u32 connections;      /* tracked connections */
	u32 untracked;        /* untracked connections */
	u32 clues;            /* unread clues */
	u32 answers;          /* answers in this tick */
	u32 lent;             /* of all rows, those of cgroups not created by root */
	u32 sockets;          /* cached sockets */
	u32 queues;           /* queues for sockets with many DNS queries */
	nsec_t read_until_ns; /* the time at which the payload read so far is paid for */
};

/* Depths below the observed root at which rows of the usage table are shared. */
#define SHARE_DEPTHS 4

/*
 * What one CPU counted for one cgroup. A switch touches only the first cache line. The counters are
 * in the order of struct usage_row, so that they can be summed word by word.
 */
struct usage_cell {
	struct running_slice running;
	struct cpu_usage cpu;
	struct tcp_usage tcp;
	struct network_usage network;
	struct dns_usage dns;
	count_t evidence_lost;
	u64 padding[6];
};
_Static_assert(sizeof(struct usage_cell) == 384, "a cell fills six cache lines");
WIRE_STORED(usage_cell);
#define COUNTER_WORDS ((sizeof(struct usage_row) - offsetof(struct usage_row, cpu)) / 8)

struct usage {
	u64 cgroup_id; /* for readers; 0 = the slot is free */
	u64 owner;     /* for writers; 0 = no longer charged */
	nsec_t born_ns;
	nsec_t died_ns;                   /* 0 while the cgroup exists */
	nsec_t seen_ns;                   /* first opening of `reap` after the death */
	struct traffic deferred_transmit; /* datagrams that were counted only in their flows */
	struct traffic deferred_receive;
	struct network_usage contended; /* atomic adds of programs that were not the sole writer */
	u32 share_slot;                 /* the row that holds its shares */
	u32 holders[SHARE_DEPTHS];      /* rows of its ancestors by depth; 0 = none */
	u32 is_lent;                    /* counted in `lent` */
	struct share share;
	u32 sockets; /* cached sockets of this cgroup, part of its share */
	u32 padding;
	u64 more_padding;
	struct usage_cell cells[];
};
_Static_assert(sizeof(struct usage) == 256, "the head fills four cache lines");
WIRE_STORED(usage);

/* What one CPU counted of a flow for which the kernel keeps no counters. */
struct flow_cell {
	struct flow_traffic sent;
	struct flow_traffic received;
};
WIRE_STORED(flow_cell);

/*
 * A row that any CPU writes with atomic adds, and one cell per CPU that only this CPU writes. Cells
 * of UDP flows were not counted elsewhere: `settle` adds them to the usage of the cgroup.
 */
struct flow {
	struct flow_row row;
	struct flow_cell settled; /* what `settle` added so far */
	struct flow_cell cells[];
};
_Static_assert(sizeof(struct flow) == 256, "the row fills four cache lines");
WIRE_STORED(flow);

/* The task on a CPU since the last switch. */
struct oncpu {
	u64 task; /* 0 = idle */
	nsec_t wait_ns;
	u32 slot;
	u32 generation;  /* of the program that wrote this; 0 = no switch was seen yet */
	u16 preemptions; /* low bits of the task's counter: a slice adds at most one */
	u16 adding;    /* a packet program of the running task is adding to sums (sole-writer.h) */
	u32 preempted; /* thread that was preempted while adding; 0 = none */
};

/* The cgroups that ran last on this CPU, so that most switches need no hash lookup. */
#define RECENT_CGROUPS 16
struct recent_cgroup {
	u64 cgroup_id;
	u64 slot;
};

/* Rows that a CPU writes in turn. Unread rows are not overwritten. */
struct ring {
	count_t written;
	count_t marked;       /* at the start of the tick, which reads up to here */
	count_t acknowledged; /* at the last sweep: rows up to here were read */
};

/*
 * State of one CPU; readers see its `row`. The first cache line has all that a packet touches, and
 * most of what a switch touches.
 */
struct cpu_state {
	struct oncpu on;
	struct cpu_row row;
	struct ring answers;
	nsec_t read_until_ns; /* as in struct share, for all payload that this CPU reads */
	u64 handed_over[2];   /* packet address by direction: hand-over.h */
	struct recent_cgroup recent[RECENT_CGROUPS];
	struct slice_moves moves;
};
_Static_assert(offsetof(struct cpu_state, row.runs[PROGRAM_COUNT_RECEIVE + 1]) == 64,
               "a cache line");
WIRE_STORED(cpu_state);

struct { /* key: 0; value: the active generation */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct control);
} control SEC(".maps");

struct { /* key: cgroup ID; value: its slot */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} slot_by_cgroup SEC(".maps");

struct { /* key: ID of a cgroup without a row; value: the slot that counts it */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} slot_by_rowless SEC(".maps");

struct { /* key: slot; value: struct usage with nr_cpus cells */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct usage);
} usage_by_slot SEC(".maps");

struct { /* key: slot; value: path of its cgroup */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct path_row);
} path_by_slot SEC(".maps");

struct { /* a queue, because taking from it is atomic on every kernel */
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, u32);
} free_slots SEC(".maps");

struct { /* key: slot; value: other peers of the usage slot, from nr_slots on one flow each */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct flow);
} flow_by_slot SEC(".maps");

struct { /* key: flow key; value: its slot */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, u32);
} slot_by_flow SEC(".maps");

struct { /* as free_slots */
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, u32);
} free_flows SEC(".maps");

struct { /* key: round; value: when it was taken; a lock that works on every kernel */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, nsec_t);
} settling SEC(".maps");

struct { /* key: CPU * nr_answers + position in the ring; value: a DNS answer */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct answer_row);
} answer_by_slot SEC(".maps");

struct { /* key: slot; value: a clue */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct clue_row);
} clue_by_slot SEC(".maps");

struct { /* as free_slots */
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, u32);
} free_clues SEC(".maps");

struct { /* key: usage slot; value: floating-point samples of its threads */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct footprint_row);
} footprint_by_slot SEC(".maps");

struct { /* key: CPU; value: its state */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} state_by_cpu SEC(".maps");

#endif
