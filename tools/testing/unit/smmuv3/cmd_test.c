// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands: what they cover, decoded by IHI 0070 chapter 4, and against a brute
 * force for ranges of few pages.
 */
#include <linux/iommufdx/fault.h>
#include <linux/string.h>
#include <smmuv3/smmuv3.h>
#include <tap.h>

static uint64_t seed, ops;

/* What one TLBI by address says; all in bytes. */
struct range {
	u64 first;
	u64 last;
	unsigned int ttl;
	bool ranged;
	bool leaf;
};

static struct range decode(const struct ring_cmd *cmd, unsigned int granule)
{
	u64 num = cmd->word[0] >> 12 & 0x1f, scale = cmd->word[0] >> 20 & 0x3f;
	unsigned int tg = cmd->word[1] >> 10 & 3;
	struct range r = {
		.first = cmd->word[1] & ~0xfffULL,
		.ttl = cmd->word[1] >> 8 & 3,
		.ranged = tg,
		.leaf = cmd->word[1] & 1,
	};

	CHECK_EQ(cmd->word[1] & 0xfe, 0);
	r.last = r.first | 0xfff;
	if (!tg) {
		CHECK_EQ(num + scale + r.ttl, 0);
		/* Of whatever granule the entry is. */
		r.first &= ~((1ULL << granule) - 1);
		r.last = r.first | ((1ULL << granule) - 1);
		return r;
	}
	CHECK_EQ(10 + 2 * tg, granule);
	CHECK(num || scale || r.ttl);
	r.last = r.first + ((num + 1) << scale << granule) - 1;
	return r;
}

static void check_tag(const struct smmu_tlbi *inv, u64 word0)
{
	if (inv->tag.s2) {
		CHECK_EQ(word0 & 0xff, 0x2a);
		CHECK_EQ(word0 >> 32, inv->tag.id);
	} else {
		CHECK_EQ(word0 & 0xff, 0x12);
		CHECK_EQ(word0 >> 32, (u64)inv->tag.id << 16);
	}
}

/* Commands cover all granules of @inv, each once, and no other. */
static void check_ranges(const struct smmu_tlbi *inv)
{
	const u64 mask = (1ULL << inv->granule) - 1;
	struct ring_batch batch = {};
	u64 next = inv->iova & ~mask;
	unsigned int i;

	CHECK(smmu_batch_tlbi(&batch, inv, true));
	CHECK(batch.nr >= 1 && batch.nr <= SMMU_TLBI_CMDS);
	for (i = 0; i < batch.nr; i++) {
		struct range r = decode(&batch.cmd[i], inv->granule);

		check_tag(inv, batch.cmd[i].word[0]);
		CHECK_EQ(r.leaf, inv->leaf);
		CHECK_EQ(r.first, next);
		next = r.last + 1;
	}
	CHECK_EQ(next, (inv->last | mask) + 1);
}

static struct smmu_tlbi random_tlbi(struct tap_rng *rng)
{
	struct smmu_tlbi inv = {
		.tag = { .s2 = tap_below(rng, 2), .id = tap_rand(rng) },
		.granule = 12 + 2 * tap_below(rng, 3),
		.leaf = tap_below(rng, 2),
	};
	u64 space = (1ULL << 48) - 1, len = tap_rand(rng) & space;

	inv.iova = tap_rand(rng) & space;
	len >>= tap_below(rng, 48);
	inv.last = inv.iova + len > space ? space : inv.iova + len;
	return inv;
}

static void ranges_are_exact(void)
{
	struct tap_rng rng = { seed };
	struct smmu_tlbi inv;
	u64 i;

	for (i = 0; i < ops; i++) {
		inv = random_tlbi(&rng);
		check_ranges(&inv);
	}
	inv = (struct smmu_tlbi){ .granule = 12, .last = (1ULL << 48) - 1 };
	check_ranges(&inv);
}

/* The fewest commands of this kind, by trying all ways to begin. */
static unsigned int fewest(u64 granules, unsigned int *memo)
{
	unsigned int best, num, scale;

	if (!granules)
		return 0;
	if (memo[granules])
		return memo[granules];
	best = ~0U;
	for (scale = 0; granules >> scale; scale++) {
		for (num = 1; num <= 32 && (u64)num << scale <= granules; num++) {
			unsigned int n = 1 + fewest(granules -
						    ((u64)num << scale), memo);

			if (n < best)
				best = n;
		}
	}
	return memo[granules] = best;
}

