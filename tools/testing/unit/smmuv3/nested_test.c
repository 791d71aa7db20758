// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests' stage 1 on a nesting parent, and the commands of their queues.
 *
 * The guest's memory is a few pages at GPA in the parent: page 0 holds CDs, one
 * for each of 16 SSIDs; pages 1 to 4 and 5 to 8 are two tables of 4 levels; the
 * others are data.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <pthread.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "rig.h"

#define GPA		0x10000000ULL
#define PAGES		16
#define TABLE_A		1
#define TABLE_B		5
#define DATA		9		/* first page that is neither */
#define CD_BITS		4
#define IOVA		0x7f1234567000ULL
#define VSID		0xabcd1234U
#define ARM		IOMMU_HWPT_DATA_ARM_SMMUV3

/* V and Config of an STE. */
#define ABORT		0x1ULL
#define BYPASS		0x9ULL
#define STAGE1		0xbULL
/* S1DSS SSID0, write-back, inner shareable. */
#define WORD1		(0x2ULL | 1 << 2 | 1 << 4 | 3 << 6)
#define EATS		BIT_ULL(28)

typedef struct iommu_viommu_arm_smmuv3_invalidate cmd_t;

struct guest {
	struct iommufdx_domain *parent;
	struct rig_names names;
	struct iommufdx_viommu *viommu;
	u64 page[PAGES];
};

static struct machine m;
static struct iommufdx_master dev, dev2;
static struct model_atc *atc, *atc2;
static struct guest g, g2;

/* ---- The guest's side ---- */

static unsigned int index_of(u64 va, unsigned int level)
{
	return va >> (39 - 9 * level) & 0x1ff;
}

/* Have the table at page @table send @va to data page @data; 0: nowhere. */
static void guest_set(struct guest *guest, unsigned int table, u64 va,
		      unsigned int data)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		page_at(guest->page[table + i])[index_of(va, i)] =
			(GPA + (table + i + 1) * PAGE_SIZE) | 3;
	/* Page, unprivileged, inner shareable, accessed, of one ASID. */
	page_at(guest->page[table + 3])[index_of(va, 3)] =
		data ? (GPA + data * PAGE_SIZE) | 0xf43 : 0;
}

static void guest_cd(struct guest *guest, unsigned int ssid, u16 asid,
		     unsigned int table)
{
	u64 *cd = page_at(guest->page[0]) + ssid * SMMU_CD_WORDS;

	cd[1] = GPA + table * PAGE_SIZE;
	cd[3] = 0xff;
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A |
		SMMU_CD0_ASET | SMMU_CD0_EPD1 | FIELD_PREP(SMMU_CD0_T0SZ, 16) |
		FIELD_PREP(SMMU_CD0_IPS, SMMU_OAS_48) |
		FIELD_PREP(SMMU_CD0_ASID, asid);
}

static u64 ste0(void)
{
	return STAGE1 | GPA | (u64)CD_BITS << 59;
}

static cmd_t tlbi_va(u16 asid, u64 va)
{
	return (cmd_t){ { 0x12 | (u64)asid << 48, va | 1 } };
}

static cmd_t atc_inv(u32 vsid, u32 ssid)
{
	return (cmd_t){ { 0x40 | (u64)vsid << 32 |
			  (ssid ? ssid << 12 | 1 << 11 : 0), 52 } };
}

/* ---- The VMM's side ---- */

static struct iommufdx_domain *alloc(struct guest *guest, u64 w0, u64 w1)
{
	struct iommu_hwpt_arm_smmuv3 ste = { { w0, w1 } };
	const struct iommufdx_user_data data = {
		.type = ARM,
		.uptr = &ste,
		.len = sizeof(ste),
	};

	return guest->viommu->ops->alloc_nested(guest->viommu, 0, &data);
}

static struct iommufdx_domain *nest(struct guest *guest, u64 w0, u64 w1)
{
	struct iommufdx_domain *domain = alloc(guest, w0, w1);

	if (IS_ERR(domain))
		abort();
	return domain;
}

static int inv(struct guest *guest, const cmd_t *cmds, unsigned int nr,
	       unsigned int *done)
{
	return invalidate(guest->viommu->ops->inv, guest->viommu, cmds, nr,
			  done);
}

static int inv_one(struct guest *guest, cmd_t cmd)
{
	unsigned int done;
	int rc = inv(guest, &cmd, 1, &done);

	CHECK_EQ(done, !rc);
	return rc;
}

