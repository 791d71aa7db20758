// SPDX-License-Identifier: GPL-2.0-only
/* Guests' first stages on a nesting parent. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <pthread.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "nested_rig.h"

#define WHOLE		{ .npages = U64_MAX }

typedef struct iommu_hwpt_vtd_s1_invalidate inv_t;

static struct iommufdx_domain *alloc(struct iommufdx_domain *parent,
				     struct iommu_hwpt_vtd_s1 *s1, u32 type,
				     size_t len)
{
	const struct iommufdx_user_data data = {
		.type = type,
		.uptr = s1,
		.len = len,
	};

	return vtd_domain_alloc_nested(&dev, parent, IOMMU_HWPT_ALLOC_PASID,
				       &data);
}

/* The table at page @table of the guest. */
static struct iommufdx_domain *nest_at(struct guest *guest, unsigned int table)
{
	struct iommu_hwpt_vtd_s1 s1 = {
		.pgtbl_addr = GPA + table * PAGE_SIZE,
		.addr_width = 48,
	};
	struct iommufdx_domain *domain;

	domain = alloc(guest->parent, &s1, S1, sizeof(s1));
	if (IS_ERR(domain))
		abort();
	return domain;
}

static struct iommufdx_domain *nest(struct guest *guest)
{
	return nest_at(guest, 0);
}

static int inv(struct iommufdx_domain *domain, const inv_t *entries,
	       unsigned int nr, unsigned int *done)
{
	return invalidate(domain->inv, domain, entries, nr, done);
}

static int inv_page(struct iommufdx_domain *domain, u64 iova, u32 flags)
{
	const inv_t one = { .addr = iova, .npages = 1, .flags = flags };
	unsigned int done;
	int rc = inv(domain, &one, 1, &done);

	CHECK_EQ(done, !rc);
	return rc;
}

static void goes_through_both_stages(u32 pasid)
{
	struct iommufdx_domain *n;
	u64 val;

	start(MODEL_CHECK_HITS);
	n = nest(&g);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, pasid, n), 0);
	CHECK_EQ(dma_write(&dev, pasid, IOVA + 8, 0x1234), 0);
	CHECK_EQ(page_at(g.page[DATA])[1], 0x1234);
	CHECK_EQ(dma_read(&dev, pasid, IOVA + 8, &val), 0);
	CHECK_EQ(val, 0x1234);
	CHECK_EQ(dma_write(&dev, pasid, IOVA + PAGE_SIZE, 1), -EFAULT);
	/* A guest physical address is no input of the first stage. */
	CHECK_EQ(dma_write(&dev, pasid, GPA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev2, pasid, IOVA, 1), -EFAULT);
	/* The guest's pointer leads out of its memory. */
	page_at(g.page[3])[index_of(IOVA, 1) + 2] =
		(GPA + PAGES * PAGE_SIZE) | PTE;
	CHECK_EQ(dma_write(&dev, pasid, IOVA + 2 * PAGE_SIZE, 1), -EFAULT);
	CHECK_EQ(attach(&dev, pasid, NULL), 0);
	CHECK_EQ(dma_write(&dev, pasid, IOVA, 1), -EFAULT);
	CHECK_EQ(machine_stats(&m).stale, 0);
	domain_drop(n);
	stop();
}

static void rid_goes_through_both_stages(void)
{
	goes_through_both_stages(NO_PASID);
}

static void pasid_goes_through_both_stages(void)
{
	goes_through_both_stages(77);
}

