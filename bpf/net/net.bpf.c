// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges packets to the cgroup that created their socket, whatever the interface or network
 * namespace. Every path returns 1: a 0 would drop the packet.
 *
 * TCP costs no more than that, as its flows are read from the sockets (flow.bpf.c). Datagrams are
 * added to their flow here, DNS is looked into, and what TCP carries for the words of miners.
 */
#include "net/datagrams.h"
#include "dns/dns.h"
#include "net/hand-over.h"
#include "mining/payload/payload.h"

static __always_inline u32 protocol_of(struct bpf_sock *sk)
{
	if (sk->protocol == IPPROTO_TCP)
		return PROTOCOL_TCP;
	return sk->protocol == IPPROTO_UDP ? PROTOCOL_UDP : PROTOCOL_OTHER;
}

/* For a proof: what is neither TCP nor ICMP is taken for UDP, behind whatever headers it hides. */
static __noinline int mark_by_packet(struct __sk_buff *skb, struct socket_mark *mark)
{
	const u16 dns = __builtin_bswap16(DNS_PORT);
	u8 octets[10];
	u16 ports[2];

	if (bpf_skb_load_bytes(skb, 0, octets, sizeof(octets)))
		return 0;
	mark->ip_protocol = octets[0] >> 4 == 6 ? octets[6] : octets[9];
	if (mark->ip_protocol == IPPROTO_ICMP || mark->ip_protocol == IPPROTO_ICMPV6)
		return 0;
	mark->protocol = mark->ip_protocol == IPPROTO_TCP ? PROTOCOL_TCP : PROTOCOL_UDP;
	if (!bpf_skb_load_bytes(skb, network_header_bytes(skb), ports, sizeof(ports)))
		mark->is_dns = ports[0] == dns || ports[1] == dns;
	return 0;
}

/* The first packet of a socket, or the first after its cgroup's row was taken away. */
static __noinline int mark_socket(struct node *node, struct __sk_buff *skb,
                                  struct socket_mark *mark, enum direction direction)
{
	struct bpf_sock *sk = skb->sk;
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = known_slot(&id);
	bool holds = mark->holding != HOLDS_NOTHING;

	give_back_place(mark);
	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (sk) {
		mark->protocol = protocol_of(sk);
		mark->ip_protocol = sk->protocol;
		mark->is_dns = mark->protocol == PROTOCOL_TCP &&
		               sk->dst_port == __builtin_bswap16(DNS_PORT);
		if (mark->protocol == PROTOCOL_TCP && direction == TRANSMIT)
			note_translation(skb, sk);
	}
	if (is_proof)
		mark_by_packet(skb, mark);
	mark->cgroup_id = slot ? id : 0;
	mark->slot = slot ? *slot : SLOT_REST;
	if (holds)
		hold_place(mark);
	if (!slot)
		lose(node, LOST_USAGE__LATE);
	return 0;
}

/* Rows were taken from their owners since, or the socket is new. */
static __noinline int look_again(struct node *node, struct __sk_buff *skb, struct socket_mark *mark,
                                 enum direction direction)
{
	u32 epoch = node->row.epoch; /* read before what it stands for */
	struct usage *usage = usage_at(mark->slot);
	bool is_owner = usage && mark->cgroup_id && usage->owner == mark->cgroup_id;

	if (!is_owner)
		mark_socket(node, skb, mark, direction);
	if (!is_owner || !is_flow_kept(mark))
		forget_flow(mark);
	mark->next_epoch = mark->cgroup_id ? epoch + 1 : 0;
	return 0;
}

/* Whether the socket of a packet may be marked. */
static __noinline int may_mark_socket(struct __sk_buff *skb)
{
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = known_slot(&id);

	return may_mark(slot ? *slot : SLOT_REST);
}

/* Marks a socket; NULL where it is not. */
static __always_inline struct socket_mark *make_mark(struct node *node, struct __sk_buff *skb,
                                                     struct bpf_sock *sk)
{
	struct socket_mark fresh = { .holding = HOLDS_SOON }, *mark;

