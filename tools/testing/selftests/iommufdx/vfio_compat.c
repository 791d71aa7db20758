// SPDX-License-Identifier: GPL-2.0-only
/*
 * The type1 container ioctls on an iommufd, with a device whose DMA shows what
 * they did.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>

#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define LEN	(64 * PAGE)

FIXTURE(compat) {
	struct rig r;
	char *mem;
	int fd;
};

FIXTURE_SETUP(compat)
{
	struct iommu_vfio_ioas set = {
		.size = sizeof(set),
		.op = IOMMU_VFIO_IOAS_SET,
	};

	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	self->fd = iommufdx_fd(self->r.iommu);
	set.ioas_id = self->r.ioas;
	ASSERT_EQ(0, ioctl(self->fd, IOMMU_VFIO_IOAS, &set));
}

FIXTURE_TEARDOWN(compat)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int map_dma_as(int fd, void *mem, size_t len, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)mem,
		.iova = IOVA,
		.size = len,
	};

	return ioctl(fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int map_dma(int fd, void *mem, size_t len)
{
	return map_dma_as(fd, mem, len, VFIO_DMA_MAP_FLAG_READ |
					VFIO_DMA_MAP_FLAG_WRITE);
}

/* Bytes unmapped, or -errno. */
static long unmap_dma(int fd, uint64_t iova, uint64_t len)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = len,
	};

	return ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : unmap.size;
}

TEST_F(compat, type1v2_unmaps_whole_mappings)
{
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_dma(self->fd, self->mem, LEN));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 3 * PAGE, "x", 1, NULL));
	EXPECT_EQ('x', self->mem[3 * PAGE]);
	EXPECT_EQ(-ENOENT, unmap_dma(self->fd, IOVA, PAGE));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
	EXPECT_EQ(LEN, unmap_dma(self->fd, IOVA, LEN));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

TEST_F(compat, type1_unmaps_in_the_middle)
{
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_dma(self->fd, self->mem, LEN));
	EXPECT_EQ(2 * PAGE, unmap_dma(self->fd, IOVA + 8 * PAGE, 2 * PAGE));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA + 7 * PAGE));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA + 8 * PAGE));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA + 9 * PAGE));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA + 10 * PAGE));
	EXPECT_EQ(LEN - 2 * PAGE, unmap_dma(self->fd, IOVA, LEN));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

TEST_F(compat, maps_only_what_can_be_read_or_written)
{
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(-EINVAL, map_dma_as(self->fd, self->mem, LEN, 0));
	EXPECT_EQ(0, unmap_dma(self->fd, IOVA, LEN));
	EXPECT_EQ(0, map_dma_as(self->fd, self->mem, LEN,
				VFIO_DMA_MAP_FLAG_READ));
	EXPECT_EQ(LEN, unmap_dma(self->fd, IOVA, LEN));
}

TEST_F(compat, info_lists_what_can_be_mapped)
{
	struct {
		struct vfio_iommu_type1_info info;
		char caps[1024];
	} buf = { .info.argsz = sizeof(buf.info) };
	struct vfio_iommu_type1_info_cap_iova_range *ranges = NULL;
	uint32_t at;

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, ioctl(self->fd, VFIO_IOMMU_GET_INFO, &buf));
	EXPECT_LT(sizeof(buf.info), buf.info.argsz);
	EXPECT_EQ(0, buf.info.cap_offset);
	EXPECT_NE(0, buf.info.iova_pgsizes & PAGE);

	ASSERT_GE(sizeof(buf), buf.info.argsz);
	ASSERT_EQ(0, ioctl(self->fd, VFIO_IOMMU_GET_INFO, &buf));
	for (at = buf.info.cap_offset; at;) {
		struct vfio_info_cap_header *cap = (void *)((char *)&buf + at);

		ASSERT_GE(sizeof(buf) - sizeof(*cap), at);
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			ranges = (void *)cap;
		at = cap->next;
	}
	ASSERT_NE(NULL, ranges);
	EXPECT_LE(2, ranges->nr_iovas);
	EXPECT_EQ(0, ranges->iova_ranges[0].start);
}

TEST_F(compat, nothing_without_an_address_space)
{
	struct iommu_vfio_ioas clear = {
		.size = sizeof(clear),
		.op = IOMMU_VFIO_IOAS_CLEAR,
	};

	EXPECT_EQ(VFIO_API_VERSION, ioctl(self->fd, VFIO_GET_API_VERSION));
	EXPECT_EQ(1, ioctl(self->fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(0, ioctl(self->fd, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_IOMMU));
	ASSERT_EQ(0, ioctl(self->fd, IOMMU_VFIO_IOAS, &clear));
	EXPECT_EQ(-ENODEV, map_dma(self->fd, self->mem, LEN));
	EXPECT_EQ(-ENODEV, unmap_dma(self->fd, IOVA, LEN));
	EXPECT_EQ(-1, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(ENODEV, errno);
}

TEST_HARNESS_MAIN
