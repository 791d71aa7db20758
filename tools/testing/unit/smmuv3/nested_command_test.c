// SPDX-License-Identifier: GPL-2.0-only
/* What a guest may write in its STE and its command queue, and what commands do. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "nested_rig.h"

/* ---- What a guest may write ---- */

static void every_bit_of_an_ste_is_checked(void)
{
	const u64 may0 = 0xf8ffffffffffffffULL, may1 = 0x380000ffULL & ~0x20000000ULL;
	const u64 good[] = { STAGE1 | GPA, WORD1 };
	struct iommufdx_domain *n;
	unsigned int bit, w, i;
	u64 ste[2];
	bool ok;

	start(0);
	for (w = 0; w < 2; w++) {
		for (bit = 0; bit < 64; bit++) {
			memcpy(ste, good, sizeof(ste));
			ste[w] ^= BIT_ULL(bit);
			ok = (w ? may1 : may0) & BIT_ULL(bit);
			/* Config: not translated, stage 2. S1CDMAX 16 alone. */
			if (!w && bit >= 1 && bit <= 3)
				ok = bit == 1;
			if (w && bit == 27)
				ok = true;
			if (!w && bit >= 59)
				ok = 1 << (bit - 59) <= 20;
			n = alloc(&g, ste[0], ste[1]);
			if (IS_ERR(n) == ok)
				printf("# word %u bit %u\n", w, bit);
			CHECK_EQ(IS_ERR(n), !ok);
			if (IS_ERR(n))
				CHECK_EQ(PTR_ERR(n), -EIO);
			else
				domain_drop(n);
		}
	}
	for (i = 0; i < 8; i++) {
		n = alloc(&g, 1 | i << 1, 0);
		CHECK_EQ(IS_ERR(n), i != 0 && i != 4 && i != 5);
		if (!IS_ERR(n))
			domain_drop(n);
	}
	for (i = 0; i < 4; i++) {
		n = alloc(&g, good[0], good[1] | i << 28);
		CHECK_EQ(IS_ERR(n), i > 1);
		if (!IS_ERR(n))
			domain_drop(n);
	}
	/* S1Fmt and S1DSS matter where there is more than one CD. */
	CHECK_EQ(PTR_ERR(alloc(&g, ste0() | 3 << 4, WORD1)), -EIO);
	CHECK_EQ(PTR_ERR(alloc(&g, ste0(), WORD1 | 3)), -EIO);
	CHECK_EQ(PTR_ERR(alloc(&g, STAGE1 | 21ULL << 59, WORD1)), -EIO);
	stop();
}

static bool bit_allowed(u8 op, unsigned int w, unsigned int bit)
{
	switch (op) {
	case 0x10:
		return !w && bit >= 32 && bit < 48;
	case 0x11:
		return !w && bit >= 32;
	case 0x12:
		if (w)
			return !bit || bit >= 12;
		return bit >= 32;
	case 0x13:
		if (w)
			return !bit || bit >= 12;
		return bit >= 32 && bit < 48;
	case 0x05:
		return w ? !bit : bit >= 12 && bit < 32;
	case 0x40:
		if (w)
			return bit < 6 || bit >= 12;
		return bit == 9 || (bit >= 11 && bit < 32);
	}
	return false;
}

