// SPDX-License-Identifier: GPL-2.0-only
/* DNS answers, for the names in them. */
#include "maps.h"

SEC("iter/bpf_map_elem")
int dump_answer(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct answer_row *answer = ctx->value;

	if (answer && answer->sequence)
		bpf_seq_write(ctx->meta->seq, (void *)answer, sizeof(*answer));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
