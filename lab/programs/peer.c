/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens sockets and moves bytes in a cgroup and a network namespace. Each input line is one
 * command: its name, a word, a file descriptor and up to two numbers. Each response is a number, or
 * "-" and the name of the error.
 *
 *   peer CGROUP NETNS
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECEIVE_SECONDS 20
/* Bytes in a socket's queue: all datagrams, but for a stream less than veth's 256 packets. */
#define DATAGRAM_ROOM (32 << 20)
#define STREAM_ROOM (100 << 10)

static char buffer[1 << 20];

struct deed {
	char name[16];
	char word[4096];
	int fd;
	long a;
	long b;
};

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static socklen_t parse(union address *to, const char *text, long port)
{
	memset(to, 0, sizeof(*to));
	to->four.sin_port = htons(port);
	to->any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (to->any.sa_family == AF_INET)
		return inet_pton(AF_INET, text, &to->four.sin_addr) == 1 ? sizeof(to->four) : 0;
	return inet_pton(AF_INET6, text, &to->six.sin6_addr) == 1 ? sizeof(to->six) : 0;
}

static long do_socket(const struct deed *deed)
{
	struct timeval limit = { .tv_sec = RECEIVE_SECONDS };
	int fd = socket(strcmp(deed->word, "6") ? AF_INET : AF_INET6, deed->a, deed->b);
	int room = deed->a == SOCK_STREAM ? STREAM_ROOM : DATAGRAM_ROOM;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

/* Returns the port. For 0 the kernel chooses one. */
static long do_bind(const struct deed *deed)
{
	union address own;
	socklen_t length = parse(&own, deed->word, deed->a);

	if (bind(deed->fd, &own.any, length) || getsockname(deed->fd, &own.any, &length))
		return -1;
	return ntohs(own.four.sin_port);
}

static long do_connect(const struct deed *deed)
{
	union address to;

	return connect(deed->fd, &to.any, parse(&to, deed->word, deed->a));
}

/* Removes the peer of the socket. */
static long do_disconnect(const struct deed *deed)
{
	union address nobody = { .any.sa_family = AF_UNSPEC };

	return connect(deed->fd, &nobody.any, sizeof(nobody.any));
}

static long do_listen(const struct deed *deed)
{
	return listen(deed->fd, deed->a);
}

static long do_accept(const struct deed *deed)
{
	return accept(deed->fd, NULL, NULL);
}

/* Sends bytes in writes of the given size (the size of each datagram). */
static long do_send(const struct deed *deed)
{
	long sent = 0, left, now;

	while ((left = deed->a - sent) > 0) {
		now = send(deed->fd, buffer, left < deed->b ? left : deed->b, MSG_NOSIGNAL);
		if (now < 0)
			return -1;
		sent += now;
	}
	return sent;
}

/* Sends one datagram, possibly empty, to an address. */
static long do_sendto(const struct deed *deed)
{
	union address to;
	socklen_t length = parse(&to, deed->word, deed->a);

	return sendto(deed->fd, buffer, deed->b, 0, &to.any, length);
}

/* Reads a datagram and sends another to its source. */
static long do_answer(const struct deed *deed)
{
	union address from;
	socklen_t length = sizeof(from);
	long got = recvfrom(deed->fd, buffer, sizeof(buffer), 0, &from.any, &length);

	if (got < 0 || sendto(deed->fd, buffer, deed->a, 0, &from.any, length) != deed->a)
		return -1;
	return got;
}

/* Sends octets given as hexadecimal digits: to the peer, or after "@" to an address and port. */
static long do_say(const struct deed *deed)
{
	unsigned char octets[sizeof(deed->word) / 2];
	const char *at = strchr(deed->word, '@');
	size_t length = (at ? at - deed->word : (long)strlen(deed->word)) / 2;
	union address to;

	for (size_t i = 0; i < length; i++)
		if (sscanf(deed->word + 2 * i, "%2hhx", &octets[i]) != 1)
			errx(1, "no octets: %s", deed->word);
	if (!at)
		return send(deed->fd, octets, length, MSG_NOSIGNAL);
	return sendto(deed->fd, octets, length, 0, &to.any, parse(&to, at + 1, deed->a));
}

static long do_receive(const struct deed *deed)
{
	long got = 0, now;

	while (got < deed->a) {
		now = recv(deed->fd, buffer, sizeof(buffer), 0);
		if (now < 0)
			return -1;
		if (now == 0)
			break;
		got += now;
	}
	return got;
}

static long do_close(const struct deed *deed)
{
	return close(deed->fd);
}

static long do_option(const struct deed *deed)
{
	struct linger linger = { .l_onoff = 1, .l_linger = deed->b };
	int level = atoi(deed->word), setting = deed->b;

	if (level == SOL_SOCKET && deed->a == SO_LINGER)
		return setsockopt(deed->fd, level, SO_LINGER, &linger, sizeof(linger));
	return setsockopt(deed->fd, level, deed->a, &setting, sizeof(setting));
}

/* Lengthens the network header: no-operations, or destination options with padding only. */
static long do_lengthen(const struct deed *deed)
{
	static const char no_operations[8] = { 1, 1, 1, 1, 1, 1, 1, 1 },
			  padding[8] = { 0, 0, 1, 4 };

	if (!strcmp(deed->word, "4"))
		return setsockopt(deed->fd, IPPROTO_IP, IP_OPTIONS, no_operations, 8);
	return setsockopt(deed->fd, IPPROTO_IPV6, IPV6_DSTOPTS, padding, 8);
}

static long do_join(const struct deed *deed)
{
	struct ipv6_mreq six = { .ipv6mr_interface = deed->a };
	struct ip_mreqn four = { .imr_ifindex = deed->a };

	if (inet_pton(AF_INET6, deed->word, &six.ipv6mr_multiaddr) == 1)
		return setsockopt(deed->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six));
	inet_pton(AF_INET, deed->word, &four.imr_multiaddr);
	return setsockopt(deed->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
}

/* Bytes of a connection that are not yet acknowledged. */
static long do_unsent(const struct deed *deed)
{
	int left = -1;

	return ioctl(deed->fd, SIOCOUTQ, &left) ? -1 : left;
}

static long do_info(const struct deed *deed)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (getsockopt(deed->fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return -1;
	if (!strcmp(deed->word, "state"))
		return info.tcpi_state;
	if (!strcmp(deed->word, "segments_sent"))
		return info.tcpi_segs_out;
	return !strcmp(deed->word, "bytes_sent") ? (long)info.tcpi_bytes_sent
	                                         : info.tcpi_total_retrans;
}

static long do_enter(const struct deed *deed)
{
	char path[4200];
	long wrote, fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", deed->word);
	fd = open(path, O_WRONLY);
	wrote = fd < 0 ? -1 : write(fd, "0", 1);
	close(fd);
	return wrote;
}

/* Copies a file descriptor from another process. The effect is that of passing it over a Unix socket. */
static long do_take(const struct deed *deed)
{
	int process = syscall(SYS_pidfd_open, deed->a, 0);
	long copy = process < 0 ? -1 : syscall(SYS_pidfd_getfd, process, deed->fd, 0);

	close(process);
	return copy;
}

static const struct {
	const char *name;
	long (*carry_out)(const struct deed *deed);
} deeds[] = {
	{ "socket", do_socket },     { "bind", do_bind },     { "connect", do_connect },
	{ "listen", do_listen },     { "accept", do_accept }, { "send", do_send },
	{ "receive", do_receive },   { "close", do_close },   { "option", do_option },
	{ "lengthen", do_lengthen }, { "join", do_join },     { "unsent", do_unsent },
	{ "sendto", do_sendto },     { "answer", do_answer }, { "disconnect", do_disconnect },
	{ "info", do_info },         { "enter", do_enter },   { "take", do_take },
	{ "say", do_say },
};

static long carry_out(const struct deed *deed)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++)
		if (!strcmp(deed->name, deeds[i].name))
			return deeds[i].carry_out(deed);
	errx(1, "no such deed: %s", deed->name);
}

int main(int argc, char **argv)
{
	int ns = argc == 3 ? open(argv[2], O_RDONLY) : -1;
	struct deed deed = { 0 };
	char line[8192];
	long answer;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(1, "network namespace");
	snprintf(deed.word, sizeof(deed.word), "%s", argv[1]);
	if (do_enter(&deed) != 1)
		err(1, "%s", argv[1]);
	close(ns);
	setvbuf(stdout, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %4095s %d %ld %ld", deed.name, deed.word, &deed.fd, &deed.a,
		           &deed.b) != 5)
			errx(1, "no deed: %s", line);
		/* The type of an echo request for ping sockets; filler for all others. */
		buffer[0] = strcmp(deed.word, "ping6") ? 8 : (char)128;
		answer = carry_out(&deed);
		if (answer < 0)
			printf("-%s\n", strerrorname_np(errno));
		else
			printf("%ld\n", answer);
	}
	return 0;
}
