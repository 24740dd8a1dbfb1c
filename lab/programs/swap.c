/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces a directory with a link and back, several hundred thousand times per second. In
 * DIRECTORY, tree/in alternates between a directory with a file and a link to VICTIM.
 *
 *   swap DIRECTORY VICTIM
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SWAPS 50

/* Restores both, also if one was removed in the meantime. */
static void restore(const char *victim)
{
	int file;

	unlink("out/file");
	rmdir("out");
	unlink("out");
	unlink("tree/in");
	mkdir("tree", 0700);
	mkdir("tree/in", 0700);
	file = open("tree/in/file", O_CREAT | O_WRONLY, 0600);
	if (file >= 0)
		close(file);
	if (symlink(victim, "out"))
		return;
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[1])) {
		perror("swap");
		return 2;
	}
	for (;;) {
		restore(argv[2]);
		for (int i = 0; i < SWAPS; i++)
			renameat2(AT_FDCWD, "tree/in", AT_FDCWD, "out", RENAME_EXCHANGE);
	}
}
