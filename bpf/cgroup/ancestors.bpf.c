// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the IDs of the reader's cgroups, from its own up to the root of the hierarchy. In a cgroup
 * namespace, no file shows the depth of the node's cgroup.
 */
#include "lib/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define MOST_LEVELS 64

static __always_inline struct cgroup *parent_of(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *parent = BPF_CORE_READ(cgroup, self.parent);

	return parent ? BPF_CORE_READ(parent, cgroup) : NULL;
}

SEC("iter/bpf_map")
int dump_ancestors(struct bpf_iter__bpf_map *ctx)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	if (ctx->meta->seq_num != 0)
		return 0;
	for (u32 i = 0; i < MOST_LEVELS; i++) {
		u64 id = BPF_CORE_READ(cgroup, kn, id);

		bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
		cgroup = parent_of(cgroup);
		if (!cgroup)
			break;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
