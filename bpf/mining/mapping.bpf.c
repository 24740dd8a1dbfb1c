// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports processes that map as much memory at once as the RandomX dataset needs. Whether they get
 * it, or ever touch it, is not checked.
 *
 * The kernel traces the search for an address (df529cabb7a2, 5.8), so a mapping at a fixed address
 * is not seen. Other mappings cost one comparison.
 */
#include "mining/report-once.h"

/* 2 GiB and 33,554,368 octets (RandomX specification, 7.3), in pages of any size up to 2 MiB. */
#define DATASET_BYTES (2080ULL << 20)
/* Added to find an address at which a huge page can begin (efa7df3e3bb5, 6.7). */
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
