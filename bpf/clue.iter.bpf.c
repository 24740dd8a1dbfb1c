// SPDX-License-Identifier: GPL-2.0-only
/* What was seen once, as long as its place in the ring is not needed. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_clue(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct clue_row *clue = ctx->value;

	if (clue && clue->sequence)
		bpf_seq_write(ctx->meta->seq, (void *)clue, sizeof(*clue));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
