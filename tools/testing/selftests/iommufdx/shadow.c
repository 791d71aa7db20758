// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shadow HWPTs: a guest's table of each format, followed on the hardware of each
 * vendor. What the device sees is what the guest's table says at the last
 * invalidation, as far as the address space has the memory.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include "guest_shadow.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Guest-physical memory: tables, then data. */
#define GPA		0x40000000ull
#define TABLES		(4 * MB)
#define LEN		(8 * MB)
#define DATA		(GPA + TABLES)
#define DATA_PAGES	((LEN - TABLES) / PAGE)
/* Where the guest's devices find it. */
#define IOVA		0x2000000000ull

#define NOBODY		65534

FIXTURE(shadow) {
	struct rig r;
	struct guest g;
	char *mem;
	uint32_t parent;
	uint32_t hwpt;
};

FIXTURE_VARIANT(shadow) {
	uint32_t kind;
	uint32_t format;
};

#define VARIANT(_vendor, _VENDOR, _format, _FORMAT) \
	FIXTURE_VARIANT_ADD(shadow, _vendor##_##_format) { \
		.kind = IOMMUFDX_MOCK_KIND_##_VENDOR, \
		.format = IOMMUFDX_FORMAT_##_FORMAT, \
	}
#define VENDOR(_vendor, _VENDOR) \
	VARIANT(_vendor, _VENDOR, amdv1, AMDV1); \
	VARIANT(_vendor, _VENDOR, x86_64, X86_64); \
	VARIANT(_vendor, _VENDOR, vtdss, VTDSS); \
	VARIANT(_vendor, _VENDOR, armv8, ARMV8_S1)
VENDOR(amd, AMD);
VENDOR(vtd, VTD);
VENDOR(smmuv3, SMMUV3);

FIXTURE_SETUP(shadow)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = variant->kind,
		.flags = IOMMUFDX_MOCK_IOMMU_CHECK_HITS,
		.caps = ~0u,
	};

	ASSERT_EQ(0, rig_make(&self->r, &config));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, GPA, RW));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas, 0, &self->parent));
	guest_init(&self->g, variant->format, self->mem, GPA, TABLES);
	for (int i = 0; i < DATA_PAGES; i++)
		memset(self->mem + TABLES + i * PAGE, i % 251, PAGE);
}

FIXTURE_TEARDOWN(shadow)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

#define make(self) shadow_make(&(self)->r, &(self)->g, (self)->parent, 0, \
			       &(self)->hwpt)

/* The data page that the device reads at @iova, -1 for none, -2 for a mixture. */
static int page_seen(struct rig *r, uint64_t iova)
{
	unsigned char buf[PAGE];

	if (dma_read(r, iova, buf, PAGE, NULL))
		return -1;
	for (int i = 1; i < PAGE; i++)
		if (buf[i] != buf[0])
			return -2;
	return buf[0];
}

TEST_F(shadow, what_is_there_at_the_beginning)
{
	struct iommufdx_hwpt_shadow arg = describe(&self->g);
	struct rig *r = &self->r;
	uint32_t pt_id;

	for (int i = 0; i < 64; i++)
		guest_map(&self->g, IOVA + i * PAGE, DATA + i * 7 % 64 * PAGE, 0,
			  GUEST_READ | GUEST_WRITE);
	guest_map(&self->g, IOVA + 100 * PAGE, DATA + 100 * PAGE, 0, GUEST_READ);
	ASSERT_EQ(0, shadow_alloc(r, self->parent, 0, &arg, &self->hwpt));
	EXPECT_EQ(1, arg.out_caching_mode);
	EXPECT_LE(39, arg.out_va_bits);
	pt_id = self->hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(r->dev, &pt_id));
	for (int i = 0; i < 64; i++)
		EXPECT_EQ(i * 7 % 64, page_seen(r, IOVA + i * PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA + 64 * PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA - PAGE));
	EXPECT_EQ(-1, page_seen(r, GPA));
	EXPECT_EQ(0, dma_write(r, IOVA + 5, "x", 1, NULL));
	EXPECT_EQ('x', self->mem[TABLES + 5]);
	EXPECT_EQ(100, page_seen(r, IOVA + 100 * PAGE));
	EXPECT_EQ(-EFAULT, dma_write(r, IOVA + 100 * PAGE, "x", 1, NULL));
	EXPECT_EQ(100, self->mem[TABLES + 100 * PAGE]);
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->parent));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->hwpt));
	EXPECT_EQ(0, iommufdx_device_detach(r->dev));
	EXPECT_EQ(0, iommufdx_destroy(r->iommu, self->hwpt));
	EXPECT_EQ(0, iommufdx_destroy(r->iommu, self->parent));
}

