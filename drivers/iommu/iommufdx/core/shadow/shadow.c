// SPDX-License-Identifier: GPL-2.0-only
/* Shadow HWPTs: making and destroying them, and their invalidations. */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <uapi/linux/iommufdx.h>

#include "core/area.h"
#include "core/device.h"
#include "core/domain.h"
#include "shadow.h"

/* ------------------------------------------------------------------------- life */

void fdx_shadow_destroy(struct fdx_object *obj)
{
	struct fdx_hwpt_shadow *shadow =
		container_of(obj, struct fdx_hwpt_shadow, common.obj);
	struct fdx_ioas *ioas = shadow->parent->ioas;
	bool clean = true;

	/* First clear: what the IOAS unmaps meanwhile still finds the shadow. */
	if (!list_empty(&shadow->node)) {
		clean = fdx_shadow_clear(shadow);
		down_write(&ioas->domains_rwsem);
		list_del(&shadow->node);
		down_write(&ioas->iova_rwsem);
		if (!clean)
			fdx_ioas_leak(ioas);
		up_write(&ioas->iova_rwsem);
		up_write(&ioas->domains_rwsem);
	}
	fdx_domain_free(shadow->common.domain);
	if (shadow->payer) {
		fdx_uncharge(shadow->payer, shadow->payer->charged);
		fdx_pages_put(shadow->payer);
	}
	fdx_hwpt_drop_fault(&shadow->common);
	mutex_destroy(&shadow->inv_lock);
	mutex_destroy(&shadow->lock);
	refcount_dec(&shadow->parent->common.obj.users);
}

static struct fdx_hwpt_shadow *shadow_new(struct iommufdx_ctx *ictx,
					  struct fdx_hwpt_paging *parent,
					  const struct fdx_guest_table *table)
{
	struct fdx_hwpt_shadow *shadow;
	struct fdx_object *obj;

	obj = fdx_object_alloc(ictx, sizeof(*shadow), FDX_OBJ_HWPT_SHADOW);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	shadow = container_of(obj, struct fdx_hwpt_shadow, common.obj);
	shadow->parent = parent;
	refcount_inc(&parent->common.obj.users);
	INIT_LIST_HEAD(&shadow->node);
	mutex_init(&shadow->inv_lock);
	mutex_init(&shadow->lock);
	shadow->table = *table;
	shadow->by_iova = RB_ROOT_CACHED;
	shadow->by_gpa = RB_ROOT_CACHED;
	return shadow;
}

/* Of hardware that sees writes, if the parent's are tracked. */
static struct iommufdx_domain *shadow_domain(struct iommufdx_master *master,
					     const struct fdx_hwpt_paging *parent,
					     unsigned int va_bits, u32 flags)
{
	u32 want = flags & IOMMU_HWPT_ALLOC_PASID ? IOMMUFDX_DOMAIN_PASID : 0;

	/* Writes that nobody sees would be lost to who tracks the parent. */
	if (parent->dirty_capable) {
		if (!(master->caps & IOMMUFDX_CAP_DIRTY))
			return ERR_PTR(-EOPNOTSUPP);
		want |= IOMMUFDX_DOMAIN_DIRTY;
	}
	return fdx_domain_alloc_as_wide(master, va_bits, want, 0);
}

static int shadow_take_domain(struct fdx_hwpt_shadow *shadow,
			      struct iommufdx_domain *domain, u64 guest_last)
{
	struct fdx_hwpt_paging *parent = shadow->parent;
	struct fdx_ioas *ioas = parent->ioas;
	int rc = 0;

	shadow->common.domain = domain;
	if (1ULL << __ffs64(domain->pt.page_sizes) >
	    1ULL << shadow->table.granule_shift)
		return -EOPNOTSUPP;
	shadow->first = domain->aperture_first;
	shadow->last = min(guest_last, domain->aperture_last);

	/* It tracks from the beginning, or is there when tracking starts. */
	down_read(&ioas->dirty_rwsem);
	if (parent->tracking)
		rc = fdx_shadow_switch_tracking(shadow, true);
	if (rc)
		goto out_unlock;
	down_write(&ioas->domains_rwsem);
	list_add_tail(&shadow->node, &ioas->shadows);
	if (list_empty(&parent->saved.node))
		list_add_tail(&parent->saved.node, &ioas->saved);
	up_write(&ioas->domains_rwsem);
out_unlock:
	up_read(&ioas->dirty_rwsem);
	return rc;
}

static int shadow_begin(struct fdx_hwpt_shadow *shadow,
			struct iommufdx_hwpt_shadow *arg,
			const struct iommufdx_user_data *data)
{
	int rc = 0;

	if (!(arg->flags & IOMMUFDX_HWPT_SHADOW_EMPTY))
		rc = fdx_shadow_sync(shadow, shadow->first, shadow->last);
	if (rc)
		return rc;
	arg->out_caching_mode = 1;
	arg->out_va_bits = fls64(shadow->last);
	return iommufdx_return_user_data(data, arg, sizeof(*arg));
}

