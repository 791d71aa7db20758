// SPDX-License-Identifier: GPL-2.0-only
/* Domains, attachment, invalidation and dirty tracking, one thing at a time. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m, m2;
static struct iommufdx_master dev, dev2, far;

static u64 *at(u64 pa)
{
	return phys_to_virt(pa);
}

static void start(void)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, MODEL_CAP_DIRTY) == 0);
	REQUIRE(machine_start(&m2, MODEL_CHECK_HITS, MODEL_CAP_DIRTY) == 0);
	master_start(&m, &dev, 0x28);
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
	CHECK_EQ(machine_stats(&m).illegal, 0);
	machine_stop(&m);
	machine_stop(&m2);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void drop(struct iommufdx_domain *domain)
{
	domain->ops->free(domain);
}

static void unattached_devices_are_blocked(void)
{
	start();
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x1000, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev2, NO_PASID, 0xfffff000, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(m.faults, 2);
	CHECK_EQ(m.last_fault.rid, 0xffff);
	CHECK_EQ(m.last_fault.iova, 0xfffff000);
	CHECK(m.last_fault.write);
	CHECK_EQ(m.last_fault.pasid, NO_PASID);
	CHECK_EQ(m.last_fault.reason, AMD_EVT_IO_PAGE_FAULT);
	stop();
}

static void dma_goes_where_it_is_mapped(void)
{
	struct iommufdx_domain *a;
	u64 pa, val;

	start();
	pa = page_make();
	a = v1_make(&dev, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + 8, 0x1234), 0);
	CHECK_EQ(at(pa)[1], 0x1234);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA + 8, &val), 0);
	CHECK_EQ(val, 0x1234);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 1), -EFAULT);

	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), -EFAULT);
	CHECK_EQ(at(pa)[0], 2);
	drop(a);
	page_drop(pa);
	stop();
}

/* A flush reaches every IOMMU that has a master in the domain, no other. */
static void flush_goes_where_the_domain_is(void)
{
	const u64 op = AMD_CMD_INV_IOMMU_PAGES;
	struct iommufdx_domain *a;
	u64 pa, before;

	start();
	pa = page_make();
	a = v1_make(&dev, 0);
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
	before = machine_stats(&m).commands_by_op[op];
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).commands_by_op[op], before);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	drop(a);
	page_drop(pa);
	stop();
}

/*
 * What an IOMMU cached of a domain must not outlive its last master there:
 * neither for the same domain that comes back, nor for another with its ID.
 */
static void nothing_is_left_behind_by_a_detach(void)
{
	struct iommufdx_domain *a, *b;
	u64 pa, pa2;

	start();
	pa = page_make();
	pa2 = page_make();
	a = v1_make(&dev, 0);
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
	drop(a);

	b = v1_make(&dev, 0);
	CHECK_EQ(domain_map(b, IOVA, pa2, 1), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 4), 0);
	CHECK_EQ(at(pa)[0], 3);
	CHECK_EQ(at(pa2)[0], 4);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	drop(b);
	page_drop(pa);
	page_drop(pa2);
	stop();
}

static void dirty_bits_follow_the_switch(void)
{
	struct iommufdx_domain *a, *plain;
	u64 pa;

	start();
	pa = page_make();
	plain = v1_make(&dev, 0);
	CHECK_EQ(plain->ops->set_dirty_tracking(plain, true), -EOPNOTSUPP);
	a = v1_make(&dev, IOMMUFDX_DOMAIN_DIRTY);
	CHECK(a->flags & IOMMUFDX_DOMAIN_DIRTY);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, a), 0);

	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 1), 0);
	CHECK(!domain_dirty(a, IOVA));
	/* The translation that both have cached does not know of dirty bits. */
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), 0);
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 3), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK(!domain_dirty(a, IOVA));

	/* Who joins later is tracked too, and who left is not. */
	CHECK_EQ(attach(&dev2, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 4), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(attach(&dev2, NO_PASID, plain), 0);
	CHECK_EQ(a->ops->set_dirty_tracking(a, false), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 5), 0);
	CHECK(!domain_dirty(a, IOVA));

	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	drop(a);
	drop(plain);
	page_drop(pa);
	stop();
}

