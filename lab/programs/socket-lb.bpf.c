// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket load balancer: a connection to a Service goes to its backend. The address is replaced
 * before the kernel selects a route, so no packet has the Service's address.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* The format of a socket's address. IPv4 is IPv4-mapped, ::ffff:a.b.c.d. */
struct place {
	__be32 address[4];
	__be32 port; /* in the first two bytes */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct place);   /* Service */
	__type(value, struct place); /* backend */
} backend_by_service SEC(".maps");

SEC("cgroup/connect4")
int connect_ipv4(struct bpf_sock_addr *ctx)
{
	struct place service = { { 0, 0, bpf_htonl(0xffff), ctx->user_ip4 }, ctx->user_port };
	struct place *backend = bpf_map_lookup_elem(&backend_by_service, &service);

	if (backend) {
		ctx->user_ip4 = backend->address[3];
		ctx->user_port = backend->port;
	}
	return 1;
}

SEC("cgroup/connect6")
int connect_ipv6(struct bpf_sock_addr *ctx)
{
	struct place service = { { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2],
		                   ctx->user_ip6[3] },
		                 ctx->user_port };
	struct place *backend = bpf_map_lookup_elem(&backend_by_service, &service);

	if (backend) {
		ctx->user_ip6[0] = backend->address[0];
		ctx->user_ip6[1] = backend->address[1];
		ctx->user_ip6[2] = backend->address[2];
		ctx->user_ip6[3] = backend->address[3];
		ctx->user_port = backend->port;
	}
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
