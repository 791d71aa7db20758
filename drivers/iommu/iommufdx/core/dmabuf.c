// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a DMA-BUF, and its revocation. See dmabuf.h. */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/iommufdx/dmabuf.h>

#include "area.h"
#include "compat.h"
#include "dmabuf.h"

COMPAT_IMPORT_NS(DMA_BUF);

static DEFINE_MUTEX(exporters_lock);
static LIST_HEAD(exporters);

/*
 * The reservation is taken below mmap_lock by others, and fdx_pages.lock of a
 * process's memory is taken above that; here it is taken below the reservation.
 */
static struct lock_class_key dmabuf_pages_key;

/**
 * struct fdx_dmabuf - what pages of a DMA-BUF have besides
 * @attach: pinned attachment, which holds the DMA-BUF
 * @range: all of the DMA-BUF
 * @first: where the pages start in it, in pages
 * @revoked: it was taken away (pages->lock)
 * @mappings: struct dmabuf_mapping (pages->lock)
 */
struct fdx_dmabuf {
	struct dma_buf_attachment *attach;
	struct iommufdx_dmabuf_range range;
	unsigned long first;
	bool revoked;
	struct list_head mappings;
};

/* An area that a domain shows. */
struct dmabuf_mapping {
	struct list_head link;
	struct fdx_area *area;
	struct iommufdx_domain *domain;
};

void iommufdx_dmabuf_register(struct iommufdx_dmabuf_exporter *exporter)
{
	mutex_lock(&exporters_lock);
	list_add(&exporter->node, &exporters);
	mutex_unlock(&exporters_lock);
}
EXPORT_SYMBOL_GPL(iommufdx_dmabuf_register);

void iommufdx_dmabuf_unregister(struct iommufdx_dmabuf_exporter *exporter)
{
	mutex_lock(&exporters_lock);
	list_del(&exporter->node);
	mutex_unlock(&exporters_lock);
}
EXPORT_SYMBOL_GPL(iommufdx_dmabuf_unregister);

/* Who exports @buf; the DMA-BUF holds the module, too. */
static struct iommufdx_dmabuf_exporter *exporter_get(struct dma_buf *buf)
{
	struct iommufdx_dmabuf_exporter *exporter;

	mutex_lock(&exporters_lock);
	list_for_each_entry(exporter, &exporters, node)
		if (exporter->ops == buf->ops && try_module_get(exporter->owner))
			goto out_unlock;
	exporter = NULL;
out_unlock:
	mutex_unlock(&exporters_lock);
	return exporter;
}

static void dmabuf_revoke(struct dma_buf_attachment *attach)
{
	struct fdx_pages *pages = attach->importer_priv;
	struct fdx_dmabuf *dmabuf = pages->dmabuf;
	struct dmabuf_mapping *mapping, *next;
	bool clean = true;

	mutex_lock(&pages->lock);
	list_for_each_entry_safe(mapping, next, &dmabuf->mappings, link) {
		clean &= fdx_area_clear(mapping->area, mapping->domain);
		list_del(&mapping->link);
		kfree(mapping);
	}
	/* Hardware may still reach it: at least it stays what it is. */
	if (!clean)
		fdx_pages_get(pages);
	dmabuf->revoked = true;
	mutex_unlock(&pages->lock);
}

static const struct dma_buf_attach_ops dmabuf_importer_ops = {
	.allow_peer2peer = true,
	.COMPAT_DMABUF_REVOKE = dmabuf_revoke,
};

/* Attach, pin and locate @buf, to which the caller's reference goes. */
static int dmabuf_attach(struct fdx_pages *pages, struct dma_buf *buf,
			 struct iommufdx_dmabuf_exporter *exporter)
{
	struct fdx_dmabuf *dmabuf = pages->dmabuf;
	struct dma_buf_attachment *attach;
	int rc;

	attach = dma_buf_dynamic_attach(buf, fdx_misc_device(),
					&dmabuf_importer_ops, pages);
	if (IS_ERR(attach))
		return PTR_ERR(attach);

	dma_resv_lock(buf->resv, NULL);
	rc = dma_buf_pin(attach);
	if (rc)
		goto err_unlock;
	rc = exporter->locate(attach, &dmabuf->range);
	if (!rc && WARN_ON((dmabuf->range.paddr | dmabuf->range.length) &
			   ~PAGE_MASK))
		rc = -EINVAL;
	if (rc)
		goto err_unpin;
	dmabuf->attach = attach;
	dma_resv_unlock(buf->resv);
	return 0;

err_unpin:
	dma_buf_unpin(attach);
err_unlock:
	dma_resv_unlock(buf->resv);
	dma_buf_detach(buf, attach);
	return rc;
}

