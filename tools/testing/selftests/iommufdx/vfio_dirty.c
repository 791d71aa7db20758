// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking through the type1 container ioctls: what VFIO documents, with a
 * device that really writes.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>

#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define PAGES	128
#define LEN	(PAGES * PAGE)

FIXTURE(vfio_dirty) {
	struct rig r;
	char *mem;
	uint64_t bits[2];
	int fd;
};

static int map_dma(int fd, void *mem, uint64_t iova, size_t len)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)mem,
		.iova = iova,
		.size = len,
	};

	return ioctl(fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int dirty_pages(int fd, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = flags,
	};

	return ioctl(fd, VFIO_IOMMU_DIRTY_PAGES, &dirty) ? -errno : 0;
}

/* struct vfio_iommu_type1_dirty_bitmap and its data. */
struct get {
	uint32_t argsz;
	uint32_t flags;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

static struct get get_of(uint64_t iova, uint64_t len, uint64_t *bits)
{
	return (struct get){
		.argsz = sizeof(struct get),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get = {
			.iova = iova,
			.size = len,
			.bitmap = {
				.pgsize = PAGE,
				.size = 16,
				.data = (void *)bits,
			},
		},
	};
}

static int get(int fd, struct get get)
{
	return ioctl(fd, VFIO_IOMMU_DIRTY_PAGES, &get) ? -errno : 0;
}

/* The next bitmap says that all was written to, the one after it says nothing. */
#define EXPECT_ALL_WRITTEN_ONCE() do {					\
	ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));	\
	EXPECT_EQ(~0ull, self->bits[0] & self->bits[1]);		\
	memset(self->bits, 0, 16);					\
	ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));	\
	EXPECT_EQ(0, self->bits[0] | self->bits[1]);			\
} while (0)

/* struct vfio_iommu_type1_dma_unmap and its data. */
struct unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t iova;
	uint64_t size;
	struct vfio_bitmap bitmap;
};

static struct unmap unmap_of(uint64_t iova, uint64_t len, uint64_t *bits)
{
	return (struct unmap){
		.argsz = sizeof(struct unmap),
		.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
		.iova = iova,
		.size = len,
		.bitmap = {
			.pgsize = PAGE,
			.size = 16,
			.data = (void *)bits,
		},
	};
}

static long unmap(int fd, struct unmap unmap)
{
	return ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno :
							 unmap.size;
}

FIXTURE_SETUP(vfio_dirty)
{
	struct iommu_vfio_ioas set = {
		.size = sizeof(set),
		.op = IOMMU_VFIO_IOAS_SET,
	};
	uint32_t pt_id;

	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	self->fd = iommufdx_fd(self->r.iommu);
	set.ioas_id = self->r.ioas;
	ASSERT_EQ(0, ioctl(self->fd, IOMMU_VFIO_IOAS, &set));
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	/* Leaves of one page, whatever memory there is. */
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 0));
	/* To the address space itself, as VFIO does, whatever table that makes. */
	pt_id = self->r.ioas;
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	ASSERT_EQ(0, map_dma(self->fd, self->mem, IOVA, LEN));
}

FIXTURE_TEARDOWN(vfio_dirty)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int write_page(struct rig *r, unsigned int page)
{
	return dma_write(r, IOVA + page * PAGE, "w", 1, NULL);
}

