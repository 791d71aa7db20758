// SPDX-License-Identifier: GPL-2.0-only
/*
 * Things that go away while DMA is running: the device, the process, memory,
 * file descriptors in every order. Nothing stays pinned, and whatever the device
 * sends afterwards faults.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include "park.h"
#include "rig.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#define IOVA	0x40000000ull
#define PAGES	64
#define LEN	(PAGES * PAGE)
#define STORMS	4
#define SKIP_FAULTS IOMMUFDX_MOCK_CTRL_SKIP_FAULTS

FIXTURE(removal) {
	struct rig r;
	char *mem;
	int64_t pinned;
};

FIXTURE_SETUP(removal)
{
	self->pinned = pages_pinned();
	ASSERT_LE(0, self->pinned);
	ASSERT_EQ(0, rig_make(&self->r, &rig_for_storms));
	ASSERT_EQ(0, rig_attach(&self->r));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	EXPECT_EQ(self->pinned + PAGES, pages_pinned());
	for (int c = 0; c < STORMS; c++)
		ASSERT_EQ(0, dma_storm(&self->r, c, IOVA, LEN, SKIP_FAULTS));
}

FIXTURE_TEARDOWN(removal)
{
	rig_break(&self->r);
	EXPECT_TRUE(pages_pinned_fall_to(self->pinned));
	EXPECT_TRUE(devices_become(0));
	mem_put(self->mem, LEN);
}

/* Does the device write to @mem at this time? It stamps all pages. */
static bool is_written(char *mem)
{
	static char before[LEN];

	memcpy(before, mem, LEN);
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		usleep(10000);
		if (memcmp(before, mem, LEN))
			return true;
	}
	return false;
}

static bool is_quiet(char *mem)
{
	static char before[LEN];

	memcpy(before, mem, LEN);
	usleep(50000);
	return !memcmp(before, mem, LEN);
}

TEST_F(removal, storms_write)
{
	struct iommufdx_mock_dev_entry entry;

	EXPECT_TRUE(is_written(self->mem));
	ASSERT_EQ(0, iommufdx_mock_dev_get(self->r.mock, self->r.mock_dev,
					   &entry));
	EXPECT_EQ((1 << STORMS) - 1, entry.running);
	EXPECT_EQ(IOMMUFDX_MOCK_DEV_OPEN | IOMMUFDX_MOCK_DEV_BOUND |
			  IOMMUFDX_MOCK_DEV_ATTACHED, entry.state);
	EXPECT_EQ(0, entry.faults);
}

TEST_F(removal, device)
{
	struct iommufdx_mock_iommu_stats before, after;
	struct iommufdx_device_info info;
	uint32_t pt_id = self->r.ioas;
	uint64_t value;

	EXPECT_TRUE(is_written(self->mem));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(self->r.mock, self->r.mock_dev));
	EXPECT_TRUE(is_quiet(self->mem));
	/* Its table goes with it, so nothing needs the memory. */
	EXPECT_EQ(0, rig_drop_hwpt(&self->r));
	EXPECT_EQ(self->pinned, pages_pinned());

	EXPECT_EQ(-ENODEV, iommufdx_device_info(self->r.dev, &info));
	EXPECT_EQ(-ENODEV, iommufdx_device_attach(self->r.dev, &pt_id));
	EXPECT_EQ(-ENODEV, iommufdx_device_detach(self->r.dev));
	EXPECT_EQ(-ENODEV, iommufdx_device_reset(self->r.dev));
	EXPECT_NE(0, iommufdx_region_read(self->r.dev,
					  VFIO_PCI_BAR0_REGION_INDEX, 0, &value,
					  8));
	EXPECT_EQ(-ENOENT, iommufdx_mock_dev_remove(self->r.mock,
						    self->r.mock_dev));
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->r.iommu, self->r.dev_id));

	/* What it would still send is refused and recorded. */
	ASSERT_EQ(0, iommufdx_mock_stats(self->r.mock, self->r.mock_iommu,
					 &before));
	EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA, "x", 1, NULL));
	ASSERT_EQ(0, iommufdx_mock_stats(self->r.mock, self->r.mock_iommu,
					 &after));
	EXPECT_EQ(before.out_faults + 1, after.out_faults);
	EXPECT_EQ(before.out_events_lost, after.out_events_lost);
	EXPECT_EQ(0, after.out_stale);

	/* Its RID can be used again. */
	iommufdx_device_close(self->r.dev);
	self->r.dev = NULL;
	EXPECT_EQ(0, rig_add_device(&self->r, RIG_RID, &self->r.mock_dev,
				    &self->r.dev));
}

