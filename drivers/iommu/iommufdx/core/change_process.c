// SPDX-License-Identifier: GPL-2.0-only
/*
 * CHANGE_PROCESS: another process, which inherited the iommufd, takes over what
 * is mapped. Possible where all of that is files, which both processes can have
 * mapped at different addresses.
 *
 * All or nothing: the new process pays for everything before the old one is
 * given anything back. That is what is mapped, and the tables of shadows on it.
 */
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "area.h"
#include "core/shadow/shadow.h"

/**
 * struct takeover - one CHANGE_PROCESS under way
 * @ictx: the iommufd
 * @locked: the IOASs that are locked with their shadows, by index; each is held as
 *	object
 * @pages: struct fdx_pages that are mapped or pay for a shadow, each once
 */
struct takeover {
	struct iommufdx_ctx *ictx;
	struct xarray locked;
	struct list_head pages;
};

static int takeover_hold(struct takeover *t)
{
	struct fdx_object *obj;
	unsigned long index;
	u32 slot;
	int rc;

	lockdep_assert_held_write(&t->ictx->ioas_lock);

	xa_lock(&t->ictx->objects);
	xa_for_each(&t->ictx->objects, index, obj) {
		if (obj->type != FDX_OBJ_IOAS || !fdx_hold_object(obj))
			continue;
		xa_unlock(&t->ictx->objects);
		rc = xa_alloc(&t->locked, &slot,
			      container_of(obj, struct fdx_ioas, obj),
			      xa_limit_31b, GFP_KERNEL_ACCOUNT);
		if (rc) {
			fdx_put_object(t->ictx, obj);
			return rc;
		}
		xa_lock(&t->ictx->objects);
	}
	xa_unlock(&t->ictx->objects);
	return 0;
}

static void takeover_put(struct takeover *t)
{
	struct fdx_ioas *ioas;
	unsigned long index;

	xa_for_each(&t->locked, index, ioas)
		fdx_put_object(t->ictx, &ioas->obj);
	xa_destroy(&t->locked);
}

/* All locks of one kind before those of the next: that is their order. */
static void takeover_lock(struct takeover *t)
{
	struct fdx_hwpt_shadow *shadow;
	struct fdx_ioas *ioas;
	unsigned long index;

	xa_for_each(&t->locked, index, ioas)
		down_write_nest_lock(&ioas->domains_rwsem, &t->ictx->ioas_lock);
	xa_for_each(&t->locked, index, ioas)
		list_for_each_entry(shadow, &ioas->shadows, node)
			mutex_lock_nest_lock(&shadow->lock,
					     &t->ictx->ioas_lock);
	xa_for_each(&t->locked, index, ioas)
		down_write_nest_lock(&ioas->iova_rwsem, &t->ictx->ioas_lock);
}

static void takeover_unlock(struct takeover *t)
{
	struct fdx_hwpt_shadow *shadow;
	struct fdx_pages *pages, *next;
	struct fdx_ioas *ioas;
	unsigned long index;

	list_for_each_entry_safe(pages, next, &t->pages, link)
		list_del_init(&pages->link);
	xa_for_each(&t->locked, index, ioas) {
		up_write(&ioas->iova_rwsem);
		list_for_each_entry(shadow, &ioas->shadows, node)
			mutex_unlock(&shadow->lock);
		up_write(&ioas->domains_rwsem);
	}
}

static int takeover_collect(struct takeover *t)
{
	struct fdx_hwpt_shadow *shadow;
	struct fdx_area *area;
	struct fdx_ioas *ioas;
	unsigned long index;

	xa_for_each(&t->locked, index, ioas) {
		fdx_for_each_area(ioas, area, 0, ULONG_MAX) {
			if (area->busy)
				return -EBUSY;
			if (!area->pages->file)
				return -EINVAL;
			if (list_empty(&area->pages->link))
				list_add(&area->pages->link, &t->pages);
		}
		list_for_each_entry(shadow, &ioas->shadows, node)
			list_add(&shadow->payer->link, &t->pages);
	}
	return 0;
}

static int takeover_pay(struct takeover *t)
{
	unsigned long npages[FDX_ACCOUNT_MODES] = {};
	struct fdx_pages *pages;
	int mode, rc;

	list_for_each_entry(pages, &t->pages, link)
		if (!fdx_pays_current(pages))
			npages[pages->account_mode] += pages->charged;

	for (mode = 0; mode < FDX_ACCOUNT_MODES; mode++) {
		rc = fdx_charge_current(mode, npages[mode]);
		if (rc)
			goto err_undo;
	}
	return 0;

err_undo:
	while (mode--)
		fdx_uncharge_current(mode, npages[mode]);
	return rc;
}

static int takeover_run(struct takeover *t)
{
	struct fdx_pages *pages;
	int rc;

	rc = takeover_collect(t);
	if (!rc)
		rc = takeover_pay(t);
	if (rc)
		return rc;
	list_for_each_entry(pages, &t->pages, link) {
		mutex_lock(&pages->lock);
		fdx_move_charge(pages);
		mutex_unlock(&pages->lock);
	}
	return 0;
}

int fdx_ioas_change_process(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_change_process *cmd = ucmd->cmd;
	struct takeover t = {
		.ictx = ucmd->ictx,
		.pages = LIST_HEAD_INIT(t.pages),
	};
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;

	xa_init_flags(&t.locked, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	down_write(&ucmd->ictx->ioas_lock);
	rc = takeover_hold(&t);
	if (!rc) {
		takeover_lock(&t);
		rc = takeover_run(&t);
		takeover_unlock(&t);
	}
	takeover_put(&t);
	up_write(&ucmd->ictx->ioas_lock);
	return rc;
}
