// SPDX-License-Identifier: GPL-2.0-only
/*
 * An exporter of DMA-BUFs for tests: ordinary memory that it can revoke, and
 * that the CPU can map.
 *
 * The memory counts as held for DMA while somebody has it pinned, so a mock
 * device reaches it then and the models take a later write for what it is.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/iommufdx/dmabuf.h>

#include "compat.h"
#include "selftest_mock.h"

COMPAT_IMPORT_NS(DMA_BUF);

#define SELFTEST_DMABUF_MAX	(512 * PAGE_SIZE)

/**
 * struct selftest_dmabuf - one of them
 * @memory: physically contiguous
 * @length: bytes
 * @revoked: nobody may map it now (reservation lock)
 */
struct selftest_dmabuf {
	void *memory;
	size_t length;
	bool revoked;
};

/* Take or drop, by the sign, the references that make pages look pinned. */
static void dmabuf_hold(const struct selftest_dmabuf *priv, int sign)
{
	size_t i;

	for (i = 0; i < priv->length; i += PAGE_SIZE)
		page_ref_add(virt_to_page(priv->memory + i),
			     sign * (int)GUP_PIN_COUNTING_BIAS);
}

static int dmabuf_pin(struct dma_buf_attachment *attach)
{
	dmabuf_hold(attach->dmabuf->priv, 1);
	return 0;
}

static void dmabuf_unpin(struct dma_buf_attachment *attach)
{
	dmabuf_hold(attach->dmabuf->priv, -1);
}

/* There is nothing to map it for: no device but through an IOAS. */
static struct sg_table *dmabuf_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void dmabuf_unmap(struct dma_buf_attachment *attach,
			 struct sg_table *table, enum dma_data_direction dir)
{
}

static int dmabuf_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	struct selftest_dmabuf *priv = buf->priv;

	return vm_iomap_memory(vma, virt_to_phys(priv->memory), priv->length);
}

static void dmabuf_free(struct selftest_dmabuf *priv)
{
	free_pages_exact(priv->memory, priv->length);
	kfree(priv);
}

static void dmabuf_release(struct dma_buf *buf)
{
	dmabuf_free(buf->priv);
}

static const struct dma_buf_ops selftest_dmabuf_ops = {
	.pin = dmabuf_pin,
	.unpin = dmabuf_unpin,
	.map_dma_buf = dmabuf_map,
	.unmap_dma_buf = dmabuf_unmap,
	.mmap = dmabuf_mmap,
	.release = dmabuf_release,
};

static int dmabuf_locate(struct dma_buf_attachment *attach,
			 struct iommufdx_dmabuf_range *range)
{
	const struct selftest_dmabuf *priv = attach->dmabuf->priv;

	if (priv->revoked)
		return -ENODEV;
	range->paddr = virt_to_phys(priv->memory);
	range->length = priv->length;
	return 0;
}

static struct iommufdx_dmabuf_exporter selftest_dmabuf_exporter = {
	.owner = THIS_MODULE,
	.ops = &selftest_dmabuf_ops,
	.locate = dmabuf_locate,
};

static struct selftest_dmabuf *dmabuf_alloc(size_t length)
{
	struct selftest_dmabuf *priv;

	priv = kzalloc(sizeof(*priv), GFP_KERNEL_ACCOUNT);
	if (!priv)
		return NULL;
	priv->length = length;
	priv->memory = alloc_pages_exact(length,
					 GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (priv->memory)
		return priv;
	kfree(priv);
	return NULL;
}

/* IOMMU_TEST_OP_DMABUF_GET: returns the descriptor. */
int selftest_dmabuf_get(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct selftest_dmabuf *priv;
	struct dma_buf *buf;
	int fd;

	if (!cmd->dmabuf_get.length ||
	    cmd->dmabuf_get.length > SELFTEST_DMABUF_MAX)
		return -EINVAL;
	priv = dmabuf_alloc(PAGE_ALIGN(cmd->dmabuf_get.length));
	if (!priv)
		return -ENOMEM;

	info.ops = &selftest_dmabuf_ops;
	info.size = priv->length;
	info.flags = cmd->dmabuf_get.open_flags;
	info.priv = priv;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		dmabuf_free(priv);
		return PTR_ERR(buf);
	}
	fd = dma_buf_fd(buf, cmd->dmabuf_get.open_flags);
	if (fd < 0)
		dma_buf_put(buf);
	return fd;
}

/* IOMMU_TEST_OP_DMABUF_REVOKE */
int selftest_dmabuf_revoke(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_dmabuf *priv;
	struct dma_buf *buf;
	int rc = 0;

	buf = dma_buf_get(cmd->dmabuf_revoke.dmabuf_fd);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	if (buf->ops != &selftest_dmabuf_ops) {
		rc = -EOPNOTSUPP;
		goto out_put;
	}
	priv = buf->priv;
	dma_resv_lock(buf->resv, NULL);
	priv->revoked = cmd->dmabuf_revoke.revoked;
	compat_dmabuf_revoke(buf);
	dma_resv_unlock(buf->resv);
out_put:
	dma_buf_put(buf);
	return rc;
}

void selftest_dmabuf_init(void)
{
	iommufdx_dmabuf_register(&selftest_dmabuf_exporter);
}

void selftest_dmabuf_exit(void)
{
	iommufdx_dmabuf_unregister(&selftest_dmabuf_exporter);
}