TEST_F(shadow, a_change_needs_an_invalidation)
{
	struct rig *r = &self->r;

	guest_map(&self->g, IOVA, DATA, 0, GUEST_READ);
	ASSERT_EQ(0, make(self));
	EXPECT_EQ(0, page_seen(r, IOVA));
	/* Caching mode: what was not there is cached, too. */
	guest_map(&self->g, IOVA + PAGE, DATA + PAGE, 0, GUEST_READ);
	EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + PAGE, PAGE));
	EXPECT_EQ(1, page_seen(r, IOVA + PAGE));
	/* Another page, and only where it is said. */
	guest_map(&self->g, IOVA, DATA + 2 * PAGE, 0, GUEST_READ);
	guest_map(&self->g, IOVA + PAGE, DATA + 3 * PAGE, 0, GUEST_READ);
	EXPECT_EQ(0, page_seen(r, IOVA));
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA, 1));
	EXPECT_EQ(2, page_seen(r, IOVA));
	EXPECT_EQ(1, page_seen(r, IOVA + PAGE));
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ(3, page_seen(r, IOVA + PAGE));
	/* Permissions, and gone. */
	guest_map(&self->g, IOVA, DATA + 2 * PAGE, 0, GUEST_READ | GUEST_WRITE);
	guest_map(&self->g, IOVA + PAGE, 0, 0, 0);
	EXPECT_EQ(-EFAULT, dma_write(r, IOVA, "x", 1, NULL));
	EXPECT_EQ(3, page_seen(r, IOVA + PAGE));
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA, 2 * PAGE));
	EXPECT_EQ(0, dma_write(r, IOVA, "x", 1, NULL));
	EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	EXPECT_EQ(0, stale_seen(r));
}

TEST_F(shadow, pages_of_all_sizes)
{
	struct rig *r = &self->r;
	int level = 1;

	ASSERT_EQ(0, make(self));
	/* 2 MiB of data, then 1 GiB, of which the address space has 8 MiB. */
	guest_map(&self->g, IOVA, DATA, 1, GUEST_READ);
	guest_map(&self->g, IOVA + (1 << 30), GPA, 2, GUEST_READ);
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA, 2ull << 30));
	EXPECT_EQ(0, page_seen(r, IOVA));
	EXPECT_EQ(511 % 251, page_seen(r, IOVA + 511 * PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA + 512 * PAGE));
	EXPECT_EQ(1, page_seen(r, IOVA + (1 << 30) + TABLES + PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA + (1 << 30) + LEN));
	/* The large page falls apart; one small invalidation speaks of all of it. */
	*guest_slot(&self->g, IOVA, level) = 0;
	guest_map(&self->g, IOVA + PAGE, DATA + 9 * PAGE, 0, GUEST_READ);
	guest_map(&self->g, IOVA + 300 * PAGE, DATA + 8 * PAGE, 0, GUEST_READ);
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + 7 * PAGE, PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA));
	EXPECT_EQ(9, page_seen(r, IOVA + PAGE));
	EXPECT_EQ(8, page_seen(r, IOVA + 300 * PAGE));
	EXPECT_EQ(1, page_seen(r, IOVA + (1 << 30) + TABLES + PAGE));
	/* And together again. */
	*guest_slot(&self->g, IOVA, level) =
		guest_leaf_entry(&self->g, DATA, level, GUEST_READ);
	ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + 5 * PAGE, PAGE));
	EXPECT_EQ(0, page_seen(r, IOVA));
	EXPECT_EQ(300 % 251, page_seen(r, IOVA + 300 * PAGE));
	EXPECT_EQ(0, stale_seen(r));
}

