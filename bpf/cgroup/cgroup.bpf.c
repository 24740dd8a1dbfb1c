// SPDX-License-Identifier: GPL-2.0-only
/*
 * Births and deaths of cgroups: gives each its row and its path, and takes the row away when a
 * reader has had the time to see the last figures.
 *
 * The reader has no privilege, so it cannot delete. Opening a file is its acknowledgement: each
 * opening of `reap` takes every dead row one step further. First it is seen; after the retention it
 * is unlinked, so that nothing new is charged to it; at the next opening, when whoever had found it
 * before is long done, its figures move to the retired row and the slot is free again.
 */
#include "lib/cgroups.h"
#include "lib/cache-epoch.h"
#include "flow/flows.h"

/* All but the running slice. */
#define CELL_WORDS ((sizeof(struct usage_cell) - offsetof(struct usage_cell, cpu)) / 8)

static __always_inline void tell_path(struct cpu_state *state, u32 slot, const char *reader)
{
	struct path_row *path = bpf_map_lookup_elem(&path_by_slot, &slot);
	long bytes;

	if (!path || path->path_bytes)
		return;
	bytes = bpf_probe_read_kernel_str(path->path, sizeof(path->path), reader);
	if (bytes <= 0)
		return;
	path->path_bytes = bytes - 1;
	if (bytes == PATH_BYTES)
		lose(state, LOST_PATH__TRUNCATED);
}

/* Whether a row is a cgroup's own. */
static __always_inline bool is_of(u32 slot, u64 id)
{
	struct usage *usage = usage_at(slot);

	return usage && usage->owner == id;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_born, struct cgroup *cgroup, const char *path)
{
	struct cpu_state *state;
	u32 slot;

	if (cgroup->root->hierarchy_id != 0)
		return 0;
	state = begins(PROGRAM_CGROUP_BORN);
	if (!state)
		return 0;
	slot = slot_of(state, cgroup);
	if (slot >= SLOTS_RESERVED && is_of(slot, cgroup->kn->id))
		tell_path(state, slot, path);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_died, struct cgroup *cgroup, const char *path)
{
	u64 id = cgroup->kn->id;
	struct usage *usage;
	struct cpu_state *state;
	u32 *slot;

	if (cgroup->root->hierarchy_id != 0)
		return 0;
	state = begins(PROGRAM_CGROUP_DIED);
	if (!state)
		return 0;
	slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);
	usage = slot ? usage_at(*slot) : NULL;
	if (!usage) {
		bpf_map_delete_elem(&slot_by_rowless, &id);
		return 0;
	}
	tell_path(state, *slot, path);
	usage->died_ns = bpf_ktime_get_ns();
	return 0;
}

/* These are global, so that the verifier looks at them once and not once a CPU or a slot. */
__noinline int forget_on(u32 cpu, u64 id)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);
	struct recent_cgroup *recent;

	if (!state)
		return 0;
	recent = &state->recent[id % RECENT_CGROUPS];
	if (recent->cgroup_id == id)
		recent->cgroup_id = 0;
	return 0;
}

__noinline int retire_cell(u32 slot, u32 cpu)
{
	struct usage *usage = usage_at(slot), *retired = usage_at(SLOT_RETIRED);
	struct usage_cell *from, *to;

	if (!usage || !retired)
		return 0;
	from = cell_at(usage, cpu);
	to = cell_at(retired, cpu);
	if (!from || !to)
		return 0;
#pragma unroll
	for (u32 i = 0; i < CELL_WORDS; i++) {
		((u64 *)&to->cpu)[i] += ((u64 *)&from->cpu)[i];
		((u64 *)&from->cpu)[i] = 0;
	}
	return 0;
}

__noinline int retire_other_peers(u32 slot)
{
	struct flow *flow = bpf_map_lookup_elem(&flow_by_slot, &slot);
	struct flow_row *retired = other_peers(SLOT_RETIRED, 0);

	if (flow && retired && flow->row.born_ns)
		move_flow(flow, retired);
	return 0;
}

