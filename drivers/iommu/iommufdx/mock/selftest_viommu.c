// SPDX-License-Identifier: GPL-2.0-only
/* The generic mock IOMMU's nested domains and virtual IOMMUs. */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "selftest_mock.h"

/* -------------------------------------------------------------- nested domains */

/* What a batch of commands to a nested domain will empty: bits of entries. */
struct selftest_iotlb_batch {
	unsigned int entries;
};

static int selftest_iotlb_queue(void *target, const void *entry, void *batch)
{
	const struct iommu_hwpt_invalidate_selftest *cmd = entry;
	struct selftest_iotlb_batch *iotlb = batch;

	if (cmd->flags & ~IOMMU_TEST_INVALIDATE_FLAG_ALL)
		return -EOPNOTSUPP;
	if (cmd->iotlb_id >= MOCK_NESTED_DOMAIN_IOTLB_NUM)
		return -EINVAL;
	if (cmd->flags & IOMMU_TEST_INVALIDATE_FLAG_ALL)
		iotlb->entries = BIT(MOCK_NESTED_DOMAIN_IOTLB_NUM) - 1;
	else
		iotlb->entries |= BIT(cmd->iotlb_id);
	return 0;
}

static int selftest_iotlb_sync(void *target, void *batch)
{
	struct selftest_nested *nested =
		container_of(target, struct selftest_nested, base);
	struct selftest_iotlb_batch *iotlb = batch;
	unsigned int i;

	for (i = 0; i < MOCK_NESTED_DOMAIN_IOTLB_NUM; i++)
		if (iotlb->entries & BIT(i))
			WRITE_ONCE(nested->iotlb[i], 0);
	return 0;
}

static const struct iommufdx_inv_ops selftest_iotlb_inv = {
	.type = IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
	.entry_size = sizeof(struct iommu_hwpt_invalidate_selftest),
	.min_entry_size = sizeof(struct iommu_hwpt_invalidate_selftest),
	.batch_size = sizeof(struct selftest_iotlb_batch),
	.queue = selftest_iotlb_queue,
	.sync = selftest_iotlb_sync,
};

static void selftest_nested_free(struct iommufdx_domain *base)
{
	kfree(container_of(base, struct selftest_nested, base));
	module_put(THIS_MODULE);
}

static const struct iommufdx_domain_ops selftest_nested_ops = {
	.free = selftest_nested_free,
};

struct selftest_nested *selftest_nested(struct iommufdx_domain *domain)
{
	return domain->ops == &selftest_nested_ops ?
		       container_of(domain, struct selftest_nested, base) :
		       NULL;
}

struct iommufdx_domain *
selftest_nested_alloc(struct iommufdx_iommu *iommu,
		      struct iommufdx_viommu *viommu, u32 flags,
		      const struct iommufdx_user_data *data)
{
	struct selftest_nested *nested;
	struct iommu_hwpt_selftest cfg;
	unsigned int i;
	int rc;

	if ((flags & ~IOMMU_HWPT_ALLOC_PASID) ||
	    data->type != IOMMU_HWPT_DATA_SELFTEST)
		return ERR_PTR(-EOPNOTSUPP);
	rc = iommufdx_copy_user_data(&cfg, sizeof(cfg),
				     offsetofend(struct iommu_hwpt_selftest,
						 iotlb),
				     data, IOMMU_HWPT_DATA_SELFTEST);
	if (rc)
		return ERR_PTR(rc);

	nested = kzalloc(sizeof(*nested), GFP_KERNEL_ACCOUNT);
	if (!nested)
		return ERR_PTR(-ENOMEM);
	nested->base.ops = &selftest_nested_ops;
	nested->base.iommu = iommu;
	nested->base.inv = &selftest_iotlb_inv;
	nested->viommu = viommu;
	for (i = 0; i < MOCK_NESTED_DOMAIN_IOTLB_NUM; i++)
		nested->iotlb[i] = cfg.iotlb;
	__module_get(THIS_MODULE);
	return &nested->base;
}

