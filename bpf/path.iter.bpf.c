// SPDX-License-Identifier: GPL-2.0-only
/* The path of each cgroup that the kernel told us. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_path(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct path_row *path = ctx->value;

	if (path && path->cgroup_id && path->path_bytes)
		bpf_seq_write(ctx->meta->seq, (void *)path, sizeof(*path));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
