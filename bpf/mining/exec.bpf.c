// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports programs with the arguments or the name of a miner, and programs whose file is in memory,
 * was deleted, or was added to a container. Nothing about other programs leaves the kernel.
 *
 * The inspected part of the arguments is reported too: user space decides what they mean.
 */
#include "lib/cgroups.h"
#include "lib/clues.h"
#include "lib/words.h"

/* include/uapi/linux/magic.h */
#define TMPFS_MAGIC 0x01021994
#define OVERLAYFS_MAGIC 0x794c7630

/* A place is reported once a minute, because programs in memory may start all the time. */
#define PLACE_INTERVAL_NS 60000000000ULL
#define KNOWN_PLACES 1024

struct known_place {
	u64 cgroup_id;
	u64 inode;
};

struct { /* key: a file in a cgroup; value: time of the last report */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNOWN_PLACES);
	__type(key, struct known_place);
	__type(value, nsec_t);
} reported_by_place SEC(".maps");

/*
 * Whether the latest eight octets are in the arguments of miners. One match is enough here; user
 * space needs more than one, or the address of a pool.
 */
static __always_inline bool is_word(u64 letters)
{
	return letters == BE_WORD("stratum+") || letters == BE_WORD("stratum:") ||
	       letters == BE_WORD("stratum1") || letters == BE_WORD("stratum2") ||
	       letters == BE_WORD("--donate") || letters == BE_WORD("nicehash") ||
	       letters == BE_WORD("--algo=r") || letters == BE_WORD("--algo=c") ||
	       letters == BE_WORD("--random") || letters == BE_WORD("cpu-max-") ||
	       letters == BE_WORD("ethproxy") || letters == BE_WORD("nr_hugep") ||
	       letters == BE_WORD("allow_wr");
}

/* Length of a Monero wallet. Arguments that look like one are also checked in user space. */
#define WALLET_BYTES 95
#define NO_WALLET 1000

/* Roles of a character in a wallet, as bits. */
enum letter { LETTER_ANY = 1, LETTER_FIRST = 2, LETTER_BEFORE = 4 };

static const u8 letter_of[256] = {
	['0' ... '3'] = LETTER_ANY, ['4'] = LETTER_ANY | LETTER_FIRST,
	['5' ... '7'] = LETTER_ANY, ['8'] = LETTER_ANY | LETTER_FIRST,
	['9'] = LETTER_ANY,         ['A' ... 'Z'] = LETTER_ANY,
	['a' ... 'z'] = LETTER_ANY, ['='] = LETTER_BEFORE,
	['\0'] = LETTER_BEFORE,
};

/*
 * Whether an octet completes a wallet. `amount`, unused by exec clues, holds the length of the run
 * of letters and digits. NOTE: no branches, and the state is in a map, because the verifier would
 * follow each path for each length.
 */
static __always_inline bool ends_wallet(struct clue_row *clue, u8 octet)
{
	u64 run = clue->amount, letter = letter_of[octet];
	u64 any = letter & 1, first = letter >> 1 & 1, before = letter >> 2;
	u64 begins = (run - 1) >> 63; /* the run was empty */
	u64 longer = (1 - begins) * (run + 1) + begins * (first + (1 - first) * NO_WALLET);

	run = (1 - before) * (any * longer + (1 - any) * NO_WALLET);
	clue->amount = run;
	return run == WALLET_BYTES;
}

/* Global, because the verifier would otherwise walk it for each length. */
__noinline u32 has_words(u32 slot, u32 bytes)
{
	struct clue_row *clue = clue_at(slot);
	u64 letters = 0;
	u8 octet;

	if (!clue)
		return 0;
	clue->amount = 0;
	for (u32 i = 0; i < CLUE_TEXT_BYTES; i++) {
		if (i >= bytes)
			break;
		octet = clue->text[i];
		letters = letters << 8 | octet;
		if (is_word(letters) || ends_wallet(clue, octet))
			return 1;
	}
	return 0;
}

