// SPDX-License-Identifier: GPL-2.0-only
/* An attach that answers EINVAL says why in the tracepoint. */
#include "kselftest_harness.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define TRACING	"/sys/kernel/tracing/"
#define EVENT	TRACING "events/iommufdx/iommufdx_attach_refused/enable"

FIXTURE(attach_refused) {
	struct rig r;
	struct iommufdx_device *other;
	uint32_t other_id;
};

static int put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	int rc;

	if (!f)
		return -errno;
	rc = fputs(text, f) < 0 ? -EIO : 0;
	return fclose(f) ? -errno : rc;
}

FIXTURE_SETUP(attach_refused)
{
	const struct iommufdx_mock_iommu_config smmu = {
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
		.caps = IOMMUFDX_MOCK_CAPS_ANY,
	}, poor = {
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
	};
	struct iommufdx_mock_dev_config config = { .rid = RIG_RID };
	uint32_t id;

	mount("tracefs", TRACING, "tracefs", 0, NULL);
	/*
	 * The names of tasks are not looked at. To record them is to patch the
	 * scheduler's own code, which QEMU without KVM does not survive on two
	 * processors ("Oops: int3" in ttwu_do_activate(), once in 100 times).
	 */
	put(TRACING "options/record-cmd", "0");
	if (put(EVENT, "1"))
		SKIP(return, "no tracefs, or not root");
	ASSERT_EQ(0, rig_make(&self->r, &smmu));
	ASSERT_EQ(0, iommufdx_mock_iommu_add(self->r.mock, &poor,
					     &config.iommu));
	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, id, &self->other));
	ASSERT_EQ(0, iommufdx_device_bind(self->other, self->r.iommu,
					  &self->other_id));
}

FIXTURE_TEARDOWN(attach_refused)
{
	put(EVENT, "0");
	iommufdx_device_close(self->other);
	rig_break(&self->r);
}

/* Is @text in the trace since it was cleared? Clears it. */
static bool traced(const char *text)
{
	FILE *f = fopen(TRACING "trace", "r");
	bool found = false;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "iommufdx_attach_refused:") &&
		    strstr(line, text))
			found = true;
	if (f)
		fclose(f);
	put(TRACING "trace", "");
	return found;
}

static uint32_t make(struct rig *r, uint32_t dev_id,
		     struct iommufdx_hwpt_request want)
{
	struct iommufdx_hwpt_choice got = {};

	iommufdx_hwpt_request(r->iommu, dev_id, r->ioas, &want, &got);
	return got.hwpt;
}

TEST_F(attach_refused, dirty_tracking)
{
	uint32_t hwpt = make(&self->r, self->r.dev_id,
			     (struct iommufdx_hwpt_request){
		.flags = IOMMUFDX_HWPT_DIRTY_TRACKING,
	});

	ASSERT_NE(0, hwpt);
	traced("");
	EXPECT_EQ(-EINVAL, iommufdx_device_attach(self->other, &hwpt));
	EXPECT_TRUE(traced(": dirty tracking"));
	EXPECT_EQ(0, iommufdx_device_attach(self->r.dev, &hwpt));
	EXPECT_FALSE(traced(""));
}

TEST_F(attach_refused, other_kind_of_iommu)
{
	const struct iommufdx_mock_iommu_config amd = {
		.kind = IOMMUFDX_MOCK_KIND_AMD,
		.caps = IOMMUFDX_MOCK_CAPS_ANY,
	};
	struct iommufdx_mock_dev_config config = { .rid = RIG_RID };
	uint32_t id, hwpt = make(&self->r, self->r.dev_id,
				 (struct iommufdx_hwpt_request){});
	struct iommufdx_device *dev;

	ASSERT_NE(0, hwpt);
	ASSERT_EQ(0, iommufdx_mock_iommu_add(self->r.mock, &amd, &config.iommu));
	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, id, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
	traced("");
	EXPECT_EQ(-EINVAL, iommufdx_device_attach(dev, &hwpt));
	EXPECT_TRUE(traced(": other kind of IOMMU"));
	iommufdx_device_close(dev);
}

TEST_F(attach_refused, pasid)
{
	uint32_t plain = make(&self->r, self->r.dev_id,
			      (struct iommufdx_hwpt_request){
		.flags = IOMMUFDX_HWPT_NO_PASID,
	});
	uint32_t pasid = make(&self->r, self->r.dev_id,
			      (struct iommufdx_hwpt_request){
		.flags = IOMMUFDX_HWPT_PASID,
	});
	uint32_t pt_id = plain;

	ASSERT_NE(0, plain);
	ASSERT_NE(0, pasid);
	traced("");
	EXPECT_EQ(-EINVAL, iommufdx_device_attach_pasid(self->r.dev, 5, &pt_id));
	EXPECT_TRUE(traced("pasid=5"));
	EXPECT_EQ(-EINVAL, iommufdx_device_attach_pasid(self->r.dev, 5, &pt_id));
	EXPECT_TRUE(traced(": HWPT was not made for PASIDs\n"));
	/* The rig's device has none. */
	pt_id = pasid;
	EXPECT_EQ(-EINVAL, iommufdx_device_attach_pasid(self->r.dev, 5, &pt_id));
	EXPECT_TRUE(traced(": device has no such PASID"));
}

TEST_F(attach_refused, addresses_of_a_process)
{
	/* Without an ATC it stalls at what is not there. */
	struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = RIG_RID + 1,
		.pasid_bits = 8,
	};
	struct iommufdx_device *dev;
	uint32_t id, hwpt;

	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, id, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
	ASSERT_EQ(0, iommufdx_hwpt_sva(self->r.iommu, id, &hwpt, NULL));
	traced("");
	EXPECT_EQ(-EINVAL, iommufdx_device_attach(dev, &hwpt));
	EXPECT_TRUE(traced(": a process's addresses are for PASIDs"));
	iommufdx_device_close(dev);
}

TEST_HARNESS_MAIN
