/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives a row to each cgroup that existed before the load. */
#ifndef VIGIA_CGROUP_ADOPTION_H
#define VIGIA_CGROUP_ADOPTION_H

#include "lib/cgroups.h"

#define MOST_LEVELS 64

struct { /* key: 0; value: address of the css that is adopted next, 0 = none */
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

/* Returns the next css in pre-order, NULL after the last: the kernel's css_next_descendant_pre. */
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

/* Global, so that the verifier checks it once. */
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
	/* If it was deleted before it had a row, cgroup_died did not note that. */
	if (usage && usage->owner == id && !is_online(cgroup))
		usage->died_ns = bpf_ktime_get_ns();
	return 0;
}

#endif
