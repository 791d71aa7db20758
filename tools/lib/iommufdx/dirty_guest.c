// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Dirty pages in the guest's terms, of all tables that its devices go through.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "iommufdx.h"
#include "internal.h"

/* Bits that go through a buffer at once. */
#define PORTION		(1u << 20)

/**
 * struct bits - a bitmap of guest pages
 * @word: it
 * @base: guest-physical address of bit 0
 * @page_size: bytes that one bit stands for
 * @buffer: room for PORTION bits, made when it is needed
 */
struct bits {
	uint64_t *word;
	uint64_t base;
	uint64_t page_size;
	uint64_t *buffer;
};

/* OR @n bits of the buffer into the bitmap from bit @first on. */
static void merge(struct bits *b, uint64_t first, uint64_t n)
{
	uint64_t *to = b->word + first / 64;
	unsigned int shift = first % 64;

	for (uint64_t i = 0; i < (n + 63) / 64; i++) {
		uint64_t from = b->buffer[i];

		if (from << shift)
			to[i] |= from << shift;
		/* The last word of the bitmap may be followed by nothing. */
		if (shift && from >> (64 - shift))
			to[i + 1] |= from >> (64 - shift);
		b->buffer[i] = 0;
	}
}

/* A piece whose first bit is not the first of a byte. */
static int read_shifted(struct iommufdx *iommu, uint32_t hwpt, struct bits *b,
			uint64_t iova, uint64_t first, uint64_t n)
{
	int rc = 0;

	if (!b->buffer)
		b->buffer = calloc(PORTION / 64, sizeof(*b->buffer));
	if (!b->buffer)
		return -ENOMEM;
	while (n && !rc) {
		uint64_t part = n < PORTION ? n : PORTION;

		rc = iommufdx_dirty_get(iommu, hwpt, 0, iova,
					part * b->page_size, b->page_size,
					b->buffer);
		/* An error, too, may have cleared what it reports. */
		merge(b, first, part);
		iova += part * b->page_size;
		first += part;
		n -= part;
	}
	return rc;
}

static int read_piece(struct iommufdx *iommu, uint32_t hwpt, struct bits *b,
		      const struct iommufdx_dirty_memory *piece)
{
	uint64_t first = (piece->gpa - b->base) / b->page_size;

	if (!piece->length)
		return 0;
	if (first % 8)
		return read_shifted(iommu, hwpt, b, piece->iova, first,
				    piece->length / b->page_size);
	/* The kernel takes a bitmap at any address. */
	return iommufdx_dirty_get(iommu, hwpt, 0, piece->iova, piece->length,
				  b->page_size,
				  (void *)((char *)b->word + first / 8));
}

static bool was_read(const uint32_t *hwpts, uint32_t i)
{
	for (uint32_t n = 0; n < i; n++)
		if (hwpts[n] == hwpts[i])
			return true;
	return false;
}

static int check(const struct bits *b,
		 const struct iommufdx_dirty_memory *memory, uint32_t num)
{
	uint64_t mask = b->page_size - 1;

	if (!b->page_size || b->page_size & mask || b->base & mask)
		return -EINVAL;
	for (uint32_t i = 0; i < num; i++)
		if ((memory[i].gpa | memory[i].length | memory[i].iova) & mask ||
		    memory[i].gpa < b->base ||
		    memory[i].gpa + memory[i].length < memory[i].gpa)
			return -EINVAL;
	return 0;
}

API int iommufdx_dirty_guest(struct iommufdx *iommu, const uint32_t *hwpts,
			     uint32_t num_hwpts,
			     const struct iommufdx_dirty_memory *memory,
			     uint32_t num_memory, uint64_t page_size,
			     uint64_t base, uint64_t *bitmap)
{
	struct bits b = {
		.word = bitmap,
		.base = base,
		.page_size = page_size,
	};
	int rc = check(&b, memory, num_memory);

	for (uint32_t i = 0; !rc && i < num_hwpts; i++) {
		if (was_read(hwpts, i))
			continue;
		for (uint32_t m = 0; !rc && m < num_memory; m++)
			rc = read_piece(iommu, hwpts[i], &b, &memory[m]);
	}
	free(b.buffer);
	return rc;
}