TEST_F(shadow, unmapping_the_memory_takes_its_entries)
{
	struct rig *r = &self->r;
	char *more = mem_get(4 * PAGE);
	int64_t pinned;

	ASSERT_NE(NULL, more);
	memset(more, 'm', 4 * PAGE);
	guest_map(&self->g, IOVA, DATA, 0, GUEST_READ);
	for (int i = 1; i < 5; i++)
		guest_map(&self->g, IOVA + i * PAGE, GPA + LEN + (i - 1) * PAGE,
			  0, GUEST_READ | GUEST_WRITE);
	/* The same memory twice. */
	guest_map(&self->g, IOVA + 1 * MB, GPA + LEN, 0, GUEST_READ);
	ASSERT_EQ(0, make(self));
	pinned = pages_pinned();
	EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	ASSERT_EQ(0, map_at(r, more, 4 * PAGE, GPA + LEN, RO));
	/* Not by itself. */
	EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ('m', page_seen(r, IOVA + PAGE));
	EXPECT_EQ('m', page_seen(r, IOVA + 1 * MB));
	/* What guest and address space both grant. */
	EXPECT_EQ(-EFAULT, dma_write(r, IOVA + PAGE, "x", 1, NULL));
	ASSERT_EQ(0, unmap_at(r, GPA + LEN, 4 * PAGE));
	for (int i = 1; i < 5; i++)
		EXPECT_EQ(-1, page_seen(r, IOVA + i * PAGE));
	EXPECT_EQ(-1, page_seen(r, IOVA + 1 * MB));
	EXPECT_EQ(0, page_seen(r, IOVA));
	EXPECT_EQ(pinned, pages_pinned());
	EXPECT_EQ(0, stale_seen(r));
	/* The table itself goes; the next invalidation finds nothing. */
	ASSERT_EQ(0, unmap_at(r, GPA, LEN));
	EXPECT_EQ(-1, page_seen(r, IOVA));
	EXPECT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ(-1, page_seen(r, IOVA));
	mem_put(more, 4 * PAGE);
}

#define PASID_RID	0x0200
#define PASID		7

