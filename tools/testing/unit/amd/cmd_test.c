// SPDX-License-Identifier: GPL-2.0-only
/* Invalidation commands: what they cover, decoded by 48882 table 14. */
#include <amd/amd.h>
#include <tap.h>

static u64 seed, ops;

/* The block that a command names; returns its last byte. */
static u64 block(u64 word1, u64 *first)
{
	unsigned int bit = 12;

	*first = word1 & ~0xfffULL;
	if (!(word1 & 1))
		return *first | 0xfff;
	while (bit < 63 && (word1 & BIT_ULL(bit)))
		bit++;
	if (bit == 63) {
		*first = 0;
		return ~0ULL;
	}
	*first &= ~(BIT_ULL(bit + 1) - 1);
	return *first | (BIT_ULL(bit + 1) - 1);
}

static u64 pages(u64 first, u64 last)
{
	return (last >> 12) - (first >> 12) + 1;
}

static void check_range(u64 iova, u64 last, unsigned int flags)
{
	struct ring_batch batch = {};
	u64 first, end = 0, covered = 0, next = iova & ~0xfffULL;
	bool all = false;
	unsigned int i;

	amd_batch_range(&batch, 0xabcd, iova, last, flags);
	CHECK(batch.nr == 1 || batch.nr == 2);
	for (i = 0; i < batch.nr; i++) {
		CHECK_EQ(batch.cmd[i].word[0], 0x3000abcd00000000ULL);
		CHECK_EQ(batch.cmd[i].word[1] & 0xffe, flags ? 2 : 0);
		end = block(batch.cmd[i].word[1], &first);
		/* Nothing between the commands is left out. */
		CHECK(all || first <= next);
		next = end + 1;
		all |= !first && end == ~0ULL;
		covered += pages(first, end);
	}
	CHECK(all || end >= last);
	/* Beyond 2^52 hardware only knows everything. */
	if (iova >> 52 == last >> 52 && ((iova ^ last) >> 51) == 0)
		CHECK(covered < 2 * pages(iova, last) || covered == 1);
}

static void ranges_are_covered(void)
{
	struct tap_rng rng = { seed };
	u64 i, iova, len;

	for (i = 0; i < ops; i++) {
		iova = tap_rand(&rng) >> tap_below(&rng, 64);
		len = tap_rand(&rng) >> tap_below(&rng, 64);
		/* Around boundaries of large blocks as often as not. */
		if (i % 2)
			iova = (iova & ~(BIT_ULL(tap_below(&rng, 50)) - 1)) -
			       tap_below(&rng, 1 << 16);
		if (iova + len < iova)
			len = ~0ULL - iova;
		check_range(iova, iova + len, i % 3 ? AMD_INV_PDE : 0);
	}
}

static void examples(void)
{
	check_range(0, ~0ULL, 0);
	check_range(~0ULL, ~0ULL, 0);
	/* One page; two pages as one block; two pages across a boundary. */
	CHECK_EQ(amd_cmd_inv_pages(1, 0x5000, 0x5fff, 0).word[1], 0x5000);
	CHECK_EQ(amd_cmd_inv_pages(1, 0x4000, 0x5fff, 0).word[1], 0x4001);
	CHECK_EQ(amd_cmd_inv_pages(1, 0x0, 0x3fff, 0).word[1], 0x1001);
	CHECK_EQ(amd_cmd_inv_pages(1, 0x200000, 0x3fffff, AMD_INV_PDE).word[1],
		 0x2ff003);
	CHECK_EQ(amd_cmd_inv_pages(1, 0, ~0ULL, AMD_INV_PDE).word[1],
		 0x7ffffffffffff003);
	CHECK_EQ(amd_cmd_completion_wait(0x123456789abc8, 42).word[0],
		 0x100123456789abc9ULL);
	CHECK_EQ(amd_cmd_inv_devtab(0xfedc).word[0], 0x200000000000fedc);
	CHECK_EQ(amd_cmd_inv_all().word[0], 0x8000000000000000);
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 1000000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(examples);
	TAP_RUN(ranges_are_covered);
	return tap_done();
}
