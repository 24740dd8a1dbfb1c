// SPDX-License-Identifier: GPL-2.0-only
/*
 *   scatter COUNT BYTES
 *
 * Sends a datagram of BYTES to each of COUNT addresses of 127.0.0.0/8, one after the other, from
 * one socket. Receives a response of the same size from each address.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define FIRST 0x7f010000 /* 127.1.0.0 */
#define PORT 8080

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static int open_socket(void)
{
	struct timeval patience = { .tv_sec = 20 };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	check(sock < 0, "socket");
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return sock;
}

/* Responds from the destination address in the control message. */
static void answer(int server, char *bytes, size_t size)
{
	char control[CMSG_SPACE(64)];
	struct sockaddr_in from;
	struct iovec whole = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &whole,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	check(recvmsg(server, &message, 0) != (ssize_t)size, "recvmsg");
	check(sendmsg(server, &message, 0) != (ssize_t)size, "sendmsg");
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int count = argc > 2 ? atoi(argv[1]) : 0, size = argc > 2 ? atoi(argv[2]) : 0, on = 1;
	int server = open_socket(), client = open_socket();
	char *bytes = calloc(1, size ?: 1);

	check(!bytes || count < 1, "usage: scatter COUNT BYTES");
	check(bind(server, (void *)&to, sizeof(to)), "bind");
	check(setsockopt(server, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), "IP_PKTINFO");
	for (int i = 0; i < count; i++) {
		to.sin_addr.s_addr = htonl(FIRST + i);
		check(sendto(client, bytes, size, 0, (void *)&to, sizeof(to)) != size, "sendto");
		answer(server, bytes, size);
		check(recv(client, bytes, size, 0) != size, "recv");
	}
	return 0;
}