TEST_F(vfio_dirty, start_get_unmap_stop)
{
	ASSERT_EQ(0, write_page(&self->r, 1));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	EXPECT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 3));
	ASSERT_EQ(0, write_page(&self->r, 127));
	ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(1ull << 3, self->bits[0]);
	EXPECT_EQ(1ull << 63, self->bits[1]);
	memset(self->bits, 0, 16);
	ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(0, self->bits[0] | self->bits[1]);
	ASSERT_EQ(0, write_page(&self->r, 64));
	EXPECT_EQ(LEN, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(0, self->bits[0]);
	EXPECT_EQ(1, self->bits[1]);
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(0, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
	EXPECT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
}

TEST_F(vfio_dirty, what_vfio_refuses)
{
	struct get g;
	struct unmap u;

	/* Nothing is logged yet. */
	EXPECT_EQ(-EINVAL, get(self->fd, get_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(-EINVAL, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	EXPECT_EQ(-EINVAL, dirty_pages(self->fd, 0));
	EXPECT_EQ(-EINVAL, dirty_pages(self->fd, 3));
	EXPECT_EQ(-EINVAL, dirty_pages(self->fd, 8));
	EXPECT_EQ(-EINVAL, dirty_pages(self->fd,
				VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP));
	ASSERT_EQ(0, write_page(&self->r, 5));
#define EXPECT_GET(want, ...) do {					\
	g = get_of(IOVA, LEN, self->bits);				\
	__VA_ARGS__;							\
	EXPECT_EQ(want, get(self->fd, g)) { TH_LOG(#__VA_ARGS__); }	\
} while (0)
	EXPECT_GET(-EINVAL, g.get.size = 0);
	EXPECT_GET(-EOVERFLOW, g.get.iova = -PAGE);
	EXPECT_GET(-EINVAL, g.get.bitmap.pgsize = 2 * PAGE);
	EXPECT_GET(-EINVAL, g.get.bitmap.pgsize = 0);
	EXPECT_GET(-EINVAL, g.get.iova += 8);
	EXPECT_GET(-EINVAL, g.get.bitmap.size = 8);
	EXPECT_GET(-EINVAL, g.get.bitmap.size = (1ull << 28) + 8);
	/* Mappings are asked for as a whole. */
	EXPECT_GET(-EINVAL, g.get.size -= PAGE);
	EXPECT_GET(-EINVAL, g.get.iova += PAGE; g.get.size -= PAGE);
	EXPECT_GET(-EFAULT, g.get.bitmap.data = NULL);
#define EXPECT_UNMAP(want, ...) do {					\
	u = unmap_of(IOVA, LEN, self->bits);				\
	__VA_ARGS__;							\
	EXPECT_EQ(want, unmap(self->fd, u)) { TH_LOG(#__VA_ARGS__); }	\
} while (0)
	EXPECT_UNMAP(-EINVAL, u.argsz -= 8);
	EXPECT_UNMAP(-EINVAL, u.flags |= VFIO_DMA_UNMAP_FLAG_ALL);
	EXPECT_UNMAP(-EINVAL, u.bitmap.pgsize = 2 * PAGE);
	EXPECT_UNMAP(-EINVAL, u.bitmap.size = 8);
	EXPECT_UNMAP(-EFAULT, u.bitmap.data = NULL);
	/* After all that, nothing is lost. */
	EXPECT_EQ(0, self->bits[0] | self->bits[1]);
	EXPECT_EQ(LEN, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(1ull << 5, self->bits[0]);
}

/* The caller's struct says what it asked for until something was unmapped. */
TEST_F(vfio_dirty, a_refused_unmap_leaves_the_size)
{
	struct unmap u = unmap_of(IOVA, LEN, self->bits);

	EXPECT_EQ(-1, ioctl(self->fd, VFIO_IOMMU_UNMAP_DMA, &u));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(LEN, u.size);
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	u.bitmap.data = NULL;
	EXPECT_EQ(-1, ioctl(self->fd, VFIO_IOMMU_UNMAP_DMA, &u));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(LEN, u.size);
	/* Where nothing may be cut. */
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 1));
	u = unmap_of(IOVA, LEN / 2, self->bits);
	EXPECT_EQ(-1, ioctl(self->fd, VFIO_IOMMU_UNMAP_DMA, &u));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(LEN / 2, u.size);
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
}

/* A table made after the start: all of it counts as written, once. */
TEST_F(vfio_dirty, a_device_that_comes_later)
{
	struct iommufdx_device *dev;
	uint32_t mock_dev, dev_id, pt_id = self->r.ioas, pasid_pt;

	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &pasid_pt));
	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 1, &mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &dev_id));
	pt_id = pasid_pt;
	ASSERT_EQ(0, iommufdx_device_attach(dev, &pt_id));
	EXPECT_ALL_WRITTEN_ONCE();
	iommufdx_device_close(dev);
}

/* A table that went with its last device: what it knew counts as all, once. */
TEST_F(vfio_dirty, a_device_that_leaves)
{
	uint32_t other;

	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &other));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 7));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	EXPECT_ALL_WRITTEN_ONCE();
}

/* The same where no table is left: nobody else knows of it any more. */
TEST_F(vfio_dirty, the_last_device_that_leaves)
{
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 7));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	/* What is asked for elsewhere is not what was lost. */
	ASSERT_EQ(0, get(self->fd, get_of(IOVA + LEN, LEN, self->bits)));
	EXPECT_EQ(0, self->bits[0] | self->bits[1]);
	EXPECT_ALL_WRITTEN_ONCE();
}