static void forgotten_invalidation_is_stale(void)
{
	struct iommufdx_domain *n;
	u64 val;

	start(0);
	n = nest(&g);
	page_at(g.page[DATA])[0] = 0xa;
	page_at(g.page[DATA + 1])[0] = 0xb;
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, 5, n), 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(dma_read(&dev, 5, IOVA, &val), 0);
	guest_set(&g, IOVA, DATA + 1);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xa);
	CHECK_EQ(model_check(m.model), 2);
	/* Another page's does not help. */
	CHECK_EQ(inv_page(n, IOVA + PAGE_SIZE, 0), 0);
	CHECK_EQ(model_check(m.model), 2);
	CHECK_EQ(inv_page(n, IOVA, IOMMU_VTD_INV_FLAGS_LEAF), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(dma_read(&dev, 5, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	stop();
}

/* What a page of the guest held, be it data or a table, goes at once. */
static void parent_unmap_reaches(unsigned int gone)
{
	struct iommufdx_domain *n, *other;
	u64 val;

	start(MODEL_CHECK_HITS);
	n = nest(&g);
	other = nest(&g2);
	guest_set(&g, IOVA, DATA);
	guest_set(&g2, IOVA, DATA);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, 9, n), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, other), 0);
	CHECK_EQ(dma_write(&dev, 9, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(domain_unmap(g.parent, GPA + gone * PAGE_SIZE, 1), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(dma_write(&dev, 9, IOVA, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 5), -EFAULT);
	CHECK_EQ(dma_read(&dev2, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 3);
	CHECK_EQ(page_at(g.page[DATA])[0], 2);
	CHECK_EQ(machine_stats(&m).stale, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 9, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(n);
	domain_drop(other);
	stop();
}

static void parent_unmap_reaches_data(void)
{
	parent_unmap_reaches(DATA);
}

static void parent_unmap_reaches_tables(void)
{
	unsigned int i;

	for (i = 0; i < DATA; i++)
		parent_unmap_reaches(i);
}

/* Two devices, one PASID, two tables on one parent. */
static void tables_of_one_parent_stay_apart(void)
{
	struct iommufdx_domain *a, *b;
	u64 val;

	start(MODEL_CHECK_HITS);
	a = nest_at(&g, 0);
	b = nest_at(&g, DATA);
	page_at(g.page[8])[0] = 0xa;
	page_at(g.page[9])[0] = 0xb;
	guest_set_at(&g, 0, IOVA, 8);
	guest_set_at(&g, DATA, IOVA, 9);
	CHECK_EQ(attach(&dev, 1, a), 0);
	CHECK_EQ(attach(&dev2, 1, b), 0);
	CHECK_EQ(dma_read(&dev, 1, IOVA, &val), 0);
	CHECK_EQ(val, 0xa);
	CHECK_EQ(dma_read(&dev2, 1, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(attach(&dev2, 1, a), 0);
	CHECK_EQ(dma_read(&dev2, 1, IOVA, &val), 0);
	CHECK_EQ(val, 0xa);
	CHECK_EQ(attach(&dev2, 1, g.parent), 0);
	CHECK_EQ(dma_read(&dev2, 1, GPA + 9 * PAGE_SIZE, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	CHECK_EQ(attach(&dev2, 1, NULL), 0);
	CHECK_EQ(machine_stats(&m).stale, 0);
	domain_drop(a);
	domain_drop(b);
	stop();
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

/* DMA meets the old or the new table, and never faults. */
static void replacing_a_guests_table_is_hitless(void)
{
	struct iommufdx_domain *n[3];
	pthread_t thread;
	u64 bad = 0, i;

	start(0);
	page_at(g.page[8])[0] = 0xa;
	page_at(g.page[9])[0] = 0xb;
	/* The parent itself has the address, too. */
	CHECK_EQ(domain_map(g.parent, IOVA, g.page[8], 1), 0);
	n[0] = nest_at(&g, 0);
	n[1] = nest_at(&g, DATA);
	n[2] = g.parent;
	guest_set_at(&g, 0, IOVA, 8);
	guest_set_at(&g, DATA, IOVA, 9);
	CHECK_EQ(attach(&dev, NO_PASID, n[0]), 0);
	dma_stop = false;
	pthread_create(&thread, NULL, dma_loop, &bad);
	for (i = 1; i < 300; i++)
		CHECK_EQ(attach(&dev, NO_PASID, n[i % 3]), 0);
	__atomic_store_n(&dma_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK_EQ(bad, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n[0]);
	domain_drop(n[1]);
	stop();
}

static void dirty_tracking_reaches_nested_domains(void)
{
	struct iommufdx_domain *n;
	u64 gpa = GPA + DATA * PAGE_SIZE;

	start(MODEL_CHECK_HITS);
	n = nest(&g);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, 3, n), 0);
	CHECK_EQ(dma_write(&dev, 3, IOVA, 1), 0);
	CHECK(!domain_dirty(g.parent, gpa));
	CHECK_EQ(g.parent->ops->set_dirty_tracking(g.parent, true), 0);
	CHECK_EQ(dma_write(&dev, 3, IOVA, 2), 0);
	CHECK(domain_dirty(g.parent, gpa));
	CHECK(!domain_dirty(g.parent, gpa));
	CHECK_EQ(dma_write(&dev, 3, IOVA, 3), 0);
	CHECK(domain_dirty(g.parent, gpa));
	/* Whoever comes later is told, too. */
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(attach(&dev, 4, n), 0);
	CHECK_EQ(dma_write(&dev, 4, IOVA, 4), 0);
	CHECK(domain_dirty(g.parent, gpa));
	CHECK_EQ(attach(&dev, 4, NULL), 0);
	CHECK_EQ(machine_stats(&m).stale, 0);
	domain_drop(n);
	stop();
}

static void every_field_is_checked(void)
{
	const struct iommu_hwpt_vtd_s1 good = {
		.pgtbl_addr = GPA, .addr_width = 48,
	};
	struct iommufdx_domain_req first = { .format = PGTABLE_X86_64 };
	struct iommufdx_domain *n;
	struct iommu_hwpt_vtd_s1 s1;
	unsigned int bit;

	start(0);
	for (bit = 0; bit < 64; bit++) {
		s1 = good;
		s1.flags = BIT_ULL(bit);
		n = alloc(g.parent, &s1, S1, sizeof(s1));
		CHECK_EQ(IS_ERR(n), bit > 2);
		if (IS_ERR(n))
			CHECK_EQ(PTR_ERR(n), -EOPNOTSUPP);
		else
			domain_drop(n);
		s1 = good;
		s1.pgtbl_addr = BIT_ULL(bit);
		n = alloc(g.parent, &s1, S1, sizeof(s1));
		CHECK_EQ(IS_ERR(n), bit < 12 || bit >= 48);
		if (IS_ERR(n))
			CHECK_EQ(PTR_ERR(n), -EINVAL);
		else
			domain_drop(n);
	}
	for (bit = 0; bit < 32; bit++) {
		s1 = good;
		s1.__reserved = BIT(bit);
		CHECK_EQ(PTR_ERR(alloc(g.parent, &s1, S1, sizeof(s1))),
			 -EOPNOTSUPP);
	}
	for (s1 = good, s1.addr_width = 0; s1.addr_width < 300;
	     s1.addr_width++) {
		n = alloc(g.parent, &s1, S1, sizeof(s1));
		CHECK_EQ(IS_ERR(n), s1.addr_width != 48 && s1.addr_width != 57);
		if (IS_ERR(n))
			CHECK_EQ(PTR_ERR(n), -EINVAL);
		else
			domain_drop(n);
	}
	s1 = good;
	CHECK_EQ(PTR_ERR(alloc(g.parent, &s1, IOMMU_HWPT_DATA_ARM_SMMUV3,
			       sizeof(s1))), -EOPNOTSUPP);
	CHECK_EQ(PTR_ERR(alloc(g.parent, &s1, S1, sizeof(s1) - 1)), -EINVAL);
	n = domain_make(&dev, &first);
	CHECK_EQ(PTR_ERR(alloc(n, &s1, S1, sizeof(s1))), -EINVAL);
	domain_drop(n);
	stop();
}

/* What a guest asks for is what its entry says, and no more. */
static void flags_reach_the_entry(void)
{
	static const struct {
		u64 flags;
		u32 width;
		u64 first;
	} want[] = {
		{ 0, 48, GPA }, { 0, 57, GPA | 0x4 },
		{ IOMMU_VTD_S1_SRE, 48, GPA | 0x1 },
		{ IOMMU_VTD_S1_SRE | IOMMU_VTD_S1_WPE, 48, GPA | 0x11 },
		{ IOMMU_VTD_S1_WPE, 48, GPA },
		{ IOMMU_VTD_S1_EAFE, 57, GPA | 0x84 },
	};
	struct iommufdx_domain *n;
	unsigned int i;

	start(0);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct iommu_hwpt_vtd_s1 s1 = {
			.flags = want[i].flags,
			.pgtbl_addr = GPA,
			.addr_width = want[i].width,
		};

		n = alloc(g.parent, &s1, S1, sizeof(s1));
		REQUIRE(!IS_ERR(n));
		CHECK_EQ(to_vtd_domain(n)->first, want[i].first);
		domain_drop(n);
	}
	stop();
}

static void bad_invalidations_are_refused(void)
{
	static const struct {
		inv_t inv;
		int rc;
	} bad[] = {
		{ { .addr = 0x1000, .npages = U64_MAX }, -EINVAL },
		{ { .addr = 0x1000, .npages = 0 }, -EINVAL },
		{ { .addr = 0x1800, .npages = 1 }, -EINVAL },
		{ { .addr = 0x1000, .npages = 1ULL << 52 }, -EINVAL },
		{ { .addr = ~0xfffULL, .npages = 2 }, -EINVAL },
		{ { .npages = 1, .__reserved = 1 }, -EOPNOTSUPP },
	};
	struct iommufdx_domain *n;
	unsigned int i, done;
	inv_t three[3];

	start(0);
	n = nest(&g);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		u64 before = commands(VTD_INV_PASID_IOTLB);

		three[0] = (inv_t){ .addr = IOVA, .npages = 1 };
		three[1] = bad[i].inv;
		three[2] = three[0];
		CHECK_EQ(inv(n, three, 3, &done), bad[i].rc);
		CHECK_EQ(done, 1);
		CHECK_EQ(commands(VTD_INV_PASID_IOTLB), before + 1);
	}
	for (i = 1; i < 32; i++)
		CHECK_EQ(inv_page(n, IOVA, BIT(i)), -EOPNOTSUPP);
	three[0] = (inv_t){ .addr = ~0xfffULL, .npages = 1 };
	CHECK_EQ(inv(n, three, 1, &done), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

static void neighbours_and_repetitions_are_merged(void)
{
	static const inv_t whole = WHOLE;
	struct iommufdx_domain *n;
	inv_t many[256];
	unsigned int i, done;
	u64 before, waits;

	start(0);
	n = nest(&g);
	CHECK_EQ(attach(&dev, 1, n), 0);
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (inv_t){ .addr = IOVA + (i ^ 1) % 128 * PAGE_SIZE,
				   .npages = 1 };
	before = commands(VTD_INV_PASID_IOTLB);
	waits = commands(VTD_INV_WAIT);
	CHECK_EQ(inv(n, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK(commands(VTD_INV_PASID_IOTLB) - before <= 4);
	CHECK_EQ(commands(VTD_INV_WAIT), waits + 1);

	/* Far apart, in more ranges than one batch has. */
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i].addr = IOVA + i * 0x200000ULL;
	before = commands(VTD_INV_PASID_IOTLB);
	CHECK_EQ(inv(n, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_PASID_IOTLB), before + 256);

	/* Everything holds what comes after it. */
	many[0] = whole;
	before = commands(VTD_INV_PASID_IOTLB);
	CHECK_EQ(inv(n, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_PASID_IOTLB), before + 1);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	domain_drop(n);
	stop();
}

static void device_caches_go_along(void)
{
	struct iommufdx_domain *n;

	start(0);
	n = nest(&g);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, 6, n), 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 1), 0);
	guest_set(&g, IOVA, 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 2), 0);
	CHECK_EQ(inv_page(n, IOVA, 0), 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 3), -EFAULT);
	CHECK_EQ(page_at(g.page[DATA])[0], 2);
	CHECK_EQ(attach(&dev, 6, NULL), 0);
	domain_drop(n);
	stop();
}

/* A device that does not answer: nothing is counted, and the host goes on. */
static void device_time_out_is_told(void)
{
	const inv_t two[] = { WHOLE, WHOLE };
	struct iommufdx_domain *n;
	unsigned int done = 1;

	start(0);
	n = nest(&g);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	shim_quiet(true);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	CHECK_EQ(inv(n, two, 2, &done), -ETIMEDOUT);
	CHECK_EQ(done, 0);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, 0);
	shim_quiet(false);
	CHECK_EQ(inv(n, two, 2, &done), 0);
	CHECK_EQ(done, 2);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

int main(void)
{
	TAP_RUN(rid_goes_through_both_stages);
	TAP_RUN(pasid_goes_through_both_stages);
	TAP_RUN(forgotten_invalidation_is_stale);
	TAP_RUN(parent_unmap_reaches_data);
	TAP_RUN(parent_unmap_reaches_tables);
	TAP_RUN(tables_of_one_parent_stay_apart);
	TAP_RUN(replacing_a_guests_table_is_hitless);
	TAP_RUN(dirty_tracking_reaches_nested_domains);
	TAP_RUN(every_field_is_checked);
	TAP_RUN(flags_reach_the_entry);
	TAP_RUN(bad_invalidations_are_refused);
	TAP_RUN(neighbours_and_repetitions_are_merged);
	TAP_RUN(device_caches_go_along);
	TAP_RUN(device_time_out_is_told);
	return tap_done();
}
