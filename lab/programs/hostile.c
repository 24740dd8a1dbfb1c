// SPDX-License-Identifier: GPL-2.0-only
/*
 * Repeats one action as fast as possible for SECONDS, and prints how often.
 *
 *   hostile payload SECONDS TEXT   sends TEXT over a loopback connection, in writes of 15,000 octets;
 *                                  prints octets
 *   hostile talk TEXT              opens one connection, sends TEXT, closes it
 *   hostile answers SECONDS        queries its own DNS server, at port 53 of loopback
 *   hostile execs SECONDS COMMAND… starts a program
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WRITE_BYTES 15000
#define DNS_PORT 53

extern char **environ;

static long count;

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int bound_socket(int type, int port, struct sockaddr_in *at)
{
	int sock = socket(AF_INET, type, 0);
	socklen_t size = sizeof(*at);

	*at = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	check(sock < 0 || bind(sock, (void *)at, size), "bind");
	check(getsockname(sock, (void *)at, &size), "getsockname");
	return sock;
}

static int connected_socket(int type, const struct sockaddr_in *to)
{
	int sock = socket(AF_INET, type, 0);

	check(sock < 0 || connect(sock, (const void *)to, sizeof(*to)), "connect");
	return sock;
}

/* Reads everything, from one connection after the other. */
static void *accept_all(void *argument)
{
	static char bytes[1 << 16];
	int listener = *(int *)argument, sock;

	while ((sock = accept(listener, NULL, NULL)) >= 0) {
		while (recv(sock, bytes, sizeof(bytes), 0) > 0)
			;
		close(sock);
	}
	return NULL;
}

static struct sockaddr_in listening(void)
{
	static int listener;
	struct sockaddr_in at;
	pthread_t thread;

	listener = bound_socket(SOCK_STREAM, 0, &at);
	check(listen(listener, 128), "listen");
	check(pthread_create(&thread, NULL, accept_all, &listener), "pthread_create");
	return at;
}

static void send_payload(double until, const char *text)
{
	struct sockaddr_in to = listening();
	int sock = connected_socket(SOCK_STREAM, &to), bytes = 0, on = 1, room = 2 * WRITE_BYTES;
	char buffer[WRITE_BYTES + 1024];

	while (bytes + strlen(text) < WRITE_BYTES)
		bytes += sprintf(buffer + bytes, "%s\n", text);
	/* Makes each write a separate segment that ends with a message. */
	check(setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
	check(setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), "SO_SNDBUF");
	while (now() < until)
		count += send(sock, buffer, bytes, 0);
}

static void talk(const char *text)
{
	struct sockaddr_in to = listening();
	int sock = connected_socket(SOCK_STREAM, &to);
	char end;

	dprintf(sock, "%s\n", text);
	check(shutdown(sock, SHUT_WR), "shutdown");
	check(recv(sock, &end, 1, 0) != 0, "recv"); /* the peer has read everything */
	close(sock);
	count = 1;
}

/* RFC 1035: a question for a name, and the same with an address. */
static const unsigned char question[] = "\0\0\1\0\0\1\0\0\0\0\0\0\4pool\7example\0\0\1\0\1";
static const unsigned char record[] = "\300\14\0\1\0\1\0\0\0\74\0\4\300\0\2\1";

static void ask(double until)
{
	unsigned char asking[128], answering[128];
	struct sockaddr_in at, from;
	int server = bound_socket(SOCK_DGRAM, DNS_PORT, &at);
	int client = connected_socket(SOCK_DGRAM, &at);
	int asked = sizeof(question) - 1, answered = asked + sizeof(record) - 1;
	socklen_t size = sizeof(from);

	memcpy(asking, question, asked);
	for (; now() < until; count++) {
		asking[0] = count >> 8;
		asking[1] = count;
		check(send(client, asking, asked, 0) != asked, "send");
		size = sizeof(from);
		check(recvfrom(server, answering, sizeof(answering), 0, (void *)&from, &size) < 0,
		      "recvfrom");
		answering[2] = 0x81;
		answering[3] = 0x80;
		answering[7] = 1;
		memcpy(answering + asked, record, sizeof(record) - 1);
		check(sendto(server, answering, answered, 0, (void *)&from, size) != answered,
		      "sendto");
		check(recv(client, asking, sizeof(asking), 0) != answered, "recv");
		memcpy(asking, question, asked);
	}
}

static void start(double until, char **command)
{
	for (; now() < until; count++) {
		pid_t child;

		check(posix_spawn(&child, command[0], NULL, NULL, command, environ), "posix_spawn");
		waitpid(child, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	double until = argc > 2 ? now() + atof(argv[2]) : 0;

	setbuf(stdout, NULL);
	printf("ready\n");
	if (argc == 4 && !strcmp(argv[1], "payload"))
		send_payload(until, argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "talk"))
		talk(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "answers"))
		ask(until);
	else if (argc > 3 && !strcmp(argv[1], "execs"))
		start(until, argv + 3);
	else
		return 2;
	printf("%ld\n", count);
	return 0;
}
