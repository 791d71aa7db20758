// SPDX-License-Identifier: GPL-2.0-only
/* Mapping into an IOAS and out of it. */
#include <linux/overflow.h>

#include "access.h"
#include "area.h"
#include "core/dirty/dirty_target.h"
#include "ioas_map.h"

int fdx_ioas_map_areas(struct fdx_ioas *ioas, struct list_head *areas,
		       bool find, unsigned long *iova)
{
	unsigned long length = 0;
	struct fdx_area *area;
	int rc;

	list_for_each_entry(area, areas, link)
		length += fdx_area_length(area);

	rc = fdx_iova_insert(ioas, areas, length, find, iova);
	if (rc)
		goto err_free;

	down_read(&ioas->domains_rwsem);
	rc = fdx_areas_fill(ioas, areas);
	if (rc) {
		up_read(&ioas->domains_rwsem);
		goto err_free;
	}
	/* Before domains_rwsem is dropped: a new domain skips busy areas. */
	down_write(&ioas->iova_rwsem);
	list_for_each_entry(area, areas, link)
		area->busy = false;
	up_write(&ioas->iova_rwsem);
	up_read(&ioas->domains_rwsem);
	return 0;

err_free:
	fdx_areas_free(ioas, areas);
	return rc;
}

/* Clone the part of @area that lies in @first..@last. */
static int clone_area(struct fdx_area *area, unsigned long first,
		      unsigned long last, u8 prot, struct list_head *areas)
{
	struct fdx_area *clone;

	first = max(first, area->node.start);
	last = min(last, area->node.last);
	clone = fdx_area_alloc(area->pages, fdx_area_start_byte(area, first),
			       last - first + 1, prot);
	if (!clone)
		return -ENOMEM;
	fdx_pages_get(area->pages);
	list_add_tail(&clone->link, areas);
	return 0;
}

int fdx_ioas_clone_areas(struct fdx_ioas *ioas, unsigned long iova,
			 unsigned long length, u8 prot,
			 struct list_head *areas)
{
	unsigned long next = iova;
	struct fdx_area *area;
	unsigned long last;
	int rc = -ENOENT;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;

	down_read(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, iova, last) {
		rc = -ENOENT;
		if (area->node.start > next || area->busy)
			break;
		rc = clone_area(area, iova, last, prot, areas);
		if (rc || area->node.last >= last)
			break;
		next = area->node.last + 1;
		rc = -ENOENT;
	}
	up_read(&ioas->iova_rwsem);

	if (rc)
		fdx_areas_free(ioas, areas);
	return rc;
}

/* How often accesses are asked to let go of an area before that is a bug. */
#define UNMAP_TRIES	100

/*
 * Make the areas of @first..@last busy, all or none, and list them. -EAGAIN:
 * accesses have pinned *@pinned, which can be no further pinned now.
 */
static int claim_areas(struct fdx_ioas *ioas, unsigned long first,
		       unsigned long last, struct list_head *areas,
		       struct interval_tree_node *pinned)
{
	struct fdx_area *area;
	int rc = 0;

	down_write(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, first, last) {
		if (area->busy || area->num_locks)
			rc = -EBUSY;
		else if (area->node.start < first || area->node.last > last)
			rc = -ENOENT;
		if (rc)
			goto out_unlock;
	}
	fdx_for_each_area(ioas, area, first, last) {
		if (!area->num_accesses)
			continue;
		area->prevent_access = true;
		*pinned = area->node;
		rc = -EAGAIN;
		goto out_unlock;
	}
	fdx_for_each_area(ioas, area, first, last) {
		area->busy = true;
		list_add_tail(&area->link, areas);
	}
out_unlock:
	up_write(&ioas->iova_rwsem);
	return rc;
}

/* The areas stay after all: they can be pinned again. */
static void allow_accesses(struct fdx_ioas *ioas, unsigned long first,
			   unsigned long last)
{
	struct fdx_area *area;

	down_write(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, first, last)
		area->prevent_access = false;
	up_write(&ioas->iova_rwsem);
}

/* As claim_areas(), asking accesses to unpin. Returns with domains_rwsem held. */
static int claim_unpinned(struct fdx_ioas *ioas, unsigned long first,
			  unsigned long last, struct list_head *areas)
{
	struct interval_tree_node pinned = {};
	unsigned long asked = 0;
	unsigned int tries = 0;
	int rc;

	for (;;) {
		down_read(&ioas->domains_rwsem);
		rc = claim_areas(ioas, first, last, areas, &pinned);
		if (rc != -EAGAIN)
			break;
		if (pinned.start != asked)
			tries = 0;
		asked = pinned.start;
		if (WARN_ON(tries++ > UNMAP_TRIES)) {
			rc = -EDEADLOCK;
			break;
		}
		up_read(&ioas->domains_rwsem);
		fdx_accesses_unmap(ioas, pinned.start, pinned.last);
	}
	/* Another unmap of the same areas, that may be there, asks anew. */
	if (rc && tries)
		allow_accesses(ioas, first, last);
	return rc;
}

