/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recognizes the words of mining protocols. A string is compared by its first eight octets, its
 * last eight, and its length, which is exact for up to sixteen octets.
 */
#ifndef VIGIA_MINING_PAYLOAD_MINING_WORDS_H
#define VIGIA_MINING_PAYLOAD_MINING_WORDS_H

#include "lib/words.h"

#define IS(text)                                                                                   \
	(head == WORD(text) && bytes == OCTETS(text) && (bytes <= 8 || tail == LAST_WORD(text)))

/* What one message contains, as bits. */
#define KEY(n) (1ULL << (n))
#define KEY_METHOD KEY(0)
#define KEY_PARAMS KEY(1)
#define KEY_ID KEY(2)
#define KEY_LOGIN KEY(3)
#define KEY_PASS KEY(4)
#define KEY_ALGO KEY(5)
#define KEY_JOB_ID KEY(6)
#define KEY_NONCE KEY(7)
#define KEY_RESULT KEY(8)
#define KEY_BLOB KEY(9)
#define KEY_TARGET KEY(10)
#define KEY_WORKER KEY(11)
#define KEY_WALLET_ADDRESS KEY(12)
#define KEY_POW KEY(13)
#define KEY_PRE_POW KEY(14)
#define KEY_AGENT KEY(15)
#define KEY_OUTPUT KEY(16)
#define VALUE(n) (1ULL << (32 + (n)))
#define METHOD_LOGIN VALUE(0)
#define METHOD_SUBMIT VALUE(1)
#define METHOD_KEEPALIVED VALUE(2)
#define METHOD_STRATUM_CALL VALUE(3)
#define METHOD_STRATUM_PUSH VALUE(4)
#define METHOD_ETH_SUBMIT VALUE(5)
#define METHOD_ETH_GET_WORK VALUE(6)
#define METHOD_GETWORK VALUE(7)
#define METHOD_GETBLOCKTEMPLATE VALUE(8)
#define LONG_LOGIN VALUE(9)         /* as long as a wallet of the CryptoNote family */
#define MINING_EXTENSIONS VALUE(10) /* an HTTP header that only miners send */

#define METHOD_SOLUTION VALUE(11)
#define METHOD_STRATUM_EITHER VALUE(14)
#define MINER_AGENT VALUE(13) /* a client with a miner's name */
#define HEX_BLOB VALUE(12)    /* the header of a block, which is hashed */

#define BLOB_BYTES 80   /* Monero and its relatives: 152 and more */
#define WALLET_BYTES 90 /* Monero and its relatives: 95 to 110 */

#define NO_DIGIT 0xff

static __always_inline u8 digit_of(u8 octet)
{
	u8 letter = octet | 0x20;

	if (octet >= '0' && octet <= '9')
		return octet - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : NO_DIGIT;
}

/* Global functions, here and below, so that the verifier checks each once. */
__noinline u64 key_of(u64 head, u64 tail, u32 bytes)
{
	if (IS("method"))
		return KEY_METHOD;
	if (IS("params"))
		return KEY_PARAMS;
	if (IS("id"))
		return KEY_ID;
	if (IS("login"))
		return KEY_LOGIN;
	if (IS("pass"))
		return KEY_PASS;
	if (IS("algo"))
		return KEY_ALGO;
	if (IS("job_id"))
		return KEY_JOB_ID;
	if (IS("nonce"))
		return KEY_NONCE;
	if (IS("result"))
		return KEY_RESULT;
	if (IS("blob"))
		return KEY_BLOB;
	if (IS("target"))
		return KEY_TARGET;
	if (IS("worker"))
		return KEY_WORKER;
	if (IS("wallet_address"))
		return KEY_WALLET_ADDRESS;
	if (IS("pow"))
		return KEY_POW;
	if (IS("agent"))
		return KEY_AGENT;
	if (IS("output"))
		return KEY_OUTPUT;
	return IS("pre_pow") ? KEY_PRE_POW : 0;
}

/* Calls to a pool, notifications from a pool, and messages of both. */
static __always_inline u64 stratum_method_of(u64 head, u64 tail, u32 bytes)
{
	if (IS("mining.subscribe") || IS("mining.authorize") || IS("mining.submit") ||
	    IS("mining.configure") || IS("mining.extranonce.subscribe") || IS("mining.hello") ||
	    IS("mining.noop") || IS("mining.capabilities") || IS("mining.hashrate") ||
	    IS("mining.suggest_difficulty") || IS("mining.suggest_target") ||
	    IS("mining.get_transactions") || IS("mining.multi_version"))
		return METHOD_STRATUM_CALL;
	if (IS("mining.notify") || IS("mining.set_difficulty") || IS("mining.set_target") ||
	    IS("mining.set_extranonce") || IS("mining.set") || IS("mining.set_version_mask") ||
	    IS("mining.set_goal"))
		return METHOD_STRATUM_PUSH;
	if (IS("mining.ping") || IS("mining.pong") || IS("mining.bye"))
		return METHOD_STRATUM_EITHER;
	return 0;
}