TEST_F(vfio_dirty, unmapped_after_the_last_device)
{
	uint64_t half = LEN / 2;

	ASSERT_EQ(0, map_dma(self->fd, self->mem, IOVA + LEN, half));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 7));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	/* Refused, so it is still to be told. */
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 1));
	EXPECT_EQ(-ENOENT, unmap(self->fd, unmap_of(IOVA, half, self->bits)));
	memset(self->bits, 0, 16);
	EXPECT_EQ(LEN, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(~0ull, self->bits[0] & self->bits[1]);
	memset(self->bits, 0, 16);
	/* Holes are clean. */
	EXPECT_EQ(half, unmap(self->fd, unmap_of(IOVA + LEN, LEN, self->bits)));
	EXPECT_EQ(~0ull, self->bits[0]);
	EXPECT_EQ(0, self->bits[1]);
}

/* A start begins clean, whatever was owed before. */
TEST_F(vfio_dirty, started_anew_without_a_device)
{
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 7));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, get(self->fd, get_of(IOVA + LEN, LEN, self->bits)));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	EXPECT_EQ(0, self->bits[0] | self->bits[1]);
}

/* A table made after the start that went before anybody asked: the same. */
TEST_F(vfio_dirty, a_device_that_comes_and_leaves)
{
	struct iommufdx_device *dev;
	uint32_t mock_dev, dev_id, hwpt, pt_id;
	struct iommufdx_mock_dma write = {
		.iommu_id = self->r.mock_iommu,
		.rid = RIG_RID + 1,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = IOVA + 5 * PAGE,
		.length = 1,
		.uptr = (uintptr_t)"w",
	};

	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 1, &mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &dev_id));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, dev_id, self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &hwpt));
	pt_id = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(dev, &pt_id));
	ASSERT_EQ(0, iommufdx_mock_dma(self->r.mock, &write));
	ASSERT_EQ(IOMMUFDX_MOCK_DMA_OK, write.out_status);
	ASSERT_EQ(0, iommufdx_device_detach(dev));
	ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, hwpt));
	EXPECT_ALL_WRITTEN_ONCE();
	iommufdx_device_close(dev);
}

struct latecomer {
	struct rig *r;
	struct iommufdx_device *dev;
	uint32_t dev_id;
	uint32_t hwpt;
	int attached;
	struct iommufdx_mock_dma write;
};

static void *come_late(void *arg)
{
	struct latecomer *late = arg;
	uint32_t pt_id;

	late->attached = iommufdx_hwpt_alloc(late->r->iommu, late->dev_id,
					     late->r->ioas,
					     IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					     &late->hwpt);
	pt_id = late->hwpt;
	if (!late->attached)
		late->attached = iommufdx_device_attach(late->dev, &pt_id);
	late->write.out_status = ~0u;
	iommufdx_mock_dma(late->r->mock, &late->write);
	return NULL;
}

/* A device attached in the middle of an unmap faults, or its write is reported. */
TEST_F(vfio_dirty, a_device_that_comes_in_between)
{
	struct latecomer late = {
		.r = &self->r,
		.write = {
			.iommu_id = self->r.mock_iommu,
			.rid = RIG_RID + 1,
			.op = IOMMUFDX_MOCK_DMA_WRITE,
			.iova = IOVA + 9 * PAGE,
			.length = 1,
			.uptr = (uintptr_t)"w",
		},
	};
	pthread_t thread;
	uint32_t mock_dev;

	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 1, &mock_dev, &late.dev));
	ASSERT_EQ(0, iommufdx_device_bind(late.dev, self->r.iommu, &late.dev_id));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	for (int i = 0; i < 60; i++) {
		memset(self->bits, 0, 16);
		ASSERT_EQ(0, pthread_create(&thread, NULL, come_late, &late));
		EXPECT_EQ(LEN, unmap(self->fd, unmap_of(IOVA, LEN, self->bits)));
		pthread_join(thread, NULL);
		ASSERT_EQ(0, late.attached);
		if (late.write.out_status == IOMMUFDX_MOCK_DMA_OK)
			EXPECT_EQ(1ull << 9, self->bits[0] & 1ull << 9);
		ASSERT_EQ(0, iommufdx_device_detach(late.dev));
		ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, late.hwpt));
		/* What is owed now, is no business of the next round. */
		ASSERT_EQ(0, map_dma(self->fd, self->mem, IOVA, LEN));
		ASSERT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	}
	iommufdx_device_close(late.dev);
}