	if (!may_mark_socket(skb)) {
		lose(node, LOST_NETWORK__OVER_SHARE);
		return NULL;
	}
	mark = bpf_sk_storage_get(&mark_of_socket, sk, &fresh, BPF_SK_STORAGE_GET_F_CREATE);
	/* Another CPU may have made it at the same time. */
	if (!mark)
		mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, 0);
	if (!mark)
		lose(node, LOST_NETWORK__NO_STORAGE);
	return mark;
}

/* What is known of the socket. NOTE: every helper costs as much as all counting; this takes one. */
static __always_inline struct socket_mark *mark_of(struct node *node, struct __sk_buff *skb,
                                                   struct bpf_sock *sk, struct socket_mark *spare,
                                                   enum direction direction)
{
	struct socket_mark *mark;

	mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, 0);
	if (!mark) {
		if (!bpf_sk_fullsock(sk)) {
			lose(node, LOST_NETWORK__NO_SOCKET);
			return NULL;
		}
		mark = make_mark(node, skb, sk);
	}
	if (!mark) {
		*spare = (struct socket_mark){};
		mark = spare;
	}
	/* Clang computes no field's address before the pointer is known to be one. */
	asm volatile("" : "+r"(mark));
	if (mark->next_epoch != node->row.epoch + 1)
		look_again(node, skb, mark, direction);
	return mark;
}

static __always_inline void count(struct node *node, struct __sk_buff *skb,
                                  enum direction direction)
{
	struct bpf_sock *sk = skb->sk;
	struct socket_mark spare, *mark;
	bool is_dns;

	if (!sk) {
		lose(node, LOST_NETWORK__NO_SOCKET);
		return;
	}
	mark = mark_of(node, skb, sk, &spare, direction);
	if (!mark)
		return;
	if (mark->protocol == PROTOCOL_TCP) {
		if (has_payload && is_due(mark))
			note_look(mark, see_payload(skb, direction, mark->amid));
		count_packet(node, skb, mark, direction);
		is_dns = mark->is_dns;
	} else if (count_dialled(node, skb, sk, mark, direction)) {
		is_dns = mark->is_dns;
	} else {
		is_dns = count_datagrams(node, skb, mark, direction);
	}
	if (is_dns)
		see_dns(node, skb, mark, direction);
}

/* Queries of a socket that closes time out. */
static __always_inline void close_dns(struct node *node, struct bpf_sock *sk)
{
	struct dns_socket *socket = bpf_sk_storage_get(&dns_of_socket, sk, NULL, 0);
	u32 unanswered = socket ? count_unanswered(sk, socket) : 0;
	struct usage_cell *cell;

	if (!unanswered)
		return;
	cell = cell_of_owner(node, socket->slot, socket->cgroup_id);
	if (cell)
		ADD(cell->dns.queries[DNS_TIMEOUT], unanswered);
}

/*
 * A socket closes. One that still sends what it holds keeps its mark. Of a connection that nobody
 * accepted there is no word: its place is given back with its cgroup's row.
 */
SEC("cgroup/sock_release")
int note_release(struct bpf_sock *sk)
{
	struct node *node = begins(PROGRAM_NOTE_RELEASE);
	struct socket_mark *mark;

	if (!node)
		return PASS;
	mark = bpf_sk_storage_get(&mark_of_socket, sk, NULL, 0);
	if (!mark)
		return PASS;
	give_back_place(mark);
	if (sk->protocol == IPPROTO_UDP || sk->dst_port == __builtin_bswap16(DNS_PORT))
		close_dns(node, sk);
	return PASS;
}

SEC("cgroup_skb/egress")
int count_transmit(struct __sk_buff *skb)
{
	struct node *node = begins_packet(PROGRAM_COUNT_TRANSMIT, skb, TRANSMIT);

	if (node)
		count(node, skb, TRANSMIT);
	return PASS;
}

SEC("cgroup_skb/ingress")
int count_receive(struct __sk_buff *skb)
{
	struct node *node = begins_packet(PROGRAM_COUNT_RECEIVE, skb, RECEIVE);

	if (node)
		count(node, skb, RECEIVE);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