TEST_F(shadow, on_a_pasid)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = PASID_RID,
		.pasid_bits = 8,
	};
	struct iommufdx_mock_dma txn = {
		.iommu_id = self->r.mock_iommu,
		.rid = PASID_RID,
		.flags = IOMMUFDX_MOCK_DMA_PASID,
		.pasid = PASID,
		.op = IOMMUFDX_MOCK_DMA_READ,
		.iova = IOVA,
		.length = 1,
	};
	struct iommufdx_hwpt_shadow arg = describe(&self->g);
	struct iommufdx_device *dev;
	/* As the rig, with the other device. */
	struct rig r = self->r;
	uint32_t pt_id;
	char byte = 0;
	int rc;

	guest_map(&self->g, IOVA, DATA + 42 * PAGE, 0, GUEST_READ);
	ASSERT_EQ(0, iommufdx_mock_dev_add(r.mock, &config, &r.mock_dev));
	ASSERT_EQ(0, iommufdx_mock_dev_open(r.mock, r.mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, r.iommu, &r.dev_id));
	ASSERT_EQ(0, shadow_alloc(&r, self->parent, 0, &arg, &pt_id));
	EXPECT_EQ(-EINVAL, iommufdx_device_attach_pasid(dev, PASID, &pt_id));
	rc = shadow_alloc(&r, self->parent, IOMMU_HWPT_ALLOC_PASID, &arg,
			  &self->hwpt);
	if (rc == -EOPNOTSUPP)
		SKIP(return, "no PASIDs here");
	ASSERT_EQ(0, rc);
	pt_id = self->hwpt;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(dev, PASID, &pt_id));
	txn.uptr = (uintptr_t)&byte;
	ASSERT_EQ(0, iommufdx_mock_dma(r.mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_OK, txn.out_status);
	EXPECT_EQ(42, byte);
	guest_map(&self->g, IOVA, 0, 0, 0);
	ASSERT_EQ(0, inv_all(&r, self->hwpt));
	ASSERT_EQ(0, iommufdx_mock_dma(r.mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_FAULT, txn.out_status);
	EXPECT_EQ(0, iommufdx_device_detach_pasid(dev, PASID));
	iommufdx_device_close(dev);
}

TEST_F(shadow, batches_and_what_is_counted)
{
	struct iommufdx_hwpt_shadow_invalidate inv[100] = {};
	struct rig *r = &self->r;
	uint32_t num = 0;

	ASSERT_EQ(0, make(self));
	/* Is the type known? */
	EXPECT_EQ(0, invalidate(r, self->hwpt, NULL, &num));
	for (int i = 0; i < 100; i++) {
		/* Some touch, some do not. */
		inv[i].iova = IOVA + (i + i / 10) * PAGE;
		inv[i].length = PAGE;
		guest_map(&self->g, inv[i].iova, DATA + i * PAGE, 0, GUEST_READ);
	}
	num = 100;
	EXPECT_EQ(0, invalidate(r, self->hwpt, inv, &num));
	EXPECT_EQ(100, num);
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(i, page_seen(r, inv[i].iova));
	/* The one at fault ends it. */
	for (int i = 0; i < 100; i++)
		guest_map(&self->g, inv[i].iova, 0, 0, 0);
	inv[60].length = 0;
	EXPECT_EQ(-EINVAL, invalidate(r, self->hwpt, inv, &num));
	EXPECT_EQ(60, num);
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(i < 60 ? -1 : i, page_seen(r, inv[i].iova));
}

TEST_F(shadow, every_granularity)
{
	struct iommufdx_hwpt_shadow_invalidate inv = {};
	struct rig *r = &self->r;
	uint32_t num;

	ASSERT_EQ(0, make(self));
	for (int i = IOMMUFDX_SHADOW_INV_DOMAIN;
	     i <= IOMMUFDX_SHADOW_INV_GLOBAL; i++) {
		guest_map(&self->g, IOVA, DATA + i * PAGE, 0, GUEST_READ);
		inv.granularity = i;
		num = 1;
		ASSERT_EQ(0, invalidate(r, self->hwpt, &inv, &num));
		EXPECT_EQ(i, page_seen(r, IOVA));
		inv.length = PAGE;
		EXPECT_EQ(-EINVAL, invalidate(r, self->hwpt, &inv, &num));
		EXPECT_EQ(0, num);
		inv.length = 0;
	}
	inv.granularity++;
	num = 1;
	EXPECT_EQ(-EINVAL, invalidate(r, self->hwpt, &inv, &num));
	inv.granularity = 0;
	inv.flags = 1;
	inv.length = PAGE;
	num = 1;
	EXPECT_EQ(-EOPNOTSUPP, invalidate(r, self->hwpt, &inv, &num));
	EXPECT_EQ(-EOVERFLOW, inv_range(r, self->hwpt, -PAGE, 2 * PAGE));
	/* Beyond anything that could be mapped. */
	EXPECT_EQ(0, inv_range(r, self->hwpt, -PAGE, PAGE));
	EXPECT_EQ(0, inv_range(r, self->hwpt, 0, -1ull));
}

/* The bytes may begin and end anywhere, also where nothing is mapped. */
TEST_F(shadow, a_few_bytes_stand_for_their_pages)
{
	static const struct {
		uint64_t at, len;
	} bytes[] = {
		{ PAGE, 1 }, { PAGE + 5, 1 }, { 2 * PAGE - 1, 1 },
		{ PAGE - 10, 20 }, { PAGE + 100, PAGE }, { 1, 3 * PAGE },
		{ 2 * PAGE - 1, 2 }, { PAGE - 1, 2 },
	};
	struct rig *r = &self->r;

	ASSERT_EQ(0, make(self));
	for (int i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		TH_LOG("%#llx and %#llx more", (unsigned long long)bytes[i].at,
		       (unsigned long long)bytes[i].len);
		guest_map(&self->g, IOVA + PAGE, DATA + 3 * PAGE, 0, GUEST_READ);
		ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + bytes[i].at,
				       bytes[i].len));
		EXPECT_EQ(3, page_seen(r, IOVA + PAGE));
		guest_map(&self->g, IOVA + PAGE, 0, 0, 0);
		ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + bytes[i].at,
				       bytes[i].len));
		EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	}
	/* Nothing is left behind that the address space does not know of. */
	ASSERT_EQ(0, unmap_at(r, GPA, LEN));
	EXPECT_EQ(-1, page_seen(r, IOVA + PAGE));
	EXPECT_EQ(0, stale_seen(r));
}