__noinline u32 is_hex(u64 eight)
{
	u32 digits = 0;

	for (u32 i = 0; i < 64; i += 8)
		digits += digit_of(eight >> i) != NO_DIGIT;
	return digits == 8;
}

__noinline u64 method_of(u64 head, u64 tail, u32 bytes)
{
	if (IS("login"))
		return METHOD_LOGIN;
	if (IS("submit"))
		return METHOD_SUBMIT;
	if (IS("solution"))
		return METHOD_SOLUTION;
	if (IS("keepalived"))
		return METHOD_KEEPALIVED;
	if (IS("eth_submitLogin") || IS("eth_login") || IS("eth_submitWork") ||
	    IS("eth_submitHashrate"))
		return METHOD_ETH_SUBMIT;
	if (IS("eth_getWork"))
		return METHOD_ETH_GET_WORK;
	if (IS("getwork"))
		return METHOD_GETWORK;
	if (IS("getblocktemplate") || IS("get_block_template"))
		return METHOD_GETBLOCKTEMPLATE;
	return stratum_method_of(head, tail, bytes);
}

#define FIRST(count) (head & ~0ULL >> (64 - 8 * (count)))

/*
 * Checks the beginning of an agent, before its version. NOTE: few values at a time, because the
 * stack is small.
 */
__noinline u32 is_miner_agent(u64 head)
{
	u64 five = FIRST(5), seven = FIRST(7);

	if (five == WORD("XMRig") || five == WORD("xmrig") || FIRST(6) == WORD("minerd"))
		return 1;
	if (seven == WORD("ccminer") || seven == WORD("cgminer") || seven == WORD("bzminer") ||
	    seven == WORD("nbminer"))
		return 1;
	return head == WORD("xmr-stak") || head == WORD("cpuminer") || head == WORD("bfgminer") ||
	       head == WORD("SRBMiner") || head == WORD("srbminer") || head == WORD("lolMiner") ||
	       head == WORD("grin-min");
}

#define HAS(bits) ((seen & (bits)) == (bits))

/*
 * Returns the dialects of a message, as bits of enum dialect. Each needs several words in their
 * places, because each word alone is common in JSON-RPC.
 */
__noinline u32 dialects_of(u64 seen)
{
	u32 dialects = 0;

	if (HAS(METHOD_LOGIN | KEY_LOGIN | KEY_PASS) && seen & (KEY_ALGO | LONG_LOGIN))
		dialects |= 1 << DIALECT_CRYPTONOTE_LOGIN;
	if (HAS(METHOD_LOGIN | LONG_LOGIN | KEY_AGENT) ||
	    HAS(METHOD_LOGIN | KEY_LOGIN | MINER_AGENT))
		dialects |= 1 << DIALECT_CRYPTONOTE_LOGIN;
	if (HAS(METHOD_SUBMIT | KEY_JOB_ID | KEY_NONCE) && seen & (KEY_RESULT | KEY_POW))
		dialects |= 1 << DIALECT_CRYPTONOTE_SUBMIT;
	if (HAS(METHOD_SOLUTION | KEY_NONCE | KEY_OUTPUT | KEY_ID))
		dialects |= 1 << DIALECT_CRYPTONOTE_SUBMIT;
	if (HAS(METHOD_KEEPALIVED | KEY_PARAMS | KEY_ID))
		dialects |= 1 << DIALECT_CRYPTONOTE_KEEPALIVE;
	if (HAS(KEY_JOB_ID | HEX_BLOB | KEY_TARGET) || HAS(KEY_JOB_ID | KEY_PRE_POW))
		dialects |= 1 << DIALECT_CRYPTONOTE_JOB;
	if (HAS(METHOD_STRATUM_CALL) && seen & (KEY_PARAMS | KEY_ID))
		dialects |= 1 << DIALECT_STRATUM_CALL;
	if (HAS(METHOD_STRATUM_PUSH | KEY_PARAMS))
		dialects |= 1 << DIALECT_STRATUM_PUSH;
	if (HAS(METHOD_STRATUM_EITHER) && seen & (KEY_PARAMS | KEY_ID))
		dialects |= 1 << DIALECT_STRATUM_EITHER;
	if (HAS(METHOD_ETH_SUBMIT | KEY_PARAMS) || HAS(METHOD_ETH_GET_WORK | KEY_WORKER))
		dialects |= 1 << DIALECT_ETHPROXY;
	if (HAS(METHOD_GETBLOCKTEMPLATE | KEY_WALLET_ADDRESS))
		dialects |= 1 << DIALECT_SOLO;
	if (HAS(MINING_EXTENSIONS))
		dialects |= 1 << DIALECT_GETWORK;
	if (seen & (METHOD_GETWORK | METHOD_GETBLOCKTEMPLATE | METHOD_ETH_GET_WORK) &&
	    seen & (KEY_PARAMS | KEY_ID))
		dialects |= 1 << DIALECT_NODE_RPC;
	return dialects;
}

#endif
