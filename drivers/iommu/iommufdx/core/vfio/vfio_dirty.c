// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking of a VFIO type1 container, on an iommufd.
 *
 * A container has one bitmap, whatever tables there are behind it: starting means
 * that all HWPTs of the IOAS track, and what each knows is ORed together. A HWPT
 * that was made after the start is switched on when the next bitmap is asked for;
 * what was written through it before is not known, so all of it is *owed* as dirty.
 * The same where a HWPT went with its last device: all that is left owe everything,
 * and the IOAS itself if none is left.
 *
 * VFIO without the help of an IOMMU answers that everything is dirty. That is
 * not done here: where a HWPT cannot track, starting is refused.
 */
#include <linux/atomic.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "core/area.h"
#include "core/dirty/dirty_hwpts.h"
#include "core/hwpt.h"
#include "core/ioas_map.h"
#include "vfio_compat.h"

bool fdx_vfio_can_track(struct fdx_ioas *ioas)
{
	struct fdx_hwpt_paging *hwpt;
	bool can = true;

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node)
		can &= hwpt->dirty_capable;
	mutex_unlock(&ioas->hwpt_lock);
	return can;
}

static bool all_track(struct fdx_ioas *ioas)
{
	struct fdx_hwpt_paging *hwpt;
	bool all = ioas->vfio_tracking && !READ_ONCE(ioas->vfio_lost);

	lockdep_assert_held(&ioas->dirty_rwsem);

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node)
		all &= hwpt->tracking;
	mutex_unlock(&ioas->hwpt_lock);
	return all;
}

/* Switch all HWPTs off that are on. The first error is reported. */
static int stop_all(struct fdx_ioas *ioas)
{
	struct fdx_hwpt_paging *hwpt;
	int rc = 0, err;

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node) {
		err = hwpt->tracking ? fdx_hwpt_switch_tracking(hwpt, false) : 0;
		rc = rc ? rc : err;
	}
	mutex_unlock(&ioas->hwpt_lock);
	return rc;
}

/* Have @hwpt track, and owe all of its addresses if @owe. */
static int start_one(struct fdx_hwpt_paging *hwpt, bool owe)
{
	bool started = !hwpt->tracking;
	int rc = 0;

	if (started)
		rc = fdx_hwpt_switch_tracking(hwpt, true);
	if (rc || !owe || fdx_debt_add(&hwpt->debt, 0, ULONG_MAX))
		return rc;
	if (started)
		fdx_hwpt_switch_tracking(hwpt, false);
	return -ENOMEM;
}

/*
 * Have all HWPTs track; @late: after the start, so that what was not known is owed.
 * After an error, what has been started goes on; only the container did not start.
 */
static int start_all(struct fdx_ioas *ioas, bool late)
{
	struct fdx_hwpt_paging *hwpt;
	bool lost;
	int rc = 0;

	lockdep_assert_held_write(&ioas->dirty_rwsem);

	mutex_lock(&ioas->hwpt_lock);
	lost = xchg(&ioas->vfio_lost, false) && late;
	if (!late)
		fdx_debt_clear(&ioas->vfio_debt);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node)
		if (!hwpt->dirty_capable)
			rc = -EOPNOTSUPP;
	if (!rc && lost && list_empty(&ioas->hwpt_list) &&
	    !fdx_debt_add(&ioas->vfio_debt, 0, ULONG_MAX))
		rc = -ENOMEM;
	if (rc)
		goto out_unlock;
	list_for_each_entry(hwpt, &ioas->hwpt_list, node) {
		rc = start_one(hwpt, late && (lost || !hwpt->tracking));
		if (rc)
			goto out_unlock;
	}
out_unlock:
	if (rc && lost)
		WRITE_ONCE(ioas->vfio_lost, true);
	mutex_unlock(&ioas->hwpt_lock);
	return rc;
}

/* Have all HWPTs track, and nobody switch it: dirty_rwsem is held on success. */
static int lock_tracking(struct fdx_ioas *ioas)
{
	int rc = -EINVAL;

	down_read(&ioas->dirty_rwsem);
	if (all_track(ioas))
		return 0;
	up_read(&ioas->dirty_rwsem);

	down_write(&ioas->dirty_rwsem);
	if (ioas->vfio_tracking)
		rc = start_all(ioas, true);
	if (rc)
		up_write(&ioas->dirty_rwsem);
	else
		downgrade_write(&ioas->dirty_rwsem);
	return rc;
}

