// SPDX-License-Identifier: GPL-2.0-only
/* Which IOVAs of an IOAS are free, allowed, reserved, aligned. */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "access.h"
#include "area.h"
#include "itree.h"

/* Automatic allocation stays off both ends of the address space. */
#define AUTO_FIRST	PAGE_SIZE
#define AUTO_LAST	(ULONG_MAX - PAGE_SIZE)

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
#define AUTO_MAX_ALIGN	HPAGE_SIZE
#else
#define AUTO_MAX_ALIGN	PAGE_SIZE
#endif

int fdx_iova_range_add(struct rb_root_cached *root, unsigned long first,
		       unsigned long last, void *owner)
{
	struct fdx_iova_range *range;

	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->node.start = first;
	range->node.last = last;
	range->owner = owner;
	interval_tree_insert(&range->node, root);
	return 0;
}

void fdx_iova_ranges_free(struct rb_root_cached *root, void *owner)
{
	struct interval_tree_node *node, *next;
	struct fdx_iova_range *range;

	for (node = interval_tree_iter_first(root, 0, ULONG_MAX); node;
	     node = next) {
		next = interval_tree_iter_next(node, 0, ULONG_MAX);
		range = container_of(node, struct fdx_iova_range, node);
		if (range->owner != owner)
			continue;
		interval_tree_remove(node, root);
		kfree(range);
	}
}

int fdx_iova_reserve(struct fdx_ioas *ioas, unsigned long first,
		     unsigned long last, void *owner)
{
	lockdep_assert_held_write(&ioas->iova_rwsem);

	if (fdx_area_first(ioas, first, last) ||
	    interval_tree_iter_first(&ioas->allowed, first, last))
		return -EADDRINUSE;
	return fdx_iova_range_add(&ioas->reserved, first, last, owner);
}
EXPORT_SYMBOL_GPL(fdx_iova_reserve);

/* ---------------------------------------------------------------- alignment */

int fdx_iova_check_alignment(struct fdx_ioas *ioas, unsigned long alignment)
{
	unsigned long mask = alignment - 1;
	struct fdx_area *area;

	lockdep_assert_held(&ioas->iova_rwsem);

	fdx_for_each_area(ioas, area, 0, ULONG_MAX)
		if ((area->node.start | fdx_area_length(area) |
		     area->page_offset) & mask)
			return -EADDRINUSE;
	return 0;
}

int fdx_iova_update_alignment(struct fdx_ioas *ioas)
{
	unsigned long alignment = ioas->no_large_pages ? PAGE_SIZE : 1;
	struct iommufdx_access *access;
	struct iommufdx_domain *domain;
	unsigned long index;
	int rc;

	lockdep_assert_held_write(&ioas->iova_rwsem);
	lockdep_assert_held(&ioas->domains_rwsem);

	xa_for_each(&ioas->domains, index, domain)
		alignment = max(alignment, 1UL << __ffs64(domain->pt.page_sizes));
	xa_for_each(&ioas->accesses, index, access)
		alignment = max(alignment, access->iova_alignment);
	if (alignment > ioas->iova_alignment) {
		rc = fdx_iova_check_alignment(ioas, alignment);
		if (rc)
			return rc;
	}
	ioas->iova_alignment = alignment;
	return 0;
}

/* ------------------------------------------------------------------- finding */

/*
 * The next stretch of @first..@last in which automatic allocation may look:
 * allowed ranges that touch count as one. Moves *@first to its start.
 */
static bool next_allowed(struct fdx_ioas *ioas, unsigned long *first,
			 unsigned long last, unsigned long *allowed_last)
{
	struct interval_tree_node *node;

	*allowed_last = last;
	if (RB_EMPTY_ROOT(&ioas->allowed.rb_root))
		return true;

	node = interval_tree_iter_first(&ioas->allowed, *first, last);
	if (!node)
		return false;
	*first = max(*first, node->start);
	while (node->last < last) {
		*allowed_last = node->last;
		node = interval_tree_iter_first(&ioas->allowed,
						node->last + 1, node->last + 1);
		if (!node)
			return true;
	}
	*allowed_last = last;
	return true;
}

