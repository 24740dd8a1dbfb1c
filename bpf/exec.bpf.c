// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of programs that are started with the arguments or the name of a miner, or from where none
 * should lie: memory, or a file that was deleted. Of all others nothing leaves the kernel.
 *
 * The arguments, as far as they are looked at, go with it: user space decides what they mean.
 */
#include "clues.h"

/* include/uapi/linux/magic.h */
#define TMPFS_MAGIC 0x01021994
#define OVERLAYFS_MAGIC 0x794c7630

/* A place is told again after so long; programs in memory may be started all the time. */
#define PLACE_AGAIN_NS 60000000000ULL
#define KNOWN_PLACES 1024

struct arguments {
	u64 bytes;
	u64 run; /* letters and digits in a row, of what may be a wallet */
	u8 text[CLUE_TEXT_BYTES];
};

struct { /* key: 0 value: the arguments that are being read: too large for a stack */
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct arguments);
} arguments_of_cpu SEC(".maps");

struct known_place {
	u64 cgroup_id;
	u64 inode;
};

struct { /* key: a file in a cgroup value: when it was told */
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNOWN_PLACES);
	__type(key, struct known_place);
	__type(value, nsec_t);
} told_by_place SEC(".maps");

static __always_inline struct arguments *arguments_being_read(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&arguments_of_cpu, &zero);
}

/* Eight letters, the first of them the highest: as they are when they have been read one by one. */
#define LETTER(text, i) ((u64)(u8)(text)[i] << (8 * (7 - (i))))
#define LETTERS(text)                                                                              \
	(LETTER(text, 0) | LETTER(text, 1) | LETTER(text, 2) | LETTER(text, 3) | LETTER(text, 4) | \
	 LETTER(text, 5) | LETTER(text, 6) | LETTER(text, 7))

/* Whether the last eight octets are of what miners are told by their arguments. Any of them will do
 * here; user space wants more than one, or an address of a pool. */
static __always_inline bool is_word(u64 letters)
{
	return letters == LETTERS("stratum+") || letters == LETTERS("stratum:") ||
	       letters == LETTERS("stratum1") || letters == LETTERS("stratum2") ||
	       letters == LETTERS("--donate") || letters == LETTERS("nicehash") ||
	       letters == LETTERS("--algo=r") || letters == LETTERS("--algo=c") ||
	       letters == LETTERS("--random") || letters == LETTERS("cpu-max-") ||
	       letters == LETTERS("ethproxy") || letters == LETTERS("nr_hugep") ||
	       letters == LETTERS("allow_wr");
}

/* What begins and is as long as a wallet of Monero is looked at in user space, too. */
#define WALLET_BYTES 95
#define NO_WALLET 1000

/* What a character is to a wallet, as bits. */
enum letter { LETTER_ANY = 1, LETTER_FIRST = 2, LETTER_BEFORE = 4 };

static const u8 letter_of[256] = {
	['0' ... '3'] = LETTER_ANY, ['4'] = LETTER_ANY | LETTER_FIRST,
	['5' ... '7'] = LETTER_ANY, ['8'] = LETTER_ANY | LETTER_FIRST,
	['9'] = LETTER_ANY,         ['A' ... 'Z'] = LETTER_ANY,
	['a' ... 'z'] = LETTER_ANY, ['='] = LETTER_BEFORE,
	['\0'] = LETTER_BEFORE,
};

/* NOTE: without branches, and kept in a map: the verifier would walk along each way of each length. */
static __always_inline bool ends_wallet(struct arguments *arguments, u8 octet)
{
	u64 run = arguments->run, letter = letter_of[octet];
	u64 any = letter & 1, first = letter >> 1 & 1, before = letter >> 2;
	u64 begins = (run - 1) >> 63; /* the run was empty */
	u64 longer = (1 - begins) * (run + 1) + begins * (first + (1 - first) * NO_WALLET);

	run = (1 - before) * (any * longer + (1 - any) * NO_WALLET);
	arguments->run = run;
	return run == WALLET_BYTES;
}

