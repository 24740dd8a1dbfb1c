// SPDX-License-Identifier: GPL-2.0-only
/* Writes one row per cgroup: the sum over all CPUs, including the slices that are running. */
#include "lib/tables.h"

/*
 * Returns the on-CPU time of a cell, including its running slice. That is the value the cell will
 * have when the slice ends, so the result is the same if it ends during the read. If the CPU
 * switches in between, the task may already run elsewhere and its value is wrong; by then the slice
 * is counted. Either way the sum never steps back.
 */
static __always_inline nsec_t oncpu_of(const volatile struct usage_cell *cell)
{
	u64 task = cell->running.task;
	nsec_t base_ns = cell->running.base_ns, end_ns = 0, moved_ns, counted_ns, sum_ns;
	bool is_same;

	if (task)
		bpf_core_read(&end_ns, sizeof(end_ns),
		              &((struct task_struct *)task)->se.sum_exec_runtime);
	moved_ns = cell->running.moved_ns;
	is_same = cell->running.task == task && cell->running.base_ns == base_ns;
	counted_ns = cell->cpu.oncpu_ns;
	if (!task || !is_same)
		return counted_ns;
	if (moved_ns && moved_ns < end_ns)
		end_ns = moved_ns;
	sum_ns = base_ns + end_ns;
	return (s64)(sum_ns - counted_ns) > 0 ? sum_ns : counted_ns;
}

static __always_inline void write_usage(struct seq_file *seq, u32 slot, const struct usage *usage)
{
	struct usage_row row = {};

	if (!usage->cgroup_id && slot >= SLOTS_RESERVED)
		return;
	row.cgroup_id = usage->cgroup_id;
	row.slot = slot;
	row.born_ns = usage->born_ns;
	row.died_ns = usage->died_ns;
	for_each_cpu (cpu) {
		const struct usage_cell *cell;

		cell = &usage->cells[cpu];
		row.cpu.oncpu_ns += oncpu_of(cell);
#pragma unroll
		for (u32 i = 1; i < COUNTER_WORDS; i++)
			((u64 *)&row.cpu)[i] += ((const u64 *)&cell->cpu)[i];
	}
#pragma unroll
	for (u32 i = 0; i < sizeof(row.network) / 8; i++)
		((u64 *)&row.network)[i] += ((const u64 *)&usage->contended)[i];
	row.network.transmit[PROTOCOL_UDP].bytes += usage->deferred_transmit.bytes;
	row.network.transmit[PROTOCOL_UDP].packets += usage->deferred_transmit.packets;
	row.network.receive[PROTOCOL_UDP].bytes += usage->deferred_receive.bytes;
	row.network.receive[PROTOCOL_UDP].packets += usage->deferred_receive.packets;
	bpf_seq_write(seq, &row, sizeof(row));
}

TABLE(dump_usage, usage_by_slot, usage_row, usage, write_usage)

char LICENSE[] SEC("license") = "GPL";
