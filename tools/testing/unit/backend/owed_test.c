// SPDX-License-Identifier: GPL-2.0-only
/* A detach that hardware does not acknowledge: what it owes, and until when. */
#include <linux/err.h>
#include "core/domain.h"
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m;
static struct iommufdx_master dev;
static struct iommufdx_domain *a;
static u64 pa;

static void start(void)
{
	const struct iommufdx_domain_req req = {};

	REQUIRE(machine_start(&m, 0, 0) == 0);
	master_start(&m, &dev, 0x10);
	a = fdx_domain_alloc(&dev, &req);
	REQUIRE(!IS_ERR(a));
	pa = page_make();
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, IOMMUFDX_NO_PASID, IOVA, 1), 0);
}

static void stall(bool on)
{
	shim_quiet(on);
	machine_stall(&m, on);
}

static void stop(void)
{
	master_stop(&dev);
	machine_stop(&m);
	page_drop(pa);
}

static void acknowledged_detach_owes_nothing(void)
{
	start();
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, NULL), 0);
	CHECK(!a->owed);
	CHECK_EQ(fdx_domain_settle(a), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	fdx_domain_free(a);
	stop();
}

static void silent_hardware_owes_until_it_answers(void)
{
	start();
	stall(true);
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, NULL), 0);
	CHECK(a->owed);
	CHECK_EQ(fdx_domain_settle(a), -ETIMEDOUT);
	CHECK(a->owed);
	stall(false);
	CHECK_EQ(fdx_domain_settle(a), 0);
	CHECK(!a->owed);
	CHECK_EQ(dma_write(&dev, IOMMUFDX_NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	fdx_domain_free(a);
	stop();
}

static void tables_wait_in_quarantine(void)
{
	const struct iommufdx_domain_req req = {};
	struct iommufdx_domain *b;
	long pages;

	start();
	b = fdx_domain_alloc(&dev, &req);
	REQUIRE(!IS_ERR(b));
	stall(true);
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, NULL), 0);
	pages = shim_pages_in_use();
	fdx_domain_free(a);
	CHECK_EQ(shim_pages_in_use(), pages);
	stall(false);

	/* Whichever is the next to ask settles it for all. */
	b->owed = true;
	CHECK_EQ(fdx_domain_settle(b), 0);
	CHECK(shim_pages_in_use() < pages);
	fdx_domain_free(b);
	stop();
}

static void removal_ends_quarantine(void)
{
	long pages;

	start();
	stall(true);
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, NULL), 0);
	pages = shim_pages_in_use();
	fdx_domain_free(a);
	CHECK_EQ(shim_pages_in_use(), pages);
	fdx_iommu_owes_nothing(&m.iommu);
	CHECK(shim_pages_in_use() < pages);
	stall(false);
	stop();
}

/* Its backend's own part is being freed, or is free. */
static void what_is_removed_is_not_asked(void)
{
	start();
	stall(true);
	CHECK_EQ(attach(&dev, IOMMUFDX_NO_PASID, NULL), 0);
	stall(false);

	down_write(&m.iommu.live);
	CHECK_EQ(fdx_domain_settle(a), -EIO);
	up_write(&m.iommu.live);
	m.iommu.gone = true;
	CHECK_EQ(fdx_domain_settle(a), -EIO);
	CHECK(a->owed);
	m.iommu.gone = false;
	CHECK_EQ(fdx_domain_settle(a), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	fdx_domain_free(a);
	stop();
}

int main(void)
{
	TAP_RUN(acknowledged_detach_owes_nothing);
	TAP_RUN(silent_hardware_owes_until_it_answers);
	TAP_RUN(tables_wait_in_quarantine);
	TAP_RUN(removal_ends_quarantine);
	TAP_RUN(what_is_removed_is_not_asked);
	return tap_done();
}
