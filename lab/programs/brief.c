/* SPDX-License-Identifier: GPL-2.0-only */
/*
 *   brief DIRECTORY COUNT CPU_US LIFE_MS
 *
 * Creates COUNT cgroups, DIRECTORY/0 and up. In each it starts a process that uses about CPU_US of
 * CPU time and lives LIFE_MS. Removes them all, prints "done" and stays until its input ends.
 */
#define _GNU_SOURCE

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *cgroup(const char *directory, int i)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%d", directory, i);
	return path;
}

static void live(long cpu_us, long life_ms)
{
	struct timespec used;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	} while (used.tv_sec * 1000000L + used.tv_nsec / 1000 < cpu_us);
	usleep(life_ms * 1000);
	_exit(0);
}

static pid_t bear(const char *path, long cpu_us, long life_ms)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	pid_t pid;

	if (mkdir(path, 0755))
		err(1, "%s", path);
	args.cgroup = open(path, O_RDONLY | O_DIRECTORY);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		err(1, "clone3");
	if (pid == 0)
		live(cpu_us, life_ms);
	close(args.cgroup);
	return pid;
}

int main(int argc, char **argv)
{
	int count = argc == 5 ? atoi(argv[2]) : 0;
	char byte;

	if (!count)
		errx(2, "DIRECTORY COUNT CPU_US LIFE_MS");
	for (int i = 0; i < count; i++)
		bear(cgroup(argv[1], i), atol(argv[3]), atol(argv[4]));
	while (wait(NULL) > 0 || errno == EINTR)
		;
	for (int i = 0; i < count; i++)
		while (rmdir(cgroup(argv[1], i)))
			if (errno != EBUSY) /* the kernel still holds the process */
				err(1, "%s", cgroup(argv[1], i));
	puts("done");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