/* A task that was moved away may still run the slice that it began here: it closes in this row. */
static __always_inline bool is_running(struct usage *usage)
{
	for (u32 cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct usage_cell *cell = cell_at(usage, cpu);

		if (!cell)
			break;
		if (cell->running.task)
			return true;
	}
	return false;
}

/* Who closes a socket of it later finds that it is no longer its own. */
static __always_inline void give_back_places(struct usage *usage)
{
	struct usage *holder = usage_at(usage->share_slot);
	struct share *all = share_of_all();
	u32 sockets = usage->sockets;

	usage->sockets = 0;
	if (holder && holder->share.sockets >= sockets)
		ADD(holder->share.sockets, -sockets);
	if (all && all->sockets >= sockets)
		ADD(all->sockets, -sockets);
}

/* No new charge finds the slot after this; who holds it still is done by the next opening. */
static __always_inline void unlink(struct usage *usage)
{
	u64 id = usage->owner;

	usage->owner = 0;
	count_row(usage, -1);
	give_back_places(usage);
	bpf_map_delete_elem(&slot_by_cgroup, &id);
	for_each_cpu (cpu)
		forget_on(cpu, id);
}

static __always_inline void move_traffic(struct traffic *from, struct traffic *to)
{
	ADD(to->bytes, from->bytes);
	ADD(to->packets, from->packets);
	*from = (struct traffic){};
}

/* What was not counted in the cell of a CPU. */
static __always_inline void retire_head(u32 slot)
{
	struct usage *usage = usage_at(slot), *retired = usage_at(SLOT_RETIRED);

	if (!usage || !retired)
		return;
	move_traffic(&usage->deferred_transmit, &retired->deferred_transmit);
	move_traffic(&usage->deferred_receive, &retired->deferred_receive);
#pragma unroll
	for (u32 i = 0; i < PROTOCOLS; i++) {
		move_traffic(&usage->contended.transmit[i], &retired->contended.transmit[i]);
		move_traffic(&usage->contended.receive[i], &retired->contended.receive[i]);
	}
}

static __always_inline void retire(u32 slot)
{
	retire_head(slot);
	for_each_cpu (cpu)
		retire_cell(slot, cpu);
}

/* Returns whether the row was taken from its owner. */
__noinline int reap_slot(u32 slot)
{
	struct usage *usage = usage_at(slot);
	struct path_row *path = bpf_map_lookup_elem(&path_by_slot, &slot);

	if (!usage || !path)
		return 0;
	if (usage->share.answers)
		usage->share.answers = 0; /* of this tick */
	if (!usage->died_ns)
		return 0;
	if (!usage->seen_ns) {
		usage->seen_ns = bpf_ktime_get_ns();
	} else if (usage->owner) {
		if (bpf_ktime_get_ns() - usage->seen_ns < retention_ns)
			return 0;
		unlink(usage);
		return 1;
	} else if (!is_running(usage)) {
		retire(slot);
		retire_other_peers(slot);
		usage->died_ns = 0;
		path->cgroup_id = 0;
		usage->cgroup_id = 0;
		bpf_map_push_elem(&free_slots, &slot, 0);
	}
	return 0;
}

SEC("iter/bpf_map")
int reap(struct bpf_iter__bpf_map *ctx)
{
	u32 taken = 0;

	if (ctx->meta->seq_num != 0 || !begins(PROGRAM_REAP))
		return 0;
	for (u32 slot = SLOTS_RESERVED; slot < MAX_SLOTS; slot++) {
		if (slot >= nr_slots)
			break;
		taken += reap_slot(slot);
	}
	if (taken)
		advance_cache_epochs();
	return 0;
}