static void guest_start(struct guest *guest)
{
	const struct iommufdx_user_data data = {
		.type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	};
	unsigned int i;

	memset(&guest->names, 0, sizeof(guest->names));
	pthread_mutex_init(&guest->names.lock, NULL);
	guest->parent = stage_make(&dev, 2, IOMMUFDX_DOMAIN_NEST_PARENT);
	for (i = 0; i < PAGES; i++) {
		guest->page[i] = page_make();
		CHECK_EQ(domain_map(guest->parent, GPA + i * PAGE_SIZE,
				    guest->page[i], 1), 0);
	}
	guest->viommu = rig_ops->viommu_alloc(&dev, guest->parent,
					      &guest->names, &data);
	if (IS_ERR(guest->viommu))
		abort();
}

static void guest_name(struct guest *guest, struct iommufdx_master *master,
		       u32 vsid)
{
	guest->names.vdev[0] = (struct iommufdx_vdevice){
		.viommu = guest->viommu,
		.master = master,
		.virt_id = vsid,
	};
	CHECK_EQ(guest->viommu->ops->vdevice_init(&guest->names.vdev[0]), 0);
}

static void guest_stop(struct guest *guest)
{
	unsigned int i;

	guest->viommu->ops->free(guest->viommu);
	domain_drop(guest->parent);
	for (i = 0; i < PAGES; i++)
		page_drop(guest->page[i]);
}

static void start_caps(u32 flags, u32 caps)
{
	REQUIRE(machine_start(&m, flags, caps) == 0);
	memset(&dev, 0, sizeof(dev));
	memset(&dev2, 0, sizeof(dev2));
	dev.max_pasid_bits = 16;
	dev.dev_ats = true;
	dev2.dev_ats = true;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	REQUIRE(master_add(&m, &dev2, 0x30) == 0);
	atc = model_atc_create(m.model, dev.rid, 0);
	atc2 = model_atc_create(m.model, dev2.rid, 0);
	guest_start(&g);
	guest_start(&g2);
	guest_name(&g, &dev, VSID);
	guest_name(&g2, &dev2, VSID);
}

static void start(u32 flags)
{
	start_caps(flags, MODEL_CAP_ALL);
}

static void stop(void)
{
	guest_stop(&g);
	guest_stop(&g2);
	master_stop(&dev);
	master_stop(&dev2);
	CHECK_EQ(machine_stats(&m).illegal, 0);
	CHECK_EQ(model_check(m.model), 0);
	model_atc_destroy(atc);
	model_atc_destroy(atc2);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static u64 commands(unsigned int op)
{
	return machine_stats(&m).commands_by_op[op < 0x40 ? op : 0x38 | (op & 7)];
}

static u64 all_tlbi(void)
{
	return commands(0x10) + commands(0x11) + commands(0x12) + commands(0x13);
}

/* ---- Translation ---- */

static void devices_go_through_both_stages(void)
{
	struct iommufdx_domain *n;
	u64 val;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 7, 2, TABLE_B);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g, TABLE_B, IOVA, DATA + 1);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 0xa), 0);
	CHECK_EQ(dma_write(&dev, 7, IOVA, 0xb), 0);
	CHECK_EQ(page_at(g.page[DATA])[0], 0xa);
	CHECK_EQ(page_at(g.page[DATA + 1])[0], 0xb);
	CHECK_EQ(dma_read(&dev, 7, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 8, IOVA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 16, IOVA, 1), -EFAULT);
	/* The guest's pointer leads out of its memory. */
	page_at(g.page[TABLE_A + 3])[index_of(IOVA, 3) + 1] =
		(GPA + PAGES * PAGE_SIZE) | 0xf43;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(machine_stats(&m).stale, 0);
	domain_drop(n);
	stop();
}

static void bypass_and_abort(void)
{
	struct iommufdx_domain *bypass, *abort, *invalid;

	start(MODEL_CHECK_HITS);
	bypass = nest(&g, BYPASS, 0);
	abort = nest(&g, ABORT, 0);
	invalid = nest(&g, ~1ULL, ~0ULL);
	/* They need no name of the device. */
	CHECK_EQ(attach(&dev2, NO_PASID, bypass), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 5), 0);
	CHECK_EQ(page_at(g.page[DATA])[0], 5);
	CHECK_EQ(attach(&dev2, NO_PASID, abort), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 6), -EFAULT);
	CHECK_EQ(attach(&dev2, NO_PASID, invalid), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 7), -EFAULT);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(bypass);
	domain_drop(abort);
	domain_drop(invalid);
	stop();
}

