// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of processes that ask for as much memory at once as the dataset of RandomX takes. Whether they
 * get it, and ever touch it, is not looked at.
 *
 * The kernel traces the search for an address (df529cabb7a2, 5.8), so a mapping at an address of the
 * process's own choice is not seen. Of others a comparison is all that is done.
 */
#include "mining/report-once.h"

/* 2 GiB and 33,554,368 octets (its specification, 7.3), in whole pages of any size up to 2 MiB. */
#define DATASET_BYTES (2080ULL << 20)
/* What is added to find an address that a huge page can begin at (efa7df3e3bb5, 6.7). */
#define HUGE_PAGE_BYTES (2ULL << 20)

SEC("tp_btf/vm_unmapped_area")
int BPF_PROG(see_mapping, unsigned long address, struct vm_unmapped_area_info *info)
{
	bytes_t bytes = info->length;
	struct cpu_state *state;

	if (bytes != DATASET_BYTES && bytes != DATASET_BYTES + HUGE_PAGE_BYTES)
		return 0;
	state = begin_run(PROGRAM_SEE_MAPPING);
	if (state)
		report_once(state, CLUE_MAPPING, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
