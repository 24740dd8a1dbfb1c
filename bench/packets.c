// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends and receives packets, on the last CPU.
 *
 *   packets receive ADDRESS               serves all of the below until killed; prints "ready"
 *   packets datagrams ADDRESS COUNT       sends UDP packets of 64 bytes
 *   packets scattered ADDRESS COUNT       the same from one socket to many ports in turn
 *   packets queries ADDRESS COUNT         sends a DNS query and waits for the answer, COUNT times
 *   packets requests ADDRESS COUNT        sends 64 bytes by TCP and waits for as many, COUNT times
 *   packets messages ADDRESS COUNT TEXT   the same with the octets of TEXT
 *   packets visits ADDRESS COUNT TEXT     the same, with a new connection for each
 *   packets stream ADDRESS COUNT          sends COUNT times 64 KiB by TCP, as super-packets
 */
#define _GNU_SOURCE
#include "workload.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>

#define SMALL 64
#define LARGE 65536
#define BURST 64 /* datagrams between two pauses, which let the receiver catch up */
#define PAUSE_US 100

#define SCATTERED 32 /* ports, starting at PORT_SCATTERED */

enum port {
	PORT_DNS = 53,
	PORT_SENDER = 9000,
	PORT_DATAGRAMS = 9001,
	PORT_REQUESTS,
	PORT_STREAM,
	PORT_SCATTERED
};

static char bytes[LARGE];

static int open_socket(int type, const char *host, enum port port, int is_server)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int sock = socket(AF_INET, type, 0), on = 1;

	check(sock < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1, "socket");
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (is_server)
		check(bind(sock, (void *)&to, sizeof(to)), "bind");
	else
		check(connect(sock, (void *)&to, sizeof(to)), "connect");
	if (is_server && type == SOCK_STREAM)
		check(listen(sock, 1), "listen");
	return sock;
}

static int disable_nagle(int sock)
{
	int on = 1;

	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return sock;
}

static void *take_datagrams(void *sock)
{
	char datagram[SMALL];

	while (recv((int)(long)sock, datagram, SMALL, 0) >= 0)
		;
	return NULL;
}

/* Has one sender, whose port never changes. */
static void *take_connected(void *sock)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char datagram[SMALL];

	check(recvfrom((int)(long)sock, datagram, SMALL, 0, (void *)&from, &size) < 0, "recvfrom");
	check(connect((int)(long)sock, (void *)&from, size), "connect");
	while (recv((int)(long)sock, datagram, SMALL, 0) >= 0)
		;
	return NULL;
}

/* Turns a query into an answer that announces one address. The record itself may be anything. */
static void *answer_queries(void *sock)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char query[SMALL];

	while (recvfrom((int)(long)sock, query, SMALL, 0, (void *)&from, &size) >= 0) {
		query[2] |= 0x80;
		query[7] = 1;
		check(sendto((int)(long)sock, query, SMALL, 0, (void *)&from, size) < 0, "sendto");
	}
	return NULL;
}

/* Echoes each request. */
static void *answer_requests(void *listener)
{
	static char request[LARGE];

	for (;;) {
		int sock = disable_nagle(accept((int)(long)listener, NULL, NULL));
		ssize_t size;

		while ((size = recv(sock, request, LARGE, 0)) > 0)
			check(send(sock, request, size, 0) != size, "send");
		close(sock);
	}
}

static void *take_streams(void *listener)
{
	static char sink[LARGE];

	for (;;) {
		int sock = accept((int)(long)listener, NULL, NULL);

		while (recv(sock, sink, LARGE, 0) > 0)
			;
		close(sock);
	}
}

