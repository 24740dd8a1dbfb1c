// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges packets to the cgroup that created their socket, in any network namespace and on any
 * interface. Every path returns 1, because 0 would drop the packet.
 *
 * TCP needs no more, because its flows are read from the sockets (flow.bpf.c). Datagrams are also
 * added to their flow, DNS messages are parsed, and TCP payload is searched for mining protocols.
 */
#include "dns/dns.h"
#include "flow/connections.h"
#include "mining/payload/payload.h"
#include "net/datagrams.h"
#include "net/hand-over.h"

static __always_inline u32 protocol_of(struct bpf_sock *sk)
{
	if (sk->protocol == IPPROTO_TCP)
		return PROTOCOL_TCP;
	return sk->protocol == IPPROTO_UDP ? PROTOCOL_UDP : PROTOCOL_OTHER;
}

/* In a proof, the packet decides: all but TCP and ICMP counts as UDP, after any extensions. */
static __noinline int cache_by_packet(struct __sk_buff *skb, struct socket_cache *cache)
{
	const u16 dns = __builtin_bswap16(DNS_PORT);
	u8 octets[10];
	u16 ports[2];

	if (bpf_skb_load_bytes(skb, 0, octets, sizeof(octets)))
		return 0;
	cache->ip_protocol = octets[0] >> 4 == 6 ? octets[6] : octets[9];
	if (cache->ip_protocol == IPPROTO_ICMP || cache->ip_protocol == IPPROTO_ICMPV6)
		return 0;
	cache->protocol = cache->ip_protocol == IPPROTO_TCP ? PROTOCOL_TCP : PROTOCOL_UDP;
	if (!bpf_skb_load_bytes(skb, network_header_bytes(skb), ports, sizeof(ports)))
		cache->is_dns = ports[0] == dns || ports[1] == dns;
	return 0;
}

/* Notes the translated address of a TCP connection that we opened. Its flow is known. */
static __always_inline void note_translation(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct connection *connection = find_connection_of(sk);
	struct flow_row *flow = connection ? flow_at(connection->flow_slot) : NULL;

	if (flow && flow->slot >= nr_slots && flow->born_ns == connection->flow_born_ns &&
	    connection->opener == OPENER_SELF)
		note_reached(skb, flow);
}

/* Identifies the cgroup of a new socket, or of one whose cgroup's row was taken. */
static __noinline int identify_socket(struct cpu_state *state, struct __sk_buff *skb,
                                      struct socket_cache *cache, enum direction direction)
{
	struct bpf_sock *sk = skb->sk;
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = known_slot(&id);
	bool holds = cache->holding != HOLDS_NOTHING;

	give_back_place(cache);
	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (sk) {
		cache->protocol = protocol_of(sk);
		cache->ip_protocol = sk->protocol;
		cache->is_dns = cache->protocol == PROTOCOL_TCP &&
		                sk->dst_port == __builtin_bswap16(DNS_PORT);
		if (cache->protocol == PROTOCOL_TCP && direction == TRANSMIT)
			note_translation(skb, sk);
	}
	if (is_proof)
		cache_by_packet(skb, cache);
	cache->cgroup_id = slot ? id : 0;
	cache->slot = slot ? *slot : SLOT_REST;
	if (holds)
		hold_place(cache);
	if (!slot)
		lose(state, LOST_USAGE__LATE);
	return 0;
}

/* Renews a cache of an earlier cache epoch, or of a new socket. */
static __noinline int refresh_cache(struct cpu_state *state, struct __sk_buff *skb,
                                    struct socket_cache *cache, enum direction direction)
{
	u32 epoch = state->row.epoch; /* read before the rows that it covers */
	struct usage *usage = usage_at(cache->slot);
	bool is_owner = usage && cache->cgroup_id && usage->owner == cache->cgroup_id;

	if (!is_owner)
		identify_socket(state, skb, cache, direction);
	if (!is_owner || !is_flow_kept(cache))
		forget_flow(cache);
	cache->next_epoch = cache->cgroup_id ? epoch + 1 : 0;
	return 0;
}

/* Whether a packet's socket may be cached. */
static __noinline int may_cache_socket(struct __sk_buff *skb)
{
	u64 id = bpf_skb_cgroup_id(skb);
	u32 *slot = known_slot(&id);

	return may_cache(slot ? *slot : SLOT_REST);
}

