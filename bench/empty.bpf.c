// SPDX-License-Identifier: GPL-2.0-only
/* Empty programs at the hooks that Vigia uses: they cost only the hook and its statistics. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tp_btf/sched_switch")
int empty_switch(void *ctx)
{
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int empty_state(void *ctx)
{
	return 0;
}

SEC("tp_btf/sched_process_exec")
int empty_exec(void *ctx)
{
	return 0;
}

SEC("tp_btf/vm_unmapped_area")
int empty_mapping(void *ctx)
{
	return 0;
}

SEC("cgroup_skb/egress")
int empty_transmit(struct __sk_buff *skb)
{
	return 1;
}

SEC("cgroup_skb/ingress")
int empty_receive(struct __sk_buff *skb)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
