// SPDX-License-Identifier: GPL-2.0-only
/* Guest (v2) tables: RIDs and PASIDs in domains, one thing at a time. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY | MODEL_CAP_NEST)

static struct machine m, m2;
/* @dev and @dev3 have PASIDs, the others have none. */
static struct iommufdx_master dev, dev2, dev3, far;

static void start(void)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, CAPS) == 0);
	REQUIRE(machine_start(&m2, MODEL_CHECK_HITS, CAPS) == 0);
	full_master_start(&m, &dev, 0x28);
	master_start(&m, &dev2, 0xffff);
	full_master_start(&m, &dev3, 0x30);
	master_start(&m2, &far, 0);
}

static void stop(void)
{
	master_stop(&dev);
	master_stop(&dev2);
	master_stop(&dev3);
	master_stop(&far);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(model_check(m2.model), 0);
	CHECK_EQ(machine_stats(&m).stale + machine_stats(&m2).stale, 0);
	CHECK_EQ(machine_stats(&m).illegal + machine_stats(&m2).illegal, 0);
	/* The last to leave has dropped all. */
	CHECK_EQ(machine_stats(&m).tlb_entries, 0);
	CHECK_EQ(machine_stats(&m2).tlb_entries, 0);
	machine_stop(&m);
	machine_stop(&m2);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

/* Also behind a device without PASIDs: through GCR3[0]. */
static void dma_goes_where_it_is_mapped(void)
{
	struct iommufdx_master *const who[] = { &dev, &dev2, &far };
	struct iommufdx_domain *a;
	unsigned int i;
	u64 pa, val;

	start();
	pa = page_make();
	a = v2_make(&dev);
	CHECK_EQ(a->pt.ops->format, PGTABLE_X86_64);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	for (i = 0; i < ARRAY_SIZE(who); i++) {
		CHECK_EQ(attach(who[i], NO_PASID, a), 0);
		CHECK_EQ(attach(who[i], NO_PASID, a), 0);
		CHECK_EQ(dma_write(who[i], NO_PASID, IOVA + 8, i), 0);
		CHECK_EQ(page_at(pa)[1], i);
		CHECK_EQ(dma_read(who[i], NO_PASID, IOVA + 8, &val), 0);
		CHECK_EQ(val, i);
		CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
		CHECK_EQ(dma_write(who[i], NO_PASID, IOVA, 1), -EFAULT);
		CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
		CHECK_EQ(dma_write(who[i], NO_PASID, IOVA, 2), 0);
		CHECK_EQ(attach(who[i], NO_PASID, NULL), 0);
		CHECK_EQ(attach(who[i], NO_PASID, NULL), 0);
		CHECK_EQ(dma_write(who[i], NO_PASID, IOVA, 3), -EFAULT);
		CHECK_EQ(page_at(pa)[0], 2);
	}
	domain_drop(a);
	page_drop(pa);
	stop();
}

static void faults_name_the_pasid(void)
{
	struct iommufdx_domain *a;

	start();
	a = v2_make(&dev);
	CHECK_EQ(dma_write(&dev, 7, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.last_fault.pasid, 7);
	CHECK_EQ(attach(&dev, 0x54321, a), 0);
	CHECK_EQ(dma_write(&dev, 0x54321, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 2);
	CHECK_EQ(m.last_fault.rid, 0x28);
	CHECK_EQ(m.last_fault.iova, IOVA);
	CHECK(m.last_fault.write);
	CHECK_EQ(m.last_fault.pasid, 0x54321);
	CHECK_EQ(m.last_fault.reason, AMD_EVT_IO_PAGE_FAULT);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 3);
	CHECK_EQ(m.last_fault.pasid, NO_PASID);
	CHECK_EQ(attach(&dev, 0x54321, NULL), 0);
	domain_drop(a);
	stop();
}

/* RID and PASIDs of one device, each in a domain of its own. */
static void rid_and_pasids_are_independent(void)
{
	static const u32 pasid[] = { 1, NO_PASID, 511, 512, 0x12345, 0xfffff };
	struct iommufdx_domain *d[ARRAY_SIZE(pasid)];
	u64 pa[ARRAY_SIZE(pasid)];
	unsigned int i, j;

	start();
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		pa[i] = page_make();
		d[i] = v2_make(&dev);
		CHECK_EQ(domain_map(d[i], IOVA, pa[i], 1), 0);
		CHECK_EQ(attach(&dev, pasid[i], d[i]), 0);
		/* The table has grown under those that are in it. */
		for (j = 0; j <= i; j++)
			CHECK_EQ(dma_write(&dev, pasid[j], IOVA, i), 0);
	}
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		for (j = 0; j < ARRAY_SIZE(pasid); j++)
			CHECK_EQ(dma_write(&dev, pasid[j], IOVA, 100 * i + j),
				 j < i ? -EFAULT : 0);
		for (j = i; j < ARRAY_SIZE(pasid); j++)
			CHECK_EQ(page_at(pa[j])[0], 100 * i + j);
		CHECK_EQ(attach(&dev, pasid[i], NULL), 0);
	}
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		domain_drop(d[i]);
		page_drop(pa[i]);
	}
	stop();
}

