/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a DMA-BUF: one contiguous piece whose exporter may take it away.
 *
 * The memory is never pinned page by page or charged: the attachment pins it,
 * and it is the exporter's. *Revoking* it clears it out of every domain while
 * the areas stay, empty for good; who wants it back maps it anew.
 *
 * The exporter revokes under its reservation lock, below which domains_rwsem
 * cannot be taken: a process that holds domains_rwsem may fault on a mapping of
 * a DMA-BUF and so want the reservation. Therefore the pages know for themselves
 * which domains show them, in a list of *mappings* under fdx_pages.lock, and
 * whatever fills or empties a domain keeps it.
 */
#ifndef __IOMMUFDX_DMABUF_H
#define __IOMMUFDX_DMABUF_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct fdx_area;
struct fdx_pages;
struct iommufdx_ctx;
struct iommufdx_domain;

#if IS_ENABLED(CONFIG_DMA_SHARED_BUFFER)

/*
 * Describe @length bytes at @start of the DMA-BUF @fd. -ENOTTY (something else,
 * or nothing); -EINVAL (not so long); -EOPNOTSUPP (an exporter that does not say
 * where the memory is); -ENODEV (revoked); -ENOMEM.
 */
struct fdx_pages *fdx_pages_alloc_dmabuf(struct iommufdx_ctx *ictx, int fd,
					 u64 start, unsigned long length,
					 bool writable);
/* The last reference on the pages is gone. */
void fdx_dmabuf_release(struct fdx_pages *pages);

/* All of these: pages->lock is held, and the pages are a DMA-BUF's. */

/* Has the exporter taken it away? */
bool fdx_dmabuf_revoked(struct fdx_pages *pages);
/* Is it a device's memory? */
bool fdx_dmabuf_mmio(const struct fdx_pages *pages);
/* Store the run of *@index..@last, as pinning does. Nothing is charged. */
int fdx_dmabuf_pin(struct fdx_pages *pages, unsigned long *index,
		   unsigned long last);
/* Before @area is mapped into @domain. -ENOMEM. */
int fdx_dmabuf_track(struct fdx_area *area, struct iommufdx_domain *domain);
/* @area is to be cleared out of @domain. False: it is not there. */
bool fdx_dmabuf_untrack(struct fdx_area *area, struct iommufdx_domain *domain);

#else

static inline struct fdx_pages *
fdx_pages_alloc_dmabuf(struct iommufdx_ctx *ictx, int fd, u64 start,
		       unsigned long length, bool writable)
{
	return ERR_PTR(-ENOTTY);
}

static inline void fdx_dmabuf_release(struct fdx_pages *pages)
{
}

static inline bool fdx_dmabuf_revoked(struct fdx_pages *pages)
{
	return false;
}

static inline bool fdx_dmabuf_mmio(const struct fdx_pages *pages)
{
	return false;
}

static inline int fdx_dmabuf_pin(struct fdx_pages *pages, unsigned long *index,
				 unsigned long last)
{
	return -EOPNOTSUPP;
}

static inline int fdx_dmabuf_track(struct fdx_area *area,
				   struct iommufdx_domain *domain)
{
	return 0;
}

static inline bool fdx_dmabuf_untrack(struct fdx_area *area,
				      struct iommufdx_domain *domain)
{
	return true;
}

#endif

#endif /* __IOMMUFDX_DMABUF_H */