static void check_request(const struct iommufdx_domain_req *req, long error)
{
	struct iommufdx_domain *domain = amd_domain_alloc_paging(&dev, req);

	if (IS_ERR(domain)) {
		CHECK_EQ(PTR_ERR(domain), error);
		return;
	}
	CHECK_EQ(0, error);
	CHECK_EQ(domain->flags & req->flags, req->flags);
	CHECK(domain->pt.va_bits >= req->va_bits);
	CHECK_EQ(domain->aperture_last,
		 ~0ULL >> (64 - domain->pt.va_bits));
	if (req->page_sizes)
		CHECK_EQ(domain->pt.page_sizes & ~req->page_sizes, 0);
	CHECK_EQ(attach(&dev, NO_PASID, domain), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	drop(domain);
}

static void requests_are_met_or_refused(void)
{
	const struct {
		struct iommufdx_domain_req req;
		long error;
	} cases[] = {
		{ { 0 }, 0 },
		{ { .format = PGTABLE_AMDV1 }, 0 },
		{ { .format = PGTABLE_X86_64 }, -EOPNOTSUPP },
		{ { .format = PGTABLE_VTDSS }, -EOPNOTSUPP },
		/* This IOMMU has one stage. */
		{ { .flags = IOMMUFDX_DOMAIN_NEST_PARENT }, -EOPNOTSUPP },
		{ { .flags = IOMMUFDX_DOMAIN_DIRTY }, 0 },
		{ { .flags = IOMMUFDX_DOMAIN_DIRTY |
			     IOMMUFDX_DOMAIN_NO_PASID }, 0 },
		{ { .flags = IOMMUFDX_DOMAIN_PASID }, -EOPNOTSUPP },
		{ { .flags = IOMMUFDX_DOMAIN_PASID |
			     IOMMUFDX_DOMAIN_NO_PASID }, -EINVAL },
		{ { .flags = 1u << 31 }, -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP }, 0 },
		{ { .quirks = 1u << 31 }, -EOPNOTSUPP },
		{ { .va_bits = 39 }, 0 },
		{ { .va_bits = 49 }, 0 },
		{ { .va_bits = 64 }, 0 },
		{ { .va_bits = 65 }, -EINVAL },
		{ { .page_sizes = 0x1000 }, 0 },
		{ { .page_sizes = 0x201000 }, 0 },
		{ { .page_sizes = 0x800 }, -EOPNOTSUPP },
		/* There are such leaves, in wider tables. */
		{ { .page_sizes = 1ULL << 51 }, -EOPNOTSUPP },
		{ { .page_sizes = 1ULL << 51, .va_bits = 64 }, 0 },
	};
	struct iommufdx_domain *domain;
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_request(&cases[i].req, cases[i].error);
	domain = v1_make(&dev, 0);
	CHECK_EQ(domain->pt.va_bits, 48);
	CHECK_EQ(domain->pt.quirks, PGTABLE_QUIRK_ENFORCE_SNOOP);
	CHECK_EQ(pgtable_top_level(&domain->pt), 3);
	CHECK_EQ(attach(&dev, 1, domain), -EINVAL);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	drop(domain);
	stop();
}

/* Hardware that cannot do it says so, and refuses domains that need it. */
static void hardware_without_dirty_bits(void)
{
	struct iommufdx_domain_req req = { .flags = IOMMUFDX_DOMAIN_DIRTY };
	struct iommufdx_domain *a;
	struct iommufdx_master poor;

	start();
	master_stop(&far);
	machine_stop(&m2);
	REQUIRE(machine_start(&m2, 0, 0) == 0);
	master_start(&m2, &poor, 0x10);
	CHECK(dev.caps & IOMMUFDX_CAP_DIRTY);
	CHECK(!(poor.caps & IOMMUFDX_CAP_DIRTY));
	CHECK_EQ(PTR_ERR(amd_domain_alloc_paging(&poor, &req)), -EOPNOTSUPP);
	a = v1_make(&dev, IOMMUFDX_DOMAIN_DIRTY);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	drop(a);
	a = v1_make(&dev, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), 0);
	CHECK_EQ(attach(&poor, NO_PASID, NULL), 0);
	drop(a);
	master_stop(&poor);
	master_start(&m2, &far, 0);
	stop();
}

static void masters_are_described(void)
{
	struct iommu_hw_info_amd info = {};
	struct iommufdx_master bad;
	u32 type = IOMMU_HW_INFO_TYPE_DEFAULT;

	start();
	CHECK_EQ(dev.nr_resv, 2);
	CHECK_EQ(dev.resv[0].start, 0xfee00000);
	CHECK_EQ(dev.resv[0].last, 0xfeefffff);
	CHECK_EQ(dev.resv[1].start, 0xfd00000000);
	CHECK_EQ(dev.resv[1].last, 0xffffffffff);
	CHECK(dev.caps & IOMMUFDX_CAP_CACHE_COHERENCY);
	CHECK_EQ(dev.pasid_bits, 0);

	CHECK_EQ(amd_hw_info(&dev, &type, &info, sizeof(info)), sizeof(info));
	CHECK_EQ(type, IOMMU_HW_INFO_TYPE_AMD);
	CHECK_EQ(info.efr, hw_read64(m.iommu.hw, AMD_REG_EFR));
	type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	CHECK_EQ(amd_hw_info(&dev, &type, &info, sizeof(info)), -EOPNOTSUPP);

	memset(&bad, 0, sizeof(bad));
	bad.iommu = &m.iommu;
	bad.rid = 0x10000;
	CHECK_EQ(amd_master_add(&bad), -EINVAL);
	stop();
}

/* Every allocation on the way fails once; nothing is left behind. */
static void no_memory(void)
{
	struct iommufdx_domain_req req = { 0 };
	struct iommufdx_domain *a;
	long n;
	int rc;

	for (n = 1;; n++) {
		/* The model's own allocations come first. */
		shim_fail_nth(n);
		rc = machine_start(&m, 0, 0);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
		CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
		REQUIRE(n < 50);
	}
	CHECK(n > 5);
	master_start(&m, &dev, 1);
	for (n = 1;; n++) {
		shim_fail_nth(n);
		a = amd_domain_alloc_paging(&dev, &req);
		shim_fail_nth(0);
		if (!IS_ERR(a))
			break;
		CHECK_EQ(PTR_ERR(a), -ENOMEM);
	}
	CHECK(n == 3);
	shim_fail_nth(1);
	CHECK_EQ(attach(&dev, NO_PASID, a), -ENOMEM);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	drop(a);
	master_stop(&dev);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

int main(void)
{
	TAP_RUN(unattached_devices_are_blocked);
	TAP_RUN(dma_goes_where_it_is_mapped);
	TAP_RUN(flush_goes_where_the_domain_is);
	TAP_RUN(nothing_is_left_behind_by_a_detach);
	TAP_RUN(dirty_bits_follow_the_switch);
	TAP_RUN(requests_are_met_or_refused);
	TAP_RUN(hardware_without_dirty_bits);
	TAP_RUN(masters_are_described);
	TAP_RUN(no_memory);
	return tap_done();
}