static void pasids_are_flushed_and_dropped_each(void)
{
	struct iommufdx_domain *a;
	u64 pa;

	start();
	pa = page_make();
	a = v2_make(&dev);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, 1, a), 0);
	CHECK_EQ(attach(&dev, 0xfffff, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, 1, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, 0xfffff, IOVA, 2), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(dma_write(&dev, 2, IOVA, 3), -EFAULT);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, 1, IOVA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 0xfffff, IOVA, 2), -EFAULT);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), -EFAULT);

	/* One PASID away and back, while the others keep the domain. */
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, 1, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, 1, a), 0);
	CHECK_EQ(dma_write(&dev, 1, IOVA, 1), -EFAULT);
	CHECK_EQ(model_check(m.model), 0);

	CHECK_EQ(attach(&dev, 1, NULL), 0);
	CHECK_EQ(attach(&dev, 0xfffff, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	stop();
}

/* A host table would be under all PASIDs: hardware has no other way. */
static void v1_and_pasids_do_not_mix(void)
{
	struct iommufdx_domain *v1, *v2;
	u64 pa1, pa2;

	start();
	pa1 = page_make();
	pa2 = page_make();
	v1 = v1_make(&dev, 0);
	v2 = v2_make(&dev);
	CHECK_EQ(domain_map(v1, IOVA, pa1, 1), 0);
	CHECK_EQ(domain_map(v2, IOVA, pa2, 1), 0);
	CHECK_EQ(attach(&dev, 3, v1), -EINVAL);
	CHECK_EQ(attach(&dev, NO_PASID, v1), 0);
	CHECK_EQ(attach(&dev, 3, v2), -EINVAL);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(page_at(pa1)[0], 1);

	/* From one to the other and back. */
	CHECK_EQ(attach(&dev, NO_PASID, v2), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(page_at(pa2)[0], 2);
	CHECK_EQ(attach(&dev, NO_PASID, v1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(page_at(pa1)[0], 3);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(attach(&dev, NO_PASID, v2), 0);

	CHECK_EQ(attach(&dev, 3, v2), 0);
	CHECK_EQ(attach(&dev, NO_PASID, v1), -EINVAL);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 4), 0);
	CHECK_EQ(dma_write(&dev, 3, IOVA + 8, 5), 0);
	CHECK_EQ(page_at(pa2)[0], 4);
	CHECK_EQ(page_at(pa2)[1], 5);
	/* Without the RID's domain, PASIDs go on, and no v1 may come. */
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 6), -EFAULT);
	CHECK_EQ(dma_write(&dev, 3, IOVA, 6), 0);
	CHECK_EQ(attach(&dev, NO_PASID, v1), -EINVAL);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, v1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(v1);
	domain_drop(v2);
	page_drop(pa1);
	page_drop(pa2);
	stop();
}

/* Accessed and dirty bits are always live; reading them is a clean start. */
static void dirty_bits_are_live(void)
{
	struct iommufdx_domain *a;
	u64 pa;

	start();
	pa = page_make();
	a = format_make(&dev, PGTABLE_ANY,
			IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_DIRTY);
	CHECK_EQ(a->pt.ops->format, PGTABLE_X86_64);
	CHECK(!a->ops->set_dirty_tracking);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, 3, a), 0);
	CHECK_EQ(attach(&dev3, NO_PASID, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, 3, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK(!domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&dev, 3, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&dev3, NO_PASID, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(attach(&dev3, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	stop();
}

/* Page tables of four levels and of five cannot be behind one DTE. */
static void levels_must_agree(void)
{
	const struct iommufdx_domain_req req = {
		.format = PGTABLE_X86_64, .va_bits = 56,
	};
	struct iommufdx_domain *four, *five;
	u64 pa;

	start();
	pa = page_make();
	four = v2_make(&dev);
	five = domain_make(&dev, &req);
	CHECK_EQ(four->aperture_last, (1ULL << 47) - 1);
	CHECK_EQ(five->aperture_last, (1ULL << 56) - 1);
	CHECK_EQ(domain_map(five, 1ULL << 55, pa, 1), 0);
	CHECK_EQ(domain_map(four, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, four), 0);
	CHECK_EQ(attach(&dev, 4, five), -EINVAL);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, five), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, 1ULL << 55, 2), 0);
	CHECK_EQ(page_at(pa)[0], 2);
	CHECK_EQ(attach(&dev, 4, five), 0);
	CHECK_EQ(attach(&dev, NO_PASID, four), -EINVAL);
	CHECK_EQ(dma_write(&dev, 4, 1ULL << 55, 3), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 4, four), 0);
	CHECK_EQ(dma_write(&dev, 4, IOVA, 4), 0);
	CHECK_EQ(attach(&dev, 4, NULL), 0);
	domain_drop(four);
	domain_drop(five);
	page_drop(pa);
	stop();
}

