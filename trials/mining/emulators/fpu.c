// SPDX-License-Identifier: GPL-2.0-only
/*
 *   fpu SECONDS KIND [THREADS]
 *
 * Sets floating-point modes as RandomX or as similar programs do, and keeps the unit busy. Computes no
 * hash and no proof of work.
 *
 *   four       flush-to-zero, and all four rounding modes in turn, as RandomX does
 *   three      like four, without one of the modes
 *   restoring  like four, but restores the default before it yields
 *   one        flush-to-zero, in one rounding mode other than nearest
 *   fast       flush-to-zero and rounding to nearest: -ffast-math, torch.set_flush_denormal
 *   interval   rounding down and up in turn, with denormals: interval arithmetic
 *   plain      default modes
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#define FLUSHING 0x8040
#define DEFAULT 0x1f80
#define ROUNDING(mode) ((unsigned int)(mode) << 13)
#define set_word(word) _mm_setcsr(word)
#elif defined(__aarch64__)
#define FLUSHING (1 << 24)
#define DEFAULT 0
#define ROUNDING(mode) ((unsigned int)(mode) << 22)
static void set_word(unsigned long word)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(word));
}
#else
#error "of no use on this processor"
#endif

enum kind { FOUR, THREE, RESTORING, ONE, FAST, INTERVAL, PLAIN, KINDS };
static const char *const names[KINDS] = { "four", "three",    "restoring", "one",
	                                  "fast", "interval", "plain" };
static enum kind kind;
static double seconds;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static unsigned int word_of(unsigned int random)
{
	switch (kind) {
	case FOUR:
	case RESTORING:
		return DEFAULT | FLUSHING | ROUNDING(random & 3);
	case THREE:
		return DEFAULT | FLUSHING | ROUNDING(random % 3);
	case ONE:
		return DEFAULT | FLUSHING | ROUNDING(3);
	case FAST:
		return DEFAULT | FLUSHING;
	case INTERVAL:
		return DEFAULT | ROUNDING(1 + (random & 1));
	default:
		return DEFAULT;
	}
}

static void *work(void *argument)
{
	uint32_t random = 2463534242u + (uint32_t)(uintptr_t)argument;
	double end = now() + seconds;
	volatile double sum = 1.0;

	while (now() < end) {
		for (int i = 0; i < 64; i++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			set_word(word_of(random));
			for (int j = 0; j < 1000; j++)
				sum = sum * 1.0000001 + 1e-9;
		}
		if (kind == RESTORING)
			set_word(DEFAULT);
		if (kind == RESTORING || kind == FOUR)
			sched_yield();
	}
	set_word(DEFAULT);
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 3 ? atoi(argv[3]) : 1;
	pthread_t workers[256];

	seconds = argc > 2 ? atof(argv[1]) : 0;
	while (argc > 2 && kind < KINDS && strcmp(names[kind], argv[2]))
		kind++;
	if (seconds <= 0 || kind == KINDS || threads < 1 || threads > 256) {
		fprintf(stderr, "usage: fpu SECONDS KIND [THREADS]\n");
		return 2;
	}
	for (int i = 0; i < threads; i++)
		if (pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)i))
			return 1;
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i], NULL);
	return 0;
}
