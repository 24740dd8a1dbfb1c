// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts programs, or maps memory, on the last CPU.
 *
 *   starts programs COUNT BYTES   runs /bin/true with BYTES of arguments, COUNT times
 *   starts mappings COUNT         maps a page and unmaps it, COUNT times
 */
#define _GNU_SOURCE
#include "workload.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096

static void start_programs(long count, size_t bytes)
{
	char *argument = calloc(1, bytes + 1);
	char *argv[] = { "true", argument, NULL };
	char *envp[] = { NULL };

	check(!argument, "calloc");
	memset(argument, 'a', bytes);
	if (!bytes)
		argv[1] = NULL;
	for (long i = 0; i < count; i++) {
		int status;
		pid_t child = vfork();

		if (!child) {
			execve("/bin/true", argv, envp);
			_exit(1);
		}
		check(child < 0, "vfork");
		check(waitpid(child, &status, 0) < 0 || status, "/bin/true");
	}
}

static void map_memory(long count)
{
	for (long i = 0; i < count; i++) {
		void *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		check(page == MAP_FAILED || munmap(page, PAGE), "mmap");
	}
}

int main(int argc, char **argv)
{
	stay_on_last_cpu();
	if (argc == 4 && !strcmp(argv[1], "programs"))
		start_programs(atol(argv[2]), atol(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "mappings"))
		map_memory(atol(argv[2]));
	else
		return 2;
	return 0;
}
