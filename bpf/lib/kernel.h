/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel types and fields that the programs use. CO-RE relocates their offsets at load. */
#ifndef VIGIA_LIB_KERNEL_H
#define VIGIA_LIB_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define PASS 1 /* for cgroup hooks that may deny: every program returns this on every path */

#define KERNEL __attribute__((preserve_access_index))

struct kernel_uid { /* kuid_t, which is a typedef without a tag */
	u32 val;
} KERNEL;

struct kernfs_iattrs {
	struct kernel_uid ia_uid;
} KERNEL;

struct kernfs_node {
	u64 id;                      /* the inode number of the cgroup's directory */
	struct kernfs_iattrs *iattr; /* NULL if owned by root */
} KERNEL;

struct list_head {
	struct list_head *next;
} KERNEL;

struct cgroup;

/* include/linux/cgroup-defs.h: a cgroup is dead once its own css is not online. */
#define CSS_ONLINE (1 << 1)
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct list_head sibling; /* entry in the parent's `children` */
	struct list_head children;
	unsigned int flags;
	struct cgroup_subsys_state *parent;
} KERNEL;

struct cgroup_root;

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
} KERNEL;

struct cgroup_root {
	int hierarchy_id; /* 0 is cgroup v2, see /proc/self/cgroup */
	struct cgroup cgrp;
} KERNEL;

struct cgroup___ids { /* before 7f203bc89eb6 (6.1) */
	u64 ancestor_ids[1];
} KERNEL;

struct cgroup___pointers { /* since then */
	struct cgroup *ancestors[1];
} KERNEL;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL;

struct sched_entity {
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
} KERNEL;

struct sched_info {
	u64 run_delay;
} KERNEL;

#define MAX_RT_PRIO 100
#define SCHED_EXT 7
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
} KERNEL;

struct task_struct {
	int pid;
	int tgid;
	int prio;
	unsigned int policy;
	unsigned int flags;
	unsigned long nvcsw;
	unsigned long nivcsw;
	char comm[16];
	struct sched_entity se;
	struct sched_info sched_info;
	struct css_set *cgroups;
	struct mm_struct *mm;
} KERNEL;

struct in6_octets {
	u8 octets[16];
} KERNEL;

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	unsigned long skc_flags;
	struct in6_octets skc_v6_daddr;
	struct in6_octets skc_v6_rcv_saddr;
} KERNEL;

struct sock_cgroup_data {
	struct cgroup *cgroup;
} KERNEL;

struct sock_cgroup_data___tagged { /* before 8520e224f547 (5.15) */
	u64 val;
} KERNEL;

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
	u16 sk_type;
	struct sock_cgroup_data sk_cgrp_data;
	struct socket *sk_socket;
} KERNEL;

struct inet_sock {
	u16 inet_sport;
} KERNEL;

enum socket_state { SS_CONNECTED = 3 }; /* include/uapi/linux/net.h */

struct socket {
	enum socket_state state;
	struct sock *sk;
} KERNEL;

struct super_block {
	unsigned long s_magic;
} KERNEL;

struct inode {
	u16 i_mode;
	unsigned int i_nlink;
	unsigned long i_ino;
	struct super_block *i_sb;
} KERNEL;

struct file {
	struct inode *f_inode;
	void *private_data;
} KERNEL;

struct linux_binprm {
	struct file *file;
} KERNEL;

struct vm_unmapped_area_info {
	unsigned long length;
} KERNEL;

struct minmax_sample {
	u32 v;
} KERNEL;

struct minmax {
	struct minmax_sample s[3];
} KERNEL;

struct tcp_sock {
	u64 bytes_sent; /* including retransmissions */
	u64 bytes_retrans;
	u64 bytes_received; /* a FIN counts as one */
	u32 segs_out;
	u32 segs_in;
	u32 total_retrans;
	u32 srtt_us; /* in 1/8 us */
	struct minmax rtt_min;
} KERNEL;

struct sock___tagged {
	struct sock_cgroup_data___tagged sk_cgrp_data;
} KERNEL;

struct request_sock {
	struct sock *rsk_listener;
} KERNEL;

struct tcp_skb_cb {
	u16 tcp_gso_segs;
} KERNEL;

struct sk_buff {
	char cb[48];
} KERNEL;

struct seq_file;
struct bpf_map;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
} KERNEL;

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} KERNEL;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
} KERNEL;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
} KERNEL;

struct kmem_cache;

struct bpf_iter__kmem_cache {
	struct bpf_iter_meta *meta;
	struct kmem_cache *s;
} KERNEL;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} KERNEL;

#endif