/* VFIO's rules for a bitmap: bits of the smallest page, and room for all. */
static int check_bitmap(struct fdx_ioas *ioas, unsigned long first,
			unsigned long last, const struct vfio_bitmap *bitmap)
{
	u64 page_size = 1ULL << __ffs64(fdx_vfio_page_sizes(ioas));
	u64 pages = (last - first) / page_size + 1;

	if (bitmap->pgsize != page_size ||
	    ((first | (last + 1)) & (page_size - 1)))
		return -EINVAL;
	if (bitmap->size > FDX_VFIO_BITMAP_MAX ||
	    bitmap->size < DIV_ROUND_UP(pages, 64) * sizeof(u64))
		return -EINVAL;
	return access_ok(bitmap->data, bitmap->size) ? 0 : -EINVAL;
}

/*
 * All HWPTs, with one bitmap for all of them. -EAGAIN: a device has been attached or
 * detached meanwhile, and a HWPT came or went with it.
 */
static int take_all(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		    struct list_head *targets, unsigned long first,
		    unsigned long last, const struct vfio_bitmap *bitmap)
{
	struct fdx_hwpt_paging *hwpt;
	int rc = 0;

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node) {
		if (!hwpt->tracking)
			rc = -EAGAIN;
		if (rc)
			break;
		if (!fdx_hold_object(&hwpt->common.obj)) {
			rc = -EAGAIN;
			break;
		}
		rc = fdx_dirty_hwpt_add(targets, hwpt, first, last - first + 1,
					bitmap->pgsize,
					(uintptr_t)bitmap->data);
		if (rc) {
			fdx_put_object(ictx, &hwpt->common.obj);
			break;
		}
	}
	if (!rc && READ_ONCE(ioas->vfio_lost))
		rc = -EAGAIN;
	mutex_unlock(&ioas->hwpt_lock);
	return rc;
}

/* Drop what lock_targets() took. */
static void unlock_targets(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
			   struct list_head *targets)
{
	up_read(&ioas->dirty_rwsem);
	fdx_dirty_hwpts_put(ictx, targets);
	INIT_LIST_HEAD(targets);
}

/* Have all HWPTs that there are track and be targets, until unlock_targets(). */
static int lock_targets(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
			struct list_head *targets, unsigned long first,
			unsigned long last, const struct vfio_bitmap *bitmap)
{
	int rc;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		rc = lock_tracking(ioas);
		if (rc)
			return rc;
		rc = take_all(ictx, ioas, targets, first, last, bitmap);
		if (rc)
			unlock_targets(ictx, ioas, targets);
	} while (rc == -EAGAIN);
	return rc;
}

static bool owes_nothing(struct fdx_dirty_debt *debt)
{
	bool nothing;

	mutex_lock(&debt->lock);
	nothing = RB_EMPTY_ROOT(&debt->ranges.rb_root);
	mutex_unlock(&debt->lock);
	return nothing;
}

/* Report what the IOAS itself owes of the @bitmap's part @iova..@last. */
static int pay_area(struct fdx_ioas *ioas, u64 iova, u64 last, bool keep,
		    struct fdx_dirty_bitmap *bitmap)
{
	u64 end;
	int rc;

	for (;; iova = end + 1) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = fdx_dirty_bitmap_at(bitmap, iova, last, &end);
		if (rc)
			return rc;
		fdx_debt_pay(&ioas->vfio_debt, iova, end, &bitmap->sink, keep);
		if (end == last)
			return 0;
		cond_resched();
	}
}

/* The same of all that is mapped in @first..@last. @keep: it goes on owing that. */
static int pay_debt(struct fdx_ioas *ioas, unsigned long first,
		    unsigned long last, bool keep,
		    const struct vfio_bitmap *user)
{
	struct fdx_dirty_bitmap bitmap;
	struct fdx_area *area;
	int rc;

	if (owes_nothing(&ioas->vfio_debt))
		return 0;
	rc = fdx_dirty_bitmap_init(&bitmap, first, last - first + 1,
				   user->pgsize, (uintptr_t)user->data);
	if (rc)
		return rc;
	down_read(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, first, last) {
		rc = pay_area(ioas, max(first, area->node.start),
			      min(last, area->node.last), keep, &bitmap);
		if (rc)
			break;
	}
	up_read(&ioas->iova_rwsem);
	fdx_dirty_bitmap_release(&bitmap);
	return rc;
}

int fdx_vfio_unmap_dirty(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
			 unsigned long first, unsigned long last,
			 const struct vfio_bitmap *bitmap,
			 unsigned long *unmapped)
{
	LIST_HEAD(targets);
	int rc;

	rc = check_bitmap(ioas, first, last, bitmap);
	if (rc)
		return rc;
	do {
		rc = lock_targets(ictx, ioas, &targets, first, last, bitmap);
		if (rc)
			return rc;
		/* Kept, as the unmap may still be refused. */
		rc = pay_debt(ioas, first, last, true, bitmap);
		if (!rc)
			rc = fdx_ioas_unmap_range_dirty(ioas, first, last,
							&targets, true,
							unmapped);
		unlock_targets(ictx, ioas, &targets);
	} while (rc == -EAGAIN);
	return rc;
}

