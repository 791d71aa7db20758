// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that no IOMMU stands before, and IOMMU_IOAS_NOIOMMU_GET_PA. The oracle
 * is /proc/self/pagemap.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/capability.h>

#define IOVA	0x40000000ull
#define PAGES	64
#define LEN	(PAGES * PAGE)

FIXTURE(noiommu) {
	struct rig r;
	char *mem;
};

FIXTURE_SETUP(noiommu)
{
	static const struct iommufdx_mock_iommu_config none = {
		.kind = IOMMUFDX_MOCK_KIND_NONE,
		.caps = ~0u,
	};

	ASSERT_EQ(0, rig_make(&self->r, &none));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(noiommu)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int get_pa(struct rig *r, uint64_t iova, uint64_t *length, uint64_t *pa)
{
	struct iommu_ioas_noiommu_get_pa cmd = {
		.size = sizeof(cmd),
		.ioas_id = r->ioas,
		.iova = iova,
		.length = *length,
	};

	if (ioctl(iommufdx_fd(r->iommu), IOMMU_IOAS_NOIOMMU_GET_PA, &cmd))
		return -errno;
	*length = cmd.length;
	*pa = cmd.out_phys;
	return 0;
}

/* Where a page of this process is, by the kernel's own word. */
static uint64_t pagemap(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;
	off_t at = (uintptr_t)p / PAGE * sizeof(entry);

	if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		entry = 0;
	close(fd);
	return (entry & ((1ull << 55) - 1)) * PAGE;
}

/* Physically contiguous bytes from @offset to the end, by pagemap. */
static uint64_t contiguous(const char *mem, size_t offset)
{
	uint64_t n = PAGE - offset % PAGE;

	while (offset + n < LEN &&
	       pagemap(mem + offset + n) == pagemap(mem + offset + n - 1) + PAGE)
		n += PAGE;
	return n;
}

TEST_F(noiommu, every_page_is_where_the_kernel_says)
{
	uint64_t length, pa;

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	for (size_t at = 0; at < LEN; at += PAGE) {
		length = LEN - at;
		ASSERT_EQ(0, get_pa(&self->r, IOVA + at, &length, &pa));
		EXPECT_EQ(pagemap(self->mem + at), pa);
		EXPECT_EQ(contiguous(self->mem, at), length);
	}
	length = UINT64_MAX;
	ASSERT_EQ(0, get_pa(&self->r, IOVA + 5 * PAGE + 7, &length, &pa));
	EXPECT_EQ(pagemap(self->mem + 5 * PAGE) + 7, pa);
	EXPECT_EQ(contiguous(self->mem, 5 * PAGE + 7), length);
	length = 3;
	ASSERT_EQ(0, get_pa(&self->r, IOVA + LEN - 2, &length, &pa));
	EXPECT_EQ(2, length);
}

TEST_F(noiommu, dma_goes_to_physical_addresses)
{
	uint64_t length = PAGE, pa;

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, get_pa(&self->r, IOVA + PAGE, &length, &pa));
	ASSERT_EQ(0, dma_write(&self->r, pa, "physical", 8, NULL));
	EXPECT_EQ(0, memcmp(self->mem + PAGE, "physical", 8));
	/* What nobody pinned is not touched even so. */
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_EQ(-EIO, dma_write(&self->r, pa, "nothing.", 8, NULL));
	EXPECT_EQ(0, memcmp(self->mem + PAGE, "physical", 8));
}

TEST_F(noiommu, bad_input)
{
	struct iommu_ioas_noiommu_get_pa cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->r.ioas,
		.iova = IOVA,
		.length = PAGE,
	};
	int fd = iommufdx_fd(self->r.iommu);
	uint64_t length = PAGE, pa;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	/* No device of this kind is attached. */
	EXPECT_EQ(-EOPNOTSUPP, get_pa(&self->r, IOVA, &length, &pa));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ(-ENOENT, get_pa(&self->r, IOVA - 1, &length, &pa));
	EXPECT_EQ(-ENOENT, get_pa(&self->r, IOVA + LEN, &length, &pa));
	EXPECT_EQ(-EOVERFLOW, get_pa(&self->r, UINT64_MAX, &length, &pa));
	length = 0;
	EXPECT_EQ(-EINVAL, get_pa(&self->r, IOVA, &length, &pa));

	cmd.flags = 1;
	EXPECT_EQ(-1, ioctl(fd, IOMMU_IOAS_NOIOMMU_GET_PA, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.flags = 0;
	cmd.__reserved = 1;
	EXPECT_EQ(-1, ioctl(fd, IOMMU_IOAS_NOIOMMU_GET_PA, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.__reserved = 0;
	cmd.ioas_id = self->r.dev_id;
	EXPECT_EQ(-1, ioctl(fd, IOMMU_IOAS_NOIOMMU_GET_PA, &cmd));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(noiommu, nothing_else_of_an_iommu)
{
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = self->r.dev_id,
	};
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = IOMMU_HWPT_ALLOC_NEST_PARENT,
		.dev_id = self->r.dev_id,
		.pt_id = self->r.ioas,
	};
	int fd = iommufdx_fd(self->r.iommu);

	EXPECT_EQ(-1, ioctl(fd, IOMMU_GET_HW_INFO, &info));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, ioctl(fd, IOMMU_HWPT_ALLOC, &alloc));
	EXPECT_EQ(EOPNOTSUPP, errno);
	alloc.flags = IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
	EXPECT_EQ(-1, ioctl(fd, IOMMU_HWPT_ALLOC, &alloc));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

/* Without CAP_SYS_RAWIO there is neither the device nor the lookup. */
TEST_F(noiommu, is_privileged)
{
	static const struct iommufdx_mock_iommu_config none = {
		.kind = IOMMUFDX_MOCK_KIND_NONE,
		.caps = ~0u,
	};
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = {};
	uint64_t length = PAGE, pa;
	uint32_t id;
	pid_t pid;
	int status;

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (syscall(SYS_capset, &head, caps))
			_exit(1);
		if (get_pa(&self->r, IOVA, &length, &pa) != -EPERM)
			_exit(2);
		if (iommufdx_mock_iommu_add(self->r.mock, &none, &id) != -EPERM)
			_exit(3);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
