// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufdx_dirty_guest() over tables that are arrays: every dirty page of every
 * table is in the guest's bitmap, at its guest-physical place, and no other is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <iommufdx.h>

#include "tap.h"

#define HWPTS		3
#define PIECES		4
#define PAGES		3000ul
#define GUEST_PAGES	(PIECES * (PAGES + 100))
#define BASE		0x7000ul

/* What each table knows to be dirty, by IOVA; and which of them are asked. */
static bool dirty[HWPTS][PIECES][PAGES];
static unsigned int asked[HWPTS];
/* The call that fails after it has done half, 0 for none. */
static unsigned int failing;

static uint64_t piece_iova(unsigned int piece)
{
	return (piece + 1ull) << 40;
}

int iommufdx_dirty_get(struct iommufdx *iommu, uint32_t hwpt, uint32_t flags,
		       uint64_t iova, uint64_t length, uint64_t page_size,
		       uint64_t *bitmap)
{
	unsigned int piece = (iova >> 40) - 1;
	uint64_t first = (iova - piece_iova(piece)) / page_size;
	uint64_t n = length / page_size;
	int rc = 0;

	CHECK_EQ(flags, 0);
	CHECK_EQ(iova % page_size, 0);
	CHECK(hwpt < HWPTS && piece < PIECES && first + n <= PAGES && n);
	asked[hwpt]++;
	if (failing && !--failing) {
		rc = -EINTR;
		n /= 2;
	}
	for (uint64_t i = 0; i < n; i++) {
		if (dirty[hwpt][piece][first + i])
			((uint8_t *)bitmap)[i / 8] |= 1 << i % 8;
		dirty[hwpt][piece][first + i] = false;
	}
	return rc;
}

static struct tap_rng rng;
static struct iommufdx_dirty_memory memory[PIECES];
/* Guest pages that are dirty; what was there before is kept. */
static bool oracle[GUEST_PAGES];
static uint64_t page_size;

static void make_memory(void)
{
	uint64_t at = tap_below(&rng, 20);

	for (unsigned int i = 0; i < PIECES; i++) {
		uint64_t n = tap_below(&rng, PAGES + 1);

		memory[i] = (struct iommufdx_dirty_memory){
			.gpa = BASE * page_size + at * page_size,
			.length = n * page_size,
			.iova = piece_iova(i),
		};
		at += n + tap_below(&rng, 3) * tap_below(&rng, 40);
	}
}

static void make_dirty(unsigned int share)
{
	for (unsigned int h = 0; h < HWPTS; h++)
		for (unsigned int p = 0; p < PIECES; p++)
			for (uint64_t i = 0; i < memory[p].length / page_size; i++)
				dirty[h][p][i] = !tap_below(&rng, share);
}

/* What must be in the bitmap after the tables in @hwpts were read. */
static void expect(const uint32_t *hwpts, unsigned int num)
{
	for (unsigned int h = 0; h < num; h++) {
		for (unsigned int p = 0; p < PIECES; p++) {
			uint64_t at = memory[p].gpa / page_size - BASE;

			for (uint64_t i = 0; i < memory[p].length / page_size; i++)
				oracle[at + i] |= dirty[hwpts[h]][p][i];
		}
	}
}

static void read_and_compare(unsigned int share)
{
	static const uint32_t sets[][3] = { { 0, 1, 2 }, { 1, 1, 1 }, { 2, 0, 2 } };
	const uint32_t *hwpts = sets[tap_below(&rng, 3)];
	unsigned int num = tap_below(&rng, 4), tries = 0;
	/* The last word that speaks of memory is the last there is. */
	uint64_t words = (memory[PIECES - 1].gpa / page_size - BASE +
			  memory[PIECES - 1].length / page_size + 63) / 64;
	uint64_t *bitmap = calloc(words, sizeof(*bitmap));
	int rc;

	REQUIRE(bitmap);
	memset(oracle, 0, sizeof(oracle));
	memset(asked, 0, sizeof(asked));
	make_dirty(share);
	expect(hwpts, num);
	failing = tap_below(&rng, 6);
	do {
		rc = iommufdx_dirty_guest(NULL, hwpts, num, memory, PIECES,
					  page_size, BASE * page_size, bitmap);
		CHECK(!rc || rc == -EINTR);
	} while (rc && !tries++);
	for (uint64_t i = 0; i < words * 64; i++)
		CHECK_EQ(bitmap[i / 64] >> i % 64 & 1,
			 i < GUEST_PAGES && oracle[i]);
	/* Not more often than once for each piece. */
	if (!tries)
		for (unsigned int h = 0; h < HWPTS; h++)
			CHECK(asked[h] <= PIECES);
	failing = 0;
	free(bitmap);
}

static void bitmaps_become_the_guests(void)
{
	uint64_t seed = tap_env("SEED", 1), ops = tap_env("OPS", 300);

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	rng.state = seed;
	while (ops--) {
		page_size = 4096ull << tap_below(&rng, 3);
		make_memory();
		read_and_compare(1 + tap_below(&rng, 100));
	}
}

static void bad_input(void)
{
	struct iommufdx_dirty_memory piece = { 0x10000, 0x1000, 0x10000 };
	uint64_t bitmap = 0;
	uint32_t hwpt = 0;

#define TRY(_size, _base) \
	iommufdx_dirty_guest(NULL, &hwpt, 1, &piece, 1, _size, _base, &bitmap)
	asked[0] = 0;
	CHECK_EQ(-TRY(0, 0), EINVAL);
	CHECK_EQ(-TRY(0x1800, 0), EINVAL);
	CHECK_EQ(-TRY(0x1000, 0x800), EINVAL);
	CHECK_EQ(-TRY(0x1000, 0x11000), EINVAL);
	CHECK_EQ(-TRY(0x2000, 0), EINVAL);
	piece.gpa = -0x1000ull;
	piece.length = 0x2000;
	CHECK_EQ(-TRY(0x1000, 0), EINVAL);
	CHECK_EQ(asked[0], 0);
	CHECK_EQ(bitmap, 0);
	/* Nothing at all is nothing to do. */
	CHECK_EQ(iommufdx_dirty_guest(NULL, NULL, 0, &piece, 0, 0x1000, 0, NULL),
		 0);
}

int main(void)
{
	TAP_RUN(bitmaps_become_the_guests);
	TAP_RUN(bad_input);
	return tap_done();
}
