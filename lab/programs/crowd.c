// SPDX-License-Identifier: GPL-2.0-only
/*
 *   crowd COUNT BYTES [PORT]
 *
 * Connects to COUNT addresses of 127.0.0.0/8, one after the other, sends BYTES to each and closes.
 * It is also the other end of every connection. With PORT it closes none, prints "ready" and stays
 * until its input ends.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST 0x7f010000 /* 127.1.0.0 */

static int port = 8080, is_held;

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static int open_socket(void)
{
	int sock = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	check(sock < 0, "socket");
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return sock;
}

static void talk_to(int listener, unsigned int address, const char *bytes, size_t size)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int client = open_socket(), server;
	char sink[4096];
	ssize_t got;

	to.sin_addr.s_addr = htonl(address);
	check(connect(client, (void *)&to, sizeof(to)), "connect");
	server = accept(listener, NULL, NULL);
	check(server < 0, "accept");
	check(send(client, bytes, size, 0) != (ssize_t)size, "send");
	if (is_held)
		return;
	close(client);
	while ((got = read(server, sink, sizeof(sink))) > 0)
		;
	check(got < 0, "read");
	close(server);
}

int main(int argc, char **argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int count = argc > 2 ? atoi(argv[1]) : 0, size = argc > 2 ? atoi(argv[2]) : 0;
	int listener = open_socket();
	char *bytes = calloc(1, size ?: 1);

	check(!bytes || count < 1, "usage: crowd COUNT BYTES [PORT]");
	is_held = argc > 3;
	if (is_held)
		port = atoi(argv[3]);
	any.sin_port = htons(port);
	check(bind(listener, (void *)&any, sizeof(any)), "bind");
	check(listen(listener, 16), "listen");
	for (int i = 0; i < count; i++)
		talk_to(listener, FIRST + i, bytes, size);
	puts("ready");
	fflush(stdout);
	while (is_held && getchar() != EOF)
		;
	return 0;
}
