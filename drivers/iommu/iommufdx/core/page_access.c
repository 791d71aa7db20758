// SPDX-License-Identifier: GPL-2.0-only
/* The CPU's use of a piece of memory. See page_access.h. */
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmu_context.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/iommufdx/access.h>

#include "page_access.h"
#include "pages.h"

/* Pages that a copy pins at once. */
#define RW_BATCH_PAGES	16

/**
 * struct page_access - a range that accesses have pinned
 * @node: in fdx_pages.accesses, to find it again
 * @user: in fdx_pages.users, which keeps it pinned
 * @pins: how often
 */
struct page_access {
	struct interval_tree_node node;
	struct interval_tree_node user;
	unsigned int pins;
};

static struct page_access *find_access(struct fdx_pages *pages,
				       unsigned long first, unsigned long last)
{
	struct interval_tree_node *node;

	lockdep_assert_held(&pages->lock);

	for (node = interval_tree_iter_first(&pages->accesses, first, last);
	     node; node = interval_tree_iter_next(node, first, last))
		if (node->start == first && node->last == last)
			return container_of(node, struct page_access, node);
	return NULL;
}

/* Pointers to pages that are pinned. */
static void list_pages(struct fdx_pages *pages, unsigned long first,
		       unsigned long last, struct page **out)
{
	struct fdx_pfn_chunk chunk;
	unsigned long pfn, n, i;
	size_t run;

	while (!WARN_ON(!fdx_pfn_store_chunk(&pages->store, first, last,
					     &chunk))) {
		unsigned long left = chunk.npages;

		for (run = 0; run < chunk.nr && left; run++) {
			pfn = pfn_run_pfn(chunk.runs[run]) + chunk.skip;
			n = min(pfn_run_npages(chunk.runs[run]) - chunk.skip,
				left);
			for (i = 0; i < n; i++)
				*out++ = pfn_to_page(pfn + i);
			left -= n;
			chunk.skip = 0;
		}
		first += chunk.npages;
		if (first > last)
			return;
	}
}

int fdx_pages_pin_access(struct fdx_pages *pages, unsigned long first,
			 unsigned long last, struct page **out)
{
	struct page_access *access;
	int rc;

	lockdep_assert_held(&pages->lock);

	/* The CPU has its own ways to a DMA-BUF, which its exporter controls. */
	if (pages->dmabuf)
		return -EINVAL;
	access = find_access(pages, first, last);
	if (!access) {
		access = kzalloc(sizeof(*access), GFP_KERNEL_ACCOUNT);
		if (!access)
			return -ENOMEM;
		access->node.start = access->user.start = first;
		access->node.last = access->user.last = last;
		rc = fdx_pages_add_user(pages, &access->user);
		if (rc) {
			kfree(access);
			return rc;
		}
		interval_tree_insert(&access->node, &pages->accesses);
	}
	access->pins++;
	list_pages(pages, first, last, out);
	return 0;
}

void fdx_pages_unpin_access(struct fdx_pages *pages, unsigned long first,
			    unsigned long last)
{
	struct page_access *access = find_access(pages, first, last);

	if (WARN_ON(!access) || --access->pins)
		return;
	interval_tree_remove(&access->node, &pages->accesses);
	fdx_pages_remove_user(pages, &access->user);
	kfree(access);
}

/* A word that somebody may be polling is stored at once. */
static void store_page_data(struct page *page, unsigned int offset,
			    const void *data, unsigned int length)
{
	void *vaddr = kmap_local_page(page);
	u32 word;
	u64 twice;

	if (length == sizeof(word) && IS_ALIGNED(offset, sizeof(word))) {
		memcpy(&word, data, sizeof(word));
		WRITE_ONCE(*(u32 *)(vaddr + offset), word);
	} else if (length == sizeof(twice) &&
		   IS_ALIGNED(offset, sizeof(twice))) {
		memcpy(&twice, data, sizeof(twice));
		WRITE_ONCE(*(u64 *)(vaddr + offset), twice);
	} else {
		memcpy(vaddr + offset, data, length);
	}
	flush_dcache_page(page);
	kunmap_local(vaddr);
}

static void copy_page_data(struct page *page, unsigned int offset, void *data,
			   unsigned int length, bool write)
{
	if (write)
		store_page_data(page, offset, data, length);
	else
		memcpy_from_page(data, page, offset, length);
}

/* The way that works for all memory: pin it for as long as it takes. */
static int rw_pinned(struct fdx_pages *pages, unsigned long start, void *data,
		     unsigned long length, bool write)
{
	struct page *array[RW_BATCH_PAGES];
	unsigned long first, last, i;
	unsigned int offset, n;
	int rc;

	while (length) {
		first = start / PAGE_SIZE;
		last = min((start + length - 1) / PAGE_SIZE,
			   first + RW_BATCH_PAGES - 1);
		mutex_lock(&pages->lock);
		rc = fdx_pages_pin_access(pages, first, last, array);
		if (rc) {
			mutex_unlock(&pages->lock);
			return rc;
		}
		for (i = 0; first + i <= last; i++) {
			offset = offset_in_page(start);
			n = min(length, PAGE_SIZE - offset);
			copy_page_data(array[i], offset, data, n, write);
			start += n;
			data += n;
			length -= n;
		}
		fdx_pages_unpin_access(pages, first, last);
		mutex_unlock(&pages->lock);
	}
	return 0;
}

static int rw_user(struct fdx_pages *pages, unsigned long start, void *data,
		   unsigned long length, bool write)
{
	void __user *uptr = (void __user *)(pages->uaddr + start);
	unsigned long left;

	if (write)
		left = copy_to_user(uptr, data, length);
	else
		left = copy_from_user(data, uptr, length);
	return left ? -EFAULT : 0;
}

int fdx_pages_rw(struct fdx_pages *pages, unsigned long start, void *data,
		 unsigned long length, unsigned int flags)
{
	bool write = flags & IOMMUFDX_ACCESS_WRITE;
	int rc;

	if (write && !pages->writable)
		return -EPERM;
	if (pages->dmabuf)
		return -EINVAL;
	if (pages->file || (flags & IOMMUFDX_ACCESS_PIN))
		return rw_pinned(pages, start, data, length, write);
	if (current->mm == pages->mm)
		return rw_user(pages, start, data, length, write);
	if (!(flags & IOMMUFDX_ACCESS_KTHREAD) || !mmget_not_zero(pages->mm))
		return rw_pinned(pages, start, data, length, write);
	kthread_use_mm(pages->mm);
	rc = rw_user(pages, start, data, length, write);
	kthread_unuse_mm(pages->mm);
	mmput(pages->mm);
	return rc;
}
