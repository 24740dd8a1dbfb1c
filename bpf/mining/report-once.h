/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports an action at most once a minute per cgroup, however often a process repeats it. */
#ifndef VIGIA_MINING_REPORT_ONCE_H
#define VIGIA_MINING_REPORT_ONCE_H

#include "lib/cgroups.h"
#include "lib/clues.h"

/* User space keeps a report for longer than this. */
#define REPORT_INTERVAL_NS 60000000000ULL
#define KNOWN_CGROUPS 1024

struct { /* key: cgroup ID; value: time of the last report */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNOWN_CGROUPS);
	__type(key, u64);
	__type(value, nsec_t);
} reported_by_cgroup SEC(".maps");

/* Reports the current process, unless its cgroup is not observed or was reported recently. */
static __always_inline void report_once(struct cpu_state *state, enum clue_kind kind, u32 detail)
{
	/* Not all cgroup hooks have the helpers for the PID and the command. */
	const struct task_struct *task = (void *)bpf_get_current_task();
	u64 cgroup_id = bpf_get_current_cgroup_id();
	nsec_t now_ns = bpf_ktime_get_ns();
	u32 *slot = known_slot(&cgroup_id);
	struct clue_row *clue;

	if (!slot || was_reported(&reported_by_cgroup, &cgroup_id, now_ns, REPORT_INTERVAL_NS))
		return;
	clue = begin_clue(state, kind, CLUE_MAJOR, *slot, cgroup_id);
	if (!clue)
		return;
	bpf_map_update_elem(&reported_by_cgroup, &cgroup_id, &now_ns, BPF_ANY);
	clue->pid = BPF_CORE_READ(task, tgid);
	clue->detail = detail;
	bpf_core_read(clue->command, sizeof(clue->command), &task->comm);
	end_clue(clue);
}

#endif
