// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses: the CPU's way to an IOAS's memory.
 *
 * Locks: iommufdx_access.lock -> fdx_ioas.domains_rwsem -> .iova_rwsem ->
 * fdx_pages.lock. A driver's @unmap is called with none of them.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "access.h"
#include "area.h"
#include "page_access.h"

/* ------------------------------------------------------------- life, IOAS */

static int access_join(struct iommufdx_access *access, struct fdx_ioas *ioas)
{
	int rc;

	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);
	rc = xa_alloc(&ioas->accesses, &access->index, access, xa_limit_16b,
		      GFP_KERNEL_ACCOUNT);
	if (!rc) {
		rc = fdx_iova_update_alignment(ioas);
		if (rc)
			xa_erase(&ioas->accesses, access->index);
	}
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	return rc;
}

static void access_leave(struct iommufdx_access *access, struct fdx_ioas *ioas,
			 u32 index)
{
	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);
	WARN_ON(xa_erase(&ioas->accesses, index) != access);
	/* An alignment that only gets smaller suits every area. */
	WARN_ON(fdx_iova_update_alignment(ioas));
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
}

/* Move to @ioas, or to none for NULL. */
static int access_change_ioas(struct iommufdx_access *access,
			      struct fdx_ioas *ioas)
{
	struct fdx_ioas *old = access->ioas;
	u32 old_index = access->index;
	int rc;

	lockdep_assert_held(&access->lock);

	/* Somebody else is in the middle of this, asking for pages back. */
	if (old != access->ioas_unpin)
		return -EBUSY;
	if (old == ioas)
		return 0;

	/* From here on nothing can be pinned, only unpinned. */
	access->ioas = NULL;
	if (ioas) {
		rc = access_join(access, ioas);
		if (rc) {
			access->ioas = old;
			return rc;
		}
		refcount_inc(&ioas->obj.users);
	}
	if (old) {
		if (!access->internal && access->ops->unmap) {
			mutex_unlock(&access->lock);
			access->ops->unmap(access->data, 0, ULONG_MAX);
			mutex_lock(&access->lock);
		}
		access_leave(access, old, old_index);
		refcount_dec(&old->obj.users);
	}
	access->ioas = ioas;
	access->ioas_unpin = ioas;
	return 0;
}

static struct iommufdx_access *access_alloc(struct iommufdx_ctx *ictx)
{
	struct iommufdx_access *access;
	struct fdx_object *obj;

	obj = fdx_object_alloc(ictx, sizeof(*access), FDX_OBJ_ACCESS);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	access = container_of(obj, struct iommufdx_access, obj);
	access->ictx = ictx;
	access->iova_alignment = PAGE_SIZE;
	mutex_init(&access->lock);
	/* The driver is a user until it destroys the access. */
	refcount_inc(&obj->users);
	return access;
}

void fdx_access_destroy(struct fdx_object *obj)
{
	struct iommufdx_access *access =
		container_of(obj, struct iommufdx_access, obj);

	mutex_lock(&access->lock);
	if (access->ioas)
		WARN_ON(access_change_ioas(access, NULL));
	mutex_unlock(&access->lock);
	mutex_destroy(&access->lock);
	if (!access->internal)
		iommufdx_ctx_put(access->ictx);
}

struct iommufdx_access *
iommufdx_access_create(struct iommufdx_ctx *ictx,
		       const struct iommufdx_access_ops *ops, void *data,
		       u32 *out_id)
{
	struct iommufdx_access *access = access_alloc(ictx);

	if (IS_ERR(access))
		return access;
	access->ops = ops;
	access->data = data;
	if (!ops->needs_pin_pages)
		access->iova_alignment = 1;
	get_file(ictx->file);
	*out_id = access->obj.id;
	fdx_object_finalize(ictx, &access->obj);
	return access;
}
EXPORT_SYMBOL_GPL(iommufdx_access_create);

struct iommufdx_access *fdx_access_internal(struct iommufdx_ctx *ictx,
					    struct fdx_ioas *ioas)
{
	struct iommufdx_access *access = access_alloc(ictx);
	int rc;

