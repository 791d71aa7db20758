// SPDX-License-Identifier: GPL-2.0-only
/* The test ioctl of Linux's iommufd selftests: dispatch of its operations. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/nospec.h>

#include "selftest_mock.h"

/* The least that could hold one entry of a batch of PFNs. */
#define SELFTEST_MIN_LIMIT	(sizeof(u64) + sizeof(u32))

/*
 * Linux shrinks its batches of PFNs to make tests meet their ends often. Ours
 * are lists of runs whose size is part of no contract, so any sensible limit is
 * taken and none is needed.
 */
static int selftest_memory_limit(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;

	return cmd->memory_limit.limit < SELFTEST_MIN_LIMIT ? -EINVAL : 0;
}

static int (*const selftest_ops[])(struct fdx_ucmd *ucmd) = {
	[IOMMU_TEST_OP_ADD_RESERVED] = selftest_add_reserved,
	[IOMMU_TEST_OP_MOCK_DOMAIN] = selftest_mock_domain,
	[IOMMU_TEST_OP_MD_CHECK_MAP] = selftest_check_map,
	[IOMMU_TEST_OP_MD_CHECK_REFS] = selftest_check_refs,
	[IOMMU_TEST_OP_CREATE_ACCESS] = selftest_create_access,
	[IOMMU_TEST_OP_DESTROY_ACCESS_PAGES] = selftest_destroy_access_pages,
	[IOMMU_TEST_OP_ACCESS_PAGES] = selftest_access_pages,
	[IOMMU_TEST_OP_ACCESS_RW] = selftest_access_rw,
	[IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT] = selftest_memory_limit,
	[IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE] = selftest_mock_domain_replace,
	[IOMMU_TEST_OP_ACCESS_REPLACE_IOAS] = selftest_access_replace_ioas,
	[IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS] = selftest_mock_domain_flags,
	[IOMMU_TEST_OP_DIRTY] = selftest_dirty,
	[IOMMU_TEST_OP_MD_CHECK_IOTLB] = selftest_check_iotlb,
	[IOMMU_TEST_OP_TRIGGER_IOPF] = selftest_trigger_iopf,
	[IOMMU_TEST_OP_DEV_CHECK_CACHE] = selftest_dev_check_cache,
	[IOMMU_TEST_OP_TRIGGER_VEVENT] = selftest_trigger_vevent,
	[IOMMU_TEST_OP_PASID_ATTACH] = selftest_pasid_attach,
	[IOMMU_TEST_OP_PASID_REPLACE] = selftest_pasid_replace,
	[IOMMU_TEST_OP_PASID_DETACH] = selftest_pasid_detach,
	[IOMMU_TEST_OP_PASID_CHECK_HWPT] = selftest_pasid_check_hwpt,
	[IOMMU_TEST_OP_DMABUF_GET] = selftest_dmabuf_get,
	[IOMMU_TEST_OP_DMABUF_REVOKE] = selftest_dmabuf_revoke,
};

static int selftest_execute(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 op = cmd->op;

	if (op >= ARRAY_SIZE(selftest_ops))
		return -EOPNOTSUPP;
	op = array_index_nospec(op, ARRAY_SIZE(selftest_ops));
	return selftest_ops[op] ? selftest_ops[op](ucmd) : -EOPNOTSUPP;
}

static const struct fdx_ioctl selftest_ioctl = {
	.cmd = IOMMU_TEST_CMD,
	.size = sizeof(struct iommu_test_cmd),
	.min_size = offsetofend(struct iommu_test_cmd, last),
	.execute = selftest_execute,
	.owner = THIS_MODULE,
};

int __init selftest_init(void)
{
	int rc;

	rc = selftest_iommu_init();
	if (rc)
		return rc;
	selftest_dmabuf_init();
	rc = fdx_ioctl_register(&selftest_ioctl);
	if (rc) {
		selftest_dmabuf_exit();
		selftest_iommu_exit();
	}
	return rc;
}

void selftest_exit(void)
{
	fdx_ioctl_unregister(&selftest_ioctl);
	selftest_dmabuf_exit();
	selftest_iommu_exit();
}