/* Read by the loader before anything counts: makes fresh tables ready. */
SEC("iter/bpf_map")
int prepare(struct bpf_iter__bpf_map *ctx)
{
	nsec_t now = bpf_ktime_get_ns();
	u32 zero = 0;
	struct cpu_state *first = bpf_map_lookup_elem(&state_by_cpu, &zero);

	if (ctx->meta->seq_num != 0 || !first || first->row.started_ns)
		return 0;
	for_each_cpu (cpu) {
		struct cpu_state *state;
		u32 key = cpu;

		state = bpf_map_lookup_elem(&state_by_cpu, &key);
		if (!state)
			break;
		state->row.cpu = cpu;
		state->row.started_ns = now;
		state->row.hidden_levels = hidden_levels;
	}
	for (u32 slot = SLOTS_RESERVED; slot < MAX_SLOTS; slot++) {
		u32 free = slot;

		if (slot >= nr_slots)
			break;
		bpf_map_push_elem(&free_slots, &free, 0);
	}
	return 0;
}

#define MOST_LEVELS 64

struct { /* key: 0 value: address of the css that is adopted next; 0 = none */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} next_to_adopt SEC(".maps");

static __always_inline struct cgroup_subsys_state *css_of_sibling(struct list_head *link)
{
	return (void *)link -
	       (u64)__builtin_preserve_access_index(&((struct cgroup_subsys_state *)0)->sibling);
}

/* The css that follows in pre-order; NULL after the last. As css_next_descendant_pre of the kernel. */
static __always_inline struct cgroup_subsys_state *css_after(struct cgroup_subsys_state *css)
{
	struct list_head *children = __builtin_preserve_access_index(&css->children);
	struct list_head *link = BPF_CORE_READ(css, children.next);

	if (link && link != children)
		return css_of_sibling(link);
	for (u32 i = 0; i < MOST_LEVELS; i++) {
		struct cgroup_subsys_state *parent = BPF_CORE_READ(css, parent);

		if (!parent)
			break;
		children = __builtin_preserve_access_index(&parent->children);
		link = BPF_CORE_READ(css, sibling.next);
		if (link && link != children)
			return css_of_sibling(link);
		css = parent;
	}
	return NULL;
}

static __always_inline bool is_online(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, self.flags) & CSS_ONLINE;
}

/* Global, so that the verifier looks at it once. */
__noinline int adopt_next(u32 cpu)
{
	struct cpu_state *state = bpf_map_lookup_elem(&state_by_cpu, &cpu);
	u32 zero = 0, slot;
	u64 id, *next = bpf_map_lookup_elem(&next_to_adopt, &zero);
	struct cgroup *cgroup;
	struct usage *usage;

	if (!state || !next || !*next)
		return 0;
	cgroup = BPF_CORE_READ((struct cgroup_subsys_state *)*next, cgroup);
	*next = (u64)css_after((struct cgroup_subsys_state *)*next);
	id = BPF_CORE_READ(cgroup, kn, id);
	if (known_slot(&id) || !is_observed_at(cgroup) || !is_online(cgroup))
		return 0;
	slot = new_slot(state, cgroup);
	usage = usage_at(slot);
	/* It may have died before it had a row, unnoticed. */
	if (usage && usage->owner == id && !is_online(cgroup))
		usage->died_ns = bpf_ktime_get_ns();
	return 0;
}

/* Read by the loader once the programs count: the cgroups that were there before us. */
SEC("iter/bpf_map")
int adopt(struct bpf_iter__bpf_map *ctx)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup_root *root = BPF_CORE_READ(task, cgroups, dfl_cgrp, root);
	u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	u64 *next = bpf_map_lookup_elem(&next_to_adopt, &zero);

	if (ctx->meta->seq_num != 0 || !next)
		return 0;
	*next = (u64)__builtin_preserve_access_index(&root->cgrp.self);
	/* Those that have no room are summed in others' rows. NOTE: no way out but by a number. */
	for (u32 i = 0; i < 2 * MAX_SLOTS; i++) {
		if (i >= 2 * nr_slots)
			break;
		adopt_next(cpu);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