struct request {
	struct iommufdx_domain_req req;
	long error;
	enum pgtable_format format;
};

static void check_request(struct iommufdx_master *master,
			  const struct request *r)
{
	struct iommufdx_domain *domain;

	domain = amd_domain_alloc_paging(master, &r->req);
	if (IS_ERR(domain)) {
		CHECK_EQ(PTR_ERR(domain), r->error);
		return;
	}
	CHECK_EQ(0, r->error);
	CHECK_EQ(domain->pt.ops->format, r->format);
	CHECK_EQ(domain->flags & r->req.flags, r->req.flags);
	CHECK(domain->aperture_last >=
	      (r->req.va_bits ? ~0ULL >> (64 - r->req.va_bits) : 1));
	if (r->req.page_sizes)
		CHECK_EQ(domain->pt.page_sizes & ~r->req.page_sizes, 0);
	CHECK_EQ(attach(master, NO_PASID, domain), 0);
	CHECK_EQ(attach(master, NO_PASID, NULL), 0);
	CHECK_EQ(attach(master, 9, domain),
		 master->pasid_bits && domain->flags & IOMMUFDX_DOMAIN_PASID ?
		 0 : -EINVAL);
	CHECK_EQ(attach(master, 9, NULL), 0);
	domain_drop(domain);
}

#define V1	PGTABLE_AMDV1
#define V2	PGTABLE_X86_64
#define DIRTY	IOMMUFDX_DOMAIN_DIRTY
#define PARENT	IOMMUFDX_DOMAIN_NEST_PARENT
#define PASID	IOMMUFDX_DOMAIN_PASID
#define NOPASID	IOMMUFDX_DOMAIN_NO_PASID

static void requests_are_met_or_refused(void)
{
	static const struct request cases[] = {
		{ { 0 }, 0, V2 },
		{ { .flags = NOPASID }, 0, V1 },
		{ { .flags = PARENT }, 0, V1 },
		{ { .flags = DIRTY }, 0, V1 },
		{ { .flags = DIRTY | PARENT }, 0, V1 },
		{ { .flags = DIRTY | PARENT | NOPASID }, 0, V1 },
		{ { .flags = PASID }, 0, V2 },
		{ { .flags = PASID | DIRTY }, 0, V2 },
		{ { .flags = PASID | PARENT }, -EOPNOTSUPP },
		{ { .flags = PASID | PARENT | DIRTY }, -EOPNOTSUPP },
		{ { .flags = PASID | NOPASID }, -EINVAL },
		{ { .flags = 1u << 31 }, -EOPNOTSUPP },
		/* By name, where it can. */
		{ { .format = V1 }, 0, V1 },
		{ { .format = V2 }, 0, V2 },
		{ { .format = V1, .flags = PASID }, -EOPNOTSUPP },
		{ { .format = V2, .flags = PARENT }, -EOPNOTSUPP },
		{ { .format = V2, .flags = DIRTY }, 0, V2 },
		{ { .format = V2, .flags = NOPASID }, 0, V2 },
		{ { .format = PGTABLE_VTDSS }, -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP }, 0, V1 },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP, .format = V2 },
		  -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP, .flags = PASID },
		  -EOPNOTSUPP },
		{ { .quirks = 1u << 31 }, -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_NX }, 0, V2 },
		{ { .quirks = PGTABLE_QUIRK_NX, .flags = DIRTY }, 0, V2 },
		{ { .quirks = PGTABLE_QUIRK_NX, .format = V1 }, -EOPNOTSUPP },
		{ { .va_bits = 47 }, 0, V2 },
		{ { .va_bits = 56 }, 0, V2 },
		{ { .va_bits = 57 }, 0, V1 },
		{ { .va_bits = 57, .flags = PASID }, -EOPNOTSUPP },
		{ { .va_bits = 57, .format = V2 }, -EOPNOTSUPP },
		{ { .va_bits = 65 }, -EINVAL },
		{ { .page_sizes = 0x1000 }, 0, V2 },
		{ { .page_sizes = 0x2000 }, 0, V1 },
		{ { .page_sizes = 0x800 }, -EOPNOTSUPP },
	};
	/* A device without PASIDs. */
	static const struct request without[] = {
		{ { 0 }, 0, V1 },
		{ { .flags = NOPASID }, 0, V1 },
		{ { .flags = PASID }, 0, V2 },
		{ { .flags = PASID | DIRTY }, 0, V2 },
		{ { .format = V2 }, 0, V2 },
	};
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_request(&dev, &cases[i]);
	for (i = 0; i < ARRAY_SIZE(without); i++)
		check_request(&dev2, &without[i]);
	CHECK_EQ(dev.pasid_bits, 20);
	CHECK_EQ(dev2.pasid_bits, 0);
	CHECK_EQ(dev.caps, IOMMUFDX_CAP_CACHE_COHERENCY |
			   IOMMUFDX_CAP_DIRTY | IOMMUFDX_CAP_PASID |
			   IOMMUFDX_CAP_NEST |
			   IOMMUFDX_CAP_PAGE_SIZE_LIVE |
			   IOMMUFDX_CAP_PASS_THROUGH);
	stop();
}

