// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that somebody uses cannot be removed.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <fcntl.h>
#include <sys/syscall.h>

static int remove_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

static long users(const char *name)
{
	char path[64];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	f = fopen(path, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

FIXTURE(module) {
	long core, backend, model;
};

FIXTURE_SETUP(module)
{
	self->core = users("iommufdx");
	self->backend = users(rig_vendor()->module);
	self->model = users("iommufdx_model");
	if (self->core < 0 || self->backend < 0 || self->model < 0)
		SKIP(return, "not built as modules");
}

FIXTURE_TEARDOWN(module)
{
	/* Whoever had a hold on them has let go. */
	EXPECT_EQ(self->core, users("iommufdx"));
	EXPECT_EQ(self->backend, users(rig_vendor()->module));
	EXPECT_EQ(self->model, users("iommufdx_model"));
}

TEST_F(module, open_iommufd)
{
	struct iommufdx *iommu;

	ASSERT_EQ(0, iommufdx_open(NULL, &iommu));
	EXPECT_EQ(self->core + 1, users("iommufdx"));
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx"));
	iommufdx_close(iommu);
}

TEST_F(module, open_control)
{
	struct iommufdx_mock *mock;

	ASSERT_EQ(0, iommufdx_mock_open(NULL, &mock));
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx_model"));
	iommufdx_mock_close(mock);
}

TEST_F(module, device_at_work)
{
	char *mem = mem_get(PAGE);
	struct rig r;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, rig_make(&r, NULL));
	ASSERT_EQ(0, rig_attach(&r));
	ASSERT_EQ(0, map_at(&r, mem, PAGE, MB, RW));
	ASSERT_EQ(0, dma_storm(&r, 0, MB, PAGE, 0));
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx"));
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx_model"));
	/* An IOMMU keeps its backend. */
	EXPECT_LT(self->backend, users(rig_vendor()->module));
	EXPECT_EQ(EWOULDBLOCK, remove_module(rig_vendor()->module));
	EXPECT_EQ(0, dma_probe(&r, MB));
	rig_break(&r);
	mem_put(mem, PAGE);
}

/* The iommufd alone, kept by a device that is bound to it. */
TEST_F(module, only_the_device_is_left)
{
	struct rig r;

	ASSERT_EQ(0, rig_make(&r, NULL));
	iommufdx_close(r.iommu);
	r.iommu = NULL;
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx"));
	EXPECT_EQ(EWOULDBLOCK, remove_module("iommufdx_model"));
	rig_break(&r);
}

TEST_HARNESS_MAIN