/* Every opcode and every bit beside a good command. */
static void every_bit_of_a_command_is_checked(void)
{
	static const u8 good[] = {
		0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x30, 0x40,
	};
	unsigned int op, w, bit, i, done;
	bool ok;

	start(0);
	for (op = 0; op < 0x100; op++) {
		ok = memchr(good, op, sizeof(good));
		CHECK_EQ(inv_one(&g, (cmd_t){ { op | (u64)VSID << 32 } }),
			 ok && op != 0x10 && op != 0x11 && op != 0x12 &&
			 op != 0x13 && op != 0x30 ? 0 :
			 ok && op != 0x30 && op != 0x10 && op != 0x13 ? 0 : -EIO);
	}
	for (i = 0; i < sizeof(good); i++) {
		bool stream = good[i] < 0x10 || good[i] == 0x40;
		u64 w0 = good[i] | (stream ? (u64)VSID << 32 : 0);

		for (w = 0; w < 2; w++) {
			for (bit = w ? 0 : 8; bit < 64; bit++) {
				cmd_t three[3] = { { { w0 } }, { { w0 } },
						   { { w0 } } };

				three[1].cmd[w] ^= BIT_ULL(bit);
				ok = bit_allowed(good[i], w, bit);
				if ((inv(&g, three, 3, &done) == 0) != ok)
					printf("# %#x word %u bit %u\n",
					       good[i], w, bit);
				/* The last ones are of another stream's ID. */
				CHECK_EQ(inv(&g, three, 3, &done), ok ? 0 :
					 stream && !w && bit >= 32 ? -ENXIO :
								     -EIO);
				CHECK_EQ(done, ok ? 3 : 1);
			}
		}
	}
	stop();
}

static void ranges_are_checked(void)
{
	static const struct {
		u64 w0;
		u64 w1;
		int rc;
	} range[] = {
		{ 0x12 | 1 << 12, 1 << 10, 0 },
		{ 0x12 | 1 << 12, 0, -EIO },		/* no TG */
		{ 0x12 | 1 << 20, 0, -EIO },
		{ 0x12, 1 << 8, -EIO },
		{ 0x12, 1 << 10, -EIO },		/* one granule */
		{ 0x12, 1 << 10 | 3 << 8, 0 },		/* of a level */
		{ 0x12, 2 << 10 | 1 << 8, -EIO },
		{ 0x12, 2 << 10 | 2 << 8, 0 },
		{ 0x13 | 31 << 12 | 31 << 20, 3 << 10, 0 },
		{ 0x12 | 1ULL << 25, 1 << 10, -EIO },	/* SCALE 32 */
		{ 0x12 | 1 << 12, ~0x1fffULL | 1 << 10, 0 },
		{ 0x12 | 1 << 12, ~0xfffULL | 1 << 10, -EIO },	/* wraps */
	};
	unsigned int i;

	start(0);
	for (i = 0; i < ARRAY_SIZE(range); i++)
		CHECK_EQ(inv_one(&g, (cmd_t){ { range[i].w0, range[i].w1 } }),
			 range[i].rc);
	stop();
	start_caps(0, MODEL_CAP_ALL & ~MODEL_CAP_RANGE_INV);
	for (i = 0; i < ARRAY_SIZE(range); i++)
		CHECK_EQ(inv_one(&g, (cmd_t){ { range[i].w0, range[i].w1 } }),
			 -EIO);
	stop();
}

static void names_are_checked(void)
{
	const cmd_t foreign[] = {
		{ { 0x05 | (u64)dev.rid << 32 } }, { { 0x06 } },
		atc_inv(0x30, 0), atc_inv(0x28, 0),
	};
	u64 before;
	unsigned int i;

	start(0);
	before = machine_stats(&m).commands;
	for (i = 0; i < ARRAY_SIZE(foreign); i++)
		CHECK_EQ(inv_one(&g, foreign[i]), -ENXIO);
	CHECK_EQ(machine_stats(&m).commands, before);
	CHECK_EQ(inv_one(&g, atc_inv(VSID, 0)), 0);
	g.names.vdev[0].master = NULL;
	CHECK_EQ(inv_one(&g, atc_inv(VSID, 0)), -ENXIO);
	stop();
}

/* ---- What commands do ---- */

