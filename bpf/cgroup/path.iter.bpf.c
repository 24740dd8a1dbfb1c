// SPDX-License-Identifier: GPL-2.0-only
/* Writes the path of each cgroup, as the kernel reported it. */
#include "lib/tables.h"

static __always_inline void write_path(struct seq_file *seq, u32 slot, const struct path_row *path)
{
	if (path->cgroup_id && path->path_bytes)
		bpf_seq_write(seq, (void *)path, sizeof(*path));
}

TABLE(dump_path, path_by_slot, path_row, path_row, write_path)

char LICENSE[] SEC("license") = "GPL";
