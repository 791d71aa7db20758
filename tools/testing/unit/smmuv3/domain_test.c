// SPDX-License-Identifier: GPL-2.0-only
/* Domains, attachment, invalidation and dirty tracking, one thing at a time. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_ALL & ~(MODEL_CAP_ATS | MODEL_CAP_PRI))

static struct machine m, m2, m3;
/* @dev has PASIDs, the others have none. */
static struct iommufdx_master dev, dev2, far;

static void start(void)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, CAPS) == 0);
	REQUIRE(machine_start(&m2, MODEL_CHECK_HITS, CAPS) == 0);
	memset(&dev, 0, sizeof(dev));
	dev.max_pasid_bits = 16;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	master_start(&m, &dev2, 0xffff);
	master_start(&m2, &far, 0);
}

static void stop(void)
{
	master_stop(&dev);
	master_stop(&dev2);
	master_stop(&far);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(model_check(m2.model), 0);
	CHECK_EQ(machine_stats(&m).stale + machine_stats(&m2).stale, 0);
	CHECK_EQ(machine_stats(&m).illegal + machine_stats(&m2).illegal, 0);
	machine_stop(&m);
	machine_stop(&m2);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void unattached_devices_are_blocked(void)
{
	start();
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x1000, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 1, 0x1000, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev2, NO_PASID, 0xfffff000, 1), -EFAULT);
	machine_settle(&m);
	stop();
}

static void dma_goes_where_it_is_mapped(unsigned int stage)
{
	struct iommufdx_domain *a;
	u64 pa, val;

	start();
	pa = page_make();
	a = stage_make(&dev, stage, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + 8, 0x1234), 0);
	CHECK_EQ(page_at(pa)[1], 0x1234);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA + 8, &val), 0);
	CHECK_EQ(val, 0x1234);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 1), -EFAULT);

	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	machine_settle(&m);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.last_fault.rid, 0x28);
	CHECK_EQ(m.last_fault.iova, IOVA);
	CHECK(m.last_fault.write);
	CHECK_EQ(m.last_fault.pasid, NO_PASID);
	CHECK_EQ(m.last_fault.reason, SMMU_EVT_F_TRANSLATION);

	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 2);
	domain_drop(a);
	page_drop(pa);
	stop();
}

static void stage1_goes_where_it_is_mapped(void)
{
	dma_goes_where_it_is_mapped(1);
}

static void stage2_goes_where_it_is_mapped(void)
{
	dma_goes_where_it_is_mapped(2);
}

/* A flush reaches every SMMU that has a master in the domain, no other. */
static void flush_goes_where_the_domain_is(unsigned int stage)
{
	const u64 op = stage == 1 ? SMMU_CMD_TLBI_NH_VA : SMMU_CMD_TLBI_S2_IPA;
	struct iommufdx_domain *a;
	u64 pa, before;

	start();
	pa = page_make();
	a = stage_make(&dev, stage, 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, a), 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 1), 0);
	before = machine_stats(&m).commands_by_op[op];
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	/* Two masters, one command. */
	CHECK_EQ(machine_stats(&m).commands_by_op[op], before + 1);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 1), -EFAULT);

	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	before = machine_stats(&m).commands;
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).commands, before);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	stop();
}

static void stage1_flush_goes_where_the_domain_is(void)
{
	flush_goes_where_the_domain_is(1);
}

static void stage2_flush_goes_where_the_domain_is(void)
{
	flush_goes_where_the_domain_is(2);
}

/*
 * What an SMMU cached of a domain must not outlive its last master there:
 * neither for the same domain that comes back, nor for another with its tag.
 */
static void nothing_is_left_behind(unsigned int stage)
{
	struct iommufdx_domain *a, *b;
	u64 pa, pa2;

	start();
	pa = page_make();
	pa2 = page_make();
	a = stage_make(&dev, stage, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);

	b = stage_make(&dev, stage, 0);
	CHECK_EQ(domain_map(b, IOVA, pa2, 1), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 4), 0);
	CHECK_EQ(page_at(pa)[0], 3);
	CHECK_EQ(page_at(pa2)[0], 4);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(b);
	page_drop(pa);
	page_drop(pa2);
	stop();
}

