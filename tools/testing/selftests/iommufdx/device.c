// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device from open to close: bind, attach, move, detach, in good order and in
 * bad; its registers and interrupts.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>

#define IOVA	0x40000000ull
#define BAR0	VFIO_PCI_BAR0_REGION_INDEX

FIXTURE(device) {
	struct rig r;
	struct iommufdx_device *dev;
	uint32_t mock_dev;
	char *a, *b;
};

/* self->dev is a second device, not yet bound. */
FIXTURE_SETUP(device)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 8, &self->mock_dev,
				    &self->dev));
	self->a = mem_get(PAGE);
	self->b = mem_get(PAGE);
	ASSERT_NE(NULL, self->a);
	ASSERT_NE(NULL, self->b);
	memset(self->a, 'a', PAGE);
	memset(self->b, 'b', PAGE);
}

FIXTURE_TEARDOWN(device)
{
	iommufdx_device_close(self->dev);
	rig_break(&self->r);
	mem_put(self->a, PAGE);
	mem_put(self->b, PAGE);
}

static char byte_at(struct rig *r, uint64_t iova)
{
	char byte = 0;

	return dma_read(r, iova, &byte, 1, NULL) ? '!' : byte;
}

static int attach(struct iommufdx_device *dev, uint32_t pt_id)
{
	return iommufdx_device_attach(dev, &pt_id);
}

/* What goes together in no hardware is not made less of without a word. */
TEST_F(device, hardware_that_cannot_be)
{
	const uint32_t scalable = IOMMUFDX_MOCK_CAP_DIRTY |
				  IOMMUFDX_MOCK_CAP_NEST;
	struct iommufdx_mock_iommu_config config = {
		.kind = rig_vendor()->kind,
	};
	bool vtd = config.kind == IOMMUFDX_MOCK_KIND_VTD;
	uint32_t id;

	for (uint32_t cap = 1; cap; cap <<= 1) {
		if (!(cap & (scalable | IOMMUFDX_MOCK_CAP_ATS |
			     IOMMUFDX_MOCK_CAP_PRI)))
			continue;
		config.caps = cap;
		EXPECT_EQ(cap == IOMMUFDX_MOCK_CAP_PRI ||
			  (vtd && (cap & scalable)) ? -EINVAL : 0,
			  iommufdx_mock_iommu_add(self->r.mock, &config, &id));
		config.caps = cap | IOMMUFDX_MOCK_CAP_PASID |
			      IOMMUFDX_MOCK_CAP_ATS;
		EXPECT_EQ(0, iommufdx_mock_iommu_add(self->r.mock, &config,
						     &id));
	}
	config.caps = IOMMUFDX_MOCK_CAP_PRI | IOMMUFDX_MOCK_CAP_ATS;
	EXPECT_EQ(vtd ? -EINVAL : 0,
		  iommufdx_mock_iommu_add(self->r.mock, &config, &id));
}

TEST_F(device, nothing_before_bind)
{
	struct iommufdx_device_info info;
	struct iommufdx_region_info region;
	struct iommufdx_irq_info irq;
	uint64_t value;

	EXPECT_EQ(-EINVAL, attach(self->dev, self->r.ioas));
	EXPECT_EQ(-EINVAL, iommufdx_device_detach(self->dev));
	EXPECT_EQ(-EINVAL, iommufdx_device_info(self->dev, &info));
	EXPECT_EQ(-EINVAL, iommufdx_region_info(self->dev, BAR0, &region));
	EXPECT_EQ(-EINVAL, iommufdx_region_read(self->dev, BAR0, 0, &value, 8));
	EXPECT_EQ(-EINVAL, iommufdx_irq_info(self->dev, VFIO_PCI_MSIX_IRQ_INDEX,
					     &irq));
	EXPECT_EQ(-EINVAL, iommufdx_device_reset(self->dev));
}

TEST_F(device, bind_once)
{
	struct iommufdx *other;
	uint32_t id;

	EXPECT_EQ(-EINVAL, iommufdx_device_bind(self->r.dev, self->r.iommu,
						&id));
	ASSERT_EQ(0, iommufdx_open(NULL, &other));
	EXPECT_EQ(-EINVAL, iommufdx_device_bind(self->r.dev, other, &id));
	iommufdx_close(other);
}

