/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds a TCP connection to a child in another network namespace and another cgroup. Each input
 * line is a number of bytes to send. It prints a line when they have arrived; the first line
 * reports that the connection is open. Ends when its input does.
 */
#define _GNU_SOURCE

#include "move-to.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char buffer[4096];

static void tell(int report, long long received)
{
	if (write(report, &received, sizeof(received)) != sizeof(received))
		err(1, "report");
}

/* Reports on the pipe that it listens, then each number of received bytes. */
static void receive(const struct sockaddr_in *address, int report)
{
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	long long received = 0;

	if (bind(sock, (const void *)address, sizeof(*address)) || listen(sock, 1))
		err(1, "listen");
	tell(report, received);
	sock = accept(sock, NULL, NULL);
	for (ssize_t got; (got = read(sock, buffer, sizeof(buffer))) > 0;)
		tell(report, received += got);
}

static void await_report(int report, long long wanted)
{
	long long received;

	do {
		if (read(report, &received, sizeof(received)) != sizeof(received))
			errx(1, "the receiver died");
	} while (received != wanted);
	puts("done");
	fflush(stdout);
}

static void send_bytes(int sock, long long bytes)
{
	for (ssize_t put; bytes > 0; bytes -= put) {
		long long most = sizeof(buffer);

		if ((put = write(sock, buffer, bytes < most ? bytes : most)) <= 0)
			err(1, "write");
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	long long sent = 0, bytes;
	int report[2], sock;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 || pipe(report))
		errx(2, "usage: hold ADDRESS PORT NETNS CGROUP.PROCS");
	address.sin_port = htons(atoi(argv[2]));
	if (fork() == 0) {
		move_to(argv[3], argv[4]);
		receive(&address, report[1]);
		_exit(0);
	}
	close(report[1]);
	if (read(report[0], &bytes, sizeof(bytes)) != sizeof(bytes))
		errx(1, "the receiver died");
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (void *)&address, sizeof(address)))
		err(1, "connect");
	puts("open");
	fflush(stdout);
	while (scanf("%lld", &bytes) == 1) {
		send_bytes(sock, bytes);
		await_report(report[0], sent += bytes);
	}
	shutdown(sock, SHUT_WR);
	wait(NULL);
	return 0;
}
