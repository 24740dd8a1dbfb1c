// SPDX-License-Identifier: GPL-2.0-only
/* Writes the clues that were not read yet. */
#include "lib/tables.h"

static __always_inline void write_clue(struct seq_file *seq, u32 slot, const struct clue_row *clue)
{
	if (clue->state != CLUE_EMPTY)
		bpf_seq_write(seq, (void *)clue, sizeof(*clue));
}

TABLE(dump_clue, clue_by_slot, clue_row, clue_row, write_clue)

char LICENSE[] SEC("license") = "GPL";