TEST_F(shadow, bad_descriptions)
{
	struct iommufdx_hwpt_shadow good = describe(&self->g), arg;
	struct rig *r = &self->r;
	bool arm = variant->format == IOMMUFDX_FORMAT_ARMV8_S1;
	struct { struct iommufdx_hwpt_shadow arg; char zero, one; } longer = {};
	uint32_t id, parent, pt_id;

#define BAD(_rc, _field, _value) do { \
		arg = good; \
		arg._field = _value; \
		EXPECT_EQ(_rc, shadow_alloc(r, self->parent, 0, &arg, &id)); \
	} while (0)
	BAD(-EOPNOTSUPP, flags, 2);
	BAD(-EOPNOTSUPP, __reserved, 1);
	BAD(-EOPNOTSUPP, format, IOMMUFDX_FORMAT_ANY);
	BAD(-EOPNOTSUPP, format, IOMMUFDX_FORMAT_ARMV8_S2);
	BAD(-EOPNOTSUPP, format, 99);
	BAD(-EOPNOTSUPP, format, ~0u);
	BAD(-EINVAL, levels, 7);
	BAD(-EINVAL, levels, arm ? 4 : 0);
	BAD(-EINVAL, va_bits, arm ? 49 : 48);
	BAD(-EINVAL, granule_shift, arm ? 13 : 12);
	BAD(-EINVAL, root, good.root + 8);
	BAD(-EINVAL, root, 1ull << 60);
	arg = good;
	EXPECT_EQ(-EINVAL, shadow_alloc_len(r, self->parent, 0, &arg,
					    sizeof(arg) - 1, &id));
	longer.arg = good;
	longer.one = 1;
	EXPECT_EQ(-EINVAL, shadow_alloc_len(r, self->parent, 0, &longer.arg,
					    sizeof(longer), &id));
	EXPECT_EQ(-EFAULT, shadow_alloc(r, self->parent, 0, (void *)8, &id));
	EXPECT_EQ(-EOPNOTSUPP, shadow_alloc(r, self->parent,
					    IOMMU_HWPT_ALLOC_NEST_PARENT, &arg,
					    &id));
	EXPECT_EQ(-EINVAL, shadow_alloc(r, r->dev_id, 0, &arg, &id));
	EXPECT_EQ(-EINVAL, shadow_alloc(r, 9999, 0, &arg, &id));
	/* Not on what came by attaching, nor on another shadow. */
	ASSERT_EQ(0, shadow_alloc(r, self->parent, 0, &good, &self->hwpt));
	EXPECT_EQ(-EINVAL, shadow_alloc(r, self->hwpt, 0, &good, &id));
	ASSERT_EQ(0, iommufdx_destroy(r->iommu, self->hwpt));
	pt_id = r->ioas;
	ASSERT_EQ(0, iommufdx_device_attach(r->dev, &pt_id));
	parent = pt_id;
	EXPECT_EQ(-EINVAL, shadow_alloc(r, parent, 0, &good, &id));
	EXPECT_EQ(0, iommufdx_destroy(r->iommu, self->parent));
}

