// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls that serve guests: one entry each. Their device is one of the mock
 * IOMMU of Linux's selftests, which knows every one of them.
 */
#include "abi_ops.h"
#include "test_cmd.h"

#include <errno.h>
#include <stdlib.h>

/* In the middle of what that mock can map. */
#define QUEUE_IOVA	0x10000000ull

static uint32_t dev, parent, nested, viommu, ioas, noiommu_ioas;
static uint32_t ring, guest_queue;
static struct iommufdx_device *noiommu, *staller;
static uint32_t noiommu_id, noiommu_dev, staller_id;
static char *queue;

static void fill_invalidate(struct rig *r, void *p)
{
	struct iommu_hwpt_invalidate *cmd = p;

	/* No entry at all asks whether the type is known. */
	cmd->hwpt_id = nested;
	cmd->data_type = TYPE_HWPT_INVALIDATE;
	cmd->entry_len = 8;
}

static void fill_fault(struct rig *r, void *p)
{
}

static void fill_viommu(struct rig *r, void *p)
{
	struct iommu_viommu_alloc *cmd = p;

	cmd->type = TYPE_VIOMMU;
	cmd->dev_id = dev;
	cmd->hwpt_id = parent;
}

static void fill_vdevice(struct rig *r, void *p)
{
	struct iommu_vdevice_alloc *cmd = p;

	cmd->viommu_id = viommu;
	cmd->dev_id = dev;
	cmd->virt_id = 7;
}

static void fill_veventq(struct rig *r, void *p)
{
	struct iommu_veventq_alloc *cmd = p;

	cmd->viommu_id = viommu;
	cmd->type = TYPE_VEVENTQ;
	cmd->veventq_depth = 2;
}

static void fill_hw_queue(struct rig *r, void *p)
{
	struct iommu_hw_queue_alloc *cmd = p;

	cmd->viommu_id = viommu;
	cmd->type = TYPE_HW_QUEUE;
	cmd->nesting_parent_iova = QUEUE_IOVA;
	cmd->length = PAGE;
}

static void fill_ring_alloc(struct rig *r, void *p)
{
	struct iommufdx_inv_ring_alloc *cmd = p;

	cmd->target_id = nested;
	cmd->data_type = TYPE_HWPT_INVALIDATE;
	cmd->entry_len = 8;
	cmd->entries = 4;
}

static void fill_ring_submit(struct rig *r, void *p)
{
	struct iommufdx_inv_ring_submit *cmd = p;

	cmd->ring_id = ring;
}

static void fill_guest_queue(struct rig *r, void *p)
{
	struct iommufdx_guest_queue_ctrl *cmd = p;

	cmd->queue_id = guest_queue;
	cmd->op = IOMMUFDX_GUEST_QUEUE_STOP;
}

static void fill_sva(struct rig *r, void *p)
{
	struct iommufdx_hwpt_alloc_sva *cmd = p;

	cmd->dev_id = staller_id;
}

static void fill_get_pa(struct rig *r, void *p)
{
	struct iommu_ioas_noiommu_get_pa *cmd = p;

	cmd->ioas_id = noiommu_ioas;
	cmd->iova = QUEUE_IOVA;
	cmd->length = PAGE;
}

