// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports processes that reserve as much memory in huge pages as the RandomX dataset needs. The
 * hook could deny changes of sysctls; this program always allows, and of other sysctls reads only
 * the name.
 */
#include "lib/words.h"
#include "mining/report-once.h"

#define NAME "vm/nr_hugepages"
#define DATASET_PAGES 1040 /* of 2 MiB */

static __always_inline bool is_huge_pages(struct bpf_sysctl *sysctl)
{
	u64 name[2] = {};

	return bpf_sysctl_get_name(sysctl, (char *)name, sizeof(name), 0) == OCTETS(NAME) &&
	       name[0] == WORD(NAME) && name[1] == WORD_AT(NAME, 8);
}

SEC("cgroup/sysctl")
int see_sysctl(struct bpf_sysctl *sysctl)
{
	char value[16] = {};
	unsigned long pages = 0;
	struct cpu_state *state;

	if (!sysctl->write || !is_huge_pages(sysctl))
		return PASS;
	state = begin_run(PROGRAM_SEE_SYSCTL);
	/* A longer value is not read: it is more pages than any machine has. */
	if (!state || bpf_sysctl_get_new_value(sysctl, value, sizeof(value)) < 0)
		return PASS;
	if (bpf_strtoul(value, sizeof(value), 0, &pages) > 0 && pages >= DATASET_PAGES)
		report_once(state, CLUE_SYSCTL, pages);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
