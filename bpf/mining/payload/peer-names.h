/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports the names under which a connection requests its peer in clear text: the server name in a
 * TLS ClientHello, or the destination at a proxy (SOCKS 5, HTTP CONNECT). User space decides
 * whether it is a pool.
 */
#ifndef VIGIA_MINING_PAYLOAD_PEER_NAMES_H
#define VIGIA_MINING_PAYLOAD_PEER_NAMES_H

#include "lib/clues.h"
#include "lib/socket-cache.h"
#include "lib/words.h"

#define NAME_BYTES 128   /* inspected octets of a name; the names of pools are short */
#define KNOWN_NAMES 4096 /* on the node, by cgroup */

/* A name is not reported again in this time. A report stays valid for longer. */
#define NAME_INTERVAL_NS 600000000000ULL

#define TLS_HANDSHAKE 0x16 /* RFC 8446, 5.1 */
#define TLS_RECORD_HEADER 5
#define TLS_CLIENT_HELLO 1
#define TLS_BEFORE_SESSION (TLS_RECORD_HEADER + 4 + 2 + 32)
#define TLS_MAX_EXTENSIONS 32
#define TLS_SERVER_NAME 0 /* RFC 6066, 3 */
#define TLS_ALPN 16       /* RFC 7301 */

#define SOCKS_5 5 /* RFC 1928 */
#define SOCKS_CONNECT 1
#define SOCKS_NAME 3

struct known_name {
	u64 cgroup_id;
	u64 hash;
};

struct { /* key: a name in a cgroup; value: time of the last report */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNOWN_NAMES);
	__type(key, struct known_name);
	__type(value, nsec_t);
} reported_by_name SEC(".maps");

static __always_inline u32 load_u8(struct __sk_buff *skb, u32 offset)
{
	u8 octet = 0;

	bpf_skb_load_bytes(skb, offset, &octet, sizeof(octet));
	return octet;
}

static __always_inline u32 load_u16(struct __sk_buff *skb, u32 offset)
{
	u16 word = 0;

	bpf_skb_load_bytes(skb, offset, &word, sizeof(word));
	return __builtin_bswap16(word);
}

static __always_inline int load_name(struct __sk_buff *skb, u32 offset, u32 bytes,
                                     struct clue_row *name)
{
	if (!bytes)
		return -1;
	bytes = BOUNDED(bytes < NAME_BYTES ? bytes : NAME_BYTES, NAME_BYTES);
	name->text_bytes = bytes;
	return bpf_skb_load_bytes(skb, offset, name->text, bytes);
}

/*
 * Returns the offset of the server name in a ClientHello in the low half, its length in the high
 * half; 0 if there is none. Sets `is_nameless` if there is no ALPN either, and all extensions were
 * seen.
 */
static __noinline u64 find_server_name(struct __sk_buff *skb, u32 offset, u32 *is_nameless)
{
	u32 at = offset + TLS_BEFORE_SESSION, end = skb->len, type, bytes;

	*is_nameless = 0;
	if (load_u8(skb, offset + TLS_RECORD_HEADER) != TLS_CLIENT_HELLO)
		return 0;
	at += 1 + load_u8(skb, at);  /* session */
	at += 2 + load_u16(skb, at); /* ciphers */
	at += 1 + load_u8(skb, at);  /* compression */
	if (at + 2 > end)
		return 0;
	if (at + 2 + load_u16(skb, at) < end)
		end = at + 2 + load_u16(skb, at);
	at += 2;
	*is_nameless = 1;
	for (u32 i = 0; i < TLS_MAX_EXTENSIONS; i++) {
		if (at + 4 > end)
			break;
		type = load_u16(skb, at);
		bytes = load_u16(skb, at + 2);
		if (type == TLS_ALPN)
			*is_nameless = 0;
		if (type == TLS_SERVER_NAME) {
			*is_nameless = 0;
			return (u64)load_u16(skb, at + 7) << 32 | (at + 9);
		}
		at += 4 + bytes;
	}
	/* Other extensions are in another segment, or beyond the limit. */
	if (at < end || at > skb->len)
		*is_nameless = 0;
	return 0;
}

