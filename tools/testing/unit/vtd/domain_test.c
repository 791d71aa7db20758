// SPDX-License-Identifier: GPL-2.0-only
/* Domains, attachment, invalidation and dirty tracking, one thing at a time. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY | MODEL_CAP_NEST)

static struct machine m, m2;
/* @dev has PASIDs, the others have none. */
static struct iommufdx_master dev, dev2, far;

static void start_caps(u32 caps)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, caps) == 0);
	REQUIRE(machine_start(&m2, MODEL_CHECK_HITS, caps) == 0);
	memset(&dev, 0, sizeof(dev));
	dev.max_pasid_bits = 20;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	master_start(&m, &dev2, 0xffff);
	master_start(&m2, &far, 0);
}

static void start(void)
{
	start_caps(CAPS);
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
	CHECK_EQ(dma_write(&dev2, NO_PASID, 0x1000, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 7, 0xfffff000, 1), -EFAULT);
	machine_settle(&m);
	machine_wait(&m, m.faults == 2);
	CHECK_EQ(m.last_fault.rid, 0x28);
	CHECK_EQ(m.last_fault.iova, 0xfffff000);
	CHECK(m.last_fault.write);
	CHECK_EQ(m.last_fault.pasid, 7);
	CHECK_EQ(m.last_fault.reason, VTD_FR_PDE_P);
	stop();
}

static void goes_where_it_is_mapped(u32 caps, enum pgtable_format format,
				    u32 reason)
{
	struct iommufdx_domain *a;
	u64 pa, val;

	start_caps(caps);
	pa = page_make();
	a = format_make(&dev, format, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + 8, 0x1234), 0);
	CHECK_EQ(page_at(pa)[1], 0x1234);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA + 8, &val), 0);
	CHECK_EQ(val, 0x1234);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 1);

	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), -EFAULT);
	machine_settle(&m);
	machine_wait(&m, m.faults == 2);
	CHECK_EQ(m.last_fault.rid, 0x28);
	CHECK_EQ(m.last_fault.iova, IOVA);
	CHECK(!m.last_fault.write);
	CHECK_EQ(m.last_fault.pasid, NO_PASID);
	CHECK_EQ(m.last_fault.reason, reason);

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

static void first_stage_goes_where_it_is_mapped(void)
{
	goes_where_it_is_mapped(CAPS, PGTABLE_X86_64, VTD_FR_FS_P);
}

static void second_stage_goes_where_it_is_mapped(void)
{
	goes_where_it_is_mapped(CAPS, PGTABLE_VTDSS, VTD_FR_SM_SS_PERM);
}

static void legacy_mode_goes_where_it_is_mapped(void)
{
	goes_where_it_is_mapped(0, PGTABLE_VTDSS, VTD_FR_READ);
}

/* What asks not to be snooped is, where the request for the domain said so. */
static void snooping(u32 caps, enum pgtable_format format, u32 quirks)
{
	const struct iommufdx_domain_req req = {
		.format = format,
		.quirks = quirks,
	};
	struct iommufdx_domain *a;
	u64 pa, val = 7;
	struct model_txn txn = {
		.rid = 0x28,
		.op = MODEL_DMA_WRITE,
		.iova = IOVA,
		.len = sizeof(val),
		.buf = &val,
		.no_snoop = true,
	};

	start_caps(caps);
	pa = page_make();
	a = domain_make(&dev, &req);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(model_dma(m.model, &txn), 0);
	CHECK_EQ(model_dma(m.model, &txn), 0);
	CHECK_EQ(machine_stats(&m).unsnooped, quirks ? 0 : 2);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	stop();
}

static void snooping_is_enforced_where_asked(void)
{
	const u32 quirk = PGTABLE_QUIRK_ENFORCE_SNOOP;

	snooping(CAPS, PGTABLE_X86_64, 0);
	snooping(CAPS, PGTABLE_X86_64, quirk);
	snooping(CAPS, PGTABLE_VTDSS, 0);
	snooping(CAPS, PGTABLE_VTDSS, quirk);
	snooping(0, PGTABLE_VTDSS, 0);
	snooping(0, PGTABLE_VTDSS, quirk);
}