#define FEW	3000

static void ranges_are_few(void)
{
	static unsigned int memo[FEW];
	struct smmu_tlbi inv = { .granule = 12 };
	u64 n;

	for (n = 1; n < FEW; n++) {
		struct ring_batch batch = {};

		inv.last = n * 0x1000 - 1;
		CHECK(smmu_batch_tlbi(&batch, &inv, true));
		/* 32 of one scale at once would now and then save one. */
		CHECK(batch.nr <= fewest(n, memo) + 1);
		CHECK(batch.nr <= (64 - __builtin_clzll(n) + 4) / 5);
	}
}

static void level_hints(void)
{
	static const struct {
		u8 granule;
		u8 shift;
		u8 ttl;
	} leaves[] = {
		{ 12, 12, 3 }, { 12, 16, 3 }, { 12, 21, 2 }, { 12, 25, 2 },
		{ 12, 30, 1 }, { 12, 34, 1 }, { 14, 14, 3 }, { 14, 21, 3 },
		{ 14, 25, 2 }, { 14, 30, 2 }, { 16, 16, 3 }, { 16, 21, 3 },
		{ 16, 29, 2 }, { 16, 34, 2 },
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		u64 size = 1ULL << leaves[i].shift;
		struct smmu_tlbi inv = {
			.granule = leaves[i].granule,
			.iova = 4 * size,
			.last = 5 * size - 1,
			.pgsize = size,
			.leaf = true,
		};
		struct ring_batch batch = {};

		CHECK(smmu_batch_tlbi(&batch, &inv, true));
		for (n = 0; n < batch.nr; n++)
			CHECK_EQ(decode(&batch.cmd[n], inv.granule).ttl,
				 leaves[i].ttl);
		check_ranges(&inv);

		/* Two leaves, part of one, or tables: no hint. */
		for (n = 0; n < 3; n++) {
			struct smmu_tlbi other = inv;

			other.last += n == 0 ? size : 0;
			other.iova += n == 1 ? size / 2 : 0;
			other.leaf = n != 2;
			batch.nr = 0;
			CHECK(smmu_batch_tlbi(&batch, &other, true));
			CHECK_EQ(decode(&batch.cmd[0], inv.granule).ttl, 0);
		}
	}
}

/*
 * Without ranges, each leaf is named at least once: every entry of a contiguous
 * run, and every table that may be gone.
 */
static void single_addresses(void)
{
	struct tap_rng rng = { seed };
	u64 i, addr, step;

	for (i = 0; i < ops / 10; i++) {
		struct smmu_tlbi inv = random_tlbi(&rng);
		unsigned int bits = inv.granule - 3, level = tap_below(&rng, 2);
		struct ring_batch batch = {};
		unsigned int n;

		step = 1ULL << (inv.granule + bits * level);
		inv.pgsize = step << tap_below(&rng, 4);
		inv.last = inv.iova + tap_below(&rng, 20) * inv.pgsize;
		if (!inv.leaf && level)
			step = 1ULL << (inv.granule + bits);
		if (!smmu_batch_tlbi(&batch, &inv, false)) {
			CHECK_EQ(batch.nr, 0);
			CHECK((inv.last - inv.iova) / step + 2 > SMMU_TLBI_CMDS);
			continue;
		}
		addr = inv.iova & ~(step - 1);
		for (n = 0; n < batch.nr; n++, addr += step) {
			check_tag(&inv, batch.cmd[n].word[0]);
			CHECK_EQ(batch.cmd[n].word[0] & 0xfffff000, 0);
			CHECK_EQ(batch.cmd[n].word[1] & ~0xfffULL, addr);
			CHECK_EQ(batch.cmd[n].word[1] & 0xfff, inv.leaf);
		}
		CHECK(addr > inv.last);
	}
}

