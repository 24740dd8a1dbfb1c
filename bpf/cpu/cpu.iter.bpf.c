// SPDX-License-Identifier: GPL-2.0-only
/* Writes one row per CPU: runs of the programs, and losses. */
#include "lib/tables.h"

static __always_inline void write_cpu(struct seq_file *seq, u32 cpu, const struct cpu_state *state)
{
	bpf_seq_write(seq, (void *)&state->row, sizeof(state->row));
}

TABLE(dump_cpu, state_by_cpu, cpu_row, cpu_state, write_cpu)

char LICENSE[] SEC("license") = "GPL";
