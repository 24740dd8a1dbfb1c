/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Becomes uid 65534 without capabilities and with no_new_privs, like the daemon. Opens a file and
 * prints its bytes as hex. For /proc/self/status it prints the proof of these rights.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	static unsigned char bytes[65536];
	ssize_t length;
	int file;

	if (argc != 2 || become_nobody()) {
		perror("as-nobody");
		return 2;
	}
	file = open(argv[1], O_RDONLY);
	if (file < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((length = read(file, bytes, sizeof(bytes))) > 0)
		for (ssize_t at = 0; at < length; at++)
			printf("%02x", bytes[at]);
	if (length < 0)
		perror(argv[1]);
	return length < 0;
}
