/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that the captures share, and how a cgroup comes by its row.
 *
 * The loader makes these maps (their sizes follow from the machine) and hands them to every object,
 * so the sizes written here are place-holders. A row is `struct usage`: a head that tells whose it
 * is, then a cell a CPU that only that CPU writes. It is a plain array, not a per-CPU one: the
 * kernel inlines the look-up, and one program may read or clear the cells of all CPUs on any kernel
 * (bpf_map_lookup_percpu_elem came with 5.19).
 */
#ifndef VIGIA_LIB_MAPS_H
#define VIGIA_LIB_MAPS_H

#include "lib/wire.h"

#include <bpf/bpf_helpers.h>

#define MAX_CPUS 1024 /* more are more than the verifier walks through in a million instructions */
#define MAX_SLOTS 32768
#define MAX_FLOWS 32768
#define MAX_CLUES 4096
#define SECOND_NS 1000000000ULL
#define SLOT_OUTSIDE (~0U) /* a cgroup that is not observed */

/* Set by the loader in each object before it is loaded. */
const volatile u32 generation;     /* programs act only while `control` names theirs */
const volatile u32 nr_cpus = 1;    /* possible CPUs */
const volatile u32 nr_slots = 1;   /* rows of the usage table */
const volatile u32 nr_flows = 1;   /* rows of the flow table */
const volatile u32 nr_answers = 1; /* rows of the answer table, of each CPU */
const volatile u32 nr_clues = 1;   /* rows of the clue table */
/* How many TCP connections are tracked at once, and how many sockets are marked. */
const volatile u32 nr_connections = 1;
const volatile u64 root_id = 1;   /* cgroup below which all is observed */
const volatile u32 hidden_levels; /* above what the node sees of the hierarchy */
const volatile u32 root_level;    /* its depth; 0 is the root of the hierarchy */
const volatile u64 retention_ns;  /* how long a dead cgroup's row stays */

struct control {
	u32 generation;
	u32 other_generation; /* that it takes over from, or hands over to; 0 = neither (hand-over.h) */
	u32 settling_round; /* key of the lock that counts */
	u32 padding;
};
WIRE_STORED(control);

/*
 * Written by the CPU itself at each switch, read from outside by the usage iterator. With the task's
 * present sum_exec_runtime the base makes what the cell will have counted if the slice ends now.
 */
struct running_slice {
	u64 task;        /* address of the running task, 0 = none of this cgroup */
	nsec_t begin_ns; /* its sum_exec_runtime at switch-in */
	nsec_t base_ns;  /* what the cell had counted then, less begin_ns */
	nsec_t moved_ns; /* sum_exec_runtime when it first left for another cgroup, 0 = it did not */
};

/* Where a slice went that was moved, in order; who moves writes, one at a time. */
#define MOVES_A_SLICE 8
struct slice_moves {
	count_t made; /* more than are kept where the last one kept was written over */
	struct slice_move {
		nsec_t at_ns; /* the task's sum_exec_runtime */
		u64 cgroup_id;
		u64 slot;
	} kept[MOVES_A_SLICE];
};

/*
 * What a pod, a service or a session has of what all cgroups share (shares.h). In the row of SLOT_REST:
 * what all have.
 */
struct share {
	u32 rows;             /* of the usage table: cgroups at and below this one */
	u32 flows;            /* rows of the flow table */
	u32 flows_found;      /* by the sweep that is under way */
	u32 connections;      /* that are tracked */
	u32 untracked;        /* connections that are not */
	u32 clues;            /* that were not read yet */
	u32 answers;          /* in this tick */
	u32 lent;             /* of all rows, those of cgroups that others than root made */
	u32 sockets;          /* that are marked */
	u32 queues;           /* of sockets with many DNS queries */
	nsec_t read_until_ns; /* when the payload that was read is made good by time */
};

/* Depths below the observed root at which rows of the usage table are shared. */
#define SHARE_DEPTHS 4