TEST_F(device, bind_to_what_is_no_iommufd)
{
	struct iommufdx *not_one;
	uint32_t id;
	int fd = eventfd(0, 0);

	ASSERT_EQ(0, iommufdx_from_fd(fd, &not_one));
	EXPECT_EQ(-EBADFD, iommufdx_device_bind(self->dev, not_one, &id));
	iommufdx_close(not_one);
	/* It was no failure that sticks. */
	EXPECT_EQ(0, iommufdx_device_bind(self->dev, self->r.iommu, &id));
}

TEST_F(device, bound_device_cannot_be_destroyed)
{
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, self->r.dev_id));
}

TEST_F(device, a_group_has_one_owner)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = RIG_RID + 16,
		.group_with = self->r.mock_dev,
	};
	struct iommufdx_device *dev;
	struct iommufdx *other;
	uint32_t mock_dev, id;

	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &mock_dev));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_open(NULL, &other));
	EXPECT_EQ(-EPERM, iommufdx_device_bind(dev, other, &id));
	EXPECT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
	iommufdx_close(other);
	iommufdx_device_close(dev);
}

/* What stays is attached, and what has gone reaches nothing. */
TEST_F(device, removed_from_a_group_that_stays_attached)
{
	char byte;
	struct iommufdx_mock_dma txn = {
		.iommu_id = self->r.mock_iommu,
		.op = IOMMUFDX_MOCK_DMA_READ,
		.iova = IOVA,
		.length = 1,
		.uptr = (uintptr_t)&byte,
	};
	struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = RIG_RID + 16,
		.pasid_bits = 8,
	};
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_PASID,
	};
	struct iommufdx_hwpt_choice got;
	struct iommufdx_device *dev[2];
	uint32_t mock_dev[2], id[2];

	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config,
						   &mock_dev[i]));
		ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mock_dev[i],
						    &dev[i]));
		ASSERT_EQ(0, iommufdx_device_bind(dev[i], self->r.iommu,
						  &id[i]));
		config.group_with = mock_dev[0];
		config.rid++;
	}
	ASSERT_EQ(0, iommufdx_hwpt_request(self->r.iommu, id[1], self->r.ioas,
					   &want, &got));
	ASSERT_EQ(0, iommufdx_device_attach(dev[1], &got.hwpt));
	ASSERT_EQ(0, iommufdx_device_attach_pasid(dev[1], 1, &got.hwpt));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(self->r.mock, mock_dev[0]));
	for (int i = 0; i < 4; i++) {
		txn.rid = RIG_RID + 16 + i / 2;
		txn.pasid = i % 2;
		txn.flags = i % 2 ? IOMMUFDX_MOCK_DMA_PASID : 0;
		ASSERT_EQ(0, iommufdx_mock_dma(self->r.mock, &txn));
		EXPECT_EQ(i < 2 ? IOMMUFDX_MOCK_DMA_FAULT :
				  IOMMUFDX_MOCK_DMA_OK, txn.out_status);
	}
	EXPECT_EQ(0, iommufdx_device_detach_pasid(dev[1], 1));
	EXPECT_EQ(0, iommufdx_device_detach(dev[1]));
	for (int i = 0; i < 2; i++)
		iommufdx_device_close(dev[i]);
}

TEST_F(device, attach_to_what_cannot_be)
{
	EXPECT_EQ(-ENOENT, attach(self->r.dev, 0));
	EXPECT_EQ(-ENOENT, attach(self->r.dev, 12345));
	EXPECT_EQ(-EINVAL, attach(self->r.dev, self->r.dev_id));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

TEST_F(device, moves_from_one_address_space_to_another)
{
	uint32_t ioas, first = self->r.ioas;
	uint64_t iova = IOVA;

	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &ioas));
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, ioas, RW | FIXED, self->b,
				       PAGE, &iova));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &first));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
	ASSERT_EQ(0, attach(self->r.dev, ioas));
	EXPECT_EQ('b', byte_at(&self->r, IOVA));
	/* The first one's table has gone, and its memory is not pinned. */
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->r.iommu, first));
	EXPECT_EQ(PAGE / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, attach(self->r.dev, self->r.ioas));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
	/* To where it is already: nothing happens. */
	ASSERT_EQ(0, attach(self->r.dev, self->r.ioas));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
}

