// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning: user addresses become runs of PFNs in the store, and somebody is
 * charged for them.
 *
 * The kernel's interface gives an array of page pointers, one per 4 KiB. That
 * array is the only place where anything is done per page: one pass turns it
 * into run words, in place, and everything behind it works on runs.
 *
 * A hole is charged as a whole before its first page is pinned, so that a
 * process over its limit is told at once and not after it has pinned gigabytes
 * (charge.c).
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>

#include "compat.h"
#include "dmabuf.h"
#include "ioas.h"
#include "itree.h"
#include "pages.h"

#define PIN_STACK_PAGES		32
#define PIN_BATCH_PAGES		(PAGE_SIZE / sizeof(struct page *))
/* Let others run after so many pages were unpinned. */
#define UNPIN_BATCH_PAGES	(SZ_256M >> PAGE_SHIFT)

/* ------------------------------------------------------------------ pinning */

/* Pin up to @npages pages of user memory from page @index on. */
static long pin_user(struct fdx_pages *pages, unsigned long index,
		     unsigned long npages, struct page **array)
{
	unsigned long uaddr = pages->uaddr + index * PAGE_SIZE;
	unsigned int flags = FOLL_LONGTERM;
	struct mm_struct *mm = pages->mm;
	int locked = 1;
	long rc;

	if (pages->writable)
		flags |= FOLL_WRITE;
	else
		flags |= compat_pin_readonly_flags(mm, uaddr, &npages);

	if (mm == current->mm) {
		rc = pin_user_pages_fast(uaddr, npages, flags, array);
	} else {
		mmap_read_lock(mm);
		rc = compat_pin_user_pages_remote(mm, uaddr, npages, flags,
						  array, &locked);
		if (locked)
			mmap_read_unlock(mm);
	}
	return rc;
}

/* The same, whatever the memory is. Returns how many, at least 1, or -errno. */
static long pin_batch(struct fdx_pages *pages, unsigned long index,
		      unsigned long npages, struct page **array)
{
	long rc;

	if (pages->file)
		rc = compat_memfd_pin_pages(pages->file, pages->file_start +
					    (loff_t)index * PAGE_SIZE,
					    npages, array);
	else
		rc = pin_user(pages, index, npages, array);
	return rc ? rc : -EFAULT;
}

/*
 * Turn an array of pages into run words that overwrite it from its start. A
 * word is written only when the pointers it stands for have been read.
 */
static size_t coalesce(struct page **array, unsigned long npages)
{
	u64 *runs = (u64 *)array;
	unsigned long i = 0;
	size_t nr = 0;

	static_assert(sizeof(*runs) == sizeof(*array));

	while (i < npages) {
		unsigned long pfn = page_to_pfn(array[i]);
		unsigned long len = 1;

		while (i + len < npages &&
		       page_to_pfn(array[i + len]) == pfn + len)
			len++;
		runs[nr++] = pfn_run(pfn, len);
		i += len;
	}
	return nr;
}

static void unpin_run(void *arg, u64 run)
{
	struct fdx_pages *pages = arg;
	unsigned long npages = pfn_run_npages(run);
	unsigned long pfn = pfn_run_pfn(run);

	/* The attachment holds all of it. */
	if (pages->dmabuf)
		return;
	while (npages) {
		unsigned long n = min_t(unsigned long, npages,
					UNPIN_BATCH_PAGES);

		unpin_user_page_range_dirty_lock(pfn_to_page(pfn), n,
						 pages->writable);
		cond_resched();
		pfn += n;
		npages -= n;
	}
}

/* Put @npages pages from *@index on into the store and move *@index. */
static int store_batch(struct fdx_pages *pages, unsigned long *index,
		       struct page **array, unsigned long npages)
{
	size_t nr = coalesce(array, npages);
	u64 *runs = (u64 *)array;
	size_t done = 0;
	ssize_t rc;

	while (done < nr) {
		rc = fdx_pfn_store_add(&pages->store, index, runs + done,
				       nr - done);
		if (rc < 0)
			goto err_unpin;
		done += rc;
	}
	return 0;

err_unpin:
	for (; done < nr; done++)
		unpin_run(pages, runs[done]);
	return rc;
}

/* Pin *@index..@last, none of which is; *@index is the first not in the store. */
static int pin_hole(struct fdx_pages *pages, unsigned long *index,
		    unsigned long last, struct page **array,
		    unsigned long max_batch)
{
	long npages;
	int rc = 0;

	if (pages->dmabuf)
		return fdx_dmabuf_pin(pages, index, last);
	while (!rc && *index <= last) {
		if (fatal_signal_pending(current))
			return -EINTR;
		npages = pin_batch(pages, *index,
				   min(last - *index + 1, max_batch), array);
		if (npages < 0)
			return npages;
		rc = store_batch(pages, index, array, npages);
		cond_resched();
	}
	return rc;
}

int fdx_pin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	struct page *stack[PIN_STACK_PAGES];
	unsigned long max_batch = ARRAY_SIZE(stack);
	struct mm_struct *remote_mm = NULL;
	struct page **array = stack;
	unsigned long hole_last;
	unsigned long index;
	int rc = 0;

	lockdep_assert_held(&pages->lock);

	fdx_for_each_hole(&pages->store.segs, first, last, hole_last) {
		if (!pages->file && !pages->dmabuf &&
		    pages->mm != current->mm && !remote_mm) {
			if (!mmget_not_zero(pages->mm)) {
				rc = -EFAULT;
				break;
			}
			remote_mm = pages->mm;
		}
		if (hole_last - first >= max_batch && array == stack) {
			array = (struct page **)__get_free_page(GFP_KERNEL);
			if (!array) {
				array = stack;
				rc = -ENOMEM;
				break;
			}
			max_batch = PIN_BATCH_PAGES;
		}

		rc = fdx_charge(pages, hole_last - first + 1);
		if (rc)
			break;
		index = first;
		rc = pin_hole(pages, &index, hole_last, array, max_batch);
		if (rc) {
			if (index <= hole_last)
				fdx_uncharge(pages, hole_last - index + 1);
			break;
		}
	}

	if (array != stack)
		free_page((unsigned long)array);
	if (remote_mm)
		mmput(remote_mm);
	return rc;
}

struct unpin_count {
	struct fdx_pages *pages;
	unsigned long npages;
};

static void unpin_and_count(void *arg, u64 run)
{
	struct unpin_count *count = arg;

	unpin_run(count->pages, run);
	count->npages += pfn_run_npages(run);
}

void fdx_unpin(struct fdx_pages *pages, unsigned long first,
	       unsigned long last)
{
	struct unpin_count count = { .pages = pages };

	lockdep_assert_held(&pages->lock);

	fdx_pfn_store_remove(&pages->store, first, last, unpin_and_count,
			     &count);
	if (count.npages)
		fdx_uncharge(pages, count.npages);
}