static void nothing_is_left_behind_by_a_detach(void)
{
	nothing_is_left_behind(1);
	nothing_is_left_behind(2);
}

/* From every kind of domain to every other, and back. */
static void replacing(void)
{
	struct iommufdx_domain *domain[4];
	struct iommufdx_master *who[] = { &dev, &dev2 };
	unsigned int i, from, to;
	u64 pa[4];

	start();
	for (i = 0; i < 4; i++) {
		domain[i] = stage_make(&dev, 1 + i / 2, 0);
		pa[i] = page_make();
		CHECK_EQ(domain_map(domain[i], IOVA, pa[i], 1), 0);
	}
	for (i = 0; i < 16 * ARRAY_SIZE(who); i++) {
		from = i % 4;
		to = i / 4 % 4;
		CHECK_EQ(attach(who[i / 16], NO_PASID, domain[from]), 0);
		CHECK_EQ(dma_write(who[i / 16], NO_PASID, IOVA, i), 0);
		CHECK_EQ(page_at(pa[from])[0], i);
		CHECK_EQ(attach(who[i / 16], NO_PASID, domain[to]), 0);
		CHECK_EQ(dma_write(who[i / 16], NO_PASID, IOVA, ~i), 0);
		CHECK_EQ(page_at(pa[to])[0], (u64)~i);
		CHECK_EQ(model_check(m.model), 0);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	for (i = 0; i < 4; i++) {
		domain_drop(domain[i]);
		page_drop(pa[i]);
	}
	stop();
}

/* RID and PASIDs are independent of one another. */
static void pasids(void)
{
	static const u32 pasid[] = { 1, 63, 64, 5000, 0xffff };
	struct iommufdx_domain *domain[6];
	u64 pa[6], val;
	unsigned int i;

	start();
	CHECK_EQ(dev.pasid_bits, 16);
	CHECK(dev.caps & IOMMUFDX_CAP_PASID);
	for (i = 0; i < 6; i++) {
		domain[i] = stage_make(&dev, 1, IOMMUFDX_DOMAIN_PASID);
		pa[i] = page_make();
		page_at(pa[i])[0] = i;
		CHECK_EQ(domain_map(domain[i], IOVA, pa[i], 1), 0);
	}
	/* Before, while and after the RID has a domain. */
	CHECK_EQ(attach(&dev, pasid[0], domain[0]), 0);
	CHECK_EQ(dma_read(&dev, pasid[0], IOVA, &val), 0);
	CHECK_EQ(val, 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, domain[5]), 0);
	for (i = 1; i < 5; i++) {
		CHECK_EQ(dma_read(&dev, pasid[i], IOVA, &val), -EFAULT);
		CHECK_EQ(attach(&dev, pasid[i], domain[i]), 0);
	}
	for (i = 0; i < 5; i++) {
		CHECK_EQ(dma_read(&dev, pasid[i], IOVA, &val), 0);
		CHECK_EQ(val, i);
	}
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 5);

	/* One domain at two places; an unmap is for both. */
	CHECK_EQ(attach(&dev, pasid[2], domain[1]), 0);
	CHECK_EQ(dma_read(&dev, pasid[2], IOVA, &val), 0);
	CHECK_EQ(val, 1);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), -EFAULT);
	CHECK_EQ(dma_read(&dev, pasid[1], IOVA, &val), 0);
	CHECK_EQ(domain_unmap(domain[1], IOVA, 1), 0);
	CHECK_EQ(dma_read(&dev, pasid[1], IOVA, &val), -EFAULT);
	CHECK_EQ(dma_read(&dev, pasid[2], IOVA, &val), -EFAULT);
	CHECK_EQ(dma_read(&dev, pasid[4], IOVA, &val), 0);

	for (i = 0; i < 5; i++) {
		CHECK_EQ(attach(&dev, pasid[i], NULL), 0);
		CHECK_EQ(dma_read(&dev, pasid[i], IOVA, &val), -EFAULT);
	}
	for (i = 0; i < 6; i++) {
		domain_drop(domain[i]);
		page_drop(pa[i]);
	}
	stop();
}

