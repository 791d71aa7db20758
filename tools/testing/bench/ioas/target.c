// SPDX-License-Identifier: GPL-2.0-only
/* Targets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"

#define RID	0x100
#define ROUNDS	201
/* In reach of the mock domain, whose IOVAs end at 2 GiB. */
#define MOCK_IOVA	0x40000000ull
/* Above all that devices cannot map, with room for large tables. */
#define MODEL_IOVA	0x4000000000ull

/*
 * The test ioctl of Linux's iommufd selftests, which our mock module answers as
 * well: the part of its layout that is needed here.
 */
#define TEST_CMD		_IO(IOMMUFD_TYPE, 0xa0)
#define TEST_OP_MOCK_DOMAIN	2
#define TEST_OP_DIRTY		13
#define TEST_DATA_SELFTEST	0xdead
#define TEST_INVALIDATE_SELFTEST	0xdeadbeef

struct test_cmd {
	uint32_t size;
	uint32_t op;
	uint32_t id;
	uint32_t reserved;
	union {
		struct {
			uint32_t out_stdev_id;
			uint32_t out_hwpt_id;
			uint32_t out_idev_id;
		} mock_domain;
		struct {
			uint32_t flags;
			uint64_t iova;
			uint64_t length;
			uint64_t page_size;
			uint64_t uptr;
			uint64_t out_nr_dirty;
		} dirty;
	};
	uint32_t last;
};
_Static_assert(sizeof(struct test_cmd) == 72, "the kernel's layout");

/* What a nested HWPT of the selftest's kind is made of. */
struct test_hwpt {
	uint32_t iotlb;
	uint32_t pagetable_type;
};

static int test(struct target *t, struct test_cmd *cmd)
{
	cmd->size = sizeof(*cmd);
	return ioctl(iommufdx_fd(t->iommu), TEST_CMD, cmd) ? -errno : 0;
}

void target_mock(struct target *t, const char *node)
{
	struct test_cmd cmd = { .op = TEST_OP_MOCK_DOMAIN };
	uint32_t elsewhere;

	*t = (struct target){ .iova = MOCK_IOVA };
	must(iommufdx_open(node, &t->iommu), node);
	/* A device comes attached: to an IOAS that is not the measured one. */
	must(iommufdx_ioas_alloc(t->iommu, &elsewhere), "IOAS");
	cmd.id = elsewhere;
	must(test(t, &cmd), "MOCK_DOMAIN");
	t->dev_id = cmd.mock_domain.out_idev_id;
	must(iommufdx_ioas_alloc(t->iommu, &t->ioas), "IOAS");
	must(iommufdx_hwpt_alloc(t->iommu, t->dev_id, t->ioas,
				 IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &t->hwpt),
	     "HWPT");
	cmd = (struct test_cmd){ .op = TEST_OP_MOCK_DOMAIN, .id = t->hwpt };
	must(test(t, &cmd), "MOCK_DOMAIN");
}

int target_model(struct target *t, const char *node, uint32_t kind)
{
	const struct iommufdx_mock_iommu_config iommu = {
		.kind = kind,
		.flags = IOMMUFDX_MOCK_IOMMU_INLINE,
		.caps = ~0u,
	};
	struct iommufdx_mock_dev_config dev = { .rid = RID };
	uint32_t id;
	int rc;

	*t = (struct target){ .iova = MODEL_IOVA };
	must(iommufdx_mock_open(NULL, &t->mock), "control");
	rc = iommufdx_mock_iommu_add(t->mock, &iommu, &t->mock_iommu);
	if (rc) {
		iommufdx_mock_close(t->mock);
		return rc;
	}
	dev.iommu = t->mock_iommu;
	must(iommufdx_open(node, &t->iommu), node);
	must(iommufdx_mock_dev_add(t->mock, &dev, &id), "device");
	must(iommufdx_mock_dev_open(t->mock, id, &t->dev), "device node");
	must(iommufdx_device_bind(t->dev, t->iommu, &t->dev_id), "bind");
	must(iommufdx_ioas_alloc(t->iommu, &t->ioas), "IOAS");
	must(iommufdx_hwpt_alloc(t->iommu, t->dev_id, t->ioas,
				 IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &t->hwpt),
	     "HWPT");
	id = t->hwpt;
	must(iommufdx_device_attach(t->dev, &id), "attach");
	return 0;
}

void target_close(struct target *t)
{
	if (t->mock) {
		iommufdx_device_close(t->dev);
		iommufdx_mock_close(t->mock);
	}
	iommufdx_close(t->iommu);
}

static void dirty_by_test(struct target *t, size_t len, size_t nth)
{
	uint64_t *bits = calloc(len / PAGE / 64, sizeof(*bits));
	struct test_cmd cmd = {
		.op = TEST_OP_DIRTY,
		.id = t->hwpt,
		.dirty.iova = t->iova,
		.dirty.length = len,
		.dirty.page_size = PAGE,
		.dirty.uptr = (uintptr_t)bits,
	};

	if (!bits)
		must(-ENOMEM, "bitmap");
	for (size_t i = 0; i < len / PAGE; i += nth)
		bits[i / 64] |= 1ull << i % 64;
	must(test(t, &cmd), "DIRTY");
	free(bits);
}

void target_write_blocks(struct target *t, size_t len, size_t size, size_t nth)
{
	struct iommufdx_mock_dma txn = {
		.iommu_id = t->mock_iommu,
		.rid = RID,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.length = 1,
		.uptr = (uintptr_t)"x",
	};

	for (size_t i = 0; i < len / size; i += nth) {
		txn.iova = t->iova + i * size;
		must(iommufdx_mock_dma(t->mock, &txn), "DMA");
		must(txn.out_status == IOMMUFDX_MOCK_DMA_OK ? 0 : -EFAULT, "DMA");
	}
}

void target_make_dirty(struct target *t, size_t len, size_t nth)
{
	if (t->mock)
		target_write_blocks(t, len, PAGE, nth);
	else
		dirty_by_test(t, len, nth);
}

static uint32_t nested(struct target *t)
{
	struct test_hwpt data = {};
	uint32_t parent, hwpt;

	must(iommufdx_hwpt_alloc(t->iommu, t->dev_id, t->ioas,
				 IOMMU_HWPT_ALLOC_NEST_PARENT, &parent),
	     "parent HWPT");
	must(iommufdx_hwpt_nest(t->iommu, t->dev_id, parent, 0,
				TEST_DATA_SELFTEST, &data, sizeof(data), &hwpt),
	     "nested HWPT");
	return hwpt;
}

double target_invalidate(struct target *t, unsigned int num)
{
	/* The selftest's command: flags, and which of its four words to zero. */
	struct { uint32_t flags, iotlb_id; } cmds[TARGET_BATCH] = {};
	struct iommu_hwpt_invalidate inv = {
		.size = sizeof(inv),
		.data_uptr = (uintptr_t)cmds,
		.data_type = TEST_INVALIDATE_SELFTEST,
		.entry_len = sizeof(cmds[0]),
	};
	int fd = iommufdx_fd(t->iommu), rc;
	double ticks[ROUNDS];

	if (!t->nested)
		t->nested = nested(t);
	inv.hwpt_id = t->nested;
	for (int i = 0; i < ROUNDS; i++) {
		inv.entry_num = num;
		ticks[i] = ticks_of(rc = ioctl(fd, IOMMU_HWPT_INVALIDATE, &inv));
		must(rc || inv.entry_num != num ? -EIO : 0, "invalidate");
	}
	return median(ticks, ROUNDS) / num;
}
