/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exposes a table as a file: an iterator writes the rows of a map.
 *
 * Some hardened kernels refuse iterators over map elements, because these could write to the map.
 * There, rows come in pages: another iterator, over the kernel's slab caches (some two hundred
 * always exist), writes one page of the table for each of them.
 */
#ifndef VIGIA_LIB_TABLES_H
#define VIGIA_LIB_TABLES_H

#include "lib/cells.h"

#ifdef TABLES_BY_PAGE

#define PAGE_OF_ROWS                                                                               \
	32767 /* the buffer of an iterator is eight pages (32,768 bytes) and must not be full */

struct page {
	struct seq_file *seq;
	u64 row; /* next row to write */
	u64 end;
};

#define PAGE(ctx, row_type)                                                                        \
	{                                                                                          \
		.seq = (ctx)->meta->seq,                                                           \
		.row = (ctx)->meta->seq_num * (PAGE_OF_ROWS / sizeof(struct row_type)),            \
		.end = ((ctx)->meta->seq_num + 1) * (PAGE_OF_ROWS / sizeof(struct row_type)),      \
	}

/* `write(seq, key, value)` writes the row of an array's value, if it has one. */
#define TABLE(name, map, row_type, value_type, write)                                              \
	static long write_next_##name(u32 i, struct page *page)                                    \
	{                                                                                          \
		u32 key = page->row + i;                                                           \
		const struct value_type *value = bpf_map_lookup_elem(&map, &key);                  \
                                                                                                   \
		if (!value)                                                                        \
			return 1;                                                                  \
		write(page->seq, key, value);                                                      \
		return 0;                                                                          \
	}                                                                                          \
	SEC("iter/kmem_cache")                                                                     \
	int name(struct bpf_iter__kmem_cache *ctx)                                                 \
	{                                                                                          \
		struct page page = PAGE(ctx, row_type);                                            \
                                                                                                   \
		if (ctx->s)                                                                        \
			bpf_loop(page.end - page.row, write_next_##name, &page, 0);                \
		return 0;                                                                          \
	}

#else

#define TABLE(name, map, row_type, value_type, write)                                              \
	SEC("iter/bpf_map_elem")                                                                   \
	int name(struct bpf_iter__bpf_map_elem *ctx)                                               \
	{                                                                                          \
		const struct value_type *value = ctx->value;                                       \
		const u32 *key = ctx->key;                                                         \
                                                                                                   \
		if (value && key)                                                                  \
			write(ctx->meta->seq, *key, value);                                        \
		return 0;                                                                          \
	}

#endif

#endif