/* Where hardware has no way to say it. */
static void pasids_and_stage2(void)
{
	struct iommufdx_domain *s1, *s2, *never;

	start();
	s1 = stage_make(&dev, 1, 0);
	s2 = stage_make(&dev, 2, 0);
	never = stage_make(&dev, 1, IOMMUFDX_DOMAIN_NO_PASID);
	CHECK(s1->flags & IOMMUFDX_DOMAIN_PASID);
	CHECK(s2->flags & IOMMUFDX_DOMAIN_NO_PASID);
	CHECK_EQ(attach(&dev, 1, s2), -EINVAL);
	CHECK_EQ(attach(&dev, 1, never), -EINVAL);
	CHECK_EQ(attach(&dev, 0x10000, s1), -EINVAL);
	CHECK_EQ(attach(&dev2, 1, s1), -EINVAL);
	CHECK_EQ(attach(&dev2, 1, NULL), 0);

	CHECK_EQ(attach(&dev, NO_PASID, s2), 0);
	CHECK_EQ(attach(&dev, 1, s1), -EINVAL);
	CHECK_EQ(attach(&dev, NO_PASID, never), 0);
	CHECK_EQ(attach(&dev, 1, s1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, s2), -EINVAL);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, s2), -EINVAL);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, s2), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(s1);
	domain_drop(s2);
	domain_drop(never);
	stop();
}

static void dirty_bits(unsigned int stage)
{
	struct iommufdx_domain *a, *plain;
	u64 pa, val;

	start();
	pa = page_make();
	plain = stage_make(&dev, stage, 0);
	a = stage_make(&dev, stage, IOMMUFDX_DOMAIN_DIRTY);
	CHECK(a->flags & IOMMUFDX_DOMAIN_DIRTY);
	CHECK(!(plain->flags & IOMMUFDX_DOMAIN_DIRTY));
	CHECK(!a->ops->set_dirty_tracking);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(plain, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, a), 0);

	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK(!domain_dirty(a, IOVA));
	/* What both have cached is that it is not dirty, then that it is. */
	CHECK_EQ(dma_read(&far, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK(!domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 3), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 4), 0);
	CHECK(domain_dirty(a, IOVA));

	CHECK_EQ(attach(&dev, NO_PASID, plain), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 5), 0);
	CHECK(!domain_dirty(a, IOVA));

	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(plain);
	page_drop(pa);
	stop();
}

static void stage1_dirty_bits(void)
{
	dirty_bits(1);
}

static void stage2_dirty_bits(void)
{
	dirty_bits(2);
}

/* Without range commands, and of more pages than one command can name. */
static void large_and_small_unmaps(u32 caps, unsigned int stage)
{
	static const u64 npages[] = { 1, 2, 7, 8, 9, 33, 512, 1000, 3 * 512 };
	struct iommufdx_domain *a;
	struct machine poor;
	struct iommufdx_master one;
	u64 iova, page, i, n;

	REQUIRE(machine_start(&poor, MODEL_CHECK_HITS, caps) == 0);
	master_start(&poor, &one, 5);
	a = stage_make(&one, stage, 0);
	CHECK_EQ(attach(&one, NO_PASID, a), 0);
	page = page_make();
	for (i = 0; i < ARRAY_SIZE(npages); i++) {
		/* Contiguous memory is not needed, only translations. */
		iova = IOVA + i * 0x3000;
		for (n = 0; n < npages[i]; n++)
			CHECK_EQ(domain_map(a, iova + n * PAGE_SIZE, page, 1), 0);
		for (n = 0; n < npages[i]; n++)
			CHECK_EQ(dma_write(&one, NO_PASID, iova + n * PAGE_SIZE,
					   n), 0);
		CHECK_EQ(domain_unmap(a, iova, npages[i]), 0);
		CHECK_EQ(model_check(poor.model), 0);
		CHECK_EQ(machine_stats(&poor).tlb_entries, 0);
		CHECK_EQ(dma_write(&one, NO_PASID, iova, n), -EFAULT);
	}
	CHECK_EQ(attach(&one, NO_PASID, NULL), 0);
	domain_drop(a);
	page_drop(page);
	master_stop(&one);
	CHECK_EQ(machine_stats(&poor).stale + machine_stats(&poor).illegal, 0);
	machine_stop(&poor);
}

static void unmaps_by_range(void)
{
	large_and_small_unmaps(CAPS, 1);
	large_and_small_unmaps(CAPS, 2);
}

