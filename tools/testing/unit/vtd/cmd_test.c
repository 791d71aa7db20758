// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors: literal values by sections 6.5.2 and 7.7.1, and what is covered. */
#include <vtd/vtd.h>
#include <ring/block.h>
#include <tap.h>

static u64 seed, ops;

#define CHECK_CMD(expr, w0, w1) \
	do { \
		struct ring_cmd __cmd = (expr); \
		CHECK_EQ(__cmd.word[0], w0); \
		CHECK_EQ(__cmd.word[1], w1); \
		CHECK_EQ(__cmd.word[2] | __cmd.word[3], 0); \
	} while (0)

static void examples(void)
{
	const u64 drain = VTD_INV_TLB0_DW | VTD_INV_TLB0_DR;
	struct iommufdx_page_request req = { .grpid = 0x1ff, .pasid = 0x12345 };

	CHECK_CMD(vtd_cmd_wait(0x1234567890ab8, 0xfedcba98),
		  0xfedcba9800000025ULL, 0x1234567890ab8ULL);
	CHECK_CMD(vtd_cmd_context_all(), 0x11, 0);
	CHECK_CMD(vtd_cmd_context(0xabcd, 0x1234), 0x00001234abcd0031ULL, 0);
	CHECK_CMD(vtd_cmd_pasid_all(), 0x37, 0);
	CHECK_CMD(vtd_cmd_pasid(0xabcd, 0xfffff), 0x000fffffabcd0017ULL, 0);
	CHECK_CMD(vtd_cmd_iotlb_all(drain), 0xd2, 0);
	CHECK_CMD(vtd_cmd_iotlb_domain(0, 0xabcd), 0xabcd0022, 0);
	CHECK_CMD(vtd_cmd_iotlb_block(drain, 0xabcd, 0x7fff12345000, 12, 0x40),
		  0xabcd00f2, 0x7fff12345040);
	CHECK_CMD(vtd_cmd_iotlb_block(0, 1, 0x7fff12345000, 21, 0),
		  0x10032, 0x7fff12200009);
	CHECK_CMD(vtd_cmd_pasid_iotlb(0xabcd, 0x12345),
		  0x00012345abcd0026ULL, 0);
	CHECK_CMD(vtd_cmd_pasid_iotlb_block(0xabcd, 0x12345, 0x40001000, 13, 0),
		  0x00012345abcd0036ULL, 0x40000001);
	/* PFSID 3:0 are bits 15:12, PFSID 15:4 bits 63:52. */
	CHECK_CMD(vtd_cmd_dev_tlb(0x1234, 0, 0x5000, 12),
		  0x1230123400004003ULL, 0x5000);
	CHECK_CMD(vtd_cmd_dev_tlb(0x1234, 0, 0x5000, 13),
		  0x1230123400004003ULL, 0x4001);
	CHECK_CMD(vtd_cmd_dev_tlb(0x1234, 0, 0x5000, 64),
		  0x1230123400004003ULL, 0x7ffffffffffff001ULL);
	CHECK_CMD(vtd_cmd_dev_tlb(0x1234, 0xabcde, 0x201000, 21),
		  0x123abcde12344008ULL, 0x2ff800ULL);
	CHECK_CMD(vtd_cmd_page_response(0x1234, &req, 1),
		  0x0000000012341009ULL, 0xff8);
	req.flags = IOMMUFDX_PAGE_PASID_VALID;
	CHECK_CMD(vtd_cmd_page_response(0x1234, &req, 0),
		  0x0001234512340019ULL, 0xff8);
}

/* A range is covered by one block, or by two of which each is needed. */
static void check_range(u64 iova, u64 last)
{
	u64 middle, first = iova & ~0xfffULL, end = last | 0xfff;
	unsigned int low, high;

	if (!block_cut(iova, last, &middle)) {
		low = block_shift(iova, last);
		CHECK(low == 64 || iova >> low == last >> low);
		/* Never twice as much. */
		CHECK(low == 12 || end - first >= 1ULL << (low - 1));
		return;
	}
	CHECK(first < middle && middle <= last);
	low = block_shift(iova, middle - 1);
	high = block_shift(middle, last);
	CHECK_EQ(iova >> low, (middle - 1) >> low);
	CHECK_EQ(middle >> high, last >> high);
	CHECK(low == 12 || middle - first > 1ULL << (low - 1));
	CHECK(high == 12 || end - middle >= 1ULL << (high - 1));
}

static void ranges_are_covered(void)
{
	struct tap_rng rng = { seed };
	u64 i, iova, len;

	check_range(0, ~0ULL);
	check_range(~0ULL, ~0ULL);
	for (i = 0; i < ops; i++) {
		iova = tap_rand(&rng) >> tap_below(&rng, 64);
		len = tap_rand(&rng) >> tap_below(&rng, 64);
		/* Around boundaries of large blocks as often as not. */
		if (i % 2)
			iova = (iova & ~(BIT_ULL(tap_below(&rng, 50)) - 1)) -
			       tap_below(&rng, 1 << 16);
		if (iova + len < iova)
			len = ~0ULL - iova;
		check_range(iova, iova + len);
	}
}

/* Names of blocks, decoded as PCIe says. */
static void ats_names_are_decoded(void)
{
	struct tap_rng rng = { seed };
	u64 iova, name, size;
	unsigned int shift;
	int i;

	for (i = 0; i < 10000; i++) {
		shift = 13 + tap_below(&rng, 52);
		iova = tap_rand(&rng);
		name = block_ats_address(iova, shift);
		/* As many bytes as the lowest zero bit says, twice. */
		size = name >> 12;
		size = (~size & (size + 1)) << 13;
		CHECK_EQ(size, shift == 64 ? 0 : 1ULL << shift);
		if (shift < 64)
			CHECK_EQ(name >> shift, iova >> shift);
	}
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 1000000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(examples);
	TAP_RUN(ranges_are_covered);
	TAP_RUN(ats_names_are_decoded);
	return tap_done();
}
