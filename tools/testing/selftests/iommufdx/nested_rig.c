// SPDX-License-Identifier: GPL-2.0-only
/* A guest for the tests of nesting. */
#include "nested_rig.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <iommufdx_guest.h>

int guest_dev_make(struct rig *r, uint32_t rid, struct guest_dev *dev)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = r->mock_iommu,
		.rid = rid,
		.flags = IOMMUFDX_MOCK_DEV_ATS,
		.pasid_bits = 10,
	};
	int rc;

	memset(dev, 0, sizeof(*dev));
	dev->rid = rid;
	rc = iommufdx_mock_dev_add(r->mock, &config, &dev->mock_dev);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, dev->mock_dev, &dev->dev);
	if (!rc)
		rc = iommufdx_device_bind(dev->dev, r->iommu, &dev->dev_id);
	return rc;
}

void guest_dev_break(struct guest_dev *dev)
{
	iommufdx_device_close(dev->dev);
	dev->dev = NULL;
}

int guest_make(struct rig *r, uint32_t dev_id, struct guest *g)
{
	uint64_t iova = GPA;
	int rc;

	memset(g, 0, sizeof(*g));
	g->r = r;
	g->mem = mem_get(GUEST_PAGES * PAGE);
	if (!g->mem)
		return -ENOMEM;
	rc = iommufdx_ioas_alloc(r->iommu, &g->ioas);
	if (!rc)
		rc = iommufdx_ioas_map(r->iommu, g->ioas, RW | FIXED, g->mem,
				       GUEST_PAGES * PAGE, &iova);
	if (!rc)
		rc = iommufdx_hwpt_alloc(r->iommu, dev_id, g->ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT,
					 &g->parent);
	return rc;
}

void guest_break(struct guest *g)
{
	mem_put(g->mem, GUEST_PAGES * PAGE);
	g->mem = NULL;
}

int guests_make(struct rig *r, uint32_t kind, uint32_t type,
		struct guest_dev *dev, struct guest *g, uint32_t *viommu)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = kind,
		.caps = ~0u,
	};
	uint32_t vdev;
	int i, rc;

	rc = rig_make(r, &config);
	for (i = 0; i < 2 && !rc; i++) {
		rc = guest_dev_make(r, 0x200 + i, &dev[i]);
		if (!rc)
			rc = guest_make(r, dev[i].dev_id, &g[i]);
		if (!rc)
			rc = iommufdx_viommu_alloc(r->iommu, dev[i].dev_id,
						   g[i].parent, type,
						   &viommu[i]);
		if (!rc)
			rc = iommufdx_vdevice_alloc(r->iommu, viommu[i],
						    dev[i].dev_id,
						    i ? VSID2 : VSID, &vdev);
	}
	return rc;
}

bool guests_break(struct rig *r, struct guest_dev *dev, struct guest *g)
{
	struct iommufdx_mock_iommu_stats stats;
	bool fine;
	int i;

	fine = !iommufdx_mock_stats(r->mock, r->mock_iommu, &stats) &&
	       !stats.out_illegal && !guest_stale(r);
	for (i = 0; i < 2; i++)
		guest_dev_break(&dev[i]);
	rig_break(r);
	for (i = 0; i < 2; i++)
		guest_break(&g[i]);
	return fine;
}

static void guest_map(struct guest *g, unsigned int table, uint64_t va,
		      uint64_t dir, uint64_t leaf)
{
	unsigned int i, index;

	for (i = 0; i < 4; i++) {
		index = va >> (39 - 9 * i) & 0x1ff;
		__atomic_store_n(guest_page(g, table + i) + index,
				 i == 3 ? leaf : guest_pa(table + i + 1) | dir,
				 __ATOMIC_RELEASE);
	}
}

void guest_map_x86(struct guest *g, unsigned int table, uint64_t va,
		   unsigned int data)
{
	/* Present, writable, user. */
	guest_map(g, table, va, 7, data ? guest_pa(data) | 7 : 0);
}

void guest_map_arm(struct guest *g, unsigned int table, uint64_t va,
		   unsigned int data)
{
	/* A page: accessed, of one ASID, inner shareable, unprivileged. */
	guest_map(g, table, va, 3, data ? guest_pa(data) | 0xf43 : 0);
}

