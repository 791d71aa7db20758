/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From dirty leaves to bits: 64-bit words are put together here and go to the
 * sink when the operation moves on to another word.
 */
#ifndef __IOMMUFDX_PGTABLE_DIRTY_BITS_H
#define __IOMMUFDX_PGTABLE_DIRTY_BITS_H

#include <linux/bitops.h>

#include "walk.h"

/**
 * struct pgt_bits - the word being put together
 * @sink: where it goes
 * @index: number of the word
 * @word: its bits
 */
struct pgt_bits {
	struct pgtable_dirty_sink *sink;
	u64 index;
	u64 word;
};

static __always_inline void pgt_bits_flush(struct pgt_bits *b)
{
	if (b->word)
		b->sink->word(b->sink, b->index, b->word);
	b->word = 0;
}

/* OR up to 64 @bits, the first of them bit number @first of the bitmap. */
static __always_inline void pgt_bits_or(struct pgt_bits *b, u64 first, u64 bits)
{
	unsigned int offset = first % 64;

	if (first / 64 != b->index) {
		pgt_bits_flush(b);
		b->index = first / 64;
	}
	b->word |= bits << offset;
	if (offset && bits >> (64 - offset)) {
		pgt_bits_flush(b);
		b->index++;
		b->word = bits >> (64 - offset);
	}
}

static noinline void pgt_bits_fill(struct pgt_bits *b, u64 first, u64 last)
{
	/* Whole words only; what is left over at the ends may be shared. */
	u64 word = (first + 63) / 64;
	u64 end = (last + 1) / 64;

	if (word >= end) {
		for (; first <= last; first++)
			pgt_bits_or(b, first, 1);
		return;
	}
	if (first % 64)
		pgt_bits_or(b, first, U64_MAX >> (first % 64));
	if (b->sink->fill) {
		pgt_bits_flush(b);
		b->sink->fill(b->sink, word * 64, end * 64 - 1);
	} else {
		for (; word < end; word++)
			pgt_bits_or(b, word * 64, U64_MAX);
	}
	if ((last + 1) % 64)
		pgt_bits_or(b, end * 64, U64_MAX >> (64 - (last + 1) % 64));
}

/* All of iova..last was written to. */
static __always_inline void pgt_bits_report(struct pgt_bits *b, u64 iova,
					    u64 last)
{
	u64 first = (iova - b->sink->iova) >> b->sink->shift;

	last = (last - b->sink->iova) >> b->sink->shift;
	if (first == last)
		pgt_bits_or(b, first, 1);
	else
		pgt_bits_fill(b, first, last);
}

/*
 * Single leaves of level 0 were written to: bit n of @bits, which is not 0, is
 * the one at @iova + n granules.
 */
static __always_inline void pgt_bits_singles(const struct pgtable_fmt *fmt,
					     struct pgt_bits *b, u64 iova,
					     u64 bits)
{
	const unsigned int granule = fmt->granule_shift;
	unsigned int skip = __ffs64(bits);

	/* The sink may begin after the clean leaves in front of the first. */
	iova += (u64)skip << granule;
	bits >>= skip;
	if (likely(b->sink->shift == granule)) {
		pgt_bits_or(b, (iova - b->sink->iova) >> granule, bits);
		return;
	}
	for (; bits; bits &= bits - 1) {
		u64 first = iova + ((u64)__ffs64(bits) << granule);

		pgt_bits_report(b, first, pgt_item_last(fmt, 0, first));
	}
}

#endif /* __IOMMUFDX_PGTABLE_DIRTY_BITS_H */
