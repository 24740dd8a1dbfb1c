// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives each new cgroup a row and stores its path; frees the row of a deleted cgroup after a reader
 * had time to read the last figures.
 *
 * The reader is unprivileged and cannot delete rows. Opening a file is its acknowledgment: each
 * opening of `reap` takes every row of a deleted cgroup one step further. First, the row is marked
 * as seen. After the retention, it is unlinked, so that nothing new is charged to it. At the next
 * opening, when no program can still hold it, its figures move to the retired row, and the slot is
 * free.
 */
#include "cgroup/adoption.h"
#include "cgroup/retirement.h"
#include "lib/cache-epoch.h"

static __always_inline void store_path(struct cpu_state *state, u32 slot, const char *text)
{
	struct path_row *path = bpf_map_lookup_elem(&path_by_slot, &slot);
	long bytes;

	if (!path || path->path_bytes)
		return;
	bytes = bpf_probe_read_kernel_str(path->path, sizeof(path->path), text);
	if (bytes <= 0)
		return;
	path->path_bytes = bytes - 1;
	if (bytes == PATH_BYTES)
		lose(state, LOST_PATH__TRUNCATED);
}

/* Whether the row belongs to this cgroup, not to an ancestor. */
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
	state = begin_run(PROGRAM_CGROUP_BORN);
	if (!state)
		return 0;
	slot = slot_of(state, cgroup);
	if (slot >= SLOTS_RESERVED && is_of(slot, cgroup->kn->id))
		store_path(state, slot, path);
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
	state = begin_run(PROGRAM_CGROUP_DIED);
	if (!state)
		return 0;
	slot = bpf_map_lookup_elem(&slot_by_cgroup, &id);
	usage = slot ? usage_at(*slot) : NULL;
	if (!usage) {
		bpf_map_delete_elem(&slot_by_rowless, &id);
		return 0;
	}
	store_path(state, *slot, path);
	usage->died_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("iter/bpf_map")
int reap(struct bpf_iter__bpf_map *ctx)
{
	u32 taken = 0;

	if (ctx->meta->seq_num != 0 || !begin_run(PROGRAM_REAP))
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

/* Fills the fresh tables. The loader reads it before anything is counted. */
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

/*
 * Adopts the cgroups that existed before the load. The loader reads it after the programs have
 * started to count.
 */
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
	/* Twice the rows, for cgroups that get no row. NOTE: only the counter may end this loop. */
	for (u32 i = 0; i < 2 * MAX_SLOTS; i++) {
		if (i >= 2 * nr_slots)
			break;
		adopt_next(cpu);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
