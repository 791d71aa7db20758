// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameter that names /dev/iommu's node: which names it takes.
 *
 * The modules are taken out for that and put in again, so this runs only where
 * nobody else needs them: in the virtual machine of the tests, which keeps them in
 * MODULES.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MODULES "/lib/iommufdx"

/* In the order in which they can be loaded. */
static const char * const modules[] = {
	"iommufdx", "iommufdx_amd", "iommufdx_vtd", "iommufdx_smmuv3",
	"iommufdx_model",
};

#define NR_MODULES ((int)ARRAY_SIZE(modules))

static int load(const char *name, const char *params)
{
	char path[64];
	int fd, rc;

	snprintf(path, sizeof(path), MODULES "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return rc;
}

static int unload(const char *name)
{
	int rc = -EWOULDBLOCK;

	/* The last user may let go a moment after it has ended. */
	for (int ms = 0; ms < 30000 && rc == -EWOULDBLOCK; ms += 20) {
		rc = syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
		if (rc == -EWOULDBLOCK)
			usleep(20000);
	}
	return rc;
}

static int load_rest(void)
{
	int rc = 0;

	for (int i = 1; !rc && i < NR_MODULES; i++)
		rc = load(modules[i], "");
	return rc;
}

static int unload_all(void)
{
	int rc = 0;

	for (int i = NR_MODULES - 1; !rc && i >= 0; i--)
		rc = unload(modules[i]);
	return rc;
}

static bool is_node(const char *path)
{
	struct stat s;

	return !stat(path, &s) && S_ISCHR(s.st_mode);
}

FIXTURE(node_name) {
};

FIXTURE_SETUP(node_name)
{
	if (access(MODULES "/iommufdx.ko", R_OK) ||
	    access(MODULES "/iommufdx_model.ko", R_OK))
		SKIP(return, "not where modules can be taken out");
	ASSERT_EQ(0, unload_all());
}

FIXTURE_TEARDOWN(node_name)
{
	EXPECT_EQ(0, load("iommufdx", ""));
	EXPECT_EQ(0, load_rest());
	EXPECT_TRUE(is_node("/dev/iommu"));
}

TEST_F(node_name, what_cannot_be_a_node)
{
	EXPECT_EQ(-EINVAL, load("iommufdx", "node="));
	EXPECT_EQ(-EINVAL, load("iommufdx", "node=a/b"));
	EXPECT_EQ(-EINVAL, load("iommufdx", "node=.."));
}

/* The mock devices are below /dev/iommufdx, and could not be there any more. */
TEST_F(node_name, what_mock_devices_have)
{
	EXPECT_EQ(-EINVAL, load("iommufdx", "node=iommufdx"));
	EXPECT_FALSE(is_node("/dev/iommufdx"));
	EXPECT_EQ(-EINVAL, load("iommufdx", "node=iommufdx-mock"));
	EXPECT_FALSE(is_node("/dev/iommufdx-mock"));
}

TEST_F(node_name, another_one)
{
	ASSERT_EQ(0, load("iommufdx", "node=iommufdx0"));
	EXPECT_EQ(0, load_rest());
	EXPECT_TRUE(is_node("/dev/iommufdx0"));
	EXPECT_FALSE(is_node("/dev/iommu"));
	EXPECT_TRUE(is_node("/dev/iommufdx-mock"));
	EXPECT_EQ(0, unload_all());
}

TEST_HARNESS_MAIN
