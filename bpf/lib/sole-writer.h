/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides whether a packet program may use plain adds for this CPU's sums. An interrupt or a
 * preemption between load and store would undo a plain add. So it may only if no other packet
 * program of this CPU is adding: none that it interrupted, and none whose task was preempted
 * meanwhile. Otherwise it uses atomic adds on separate sums, which is rare.
 *
 * A program first announces that it adds, then checks for others. The switch program keeps the
 * announcement with the task. lab/programs/interleavings.c walks all orders of these steps.
 */
#ifndef VIGIA_LIB_SOLE_WRITER_H
#define VIGIA_LIB_SOLE_WRITER_H

/* One load or store, in program order. */
#ifndef READ_STEP
#define READ_STEP(field)                                                                           \
	({                                                                                         \
		__typeof__(field) _read;                                                           \
		barrier();                                                                         \
		_read = (field);                                                                   \
		barrier();                                                                         \
		_read;                                                                             \
	})
#define WRITE_STEP(field, content)                                                                 \
	do {                                                                                       \
		barrier();                                                                         \
		(field) = (content);                                                               \
		barrier();                                                                         \
	} while (0)
#endif

/* Returns whether plain adds are safe until end_adding, which needs `outer`. */
static __always_inline bool begin_adding(struct oncpu *on, u16 *outer)
{
	u32 preempted;

	*outer = READ_STEP(on->adding);
	WRITE_STEP(on->adding, 1);
	preempted = READ_STEP(on->preempted);
	/* Read last: a switch withdraws the announcement if it finds another task's. */
	return READ_STEP(on->adding) && !preempted && !*outer;
}

static __always_inline void end_adding(struct oncpu *on, u16 outer)
{
	WRITE_STEP(on->adding, outer);
}

/* At a context switch, the announcement leaves with `prev`, and returns with it. */
static __always_inline void switch_adding(struct oncpu *on, u32 prev, u32 next)
{
	if (!on->adding && !on->preempted)
		return;
	if (!on->preempted || on->preempted == prev)
		on->preempted = on->adding ? prev : 0;
	on->adding = 0;
	if (on->preempted && on->preempted == next) {
		on->preempted = 0;
		on->adding = 1;
	}
}

#endif
