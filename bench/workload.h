/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the programs that generate load. Define _GNU_SOURCE before including it. */
#ifndef VIGIA_BENCH_WORKLOAD_H
#define VIGIA_BENCH_WORKLOAD_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static void stay_on_last_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	check(sched_setaffinity(0, sizeof(cpus), &cpus), "sched_setaffinity");
}

#endif
