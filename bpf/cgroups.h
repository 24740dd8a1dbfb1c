/* SPDX-License-Identifier: GPL-2.0-only */
/* From a cgroup to its slot, for the tracing programs. */
#ifndef VIGIA_CGROUPS_H
#define VIGIA_CGROUPS_H

#include "maps.h"

/* For one that is as deep as the root, or deeper. */
static __always_inline bool is_below_root(struct cgroup *cgroup)
{
	u64 id = 0;

	if (bpf_core_field_exists(((struct cgroup___ids *)0)->ancestor_ids)) {
		struct cgroup___ids *old = (void *)cgroup;

		bpf_probe_read_kernel(&id, sizeof(id), &old->ancestor_ids[root_level]);
	} else {
		struct cgroup___pointers *new = (void *)cgroup;
		struct cgroup *root = NULL;

		bpf_probe_read_kernel(&root, sizeof(root), &new->ancestors[root_level]);
		id = BPF_CORE_READ(root, kn, id);
	}
	return id == root_id;
}

static __always_inline bool is_observed(struct cgroup *cgroup)
{
	if (root_level == 0)
		return true;
	if (cgroup->level < (int)root_level)
		return false;
	return is_below_root(cgroup);
}

/* Gives a cgroup its row, made ready before anyone can find it. */
static __noinline u32 new_slot(struct node *node, u64 id)
{
	struct path_row *path;
	struct usage *usage;
	u32 slot, *found;

	if (bpf_map_pop_elem(&free_slots, &slot))
		goto full;
	usage = usage_at(slot);
	path = bpf_map_lookup_elem(&path_by_slot, &slot);
	if (!usage || !path)
		goto full;
	path->slot = slot;
	path->path_bytes = 0;
	path->cgroup_id = id;
	usage->born_ns = bpf_ktime_get_ns();
	usage->died_ns = 0;
	usage->seen_ns = 0;
	usage->owner = id;
	usage->cgroup_id = id;
	if (!bpf_map_update_elem(&slot_by_cgroup, &id, &slot, BPF_NOEXIST))
		return slot;

	/* Another CPU was quicker, or the kernel found no room. */
	usage->owner = 0;
	usage->cgroup_id = 0;
	path->cgroup_id = 0;
	bpf_map_push_elem(&free_slots, &slot, 0);
	found = bpf_map_lookup_elem(&slot_by_cgroup, &id);
	if (found)
		return *found;
full:
	lose(node, LOST_USAGE__TABLE_FULL);
	return SLOT_REST;
}

/*
 * A row is made only for a cgroup that lives: what outlives its cgroup would make it again, and
 * nothing would ever take it away.
 */
static __always_inline u32 slot_of(struct node *node, struct cgroup *cgroup)
{
	u64 id = cgroup->kn->id;
	u32 *slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);

	if (slot)
		return *slot;
	if (!is_observed(cgroup))
		return SLOT_OUTSIDE;
	if (!(cgroup->self.flags & CSS_ONLINE)) {
		lose(node, LOST_USAGE__LATE);
		return SLOT_REST;
	}
	return new_slot(node, id);
}

#endif
