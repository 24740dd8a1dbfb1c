/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to the shared maps: this CPU's state, its cell of a row, and the start of every program. */
#ifndef VIGIA_LIB_CELLS_H
#define VIGIA_LIB_CELLS_H

#include "lib/maps.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* Every CPU there may be. The verifier needs the constant bound, nr_cpus is known at load. */
#define for_each_cpu(cpu) for (u32 cpu = 0; cpu < MAX_CPUS && cpu < nr_cpus; cpu++)

/* Plain adds lose against an interrupt of the same CPU; where one can come between, use this. */
#define ADD(counter, amount) ((void)__sync_fetch_and_add(&(counter), amount))

static __always_inline void lose(struct cpu_state *state, enum loss loss)
{
	ADD(state->row.lost[loss], 1);
}

/* This CPU's state. */
static __always_inline struct cpu_state *this_cpu_state(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&state_by_cpu, &cpu);
}

/* Counts a run, and returns the state of this CPU. */
static __always_inline struct cpu_state *begin_run_anyway(enum program program)
{
	struct cpu_state *state = this_cpu_state();

	if (state)
		state->row.runs[program]++;
	return state;
}

/* The same; NULL while another generation of the programs is the one that acts. */
static __always_inline struct cpu_state *begin_run(enum program program)
{
	u32 zero = 0;
	struct control *now = bpf_map_lookup_elem(&control, &zero);

	return now && now->generation == generation ? begin_run_anyway(program) : NULL;
}

static __always_inline struct usage *usage_at(u32 slot)
{
	return bpf_map_lookup_elem(&usage_by_slot, &slot);
}

static __always_inline struct usage_cell *cell_at(struct usage *usage, u32 cpu)
{
	if (cpu >= nr_cpus)
		return NULL;
	/* The verifier must see the bound before the arithmetic: the compiler likes it later. */
	barrier_var(cpu);
	return &usage->cells[cpu];
}

static __always_inline struct usage_cell *cell_of(struct cpu_state *state, u32 slot)
{
	struct usage *usage = usage_at(slot);

	return usage ? cell_at(usage, state->row.cpu) : NULL;
}

/* The same for a slot that may have been given to another cgroup meanwhile. */
static __always_inline struct usage_cell *cell_of_owner(struct cpu_state *state, u32 slot,
                                                        u64 cgroup_id)
{
	struct usage *usage = usage_at(slot);

	if (usage && usage->owner == cgroup_id)
		return cell_at(usage, state->row.cpu);
	return cell_of(state, SLOT_REST);
}

/*
 * To a tick of the kernel (1 to 10 ms): the exact clock costs more than counting a packet. The error is
 * as often up as down, so sums and means come out right.
 */
static __always_inline nsec_t coarse_clock_ns(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_coarse_ns))
		return bpf_ktime_get_coarse_ns();
	return bpf_ktime_get_ns();
}

/*
 * A length from 1 to a power of two, of which the verifier sees the bounds. Comparisons would do, had
 * the compiler no ideas of its own of how to make them.
 */
#define BOUNDED(bytes, most)                                                                       \
	({                                                                                         \
		u32 _bounded = (bytes)-1;                                                          \
		barrier_var(_bounded);                                                             \
		_bounded &= (most)-1;                                                              \
		_bounded + 1;                                                                      \
	})

#endif