/* Tables that lead in circles, out of memory, or nowhere at all. */
TEST_F(shadow, hostile_tables)
{
	struct rig *r = &self->r;
	uint64_t *root = (uint64_t *)self->mem;

	ASSERT_EQ(0, make(self));
	for (int i = 0; i < 512; i++)
		root[i] = ~0ull;
	EXPECT_EQ(0, inv_all(r, self->hwpt));
	for (int i = 0; i < 512; i++)
		root[i] = guest_table_entry(&self->g, 1ull << 38, 3);
	EXPECT_EQ(0, inv_all(r, self->hwpt));
	/* One entry that leads to its own table: a window on the tables. */
	memset(root, 0, PAGE);
	root[0] = guest_table_entry(&self->g, self->g.root, 3);
	EXPECT_EQ(0, inv_all(r, self->hwpt));
	/* The device sees what is at the end. */
	memset(root, 0, PAGE);
	guest_map(&self->g, IOVA, DATA + PAGE, 0, GUEST_READ);
	EXPECT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ(1, page_seen(r, IOVA));
	EXPECT_EQ(0, stale_seen(r));
}

/* 2^36 pages that are nowhere, by way of one table for each level. */
TEST_F_TIMEOUT(shadow, more_than_a_call_follows, 600)
{
	struct iommufdx_hwpt_shadow_invalidate parts[20];
	struct rig *r = &self->r;
	uint32_t num;

	/* It takes the processor a while, and neither hardware nor format matter. */
	if (variant->kind != IOMMUFDX_MOCK_KIND_VTD ||
	    variant->format != IOMMUFDX_FORMAT_X86_64)
		SKIP(return, "the same for all vendors and formats");
	ASSERT_EQ(0, make(self));
	for (int level = GUEST_LEVELS - 1; level; level--)
		guest_slot(&self->g, 0, level - 1);
	for (int level = GUEST_LEVELS - 1; level >= 0; level--) {
		uint64_t *table = guest_slot(&self->g, 0, level);

		for (int i = 0; i < 512; i++)
			table[i] = level ? table[0] :
				guest_leaf_entry(&self->g, 1ull << 38, 0,
						 GUEST_READ);
	}
	EXPECT_EQ(-E2BIG, inv_all(r, self->hwpt));
	/* Part by part it goes. */
	EXPECT_EQ(0, inv_range(r, self->hwpt, IOVA, 1ull << 30));
	EXPECT_EQ(-1, page_seen(r, IOVA));
	/* The parts may be neighbours, more of them than one may be. */
	memset(guest_slot(&self->g, 0, 0), 0, PAGE);
	for (int i = 0; i < 20; i++)
		parts[i] = (struct iommufdx_hwpt_shadow_invalidate){
			.granularity = IOMMUFDX_SHADOW_INV_RANGE,
			.iova = IOVA + ((uint64_t)i << 30),
			.length = 1ull << 30,
		};
	num = 20;
	EXPECT_EQ(0, invalidate(r, self->hwpt, parts, &num));
	EXPECT_EQ(20, num);
	/* The one that is too much is named, and what came before is done. */
	guest_slot(&self->g, 0, 0)[0] =
		guest_leaf_entry(&self->g, DATA, 0, GUEST_READ);
	parts[0].iova = IOVA;
	parts[0].length = PAGE;
	parts[1] = (struct iommufdx_hwpt_shadow_invalidate){
		.granularity = IOMMUFDX_SHADOW_INV_GLOBAL,
	};
	num = 3;
	EXPECT_EQ(-E2BIG, invalidate(r, self->hwpt, parts, &num));
	EXPECT_EQ(1, num);
	EXPECT_EQ(0, page_seen(r, IOVA));
}

