// SPDX-License-Identifier: GPL-2.0-only
/* A master that is in no domain and passes through, whatever its IOMMU's vendor. */
#include <linux/err.h>
#include <linux/string.h>
#include "core/domain.h"
#include "rig.h"

#define IOVA		0x40000000ULL
#define NO_PASID	IOMMUFDX_NO_PASID

static struct machine m;
static struct iommufdx_master dev, other;
static struct model_atc *atc;
static u64 pa;

static void start(u32 caps)
{
	REQUIRE(machine_start(&m, 0, caps) == 0);
	memset(&dev, 0, sizeof(dev));
	dev.dev_ats = true;
	dev.max_pasid_bits = 8;
	REQUIRE(master_add(&m, &dev, 0x10) == 0);
	CHECK(dev.caps & IOMMUFDX_CAP_PASS_THROUGH);
	master_start(&m, &other, 0x18);
	atc = NULL;
	if (caps & MODEL_CAP_ATS) {
		atc = model_atc_create(m.model, dev.rid, 0);
		REQUIRE(!IS_ERR(atc));
	}
	pa = page_make();
}

static void stop(void)
{
	CHECK_EQ(model_check(m.model), 0);
	master_stop(&other);
	master_stop(&dev);
	if (atc)
		model_atc_destroy(atc);
	machine_stop(&m);
	page_drop(pa);
}

static int pass(bool on)
{
	return rig_ops->pass_through(&dev, on);
}

/* Does what the device does to physical addresses arrive, by its cache, too? */
static bool arrives(void)
{
	u64 val = 0;
	int rc = dma_write(&dev, NO_PASID, pa, 0x55);
	bool got = !rc && *page_at(pa) == 0x55;

	CHECK(got || rc == -EFAULT);
	*page_at(pa) = 0x66;
	rc = dma_read(&dev, NO_PASID, pa, &val);
	CHECK(got ? !rc && val == 0x66 : rc == -EFAULT);
	/* Some hardware fills no cache with what is not translated. */
	if (atc)
		CHECK(atc_write(atc, NO_PASID, pa, 0x77) || got);
	if (dev.caps & IOMMUFDX_CAP_PASID)
		CHECK_EQ(dma_write(&dev, 1, pa, 0x88), -EFAULT);
	CHECK(*page_at(pa) != 0x88);
	CHECK(got || *page_at(pa) == 0x66);
	CHECK_EQ(dma_write(&other, NO_PASID, pa, 1), -EFAULT);
	return got;
}

static void on_and_off(u32 caps)
{
	start(caps);
	CHECK(!arrives());
	CHECK_EQ(pass(false), 0);
	CHECK(!arrives());
	CHECK_EQ(pass(true), 0);
	CHECK_EQ(pass(true), 0);
	CHECK(arrives());
	CHECK_EQ(pass(false), 0);
	CHECK_EQ(pass(false), 0);
	CHECK(!arrives());
	stop();
}

static void passes_while_told_to(void)
{
	on_and_off(0);
	on_and_off(MODEL_CAP_ANY);
}

static void domains_come_and_go(u32 caps)
{
	const struct iommufdx_domain_req req = {};
	struct iommufdx_domain *a;
	int i;

	start(caps);
	a = fdx_domain_alloc(&dev, &req);
	REQUIRE(!IS_ERR(a));
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(pass(true), 0);
		CHECK(arrives());
		CHECK_EQ(pass(false), 0);
		CHECK_EQ(attach(&dev, NO_PASID, a), 0);
		CHECK(!arrives());
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, i), 0);
		CHECK_EQ(*page_at(pa), i);
		if (atc)
			CHECK_EQ(atc_write(atc, NO_PASID, IOVA, i), 0);
		CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
		CHECK(!arrives());
		if (atc)
			CHECK(atc_write(atc, NO_PASID, IOVA, 0x99));
	}
	CHECK(*page_at(pa) != 0x99);
	fdx_domain_free(a);
	stop();
}

static void nothing_is_left_of_a_domain_nor_of_passing(void)
{
	domains_come_and_go(0);
	domains_come_and_go(MODEL_CAP_ANY);
}

static void silent_hardware(void)
{
	start(MODEL_CAP_ANY);
	shim_quiet(true);
	machine_stall(&m, true);
	CHECK_EQ(pass(true), -ETIMEDOUT);
	machine_stall(&m, false);
	CHECK_EQ(m.iommu.ops->forget_all(&m.iommu), 0);
	CHECK(!arrives());

	CHECK_EQ(pass(true), 0);
	CHECK(arrives());
	machine_stall(&m, true);
	CHECK_EQ(pass(false), -ETIMEDOUT);
	iommufdx_owe(NULL, &m.iommu);
	CHECK_EQ(fdx_iommu_settle(&m.iommu), -ETIMEDOUT);
	machine_stall(&m, false);
	shim_quiet(false);
	CHECK_EQ(fdx_iommu_settle(&m.iommu), 0);
	CHECK(!arrives());
	stop();
}

int main(void)
{
	TAP_RUN(passes_while_told_to);
	TAP_RUN(nothing_is_left_of_a_domain_nor_of_passing);
	TAP_RUN(silent_hardware);
	return tap_done();
}