static void unmaps_by_address(void)
{
	large_and_small_unmaps(CAPS & ~MODEL_CAP_RANGE_INV, 1);
	large_and_small_unmaps(CAPS & ~MODEL_CAP_RANGE_INV, 2);
}

static void check_request(const struct iommufdx_domain_req *req, long error,
			  unsigned int stage)
{
	struct iommufdx_domain *domain = smmu_domain_alloc_paging(&dev, req);

	if (IS_ERR(domain)) {
		CHECK_EQ(PTR_ERR(domain), error);
		return;
	}
	CHECK_EQ(0, error);
	CHECK_EQ(domain->pt.ops->format, stage == 1 ? PGTABLE_ARMV8_S1 :
						      PGTABLE_ARMV8_S2);
	CHECK_EQ(domain->flags & req->flags, req->flags);
	CHECK(domain->pt.va_bits >= req->va_bits);
	CHECK_EQ(domain->aperture_first, 0);
	/* 64 KiB granules have tables for more than hardware has. */
	CHECK_EQ(domain->aperture_last,
		 ~0ULL >> (64 - min_t(u8, domain->pt.va_bits, 48)));
	CHECK(domain->pt.quirks & PGTABLE_QUIRK_BBM_FREE);
	CHECK_EQ(!!(domain->pt.quirks & PGTABLE_QUIRK_HW_DIRTY),
		 !!(req->flags & IOMMUFDX_DOMAIN_DIRTY));
	if (req->page_sizes)
		CHECK_EQ(domain->pt.page_sizes & ~req->page_sizes, 0);
	CHECK_EQ(attach(&dev, NO_PASID, domain), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(domain);
}

#define PASID	IOMMUFDX_DOMAIN_PASID
#define DIRTY	IOMMUFDX_DOMAIN_DIRTY
#define PARENT	IOMMUFDX_DOMAIN_NEST_PARENT
#define NEVER	IOMMUFDX_DOMAIN_NO_PASID
#define S1	PGTABLE_ARMV8_S1
#define S2	PGTABLE_ARMV8_S2

static void requests_are_met_or_refused(void)
{
	const struct {
		struct iommufdx_domain_req req;
		long error;
		unsigned int stage;
	} cases[] = {
		{ { .flags = 0 }, 0, 1 },
		{ { .flags = NEVER }, 0, 1 },
		{ { .flags = DIRTY }, 0, 1 },
		{ { .flags = PASID }, 0, 1 },
		{ { .flags = PASID | DIRTY }, 0, 1 },
		{ { .flags = PARENT }, 0, 2 },
		{ { .flags = PARENT | DIRTY | NEVER }, 0, 2 },
		{ { .flags = PARENT | PASID }, -EOPNOTSUPP },
		{ { .flags = PASID | NEVER }, -EINVAL },
		{ { .flags = 1u << 31 }, -EOPNOTSUPP },
		{ { .format = S1 }, 0, 1 },
		{ { .format = S1, .flags = DIRTY }, 0, 1 },
		{ { .format = S1, .flags = PARENT }, -EOPNOTSUPP },
		{ { .format = S2 }, 0, 2 },
		{ { .format = S2, .flags = DIRTY }, 0, 2 },
		{ { .format = S2, .flags = PASID }, -EOPNOTSUPP },
		{ { .format = PGTABLE_AMDV1 }, -EOPNOTSUPP },
		{ { .format = PGTABLE_X86_64 }, -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP }, -EOPNOTSUPP },
		{ { .quirks = 1u << 31 }, -EOPNOTSUPP },
		{ { .va_bits = 20 }, 0, 1 },
		{ { .va_bits = 39 }, 0, 1 },
		{ { .va_bits = 48 }, 0, 1 },
		{ { .va_bits = 49 }, -EOPNOTSUPP },
		{ { .va_bits = 65 }, -EINVAL },
		{ { .format = S2, .va_bits = 20 }, 0, 2 },
		{ { .format = S2, .va_bits = 40 }, 0, 2 },
		{ { .format = S2, .va_bits = 44 }, 0, 2 },
		{ { .format = S2, .va_bits = 49 }, -EOPNOTSUPP },
		{ { .page_sizes = 0x1000 }, 0, 1 },
		{ { .page_sizes = 0x201000 }, 0, 1 },
		{ { .page_sizes = 0x4000 }, 0, 1 },
		{ { .page_sizes = 0x4000, .format = S2 }, 0, 2 },
		{ { .page_sizes = 0x20000000, .format = S2 }, 0, 2 },
		{ { .page_sizes = 0x800 }, -EOPNOTSUPP },
	};
	struct iommufdx_domain *domain;
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_request(&cases[i].req, cases[i].error, cases[i].stage);
	domain = stage_make(&dev, 1, 0);
	CHECK_EQ(domain->pt.va_bits, 48);
	CHECK(domain->pt.page_sizes & 0x1000);
	domain_drop(domain);
	stop();
}