/* What a guest's table costs is the VMM's, and bounded by its limit. */
TEST_F(shadow, charged_to_the_limit)
{
	const struct rlimit limit = { MB, MB };
	struct iommufdx_hwpt_shadow arg = describe(&self->g);
	struct rig *r = &self->r;
	uint64_t *table;
	uint32_t id;
	long pinned;

	pinned = status_kb(getpid(), "VmPin");
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, setuid(NOBODY));
	ASSERT_EQ(0, shadow_alloc(r, self->parent, 0, &arg, &id));
	/* One table, of few pages to be quick, at 512 places: real ones for each. */
	table = guest_slot(&self->g, 0, 0);
	for (int i = 0; i < 512; i += 64)
		table[i] = guest_leaf_entry(&self->g, DATA, 0, GUEST_READ);
	table = guest_slot(&self->g, 0, 1);
	for (int i = 0; i < 512; i++)
		table[i] = table[0];
	EXPECT_EQ(-ENOMEM, inv_all(r, id));
	EXPECT_GE(MB / 1024 + 8, status_kb(getpid(), "VmPin") - pinned);
	EXPECT_EQ(-ENOMEM, inv_all(r, id));
	/* It comes back with what is unmapped. */
	memset(table, 0, PAGE);
	EXPECT_EQ(0, inv_all(r, id));
	guest_map(&self->g, IOVA, DATA, 0, GUEST_READ);
	EXPECT_EQ(0, inv_all(r, id));
	ASSERT_EQ(0, iommufdx_destroy(r->iommu, id));
	EXPECT_EQ(pinned, status_kb(getpid(), "VmPin"));
}

/* In a child that inherited the iommufd: it pays, and nobody else. */
static int take_over(struct rig *r, pid_t other, long pinned)
{
	struct iommu_ioas_change_process cmd = { .size = sizeof(cmd) };

	if (ioctl(iommufdx_fd(r->iommu), IOMMU_IOAS_CHANGE_PROCESS, &cmd))
		return errno;
	if (status_kb(other, "VmPin"))
		return 200;
	return status_kb(getpid(), "VmPin") == pinned ? 0 : 201;
}

TEST_F(shadow, its_charge_goes_to_another_process)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = RW | FIXED,
		.fd = memfd_create("guest", 0),
		.length = LEN,
		.iova = GPA,
	};
	struct iommufdx_hwpt_shadow arg;
	uint32_t parent, hwpt;
	long pinned, tables;
	int status;
	pid_t pid, me = getpid();

	guest_map(&self->g, IOVA, DATA, 0, GUEST_READ);
	/* What a process's own memory is mapped for stays its own. */
	ASSERT_EQ(0, unmap_at(&self->r, GPA, LEN));
	ASSERT_LE(0, map.fd);
	ASSERT_EQ(0, ftruncate(map.fd, LEN));
	ASSERT_EQ(LEN, pwrite(map.fd, self->mem, LEN, 0));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &map.ioas_id));
	status = ioctl(iommufdx_fd(self->r.iommu), IOMMU_IOAS_MAP_FILE, &map);
	if (status && errno == EOPNOTSUPP)
		SKIP(return, "this kernel maps no memfds");
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 map.ioas_id, 0, &parent));
	pinned = status_kb(me, "VmPin");
	arg = describe(&self->g);
	ASSERT_EQ(0, shadow_alloc(&self->r, parent, 0, &arg, &hwpt));
	ASSERT_EQ(0, inv_all(&self->r, hwpt));
	tables = status_kb(me, "VmPin") - pinned;
	EXPECT_LT(0, tables);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(take_over(&self->r, me, pinned + tables));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, status_kb(me, "VmPin"));
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, hwpt));
	close(map.fd);
}