/*
 * What one CPU counted for one cgroup. All that a switch touches lies in the first cache line; the
 * counters are in the order of struct usage_row, so that they can be summed word by word.
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
	nsec_t died_ns;                   /* 0 while it lives */
	nsec_t seen_ns;                   /* when a reader first acknowledged the death */
	struct traffic deferred_transmit; /* of datagrams that were counted in their flows alone */
	struct traffic deferred_receive;
	struct network_usage contended; /* of programs that were not the sole writer: atomic adds */
	u32 share_slot;                 /* row in which its shares are kept */
	u32 holders[SHARE_DEPTHS];      /* rows of its ancestors by depth; 0 = none */
	u32 is_lent;                    /* counted so */
	struct share share;
	u32 sockets; /* that are marked as this cgroup's: what its share has of them */
	u32 padding;
	u64 more_padding;
	struct usage_cell cells[];
};
_Static_assert(sizeof(struct usage) == 256, "the head fills four cache lines");
WIRE_STORED(usage);

/* What one CPU counted of a flow that TCP keeps no books of. */
struct flow_cell {
	struct flow_traffic sent;
	struct flow_traffic received;
};
WIRE_STORED(flow_cell);

/*
 * A row that any CPU writes, with atomic adds, and a cell for each that only it writes. What the cells
 * of a flow of UDP hold was not counted elsewhere: `settle` adds it to what the flow's cgroup used.
 */
struct flow {
	struct flow_row row;
	struct flow_cell settled; /* what it added so far */
	struct flow_cell cells[];
};
_Static_assert(sizeof(struct flow) == 256, "the row fills four cache lines");
WIRE_STORED(flow);

/* What runs on a CPU since the last switch. */
struct oncpu {
	u64 task; /* 0 = idle */
	nsec_t wait_ns;
	u32 slot;
	u32 generation;  /* of the program that wrote this, 0 = no switch was seen yet */
	u16 preemptions; /* the low bits of the task's own counter: a slice adds one at most */
	u16 adding;      /* a packet program of the running task adds to sums (sole-writer.h) */
	u32 preempted;   /* thread that was preempted while it did; 0 = none */
};

/* A few cgroups that ran last on this CPU, so that most switches need no hash look-up. */
#define RECENT_CGROUPS 16
struct recent_cgroup {
	u64 cgroup_id;
	u64 slot;
};

/* Rows that a CPU writes in turn. What was not read yet is not written over. */
struct ring {
	count_t written;
	count_t marked;       /* as of when the tick began: all of these it reads */
	count_t acknowledged; /* as of the last sweep: these were read */
};

/*
 * What a CPU keeps for itself; the row is what readers see of it. All that a packet touches lies in
 * the first cache line, and most of what a switch does.
 */
struct cpu_state {
	struct oncpu on;
	struct cpu_row row;
	struct ring answers;
	nsec_t read_until_ns; /* as in struct share, of all payload that this CPU read */
	u64 handed_over[2];   /* by direction: hand-over.h */
	struct recent_cgroup recent[RECENT_CGROUPS];
	struct slice_moves moves;
};
_Static_assert(offsetof(struct cpu_state, row.runs[PROGRAM_COUNT_RECEIVE + 1]) == 64,
               "a cache line");
WIRE_STORED(cpu_state);

struct { /* key: 0 value: the generation that may act */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct control);
} control SEC(".maps");

struct { /* key: cgroup id value: its slot */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} slot_by_cgroup SEC(".maps");

struct { /* key: id of a cgroup that has no row value: the slot in which its figures are summed */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} slot_by_rowless SEC(".maps");

struct { /* key: slot value: struct usage with nr_cpus cells */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct usage);
} usage_by_slot SEC(".maps");

struct { /* key: slot value: the path of its cgroup */
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

struct { /* key: slot value: the usage slot's other peers, and above nr_slots one flow each */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct flow);
} flow_by_slot SEC(".maps");

struct { /* key: what a flow's connections have in common value: its slot */
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

struct { /* key: round value: when it was taken; a lock, which any kernel has in this form */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, nsec_t);
} settling SEC(".maps");

struct { /* key: CPU * nr_answers + place in its ring value: a DNS answer */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct answer_row);
} answer_by_slot SEC(".maps");

struct { /* key: slot value: something seen once */
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

struct { /* key: usage slot value: what its threads' floating-point units told */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct footprint_row);
} footprint_by_slot SEC(".maps");

struct { /* key: CPU value: its own state */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} state_by_cpu SEC(".maps");

#endif