/* Does a mapping reach out of @first..@last? */
static bool cuts_mapping(struct fdx_ioas *ioas, unsigned long first,
			 unsigned long last)
{
	struct fdx_area *at_first, *at_last;
	bool cuts;

	down_read(&ioas->iova_rwsem);
	at_first = fdx_area_first(ioas, first, first);
	at_last = fdx_area_first(ioas, last, last);
	cuts = (at_first && at_first->node.start != first) ||
	       (at_last && at_last->node.last != last);
	up_read(&ioas->iova_rwsem);
	return cuts;
}

/* *@some: something was reported, also if another table then failed. */
static int read_all(struct list_head *targets, unsigned long first,
		    unsigned long last, const struct vfio_bitmap *user,
		    bool *some)
{
	struct fdx_dirty_bitmap bitmap;
	struct fdx_dirty_hwpt *entry;
	int rc;

	list_for_each_entry(entry, targets, target.link) {
		rc = fdx_dirty_bitmap_init(&bitmap, first, last - first + 1,
					   user->pgsize, (uintptr_t)user->data);
		if (rc)
			return rc;
		rc = fdx_hwpt_read_dirty(entry->hwpt, 0, &bitmap);
		fdx_dirty_bitmap_release(&bitmap);
		if (rc)
			return rc;
		*some = true;
	}
	return 0;
}

static int get_bitmap(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		      const struct vfio_iommu_type1_dirty_bitmap_get *get)
{
	unsigned long first = get->iova, last;
	LIST_HEAD(targets);
	bool some = false;
	int rc;

	if (!get->size)
		return -EINVAL;
	if (check_add_overflow(first, (unsigned long)get->size - 1, &last))
		return -EOVERFLOW;
	rc = check_bitmap(ioas, first, last, &get->bitmap);
	if (!rc && cuts_mapping(ioas, first, last))
		rc = -EINVAL;
	if (!rc)
		rc = lock_targets(ictx, ioas, &targets, first, last,
				  &get->bitmap);
	if (rc)
		return rc;
	rc = read_all(&targets, first, last, &get->bitmap, &some);
	if (!rc)
		rc = pay_debt(ioas, first, last, false, &get->bitmap);
	/* A bitmap that comes with an error is no answer. */
	if (rc && some)
		fdx_debt_written(&ioas->vfio_debt, first, last);
	unlock_targets(ictx, ioas, &targets);
	return rc;
}

static int start_tracking(struct fdx_ioas *ioas)
{
	int rc = 0;

	down_write(&ioas->dirty_rwsem);
	if (!ioas->vfio_tracking) {
		rc = start_all(ioas, false);
		WRITE_ONCE(ioas->vfio_tracking, !rc);
	}
	up_write(&ioas->dirty_rwsem);
	return rc;
}

static int stop_tracking(struct fdx_ioas *ioas)
{
	int rc = 0;

	down_write(&ioas->dirty_rwsem);
	if (ioas->vfio_tracking) {
		rc = stop_all(ioas);
		WRITE_ONCE(ioas->vfio_tracking, false);
	}
	up_write(&ioas->dirty_rwsem);
	return rc;
}

long fdx_vfio_dirty_pages(struct iommufdx_ctx *ictx, void __user *arg)
{
	const size_t size = offsetofend(struct vfio_iommu_type1_dirty_bitmap,
					flags);
	struct vfio_iommu_type1_dirty_bitmap_get get = {};
	struct vfio_iommu_type1_dirty_bitmap dirty;
	struct fdx_ioas *ioas;
	int rc;

	if (copy_from_user(&dirty, arg, size))
		return -EFAULT;
	if (dirty.argsz < size)
		return -EINVAL;
	if (dirty.flags == VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP) {
		if (dirty.argsz < size + sizeof(get))
			return -EINVAL;
		if (copy_from_user(&get, arg + size, sizeof(get)))
			return -EFAULT;
	}

	ioas = fdx_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	/* As VFIO has it: type1 may cut mappings, dirty pages came with type1v2. */
	if (READ_ONCE(ioas->vfio_type1)) {
		fdx_put_object(ictx, &ioas->obj);
		return -EACCES;
	}
	switch (dirty.flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
		rc = start_tracking(ioas);
		break;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		rc = stop_tracking(ioas);
		break;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		rc = get_bitmap(ictx, ioas, &get);
		break;
	default:
		rc = -EINVAL;
	}
	fdx_put_object(ictx, &ioas->obj);
	return rc;
}
