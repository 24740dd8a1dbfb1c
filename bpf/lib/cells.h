/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses the shared maps: the state of this CPU, its cell of a row, the start of each program. */
#ifndef VIGIA_LIB_CELLS_H
#define VIGIA_LIB_CELLS_H

#include "lib/maps.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* Every possible CPU. The verifier needs the constant bound; nr_cpus is known at load. */
#define for_each_cpu(cpu) for (u32 cpu = 0; cpu < MAX_CPUS && cpu < nr_cpus; cpu++)

/* Atomic add, for counters that an interrupt of this CPU may also change. */
#define ADD(counter, amount) ((void)__sync_fetch_and_add(&(counter), amount))

static __always_inline void lose(struct cpu_state *state, enum loss loss)
{
	ADD(state->row.lost[loss], 1);
}

static __always_inline struct cpu_state *this_cpu_state(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&state_by_cpu, &cpu);
}

/* Counts a run. Returns the state of this CPU. */
static __always_inline struct cpu_state *begin_run_anyway(enum program program)
{
	struct cpu_state *state = this_cpu_state();

	if (state)
		state->row.runs[program]++;
	return state;
}

/* The same, but NULL while another generation of the programs is active. */
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
	/* Keeps the compiler from moving the bound behind the arithmetic. */
	barrier_var(cpu);
	return &usage->cells[cpu];
}

static __always_inline struct usage_cell *cell_of(struct cpu_state *state, u32 slot)
{
	struct usage *usage = usage_at(slot);

	return usage ? cell_at(usage, state->row.cpu) : NULL;
}

/* The same for a slot that may have another owner in the meantime. */
static __always_inline struct usage_cell *cell_of_owner(struct cpu_state *state, u32 slot,
                                                        u64 cgroup_id)
{
	struct usage *usage = usage_at(slot);

	if (usage && usage->owner == cgroup_id)
		return cell_at(usage, state->row.cpu);
	return cell_of(state, SLOT_REST);
}

/*
 * Exact to a kernel tick (1 to 10 ms): the exact clock costs more than counting a packet. The error
 * is as often positive as negative, so sums and means are correct.
 */
static __always_inline nsec_t coarse_clock_ns(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_coarse_ns))
		return bpf_ktime_get_coarse_ns();
	return bpf_ktime_get_ns();
}

/*
 * A length from 1 to a power of two, with bounds that the verifier sees. The compiler transforms
 * plain comparisons until the verifier loses the bound.
 */
#define BOUNDED(bytes, most)                                                                       \
	({                                                                                         \
		u32 _bounded = (bytes)-1;                                                          \
		barrier_var(_bounded);                                                             \
		_bounded &= (most)-1;                                                              \
		_bounded + 1;                                                                      \
	})

#endif