/* As Linux's driver; but a process's device may have another way to ask. */
static void queues_are_for_devices_that_ask(void)
{
	struct iommufdx_domain *a;

	start();
	a = format_make(&dev, PGTABLE_X86_64, IOMMUFDX_DOMAIN_PASID);
	a->page_requests = true;
	CHECK_EQ(attach(&dev, NO_PASID, a), -ENODEV);
	CHECK_EQ(attach(&dev, 3, a), -ENODEV);
	/* What can never work is said first. */
	CHECK_EQ(attach(&dev2, 3, a), -EINVAL);
	a->sva = true;
	CHECK_EQ(attach(&dev, NO_PASID, a), -EINVAL);
	CHECK_EQ(attach(&dev, 3, a), 0);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	domain_drop(a);
	stop();
}

/* A flush reaches every IOMMU that has a master in the domain, no other. */
static void flush_goes_where_the_domain_is(enum pgtable_format format, u64 op)
{
	struct iommufdx_domain *a;
	u64 pa, before;

	start();
	pa = page_make();
	a = format_make(&dev, format, 0);
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

static void first_stage_flush_goes_where_the_domain_is(void)
{
	flush_goes_where_the_domain_is(PGTABLE_X86_64, VTD_INV_PASID_IOTLB);
}

static void second_stage_flush_goes_where_the_domain_is(void)
{
	flush_goes_where_the_domain_is(PGTABLE_VTDSS, VTD_INV_IOTLB);
}

/*
 * What an IOMMU cached of a domain must not outlive its last master there:
 * neither for the same domain that comes back, nor for another with its ID.
 */
static void nothing_is_left_behind(enum pgtable_format format, u32 caps)
{
	struct iommufdx_domain *a, *b;
	u64 pa, pa2;

	start_caps(caps);
	pa = page_make();
	pa2 = page_make();
	a = format_make(&dev, format, 0);
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

	b = format_make(&dev, format, 0);
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
	nothing_is_left_behind(PGTABLE_X86_64, CAPS);
	nothing_is_left_behind(PGTABLE_VTDSS, CAPS);
	nothing_is_left_behind(PGTABLE_VTDSS, 0);
}

/* A first stage is cached per PASID: each needs its own invalidation. */
static void pasids_are_flushed_and_dropped_each(void)
{
	struct iommufdx_domain *a;
	u64 pa;

	start();
	pa = page_make();
	a = format_make(&dev, PGTABLE_X86_64, 0);
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

/* RID and PASIDs of one device, each in a domain of its own. */
static void rid_and_pasids_are_independent(void)
{
	static const u32 pasid[] = { NO_PASID, 1, 63, 64, 0x12345 };
	static const enum pgtable_format format[] = {
		PGTABLE_X86_64, PGTABLE_VTDSS, PGTABLE_X86_64, PGTABLE_VTDSS,
		PGTABLE_X86_64,
	};
	struct iommufdx_domain *d[ARRAY_SIZE(pasid)];
	u64 pa[ARRAY_SIZE(pasid)];
	unsigned int i, j;

	start();
	for (i = 0; i < ARRAY_SIZE(pasid); i++) {
		pa[i] = page_make();
		d[i] = format_make(&dev, format[i], 0);
		CHECK_EQ(domain_map(d[i], IOVA, pa[i], 1), 0);
		CHECK_EQ(attach(&dev, pasid[i], d[i]), 0);
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

static void replace_moves_a_device(enum pgtable_format from,
				   enum pgtable_format to, u32 caps)
{
	struct iommufdx_domain *a, *b;
	u64 pa, pb, i;

	start_caps(caps);
	pa = page_make();
	pb = page_make();
	a = format_make(&dev, from, 0);
	b = format_make(&dev, to, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	for (i = 1; i < 5; i++) {
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, i), 0);
		CHECK_EQ(page_at(i % 2 ? pa : pb)[0], i);
		CHECK_EQ(attach(&dev, NO_PASID, i % 2 ? b : a), 0);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA + 8, i), 0);
		CHECK_EQ(page_at(pa)[1], i);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	page_drop(pa);
	page_drop(pb);
	stop();
}

static void replace_moves_between_all_formats(void)
{
	replace_moves_a_device(PGTABLE_X86_64, PGTABLE_X86_64, CAPS);
	replace_moves_a_device(PGTABLE_X86_64, PGTABLE_VTDSS, CAPS);
	replace_moves_a_device(PGTABLE_VTDSS, PGTABLE_VTDSS, CAPS);
	replace_moves_a_device(PGTABLE_VTDSS, PGTABLE_VTDSS, 0);
}

static void dirty_bits_follow_the_switch(void)
{
	struct iommufdx_domain *a, *plain;
	u64 pa;

	start();
	pa = page_make();
	plain = format_make(&dev, PGTABLE_VTDSS, 0);
	CHECK_EQ(plain->ops->set_dirty_tracking(plain, true), -EOPNOTSUPP);
	a = format_make(&dev, PGTABLE_ANY, IOMMUFDX_DOMAIN_DIRTY);
	CHECK_EQ(a->pt.ops->format, PGTABLE_VTDSS);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, 5, a), 0);
	CHECK_EQ(attach(&far, NO_PASID, a), 0);

	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(dma_write(&far, NO_PASID, IOVA, 1), 0);
	CHECK(!domain_dirty(a, IOVA));
	/* The translation that both have cached does not know of dirty bits. */
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), 0);
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&dev, 5, IOVA, 2), 0);
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
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&far, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(plain);
	page_drop(pa);
	stop();
}

