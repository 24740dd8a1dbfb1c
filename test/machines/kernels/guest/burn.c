/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps a CPU busy until it has used this many milliseconds of CPU time. Prints its usage in us. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static long long microseconds(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
	long long wanted_ms = argc == 2 ? atoll(argv[1]) : 0;
	struct timespec used;
	struct rusage usage;

	do {
		for (volatile int spin = 0; spin < 10000; spin++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	} while (used.tv_sec * 1000LL + used.tv_nsec / 1000000 < wanted_ms);

	getrusage(RUSAGE_SELF, &usage);
	printf("%lld\n", microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
	return 0;
}