static struct fdx_pages *dmabuf_pages_alloc(struct iommufdx_ctx *ictx,
					    u64 start, unsigned long length,
					    bool writable)
{
	struct fdx_pages *pages;

	pages = fdx_pages_new(ictx, offset_in_page(start), length, writable);
	if (IS_ERR(pages))
		return pages;
	pages->dmabuf = kzalloc(sizeof(*pages->dmabuf), GFP_KERNEL_ACCOUNT);
	if (!pages->dmabuf) {
		fdx_pages_put(pages);
		return ERR_PTR(-ENOMEM);
	}
	lockdep_set_class(&pages->lock, &dmabuf_pages_key);
	pages->account_mode = FDX_ACCOUNT_NONE;
	pages->dmabuf->first = start / PAGE_SIZE;
	INIT_LIST_HEAD(&pages->dmabuf->mappings);
	return pages;
}

struct fdx_pages *fdx_pages_alloc_dmabuf(struct iommufdx_ctx *ictx, int fd,
					 u64 start, unsigned long length,
					 bool writable)
{
	struct iommufdx_dmabuf_exporter *exporter;
	struct dma_buf *buf = dma_buf_get(fd);
	struct fdx_pages *pages;
	u64 last;
	int rc;

	if (IS_ERR(buf))
		return ERR_PTR(-ENOTTY);
	rc = -EINVAL;
	if (!length || check_add_overflow(start, (u64)length - 1, &last) ||
	    last >= buf->size)
		goto err_put;
	exporter = exporter_get(buf);
	if (!exporter) {
		rc = -EOPNOTSUPP;
		goto err_put;
	}
	pages = dmabuf_pages_alloc(ictx, start, length, writable);
	if (IS_ERR(pages)) {
		rc = PTR_ERR(pages);
		goto err_module;
	}
	rc = dmabuf_attach(pages, buf, exporter);
	if (!rc && last >= pages->dmabuf->range.length)
		rc = -EINVAL;
	module_put(exporter->owner);
	if (!rc)
		return pages;
	if (!pages->dmabuf->attach)
		dma_buf_put(buf);
	fdx_pages_put(pages);
	return ERR_PTR(rc);

err_module:
	module_put(exporter->owner);
err_put:
	dma_buf_put(buf);
	return ERR_PTR(rc);
}

void fdx_dmabuf_release(struct fdx_pages *pages)
{
	struct dma_buf_attachment *attach = pages->dmabuf->attach;
	struct dma_buf *buf;

	if (attach) {
		buf = attach->dmabuf;
		dma_resv_lock(buf->resv, NULL);
		dma_buf_unpin(attach);
		dma_resv_unlock(buf->resv);
		dma_buf_detach(buf, attach);
		dma_buf_put(buf);
	}
	WARN_ON(!list_empty(&pages->dmabuf->mappings));
	kfree(pages->dmabuf);
}

bool fdx_dmabuf_revoked(struct fdx_pages *pages)
{
	lockdep_assert_held(&pages->lock);

	return pages->dmabuf->revoked;
}

int fdx_dmabuf_pin(struct fdx_pages *pages, unsigned long *index,
		   unsigned long last)
{
	const struct fdx_dmabuf *dmabuf = pages->dmabuf;
	unsigned long pfn, npages;
	ssize_t rc;
	u64 run;

	lockdep_assert_held(&pages->lock);

	while (*index <= last) {
		pfn = PHYS_PFN(dmabuf->range.paddr) + dmabuf->first + *index;
		npages = min(last - *index + 1, PFN_RUN_MAX_PAGES);
		run = pfn_run(pfn, npages);
		rc = fdx_pfn_store_add(&pages->store, index, &run, 1);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int fdx_dmabuf_track(struct fdx_area *area, struct iommufdx_domain *domain)
{
	struct dmabuf_mapping *mapping;

	lockdep_assert_held(&area->pages->lock);

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return -ENOMEM;
	mapping->area = area;
	mapping->domain = domain;
	list_add(&mapping->link, &area->pages->dmabuf->mappings);
	return 0;
}

bool fdx_dmabuf_untrack(struct fdx_area *area, struct iommufdx_domain *domain)
{
	struct dmabuf_mapping *mapping;

	lockdep_assert_held(&area->pages->lock);

	list_for_each_entry(mapping, &area->pages->dmabuf->mappings, link) {
		if (mapping->area != area || mapping->domain != domain)
			continue;
		list_del(&mapping->link);
		kfree(mapping);
		return true;
	}
	return false;
}

bool fdx_dmabuf_mmio(const struct fdx_pages *pages)
{
	return pages->dmabuf->range.mmio;
}
