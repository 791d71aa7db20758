// SPDX-License-Identifier: GPL-2.0-only
/* Module initialisation of the software IOMMUs and mock devices. */
#include <linux/init.h>
#include <linux/module.h>

#include "mock.h"
#include "selftest_mock.h"

static int __init mock_init(void)
{
	int ret;

	ret = mock_iommu_init();
	if (ret)
		return ret;
	ret = mock_engine_init();
	if (ret)
		goto err_iommu;
	ret = mock_device_init();
	if (ret)
		goto err_engine;
	ret = mock_control_init();
	if (ret)
		goto err_device;
	ret = selftest_init();
	if (ret)
		goto err_control;
	return 0;

err_control:
	mock_control_exit();
err_device:
	mock_device_exit();
err_engine:
	mock_engine_exit();
err_iommu:
	mock_iommu_exit();
	return ret;
}

static void __exit mock_exit(void)
{
	selftest_exit();
	mock_control_exit();
	mock_device_exit();
	mock_engine_exit();
	mock_iommu_exit();
}

module_init(mock_init);
module_exit(mock_exit);

MODULE_DESCRIPTION("Software IOMMUs and mock devices for iommufdx");
MODULE_LICENSE("GPL");
