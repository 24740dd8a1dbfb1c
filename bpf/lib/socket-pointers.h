/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads through pointers to sockets. When connections are stored by address, the pointer may be a
 * mere number to the verifier: then it must be read by a helper, and a plain load is refused.
 */
#ifndef VIGIA_LIB_SOCKET_POINTERS_H
#define VIGIA_LIB_SOCKET_POINTERS_H

#include "lib/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#ifdef CONNECTIONS_BY_ADDRESS

#define READ(pointer, field) BPF_CORE_READ(pointer, field)

/* The socket must be a TCP socket. */
static __always_inline struct tcp_sock *tcp_sock_of(struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000

/* As bpf_sock_from_file() of 4f19cab76136 (5.11). A file opened with O_PATH has no socket. */
static __always_inline struct sock *socket_of_file(struct file *file)
{
	struct socket *socket = file->private_data;

	if ((file->f_inode->i_mode & S_IFMT) != S_IFSOCK || !socket)
		return NULL;
	return BPF_CORE_READ(socket, sk);
}

#else

#define READ(pointer, field) ((pointer)->field)

static __always_inline struct tcp_sock *tcp_sock_of(struct sock *sk)
{
	return bpf_skc_to_tcp_sock(sk);
}

static __always_inline struct sock *socket_of_file(struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);

	return socket ? socket->sk : NULL;
}

#endif

#endif
