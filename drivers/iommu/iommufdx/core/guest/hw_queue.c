// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware queues: a guest's own queue that hardware reads at its physical
 * address, or the kernel in its stead (guest_queue.h). For hardware the memory
 * must be contiguous. It cannot be unmapped from the nesting parent's IOAS while
 * the queue lives.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "core/access.h"
#include "guest_queue.h"
#include "core/hwpt.h"
#include "viommu.h"

static unsigned long queue_first(const struct iommufdx_hw_queue *queue)
{
	return ALIGN_DOWN((unsigned long)queue->iova, PAGE_SIZE);
}

static unsigned long queue_npages(const struct iommufdx_hw_queue *queue)
{
	return DIV_ROUND_UP(offset_in_page(queue->iova) + queue->length,
			    PAGE_SIZE);
}

void fdx_hw_queue_destroy(struct fdx_object *obj)
{
	struct fdx_hw_queue *hwq = container_of(obj, struct fdx_hw_queue, obj);
	struct iommufdx_hw_queue *queue = &hwq->queue;

	if (hwq->running)
		queue->viommu->ops->hw_queue_destroy(queue);
	fdx_guest_queue_destroy(hwq);
	if (hwq->pinned)
		iommufdx_access_unpin_pages(hwq->access, queue_first(queue),
					    queue_npages(queue) * PAGE_SIZE);
	if (hwq->access)
		iommufdx_access_destroy(hwq->access);
	refcount_dec(&hwq->viommu->obj.users);
}

static int hw_queue_locate(struct iommufdx_hw_queue *queue, struct page **pages,
			   unsigned long npages)
{
	unsigned long i;

	for (i = 1; i < npages; i++)
		if (page_to_pfn(pages[i]) != page_to_pfn(pages[i - 1]) + 1)
			return -EFAULT;
	queue->phys = page_to_phys(pages[0]) + offset_in_page(queue->iova);
	return 0;
}

/* Pin the queue and find out where it is. */
static int hw_queue_pin(struct fdx_hw_queue *hwq)
{
	struct iommufdx_hw_queue *queue = &hwq->queue;
	unsigned long npages = queue_npages(queue);
	struct page **pages;
	int rc;

	pages = kvcalloc(npages, sizeof(*pages),
			 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	rc = iommufdx_access_pin_pages(hwq->access, queue_first(queue),
				       npages * PAGE_SIZE, pages,
				       IOMMUFDX_ACCESS_READ);
	if (!rc) {
		hwq->pinned = true;
		rc = hwq->guest ? fdx_guest_queue_map(hwq, pages, npages) :
				  hw_queue_locate(queue, pages, npages);
	}
	kvfree(pages);
	return rc;
}

static int hw_queue_create(struct fdx_ucmd *ucmd, struct fdx_viommu *viommu)
{
	const struct iommufdx_viommu_ops *ops = viommu->viommu->ops;
	struct iommu_hw_queue_alloc *cmd = ucmd->cmd;
	struct fdx_hw_queue *hwq;
	struct fdx_object *obj;
	int rc;

	if (!fdx_guest_queue_has(viommu->viommu, cmd->type) &&
	    !(ops->has_hw_queue && ops->has_hw_queue(viommu->viommu, cmd->type)))
		return -EOPNOTSUPP;

	obj = fdx_object_alloc_ucmd(ucmd, sizeof(*hwq), FDX_OBJ_HW_QUEUE);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	hwq = container_of(obj, struct fdx_hw_queue, obj);
	refcount_inc(&viommu->obj.users);
	hwq->viommu = viommu;
	hwq->queue.viommu = viommu->viommu;
	hwq->queue.type = cmd->type;
	hwq->queue.index = cmd->index;
	hwq->queue.iova = cmd->nesting_parent_iova;
	hwq->queue.length = cmd->length;

	hwq->access = fdx_access_internal(ucmd->ictx, viommu->hwpt->ioas);
	if (IS_ERR(hwq->access)) {
		rc = PTR_ERR(hwq->access);
		hwq->access = NULL;
		return rc;
	}
	if (fdx_guest_queue_has(viommu->viommu, cmd->type)) {
		rc = fdx_guest_queue_create(hwq);
		if (rc)
			return rc;
	}
	rc = hw_queue_pin(hwq);
	if (rc)
		return rc;
	if (!hwq->guest) {
		rc = ops->hw_queue_init(&hwq->queue);
		if (rc)
			return rc;
		hwq->running = true;
	}

	cmd->out_hw_queue_id = obj->id;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

int fdx_hw_queue_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_hw_queue_alloc *cmd = ucmd->cmd;
	struct fdx_viommu *viommu;
	u64 last;
	int rc;

	if (cmd->flags || cmd->type == IOMMU_HW_QUEUE_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	if (!cmd->length)
		return -EINVAL;
	if (check_add_overflow(cmd->nesting_parent_iova, cmd->length - 1,
			       &last))
		return -EOVERFLOW;
	if (cmd->length > ULONG_MAX - PAGE_SIZE)
		return -ERANGE;
	if (last > ULONG_MAX - PAGE_SIZE)
		return -EOVERFLOW;

	viommu = fdx_get_viommu(ucmd->ictx, cmd->viommu_id);
	if (IS_ERR(viommu))
		return PTR_ERR(viommu);
	rc = hw_queue_create(ucmd, viommu);
	fdx_put_object(ucmd->ictx, &viommu->obj);
	return rc;
}

void iommufdx_hw_queue_depend(struct iommufdx_hw_queue *dependent,
			      struct iommufdx_hw_queue *queue)
{
	struct fdx_hw_queue *hwq =
		container_of(queue, struct fdx_hw_queue, queue);

	WARN_ON(dependent == queue);
	refcount_inc(&hwq->obj.users);
}
EXPORT_SYMBOL_GPL(iommufdx_hw_queue_depend);

void iommufdx_hw_queue_undepend(struct iommufdx_hw_queue *dependent,
				struct iommufdx_hw_queue *queue)
{
	struct fdx_hw_queue *hwq =
		container_of(queue, struct fdx_hw_queue, queue);

	refcount_dec(&hwq->obj.users);
}
EXPORT_SYMBOL_GPL(iommufdx_hw_queue_undepend);
