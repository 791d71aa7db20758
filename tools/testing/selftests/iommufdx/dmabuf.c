// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_IOAS_MAP_FILE of a DMA-BUF: DMA reaches the exporter's memory until the
 * exporter takes it away, and then nothing of it.
 */
#include "kselftest_harness.h"
#include "rig.h"
#include "test_cmd.h"

#include <sys/mman.h>

#define IOVA	0x40000000ull
#define PAGES	16
#define LEN	(PAGES * PAGE)

FIXTURE(dmabuf) {
	struct rig r;
	int fd;
	char *mem;
};

static int map_buf(struct rig *r, int fd, uint64_t start, uint64_t length,
		   uint64_t iova)
{
	struct iommu_ioas_map_file cmd = {
		.size = sizeof(cmd),
		.flags = RW | FIXED,
		.ioas_id = r->ioas,
		.fd = fd,
		.start = start,
		.length = length,
		.iova = iova,
	};

	return ioctl(iommufdx_fd(r->iommu), IOMMU_IOAS_MAP_FILE, &cmd) ?
		       -errno : 0;
}

FIXTURE_SETUP(dmabuf)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->fd = test_dmabuf(self->r.iommu, LEN);
	ASSERT_LE(0, self->fd);
	self->mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->mem);
}

FIXTURE_TEARDOWN(dmabuf)
{
	EXPECT_EQ(0, stale_seen(&self->r));
	munmap(self->mem, LEN);
	close(self->fd);
	rig_break(&self->r);
}

/* Does a write of @text at @iova arrive at @offset of the memory? */
static bool reaches(struct rig *r, uint64_t iova, const char *mem,
		    const char *text)
{
	return !dma_write(r, iova, text, strlen(text), NULL) &&
	       !memcmp(mem, text, strlen(text));
}

TEST_F(dmabuf, dma_reaches_the_exporters_memory)
{
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	EXPECT_TRUE(reaches(&self->r, IOVA, self->mem, "first"));
	EXPECT_TRUE(reaches(&self->r, IOVA + LEN - 4, self->mem + LEN - 4,
			    "last"));
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

TEST_F(dmabuf, a_part_is_mapped_from_where_it_starts)
{
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 3 * PAGE, 2 * PAGE, IOVA));
	EXPECT_TRUE(reaches(&self->r, IOVA, self->mem + 3 * PAGE, "third"));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA + 2 * PAGE));
}

TEST_F(dmabuf, revoked_memory_is_out_of_reach_at_once_and_for_good)
{
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
	ASSERT_EQ(0, test_dmabuf_revoke(self->r.iommu, self->fd, true));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(-ENODEV, map_buf(&self->r, self->fd, 0, LEN, IOVA + LEN));

	ASSERT_EQ(0, test_dmabuf_revoke(self->r.iommu, self->fd, false));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA + LEN));
	EXPECT_TRUE(reaches(&self->r, IOVA + LEN, self->mem, "anew"));
	/* The old area is still there, and goes like any other. */
	EXPECT_EQ(-EEXIST, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	EXPECT_TRUE(reaches(&self->r, IOVA, self->mem, "back"));
}

TEST_F(dmabuf, revoked_before_a_device_is_attached)
{
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	ASSERT_EQ(0, test_dmabuf_revoke(self->r.iommu, self->fd, true));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
}

TEST_F(dmabuf, revoked_in_every_address_space)
{
	uint64_t other = IOVA + 2 * LEN;
	uint32_t copy;

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &copy));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, PAGE, other));
	ASSERT_EQ(0, test_dmabuf_revoke(self->r.iommu, self->fd, true));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, other));
	/* Attaching again does not bring it back. */
	ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

TEST_F(dmabuf, outlives_its_descriptor_and_its_mapping)
{
	static const char text[] = "still there";
	char back[sizeof(text)];

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	close(self->fd);
	munmap(self->mem, LEN);
	EXPECT_EQ(0, dma_write(&self->r, IOVA, text, sizeof(text), NULL));
	EXPECT_EQ(0, dma_read(&self->r, IOVA, back, sizeof(back), NULL));
	EXPECT_EQ(0, memcmp(text, back, sizeof(text)));
	self->fd = open("/dev/null", O_RDONLY);
	self->mem = MAP_FAILED;
}

TEST_F(dmabuf, bad_input)
{
	EXPECT_EQ(-EINVAL, map_buf(&self->r, self->fd, 0, 0, IOVA));
	EXPECT_EQ(-EINVAL, map_buf(&self->r, self->fd, LEN, PAGE, IOVA));
	EXPECT_EQ(-EINVAL, map_buf(&self->r, self->fd, 0, LEN + 1, IOVA));
	EXPECT_EQ(-EINVAL, map_buf(&self->r, self->fd, UINT64_MAX - PAGE + 1,
				   2 * PAGE, IOVA));
	EXPECT_EQ(-EBADF, map_buf(&self->r, 9999, 0, PAGE, IOVA));
	EXPECT_EQ(-EBADF, test_dmabuf_revoke(self->r.iommu, 9999, true));
	EXPECT_EQ(-EINVAL, test_dmabuf(self->r.iommu, 0));
	EXPECT_EQ(-EINVAL, test_dmabuf(self->r.iommu, 513 * PAGE));
}

TEST_F(dmabuf, is_not_charged)
{
	long before = status_kb(getpid(), "VmPin");

	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_buf(&self->r, self->fd, 0, LEN, IOVA));
	EXPECT_EQ(before, status_kb(getpid(), "VmPin"));
}

/* Revocation against unmapping and mapping: whoever is first. */
TEST_F(dmabuf, revoked_while_others_unmap)
{
	pid_t pid;
	int i;

	ASSERT_EQ(0, rig_attach(&self->r));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		for (i = 0; i < 200; i++)
			if (test_dmabuf_revoke(self->r.iommu, self->fd, !(i & 1)))
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 200; i++) {
		int rc = map_buf(&self->r, self->fd, 0, LEN, IOVA);

		if (rc == -ENODEV)
			continue;
		ASSERT_EQ(0, rc);
		ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	}
	ASSERT_EQ(pid, waitpid(pid, &i, 0));
	EXPECT_EQ(0, i);
}

TEST_HARNESS_MAIN