const struct op guest_ops[] = {
	{
		"HWPT_INVALIDATE", IOMMU_HWPT_INVALIDATE,
		sizeof(struct iommu_hwpt_invalidate),
		UPTO(iommu_hwpt_invalidate, __reserved), fill_invalidate,
		.ids = { { AT(iommu_hwpt_invalidate, hwpt_id), WANTS_HWPT,
			   ENOENT, EINVAL } },
		.reserved = { F(iommu_hwpt_invalidate, __reserved) },
	}, {
		"FAULT_QUEUE_ALLOC", IOMMU_FAULT_QUEUE_ALLOC,
		sizeof(struct iommu_fault_alloc),
		UPTO(iommu_fault_alloc, out_fault_fd), fill_fault,
		.flags = F(iommu_fault_alloc, flags),
	}, {
		"VIOMMU_ALLOC", IOMMU_VIOMMU_ALLOC,
		sizeof(struct iommu_viommu_alloc),
		UPTO(iommu_viommu_alloc, out_viommu_id), fill_viommu,
		.ids = { { AT(iommu_viommu_alloc, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT },
			 { AT(iommu_viommu_alloc, hwpt_id), WANTS_HWPT,
			   ENOENT, ENOENT } },
		/* Its reserved field is not looked at, as in Linux. */
		.flags = F(iommu_viommu_alloc, flags),
	}, {
		"VDEVICE_ALLOC", IOMMU_VDEVICE_ALLOC,
		sizeof(struct iommu_vdevice_alloc),
		UPTO(iommu_vdevice_alloc, virt_id), fill_vdevice,
		.ids = { { AT(iommu_vdevice_alloc, viommu_id), WANTS_VIOMMU,
			   ENOENT, ENOENT },
			 { AT(iommu_vdevice_alloc, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT } },
	}, {
		"VEVENTQ_ALLOC", IOMMU_VEVENTQ_ALLOC,
		sizeof(struct iommu_veventq_alloc),
		UPTO(iommu_veventq_alloc, out_veventq_fd), fill_veventq,
		.ids = { { AT(iommu_veventq_alloc, viommu_id), WANTS_VIOMMU,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_veventq_alloc, __reserved) },
		.flags = F(iommu_veventq_alloc, flags),
	}, {
		"HW_QUEUE_ALLOC", IOMMU_HW_QUEUE_ALLOC,
		sizeof(struct iommu_hw_queue_alloc),
		UPTO(iommu_hw_queue_alloc, length), fill_hw_queue,
		.ids = { { AT(iommu_hw_queue_alloc, viommu_id), WANTS_VIOMMU,
			   ENOENT, ENOENT } },
		.flags = F(iommu_hw_queue_alloc, flags),
	}, {
		"INV_RING_ALLOC", IOMMUFDX_INV_RING_ALLOC,
		sizeof(struct iommufdx_inv_ring_alloc),
		UPTO(iommufdx_inv_ring_alloc, out_mmap_length), fill_ring_alloc,
		.ids = { { AT(iommufdx_inv_ring_alloc, target_id), WANTS_HWPT,
			   ENOENT, EINVAL } },
		.reserved = { F(iommufdx_inv_ring_alloc, out_fd) },
		.flags = F(iommufdx_inv_ring_alloc, flags),
	}, {
		"INV_RING_SUBMIT", IOMMUFDX_INV_RING_SUBMIT,
		sizeof(struct iommufdx_inv_ring_submit),
		UPTO(iommufdx_inv_ring_submit, out_done), fill_ring_submit,
		.ids = { { AT(iommufdx_inv_ring_submit, ring_id), WANTS_RING,
			   ENOENT, ENOENT } },
		.flags = F(iommufdx_inv_ring_submit, flags),
	}, {
		"GUEST_QUEUE_CTRL", IOMMUFDX_GUEST_QUEUE_CTRL,
		sizeof(struct iommufdx_guest_queue_ctrl),
		UPTO(iommufdx_guest_queue_ctrl, out_mmap_length),
		fill_guest_queue,
		.ids = { { AT(iommufdx_guest_queue_ctrl, queue_id),
			   WANTS_HW_QUEUE, ENOENT, ENOENT } },
		.flags = F(iommufdx_guest_queue_ctrl, flags),
	}, {
		"HWPT_ALLOC_SVA", IOMMUFDX_HWPT_ALLOC_SVA,
		sizeof(struct iommufdx_hwpt_alloc_sva),
		UPTO(iommufdx_hwpt_alloc_sva, out_va_bits), fill_sva,
		.ids = { { AT(iommufdx_hwpt_alloc_sva, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT } },
		.reserved = { F(iommufdx_hwpt_alloc_sva, __reserved) },
		.flags = F(iommufdx_hwpt_alloc_sva, flags),
	}, {
		"IOAS_NOIOMMU_GET_PA", IOMMU_IOAS_NOIOMMU_GET_PA,
		sizeof(struct iommu_ioas_noiommu_get_pa),
		UPTO(iommu_ioas_noiommu_get_pa, out_phys), fill_get_pa,
		.ids = { { AT(iommu_ioas_noiommu_get_pa, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_ioas_noiommu_get_pa, __reserved) },
		.flags = F(iommu_ioas_noiommu_get_pa, flags),
	},
	{}
};

/* A device, a nesting parent, a nested HWPT and a vIOMMU on it. */
static int prepare_nesting(struct iommufdx *iommu)
{
	struct iommu_viommu_alloc cmd = { .size = sizeof(cmd) };
	uint32_t iotlb = 0;
	struct iommu_hwpt_alloc nest = {
		.size = sizeof(nest),
		.data_type = TYPE_HWPT_DATA,
		.data_len = sizeof(iotlb),
		.data_uptr = (uintptr_t)&iotlb,
	};
	uint64_t iova = QUEUE_IOVA;
	int rc;

	rc = iommufdx_ioas_alloc(iommu, &ioas);
	if (!rc)
		rc = iommufdx_ioas_map(iommu, ioas, RW | FIXED, queue, PAGE,
				       &iova);
	if (!rc)
		rc = test_device(iommu, ioas, &dev);
	if (!rc)
		rc = iommufdx_hwpt_alloc(iommu, dev, ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT, &parent);
	if (rc)
		return rc;
	nest.dev_id = dev;
	nest.pt_id = parent;
	if (ioctl(iommufdx_fd(iommu), IOMMU_HWPT_ALLOC, &nest))
		return -errno;
	nested = nest.out_hwpt_id;
	fill_viommu(NULL, &cmd);
	if (ioctl(iommufdx_fd(iommu), IOMMU_VIOMMU_ALLOC, &cmd))
		return -errno;
	viommu = cmd.out_viommu_id;
	return 0;
}

/* A ring to that HWPT, and a queue of that vIOMMU which the kernel reads. */
static int prepare_queues(struct iommufdx *iommu)
{
	struct iommufdx_inv_ring_alloc ring_cmd = { .size = sizeof(ring_cmd) };
	struct iommu_hw_queue_alloc queue_cmd = { .size = sizeof(queue_cmd) };

	fill_ring_alloc(NULL, &ring_cmd);
	if (ioctl(iommufdx_fd(iommu), IOMMUFDX_INV_RING_ALLOC, &ring_cmd))
		return -errno;
	ring = ring_cmd.out_ring_id;
	fill_hw_queue(NULL, &queue_cmd);
	queue_cmd.type = TYPE_GUEST_QUEUE;
	if (ioctl(iommufdx_fd(iommu), IOMMU_HW_QUEUE_ALLOC, &queue_cmd))
		return -errno;
	guest_queue = queue_cmd.out_hw_queue_id;
	return 0;
}

/* A device with PASIDs that stalls until it has its page. */
static int prepare_staller(struct rig *r)
{
	static const struct iommufdx_mock_iommu_config smmuv3 = {
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
		.caps = ~0u,
	};
	struct iommufdx_mock_dev_config config = { .rid = 1, .pasid_bits = 8 };
	uint32_t id;
	int rc;

	rc = iommufdx_mock_iommu_add(r->mock, &smmuv3, &config.iommu);
	if (!rc)
		rc = iommufdx_mock_dev_add(r->mock, &config, &id);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, id, &staller);
	return rc ? rc : iommufdx_device_bind(staller, r->iommu, &staller_id);
}

/* An address space with a device that no IOMMU stands before. */
static int prepare_noiommu(struct rig *r)
{
	static const struct iommufdx_mock_iommu_config none = {
		.kind = IOMMUFDX_MOCK_KIND_NONE,
		.caps = ~0u,
	};
	struct iommufdx_mock_dev_config config = { .rid = 1 };
	uint64_t iova = QUEUE_IOVA;
	uint32_t pt_id;
	int rc;

	rc = iommufdx_mock_iommu_add(r->mock, &none, &noiommu_id);
	if (rc)
		return rc;
	config.iommu = noiommu_id;
	rc = iommufdx_mock_dev_add(r->mock, &config, &noiommu_dev);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, noiommu_dev, &noiommu);
	if (!rc)
		rc = iommufdx_device_bind(noiommu, r->iommu, &noiommu_dev);
	if (!rc)
		rc = iommufdx_ioas_alloc(r->iommu, &noiommu_ioas);
	if (!rc)
		rc = iommufdx_ioas_map(r->iommu, noiommu_ioas, RW | FIXED,
				       queue, PAGE, &iova);
	pt_id = noiommu_ioas;
	return rc ? rc : iommufdx_device_attach(noiommu, &pt_id);
}

int abi_guest_ops_prepare(struct rig *r)
{
	int rc;

	queue = mem_get(PAGE);
	if (!queue)
		return -ENOMEM;
	rc = prepare_nesting(r->iommu);
	if (!rc)
		rc = prepare_queues(r->iommu);
	if (!rc)
		rc = prepare_staller(r);
	return rc ? rc : prepare_noiommu(r);
}

void abi_guest_ops_done(void)
{
	iommufdx_device_close(noiommu);
	iommufdx_device_close(staller);
	noiommu = staller = NULL;
	mem_put(queue, PAGE);
	queue = NULL;
}
