// SPDX-License-Identifier: GPL-2.0-only
/*
 *   hidden memfd|deleted PROGRAM NAME [ARGUMENT...]
 *
 * Executes a copy of PROGRAM without a file: from a memfd, or from a deleted file on disk. The
 * process starts as NAME.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int on_disk(void)
{
	char path[] = "/var/tmp/hidden-XXXXXX";
	int file = mkstemp(path);

	if (file >= 0)
		unlink(path);
	return file;
}

static int copy(const char *program, int to)
{
	char octets[65536];
	int from = open(program, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (from < 0 || to < 0)
		return -1;
	while ((count = read(from, octets, sizeof(octets))) > 0)
		if (write(to, octets, count) != count)
			return -1;
	return count < 0 ? -1 : fchmod(to, 0700);
}

/* A file that is open for writing cannot be executed. */
static int read_only(int file)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	again = open(path, O_RDONLY);
	close(file);
	return again;
}

int main(int argc, char **argv)
{
	extern char **environ;
	int file;

	if (argc < 4) {
		fprintf(stderr, "usage: hidden memfd|deleted PROGRAM NAME [ARGUMENT...]\n");
		return 2;
	}
	file = strcmp(argv[1], "memfd") ? on_disk() : memfd_create("", 0);
	if (copy(argv[2], file))
		return 1;
	fexecve(read_only(file), argv + 3, environ);
	return 1;
}