/* Those of the first stage are always live; switching on is a clean start. */
static void first_stage_is_always_tracked(void)
{
	struct iommufdx_domain *a;
	u64 pa;

	start();
	pa = page_make();
	a = format_make(&dev, PGTABLE_X86_64, IOMMUFDX_DOMAIN_DIRTY);
	CHECK(!a->ops->set_dirty_tracking);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, 3, a), 0);
	CHECK_EQ(dma_write(&dev, 3, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK(!domain_dirty(a, IOVA));
	CHECK_EQ(dma_write(&dev, 3, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	stop();
}

struct request {
	struct iommufdx_domain_req req;
	long error;
	enum pgtable_format format;
};

static void check_requests(const struct request *r, unsigned int nr)
{
	struct iommufdx_domain *domain;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		domain = vtd_domain_alloc_paging(&dev, &r[i].req);
		if (IS_ERR(domain) || r[i].error) {
			if (!IS_ERR(domain) || PTR_ERR(domain) != r[i].error)
				tap_fail(__FILE__, __LINE__, "request %u: %ld",
					 i, IS_ERR(domain) ? PTR_ERR(domain) : 0);
			if (!IS_ERR(domain))
				domain_drop(domain);
			continue;
		}
		if (domain->pt.ops->format != r[i].format)
			tap_fail(__FILE__, __LINE__, "request %u: format %u", i,
				 domain->pt.ops->format);
		CHECK_EQ(domain->flags & r[i].req.flags, r[i].req.flags);
		CHECK(domain->aperture_last >=
		      (r[i].req.va_bits ? ~0ULL >> (64 - r[i].req.va_bits) : 1));
		CHECK(domain->aperture_last <= ~0ULL >> (64 - domain->pt.va_bits));
		if (r[i].req.page_sizes)
			CHECK_EQ(domain->pt.page_sizes & ~r[i].req.page_sizes, 0);
		CHECK_EQ(attach(&dev, NO_PASID, domain), 0);
		CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
		CHECK_EQ(attach(&dev, 9, domain),
			 domain->flags & IOMMUFDX_DOMAIN_PASID ? 0 : -EINVAL);
		CHECK_EQ(attach(&dev, 9, NULL), 0);
		domain_drop(domain);
	}
}

#define FS	PGTABLE_X86_64
#define SS	PGTABLE_VTDSS
#define DIRTY	IOMMUFDX_DOMAIN_DIRTY
#define PARENT	IOMMUFDX_DOMAIN_NEST_PARENT
#define PASID	IOMMUFDX_DOMAIN_PASID
#define NOPASID	IOMMUFDX_DOMAIN_NO_PASID

static void requests_are_met_or_refused(void)
{
	static const struct request cases[] = {
		{ { 0 }, 0, FS },
		{ { .format = FS }, 0, FS },
		{ { .format = SS }, 0, SS },
		{ { .format = PGTABLE_AMDV1 }, -EOPNOTSUPP },
		{ { .format = PGTABLE_ARMV8_S1 }, -EOPNOTSUPP },
		{ { .flags = PARENT }, 0, SS },
		{ { .flags = DIRTY }, 0, SS },
		{ { .flags = DIRTY | PASID }, 0, SS },
		{ { .flags = DIRTY | PARENT | NOPASID }, 0, SS },
		{ { .flags = PARENT | PASID }, 0, SS },
		{ { .flags = PASID }, 0, FS },
		{ { .flags = NOPASID }, 0, FS },
		{ { .flags = DIRTY, .format = FS }, 0, FS },
		{ { .flags = PARENT, .format = FS }, -EOPNOTSUPP },
		{ { .flags = PASID, .format = SS }, 0, SS },
		{ { .flags = PASID | NOPASID }, -EINVAL },
		{ { .flags = 1u << 31 }, -EOPNOTSUPP },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP }, 0, FS },
		{ { .quirks = PGTABLE_QUIRK_ENFORCE_SNOOP, .format = SS }, 0, SS },
		{ { .quirks = 1u << 31 }, -EOPNOTSUPP },
		{ { .va_bits = 39 }, 0, FS },
		{ { .va_bits = 48 }, 0, FS },
		{ { .va_bits = 56 }, 0, FS },
		{ { .va_bits = 57 }, 0, SS },
		{ { .va_bits = 57, .format = FS }, -EOPNOTSUPP },
		{ { .va_bits = 39, .format = SS }, 0, SS },
		{ { .va_bits = 58 }, -EOPNOTSUPP },
		{ { .va_bits = 65 }, -EINVAL },
		{ { .page_sizes = 0x1000 }, 0, FS },
		{ { .page_sizes = 0x201000 }, 0, FS },
		{ { .page_sizes = 0x800 }, -EOPNOTSUPP },
	};
	struct iommufdx_domain *domain;

	start();
	check_requests(cases, ARRAY_SIZE(cases));
	domain = format_make(&dev, PGTABLE_ANY, 0);
	CHECK_EQ(domain->aperture_last, (1ULL << 47) - 1);
	CHECK_EQ(pgtable_top_level(&domain->pt), 3);
	/* A device without PASIDs, and PASIDs that it does not have. */
	CHECK_EQ(attach(&dev2, 1, domain), -EINVAL);
	CHECK_EQ(attach(&dev2, 1, NULL), 0);
	CHECK_EQ(attach(&dev, 1 << 20, domain), -EINVAL);
	domain_drop(domain);
	stop();
}

