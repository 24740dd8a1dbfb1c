/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fair shares of what all cgroups use together: rows, sockets, reading time. A pod (or a service,
 * or a user's session) may take one more while it holds less than a multiple of what is free. So a
 * pod that takes all it can leaves a part to the others, and n such pods still leave some. No fixed
 * limit is needed (dynamic thresholds: Choudhury and Hahne, 1998).
 */
#ifndef VIGIA_LIB_SHARES_H
#define VIGIA_LIB_SHARES_H

#include "lib/cells.h"

/* At this depth below the observed root is a kubelet's pod, or a user's service manager. */
#define SHARE_DEPTH 3

static __always_inline bool has_share(u32 held, u32 in_use, u32 size, u32 multiple)
{
	return in_use < size && held < (u64)(size - in_use) * multiple;
}

/* The totals of all pods. */
static __always_inline struct share *share_of_all(void)
{
	struct usage *rest = usage_at(SLOT_REST);

	return rest ? &rest->share : NULL;
}

/* What the pod of a row holds. */
static __always_inline struct share *share_of(u32 slot)
{
	struct usage *usage = usage_at(slot), *holder;

	holder = usage ? usage_at(usage->share_slot) : NULL;
	return holder ? &holder->share : NULL;
}

/* Counts evidence of a cgroup that is not reported. */
static __always_inline void lose_evidence(struct cpu_state *state, u32 slot, enum loss loss)
{
	struct usage_cell *cell = cell_of(state, slot);

	lose(state, loss);
	if (cell)
		ADD(cell->evidence_lost, 1);
}

/* Never below zero. */
static __always_inline void give_back(u32 *held)
{
	if (*held)
		ADD(*held, -1);
}

/*
 * Counts `thing` in the share of its pod. It needs the fields share_slot, share_born_ns, and
 * is_counted; the birth detects that the slot has another owner later.
 */
#define COUNT_IN_SHARE(thing, usage_slot, counter)                                                 \
	do {                                                                                       \
		struct usage *_usage = usage_at(usage_slot), *_holder;                             \
		struct share *_all = share_of_all();                                               \
                                                                                                   \
		_holder = _usage ? usage_at(_usage->share_slot) : NULL;                            \
		if (!_holder || !_all)                                                             \
			break;                                                                     \
		(thing)->share_slot = _usage->share_slot;                                          \
		(thing)->share_born_ns = _holder->born_ns;                                         \
		(thing)->is_counted = 1;                                                           \
		ADD(_holder->share.counter, 1);                                                    \
		ADD(_all->counter, 1);                                                             \
	} while (0)

/* Undoes COUNT_IN_SHARE, if it counted. */
#define GIVE_BACK_TO_SHARE(thing, counter)                                                         \
	do {                                                                                       \
		struct usage *_holder = usage_at((thing)->share_slot);                             \
		struct share *_all = share_of_all();                                               \
                                                                                                   \
		if (!(thing)->is_counted || !_holder || !_all)                                     \
			break;                                                                     \
		(thing)->is_counted = 0;                                                           \
		give_back(&_all->counter);                                                         \
		if (_holder->born_ns == (thing)->share_born_ns)                                    \
			give_back(&_holder->share.counter);                                        \
	} while (0)

#endif