TEST_F(device, a_failed_move_changes_nothing)
{
	uint32_t ioas;
	uint64_t iova = IOVA;
	char *gone = mem_get(PAGE);

	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &ioas));
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, ioas, RW | FIXED, gone,
				       PAGE, &iova));
	mem_put(gone, PAGE);
	EXPECT_EQ(-EFAULT, attach(self->r.dev, ioas));
	EXPECT_EQ(-ENOENT, attach(self->r.dev, 12345));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
	/* Nothing holds the other one. */
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, ioas));
}

TEST_F(device, detach_blocks)
{
	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	/* Without having been attached. */
	EXPECT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
	ASSERT_EQ(0, rig_detach(&self->r));
	EXPECT_EQ('!', byte_at(&self->r, IOVA));
	EXPECT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
}

TEST_F(device, close_unbinds_and_it_can_be_bound_again)
{
	uint32_t id, again = self->r.ioas;

	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_attach(&self->r));
	iommufdx_device_close(self->r.dev);
	self->r.dev = NULL;
	EXPECT_EQ(0, rig_drop_hwpt(&self->r));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	EXPECT_EQ('!', byte_at(&self->r, IOVA));
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->r.iommu, self->r.dev_id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, self->r.mock_dev,
					    &self->r.dev));
	ASSERT_EQ(0, iommufdx_device_bind(self->r.dev, self->r.iommu, &id));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &again));
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
}

/* A device that is bound keeps its iommufd alive. */
TEST_F(device, iommufd_closed_first)
{
	ASSERT_EQ(0, map_at(&self->r, self->a, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_attach(&self->r));
	iommufdx_close(self->r.iommu);
	self->r.iommu = NULL;
	EXPECT_EQ('a', byte_at(&self->r, IOVA));
	iommufdx_device_close(self->r.dev);
	self->r.dev = NULL;
	EXPECT_EQ('!', byte_at(&self->r, IOVA));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
}

TEST_F(device, shape)
{
	struct iommufdx_device_info info;
	struct iommufdx_region_info region;
	unsigned char config[64];
	uint64_t value = 0;

	ASSERT_EQ(0, iommufdx_device_info(self->r.dev, &info));
	EXPECT_NE(0, info.flags & VFIO_DEVICE_FLAGS_PCI);
	EXPECT_NE(0, info.flags & VFIO_DEVICE_FLAGS_RESET);
	EXPECT_LE(8, info.num_regions);
	EXPECT_LE(3, info.num_irqs);
	ASSERT_EQ(0, iommufdx_region_info(self->r.dev, BAR0, &region));
	EXPECT_EQ(IOMMUFDX_MOCK_BAR0_SIZE, region.size);
	ASSERT_EQ(0, iommufdx_region_read(self->r.dev, BAR0,
					  IOMMUFDX_MOCK_REG_MAGIC, &value, 8));
	EXPECT_EQ(IOMMUFDX_MOCK_MAGIC_VALUE, value);
	ASSERT_EQ(0, iommufdx_region_read(self->r.dev, BAR0,
					  IOMMUFDX_MOCK_REG_RID, &value, 8));
	EXPECT_EQ(RIG_RID, value);
	ASSERT_EQ(0, iommufdx_region_read(self->r.dev,
					  VFIO_PCI_CONFIG_REGION_INDEX, 0,
					  config, sizeof(config)));
	EXPECT_EQ(IOMMUFDX_MOCK_PCI_VENDOR, config[0] | config[1] << 8);
	EXPECT_EQ(IOMMUFDX_MOCK_PCI_DEVICE, config[2] | config[3] << 8);
	EXPECT_EQ(-EINVAL, iommufdx_region_info(self->r.dev, 99, &region));
	EXPECT_NE(0, iommufdx_region_read(self->r.dev, BAR0,
					  IOMMUFDX_MOCK_BAR0_SIZE, &value, 8));
}

/* Of PASIDs a device has what its IOMMU has, too; if that has none, none. */
TEST_F(device, pasids_are_those_of_device_and_iommu)
{
	static const uint32_t caps[] = {
		IOMMUFDX_MOCK_CAP_PASID, IOMMUFDX_MOCK_CAP_NEST, 0,
	};

	for (int i = 0; i < ARRAY_SIZE(caps); i++) {
		const struct iommufdx_mock_iommu_config iommu = {
			.kind = rig_vendor()->kind,
			.caps = caps[i],
		};
		struct iommufdx_mock_dev_config config = {
			.rid = RIG_RID,
			.pasid_bits = 20,
		};
		struct iommufdx_device *dev;
		struct iommufdx_get_caps has;
		uint32_t mock_dev, id;
		bool pasids = caps[i] & IOMMUFDX_MOCK_CAP_PASID;
		int rc = iommufdx_mock_iommu_add(self->r.mock, &iommu,
						 &config.iommu);

		/* Some go with others only: not in a model, or in no hardware. */
		if (rc == -EOPNOTSUPP || rc == -EINVAL)
			continue;
		ASSERT_EQ(0, rc);
		ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config,
						   &mock_dev));
		ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mock_dev,
						    &dev));
		ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
		ASSERT_EQ(0, iommufdx_caps(self->r.iommu, id, &has));
		EXPECT_EQ(pasids, !!has.out_pasid_bits) {
			TH_LOG("caps %#x: %u bits", caps[i],
			       has.out_pasid_bits);
		}
		EXPECT_EQ(pasids, !!(has.out_dev_features &
				     IOMMUFDX_DEV_FEATURE_PASID));
		iommufdx_device_close(dev);
	}
	/* More than PCI Express has is a mistake. */
	EXPECT_EQ(-EINVAL, iommufdx_mock_dev_add(self->r.mock,
		&(const struct iommufdx_mock_dev_config){
			.iommu = self->r.mock_iommu,
			.rid = RIG_RID + 16,
			.pasid_bits = 21,
		}, &self->mock_dev));
}

