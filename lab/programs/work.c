/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses CPU time in a known way:
 *
 *   work burn MILLISECONDS PROCESSES THREADS SLEEP_US
 *     each thread of each process uses this much CPU time and sleeps SLEEP_US after each millisecond
 *     (0 = never); then it sleeps until the input ends; prints "done" when all have finished
 *   work spin THREADS
 *     prints "spinning"; the threads loop without system calls until they are killed
 *   work switch PAIRS
 *     prints "switching"; pairs of processes pass a byte back and forth until they are killed
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct burn {
	long milliseconds;
	long sleep_us;
	int *left; /* threads of all processes that still burn */
};

static void say(const char *words)
{
	if (write(STDOUT_FILENO, words, strlen(words)) < 0)
		err(1, "stdout");
}

static long used_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000000L + used.tv_nsec / 1000;
}

static void spin_until(long limit_us)
{
	do {
		for (volatile int spin = 0; spin < 5000; spin++)
			;
	} while (used_us() < limit_us);
}

static void wait_for_end_of_input(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static void *burn(void *argument)
{
	const struct burn *burn = argument;
	long start_us = used_us();

	for (long used = 1; burn->sleep_us && used < burn->milliseconds; used++) {
		spin_until(start_us + used * 1000);
		usleep(burn->sleep_us);
	}
	spin_until(start_us + burn->milliseconds * 1000);
	if (__atomic_sub_fetch(burn->left, 1, __ATOMIC_SEQ_CST) == 0)
		say("done\n");
	wait_for_end_of_input();
	return NULL;
}

static void *spin(void *unused)
{
	for (volatile long turn = 0;; turn++)
		;
	return unused;
}

static void run_threads(void *(*body)(void *), void *argument, int count, const char *words)
{
	pthread_t threads[count];

	for (int i = 1; i < count; i++)
		if (pthread_create(&threads[i], NULL, body, argument))
			errx(1, "no thread");
	if (words)
		say(words);
	body(argument);
	for (int i = 1; i < count; i++)
		pthread_join(threads[i], NULL);
}

static int burn_all(struct burn burning, int processes, int threads)
{
	int shared = PROT_READ | PROT_WRITE;

	burning.left = mmap(NULL, sizeof(int), shared, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (burning.left == MAP_FAILED)
		err(1, "mmap");
	*burning.left = processes * threads;
	for (int i = 1; i < processes; i++)
		if (fork() == 0)
			break;
	run_threads(burn, &burning, threads, NULL);
	return 0;
}

static void hand_over(int from, int to)
{
	char byte = 0;

	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
}

static int switch_all(int pairs)
{
	for (int i = 0; i < pairs; i++) {
		int there[2], back[2];

		if (pipe(there) || pipe(back) || write(there[1], "", 1) != 1)
			err(1, "pipe");
		if (fork() == 0)
			hand_over(there[0], back[1]);
		if (fork() == 0)
			hand_over(back[0], there[1]);
	}
	say("switching\n");
	wait_for_end_of_input();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "burn")) {
		struct burn burning = { .milliseconds = atol(argv[2]), .sleep_us = atol(argv[5]) };

		return burn_all(burning, atoi(argv[3]), atoi(argv[4]));
	}
	if (argc == 3 && !strcmp(argv[1], "spin"))
		run_threads(spin, NULL, atoi(argv[2]), "spinning\n");
	if (argc == 3 && !strcmp(argv[1], "switch"))
		return switch_all(atoi(argv[2]));
	errx(2, "burn MILLISECONDS PROCESSES THREADS SLEEP_US | spin THREADS | switch PAIRS");
}
