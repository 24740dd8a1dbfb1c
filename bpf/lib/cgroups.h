/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the slot of a cgroup, for the tracing programs, and gives a new cgroup its row. */
#ifndef VIGIA_LIB_CGROUPS_H
#define VIGIA_LIB_CGROUPS_H

#include "lib/shares.h"

/* Returns the ID of the ancestor at this level. The cgroup must be at least as deep. */
static __always_inline u64 ancestor_id(struct cgroup *cgroup, u32 level)
{
	u64 id = 0;

	if (bpf_core_field_exists(((struct cgroup___ids *)0)->ancestor_ids)) {
		struct cgroup___ids *old = (void *)cgroup;

		bpf_probe_read_kernel(&id, sizeof(id), &old->ancestor_ids[level]);
	} else {
		struct cgroup___pointers *new = (void *)cgroup;
		struct cgroup *ancestor = NULL;

		bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &new->ancestors[level]);
		id = BPF_CORE_READ(ancestor, kn, id);
	}
	return id;
}

/* The cgroup must be at least as deep as the root. */
static __always_inline bool is_below_root(struct cgroup *cgroup)
{
	return ancestor_id(cgroup, root_level) == root_id;
}

static __always_inline bool is_observed(struct cgroup *cgroup)
{
	if (root_level == 0)
		return true;
	if (cgroup->level < (int)root_level)
		return false;
	return is_below_root(cgroup);
}

/* The same for a pointer that the verifier does not trust. */
static __always_inline bool is_observed_at(struct cgroup *cgroup)
{
	return root_level == 0 ||
	       (BPF_CORE_READ(cgroup, level) >= (int)root_level && is_below_root(cgroup));
}

/*
 * Limits of a subtree at each of the four depths, as multiples of the free rows. Outer subtrees get
 * more, so that a pod that takes all it can leaves some to the rest of its subtree.
 */
static const u32 row_multiples[SHARE_DEPTHS] = { 8, 4, 2, 1 };

/* Where the figures of a new cgroup go. */
struct placement {
	u32 holders[SHARE_DEPTHS];
	u32 nearest; /* the deepest holder; 0 = none */
	u32 is_lent; /* not created by root */
	u32 is_over; /* a holder has used up its share of rows */
};

/* All cgroups not created by root share one third of the rows: half of what is free. */
static __always_inline bool is_lending_over(const struct share *all)
{
	return !has_share(2 * all->lent, all->rows, nr_slots, 1);
}

/* The owner of its directory created it. */
static __always_inline bool is_made_by_root(struct cgroup *cgroup)
{
	struct kernfs_iattrs *attributes = BPF_CORE_READ(cgroup, kn, iattr);
	u32 uid = 0;

	if (attributes)
		uid = BPF_CORE_READ(attributes, ia_uid.val);
	return uid == 0;
}

/* Checks the ancestors of a cgroup, `depth` levels below the observed root. */
static __always_inline void find_placement(struct cgroup *cgroup, u32 depth,
                                           struct placement *placement)
{
	struct share *all = share_of_all();

	if (!all)
		return;
	placement->is_lent = !is_made_by_root(cgroup);
	placement->is_over = placement->is_lent && is_lending_over(all);
#pragma unroll
	for (u32 i = 0; i < SHARE_DEPTHS; i++) {
		u64 id;
		u32 *slot;
		struct usage *usage;

		if (i + 1 >= depth)
			break;
		id = ancestor_id(cgroup, root_level + i + 1);
		slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);
		usage = slot ? usage_at(*slot) : NULL;
		if (!usage)
			continue;
		placement->holders[i] = *slot;
		placement->nearest = *slot;
		if (!has_share(usage->share.rows, all->rows, nr_slots, row_multiples[i]))
			placement->is_over = 1;
	}
}

/* Adds to the count of rows of each holder. */
static __always_inline void count_row(struct usage *usage, s32 rows)
{
	struct share *all = share_of_all();

	if (!all)
		return;
	ADD(all->rows, rows);
	if (usage->is_lent)
		ADD(all->lent, rows);
#pragma unroll
	for (u32 i = 0; i < SHARE_DEPTHS; i++) {
		struct usage *holder = usage->holders[i] ? usage_at(usage->holders[i]) : NULL;

		if (holder)
			ADD(holder->share.rows, rows);
	}
}

