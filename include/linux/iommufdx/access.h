/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses: drivers that reach an IOAS's memory with the CPU, or with a DMA
 * engine of their own, instead of through an IOMMU domain.
 *
 * An access is attached to one IOAS. It can copy to and from its memory, and
 * pin pages of it. Whoever pins is asked, through @unmap, to let go when user
 * space unmaps; the unmap waits for it.
 */
#ifndef __LINUX_IOMMUFDX_ACCESS_H
#define __LINUX_IOMMUFDX_ACCESS_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/iommufdx/device.h>

struct iommufdx_access;
struct page;

/* Flags of iommufdx_access_pin_pages() and iommufdx_access_rw() */
#define IOMMUFDX_ACCESS_READ	0
#define IOMMUFDX_ACCESS_WRITE	BIT(0)
/* The caller is a kernel thread and may borrow the memory's address space. */
#define IOMMUFDX_ACCESS_KTHREAD	BIT(1)
/* Pin even where a plain copy would do; then an aligned word is one store. */
#define IOMMUFDX_ACCESS_PIN	BIT(2)

/**
 * struct iommufdx_access_ops - a driver's side of an access
 * @needs_pin_pages: it will pin, so mappings must be page aligned
 * @unmap: unpin what was pinned in @iova..@iova+@length-1, now; called
 *	without locks, may sleep, may be called again for the same range.
 *	Mandatory with @needs_pin_pages.
 */
struct iommufdx_access_ops {
	bool needs_pin_pages;
	void (*unmap)(void *data, unsigned long iova, unsigned long length);
};

/**
 * iommufdx_access_create() - make an access
 * @ictx: the iommufd; a reference is taken
 * @ops: the driver's functions
 * @data: passed to them
 * @out_id: object ID
 *
 * Context: may sleep.
 * Return: the access, attached to nothing, or ERR_PTR(-ENOMEM).
 */
struct iommufdx_access *
iommufdx_access_create(struct iommufdx_ctx *ictx,
		       const struct iommufdx_access_ops *ops, void *data,
		       u32 *out_id);

/**
 * iommufdx_access_destroy() - end an access
 * @access: the access; everything it pinned must go by way of @ops->unmap
 *
 * Detaches it if need be. Context: may sleep; may call @ops->unmap.
 */
void iommufdx_access_destroy(struct iommufdx_access *access);

/**
 * iommufdx_access_attach() - choose the IOAS
 * @access: attached to nothing
 * @ioas_id: its ID
 *
 * Context: may sleep.
 * Return: 0; -ENOENT (no such IOAS); -EINVAL (attached already);
 * -EADDRINUSE (a mapping is not page aligned, and the access pins); -ENOMEM.
 */
int iommufdx_access_attach(struct iommufdx_access *access, u32 ioas_id);

/**
 * iommufdx_access_replace() - move to another IOAS
 * @access: the access
 * @ioas_id: its ID
 *
 * What is pinned in the old one is unpinned through @ops->unmap.
 * Context: may sleep.
 * Return: as iommufdx_access_attach(); -ENOENT also when attached to nothing;
 * -EBUSY (a detach is under way).
 */
int iommufdx_access_replace(struct iommufdx_access *access, u32 ioas_id);

/**
 * iommufdx_access_detach() - leave the IOAS
 * @access: attached
 *
 * Context: may sleep; calls @ops->unmap for everything.
 */
void iommufdx_access_detach(struct iommufdx_access *access);

/**
 * iommufdx_access_pin_pages() - pin a range
 * @access: attached, with @ops->needs_pin_pages
 * @iova: first byte, shows a page's first byte
 * @length: bytes; ends with a page, or with the range's last mapping
 * @pages: one pointer per page is stored here
 * @flags: IOMMUFDX_ACCESS_WRITE to write
 *
 * Context: may sleep; not from @ops->unmap.
 * Return: 0; -EINVAL (not aligned, or being unmapped); -ENOENT (not mapped, or
 * attached to nothing); -EPERM (read-only); -EOVERFLOW; -EFAULT; -ENOMEM.
 */
int iommufdx_access_pin_pages(struct iommufdx_access *access,
			      unsigned long iova, unsigned long length,
			      struct page **pages, unsigned int flags);

/**
 * iommufdx_access_unpin_pages() - undo one iommufdx_access_pin_pages()
 * @access: the access
 * @iova: as pinned
 * @length: as pinned
 *
 * Context: may sleep.
 */
void iommufdx_access_unpin_pages(struct iommufdx_access *access,
				 unsigned long iova, unsigned long length);

/**
 * iommufdx_access_rw() - copy to or from a range
 * @access: attached
 * @iova: first byte
 * @data: kernel memory
 * @length: bytes
 * @flags: IOMMUFDX_ACCESS_*
 *
 * Context: may sleep.
 * Return: 0, or as iommufdx_access_pin_pages(); after an error part of it may
 * have been copied.
 */
int iommufdx_access_rw(struct iommufdx_access *access, unsigned long iova,
		       void *data, size_t length, unsigned int flags);

#endif /* __LINUX_IOMMUFDX_ACCESS_H */