TEST_F(removal, device_tells_its_owner)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	ASSERT_EQ(0, iommufdx_irq_set(self->r.dev, VFIO_PCI_REQ_IRQ_INDEX, 0, 1,
				      &fd));
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(self->r.mock, self->r.mock_dev));
	EXPECT_EQ(1, poll(&p, 1, PATIENCE_MS));
	close(fd);
}

/* Removing the device does not wait for who writes down what it was. */
TEST_F(removal, device_while_its_description_is_written)
{
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = self->r.dev_id,
		.data_len = 64,
	};
	struct iommufdx_get_caps caps = {
		.size = sizeof(caps),
		.dev_id = self->r.dev_id,
		.table_num = 1,
		.table_len = sizeof(struct iommufdx_table_caps),
	};
	struct parked asker[2] = {
		{ .request = IOMMU_GET_HW_INFO, .cmd = &info },
		{ .request = IOMMUFDX_GET_CAPS, .cmd = &caps },
	};
	int rc;

	for (int i = 0; i < 2; i++) {
		rc = park_make(&asker[i].park);
		if (rc == -EOPNOTSUPP)
			SKIP(return, "no userfaultfd");
		ASSERT_EQ(0, rc);
		asker[i].fd = iommufdx_fd(self->r.iommu);
	}
	info.data_uptr = (uintptr_t)asker[0].park.mem;
	caps.tables_uptr = (uintptr_t)asker[1].park.mem;
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&asker[i].thread, NULL, parked_ioctl,
					    &asker[i]));
		EXPECT_TRUE(park_is_taken(&asker[i].park));
	}
	EXPECT_EQ(0, iommufdx_mock_dev_remove(self->r.mock, self->r.mock_dev));
	/* Still written. */
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(EBUSY, pthread_tryjoin_np(asker[i].thread, NULL));
		parked_end(&asker[i]);
		EXPECT_EQ(0, asker[i].rc);
		park_put(&asker[i].park);
	}
	EXPECT_NE(0, info.data_len);
	EXPECT_NE(0, caps.table_num);
}

static void *remove_device(void *arg)
{
	struct rig *r = arg;

	return (void *)(long)iommufdx_mock_dev_remove(r->mock, r->mock_dev);
}

/* It waits for who works on the device, without an end. */
TEST_F(removal, device_while_an_answer_about_it_is_written)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = self->r.dev_id,
		.pt_id = self->r.ioas,
	};
	struct parked asker = {
		.fd = iommufdx_fd(self->r.iommu),
		.request = IOMMU_HWPT_ALLOC,
	};
	pthread_t thread;
	void *removed;
	int rc;

	rc = park_make_readable(&asker.park, &alloc, sizeof(alloc));
	if (rc == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd with write protection");
	ASSERT_EQ(0, rc);
	asker.cmd = asker.park.mem;
	ASSERT_EQ(0, pthread_create(&asker.thread, NULL, parked_ioctl, &asker));
	EXPECT_TRUE(park_is_taken(&asker.park));
	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_device, &self->r));
	usleep(100000);
	EXPECT_EQ(EBUSY, pthread_tryjoin_np(thread, NULL));
	parked_end(&asker);
	EXPECT_EQ(0, asker.rc);
	pthread_join(thread, &removed);
	EXPECT_EQ(NULL, removed);
	park_put(&asker.park);
}