static void requests_in_legacy_mode(void)
{
	static const struct request cases[] = {
		{ { 0 }, 0, SS },
		{ { .format = FS }, -EOPNOTSUPP },
		{ { .flags = PARENT }, -EOPNOTSUPP },
		{ { .flags = DIRTY }, -EOPNOTSUPP },
		{ { .flags = PASID }, -EOPNOTSUPP },
		{ { .flags = NOPASID }, 0, SS },
		{ { .va_bits = 57 }, 0, SS },
	};

	start_caps(0);
	CHECK_EQ(dev.pasid_bits, 0);
	check_requests(cases, ARRAY_SIZE(cases));
	stop();
}

/* Hardware that cannot do it says so, and refuses domains that need it. */
static void poor_hardware_refuses_rich_domains(void)
{
	struct iommufdx_master poor;
	struct iommufdx_domain *a;

	start();
	master_stop(&far);
	machine_stop(&m2);
	REQUIRE(machine_start(&m2, 0, MODEL_CAP_PASID) == 0);
	master_start(&m2, &poor, 0x10);
	a = format_make(&poor, PGTABLE_ANY, DIRTY);
	CHECK_EQ(a->pt.ops->format, FS);
	domain_drop(a);
	a = format_make(&dev, SS, DIRTY);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	a = format_make(&dev, SS, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), 0);
	CHECK_EQ(attach(&poor, NO_PASID, NULL), 0);
	domain_drop(a);
	master_stop(&poor);

	machine_stop(&m2);
	REQUIRE(machine_start(&m2, 0, 0) == 0);
	master_start(&m2, &poor, 0x10);
	CHECK(!(poor.caps & IOMMUFDX_CAP_DIRTY));
	a = format_make(&dev, FS, 0);
	CHECK_EQ(attach(&poor, NO_PASID, a), -EINVAL);
	domain_drop(a);
	master_stop(&poor);
	master_stop(&dev);
	master_stop(&dev2);
	machine_stop(&m);
	machine_stop(&m2);

	/* Every map would need an invalidation. */
	CHECK_EQ(machine_start(&m, MODEL_CACHE_ABSENT, CAPS), -EOPNOTSUPP);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void masters_are_described(void)
{
	struct iommu_hw_info_vtd info = {};
	struct iommufdx_master bad;
	u32 type = IOMMU_HW_INFO_TYPE_DEFAULT;

	start();
	CHECK_EQ(dev.nr_resv, 1);
	CHECK_EQ(dev.resv[0].start, 0xfee00000);
	CHECK_EQ(dev.resv[0].last, 0xfeefffff);
	CHECK_EQ(dev.caps, IOMMUFDX_CAP_CACHE_COHERENCY |
			   IOMMUFDX_CAP_ENFORCE_CACHE_COHERENCY |
			   IOMMUFDX_CAP_DIRTY | IOMMUFDX_CAP_PASID |
			   IOMMUFDX_CAP_NEST |
			   IOMMUFDX_CAP_PAGE_SIZE_LIVE |
			   IOMMUFDX_CAP_PASS_THROUGH);
	CHECK_EQ(dev.pasid_bits, 20);
	CHECK_EQ(dev2.pasid_bits, 0);

	CHECK_EQ(vtd_hw_info(&dev, &type, &info, sizeof(info)), sizeof(info));
	CHECK_EQ(type, IOMMU_HW_INFO_TYPE_INTEL_VTD);
	CHECK_EQ(info.cap_reg, hw_read64(m.iommu.hw, VTD_REG_CAP));
	CHECK_EQ(info.ecap_reg, hw_read64(m.iommu.hw, VTD_REG_ECAP));
	type = IOMMU_HW_INFO_TYPE_AMD;
	CHECK_EQ(vtd_hw_info(&dev, &type, &info, sizeof(info)), -EOPNOTSUPP);

	memset(&bad, 0, sizeof(bad));
	CHECK_EQ(master_add(&m, &bad, 0x10000), -EINVAL);
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
		rc = machine_start(&m, 0, CAPS | MODEL_CAP_ATS | MODEL_CAP_PRI);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
		CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
		REQUIRE(n < 50);
	}
	CHECK(n > 5);
	memset(&dev, 0, sizeof(dev));
	dev.max_pasid_bits = 10;
	for (n = 1; n < 50; n++) {
		shim_fail_nth(n);
		rc = master_add(&m, &dev, 0x28);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	CHECK_EQ(n, 5);
	for (n = 1;; n++) {
		shim_fail_nth(n);
		a = vtd_domain_alloc_paging(&dev, &req);
		shim_fail_nth(0);
		if (!IS_ERR(a))
			break;
		CHECK_EQ(PTR_ERR(a), -ENOMEM);
	}
	CHECK_EQ(n, 3);
	for (n = 1; n < 50; n++) {
		shim_fail_nth(n);
		rc = attach(&dev, 77, a);
		shim_fail_nth(0);
		if (!rc)
			break;
		CHECK_EQ(rc, -ENOMEM);
	}
	CHECK_EQ(n, 4);
	CHECK_EQ(attach(&dev, 77, NULL), 0);
	domain_drop(a);
	master_stop(&dev);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

int main(void)
{
	TAP_RUN(unattached_devices_are_blocked);
	TAP_RUN(first_stage_goes_where_it_is_mapped);
	TAP_RUN(second_stage_goes_where_it_is_mapped);
	TAP_RUN(legacy_mode_goes_where_it_is_mapped);
	TAP_RUN(snooping_is_enforced_where_asked);
	TAP_RUN(queues_are_for_devices_that_ask);
	TAP_RUN(first_stage_flush_goes_where_the_domain_is);
	TAP_RUN(second_stage_flush_goes_where_the_domain_is);
	TAP_RUN(nothing_is_left_behind_by_a_detach);
	TAP_RUN(pasids_are_flushed_and_dropped_each);
	TAP_RUN(rid_and_pasids_are_independent);
	TAP_RUN(replace_moves_between_all_formats);
	TAP_RUN(dirty_bits_follow_the_switch);
	TAP_RUN(first_stage_is_always_tracked);
	TAP_RUN(requests_are_met_or_refused);
	TAP_RUN(requests_in_legacy_mode);
	TAP_RUN(poor_hardware_refuses_rich_domains);
	TAP_RUN(masters_are_described);
	TAP_RUN(no_memory);
	return tap_done();
}