	if (IS_ERR(access))
		return access;
	access->internal = true;
	fdx_object_finalize(ictx, &access->obj);
	mutex_lock(&access->lock);
	rc = access_change_ioas(access, ioas);
	mutex_unlock(&access->lock);
	if (rc) {
		iommufdx_access_destroy(access);
		return ERR_PTR(rc);
	}
	return access;
}

void iommufdx_access_destroy(struct iommufdx_access *access)
{
	fdx_object_destroy_wait(access->ictx, &access->obj);
}
EXPORT_SYMBOL_GPL(iommufdx_access_destroy);

static int access_change_id(struct iommufdx_access *access, u32 ioas_id)
{
	struct fdx_ioas *ioas = fdx_get_ioas(access->ictx, ioas_id);
	int rc;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = access_change_ioas(access, ioas);
	fdx_put_object(access->ictx, &ioas->obj);
	return rc;
}

int iommufdx_access_attach(struct iommufdx_access *access, u32 ioas_id)
{
	int rc = -EINVAL;

	mutex_lock(&access->lock);
	if (!access->ioas)
		rc = access_change_id(access, ioas_id);
	mutex_unlock(&access->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_access_attach);

int iommufdx_access_replace(struct iommufdx_access *access, u32 ioas_id)
{
	int rc = -ENOENT;

	mutex_lock(&access->lock);
	if (access->ioas)
		rc = access_change_id(access, ioas_id);
	mutex_unlock(&access->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_access_replace);

void iommufdx_access_detach(struct iommufdx_access *access)
{
	mutex_lock(&access->lock);
	if (!WARN_ON(!access->ioas))
		WARN_ON(access_change_ioas(access, NULL));
	mutex_unlock(&access->lock);
}
EXPORT_SYMBOL_GPL(iommufdx_access_detach);

void fdx_accesses_unmap(struct fdx_ioas *ioas, unsigned long iova,
			unsigned long last)
{
	struct iommufdx_access *access;
	unsigned long index;

	xa_lock(&ioas->accesses);
	xa_for_each(&ioas->accesses, index, access) {
		if (access->internal || !fdx_hold_object(&access->obj))
			continue;
		xa_unlock(&ioas->accesses);
		if (access->ops->unmap)
			access->ops->unmap(access->data, iova, last - iova + 1);
		fdx_put_object(access->ictx, &access->obj);
		xa_lock(&ioas->accesses);
	}
	xa_unlock(&ioas->accesses);
}

/* ------------------------------------------------------------------ memory */

/**
 * struct access_part - the part of a range that one area shows
 * @area: the area
 * @first: first IOVA of the part
 * @last: last IOVA
 * @first_page: index of the page that shows @first
 * @last_page: index of the page that shows @last
 */
struct access_part {
	struct fdx_area *area;
	unsigned long first;
	unsigned long last;
	unsigned long first_page;
	unsigned long last_page;
};

/* What the area at @iova shows of @iova..@last. False: nothing is there. */
static bool access_part(struct fdx_ioas *ioas, unsigned long iova,
			unsigned long last, struct access_part *part)
{
	struct fdx_area *area = fdx_area_first(ioas, iova, iova);

	lockdep_assert_held(&ioas->iova_rwsem);

	if (!area || area->busy)
		return false;
	part->area = area;
	part->first = iova;
	part->last = min(last, area->node.last);
	part->first_page = fdx_area_start_byte(area, part->first) / PAGE_SIZE;
	part->last_page = fdx_area_start_byte(area, part->last) / PAGE_SIZE;
	return true;
}

static int access_check(const struct access_part *part, unsigned int flags)
{
	u8 need = flags & IOMMUFDX_ACCESS_WRITE ? PGTABLE_WRITE : PGTABLE_READ;

	if (part->area->prevent_access)
		return -EINVAL;
	return part->area->prot & need ? 0 : -EPERM;
}

static void access_unpin_range(struct iommufdx_access *access,
			       struct fdx_ioas *ioas, unsigned long iova,
			       unsigned long last)
{
	struct access_part part;

	for (;; iova = part.last + 1) {
		if (WARN_ON(!access_part(ioas, iova, last, &part)))
			return;
		mutex_lock(&part.area->pages->lock);
		fdx_pages_unpin_access(part.area->pages, part.first_page,
				       part.last_page);
		part.area->num_accesses--;
		if (access->internal)
			part.area->num_locks--;
		mutex_unlock(&part.area->pages->lock);
		if (part.last == last)
			return;
	}
}

/* Pages are whole: a range begins with one, and areas in its middle end so. */
static bool access_aligned(const struct access_part *part, unsigned long last)
{
	if (offset_in_page(fdx_area_start_byte(part->area, part->first)))
		return false;
	return part->last == last ||
	       offset_in_page(fdx_area_start_byte(part->area, part->last)) ==
		       PAGE_SIZE - 1;
}

static int access_pin_part(struct iommufdx_access *access,
			   const struct access_part *part, struct page **pages,
			   unsigned int flags)
{
	struct fdx_pages *from = part->area->pages;
	int rc;

	if ((flags & IOMMUFDX_ACCESS_WRITE) && !from->writable)
		return -EPERM;
	mutex_lock(&from->lock);
	rc = fdx_pages_pin_access(from, part->first_page, part->last_page,
				  pages);
	if (!rc) {
		part->area->num_accesses++;
		if (access->internal)
			part->area->num_locks++;
	}
	mutex_unlock(&from->lock);
	return rc;
}

static int access_pin_range(struct iommufdx_access *access,
			    struct fdx_ioas *ioas, unsigned long iova,
			    unsigned long last, struct page **pages,
			    unsigned int flags)
{
	struct access_part part;
	unsigned long next;
	int rc;

	for (next = iova;; next = part.last + 1) {
		if (!access_part(ioas, next, last, &part)) {
			rc = -ENOENT;
			break;
		}
		rc = access_aligned(&part, last) ?
			     access_check(&part, flags) : -EINVAL;
		if (!rc)
			rc = access_pin_part(access, &part, pages, flags);
		if (rc)
			break;
		if (part.last == last)
			return 0;
		pages += part.last_page - part.first_page + 1;
	}
	if (next != iova)
		access_unpin_range(access, ioas, iova, next - 1);
	return rc;
}

int iommufdx_access_pin_pages(struct iommufdx_access *access,
			      unsigned long iova, unsigned long length,
			      struct page **pages, unsigned int flags)
{
	unsigned long last;
	int rc = -ENOENT;

	if (access->iova_alignment != PAGE_SIZE || !length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;

	mutex_lock(&access->lock);
	if (access->ioas) {
		down_read(&access->ioas->iova_rwsem);
		rc = access_pin_range(access, access->ioas, iova, last, pages,
				      flags);
		up_read(&access->ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_access_pin_pages);

void iommufdx_access_unpin_pages(struct iommufdx_access *access,
				 unsigned long iova, unsigned long length)
{
	mutex_lock(&access->lock);
	if (!WARN_ON(!access->ioas_unpin || !length)) {
		down_read(&access->ioas_unpin->iova_rwsem);
		access_unpin_range(access, access->ioas_unpin, iova,
				   iova + length - 1);
		up_read(&access->ioas_unpin->iova_rwsem);
	}
	mutex_unlock(&access->lock);
}
EXPORT_SYMBOL_GPL(iommufdx_access_unpin_pages);

static int access_rw_range(struct fdx_ioas *ioas, unsigned long iova,
			   unsigned long last, void *data, unsigned int flags)
{
	struct access_part part;
	unsigned long bytes;
	int rc;

	for (;; iova = part.last + 1) {
		if (!access_part(ioas, iova, last, &part))
			return -ENOENT;
		rc = access_check(&part, flags);
		if (rc)
			return rc;
		bytes = part.last - part.first + 1;
		rc = fdx_pages_rw(part.area->pages,
				  fdx_area_start_byte(part.area, part.first),
				  data, bytes, flags);
		if (rc || part.last == last)
			return rc;
		data += bytes;
	}
}

int iommufdx_access_rw(struct iommufdx_access *access, unsigned long iova,
		       void *data, size_t length, unsigned int flags)
{
	unsigned long last;
	int rc = -ENOENT;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, (unsigned long)length - 1, &last))
		return -EOVERFLOW;

	mutex_lock(&access->lock);
	if (access->ioas) {
		down_read(&access->ioas->iova_rwsem);
		rc = access_rw_range(access->ioas, iova, last, data, flags);
		up_read(&access->ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_access_rw);