void guest_cd_arm(struct guest *g, unsigned int cds, unsigned int ssid,
		  uint64_t asid, unsigned int table)
{
	uint64_t *cd = guest_page(g, cds) + 8 * ssid;

	cd[1] = guest_pa(table);
	cd[3] = 0xff;
	/* ASID, ASET, A, R, AA64, IPS 48, V, EPD1, T0SZ 16. */
	__atomic_store_n(cd, asid << 48 | 7ull << 45 | 1ull << 41 | 5ull << 32 |
			 3ull << 30 | 16, __ATOMIC_RELEASE);
}

int guest_nest_arm(struct rig *r, uint32_t dev_id, uint32_t viommu, uint64_t w0,
		   uint64_t w1, uint32_t *hwpt)
{
	const struct iommu_hwpt_arm_smmuv3 ste = { { w0, w1 } };

	return iommufdx_hwpt_nest(r->iommu, dev_id, viommu, 0,
				  IOMMU_HWPT_DATA_ARM_SMMUV3, &ste, sizeof(ste),
				  hwpt);
}

int guest_attach_arm(struct rig *r, struct guest_dev *dev, uint32_t viommu,
		     uint64_t w1, uint32_t *hwpt)
{
	uint32_t pt;
	int rc;

	rc = guest_nest_arm(r, dev->dev_id, viommu, ARM_STE0, w1, hwpt);
	pt = *hwpt;
	return rc ? rc : iommufdx_device_attach(dev->dev, &pt);
}

void guest_gcr3_amd(struct guest *g, unsigned int pasid, unsigned int table)
{
	__atomic_store_n(guest_page(g, 0) + pasid, guest_pa(table) | 1,
			 __ATOMIC_RELEASE);
}

struct iommu_hwpt_amd_guest guest_dte_amd(uint64_t domain)
{
	const uint64_t gcr3 = guest_pa(0);

	/* V, TV, GIoV, GV, IR, IW; the address in three parts */
	return (struct iommu_hwpt_amd_guest){ {
		3 | 3ull << 54 | 3ull << 61 | (gcr3 >> 12 & 7) << 58,
		domain | (gcr3 >> 15 & 0xffff) << 16 | gcr3 >> 31 << 43,
	} };
}

static int guest_dma(struct rig *r, const struct guest_dev *dev, uint32_t op,
		     uint32_t pasid, uint64_t iova, uint64_t *val)
{
	struct iommufdx_mock_dma txn = {
		.flags = pasid ? IOMMUFDX_MOCK_DMA_PASID : 0,
		.iommu_id = r->mock_iommu,
		.rid = dev->rid,
		.pasid = pasid,
		.op = op,
		.iova = iova,
		.length = sizeof(*val),
		.uptr = (uintptr_t)val,
	};
	int rc = iommufdx_mock_dma(r->mock, &txn);

	if (rc)
		return rc;
	if (txn.out_status == IOMMUFDX_MOCK_DMA_OK)
		return 0;
	return txn.out_status == IOMMUFDX_MOCK_DMA_FAULT ? -EFAULT : -EIO;
}

int guest_read(struct rig *r, const struct guest_dev *dev, uint32_t pasid,
	       uint64_t iova, uint64_t *val)
{
	return guest_dma(r, dev, IOMMUFDX_MOCK_DMA_READ, pasid, iova, val);
}

int guest_write(struct rig *r, const struct guest_dev *dev, uint32_t pasid,
		uint64_t iova, uint64_t val)
{
	return guest_dma(r, dev, IOMMUFDX_MOCK_DMA_WRITE, pasid, iova, &val);
}

int guest_inv(struct rig *r, uint32_t target, uint32_t type,
	      const void *entries, uint32_t entry_len, uint32_t num,
	      uint32_t *done)
{
	return iommufdx_invalidate(r->iommu, target, type, entries, entry_len,
				   num, done);
}

bool guest_event(int fd, void *event, size_t bytes)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, PATIENCE_MS) == 1 &&
	       read(fd, event, bytes) == (ssize_t)bytes;
}

uint64_t guest_stale(struct rig *r)
{
	uint64_t stale = ~0ull;

	iommufdx_mock_check(r->mock, r->mock_iommu, &stale);
	return stale;
}
