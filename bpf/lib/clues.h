/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports one-time evidence to user space, as rows of the clue table. */
#ifndef VIGIA_LIB_CLUES_H
#define VIGIA_LIB_CLUES_H

#include "lib/packets.h"
#include "lib/shares.h"

/* Minor clues, which are frequent and weak, get at most 1/2 of a share. */
#define MINOR_SHARE 2

enum clue_weight { CLUE_MAJOR, CLUE_MINOR };

static __always_inline struct clue_row *clue_at(u32 slot)
{
	return bpf_map_lookup_elem(&clue_by_slot, &slot);
}

static __always_inline bool may_report(const struct share *share, const struct share *all,
                                       enum clue_weight weight)
{
	u32 held = weight == CLUE_MINOR ? MINOR_SHARE * share->clues : share->clues;

	return has_share(held, all->clues, nr_clues, 1);
}

/* Takes an empty row. Returns ~0 if there is none, or if the pod has used up its share. */
static __always_inline u32 take_clue_slot(struct cpu_state *state, enum clue_weight weight,
                                          u32 usage_slot)
{
	struct share *share = share_of(usage_slot), *all = share_of_all();
	u32 slot;

	if (is_proof)
		return 0;
	if (!share || !all)
		return ~0U;
	if (!may_report(share, all, weight)) {
		lose_evidence(state, usage_slot, LOST_CLUE__OVER_SHARE);
		return ~0U;
	}
	if (bpf_map_pop_elem(&free_clues, &slot)) {
		lose_evidence(state, usage_slot, LOST_CLUE__UNREAD);
		return ~0U;
	}
	ADD(share->clues, 1);
	ADD(all->clues, 1);
	return slot;
}

/*
 * Begins the row of a clue, which readers skip until end_clue. NULL if there is no room. All fields
 * are zero, except the text beyond `text_bytes`.
 */
static __always_inline struct clue_row *begin_clue(struct cpu_state *state, enum clue_kind kind,
                                                   enum clue_weight weight, u32 usage_slot,
                                                   u64 cgroup_id)
{
	u32 slot = take_clue_slot(state, weight, usage_slot);
	struct clue_row *clue = clue_at(slot);

	if (!clue)
		return NULL;
	__builtin_memset(clue, 0, offsetof(struct clue_row, text));
	clue->slot = slot;
	clue->usage_slot = usage_slot;
	clue->cgroup_id = cgroup_id;
	clue->at_ns = bpf_ktime_get_ns();
	clue->cpu = state->row.cpu;
	clue->kind = kind;
	return clue;
}

static __always_inline void free_clue(struct clue_row *clue)
{
	struct share *share = share_of(clue->usage_slot), *all = share_of_all();
	u32 slot = clue->slot;

	if (is_proof || !share || !all)
		return;
	clue->state = CLUE_EMPTY;
	give_back(&share->clues);
	give_back(&all->clues);
	bpf_map_push_elem(&free_clues, &slot, 0);
}

/* Whether a clue that proved to be minor may be kept. */
static __always_inline bool may_keep(struct cpu_state *state, const struct clue_row *clue,
                                     enum clue_weight weight)
{
	const struct share *share = share_of(clue->usage_slot), *all = share_of_all();

	if (share && all && may_report(share, all, weight))
		return true;
	lose_evidence(state, clue->usage_slot, LOST_CLUE__OVER_SHARE);
	return false;
}

/* Makes the row visible to readers. */
static __always_inline void end_clue(struct clue_row *clue)
{
	barrier();
	clue->state = CLUE_WHOLE;
}

/* Whether a key was reported less than `again_ns` ago. */
static __always_inline bool was_reported(void *reported_by_key, const void *key, nsec_t now_ns,
                                         nsec_t again_ns)
{
	nsec_t *reported_ns = bpf_map_lookup_elem(reported_by_key, key);

	return reported_ns && now_ns - *reported_ns < again_ns;
}

#endif
