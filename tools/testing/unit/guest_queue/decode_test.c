// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the three vendors' commands are understood: every opcode, every bit of a
 * sync, both registers. The numbers here are the specifications', not a header's.
 */
#include <linux/string.h>
#include <linux/iommufdx/viommu.h>
#include <tap.h>

extern const struct iommufdx_guest_queue_ops smmu_guest_queue_ops,
	vtd_guest_queue_ops, amd_guest_queue_ops;

/* AMD's event log is not looked at here. */
void amd_vevent_command(struct iommufdx_viommu *viommu, u32 error, u64 addr);
void amd_vevent_command(struct iommufdx_viommu *viommu, u32 error, u64 addr)
{
}

static struct iommufdx_guest_cmd decode(const struct iommufdx_guest_queue_ops *ops,
					u64 word0, u64 word1)
{
	u64 words[4] = { word0, word1 };
	struct iommufdx_guest_cmd out = {};

	ops->decode(words, &out);
	return out;
}

#define KIND(ops, w0, w1)	decode(&ops, w0, w1).kind
#define INVALIDATE		IOMMUFDX_GUEST_CMD_INVALIDATE
#define IS_SYNC			IOMMUFDX_GUEST_CMD_SYNC
#define IGNORED			IOMMUFDX_GUEST_CMD_NOTHING
#define VMM			IOMMUFDX_GUEST_CMD_VMM
#define ILLEGAL			IOMMUFDX_GUEST_CMD_ILLEGAL

static void opcodes(const struct iommufdx_guest_queue_ops *ops,
		    const char *want, unsigned int num, unsigned int shift,
		    u32 error)
{
	static const char letter[] = { [INVALIDATE] = 'i', [IS_SYNC] = 's',
				       [IGNORED] = '-', [VMM] = 'v',
				       [ILLEGAL] = '.' };
	struct iommufdx_guest_cmd out;
	unsigned int op;
	char expect;

	for (op = 0; op < num; op++) {
		out = decode(ops, (u64)op << shift, 0);
		expect = op < strlen(want) ? want[op] : '.';
		if (letter[out.kind] != expect)
			tap_fail(__FILE__, __LINE__, "opcode %#x is %c", op,
				 letter[out.kind]);
		if (expect == '.')
			CHECK_EQ(out.error, error);
	}
}

static void smmuv3(void)
{
	const struct iommufdx_guest_queue_ops *ops = &smmu_guest_queue_ops;
	/* 0x00 to 0x46 */
	static const char want[] =
		".--vvii........." "iiii............" "................"
		"i..............." "iv..vvs";
	struct iommufdx_guest_cmd out;
	unsigned int bit, op;
	u32 index;

	opcodes(ops, want, 256, 0, 1);
	/* SSec */
	for (op = 0; op < 256; op++) {
		out = decode(ops, op | 1 << 10, 0);
		CHECK_EQ(out.kind, ILLEGAL);
		CHECK_EQ(out.error, 1);
	}

	out = decode(ops, 0x46 | 1 << 12 | 0xabcdULL << 32, 0x12345678);
	CHECK_EQ(out.kind, IS_SYNC);
	CHECK_EQ(out.store_bytes, 4);
	CHECK_EQ(out.store_addr, 0x12345678);
	CHECK_EQ(out.store_value, 0xabcd);
	CHECK(!out.interrupt);
	out = decode(ops, 0x46 | 1 << 12, 0);
	CHECK(out.interrupt && !out.store_bytes);
	out = decode(ops, 0x46 | 2 << 12, 0x1000);
	CHECK(out.kind == IS_SYNC && !out.interrupt && !out.store_bytes);
	CHECK_EQ(KIND(smmu_guest_queue_ops, 0x46 | 3 << 12, 0), ILLEGAL);
	for (bit = 8; bit < 64; bit++) {
		bool fine = bit == 12 || bit == 13 || (bit >= 22 && bit < 28) ||
			    bit >= 32;

		CHECK_EQ(KIND(smmu_guest_queue_ops, 0x46 | 1ULL << bit, 0),
			 fine ? IS_SYNC : ILLEGAL);
	}
	for (bit = 0; bit < 64; bit++)
		CHECK_EQ(KIND(smmu_guest_queue_ops, 0x46, 1ULL << bit),
			 bit >= 2 && bit < 56 ? IS_SYNC : ILLEGAL);

	/* Index and wrap bit of a queue of 16, an error in bits 30:24. */
	CHECK(!ops->index(0x1f, 16, &index) && index == 0x1f);
	CHECK(!ops->index(0x03000025, 16, &index) && index == 0x5);
	CHECK_EQ(ops->cons_reg(0x15, 0), 0x15);
	CHECK_EQ(ops->cons_reg(0x15, 3), 0x03000015);
	CHECK_EQ(ops->prod_offset, 0x98);
	CHECK_EQ(ops->cons_offset, 0x9c);
}

