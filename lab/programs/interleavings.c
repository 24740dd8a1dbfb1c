// SPDX-License-Identifier: GPL-2.0-only
/*
 *   interleavings TASKS ROUNDS PREEMPTIONS INTERRUPTS
 *
 * Walks all orders in which packet programs can interleave on one CPU, with the code of
 * bpf/lib/sole-writer.h. TASKS each add ROUNDS times. The limits apply to preemptions (at any step,
 * to any task) and to interrupts (each runs a program to its end, at any step). Each order must
 * lose no add and leave the CPU unchanged. Prints the number of orders, or the first that fails.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef uint16_t u16;
typedef uint32_t u32;

/* The parts of bpf/lib/maps.h that the header needs. */
struct oncpu {
	u16 adding;
	u32 preempted;
};

static void step(void);
#define READ_STEP(field)                                                                           \
	({                                                                                         \
		step();                                                                            \
		(field);                                                                           \
	})
#define WRITE_STEP(field, content)                                                                 \
	do {                                                                                       \
		step();                                                                            \
		(field) = (content);                                                               \
	} while (0)
#include "../../bpf/lib/sole-writer.h"

#define MAX_TASKS 4
#define MAX_STEPS 512
#define STACK_BYTES 65536

static int nr_tasks, rounds, max_preemptions, max_interrupts;

/* One order: the choice taken at each step. */
static int taken[MAX_STEPS], ways[MAX_STEPS];
static int steps, planned;

static struct oncpu on;
static int plain, atomic;
static int current, preemptions, interrupts;
static bool is_interrupted, is_done[MAX_TASKS];
static ucontext_t scheduler, tasks[MAX_TASKS];
static char stacks[MAX_TASKS][STACK_BYTES];

static void fail(const char *what)
{
	printf("%s: ", what);
	for (int i = 0; i < steps; i++)
		printf("%d", taken[i]);
	printf("\n");
	exit(1);
}

/* Takes the planned choice, or the first one after the end of the plan. */
static int choose(int nr_ways)
{
	if (steps == MAX_STEPS)
		fail("an order does not end");
	ways[steps] = nr_ways;
	if (steps >= planned)
		taken[steps] = 0;
	return taken[steps++];
}

/* A packet program: one add. A plain add is a load and a store. */
static void add_once(void)
{
	u16 outer;
	int sum;

	if (begin_adding(&on, &outer)) {
		step();
		sum = plain;
		step();
		plain = sum + 1;
	} else {
		step();
		atomic++;
	}
	end_adding(&on, outer);
}

static void switch_to(int next)
{
	int prev = current;

#ifndef WITHOUT_SWITCH_PROGRAM
	switch_adding(&on, prev + 1, next + 1);
#endif
	current = next;
	swapcontext(&tasks[prev], &tasks[next]);
}

/* Anything may run at this point. */
static void step(void)
{
	int candidates[MAX_TASKS], nr = 0, way;
	bool may_interrupt = interrupts < max_interrupts;

	if (is_interrupted)
		return;
	if (preemptions < max_preemptions)
		for (int task = 0; task < nr_tasks; task++)
			if (task != current && !is_done[task])
				candidates[nr++] = task;
	way = choose(1 + nr + may_interrupt);
	if (!way)
		return;
	if (way > nr) {
		interrupts++;
		is_interrupted = true;
		add_once();
		is_interrupted = false;
		step();
		return;
	}
	preemptions++;
	switch_to(candidates[way - 1]);
}

static void run_task(void)
{
	for (int i = 0; i < rounds; i++)
		add_once();
	is_done[current] = true;
	for (int task = 0; task < nr_tasks; task++)
		if (!is_done[task])
			switch_to(task);
	setcontext(&scheduler);
}

static void run_order(void)
{
	volatile bool has_run = false;

	memset(&on, 0, sizeof(on));
	memset(is_done, 0, sizeof(is_done));
	steps = plain = atomic = current = preemptions = interrupts = 0;
	for (int task = 0; task < nr_tasks; task++) {
		getcontext(&tasks[task]);
		tasks[task].uc_stack.ss_sp = stacks[task];
		tasks[task].uc_stack.ss_size = STACK_BYTES;
		makecontext(&tasks[task], run_task, 0);
	}
	getcontext(&scheduler);
	if (!has_run) {
		has_run = true;
		setcontext(&tasks[0]);
	}
	if (plain + atomic != nr_tasks * rounds + interrupts)
		fail("an add was lost");
	if (on.adding || on.preempted)
		fail("no program would be the sole writer again");
}

/* The next order in the walk; false after the last. */
static bool plan_next(void)
{
	for (planned = steps; planned > 0; planned--)
		if (taken[planned - 1] + 1 < ways[planned - 1]) {
			taken[planned - 1]++;
			return true;
		}
	return false;
}

int main(int argc, char **argv)
{
	long orders = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: interleavings TASKS ROUNDS PREEMPTIONS INTERRUPTS\n");
		return 2;
	}
	nr_tasks = atoi(argv[1]);
	rounds = atoi(argv[2]);
	max_preemptions = atoi(argv[3]);
	max_interrupts = atoi(argv[4]);
	if (nr_tasks < 1 || nr_tasks > MAX_TASKS)
		return 2;
	do {
		run_order();
		orders++;
	} while (plan_next());
	printf("%ld orders\n", orders);
	return 0;
}
