// SPDX-License-Identifier: GPL-2.0-only
/* Writes the DNS answers that were kept. User space parses the names in them. */
#include "lib/tables.h"

static __always_inline void write_answer(struct seq_file *seq, u32 slot,
                                         const struct answer_row *answer)
{
	if (answer->sequence)
		bpf_seq_write(seq, (void *)answer, sizeof(*answer));
}

TABLE(dump_answer, answer_by_slot, answer_row, answer_row, write_answer)

char LICENSE[] SEC("license") = "GPL";