static void attaching_has_rules(void)
{
	struct iommufdx_domain *n, *s1;

	start(0);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev2, NO_PASID, n), -ENOENT);
	CHECK_EQ(attach(&dev, 3, n), -EINVAL);
	s1 = stage_make(&dev, 1, 0);
	CHECK_EQ(attach(&dev, 3, s1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, n), -EINVAL);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, 3, s1), -EINVAL);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	domain_drop(s1);
	stop();
}

/* Two guests, one ASID, one address: neither sees the other, ever. */
static void guests_stay_apart(void)
{
	struct iommufdx_domain *a, *b;
	u64 val;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g2, 0, 1, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g2, TABLE_A, IOVA, DATA);
	page_at(g.page[DATA])[0] = 0xa;
	page_at(g2.page[DATA])[0] = 0xb;
	a = nest(&g, ste0(), WORD1);
	b = nest(&g2, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK_EQ(attach(&dev, NO_PASID, b), -ENOENT);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xa);
	CHECK_EQ(dma_read(&dev2, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	/* What one forgets the other one's commands do not make up for. */
	guest_set(&g, TABLE_A, IOVA, DATA + 1);
	CHECK_EQ(model_check(m.model), 1);
	CHECK_EQ(inv_one(&g2, tlbi_va(1, IOVA)), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x10 } }), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x30 } }), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x12 | 1ULL << 48 |
			(u64)to_smmu_viommu(g.viommu)->s2.tag.id << 32,
			IOVA } }), 0);
	CHECK_EQ(model_check(m.model), 1);
	CHECK_EQ(inv_one(&g, tlbi_va(1, IOVA)), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	stop();
}