/* Nor does it wait for commands of the device's guest that do not come. */
TEST_F(removal, device_while_commands_of_its_guest_are_read)
{
	static const struct {
		uint32_t type, data, len;
	} guests[] = {
		[IOMMUFDX_MOCK_KIND_AMD] = {
			IOMMUFDX_VIOMMU_TYPE_AMD,
			IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
			sizeof(struct iommufdx_viommu_amd_invalidate),
		},
		[IOMMUFDX_MOCK_KIND_VTD] = {
			IOMMUFDX_VIOMMU_TYPE_VTD,
			IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
			sizeof(struct iommufdx_viommu_vtd_invalidate),
		},
		[IOMMUFDX_MOCK_KIND_SMMUV3] = {
			IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
			IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
			sizeof(struct iommu_viommu_arm_smmuv3_invalidate),
		},
	};
	const uint32_t kind = rig_vendor()->kind;
	struct iommu_hwpt_invalidate inv = {
		.size = sizeof(inv),
		.data_type = guests[kind].data,
		.entry_len = guests[kind].len,
		.entry_num = 1,
	};
	struct parked asker = {
		.fd = iommufdx_fd(self->r.iommu),
		.request = IOMMU_HWPT_INVALIDATE,
		.cmd = &inv,
	};
	uint32_t parent, vdev;
	pthread_t thread;
	int rc, ms;

	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT, &parent));
	ASSERT_EQ(0, iommufdx_viommu_alloc(self->r.iommu, self->r.dev_id, parent,
					   guests[kind].type, &inv.hwpt_id));
	ASSERT_EQ(0, iommufdx_vdevice_alloc(self->r.iommu, inv.hwpt_id,
					    self->r.dev_id, 1, &vdev));
	rc = park_make(&asker.park);
	if (rc == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, rc);
	inv.data_uptr = (uintptr_t)asker.park.mem;
	ASSERT_EQ(0, pthread_create(&asker.thread, NULL, parked_ioctl, &asker));
	EXPECT_TRUE(park_is_taken(&asker.park));
	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_device, &self->r));
	for (ms = 0; ms < PATIENCE_MS && pthread_tryjoin_np(thread, NULL);
	     ms += 10)
		usleep(10000);
	EXPECT_GT(PATIENCE_MS, ms);
	parked_end(&asker);
	park_put(&asker.park);
}

TEST_F(removal, iommu_with_devices_stays)
{
	EXPECT_EQ(-EBUSY, iommufdx_mock_iommu_remove(self->r.mock,
						     self->r.mock_iommu));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(self->r.mock, self->r.mock_dev));
	EXPECT_EQ(0, iommufdx_mock_iommu_remove(self->r.mock,
						self->r.mock_iommu));
}

TEST_F(removal, unmap)
{
	EXPECT_TRUE(is_written(self->mem));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_TRUE(is_quiet(self->mem));
	EXPECT_EQ(self->pinned, pages_pinned());
	EXPECT_TRUE(faults_reach(&self->r, 1));
	EXPECT_EQ(0, stale_seen(&self->r));
	/* The storm goes on and finds its way back. */
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	EXPECT_TRUE(is_written(self->mem));
}

TEST_F(removal, detach)
{
	struct iommufdx_channel_status status;
	uint64_t start;

	EXPECT_TRUE(is_written(self->mem));
	ASSERT_EQ(0, rig_detach(&self->r));
	EXPECT_TRUE(is_quiet(self->mem));
	EXPECT_EQ(self->pinned, pages_pinned());
	/* An SMMU aborts what is blocked without an event: ask the device. */
	start = milliseconds();
	do {
		usleep(1000);
		ASSERT_EQ(0, iommufdx_channel_status(self->r.dev, 0, &status));
	} while (!status.faults && milliseconds() - start < PATIENCE_MS);
	EXPECT_LT(0, status.faults);
	if (rig_vendor()->kind != IOMMUFDX_MOCK_KIND_SMMUV3) {
		EXPECT_TRUE(faults_reach(&self->r, 1));
	}
	EXPECT_EQ(0, stale_seen(&self->r));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_TRUE(is_written(self->mem));
}

