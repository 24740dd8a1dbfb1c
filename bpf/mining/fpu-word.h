/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the control word of a thread's floating-point unit from where each kernel saves it. */
#ifndef VIGIA_MINING_FPU_WORD_H
#define VIGIA_MINING_FPU_WORD_H

#include "lib/cells.h"

#define NOT_FLUSHING (~0U)

/* Intel SDM, 10.2.3: flush to zero, denormals are zero, and the rounding mode. */
#define MXCSR_FLUSHING 0x8040
#define MXCSR_ROUNDING_SHIFT 13
#define XFEATURE_SSE 2 /* the state was saved, and is not the initial one */
/* Arm ARM, FPCR: FZ, which includes denormals, and RMode, which has its own order. */
#define FPCR_FLUSHING (1 << 24)
#define FPCR_ROUNDING_SHIFT 22

struct fxregs_state {
	u32 mxcsr;
} KERNEL;

struct xstate_header {
	u64 xfeatures;
} KERNEL;

struct xregs_state {
	struct fxregs_state i387;
	struct xstate_header header;
} KERNEL;

union fpregs_state {
	struct xregs_state xsave;
} KERNEL;

struct fpstate {
	union fpregs_state regs;
} KERNEL;

struct fpu { /* after the task_struct since cb7ca40a3882 (6.16) */
	struct fpstate *fpstate;
} KERNEL;

struct thread_struct___embedded {
	struct fpu fpu;
} KERNEL;

struct task_struct___embedded { /* since 87d0e5be0fac (5.16) */
	struct thread_struct___embedded thread;
} KERNEL;

struct fpu___state {
	union fpregs_state state;
} KERNEL;

struct thread_struct___state {
	struct fpu___state fpu;
} KERNEL;

struct task_struct___state { /* before that */
	struct thread_struct___state thread;
} KERNEL;

struct user_fpsimd_state {
	u32 fpcr;
} KERNEL;

struct thread_struct___arm64 {
	struct {
		struct user_fpsimd_state fpsimd_state;
	} uw;
} KERNEL;

struct task_struct___arm64 {
	struct thread_struct___arm64 thread;
} KERNEL;

static __always_inline const struct xregs_state *saved_state(const struct task_struct *task)
{
	const struct task_struct___state *oldest = (const void *)task;
	const struct task_struct___embedded *older = (const void *)task;
	const struct fpstate *state;
	const struct fpu *fpu;

	if (bpf_core_field_exists(oldest->thread.fpu.state))
		return __builtin_preserve_access_index(&oldest->thread.fpu.state.xsave);
	if (bpf_core_field_exists(older->thread.fpu)) {
		state = BPF_CORE_READ(older, thread.fpu.fpstate);
	} else {
		fpu = (const void *)task + bpf_core_type_size(struct task_struct);
		state = BPF_CORE_READ(fpu, fpstate);
	}
	return state ? __builtin_preserve_access_index(&state->regs.xsave) : NULL;
}

/* Returns the rounding mode of a thread that flushes to zero, otherwise NOT_FLUSHING. */
static __always_inline u32 flushing_mode(const struct task_struct *task)
{
	const struct task_struct___arm64 *arm64 = (const void *)task;
	const struct xregs_state *state;
	u32 word;

	if (bpf_core_field_exists(arm64->thread.uw.fpsimd_state.fpcr)) {
		word = BPF_CORE_READ(arm64, thread.uw.fpsimd_state.fpcr);
		return word & FPCR_FLUSHING ? word >> FPCR_ROUNDING_SHIFT & 3 : NOT_FLUSHING;
	}
	state = saved_state(task);
	if (!state)
		return NOT_FLUSHING;
	word = BPF_CORE_READ(state, i387.mxcsr);
	if ((word & MXCSR_FLUSHING) != MXCSR_FLUSHING)
		return NOT_FLUSHING;
	if (!(BPF_CORE_READ(state, header.xfeatures) & XFEATURE_SSE))
		return NOT_FLUSHING;
	return word >> MXCSR_ROUNDING_SHIFT & 3;
}

#endif