/* Initializes a row, before it can be found. */
static __always_inline void open_row(struct usage *usage, u32 slot, u64 id, u32 depth,
                                     const struct placement *placement)
{
	usage->born_ns = bpf_ktime_get_ns();
	usage->died_ns = 0;
	usage->seen_ns = 0;
	usage->share = (struct share){};
	usage->sockets = 0;
	__builtin_memcpy(usage->holders, placement->holders, sizeof(usage->holders));
	if (depth && depth <= SHARE_DEPTHS)
		usage->holders[(depth - 1) % SHARE_DEPTHS] = slot;
	usage->is_lent = placement->is_lent;
	usage->share_slot = usage->holders[SHARE_DEPTH - 1] ?: slot;
	usage->owner = id;
	usage->cgroup_id = id;
}

/* The subtree has used up its share of rows, so the nearest ancestor's row counts the cgroup. */
static __always_inline u32 sum_in(struct cpu_state *state, u64 id, u32 slot)
{
	lose(state, LOST_USAGE__OVER_SHARE);
	bpf_map_update_elem(&slot_by_rowless, &id, &slot, BPF_ANY);
	return slot;
}

/* Creates the row of a cgroup. Returns the slot that counts it. */
static __noinline u32 new_slot(struct cpu_state *state, struct cgroup *cgroup)
{
	u64 id = BPF_CORE_READ(cgroup, kn, id);
	u32 depth = BPF_CORE_READ(cgroup, level) - root_level, slot, *found;
	struct placement placement = {};
	struct path_row *path;
	struct usage *usage;

	find_placement(cgroup, depth, &placement);
	if (placement.is_over && placement.nearest)
		return sum_in(state, id, placement.nearest);
	if (bpf_map_pop_elem(&free_slots, &slot))
		goto full;
	usage = usage_at(slot);
	path = bpf_map_lookup_elem(&path_by_slot, &slot);
	if (!usage || !path)
		goto full;
	path->slot = slot;
	path->path_bytes = 0;
	path->cgroup_id = id;
	open_row(usage, slot, id, depth, &placement);
	if (!bpf_map_update_elem(&slot_by_cgroup, &id, &slot, BPF_NOEXIST)) {
		count_row(usage, 1);
		return slot;
	}

	/* Another CPU was faster, or the kernel had no memory. */
	usage->owner = 0;
	usage->cgroup_id = 0;
	path->cgroup_id = 0;
	bpf_map_push_elem(&free_slots, &slot, 0);
	found = bpf_map_lookup_elem(&slot_by_cgroup, &id);
	if (found)
		return *found;
full:
	if (placement.nearest)
		return sum_in(state, id, placement.nearest);
	lose(state, LOST_USAGE__TABLE_FULL);
	return SLOT_REST;
}

/*
 * Returns the slot that counts a cgroup, NULL if unknown: its own, or that of an ancestor, whose ID
 * is then stored in `id`.
 */
static __always_inline u32 *known_slot(u64 *id)
{
	u32 *slot = bpf_map_lookup_elem(&slot_by_cgroup, id);
	struct usage *usage;

	if (slot)
		return slot;
	slot = bpf_map_lookup_elem(&slot_by_rowless, id);
	usage = slot ? usage_at(*slot) : NULL;
	if (!usage || !usage->owner)
		return NULL;
	*id = usage->owner;
	return slot;
}

/*
 * Creates a row only for a cgroup that is online. An event that outlives its cgroup would create
 * the row again, and nothing would ever free it.
 */
static __always_inline u32 slot_of(struct cpu_state *state, struct cgroup *cgroup)
{
	u64 id = cgroup->kn->id;
	u32 *slot = known_slot(&id);

	if (slot)
		return *slot;
	if (!is_observed(cgroup))
		return SLOT_OUTSIDE;
	if (!(cgroup->self.flags & CSS_ONLINE)) {
		lose(state, LOST_USAGE__LATE);
		return SLOT_REST;
	}
	return new_slot(state, cgroup);
}

#endif