/* -------------------------------------------------------------------- vIOMMUs */

/* What user space can mmap of a vIOMMU. */
#define SELFTEST_MMAP_ORDER	1
#define SELFTEST_MMAP_LENGTH	(PAGE_SIZE << SELFTEST_MMAP_ORDER)

/**
 * struct selftest_viommu - a virtual IOMMU
 * @base: what core sees
 * @page: what user space can mmap, or NULL
 * @mmap_offset: where
 * @queue_lock: guards @queues
 * @queues: hardware queues by index; each needs the one before it
 */
struct selftest_viommu {
	struct iommufdx_viommu base;
	u32 *page;
	u64 mmap_offset;
	struct mutex queue_lock;
	struct iommufdx_hw_queue *queues[IOMMU_TEST_HW_QUEUE_MAX];
};

static struct selftest_viommu *to_viommu(struct iommufdx_viommu *base)
{
	return container_of(base, struct selftest_viommu, base);
}

static void selftest_viommu_free(struct iommufdx_viommu *base)
{
	struct selftest_viommu *viommu = to_viommu(base);

	if (viommu->page) {
		iommufdx_viommu_mmap_remove(base, viommu->mmap_offset);
		free_pages((unsigned long)viommu->page, SELFTEST_MMAP_ORDER);
	}
	mutex_destroy(&viommu->queue_lock);
	kfree(viommu);
	module_put(THIS_MODULE);
}

static struct iommufdx_domain *
selftest_viommu_alloc_nested(struct iommufdx_viommu *base, u32 flags,
			     const struct iommufdx_user_data *data)
{
	return selftest_nested_alloc(base->iommu, base,
				     flags & ~IOMMU_HWPT_FAULT_ID_VALID, data);
}

/* Devices come and go, so a batch is what their names stand for at one moment. */
static int selftest_cache_queue(void *target, const void *entry, void *batch)
{
	const struct iommu_viommu_invalidate_selftest *cmd = entry;
	struct iommufdx_vdevice *vdev;
	struct selftest_dev *dev;
	unsigned int i;
	int rc = 0;

	if (cmd->flags & ~IOMMU_TEST_INVALIDATE_FLAG_ALL)
		return -EOPNOTSUPP;
	if (cmd->cache_id >= MOCK_DEV_CACHE_NUM)
		return -EINVAL;

	iommufdx_viommu_lock(target);
	vdev = iommufdx_viommu_find_vdev(target, cmd->vdev_id);
	if (!vdev) {
		rc = -EINVAL;
		goto out_unlock;
	}
	dev = vdev->master->priv;
	for (i = 0; i < MOCK_DEV_CACHE_NUM; i++)
		if (i == cmd->cache_id ||
		    (cmd->flags & IOMMU_TEST_INVALIDATE_FLAG_ALL))
			WRITE_ONCE(dev->cache[i], 0);
out_unlock:
	iommufdx_viommu_unlock(target);
	return rc;
}

static int selftest_cache_sync(void *target, void *batch)
{
	return 0;
}

static const struct iommufdx_inv_ops selftest_cache_inv = {
	.type = IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST,
	.entry_size = sizeof(struct iommu_viommu_invalidate_selftest),
	.min_entry_size = sizeof(struct iommu_viommu_invalidate_selftest),
	.any_entry_len = true,
	.queue = selftest_cache_queue,
	.sync = selftest_cache_sync,
};

static bool selftest_has_hw_queue(struct iommufdx_viommu *base, u32 type)
{
	return type == IOMMU_HW_QUEUE_TYPE_SELFTEST;
}

