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
	const struct amd_range range = { iova, last, flags };
	struct amd_flush flush = {};
	const struct ring_batch *batch = &flush.batch;
	u64 first, end = 0, covered = 0, next = iova & ~0xfffULL;
	bool all = false;
	unsigned int i;

	amd_flush_range(&flush, 0xabcd, 0x12345, &range);
	CHECK(batch->nr == 1 || batch->nr == 2);
	for (i = 0; i < batch->nr; i++) {
		CHECK_EQ(batch->cmd[i].word[0], 0x3000abcd00012345ULL);
		CHECK_EQ(batch->cmd[i].word[1] & 0xffe,
			 (flags & AMD_INV_PDE ? 2 : 0) |
			 (flags & AMD_INV_GUEST ? 4 : 0));
		end = block(batch->cmd[i].word[1], &first);
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
		check_range(iova, iova + len, i % 4);
	}
}

static void examples(void)
{
	check_range(0, ~0ULL, 0);
	check_range(~0ULL, ~0ULL, 0);
	/* One page; two pages as one block; two pages across a boundary. */
	CHECK_EQ(amd_cmd_inv_pages(1, 0, 0x5000, 0x5fff, 0).word[1], 0x5000);
	CHECK_EQ(amd_cmd_inv_pages(1, 0, 0x4000, 0x5fff, 0).word[1], 0x4001);
	CHECK_EQ(amd_cmd_inv_pages(1, 0, 0x0, 0x3fff, 0).word[1], 0x1001);
	CHECK_EQ(amd_cmd_inv_pages(1, 0, 0x200000, 0x3fffff, AMD_INV_PDE).word[1],
		 0x2ff003);
	CHECK_EQ(amd_cmd_inv_pages(1, 0, 0, ~0ULL, AMD_INV_PDE).word[1],
		 0x7ffffffffffff003);
	CHECK_EQ(amd_cmd_completion_wait(0x123456789abc8, 42).word[0],
		 0x100123456789abc9ULL);
	CHECK_EQ(amd_cmd_inv_devtab(0xfedc).word[0], 0x200000000000fedc);
	CHECK_EQ(amd_cmd_inv_all().word[0], 0x8000000000000000);
	/* A device's IOTLB, with the PASID in three places. */
	CHECK_EQ(amd_cmd_inv_iotlb(0x1234, 0, 0x5000, 0x5fff).word[0],
		 0x4000123420001234);
	CHECK_EQ(amd_cmd_inv_iotlb(0x1234, 0, 0x5000, 0x5fff).word[1], 0x5000);
	CHECK_EQ(amd_cmd_inv_iotlb(0x1234, 0xabcde, 0x4000, 0x5fff).word[0],
		 0x4ade123420bc1234);
	CHECK_EQ(amd_cmd_inv_iotlb(0x1234, 0xabcde, 0x4000, 0x5fff).word[1],
		 0x4005);
}

static void page_responses(void)
{
	struct iommufdx_page_request req = { .grpid = 0x1fe };

	CHECK_EQ(amd_cmd_complete_ppr(0x1234, &req, 1).word[0],
		 0x7000000000001234);
	CHECK_EQ(amd_cmd_complete_ppr(0x1234, &req, 1).word[1],
		 0x11feULL << 32);
	req.flags = IOMMUFDX_PAGE_PASID_VALID;
	req.pasid = 0xabcde;
	CHECK_EQ(amd_cmd_complete_ppr(0x1234, &req, 0).word[0],
		 0x700abcde00001234);
	CHECK_EQ(amd_cmd_complete_ppr(0x1234, &req, 0).word[1],
		 0x1feULL << 32 | 4);
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 1000000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(examples);
	TAP_RUN(page_responses);
	TAP_RUN(ranges_are_covered);
	return tap_done();
}