/* Nothing was done with @areas after all. */
static void unclaim_areas(struct fdx_ioas *ioas, struct list_head *areas)
{
	struct fdx_area *area, *next;

	down_write(&ioas->iova_rwsem);
	list_for_each_entry_safe(area, next, areas, link) {
		list_del(&area->link);
		area->busy = false;
		area->prevent_access = false;
	}
	up_write(&ioas->iova_rwsem);
}

/* Unmap @areas, which are claimed. False: hardware may still hold some. */
static bool unmap_claimed(struct fdx_ioas *ioas, struct list_head *areas,
			  struct list_head *dirty, unsigned long *unmapped)
{
	struct fdx_area *area;
	bool clean;

	clean = fdx_areas_unfill(ioas, areas, dirty);
	list_for_each_entry(area, areas, link)
		*unmapped += fdx_area_length(area);
	fdx_areas_free(ioas, areas);
	return clean;
}

int fdx_ioas_unmap_range(struct fdx_ioas *ioas, unsigned long first,
			 unsigned long last, unsigned long *unmapped)
{
	LIST_HEAD(areas);
	int rc;

	*unmapped = 0;
	rc = claim_unpinned(ioas, first, last, &areas);
	if (!rc && !unmap_claimed(ioas, &areas, NULL, unmapped))
		rc = -EIO;
	up_read(&ioas->domains_rwsem);
	return rc;
}

/* Has each domain of @ioas a place in @dirty? */
static bool all_targeted(struct fdx_ioas *ioas, struct list_head *dirty)
{
	struct iommufdx_domain *domain;
	unsigned long index;

	lockdep_assert_held(&ioas->domains_rwsem);

	xa_for_each(&ioas->domains, index, domain)
		if (!fdx_dirty_target_find(dirty, domain))
			return false;
	return true;
}

int fdx_ioas_unmap_range_dirty(struct fdx_ioas *ioas, unsigned long first,
			       unsigned long last, struct list_head *dirty,
			       bool all, unsigned long *unmapped)
{
	LIST_HEAD(areas);
	int rc;

	*unmapped = 0;
	rc = claim_unpinned(ioas, first, last, &areas);
	if (rc)
		goto out_unlock;
	if (all && !all_targeted(ioas, dirty))
		rc = -EAGAIN;
	else
		rc = fdx_dirty_targets_pin(dirty, &areas);
	if (rc)
		unclaim_areas(ioas, &areas);
	else if (!unmap_claimed(ioas, &areas, dirty, unmapped))
		rc = -EIO;
	fdx_dirty_targets_unpin(dirty);
out_unlock:
	up_read(&ioas->domains_rwsem);
	return rc;
}

/* Cut @area behind @last; its tables stay as they are. */
static int cut_area(struct fdx_ioas *ioas, struct fdx_area *area,
		    unsigned long last)
{
	unsigned long start_byte = fdx_area_start_byte(area, last + 1);
	struct fdx_area *tail;

	lockdep_assert_held_write(&ioas->iova_rwsem);
	lockdep_assert_held(&area->pages->lock);

	/* Its exporter knows it as a whole. */
	if (area->pages->dmabuf)
		return -EOPNOTSUPP;
	if (((last + 1) | start_byte) & (ioas->iova_alignment - 1))
		return -EINVAL;
	if (area->num_accesses || (area->pinned && !ioas->no_large_pages))
		return -EINVAL;

	tail = fdx_area_alloc(area->pages, start_byte, area->node.last - last,
			      area->prot);
	if (!tail)
		return -ENOMEM;
	fdx_pages_get(area->pages);
	tail->node.start = last + 1;
	tail->node.last = area->node.last;
	tail->inserted = true;
	tail->pinned = area->pinned;

	/* Both halves are in the trees before anything could be unpinned. */
	interval_tree_remove(&area->node, &ioas->areas);
	if (area->pinned)
		interval_tree_remove(&area->user, &area->pages->users);
	area->node.last = last;
	area->user.last = fdx_area_start_byte(area, last) / PAGE_SIZE;
	interval_tree_insert(&area->node, &ioas->areas);
	interval_tree_insert(&tail->node, &ioas->areas);
	if (area->pinned) {
		interval_tree_insert(&area->user, &area->pages->users);
		interval_tree_insert(&tail->user, &area->pages->users);
	}
	return 0;
}

int fdx_ioas_cut(struct fdx_ioas *ioas, unsigned long last)
{
	struct fdx_area *area;
	int rc = 0;

	down_write(&ioas->iova_rwsem);
	area = fdx_area_first(ioas, last, last);
	if (!area || area->node.last == last)
		goto out_unlock;
	if (area->busy || area->prevent_access) {
		rc = -EBUSY;
		goto out_unlock;
	}
	mutex_lock(&area->pages->lock);
	rc = cut_area(ioas, area, last);
	mutex_unlock(&area->pages->lock);
out_unlock:
	up_write(&ioas->iova_rwsem);
	return rc;
}