/* DMA through what does not change never notices an invalidation. */
TEST_F(shadow, invalidations_are_hitless)
{
	struct iommufdx_mock_iommu_stats stats;
	uint64_t start = milliseconds();
	struct rig *r = &self->r;
	bool last = false;

	for (int i = 0; i < 64; i++)
		guest_map(&self->g, IOVA + i * PAGE, DATA + i * PAGE, 0,
			  GUEST_READ | GUEST_WRITE);
	/* A large page of which the address space has a part. */
	guest_map(&self->g, IOVA + (1 << 30), GPA, 2, GUEST_READ | GUEST_WRITE);
	ASSERT_EQ(0, make(self));
	ASSERT_EQ(0, dma_storm(r, 0, IOVA, 64 * PAGE, 0));
	ASSERT_EQ(0, dma_storm(r, 1, IOVA + (1 << 30) + TABLES + 512 * PAGE,
			       64 * PAGE, 0));
	for (int i = 0; !last; i++) {
		guest_map(&self->g, IOVA + (64 + i % 8) * PAGE,
			  DATA + (64 + i) * PAGE, 0, i % 3);
		ASSERT_EQ(0, inv_all(r, self->hwpt));
		last = last_round(i, 24, 100, start);
	}
	for (int c = 0; c < 2; c++)
		ASSERT_EQ(0, iommufdx_channel_command(r->dev, c,
						      IOMMUFDX_MOCK_CMD_STOP));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_EQ(0, stats.out_faults);
	EXPECT_LT(0, stats.out_dma);
}

#define SLOTS	24

/*
 * Random changes of the guest's table and of the address space, against a list of
 * what the device must see: each invalidation reads the guest's table anew.
 */
TEST_F(shadow, random_changes)
{
	uint64_t seed = rnd_seed(), state = seed, start = milliseconds();
	struct rig *r = &self->r;
	/* The data page of each slot, -1 for none: in the table, and to be seen. */
	int table[SLOTS], seen[SLOTS];
	/* Data pages in areas of one page each above the rest. */
	bool there[SLOTS] = {}, done = false;
	char *more = mem_get(SLOTS * PAGE);

	ASSERT_NE(NULL, more);
	for (int i = 0; i < SLOTS; i++) {
		memset(more + i * PAGE, i + 1, PAGE);
		table[i] = seen[i] = -1;
	}
	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	ASSERT_EQ(0, make(self));
	for (int n = 0; !done; n++) {
		int slot = rnd(&state) % SLOTS, page = rnd(&state) % SLOTS, last;

		switch (rnd(&state) % 4) {
		case 0:
			if (rnd(&state) % 3 == 0)
				page = -1;
			table[slot] = page;
			guest_map(&self->g, IOVA + slot * PAGE,
				  GPA + LEN + page * PAGE, 0,
				  page < 0 ? 0 : GUEST_READ);
			break;
		case 1:
			last = slot + rnd(&state) % (SLOTS - slot);
			ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + slot * PAGE,
					       (last - slot + 1) * PAGE));
			for (int i = slot; i <= last; i++)
				seen[i] = table[i] >= 0 && there[table[i]] ?
						  table[i] : -1;
			break;
		case 2:
			if (there[page]) {
				ASSERT_EQ(0, unmap_at(r, GPA + LEN + page * PAGE,
						      PAGE));
				for (int i = 0; i < SLOTS; i++)
					if (seen[i] == page)
						seen[i] = -1;
			} else {
				ASSERT_EQ(0, map_at(r, more + page * PAGE, PAGE,
						    GPA + LEN + page * PAGE,
						    RW));
			}
			there[page] = !there[page];
			break;
		default:
			ASSERT_EQ(seen[slot] < 0 ? -1 : seen[slot] + 1,
				  page_seen(r, IOVA + slot * PAGE)) {
				TH_LOG("step %d, slot %d", n, slot);
			}
		}
		done = last_round(n, 300, 1500, start);
	}
	EXPECT_EQ(0, stale_seen(r));
	mem_put(more, SLOTS * PAGE);
}

TEST_HARNESS_MAIN
