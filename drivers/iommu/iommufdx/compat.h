/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the supported kernels, 6.1 to 7.3, and nothing else. */
#ifndef __IOMMUFDX_COMPAT_H
#define __IOMMUFDX_COMPAT_H

#include <linux/version.h>

/* ------------------------------------------------------- pinning user memory */

#include <linux/minmax.h>
#include <linux/mm.h>

/* Before 6.2 a long-term pin could not let go of the lock: *@locked stays. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define compat_pin_user_pages_remote(mm, start, nr, flags, pages, locked) \
	((void)(locked), \
	 pin_user_pages_remote(mm, start, nr, flags, pages, NULL, NULL))
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define compat_pin_user_pages_remote(mm, start, nr, flags, pages, locked) \
	pin_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)
#else
#define compat_pin_user_pages_remote	pin_user_pages_remote
#endif

/* Below here mmap() places what has no address of its own, on every kernel. */
#ifdef DEFAULT_MAP_WINDOW
#define COMPAT_MAP_WINDOW	((unsigned long)(DEFAULT_MAP_WINDOW))
#else
#define COMPAT_MAP_WINDOW	((unsigned long)(TASK_SIZE))
#endif

/* Take a reference on the page at @addr, as after an access of that kind. */
static inline long compat_get_user_page_remote(struct mm_struct *mm,
					       unsigned long addr,
					       unsigned int flags,
					       struct page **page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	return get_user_pages_remote(mm, addr, 1, flags, page, NULL, NULL);
#else
	return get_user_pages_remote(mm, addr, 1, flags, page, NULL);
#endif
}

/*
 * What a long-term pin for reading needs on top of FOLL_LONGTERM. Before 6.2
 * such a pin of a private mapping could take the zero page or a page of the
 * page cache, which the process leaves behind at its next write; breaking COW
 * first avoids that. May shorten *@npages to what one answer holds for.
 */
static inline unsigned int compat_pin_readonly_flags(struct mm_struct *mm,
						     unsigned long start,
						     unsigned long *npages)
{
	unsigned int flags = 0;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, start);
	if (vma && vma->vm_start <= start) {
		*npages = min(*npages, (vma->vm_end - start) >> PAGE_SHIFT);
		if (is_cow_mapping(vma->vm_flags) &&
		    (vma->vm_flags & (VM_READ | VM_HUGETLB)) == VM_READ)
			flags = FOLL_WRITE | FOLL_FORCE;
	}
	mmap_read_unlock(mm);
#endif
	return flags;
}

/*
 * Pinning the memory of a memfd: from 6.11 on. @start is page aligned. Pins each
 * page once, so that pages can be unpinned one by one. Returns how many it
 * pinned, or -errno: -EINVAL for a file that is no memfd.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#include <linux/memfd.h>
#define COMPAT_HAS_MEMFD_PIN	1

/* A folio was pinned once; pin it for each of its @npages pages in use. */
static inline int compat_folio_pin_more(struct file *file, loff_t start,
					struct folio *folio,
					unsigned long npages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	return npages > 1 ? folio_add_pins(folio, npages - 1) : 0;
#else
	unsigned long i;
	pgoff_t offset;
	long rc = 1;

	for (i = 1; i < npages && rc == 1; i++)
		rc = memfd_pin_folios(file, start, start + PAGE_SIZE - 1,
				      &folio, 1, &offset);
	if (rc == 1)
		return 0;
	for (; i > 2; i--)
		unpin_folio(folio);
	return rc < 0 ? rc : -ENOMEM;
#endif
}

static inline long compat_memfd_pin_pages(struct file *file, loff_t start,
					  unsigned long npages,
					  struct page **pages)
{
	unsigned long done = 0, first, n, i;
	struct folio *folio;
	pgoff_t offset;
	long rc = 0;

	/* One folio at a time: the array it could fill is the caller's. */
	while (done < npages) {
		rc = memfd_pin_folios(file, start, start + PAGE_SIZE - 1,
				      &folio, 1, &offset);
		if (rc <= 0)
			break;
		first = offset / PAGE_SIZE;
		n = min(folio_nr_pages(folio) - first, npages - done);
		rc = compat_folio_pin_more(file, start, folio, n);
		if (rc) {
			unpin_folio(folio);
			break;
		}
		for (i = 0; i < n; i++)
			pages[done + i] = folio_page(folio, first + i);
		done += n;
		start += n * PAGE_SIZE;
	}
	return done ? done : rc;
}
#else
#define COMPAT_HAS_MEMFD_PIN	0

static inline long compat_memfd_pin_pages(struct file *file, loff_t start,
					  unsigned long npages,
					  struct page **pages)
{
	return -EOPNOTSUPP;
}
#endif

/* -------------------------------------------------------------- DMA-BUFs */

#include <linux/module.h>
#include <linux/stringify.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define COMPAT_IMPORT_NS(ns)		MODULE_IMPORT_NS(ns)
#else
#define COMPAT_IMPORT_NS(ns)		MODULE_IMPORT_NS(__stringify(ns))
#endif

/* The callback of an importer, and what an exporter calls to have it called. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define COMPAT_DMABUF_REVOKE		move_notify
#define compat_dmabuf_revoke		dma_buf_move_notify
#else
#define COMPAT_DMABUF_REVOKE		invalidate_mappings
#define compat_dmabuf_revoke		dma_buf_invalidate_mappings
#endif

/* ----------------------------------------------- eventfds, threads, devices */

#include <linux/eventfd.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define compat_eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#else
#define compat_eventfd_signal(ctx)	eventfd_signal(ctx)
#endif

/* Makes a kthread_worker, running. */
#include <linux/kthread.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define compat_kthread_run_worker	kthread_create_worker
#else
#define compat_kthread_run_worker	kthread_run_worker
#endif

/* The parameter type of struct class::devnode. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define compat_devnode_device		struct device
#else
#define compat_devnode_device		const struct device
#endif

#endif /* __IOMMUFDX_COMPAT_H */