TEST_F(device, interrupt_when_done)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.ctrl = IOMMUFDX_MOCK_CTRL_INT_END,
		.dst = IOVA,
		.len = PAGE,
		.pattern = 0x6161616161616162ull,
	};
	struct pollfd p = { .fd = eventfd(0, EFD_NONBLOCK), .events = POLLIN };
	uint64_t count;

	ASSERT_EQ(0, map_at(&self->r, self->b, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, iommufdx_irq_set(self->r.dev, VFIO_PCI_MSIX_IRQ_INDEX, 3,
				      1, &p.fd));
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 3, &job));
	ASSERT_EQ(1, poll(&p, 1, PATIENCE_MS));
	ASSERT_EQ(sizeof(count), read(p.fd, &count, sizeof(count)));
	EXPECT_EQ(1, count);
	EXPECT_EQ('b', self->b[0]);
	EXPECT_EQ('a', self->b[PAGE - 1]);
	/* Switched off, it is silent. */
	ASSERT_EQ(0, iommufdx_irq_set(self->r.dev, VFIO_PCI_MSIX_IRQ_INDEX, 0,
				      0, NULL));
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 3, &job));
	ASSERT_EQ(0, iommufdx_channel_wait(self->r.dev, 3, PATIENCE_MS, NULL));
	EXPECT_EQ(0, poll(&p, 1, 50));
	EXPECT_EQ(-EINVAL, iommufdx_irq_set(self->r.dev,
					    VFIO_PCI_MSIX_IRQ_INDEX,
					    IOMMUFDX_MOCK_CHANNELS, 1, &p.fd));
	close(p.fd);
}

TEST_F(device, reset_stops_dma)
{
	struct iommufdx_channel_status status;
	uint64_t stamp;

	ASSERT_EQ(0, map_at(&self->r, self->b, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, dma_storm(&self->r, 0, IOVA, PAGE, 0));
	usleep(20000);
	ASSERT_EQ(0, iommufdx_device_reset(self->r.dev));
	ASSERT_EQ(0, iommufdx_channel_status(self->r.dev, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_IDLE, status.state);
	memcpy(&stamp, self->b, sizeof(stamp));
	usleep(20000);
	EXPECT_EQ(0, memcmp(&stamp, self->b, sizeof(stamp)));
	/* Still attached. */
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
}

TEST_HARNESS_MAIN