/* All granules and widths, with DMA at both ends. */
static void widths_and_granules(void)
{
	static const u64 sizes[] = { 0x1000, 0x4000, 0x10000 };
	struct iommufdx_domain_req req = {};
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct iommufdx_domain *a;
	u64 run, mapped, memory;
	unsigned int i, stage;
	struct page *pages;

	start();
	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, 4);
	memory = page_to_phys(pages);
	run = pfn_run(PHYS_PFN(memory), 16);
	for (i = 0; i < ARRAY_SIZE(sizes) * 2 * 29; i++) {
		stage = i & 1;
		req.format = stage ? S2 : S1;
		req.page_sizes = sizes[i / 2 % 3];
		req.va_bits = 20 + i / 6;
		a = domain_make(&dev, &req);
		CHECK_EQ(1ULL << to_smmu_domain(a)->granule, req.page_sizes);
		struct pgtable_map map = {
			.iova = a->aperture_last - 0xffff,
			.last = a->aperture_last,
			.runs = &run,
			.nr_runs = 1,
			.prot = PGTABLE_READ | PGTABLE_WRITE | PGTABLE_CACHE,
			.gfp = GFP_KERNEL,
		};
		CHECK_EQ(attach(&dev, NO_PASID, a), 0);
		CHECK_EQ(a->pt.ops->map(&a->pt, &map, &gather, &mapped), 0);
		CHECK_EQ(dma_write(&dev, NO_PASID, a->aperture_last - 7, i), 0);
		CHECK_EQ(*(page_at(memory) + 0x2000 - 1), i);
		CHECK_EQ(dma_write(&dev, NO_PASID, 0, i), -EFAULT);
		CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
		pgtable_gather_free(&gather);
		domain_drop(a);
	}
	__free_pages(pages, 4);
	stop();
}