/* What a page of the guest held, be it data, a table or CDs, goes at once. */
static void parent_unmap_reaches(unsigned int gone)
{
	struct iommufdx_domain *n;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 7, 2, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	n = nest(&g, ste0(), WORD1 | EATS);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, 7, IOVA, 2), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(domain_unmap(g.parent, GPA + gone * PAGE_SIZE, 1), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 5), -EFAULT);
	CHECK_EQ(atc_write(atc, 7, IOVA, 6), -EFAULT);
	CHECK_EQ(page_at(g.page[DATA])[0], 3);
	CHECK_EQ(machine_stats(&m).stale, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

static void parent_unmap_reaches_data_and_tables(void)
{
	unsigned int i;

	parent_unmap_reaches(DATA);
	parent_unmap_reaches(0);
	for (i = TABLE_A; i < TABLE_A + 4; i++)
		parent_unmap_reaches(i);
}

static bool dma_stop;

static void *dma_loop(void *arg)
{
	u64 val, *bad = arg;

	while (!__atomic_load_n(&dma_stop, __ATOMIC_RELAXED)) {
		if (dma_read(&dev, NO_PASID, IOVA, &val) ||
		    (val != 0xa && val != 0xb))
			(*bad)++;
	}
	return NULL;
}

static void replacing_a_guests_ste_is_hitless(void)
{
	struct iommufdx_domain *n[3];
	pthread_t thread;
	u64 bad = 0, i;

	start(0);
	page_at(g.page[DATA])[0] = 0xa;
	page_at(g.page[DATA + 1])[0] = 0xb;
	CHECK_EQ(domain_map(g.parent, IOVA, g.page[DATA], 1), 0);
	/* One CD each, in the first page, with ASIDs of their own. */
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 1, 2, TABLE_B);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g, TABLE_B, IOVA, DATA + 1);
	n[0] = nest(&g, STAGE1 | GPA, WORD1);
	n[1] = nest(&g, STAGE1 | (GPA + 64), WORD1);
	n[2] = nest(&g, BYPASS, 0);
	CHECK_EQ(attach(&dev, NO_PASID, n[0]), 0);
	dma_stop = false;
	pthread_create(&thread, NULL, dma_loop, &bad);
	for (i = 1; i < 300; i++)
		CHECK_EQ(attach(&dev, NO_PASID, n[i % 3]), 0);
	__atomic_store_n(&dma_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK_EQ(bad, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	for (i = 0; i < 3; i++)
		domain_drop(n[i]);
	stop();
}

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
				CHECK_EQ(inv(&g, three, 3, &done),
					 ok ? 0 : -EIO);
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
		CHECK_EQ(inv_one(&g, foreign[i]), -EIO);
	CHECK_EQ(machine_stats(&m).commands, before);
	CHECK_EQ(inv_one(&g, atc_inv(VSID, 0)), 0);
	g.names.vdev[0].master = NULL;
	CHECK_EQ(inv_one(&g, atc_inv(VSID, 0)), -EIO);
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
	cmds[1] = (cmd_t){ { 0x11 | 2ULL << 48 } };
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
	cmds[1] = (cmd_t){ { 0x11 | 2ULL << 48 } };
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

	/* What covers them all. */
	many[255] = (cmd_t){ { 0x11 | 1ULL << 48 } };
	before = all_tlbi();
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(all_tlbi(), before + 1);
	many[100] = (cmd_t){ { 0x10 } };
	before = all_tlbi();
	CHECK_EQ(inv(&g, many, 256, &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(all_tlbi(), before + 1);
	stop();
}

/* The oracle: what each command evicts by itself is evicted by a batch. */
static void random_batches_leave_nothing_stale(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x5eed) };
	struct iommufdx_domain *n;
	unsigned int i, j, page = 0, done, nr;
	bool changed[512];
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
		for (j = 0; j < 512; j++)
			dma_read(&dev, NO_PASID, va + j * PAGE_SIZE, &val);
		nr = 1 + tap_below(&rng, 300);
		for (j = 0; j < nr; j++) {
			page = j && tap_below(&rng, 3) ? (page + 1) % 512 :
							 tap_below(&rng, 512);
			changed[page] = true;
			cmds[j] = tlbi_va(1, va + page * PAGE_SIZE);
			if (tap_below(&rng, 20) == 0)
				cmds[j].cmd[0] = 0x13;
			if (tap_below(&rng, 20) == 0)
				cmds[j].cmd[1] &= ~1ULL;
		}
		for (j = 0; j < 512; j++)
			if (changed[j])
				guest_set(&g, TABLE_A, va + j * PAGE_SIZE,
					  DATA + (i + 1) % 4);
		CHECK_EQ(inv_one(&g, (cmd_t){ { 0x11 | 2ULL << 48 } }), 0);
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

static void faults_go_to_the_guest(void)
{
	struct iommufdx_domain *n;

	start(0);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 1);
	CHECK_EQ(g.names.event_type, IOMMU_VEVENTQ_TYPE_ARM_SMMUV3);
	CHECK_EQ(g.names.event[0] & 0xff, 0x10);
	CHECK_EQ(g.names.event[0] >> 32, VSID);
	CHECK_EQ(g.names.event[2], IOVA + PAGE_SIZE);
	CHECK_EQ(m.faults, 0);
	/* An invalid CD is the guest's, stage 2 is not. */
	CHECK_EQ(dma_write(&dev, 9, IOVA, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	CHECK_EQ(g.names.event[0] & 0xff, 0x0a);
	page_at(g.page[TABLE_A + 3])[index_of(IOVA, 3) + 2] =
		(GPA + PAGES * PAGE_SIZE) | 0xf43;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + 2 * PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	CHECK_EQ(m.faults, 1);
	/* Nobody listens. */
	g.names.deaf = true;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(m.faults, 2);
	g.names.deaf = false;
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	domain_drop(n);
	stop();
}

static void device_time_out_is_told(void)
{
	const cmd_t two[] = { tlbi_va(1, IOVA), atc_inv(VSID, 0) };
	unsigned int done = 1;

	start(0);
	shim_quiet(true);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	CHECK_EQ(inv(&g, two, 2, &done), -ETIMEDOUT);
	CHECK_EQ(done, 0);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, 0);
	shim_quiet(false);
	CHECK_EQ(inv(&g, two, 2, &done), 0);
	CHECK_EQ(done, 2);
	stop();
}

int main(void)
{
	TAP_RUN(devices_go_through_both_stages);
	TAP_RUN(bypass_and_abort);
	TAP_RUN(attaching_has_rules);
	TAP_RUN(guests_stay_apart);
	TAP_RUN(parent_unmap_reaches_data_and_tables);
	TAP_RUN(replacing_a_guests_ste_is_hitless);
	TAP_RUN(every_bit_of_an_ste_is_checked);
	TAP_RUN(every_bit_of_a_command_is_checked);
	TAP_RUN(ranges_are_checked);
	TAP_RUN(names_are_checked);
	TAP_RUN(commands_work);
	TAP_RUN(commands_work_without_ranges);
	TAP_RUN(neighbours_and_repetitions_are_merged);
	TAP_RUN(random_batches_leave_nothing_stale);
	TAP_RUN(faults_go_to_the_guest);
	TAP_RUN(device_time_out_is_told);
	return tap_done();
}
