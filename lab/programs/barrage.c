// SPDX-License-Identifier: GPL-2.0-only
/*
 *   barrage COUNT BYTES one|each [THREADS]
 *
 * Sends COUNT datagrams of BYTES from each of THREADS (1) on each CPU at once, to a socket that
 * reads none. Uses one unconnected socket, or one connected socket for each thread. Prints the
 * number of threads.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORT 8080
#define MAX_CPUS 1024
#define MAX_SENDERS 4096

static const struct sockaddr_in to = {
	.sin_family = AF_INET,
	.sin_port = __builtin_bswap16(PORT),
	.sin_addr.s_addr = __builtin_bswap32(INADDR_LOOPBACK),
};

static pthread_barrier_t all_ready;
static int count, size;
static char *bytes;

struct sender {
	pthread_t thread;
	int cpu;
	int sock;
	int is_connected;
};

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static int open_socket(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	check(sock < 0, "socket");
	return sock;
}

static void *send_all(void *argument)
{
	const struct sender *self = argument;
	cpu_set_t own;
	ssize_t sent;

	CPU_ZERO(&own);
	CPU_SET(self->cpu, &own);
	check(sched_setaffinity(0, sizeof(own), &own), "sched_setaffinity");
	pthread_barrier_wait(&all_ready);
	for (int i = 0; i < count; i++) {
		sent = self->is_connected
		               ? send(self->sock, bytes, size, 0)
		               : sendto(self->sock, bytes, size, 0, (void *)&to, sizeof(to));
		check(sent != size, "send");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct sender senders[MAX_SENDERS];
	int is_each = argc > 3 && !strcmp(argv[3], "each"), nr = 0;
	int threads = argc > 4 ? atoi(argv[4]) : 1;
	int sink = open_socket(), shared = open_socket();
	cpu_set_t allowed;

	count = argc > 3 ? atoi(argv[1]) : 0;
	size = argc > 3 ? atoi(argv[2]) : 0;
	bytes = calloc(1, size ?: 1);
	check(!bytes || count < 1, "usage: barrage COUNT BYTES one|each [THREADS]");
	check(bind(sink, (void *)&to, sizeof(to)), "bind");
	check(sched_getaffinity(0, sizeof(allowed), &allowed), "sched_getaffinity");
	for (int i = 0; i < MAX_CPUS * threads && nr < MAX_SENDERS; i++)
		if (CPU_ISSET(i / threads, &allowed))
			senders[nr++] =
				(struct sender){ .cpu = i / threads, .is_connected = is_each };
	check(pthread_barrier_init(&all_ready, NULL, nr), "barrier");
	for (int i = 0; i < nr; i++) {
		senders[i].sock = is_each ? open_socket() : shared;
		check(is_each && connect(senders[i].sock, (void *)&to, sizeof(to)), "connect");
		check(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), "thread");
	}
	for (int i = 0; i < nr; i++)
		pthread_join(senders[i].thread, NULL);
	printf("%d\n", nr);
	return 0;
}
