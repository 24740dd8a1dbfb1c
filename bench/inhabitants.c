// SPDX-License-Identifier: GPL-2.0-only
/* Puts a process into each named cgroup. Each does a little work about once per second. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 1000
#define WORK 20000 /* iterations, about 10 us */

static void live(int seed)
{
	struct timespec pause = { .tv_sec = PAUSE_MS / 1000, .tv_nsec = seed % 1000 * 100000L };
	volatile int turns;

	for (;;) {
		for (turns = 0; turns < WORK; turns++)
			;
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char path[4096];
		int file;

		if (fork() != 0)
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.procs", argv[i]);
		file = open(path, O_WRONLY);
		if (file < 0 || write(file, "0", 1) != 1)
			_exit(1);
		close(file);
		close(STDOUT_FILENO);
		live(i);
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