/* A write through the device's own cache. */
static int cached_write(struct iommufdx_device *dev, unsigned int page)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.ctrl = IOMMUFDX_MOCK_CTRL_ATS,
		.dst = IOVA + page * PAGE,
		.len = 8,
	};
	struct iommufdx_channel_status status;
	int rc = iommufdx_channel_start(dev, 0, &job);

	if (!rc)
		rc = iommufdx_channel_wait(dev, 0, PATIENCE_MS, &status);
	return rc ? rc : status.state == IOMMUFDX_MOCK_STATE_DONE ? 0 : -EIO;
}

/* The second of two tables fails: what the first had to say is said again. */
TEST_F(vfio_dirty, one_table_of_two_fails)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = RIG_RID + 8,
		.flags = IOMMUFDX_MOCK_DEV_ATS,
	};
	struct iommufdx_device *dev;
	uint32_t id, dev_id, hwpt;

	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, id, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &dev_id));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, dev_id, self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &hwpt));
	ASSERT_EQ(0, iommufdx_device_attach(dev, &hwpt));
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, write_page(&self->r, 7));
	ASSERT_EQ(0, cached_write(dev, 70));
	ASSERT_EQ(0, iommufdx_mock_knob(self->r.mock, self->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT,
					IOMMUFDX_MOCK_ATC_SILENT));
	EXPECT_GT(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	ASSERT_EQ(0, iommufdx_mock_knob(self->r.mock, self->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT,
					IOMMUFDX_MOCK_ATC_ANSWERS));
	memset(self->bits, 0, 16);
	EXPECT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
	EXPECT_NE(0, self->bits[0] & 1ull << 7);
	EXPECT_NE(0, self->bits[1] & 1ull << 6);
	iommufdx_device_close(dev);
}

/* A table that cannot track: refused, and nothing claims that it could. */
TEST_F(vfio_dirty, a_table_that_cannot)
{
	uint32_t plain;

	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas, 0, &plain));
	EXPECT_EQ(-EOPNOTSUPP, dirty_pages(self->fd,
					VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, plain));
	EXPECT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
}

/* Nor can one that attaching made while the IOAS was none of VFIO's. */
TEST_F(vfio_dirty, a_table_from_before_the_choice)
{
	struct iommu_vfio_ioas set = {
		.size = sizeof(set),
		.op = IOMMU_VFIO_IOAS_CLEAR,
	};
	uint32_t pt_id = self->r.ioas;

	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, ioctl(self->fd, IOMMU_VFIO_IOAS, &set));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	set.op = IOMMU_VFIO_IOAS_SET;
	set.ioas_id = self->r.ioas;
	ASSERT_EQ(0, ioctl(self->fd, IOMMU_VFIO_IOAS, &set));
	EXPECT_EQ(-EOPNOTSUPP, dirty_pages(self->fd,
					VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	/* Attached anew it can. */
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	pt_id = self->r.ioas;
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	EXPECT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
}

/* Only type1v2 knows of dirty pages. */
TEST_F(vfio_dirty, not_for_type1)
{
	ASSERT_EQ(0, dirty_pages(self->fd, VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU));
	EXPECT_EQ(-EACCES, dirty_pages(self->fd,
				       VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	EXPECT_EQ(-EACCES, dirty_pages(self->fd,
				       VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
	EXPECT_EQ(-EACCES, get(self->fd, get_of(IOVA, LEN, self->bits)));
	ASSERT_EQ(0, ioctl(self->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(0, get(self->fd, get_of(IOVA, LEN, self->bits)));
}

TEST_F(vfio_dirty, info_says_so)
{
	struct {
		struct vfio_iommu_type1_info info;
		char caps[1024];
	} buf = { .info.argsz = sizeof(buf) };
	struct vfio_iommu_type1_info_cap_migration *cap = NULL;
	unsigned int caps = 0;
	uint32_t at;

	ASSERT_EQ(0, ioctl(self->fd, VFIO_IOMMU_GET_INFO, &buf));
	for (at = buf.info.cap_offset; at; caps++) {
		struct vfio_info_cap_header *head = (void *)((char *)&buf + at);

		if (head->id == VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION)
			cap = (void *)head;
		at = head->next;
	}
	EXPECT_EQ(3, caps);
	ASSERT_NE(NULL, cap);
	EXPECT_EQ(1, cap->header.version);
	EXPECT_EQ(PAGE, cap->pgsize_bitmap);
	EXPECT_EQ(1ull << 28, cap->max_dirty_bitmap_size);
}

TEST_HARNESS_MAIN