/* Global, as the verifier would else walk through it anew for each length. */
__noinline u32 has_words(u32 bytes)
{
	struct arguments *arguments = arguments_being_read();
	u64 letters = 0;
	u8 octet;

	if (!arguments)
		return 0;
	arguments->run = 0;
	for (u32 i = 0; i < CLUE_TEXT_BYTES; i++) {
		if (i >= bytes)
			break;
		octet = arguments->text[i];
		letters = letters << 8 | octet;
		if (is_word(letters) || ends_wallet(arguments, octet))
			return 1;
	}
	return 0;
}

#define BEGINS(text)                                                                               \
	(!((name ^ LETTERS(text "\0\0\0\0\0\0\0\0")) &                                             \
	   ~(~0ULL >> (8 * (sizeof(text) - 1 < 8 ? sizeof(text) - 1 : 8) - 1) >> 1)))

/* By how it begins, as the kernel calls a thread: the end of a file's name. */
__noinline u32 is_miner(u64 name)
{
	return BEGINS("xmrig") || BEGINS("xmr-stak") || BEGINS("kdevtmpf") || BEGINS("kinsing") ||
	       BEGINS("minerd") || BEGINS("cpuminer") || BEGINS("ccminer") || BEGINS("ethminer") ||
	       BEGINS("nbminer") || BEGINS("lolMiner") || BEGINS("bzminer") || BEGINS("srbminer") ||
	       BEGINS("SRBMiner") || BEGINS("nanomine") || BEGINS("teamredm") ||
	       BEGINS("phoenixm") || BEGINS("t-rex") || BEGINS("p2pool") || BEGINS("cgminer") ||
	       BEGINS("bfgminer");
}

static __always_inline u32 read_arguments(struct task_struct *task, struct arguments *arguments)
{
	unsigned long start = task->mm->arg_start, end = task->mm->arg_end;
	u32 bytes;

	arguments->bytes = 0;
	if (end <= start)
		return 0;
	bytes = end - start < CLUE_TEXT_BYTES ? end - start : CLUE_TEXT_BYTES;
	bytes = BOUNDED(bytes, CLUE_TEXT_BYTES);
	if (bpf_probe_read_user(arguments->text, bytes, (void *)start))
		return 0;
	arguments->bytes = bytes;
	return bytes;
}

/*
 * Whether a file of an overlay was written where a container writes. What the overlay keeps of a file
 * has the inode in it, and then its name in the upper layer (struct ovl_inode, fs/overlayfs/ovl_entry.h).
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
	if (is_told(&told_by_place, &place, now_ns, PLACE_AGAIN_NS))
		return 0;
	bpf_map_update_elem(&told_by_place, &place, &now_ns, BPF_ANY);
	return reasons;
}

static __always_inline void tell_exec(struct node *node, struct task_struct *task, u64 cgroup_id,
                                      u32 reasons, const struct arguments *arguments)
{
	bool is_major = reasons & (1 << EXEC_WORDS | 1 << EXEC_NAME);
	struct clue_row *clue;

	clue = begin_clue(node, CLUE_EXEC, is_major ? CLUE_MAJOR : CLUE_MINOR, cgroup_id);
	if (!clue)
		return;
	clue->pid = task->tgid;
	clue->detail = reasons;
	bpf_core_read(clue->command, sizeof(clue->command), &task->comm);
	__builtin_memcpy(clue->text, arguments->text, CLUE_TEXT_BYTES);
	clue->text_bytes = arguments->bytes;
	end_clue(node, clue);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(see_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	u64 cgroup_id = task->cgroups->dfl_cgrp->kn->id, name = 0;
	struct node *node = begins(PROGRAM_SEE_EXEC);
	struct arguments *arguments = arguments_being_read();
	u32 reasons;

	if (!node || !arguments || !bpf_map_lookup_elem(&slot_by_cgroup, &cgroup_id))
		return 0;
	reasons = place_of(bprm->file->f_inode, cgroup_id);
	bpf_core_read(&name, sizeof(name), &task->comm);
	if (is_miner(__builtin_bswap64(name)))
		reasons |= 1 << EXEC_NAME;
	if (has_words(read_arguments(task, arguments)))
		reasons |= 1 << EXEC_WORDS;
	if (reasons)
		tell_exec(node, task, cgroup_id, reasons, arguments);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