/* The next range of @first..@last that is neither mapped nor reserved. */
static bool next_free(struct fdx_ioas *ioas, unsigned long *first,
		      unsigned long last, unsigned long *free_last)
{
	unsigned long unmapped_last, start;

	while (fdx_itree_hole(&ioas->areas, first, last, &unmapped_last)) {
		start = *first;
		if (fdx_itree_hole(&ioas->reserved, &start, unmapped_last,
				   free_last)) {
			*first = start;
			return true;
		}
		if (unmapped_last == last)
			return false;
		*first = unmapped_last + 1;
	}
	return false;
}

/* Move *@start up to the next IOVA that lies in its page of @align as @addr does. */
static bool align_like(unsigned long *start, unsigned long last,
		       unsigned long length, unsigned long addr,
		       unsigned long align)
{
	unsigned long iova;

	if (check_add_overflow(*start, (addr - *start) & (align - 1), &iova) ||
	    iova > last || last - iova < length - 1)
		return false;
	*start = iova;
	return true;
}

static int find_aligned(struct fdx_ioas *ioas, unsigned long addr,
			unsigned long length, unsigned long align,
			unsigned long *iova)
{
	unsigned long first, last, start, free_last;

	for (first = AUTO_FIRST; next_allowed(ioas, &first, AUTO_LAST, &last);
	     first = last + 1) {
		for (start = first; next_free(ioas, &start, last, &free_last);
		     start = free_last + 1) {
			*iova = start;
			if (align_like(iova, free_last, length, addr, align))
				return 0;
			if (free_last == last)
				break;
		}
		if (last == AUTO_LAST)
			break;
	}
	return -ENOSPC;
}

/*
 * Find room for @length bytes of memory that start at @addr. The IOVA gets the
 * alignment that the memory has, relative to a huge page, so that contiguous
 * memory can have large leaves; where no such room is left, the largest power
 * of two that divides the address is enough, but no more than the length needs.
 */
static int find_iova(struct fdx_ioas *ioas, unsigned long addr,
		     unsigned long length, unsigned long *iova)
{
	unsigned long align;

	lockdep_assert_held(&ioas->iova_rwsem);

	if (length >= ULONG_MAX / 2)
		return -EOVERFLOW;
	if (addr & (ioas->iova_alignment - 1))
		return -EINVAL;

	align = clamp(roundup_pow_of_two(length), PAGE_SIZE, AUTO_MAX_ALIGN);
	if (!find_aligned(ioas, addr, length, align, iova))
		return 0;
	if (addr)
		align = clamp(1UL << __ffs(addr), PAGE_SIZE, align);
	return find_aligned(ioas, addr, length, align, iova);
}

static int check_iova(struct fdx_ioas *ioas, unsigned long iova,
		      unsigned long length)
{
	unsigned long last;

	lockdep_assert_held(&ioas->iova_rwsem);

	if (iova & (ioas->iova_alignment - 1))
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if (interval_tree_iter_first(&ioas->reserved, iova, last))
		return -EINVAL;
	if (fdx_area_first(ioas, iova, last))
		return -EEXIST;
	return 0;
}

static int insert_area(struct fdx_ioas *ioas, struct fdx_area *area,
		       unsigned long iova)
{
	unsigned long length = fdx_area_length(area);

	lockdep_assert_held_write(&ioas->iova_rwsem);

	if ((area->prot & PGTABLE_WRITE) && !area->pages->writable)
		return -EPERM;
	if (area->page_offset & (ioas->iova_alignment - 1))
		return -EINVAL;

	area->node.start = iova;
	area->node.last = iova + length - 1;
	area->busy = true;
	area->inserted = true;
	interval_tree_insert(&area->node, &ioas->areas);
	return 0;
}

int fdx_iova_insert(struct fdx_ioas *ioas, struct list_head *areas,
		    unsigned long length, bool find, unsigned long *iova)
{
	struct fdx_area *area = list_first_entry(areas, struct fdx_area, link);
	unsigned long next;
	int rc;

	down_write(&ioas->iova_rwsem);
	if (!length || (length & (ioas->iova_alignment - 1)))
		rc = -EINVAL;
	else if (find)
		rc = find_iova(ioas, area->pages->uaddr +
			       fdx_area_start_byte(area, 0), length, iova);
	else
		rc = check_iova(ioas, *iova, length);
	if (rc)
		goto out_unlock;

	next = *iova;
	list_for_each_entry(area, areas, link) {
		rc = insert_area(ioas, area, next);
		if (rc)
			break;
		next += fdx_area_length(area);
	}
out_unlock:
	up_write(&ioas->iova_rwsem);
	return rc;
}