static int selftest_hw_queue_init(struct iommufdx_hw_queue *queue)
{
	struct selftest_viommu *viommu = to_viommu(queue->viommu);
	struct pgtable *pt = &queue->viommu->parent->pt;
	int rc = 0;

	if (queue->index >= IOMMU_TEST_HW_QUEUE_MAX)
		return -EINVAL;

	mutex_lock(&viommu->queue_lock);
	if (viommu->queues[queue->index])
		rc = -EEXIST;
	else if (queue->index && !viommu->queues[queue->index - 1])
		rc = -EIO;
	else if (pt->ops->iova_to_phys(pt, queue->iova) != queue->phys)
		rc = -EFAULT;
	if (!rc) {
		viommu->queues[queue->index] = queue;
		if (queue->index)
			iommufdx_hw_queue_depend(queue,
						 viommu->queues[queue->index - 1]);
	}
	mutex_unlock(&viommu->queue_lock);
	return rc;
}

static void selftest_hw_queue_destroy(struct iommufdx_hw_queue *queue)
{
	struct selftest_viommu *viommu = to_viommu(queue->viommu);

	mutex_lock(&viommu->queue_lock);
	viommu->queues[queue->index] = NULL;
	if (queue->index)
		iommufdx_hw_queue_undepend(queue,
					   viommu->queues[queue->index - 1]);
	mutex_unlock(&viommu->queue_lock);
}

static const struct iommufdx_viommu_ops selftest_viommu_ops = {
	.free = selftest_viommu_free,
	.alloc_nested = selftest_viommu_alloc_nested,
	.inv = &selftest_cache_inv,
	.has_hw_queue = selftest_has_hw_queue,
	.hw_queue_init = selftest_hw_queue_init,
	.hw_queue_destroy = selftest_hw_queue_destroy,
	.guest_queue = &selftest_guest_queue_ops,
};

/* Echo what user space sent, in its struct and in a page that it can mmap. */
static int selftest_viommu_echo(struct selftest_viommu *viommu,
				const struct iommufdx_user_data *user)
{
	struct iommu_viommu_selftest data;
	int rc;

	rc = iommufdx_copy_user_data(&data, sizeof(data),
				     offsetofend(struct iommu_viommu_selftest,
						 out_data),
				     user, IOMMU_VIOMMU_TYPE_SELFTEST);
	if (rc)
		return rc;
	viommu->page = (u32 *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					       SELFTEST_MMAP_ORDER);
	if (!viommu->page)
		return -ENOMEM;
	rc = iommufdx_viommu_mmap_add(&viommu->base, virt_to_phys(viommu->page),
				      SELFTEST_MMAP_LENGTH,
				      &viommu->mmap_offset);
	if (rc)
		goto err_free;

	*viommu->page = data.in_data;
	data.out_data = data.in_data;
	data.out_mmap_offset = viommu->mmap_offset;
	data.out_mmap_length = SELFTEST_MMAP_LENGTH;
	rc = iommufdx_return_user_data(user, &data, sizeof(data));
	if (rc)
		goto err_remove;
	return 0;

err_remove:
	iommufdx_viommu_mmap_remove(&viommu->base, viommu->mmap_offset);
err_free:
	free_pages((unsigned long)viommu->page, SELFTEST_MMAP_ORDER);
	return rc;
}

struct iommufdx_viommu *
selftest_viommu_alloc(struct iommufdx_master *master,
		      struct iommufdx_domain *parent, void *core,
		      const struct iommufdx_user_data *data)
{
	struct selftest_viommu *viommu;
	int rc;

	if (data->type != IOMMU_VIOMMU_TYPE_SELFTEST || !selftest_domain(parent))
		return ERR_PTR(-EOPNOTSUPP);

	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return ERR_PTR(-ENOMEM);
	mutex_init(&viommu->queue_lock);
	iommufdx_viommu_init(&viommu->base, core, &selftest_viommu_ops,
			     master->iommu, parent, IOMMU_VIOMMU_TYPE_SELFTEST);
	if (data->len) {
		rc = selftest_viommu_echo(viommu, data);
		if (rc) {
			mutex_destroy(&viommu->queue_lock);
			kfree(viommu);
			return ERR_PTR(rc);
		}
	}
	__module_get(THIS_MODULE);
	return &viommu->base;
}