/* Hardware that cannot do it refuses domains that need it. */
static void poor_hardware_refuses_v2(void)
{
	struct iommufdx_master poor;
	struct iommufdx_domain *a;

	start();
	master_stop(&far);
	machine_stop(&m2);
	REQUIRE(machine_start(&m2, 0, MODEL_CAP_DIRTY) == 0);
	full_master_start(&m2, &poor, 0x10);
	CHECK_EQ(poor.pasid_bits, 0);
	a = v2_make(&dev);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	master_stop(&poor);
	master_start(&m2, &far, 0);
	stop();
}

/* Who cannot tell does not get a table that does. */
static void execution_is_forbidden_where_hardware_can(void)
{
	const struct iommufdx_domain_req req = {
		.flags = PASID,
		.quirks = PGTABLE_QUIRK_NX,
	};
	struct iommufdx_domain *a;

	start();
	a = amd_domain_alloc_paging(&dev, &req);
	REQUIRE(!IS_ERR(a));
	CHECK_EQ(attach(&far, NO_PASID, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	to_amd_iommu(&m2.iommu)->efr &= ~AMD_EFR_NX;
	CHECK_EQ(attach(&far, NO_PASID, a), -EINVAL);
	CHECK_EQ(PTR_ERR(amd_domain_alloc_paging(&far, &req)), -EOPNOTSUPP);
	domain_drop(a);
	stop();
}

/* Every allocation on the way fails once; nothing is left behind. */
static void no_memory(void)
{
	struct iommufdx_domain *a, *b;
	unsigned int want[] = { 6, 5, 5 };
	u32 pasid[] = { NO_PASID, 0x12345, 600 };
	unsigned int i;
	long n;
	int rc;

	start();
	a = v2_make(&dev);
	b = v2_make(&dev);
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		for (n = 1; n < 50; n++) {
			shim_fail_nth(n);
			rc = attach(&dev, pasid[i], i == 2 ? b : a);
			shim_fail_nth(0);
			if (!rc)
				break;
			CHECK_EQ(rc, -ENOMEM);
		}
		printf("# attach to PASID %u: %ld allocations\n", pasid[i],
		       n - 1);
		CHECK(n > 1 && n <= want[i]);
	}
	/* A copy of the table, as another device shares it. */
	for (i = 0; i < ARRAY_SIZE(pasid); i++)
		CHECK_EQ(attach(&dev3, pasid[i], i == 2 ? b : a), 0);
	for (n = 1; n < 50; n++) {
		shim_fail_nth(n);
		rc = attach(&dev3, 600, a);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	CHECK(n > 5);
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		CHECK_EQ(attach(&dev, pasid[i], NULL), 0);
		CHECK_EQ(attach(&dev3, pasid[i], NULL), 0);
	}
	domain_drop(a);
	domain_drop(b);
	stop();
}

int main(void)
{
	TAP_RUN(dma_goes_where_it_is_mapped);
	TAP_RUN(faults_name_the_pasid);
	TAP_RUN(rid_and_pasids_are_independent);
	TAP_RUN(pasids_are_flushed_and_dropped_each);
	TAP_RUN(v1_and_pasids_do_not_mix);
	TAP_RUN(dirty_bits_are_live);
	TAP_RUN(levels_must_agree);
	TAP_RUN(requests_are_met_or_refused);
	TAP_RUN(poor_hardware_refuses_v2);
	TAP_RUN(execution_is_forbidden_where_hardware_can);
	TAP_RUN(no_memory);
	return tap_done();
}
