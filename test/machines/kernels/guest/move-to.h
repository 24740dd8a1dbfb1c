/* SPDX-License-Identifier: GPL-2.0-only */
/* Moves a process to another network namespace and another cgroup, given as files. */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

static void move_to(const char *netns, const char *cgroup)
{
	int ns = open(netns, O_RDONLY), procs = open(cgroup, O_WRONLY);

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(1, "%s", netns);
	if (procs < 0 || write(procs, "0", 1) != 1)
		err(1, "%s", cgroup);
	close(ns);
	close(procs);
}
