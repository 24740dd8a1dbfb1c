/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends a known number of bytes, by TCP or UDP, to a child in another network namespace and another
 * cgroup. Prints one line: sent bytes, datagrams or segments out, segments in, received bytes,
 * retransmitted bytes. Segments are the connection's own count (TCP_INFO), including the SYN. With
 * DNS it sends three queries instead: for an address, an unknown name, and without an answer. If
 * the address is translated on the way, the receiver listens at ENDPOINT, with its own port.
 */
#define _GNU_SOURCE

#include "move-to.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define PORT 7000
#define ENDPOINT_PORT 7008
#define DNS_PORT 53
#define DATAGRAM 1400             /* below the MTU of 1500 with every header */
#define WRITE 65536               /* large, so that the kernel creates super-packets */
#define RECEIVE_BUFFER (64 << 20) /* no datagram may be dropped: the receiver is slow under TCG */

static char buffer[WRITE];

struct peer {
	int protocol; /* SOCK_STREAM or SOCK_DGRAM */
	socklen_t length;
	struct sockaddr_storage address;
};

static struct peer parse_peer(const char *protocol, const char *address, int port)
{
	struct peer peer = { .protocol = strcmp(protocol, "tcp") ? SOCK_DGRAM : SOCK_STREAM };
	struct sockaddr_in6 *six = (void *)&peer.address;
	struct sockaddr_in *four = (void *)&peer.address;

	if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		peer.length = sizeof(*six);
	} else if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		peer.length = sizeof(*four);
	} else {
		errx(2, "%s is no address", address);
	}
	return peer;
}

/* Reads to the end: a closed connection, or an empty datagram. */
static long long drain(int sock)
{
	long long received = 0;
	ssize_t got;

	while ((got = read(sock, buffer, sizeof(buffer))) > 0)
		received += got;
	if (got < 0)
		err(1, "read");
	return received;
}

/* RFC 1035: the header, the question "a. IN A", and a record with its address. */
enum { ASK_ADDRESS, ASK_UNKNOWN, ASK_IN_VAIN, ASKED };
#define QUERY_BYTES 19
static const unsigned char query[QUERY_BYTES] = { 0, 0, 1, 0,   0, 1, 0, 0, 0, 0,
	                                          0, 0, 1, 'a', 0, 0, 1, 0, 1 };
static const unsigned char record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };

static long long answer_queries(int sock)
{
	unsigned char message[QUERY_BYTES + sizeof(record)];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	while (recvfrom(sock, message, QUERY_BYTES, 0, (void *)&from, &length) == QUERY_BYTES) {
		int what = message[1], size = QUERY_BYTES;

		if (what == ASK_IN_VAIN)
			continue;
		message[2] |= 0x80;
		if (what == ASK_UNKNOWN)
			message[3] |= 3;
		else
			message[7] = 1;
		if (what == ASK_ADDRESS) {
			memcpy(&message[QUERY_BYTES], record, sizeof(record));
			size += sizeof(record);
		}
		if (sendto(sock, message, size, 0, (void *)&from, length) != size)
			err(1, "sendto");
	}
	return 0;
}

static long long ask(int sock)
{
	unsigned char message[QUERY_BYTES + sizeof(record)];

	for (int what = 0; what < ASKED; what++) {
		memcpy(message, query, QUERY_BYTES);
		message[1] = what;
		if (write(sock, message, QUERY_BYTES) != QUERY_BYTES)
			err(1, "write");
		if (what != ASK_IN_VAIN && read(sock, message, sizeof(message)) < QUERY_BYTES)
			err(1, "read");
	}
	if (write(sock, message, 0))
		err(1, "write");
	return ASKED;
}

static int is_dns(const struct peer *peer)
{
	return ((struct sockaddr_in *)&peer->address)->sin_port == htons(DNS_PORT);
}

static void tell(int report, long long received)
{
	if (write(report, &received, sizeof(received)) != sizeof(received))
		err(1, "report");
}

/* The receiver: reports on the pipe that it listens, then the received bytes. */
static void receive(struct peer *peer, int report)
{
	int sock = socket(peer->address.ss_family, peer->protocol, 0), size = RECEIVE_BUFFER;
	long long received = 0;

	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(sock, (void *)&peer->address, peer->length))
		err(1, "bind");
	if (peer->protocol == SOCK_STREAM && listen(sock, 1))
		err(1, "listen");
	tell(report, received);
	if (peer->protocol == SOCK_STREAM)
		sock = accept(sock, NULL, NULL);
	received = is_dns(peer) ? answer_queries(sock) : drain(sock);
	close(sock);
	tell(report, received);
}

static long long send_all(int sock, int protocol, long long bytes)
{
	long long sends = 0, left = bytes, most = protocol == SOCK_STREAM ? WRITE : DATAGRAM;

	for (ssize_t put; left > 0; left -= put, sends++)
		if ((put = write(sock, buffer, left < most ? left : most)) <= 0)
			err(1, "write");
	if (protocol == SOCK_DGRAM && write(sock, buffer, 0) == 0)
		sends++;
	return sends;
}

/* Sends, and fills in the connection's own figures, if there is a connection. */
static long long transmit(const struct peer *peer, long long bytes, struct tcp_info *info)
{
	int sock = socket(peer->address.ss_family, peer->protocol, 0);
	socklen_t length = sizeof(*info);
	long long sends;

	if (connect(sock, (void *)&peer->address, peer->length))
		err(1, "connect");
	if (is_dns(peer)) {
		sends = ask(sock);
		close(sock);
		return sends;
	}
	sends = send_all(sock, peer->protocol, bytes);
	if (peer->protocol == SOCK_DGRAM)
		return sends;
	shutdown(sock, SHUT_WR);
	drain(sock);
	getsockopt(sock, IPPROTO_TCP, TCP_INFO, info, &length);
	return info->tcpi_segs_out;
}

static long long await_report(int report)
{
	long long received;

	if (read(report, &received, sizeof(received)) != sizeof(received))
		errx(1, "the receiver died");
	return received;
}

int main(int argc, char **argv)
{
	struct tcp_info info = {};
	long long bytes, sends;
	struct peer peer, listener;
	int report[2];

	if (argc < 6 || argc > 7)
		errx(2, "usage: transfer tcp|udp|dns ADDRESS BYTES NETNS CGROUP.PROCS [ENDPOINT]");
	peer = parse_peer(argv[1], argv[2], strcmp(argv[1], "dns") ? PORT : DNS_PORT);
	listener = argv[6] ? parse_peer(argv[1], argv[6], ENDPOINT_PORT) : peer;
	bytes = atoll(argv[3]);
	if (pipe(report))
		err(1, "pipe");
	if (fork() == 0) {
		move_to(argv[4], argv[5]);
		receive(&listener, report[1]);
		_exit(0);
	}
	close(report[1]);
	await_report(report[0]);
	sends = transmit(&peer, bytes, &info);
	printf("%lld %lld %u %lld ", bytes, sends, info.tcpi_segs_in, await_report(report[0]));
	printf("%llu\n", (unsigned long long)info.tcpi_bytes_retrans);
	wait(NULL);
	return 0;
}
