/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends a known number of bytes between pods.
 *
 *   talk hear PORT               receives everything, over TCP and UDP
 *   talk tcp ADDRESS PORT BYTES  sends the bytes over one connection
 *   talk udp ADDRESS PORT        sends a datagram of 100 bytes each 50 ms until SIGUSR1
 *
 * A sender finally prints "sent N", bytes or datagrams, and sleeps, so that the pod stays.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_SOCKETS 64
#define DATAGRAM 100

static char buffer[1 << 16];
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

static struct sockaddr_in endpoint(const char *address, const char *port)
{
	struct sockaddr_in it = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	if (inet_pton(AF_INET, address, &it.sin_addr) != 1)
		errx(2, "%s is no address", address);
	return it;
}

static int listener(int type, const char *port)
{
	struct sockaddr_in own = endpoint("0.0.0.0", port);
	int sock = socket(AF_INET, type, 0);

	if (bind(sock, (void *)&own, sizeof(own)) || (type == SOCK_STREAM && listen(sock, 16)))
		err(1, "port %s", port);
	return sock;
}

static _Noreturn void hear(const char *port)
{
	struct pollfd socks[MOST_SOCKETS] = {
		{ .fd = listener(SOCK_STREAM, port), .events = POLLIN },
		{ .fd = listener(SOCK_DGRAM, port), .events = POLLIN },
	};
	int count = 2;

	for (;;) {
		poll(socks, count, -1);
		if (socks[0].revents && count < MOST_SOCKETS)
			socks[count++] = (struct pollfd){ accept(socks[0].fd, 0, 0), POLLIN, 0 };
		for (int i = 1; i < count; i++) {
			if (!socks[i].revents || read(socks[i].fd, buffer, sizeof(buffer)) > 0)
				continue;
			if (i == 1)
				continue; /* an empty datagram */
			close(socks[i].fd);
			socks[i--] = socks[--count];
		}
	}
}

static int dial(int type, const char *address, const char *port)
{
	struct sockaddr_in peer = endpoint(address, port);
	int sock = socket(AF_INET, type, 0);

	if (connect(sock, (void *)&peer, sizeof(peer)))
		err(1, "%s", address);
	return sock;
}

static unsigned long send_bytes(int sock, unsigned long bytes)
{
	for (unsigned long left = bytes; left > 0;) {
		ssize_t put = write(sock, buffer, left < sizeof(buffer) ? left : sizeof(buffer));

		if (put < 0)
			err(1, "write");
		left -= put;
	}
	shutdown(sock, SHUT_WR);
	while (read(sock, buffer, sizeof(buffer)) > 0)
		;
	return bytes;
}

static unsigned long send_datagrams(int sock)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	unsigned long sent = 0;

	for (; !stopped; nanosleep(&pause, NULL))
		sent += write(sock, buffer, DATAGRAM) == DATAGRAM;
	return sent;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	unsigned long sent;

	/* As the first process of its namespace it only receives signals with a handler. */
	signal(SIGTERM, end);
	signal(SIGUSR1, stop);
	if (argc == 3 && !strcmp(mode, "hear"))
		hear(argv[2]);
	if (argc == 5 && !strcmp(mode, "tcp"))
		sent = send_bytes(dial(SOCK_STREAM, argv[2], argv[3]), atol(argv[4]));
	else if (argc == 4 && !strcmp(mode, "udp"))
		sent = send_datagrams(dial(SOCK_DGRAM, argv[2], argv[3]));
	else
		errx(2, "usage: talk hear PORT | tcp ADDRESS PORT BYTES | udp ADDRESS PORT");
	printf("sent %lu\n", sent);
	fflush(stdout);
	for (;;)
		pause();
}
