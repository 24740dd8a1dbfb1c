// SPDX-License-Identifier: GPL-2.0-only
/*
 *   memory MEBIBYTES [TIMES]
 *
 * Maps and unmaps this much memory, TIMES times, without touching it. The RandomX dataset has 2,080
 * MiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	int times = argc > 2 ? atoi(argv[2]) : 1;

	if (!bytes || times < 1) {
		fprintf(stderr, "usage: memory MEBIBYTES [TIMES]\n");
		return 2;
	}
	while (times--) {
		void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (memory == MAP_FAILED || munmap(memory, bytes))
			return 1;
	}
	return 0;
}