/* Hardware that cannot do it says so, and refuses domains that need it. */
static void poor_hardware(void)
{
	struct iommufdx_domain_req req = { .flags = DIRTY };
	struct iommufdx_domain *a;
	struct iommufdx_master poor = { .max_pasid_bits = 16 };

	start();
	REQUIRE(machine_start(&m3, 0, MODEL_CAP_BBM) == 0);
	REQUIRE(master_add(&m3, &poor, 0x10) == 0);
	CHECK(dev.caps & IOMMUFDX_CAP_DIRTY);
	CHECK(!(poor.caps & (IOMMUFDX_CAP_DIRTY | IOMMUFDX_CAP_PASID)));
	CHECK_EQ(poor.pasid_bits, 0);
	CHECK_EQ(PTR_ERR(smmu_domain_alloc_paging(&poor, &req)), -EOPNOTSUPP);
	req.flags = PARENT;
	CHECK_EQ(PTR_ERR(smmu_domain_alloc_paging(&poor, &req)), -EOPNOTSUPP);
	req.flags = PASID;
	CHECK_EQ(PTR_ERR(smmu_domain_alloc_paging(&poor, &req)), -EOPNOTSUPP);
	a = stage_make(&dev, 1, DIRTY);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	a = stage_make(&dev, 2, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	a = stage_make(&dev, 1, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), 0);
	CHECK_EQ(attach(&poor, NO_PASID, NULL), 0);
	domain_drop(a);
	master_stop(&poor);
	machine_stop(&m3);

	/* With BBML 1 a table must not change page sizes in place. */
	REQUIRE(machine_start(&m3, 0, CAPS & ~MODEL_CAP_BBM) == 0);
	CHECK_EQ(FIELD_GET(SMMU_IDR3_BBML,
			   hw_read32(m3.iommu.hw, SMMU_REG_IDR0 + 12)), 1);
	master_start(&m3, &poor, 0x10);
	CHECK(!(poor.caps & IOMMUFDX_CAP_PAGE_SIZE_LIVE));
	a = stage_make(&poor, 1, 0);
	CHECK(!(a->pt.quirks & PGTABLE_QUIRK_BBM_FREE));
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
	a = stage_make(&dev, 1, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	master_stop(&poor);
	machine_stop(&m3);
	stop();
}

static void masters_are_described(void)
{
	struct iommu_hw_info_arm_smmuv3 info = {};
	u32 type = IOMMU_HW_INFO_TYPE_DEFAULT;
	struct iommufdx_master bad;

	start();
	CHECK(dev.caps & IOMMUFDX_CAP_CACHE_COHERENCY);
	CHECK(!(dev.caps & IOMMUFDX_CAP_ENFORCE_CACHE_COHERENCY));
	CHECK_EQ(dev2.pasid_bits, 0);
	CHECK_EQ(smmu_hw_info(&dev, &type, &info, sizeof(info)), sizeof(info));
	CHECK_EQ(type, IOMMU_HW_INFO_TYPE_ARM_SMMUV3);
	CHECK_EQ(info.idr[0], hw_read32(m.iommu.hw, SMMU_REG_IDR0));
	CHECK_EQ(info.idr[5], hw_read32(m.iommu.hw, SMMU_REG_IDR5));
	type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	CHECK_EQ(smmu_hw_info(&dev, &type, &info, sizeof(info)), -EOPNOTSUPP);

	memset(&bad, 0, sizeof(bad));
	CHECK_EQ(master_add(&m, &bad, 0x10000), -EINVAL);
	stop();
}

/* Every allocation on the way fails once; nothing is left behind. */
static void no_memory(void)
{
	struct iommufdx_domain_req req = { 0 };
	struct iommufdx_domain *a, *b;
	long n;
	int rc;

	for (n = 1;; n++) {
		/* The model's own allocations come first. */
		shim_fail_nth(n);
		rc = machine_start(&m, 0, CAPS);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
		CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
		REQUIRE(n < 50);
	}
	CHECK(n > 8);
	for (n = 1;; n++) {
		memset(&dev, 0, sizeof(dev));
		dev.max_pasid_bits = 16;
		shim_fail_nth(n);
		rc = master_add(&m, &dev, 1);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	CHECK_EQ(n, 3);
	for (n = 1;; n++) {
		shim_fail_nth(n);
		a = smmu_domain_alloc_paging(&dev, &req);
		shim_fail_nth(0);
		if (!IS_ERR(a))
			break;
		CHECK_EQ(PTR_ERR(a), -ENOMEM);
	}
	CHECK_EQ(n, 3);
	b = stage_make(&dev, 1, 0);
	for (n = 1;; n++) {
		shim_fail_nth(n);
		rc = attach(&dev, NO_PASID, a);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	/* The attachment, both levels of the CDs. */
	CHECK_EQ(n, 4);
	for (n = 1;; n++) {
		shim_fail_nth(n);
		rc = attach(&dev, NO_PASID, b);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	CHECK_EQ(n, 3);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	master_stop(&dev);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

int main(void)
{
	TAP_RUN(unattached_devices_are_blocked);
	TAP_RUN(stage1_goes_where_it_is_mapped);
	TAP_RUN(stage2_goes_where_it_is_mapped);
	TAP_RUN(stage1_flush_goes_where_the_domain_is);
	TAP_RUN(stage2_flush_goes_where_the_domain_is);
	TAP_RUN(nothing_is_left_behind_by_a_detach);
	TAP_RUN(replacing);
	TAP_RUN(pasids);
	TAP_RUN(pasids_and_stage2);
	TAP_RUN(stage1_dirty_bits);
	TAP_RUN(stage2_dirty_bits);
	TAP_RUN(unmaps_by_range);
	TAP_RUN(unmaps_by_address);
	TAP_RUN(requests_are_met_or_refused);
	TAP_RUN(widths_and_granules);
	TAP_RUN(poor_hardware);
	TAP_RUN(masters_are_described);
	TAP_RUN(no_memory);
	return tap_done();
}
