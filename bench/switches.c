// SPDX-License-Identifier: GPL-2.0-only
/*
 * Causes context switches on the last CPU.
 *
 *   switches ping-pong COUNT CGROUP   two processes wake each other, the second in CGROUP
 *   switches naps COUNT               one process sleeps after almost no work
 *   switches hogs COUNT               four processes yield after long work, so they hardly switch
 */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define NAP_NS 50000
#define HOGS 4
#define HOG_WORK 200000 /* iterations, a fraction of a millisecond */

static void move_to(const char *cgroup)
{
	char path[4096];
	int file;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	file = open(path, O_WRONLY);
	check(file < 0 || write(file, "0", 1) != 1, path);
	close(file);
}

/* Each waits for a byte and answers it. The one that serves sends the first. */
static void play(int in, int out, long count, int serves)
{
	char ball = 0;

	for (long i = 0; i < count; i++) {
		if (serves)
			check(write(out, &ball, 1) != 1, "write");
		check(read(in, &ball, 1) != 1, "read");
		if (!serves)
			check(write(out, &ball, 1) != 1, "write");
	}
}

static void ping_pong(long count, const char *cgroup)
{
	int there[2], back[2], status;
	pid_t child;

	check(pipe(there) || pipe(back), "pipe");
	child = fork();
	check(child < 0, "fork");
	if (!child) {
		move_to(cgroup);
		play(there[0], back[1], count, 0);
		_exit(0);
	}
	play(back[0], there[1], count, 1);
	check(waitpid(child, &status, 0) < 0 || status, "child");
}

static void naps(long count)
{
	struct timespec nap = { .tv_nsec = NAP_NS };

	for (long i = 0; i < count; i++)
		nanosleep(&nap, NULL);
}

static void hogs(long count)
{
	volatile double sum = 1;

	for (int i = 1; i < HOGS && fork(); i++)
		;
	for (long i = 0; i < count; i++) {
		for (int j = 0; j < HOG_WORK; j++)
			sum = sum * 1.0000001;
		sched_yield();
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	stay_on_last_cpu();
	if (argc == 4 && !strcmp(argv[1], "ping-pong"))
		ping_pong(atol(argv[2]), argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "naps"))
		naps(atol(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "hogs"))
		hogs(atol(argv[2]));
	else
		return 2;
	return 0;
}