/* Cuts a name at its port, or at the blank after it. Global, like all functions here with loops. */
__noinline u32 cut_port(u32 slot, u32 bytes)
{
	struct clue_row *name = clue_at(slot);

	if (!name)
		return 0;
	for (u32 i = 0; i < NAME_BYTES; i++) {
		if (i >= bytes)
			break;
		if (name->text[i] != ':' && name->text[i] != ' ')
			continue;
		name->text_bytes = i;
		break;
	}
	return name->text_bytes;
}

/*
 * Reads a name into a clue, because names do not fit on the stack. Returns whether there is one, or
 * for TLS, whether there is certainly none.
 */
__noinline u32 read_name(struct __sk_buff *skb, u32 slot, u32 offset, u32 first)
{
	struct clue_row *name = clue_at(slot);
	u64 found, verb = 0;
	u32 is_nameless;

	if (!name)
		return 0;
	if (first == TLS_HANDSHAKE) {
		found = find_server_name(skb, offset, &is_nameless);
		if (is_nameless)
			name->kind = CLUE_NAMELESS;
		return is_nameless || (found && !load_name(skb, (u32)found, found >> 32, name));
	}
	if (first == SOCKS_5)
		return load_u16(skb, offset + 1) == SOCKS_CONNECT << 8 &&
		       load_u8(skb, offset + 3) == SOCKS_NAME &&
		       !load_name(skb, offset + 5, load_u8(skb, offset + 4), name);
	if (bpf_skb_load_bytes(skb, offset, &verb, sizeof(verb)) || verb != WORD("CONNECT "))
		return 0;
	if (load_name(skb, offset + sizeof(verb), skb->len - offset - sizeof(verb), name))
		return 0;
	return cut_port(slot, name->text_bytes);
}

/* FNV-1a */
__noinline u64 hash_name(u32 slot, u32 bytes)
{
	const struct clue_row *name = clue_at(slot);
	u64 hash = 0xcbf29ce484222325ULL;

	if (!name)
		return 0;
	for (u32 i = 0; i < NAME_BYTES; i++) {
		if (i >= bytes)
			break;
		hash = (hash ^ name->text[i]) * 0x100000001b3ULL;
	}
	return hash;
}

/* Begins the clue of a packet, with the peer of its socket. */
static __always_inline struct clue_row *begin_packet_clue(struct cpu_state *state,
                                                          struct bpf_sock *sk, enum clue_kind kind,
                                                          enum clue_weight weight,
                                                          const struct socket_cache *cache)
{
	struct clue_row *clue = begin_clue(state, kind, weight, cache->slot, cache->cgroup_id);

	if (!clue)
		return NULL;
	read_dialed(sk, clue->peer);
	clue->port = __builtin_bswap16(sk->dst_port);
	return clue;
}

/* Whether a segment with this first octet may name its peer. */
static __always_inline bool begins_name(u8 octet)
{
	return octet == TLS_HANDSHAKE || octet == SOCKS_5 || octet == 'C';
}

/* Whether the name was not reported recently. Without a name, each peer is reported once. */
static __always_inline bool is_new_name(const struct bpf_sock *sk, const struct clue_row *clue)
{
	struct known_name known = { .cgroup_id = clue->cgroup_id };
	u32 bytes = clue->text_bytes;
	nsec_t now_ns = clue->at_ns;

	known.hash = bytes ? hash_name(clue->slot, bytes) : (u64)sk->dst_ip4 << 32 | sk->dst_ip6[3];
	if (was_reported(&reported_by_name, &known, now_ns, NAME_INTERVAL_NS))
		return false;
	bpf_map_update_elem(&reported_by_name, &known, &now_ns, BPF_ANY);
	return true;
}

/* Handles an outgoing segment that may name its peer. */
static __noinline int see_name(struct cpu_state *state, struct __sk_buff *skb,
                               const struct socket_cache *cache, u32 offset, u32 first)
{
	struct bpf_sock *sk = skb->sk;
	struct clue_row *clue;

	if (!sk)
		return 0;
	clue = begin_packet_clue(state, sk, CLUE_NAME, CLUE_MINOR, cache);
	if (!clue)
		return 0;
	if (read_name(skb, clue->slot, offset, first) && is_new_name(sk, clue))
		end_clue(clue);
	else
		free_clue(clue);
	return 0;
}

#endif
