/* SPDX-License-Identifier: GPL-2.0-only */
/* Something that was seen once, on its way to user space: a place in this CPU's ring. */
#ifndef VIGIA_CLUES_H
#define VIGIA_CLUES_H

#include "maps.h"

/* What is seen often and says little takes no more of a ring than this share of it. */
#define MINOR_SHARE 2

enum clue_weight { CLUE_MAJOR, CLUE_MINOR };

/*
 * The place for the next clue, without a number as yet; NULL where too much was not read. What its
 * writer does not fill in is zero, but for the text behind `text_bytes`. Packets interrupt a process
 * that writes: who begins takes a place, who ends takes a number, so each has its own.
 */
static __always_inline struct clue_row *begin_clue(struct node *node, enum clue_kind kind,
                                                   enum clue_weight weight, u64 cgroup_id)
{
	count_t begun = node->clues_begun, unread = begun - node->clues.acknowledged;
	u32 slot = place_in_ring(node, begun, nr_clues);
	struct clue_row *clue;

	if (unread >= (weight == CLUE_MINOR ? nr_clues / MINOR_SHARE : nr_clues))
		slot = ~0U;
	clue = bpf_map_lookup_elem(&clue_by_slot, &slot);
	if (!clue) {
		lose(node, LOST_CLUE__UNREAD);
		return NULL;
	}
	node->clues_begun = begun + 1;
	__builtin_memset(clue, 0, offsetof(struct clue_row, text));
	clue->cgroup_id = cgroup_id;
	clue->at_ns = bpf_ktime_get_ns();
	clue->cpu = node->row.cpu;
	clue->kind = kind;
	return clue;
}

/* Whether what a map remembers by `key` was told so short a time ago that it is not told again. */
static __always_inline bool is_told(void *told_by_key, const void *key, nsec_t now_ns,
                                    nsec_t again_ns)
{
	nsec_t *told_ns = bpf_map_lookup_elem(told_by_key, key);

	return told_ns && now_ns - *told_ns < again_ns;
}

/* It is whole: readers may have it. */
static __always_inline void end_clue(struct node *node, struct clue_row *clue)
{
	clue->sequence = ++node->clues.written;
}

#endif