static void vtd(void)
{
	const struct iommufdx_guest_queue_ops *ops = &vtd_guest_queue_ops;
	u64 words[4] = { 5, 0, 1 };
	struct iommufdx_guest_cmd out;
	unsigned int bit;
	u32 index;

	opcodes(ops, ".viivsiviv", 16, 0, 3);
	/* Bits 11:9 are of the type. */
	for (bit = 9; bit < 12; bit++) {
		out = decode(ops, 5 | 1 << bit, 0);
		CHECK_EQ(out.kind, ILLEGAL);
		CHECK_EQ(out.error, 3);
	}
	out = decode(ops, 5 | 1 << 5 | 0x77ULL << 32, 0x1004);
	CHECK_EQ(out.kind, IS_SYNC);
	CHECK_EQ(out.store_bytes, 4);
	CHECK_EQ(out.store_addr, 0x1004);
	CHECK_EQ(out.store_value, 0x77);
	out = decode(ops, 5 | 1 << 4, 0);
	CHECK(out.interrupt && !out.store_bytes);
	/* The one that waits for page requests. */
	out = decode(ops, 5 | 1 << 5 | 1 << 7, 0x1000);
	CHECK_EQ(out.kind, VMM);
	for (bit = 12; bit < 32; bit++)
		CHECK_EQ(decode(ops, 5 | 1ULL << bit, 0).error, 4);
	CHECK_EQ(decode(ops, 5, 1).error, 4);
	CHECK_EQ(decode(ops, 5, 2).error, 4);
	ops->decode(words, &out);
	CHECK_EQ(out.kind, ILLEGAL);

	CHECK(!ops->index(0x20, 128, &index) && index == 1);
	CHECK(!ops->index(0x80fef, 128, &index) && index == 127);
	CHECK_EQ(ops->index(0x1000, 128, &index), 1);
	/* Half a descriptor. */
	CHECK_EQ(ops->index(0x30, 128, &index), 6);
	CHECK_EQ(ops->cons_reg(127, 4), 0xfe0);
	CHECK_EQ(ops->max_entries * ops->cmd_size, 4096 << 7);
	CHECK_EQ(ops->prod_offset, 0x88);
	CHECK_EQ(ops->cons_offset, 0x80);
}

static void amd(void)
{
	const struct iommufdx_guest_queue_ops *ops = &amd_guest_queue_ops;
	struct iommufdx_guest_cmd out;
	unsigned int bit;
	u32 index;

	opcodes(ops, ".sviiv-vi", 16, 60, 5);
	out = decode(ops, 1ULL << 60 | 0x123458 | 1, 0x1122334455667788);
	CHECK_EQ(out.kind, IS_SYNC);
	CHECK_EQ(out.store_bytes, 8);
	CHECK_EQ(out.store_addr, 0x123458);
	CHECK_EQ(out.store_value, 0x1122334455667788);
	CHECK(!out.interrupt);
	out = decode(ops, 1ULL << 60 | 0x123458 | 2, 5);
	CHECK(out.interrupt && !out.store_bytes);
	for (bit = 52; bit < 60; bit++)
		CHECK_EQ(KIND(amd_guest_queue_ops, 1ULL << 60 | 1ULL << bit, 0),
			 ILLEGAL);

	CHECK(!ops->index(0x10, 256, &index) && index == 1);
	CHECK_EQ(ops->index(0x1000, 256, &index), 6);
	CHECK_EQ(ops->cons_reg(255, 5), 0xff0);
	CHECK_EQ(ops->prod_offset, 8);
	CHECK_EQ(ops->cons_offset, 0);
}

int main(void)
{
	TAP_RUN(smmuv3);
	TAP_RUN(vtd);
	TAP_RUN(amd);
	return tap_done();
}