/* Checks the beginning of the thread name, which is the end of the file's path. */
__noinline u32 is_miner(u64 name)
{
	return BEGINS(name, "xmrig") || BEGINS(name, "xmr-stak") || BEGINS(name, "kdevtmpf") ||
	       BEGINS(name, "kinsing") || BEGINS(name, "minerd") || BEGINS(name, "cpuminer") ||
	       BEGINS(name, "ccminer") || BEGINS(name, "ethminer") || BEGINS(name, "nbminer") ||
	       BEGINS(name, "lolMiner") || BEGINS(name, "bzminer") || BEGINS(name, "srbminer") ||
	       BEGINS(name, "SRBMiner") || BEGINS(name, "nanomine") || BEGINS(name, "teamredm") ||
	       BEGINS(name, "phoenixm") || BEGINS(name, "t-rex") || BEGINS(name, "p2pool") ||
	       BEGINS(name, "cgminer") || BEGINS(name, "bfgminer");
}

static __always_inline u32 read_arguments(struct task_struct *task, struct clue_row *clue)
{
	unsigned long start = task->mm->arg_start, end = task->mm->arg_end;
	u32 bytes;

	if (end <= start)
		return 0;
	bytes = end - start < CLUE_TEXT_BYTES ? end - start : CLUE_TEXT_BYTES;
	bytes = BOUNDED(bytes, CLUE_TEXT_BYTES);
	if (bpf_probe_read_user(clue->text, bytes, (void *)start))
		return 0;
	clue->text_bytes = bytes;
	return bytes;
}

/*
 * Whether the file of an overlay is in the container's writable layer. The overlay stores a pointer
 * to the upper dentry behind the inode (struct ovl_inode, fs/overlayfs/ovl_entry.h).
 */
static __always_inline bool is_in_upper_layer(const struct inode *inode)
{
	void *upper = NULL;

	if (inode->i_sb->s_magic != OVERLAYFS_MAGIC)
		return false;
	bpf_probe_read_kernel(&upper, sizeof(upper),
	                      (const void *)inode + bpf_core_type_size(struct inode));
	return upper != NULL;
}

static __always_inline u32 place_of(const struct inode *inode, u64 cgroup_id)
{
	struct known_place place = { .cgroup_id = cgroup_id, .inode = inode->i_ino };
	u32 reasons = 0;
	nsec_t now_ns;

	if (inode->i_sb->s_magic == TMPFS_MAGIC)
		reasons |= 1 << EXEC_MEMORY;
	if (!inode->i_nlink)
		reasons |= 1 << EXEC_UNLINKED;
	if (is_in_upper_layer(inode))
		reasons |= 1 << EXEC_UPPER;
	if (!reasons)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (was_reported(&reported_by_place, &place, now_ns, PLACE_INTERVAL_NS))
		return 0;
	bpf_map_update_elem(&reported_by_place, &place, &now_ns, BPF_ANY);
	return reasons;
}

/* Why a program is reported, as bits; 0 = it is not. */
static __always_inline u32 reasons_for(struct task_struct *task, struct linux_binprm *bprm,
                                       struct clue_row *clue)
{
	u32 reasons = place_of(bprm->file->f_inode, clue->cgroup_id);
	u64 name = 0;

	bpf_core_read(&name, sizeof(name), &task->comm);
	if (is_miner(__builtin_bswap64(name)))
		reasons |= 1 << EXEC_NAME;
	if (has_words(clue->slot, read_arguments(task, clue)))
		reasons |= 1 << EXEC_WORDS;
	return reasons;
}

/* A suspicious place alone is minor evidence. */
static __always_inline bool is_minor(u32 reasons)
{
	return !(reasons & (1 << EXEC_WORDS | 1 << EXEC_NAME));
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(see_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	u64 cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	struct cpu_state *state = begin_run(PROGRAM_SEE_EXEC);
	u32 *slot = state ? known_slot(&cgroup_id) : NULL;
	struct clue_row *clue;
	u32 reasons;

	if (!slot)
		return 0;
	/* Arguments do not fit on the stack, so they are read into the clue. */
	clue = begin_clue(state, CLUE_EXEC, CLUE_MAJOR, *slot, cgroup_id);
	if (!clue)
		return 0;
	reasons = reasons_for(task, bprm, clue);
	if (!reasons || (is_minor(reasons) && !may_keep(state, clue, CLUE_MINOR))) {
		free_clue(clue);
		return 0;
	}
	clue->amount = 0;
	clue->pid = task->tgid;
	clue->detail = reasons;
	bpf_core_read(clue->command, sizeof(clue->command), &task->comm);
	end_clue(clue);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