static void device_caches(void)
{
	struct tap_rng rng = { seed };
	struct ring_cmd cmd;
	u64 i, size, first, last;

	for (i = 0; i < ops; i++) {
		u64 iova = tap_rand(&rng) >> tap_below(&rng, 64);
		u64 end = iova + (tap_rand(&rng) >> tap_below(&rng, 64));

		if (end < iova)
			end = U64_MAX;
		cmd = smmu_cmd_atc_inv(0x12345, i % 2 ? 0xabcde : 0, iova, end);
		CHECK_EQ(cmd.word[0], i % 2 ? 0x12345abcde840ULL :
					      0x1234500000040ULL);
		size = cmd.word[1] & 0x3f;
		CHECK(size <= 52);
		first = cmd.word[1] & ~0xfffULL;
		last = size == 52 ? U64_MAX : first + (0x1000ULL << size) - 1;
		CHECK(first <= iova && last >= end);
		/* No smaller block holds it. */
		if (size)
			CHECK((iova ^ end) >> (12 + size - 1));
	}
}

static void examples(void)
{
	struct iommufdx_page_request req = {
		.flags = IOMMUFDX_PAGE_PASID_VALID,
		.pasid = 0x54321,
		.grpid = 0x1a5,
	};
	struct smmu_tag asid = { .id = 0xbeef };
	struct smmu_tag vmid = { .s2 = true, .id = 0xbeef };

	CHECK_EQ(smmu_cmd_sync(0x123456789a8, 42).word[0], 0x2a0fc01046ULL);
	CHECK_EQ(smmu_cmd_sync(0x123456789a8, 42).word[1], 0x123456789a8);
	CHECK_EQ(smmu_cmd_barrier().word[0], 0x46);
	CHECK_EQ(smmu_cmd_cfgi_ste(0x1234).word[0], 0x123400000003);
	CHECK_EQ(smmu_cmd_cfgi_ste(0x1234).word[1], 0);
	CHECK_EQ(smmu_cmd_cfgi_leaf(0x12f5).word[0], 0x12c000000004);
	CHECK_EQ(smmu_cmd_cfgi_leaf(0x12f5).word[1], 5);
	CHECK_EQ(smmu_cmd_cfgi_all().word[0], 4);
	CHECK_EQ(smmu_cmd_cfgi_all().word[1], 31);
	CHECK_EQ(smmu_cmd_cfgi_cd(2, 0x77).word[0], 0x200077005);
	CHECK_EQ(smmu_cmd_cfgi_cds(2).word[0], 0x200000006);
	CHECK_EQ(smmu_cmd_tlbi_tag(&asid).word[0], 0xbeef000000000011ULL);
	CHECK_EQ(smmu_cmd_tlbi_tag(&vmid).word[0], 0xbeef00000028ULL);
	CHECK_EQ(smmu_cmd_tlbi_all().word[0], 0x30);
	CHECK_EQ(smmu_cmd_pri_resp(9, &req, IOMMUFDX_PAGE_SUCCESS).word[0],
		 0x954321841);
	CHECK_EQ(smmu_cmd_pri_resp(9, &req, IOMMUFDX_PAGE_SUCCESS).word[1],
		 0x21a5);
	CHECK_EQ(smmu_cmd_pri_resp(9, &req, IOMMUFDX_PAGE_INVALID).word[1],
		 0x11a5);
	req.flags = 0;
	CHECK_EQ(smmu_cmd_pri_resp(9, &req, IOMMUFDX_PAGE_SUCCESS).word[0],
		 0x900000041);
	CHECK_EQ(smmu_cmd_resume(9, 0xabcd, IOMMUFDX_PAGE_SUCCESS).word[0],
		 0x900001044);
	CHECK_EQ(smmu_cmd_resume(9, 0xabcd, IOMMUFDX_PAGE_INVALID).word[0],
		 0x900002044);
	CHECK_EQ(smmu_cmd_resume(9, 0xabcd, IOMMUFDX_PAGE_INVALID).word[1],
		 0xabcd);
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 300000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(examples);
	TAP_RUN(ranges_are_exact);
	TAP_RUN(ranges_are_few);
	TAP_RUN(level_hints);
	TAP_RUN(single_addresses);
	TAP_RUN(device_caches);
	return tap_done();
}