/* The process gives its memory up; the device keeps what was pinned. */
TEST_F(removal, memory)
{
	mem_put(self->mem, LEN);
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	EXPECT_TRUE(is_quiet(self->mem));
	EXPECT_EQ(self->pinned + PAGES, pages_pinned());
	EXPECT_EQ(0, faults_reported(&self->r));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_EQ(self->pinned, pages_pinned());
}

TEST_F(removal, moved_while_running)
{
	uint32_t ioas[2] = { self->r.ioas }, pt_id;
	uint64_t iova = IOVA;

	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &ioas[1]));
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, ioas[1], RW | FIXED,
				       self->mem, LEN, &iova));
	/* Both translate the same range, so no DMA may fault on the way. */
	for (int i = 1; i <= 200; i++) {
		pt_id = ioas[i % 2];
		ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	}
	EXPECT_TRUE(is_written(self->mem));
	EXPECT_EQ(0, faults_reported(&self->r));
	EXPECT_EQ(0, stale_seen(&self->r));
}

/* A child has copies of the descriptors and of nothing else. */
TEST_F(removal, fork_and_the_child_goes_first)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(is_written(self->mem));
	EXPECT_EQ(self->pinned + PAGES, pages_pinned());
}

TEST_F(removal, fork_and_the_parent_closes_first)
{
	int status, go[2];
	pid_t pid;
	char byte;

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(go[0]);
	rig_break(&self->r);
	/* The child's copies keep all of it alive. */
	EXPECT_TRUE(is_written(self->mem));
	EXPECT_EQ(self->pinned + PAGES, pages_pinned());
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(pages_pinned_fall_to(self->pinned));
	EXPECT_TRUE(is_quiet(self->mem));
}

static void close_one(struct rig *r, int which)
{
	switch (which) {
	case 0:
		iommufdx_close(r->iommu);
		r->iommu = NULL;
		break;
	case 1:
		iommufdx_mock_close(r->mock);
		r->mock = NULL;
		break;
	default:
		iommufdx_device_close(r->dev);
		r->dev = NULL;
	}
}

TEST_F(removal, descriptors_in_every_order)
{
	static const int orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (int o = 0; o < 6; o++) {
		for (int i = 0; i < 3; i++) {
			close_one(&self->r, orders[o][i]);
			usleep(2000);
		}
		EXPECT_TRUE(pages_pinned_fall_to(self->pinned)) {
			TH_LOG("order %d", o);
		}
		EXPECT_TRUE(is_quiet(self->mem));
		EXPECT_TRUE(devices_become(0));
		ASSERT_EQ(0, rig_make(&self->r, &rig_for_storms));
		ASSERT_EQ(0, rig_attach(&self->r));
		ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
		for (int c = 0; c < STORMS; c++)
			ASSERT_EQ(0, dma_storm(&self->r, c, IOVA, LEN, 0));
	}
}

static void dma_until_killed(int ready)
{
	struct rig r;
	char *mem = mem_get(LEN);

	if (!mem || rig_make(&r, &rig_for_storms) || rig_attach(&r) ||
	    map_at(&r, mem, LEN, IOVA, RW))
		_exit(1);
	for (int c = 0; c < STORMS; c++)
		if (dma_storm(&r, c, IOVA, LEN, 0))
			_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST(process_killed)
{
	int64_t before = pages_pinned();

	for (int i = 0; i < 5; i++) {
		int ready[2], status;
		char byte;
		pid_t pid;

		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			dma_until_killed(ready[1]);
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		close(ready[0]);
		usleep(5000 * i);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(pages_pinned_fall_to(before));
		EXPECT_TRUE(devices_become(0));
	}
}

TEST_HARNESS_MAIN