static void commands_leave_nothing_stale(u32 caps)
{
	struct iommufdx_domain *n;
	cmd_t cmds[40];
	unsigned int done, i, nr = 0;
	u64 val;

	start_caps(0, caps);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 7, 2, TABLE_A);
	for (i = 0; i < 32; i++)
		guest_set(&g, TABLE_A, IOVA + i * PAGE_SIZE, DATA + i % 4);
	for (i = 0; i < 4; i++)
		page_at(g.page[DATA + i])[0] = i;
	n = nest(&g, ste0(), WORD1 | EATS);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	for (i = 0; i < 32; i++) {
		CHECK_EQ(dma_read(&dev, NO_PASID, IOVA + i * PAGE_SIZE, &val), 0);
		CHECK_EQ(val, i % 4);
		CHECK_EQ(dma_read(&dev, 7, IOVA + i * PAGE_SIZE, &val), 0);
	}
	for (i = 0; i < 32; i++)
		guest_set(&g, TABLE_A, IOVA + i * PAGE_SIZE, DATA + 4);
	CHECK_EQ(model_check(m.model), 64);
	for (i = 0; i < 32; i++)
		cmds[nr++] = tlbi_va(1, IOVA + (i ^ 1) * PAGE_SIZE);
	CHECK_EQ(inv(&g, cmds, nr, &done), 0);
	CHECK_EQ(done, nr);
	CHECK_EQ(model_check(m.model), 32);
	/* By ASID, after one of its pages. */
	cmds[0] = tlbi_va(2, IOVA);
	cmds[1] = tlbi_asid(2);
	cmds[2] = tlbi_va(2, IOVA + PAGE_SIZE);
	CHECK_EQ(inv(&g, cmds, 3, &done), 0);
	CHECK_EQ(done, 3);
	CHECK_EQ(model_check(m.model), 0);
	/* The CD of an SSID. */
	guest_set(&g, TABLE_B, IOVA, DATA + 3);
	CHECK_EQ(dma_read(&dev, 7, IOVA, &val), 0);
	guest_cd(&g, 7, 3, TABLE_B);
	CHECK(model_check(m.model) > 0);
	cmds[0] = (cmd_t){ { 0x05 | 7 << 12 | (u64)VSID << 32, 1 } };
	cmds[1] = tlbi_asid(2);
	CHECK_EQ(inv(&g, cmds, 2, &done), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(dma_read(&dev, 7, IOVA, &val), 0);
	CHECK_EQ(val, 3);
	/* A device's own cache, asked for before the TLB's. */
	CHECK_EQ(atc_write(atc, 7, IOVA, 3), 0);
	guest_set(&g, TABLE_B, IOVA, 0);
	cmds[0] = atc_inv(VSID, 7);
	cmds[1] = tlbi_va(3, IOVA);
	CHECK_EQ(inv(&g, cmds, 2, &done), 0);
	CHECK_EQ(atc_write(atc, 7, IOVA, 4), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

static void commands_work(void)
{
	commands_leave_nothing_stale(MODEL_CAP_ALL);
}

static void commands_work_without_ranges(void)
{
	commands_leave_nothing_stale(MODEL_CAP_ALL & ~MODEL_CAP_RANGE_INV);
}

static void neighbours_and_repetitions_are_merged(void)
{
	unsigned int i, done;
	u64 before, syncs;
	cmd_t many[256];

	start(0);
	for (i = 0; i < 256; i++)
		many[i] = tlbi_va(1, IOVA + i * PAGE_SIZE);
	before = all_tlbi();
	syncs = commands(0x46);
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	/* One for each granule. */
	CHECK(all_tlbi() - before <= 6);
	CHECK_EQ(commands(0x46), syncs + 1);

	/* Two addresses again and again, and then 256 apart: one SYNC. */
	for (i = 0; i < 256; i++)
		many[i] = tlbi_va(1, IOVA + i % 2 * 0x40000);
	before = all_tlbi();
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(all_tlbi(), before + 2);
	for (i = 0; i < 256; i++)
		many[i] = tlbi_va(1, IOVA + i * 0x201000ULL);
	before = all_tlbi();
	syncs = commands(0x46);
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(all_tlbi(), before + 256);
	CHECK_EQ(commands(0x46), syncs + 1);

	/* ASIDs again and again. */
	for (i = 0; i < 256; i++)
		many[i] = tlbi_asid(1 + i % 2);
	before = all_tlbi();
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(all_tlbi(), before + 2);

	/* What covers them all. */
	for (i = 0; i < 255; i++)
		many[i] = tlbi_va(1, IOVA + i * 0x201000ULL);
	many[100] = (cmd_t){ { 0x10 } };
	before = all_tlbi();
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(all_tlbi(), before + 1);
	stop();
}

/* An ASID's command does not evict them, one for an address does. */
static void global_pages_go_with_an_address_beside_its_asid(void)
{
	struct iommufdx_domain *n;
	unsigned int done, i;
	cmd_t cmds[2];
	u64 val;

	start(0);
	guest_cd(&g, 0, 1, TABLE_A);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	for (i = 0; i < 2; i++) {
		guest_set_global(&g, TABLE_A, IOVA, DATA);
		CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
		guest_set_global(&g, TABLE_A, IOVA, DATA + 1);
		CHECK_EQ(inv_one(&g, tlbi_asid(1)), 0);
		CHECK_EQ(model_check(m.model), 1);
		cmds[i] = tlbi_va(1, IOVA);
		cmds[!i] = tlbi_asid(1);
		CHECK_EQ(inv(&g, cmds, 2, &done), 0);
		CHECK_EQ(done, 2);
		CHECK_EQ(model_check(m.model), 0);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

/* The oracle: what each command evicts by itself is evicted by a batch. */
static void random_batches_leave_nothing_stale(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x5eed) };
	struct iommufdx_domain *n;
	unsigned int i, j, page = 0, done, nr;
	bool changed[512], all;
	cmd_t cmds[300];
	u64 val, va;

	printf("# SEED=%llu\n", (unsigned long long)rng.state);
	start(0);
	guest_cd(&g, 0, 1, TABLE_A);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	va = IOVA & ~0x1fffffULL;
	for (i = 0; i < 512; i++)
		guest_set(&g, TABLE_A, va + i * PAGE_SIZE, DATA);
	for (i = 0; i < 60; i++) {
		memset(changed, 0, sizeof(changed));
		all = false;
		/* Every third page is global. */
		for (j = 0; j < 512; j += 3)
			guest_set_global(&g, TABLE_A, va + j * PAGE_SIZE, DATA);
		for (j = 0; j < 512; j++)
			dma_read(&dev, NO_PASID, va + j * PAGE_SIZE, &val);
		nr = 1 + tap_below(&rng, 300);
		for (j = 0; j < nr; j++) {
			/* Pages in a row mostly, or all of them apart. */
			page = j && i % 2 && tap_below(&rng, 3) ?
				       (page + 1) % 512 : tap_below(&rng, 512);
			cmds[j] = tlbi_va(1, va + page * PAGE_SIZE);
			if (tap_below(&rng, 20) == 0)
				cmds[j].cmd[0] = 0x13;
			if (tap_below(&rng, 20) == 0)
				cmds[j].cmd[1] &= ~1ULL;
			if (i % 4 > 1 && tap_below(&rng, 50) == 0) {
				cmds[j] = tlbi_asid(1);
				all = true;
			} else {
				changed[page] = true;
			}
		}
		for (j = 0; j < 512; j++)
			if (changed[j] || (all && j % 3))
				(j % 3 ? guest_set : guest_set_global)(
					&g, TABLE_A, va + j * PAGE_SIZE,
					DATA + (i + 1) % 4);
		CHECK_EQ(inv_one(&g, tlbi_asid(2)), 0);
		CHECK_EQ(inv(&g, cmds, nr, &done), 0);
		CHECK_EQ(done, nr);
		CHECK_EQ(model_check(m.model), 0);
		for (j = 0; j < 512; j++)
			guest_set(&g, TABLE_A, va + j * PAGE_SIZE, DATA);
		CHECK_EQ(inv_one(&g, (cmd_t){ { 0x10 } }), 0);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

int main(void)
{
	TAP_RUN(every_bit_of_an_ste_is_checked);
	TAP_RUN(every_bit_of_a_command_is_checked);
	TAP_RUN(ranges_are_checked);
	TAP_RUN(names_are_checked);
	TAP_RUN(commands_work);
	TAP_RUN(commands_work_without_ranges);
	TAP_RUN(neighbours_and_repetitions_are_merged);
	TAP_RUN(global_pages_go_with_an_address_beside_its_asid);
	TAP_RUN(random_batches_leave_nothing_stale);
	return tap_done();
}