struct fdx_hwpt *fdx_shadow_alloc(struct iommufdx_ctx *ictx,
				  struct fdx_hwpt_paging *parent,
				  struct iommufdx_device *idev, u32 flags,
				  const struct iommufdx_user_data *data)
{
	struct iommufdx_hwpt_shadow arg;
	struct iommufdx_domain *domain;
	struct fdx_hwpt_shadow *shadow;
	struct fdx_guest_table table;
	unsigned int va_bits;
	int rc;

	if (flags & ~(IOMMU_HWPT_FAULT_ID_VALID | IOMMU_HWPT_ALLOC_PASID))
		return ERR_PTR(-EOPNOTSUPP);
	rc = iommufdx_copy_user_data(&arg, sizeof(arg),
				     offsetofend(struct iommufdx_hwpt_shadow,
						 __reserved),
				     data, IOMMUFDX_HWPT_DATA_SHADOW);
	if (rc)
		return ERR_PTR(rc);
	if ((arg.flags & ~IOMMUFDX_HWPT_SHADOW_EMPTY) || arg.__reserved)
		return ERR_PTR(-EOPNOTSUPP);
	if (parent->auto_domain)
		return ERR_PTR(-EINVAL);
	rc = fdx_guest_table_init(&table, arg.format, arg.root, arg.levels,
				  arg.va_bits, arg.granule_shift);
	if (rc)
		return ERR_PTR(rc);
	/* Addresses of the upper half have ones in all bits above, too. */
	va_bits = table.va_bits - (arg.format == IOMMUFDX_FORMAT_X86_64);

	shadow = shadow_new(ictx, parent, &table);
	if (IS_ERR(shadow))
		return ERR_CAST(shadow);
	shadow->common.pasid_compat = flags & IOMMU_HWPT_ALLOC_PASID;
	shadow->payer = fdx_pages_new(ictx, 0, PAGE_SIZE, false);
	if (IS_ERR(shadow->payer)) {
		rc = PTR_ERR(shadow->payer);
		shadow->payer = NULL;
		goto err_abort;
	}
	domain = shadow_domain(idev->master, parent, va_bits, flags);
	if (IS_ERR(domain)) {
		rc = PTR_ERR(domain);
		goto err_abort;
	}
	rc = shadow_take_domain(shadow, domain, U64_MAX >> (64 - va_bits));
	if (!rc)
		rc = shadow_begin(shadow, &arg, data);
	if (rc)
		goto err_abort;
	return &shadow->common;

err_abort:
	fdx_object_abort(ictx, &shadow->common.obj);
	return ERR_PTR(rc);
}

/* ---------------------------------------------------------------- invalidations */

/*
 * Entries become one up to this many bytes of IOVA, far below what a sync may look
 * at: none is refused for its neighbours, whatever leaves they are a part of.
 */
#define SHADOW_MERGE	SZ_1G

/**
 * struct shadow_batch - what is to be brought in step: one range, so that what
 * fails is known
 * @begun: there is one
 * @first: first IOVA
 * @last: last IOVA
 */
struct shadow_batch {
	bool begun;
	u64 first;
	u64 last;
};

/* The IOVAs that an entry names. */
static int shadow_inv_range(const struct iommufdx_hwpt_shadow_invalidate *inv,
			    u64 *first, u64 *last)
{
	if (inv->flags)
		return -EOPNOTSUPP;
	*first = 0;
	*last = U64_MAX;
	switch (inv->granularity) {
	case IOMMUFDX_SHADOW_INV_RANGE:
		if (!inv->length)
			return -EINVAL;
		*first = inv->iova;
		if (check_add_overflow(inv->iova, inv->length - 1, last))
			return -EOVERFLOW;
		return 0;
	case IOMMUFDX_SHADOW_INV_DOMAIN:
	case IOMMUFDX_SHADOW_INV_PASID:
	case IOMMUFDX_SHADOW_INV_GLOBAL:
		return inv->iova || inv->length ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* Is @first..@last in the batch, or may it become a part? */
static bool shadow_batch_takes(const struct shadow_batch *batch, u64 first,
			       u64 last)
{
	if (first < batch->first)
		return false;
	if (last <= batch->last)
		return true;
	return first - 1 <= batch->last && last - batch->first < SHADOW_MERGE;
}

/* Guests invalidate page by page, upwards: one sync is enough for a run of them. */
static int shadow_inv_queue(void *target, const void *entry, void *data)
{
	struct shadow_batch *batch = data;
	u64 first, last;
	int rc;

	rc = shadow_inv_range(entry, &first, &last);
	if (rc)
		return rc;
	if (!batch->begun) {
		batch->begun = true;
		batch->first = first;
		batch->last = last;
		return 0;
	}
	if (!shadow_batch_takes(batch, first, last))
		return -ENOSPC;
	batch->last = max(batch->last, last);
	return 0;
}

static int shadow_inv_sync(void *target, void *data)
{
	struct shadow_batch *batch = data;

	return fdx_shadow_sync(target, batch->first, batch->last);
}

const struct iommufdx_inv_ops fdx_shadow_inv_ops = {
	.type = IOMMUFDX_HWPT_INVALIDATE_DATA_SHADOW,
	.entry_size = sizeof(struct iommufdx_hwpt_shadow_invalidate),
	.min_entry_size = sizeof(struct iommufdx_hwpt_shadow_invalidate),
	.batch_size = sizeof(struct shadow_batch),
	.queue = shadow_inv_queue,
	.sync = shadow_inv_sync,
};