/* Creates the cache of a socket. NULL if there is no room. */
static __always_inline struct socket_cache *make_cache(struct cpu_state *state,
                                                       struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct socket_cache fresh = { .holding = HOLDS_SOON }, *cache;

	if (!may_cache_socket(skb)) {
		lose(state, LOST_NETWORK__OVER_SHARE);
		return NULL;
	}
	cache = bpf_sk_storage_get(&cache_of_socket, sk, &fresh, BPF_SK_STORAGE_GET_F_CREATE);
	/* Another CPU may have created it at the same time. */
	if (!cache)
		cache = bpf_sk_storage_get(&cache_of_socket, sk, NULL, 0);
	if (!cache)
		lose(state, LOST_NETWORK__NO_STORAGE);
	return cache;
}

/* Returns the cache of a socket. NOTE: a helper costs as much as all counting, so this uses one. */
static __always_inline struct socket_cache *cache_of(struct cpu_state *state, struct __sk_buff *skb,
                                                     struct bpf_sock *sk,
                                                     struct socket_cache *spare,
                                                     enum direction direction)
{
	struct socket_cache *cache;

	cache = bpf_sk_storage_get(&cache_of_socket, sk, NULL, 0);
	if (!cache) {
		if (!bpf_sk_fullsock(sk)) {
			lose(state, LOST_NETWORK__NO_SOCKET);
			return NULL;
		}
		cache = make_cache(state, skb, sk);
	}
	if (!cache) {
		*spare = (struct socket_cache){};
		cache = spare;
	}
	/* Keeps clang from computing a field's address before the NULL check. */
	barrier_var(cache);
	if (cache->next_epoch != state->row.epoch + 1)
		refresh_cache(state, skb, cache, direction);
	return cache;
}

static __always_inline void count(struct cpu_state *state, struct __sk_buff *skb,
                                  enum direction direction)
{
	struct bpf_sock *sk = skb->sk;
	struct socket_cache spare, *cache;
	bool is_dns;

	if (!sk) {
		lose(state, LOST_NETWORK__NO_SOCKET);
		return;
	}
	cache = cache_of(state, skb, sk, &spare, direction);
	if (!cache)
		return;
	if (cache->protocol == PROTOCOL_TCP) {
		if (has_payload && should_sample(cache))
			note_sample(cache, see_payload(skb, direction, cache->open_messages));
		count_packet(state, skb, cache, direction);
		is_dns = cache->is_dns;
	} else if (count_dialed(state, skb, sk, cache, direction)) {
		is_dns = cache->is_dns;
	} else {
		is_dns = count_datagrams(state, skb, cache, direction);
	}
	if (is_dns)
		see_dns(state, skb, cache, direction);
}

/* Counts the open queries of a closing socket as timeouts. */
static __always_inline void close_dns(struct cpu_state *state, struct bpf_sock *sk)
{
	struct dns_socket *socket = bpf_sk_storage_get(&dns_of_socket, sk, NULL, 0);
	u32 unanswered = socket ? count_unanswered(sk, socket) : 0;
	struct usage_cell *cell;

	if (!unanswered)
		return;
	cell = cell_of_owner(state, socket->slot, socket->cgroup_id);
	if (cell)
		ADD(cell->dns.queries[DNS_TIMEOUT], unanswered);
}

/*
 * Gives back the cache of a closing socket. A socket that still has data to send keeps it. A
 * connection that was never accepted is not seen here: it is given back with its cgroup's row.
 */
SEC("cgroup/sock_release")
int note_release(struct bpf_sock *sk)
{
	struct cpu_state *state = begin_run(PROGRAM_NOTE_RELEASE);
	struct socket_cache *cache;

	if (!state)
		return PASS;
	cache = bpf_sk_storage_get(&cache_of_socket, sk, NULL, 0);
	if (!cache)
		return PASS;
	give_back_place(cache);
	if (sk->protocol == IPPROTO_UDP || sk->dst_port == __builtin_bswap16(DNS_PORT))
		close_dns(state, sk);
	return PASS;
}

SEC("cgroup_skb/egress")
int count_transmit(struct __sk_buff *skb)
{
	struct cpu_state *state = begin_packet(PROGRAM_COUNT_TRANSMIT, skb, TRANSMIT);

	if (state)
		count(state, skb, TRANSMIT);
	return PASS;
}

SEC("cgroup_skb/ingress")
int count_receive(struct __sk_buff *skb)
{
	struct cpu_state *state = begin_packet(PROGRAM_COUNT_RECEIVE, skb, RECEIVE);

	if (state)
		count(state, skb, RECEIVE);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