static void receive(const char *host)
{
	long datagrams = open_socket(SOCK_DGRAM, host, PORT_DATAGRAMS, 1);
	long requests = open_socket(SOCK_STREAM, host, PORT_REQUESTS, 1);
	long stream = open_socket(SOCK_STREAM, host, PORT_STREAM, 1);
	long queries = open_socket(SOCK_DGRAM, host, PORT_DNS, 1);
	pthread_t thread;

	check(pthread_create(&thread, NULL, take_connected, (void *)datagrams), "thread");
	for (int i = 0; i < SCATTERED; i++) {
		long scattered = open_socket(SOCK_DGRAM, host, PORT_SCATTERED + i, 1);

		check(pthread_create(&thread, NULL, take_datagrams, (void *)scattered), "thread");
	}
	check(pthread_create(&thread, NULL, answer_queries, (void *)queries), "thread");
	check(pthread_create(&thread, NULL, answer_requests, (void *)requests), "thread");
	puts("ready");
	fflush(stdout);
	take_streams((void *)stream);
}

static void send_datagrams(const char *host, long count)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(PORT_SENDER) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT_DATAGRAMS) };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	check(sock < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1, "socket");
	check(bind(sock, (void *)&from, sizeof(from)), "bind");
	check(connect(sock, (void *)&to, sizeof(to)), "connect");

	for (long i = 0; i < count; i++) {
		check(send(sock, bytes, SMALL, 0) != SMALL, "send");
		if (i % BURST == 0)
			usleep(PAUSE_US);
	}
}

static void send_scattered(const char *host, long count)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	check(sock < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1, "socket");
	for (long i = 0; i < count; i++) {
		to.sin_port = htons(PORT_SCATTERED + i % SCATTERED);
		check(sendto(sock, bytes, SMALL, 0, (void *)&to, sizeof(to)) != SMALL, "sendto");
		if (i % BURST == 0)
			usleep(PAUSE_US);
	}
}

static void send_queries(const char *host, long count)
{
	int sock = open_socket(SOCK_DGRAM, host, PORT_DNS, 0);

	bytes[5] = 1;
	for (long i = 0; i < count; i++) {
		memcpy(bytes, &i, 2);
		check(send(sock, bytes, SMALL, 0) != SMALL, "send");
		check(recv(sock, bytes, SMALL, 0) != SMALL, "recv");
		bytes[2] = 0;
	}
}

static void exchange(int sock, const char *text, ssize_t size)
{
	check(send(sock, text, size, 0) != size, "send");
	check(recv(sock, bytes, size, MSG_WAITALL) != size, "recv");
}

static void send_requests(const char *host, long count, const char *text, ssize_t size)
{
	int sock = disable_nagle(open_socket(SOCK_STREAM, host, PORT_REQUESTS, 0));

	for (long i = 0; i < count; i++)
		exchange(sock, text, size);
}

/* Closes with a reset, so that no port stays in TIME_WAIT. */
static void pay_visits(const char *host, long count, const char *text)
{
	struct linger at_once = { .l_onoff = 1 };

	for (long i = 0; i < count; i++) {
		int sock = disable_nagle(open_socket(SOCK_STREAM, host, PORT_REQUESTS, 0));

		exchange(sock, text, strlen(text));
		setsockopt(sock, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(sock);
	}
}

static void send_stream(const char *host, long count)
{
	int sock = open_socket(SOCK_STREAM, host, PORT_STREAM, 0);

	for (long i = 0; i < count; i++)
		check(send(sock, bytes, LARGE, 0) != LARGE, "send");
}

int main(int argc, char **argv)
{
	stay_on_last_cpu();
	if (argc == 3 && !strcmp(argv[1], "receive"))
		receive(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "datagrams"))
		send_datagrams(argv[2], atol(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "scattered"))
		send_scattered(argv[2], atol(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "queries"))
		send_queries(argv[2], atol(argv[3]));
	else if (argc == 4 && !strcmp(argv[1], "requests"))
		send_requests(argv[2], atol(argv[3]), bytes, SMALL);
	else if (argc == 5 && !strcmp(argv[1], "messages"))
		send_requests(argv[2], atol(argv[3]), argv[4], strlen(argv[4]));
	else if (argc == 5 && !strcmp(argv[1], "visits"))
		pay_visits(argv[2], atol(argv[3]), argv[4]);
	else if (argc == 4 && !strcmp(argv[1], "stream"))
		send_stream(argv[2], atol(argv[3]));
	else
		return 2;
	return 0;
}
