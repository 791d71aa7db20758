// SPDX-License-Identifier: GPL-2.0-only
/* Test operations that look into page tables and pinned memory. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/area.h"
#include "core/hwpt.h"
#include "selftest_mock.h"

/* The most bits of an IOMMU_TEST_OP_DIRTY bitmap. */
#define SELFTEST_DIRTY_MAX	((u64)SZ_16M * BITS_PER_BYTE)

int selftest_add_reserved(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long start = cmd->add_reserved.start;
	unsigned long length = cmd->add_reserved.length;
	struct fdx_ioas *ioas;
	unsigned long last;
	int rc;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(start, length - 1, &last))
		return -EOVERFLOW;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	down_write(&ioas->iova_rwsem);
	rc = fdx_iova_reserve(ioas, start, last, NULL);
	up_write(&ioas->iova_rwsem);
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

/* A HWPT whose domain is one of the mock's paging domains, held. */
static struct fdx_hwpt_paging *selftest_hwpt_get(struct fdx_ucmd *ucmd, u32 id)
{
	struct fdx_object *obj;
	struct fdx_hwpt *hwpt;

	obj = fdx_get_object(ucmd->ictx, id, FDX_OBJ_HWPT_PAGING);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	hwpt = container_of(obj, struct fdx_hwpt, obj);
	if (!selftest_domain(hwpt->domain)) {
		fdx_put_object(ucmd->ictx, obj);
		return ERR_PTR(-EINVAL);
	}
	return to_hwpt_paging(hwpt);
}

/* The page behind a user address. Without a reference: only its identity counts. */
static int selftest_user_page(unsigned long addr, struct page **page)
{
	int rc = get_user_pages_fast(addr & PAGE_MASK, 1, 0, page);

	if (rc < 0)
		return rc;
	if (WARN_ON(rc != 1))
		return -EFAULT;
	put_page(*page);
	return 0;
}

/*
 * UNMAP frees tables. It holds domains_rwsem to read, so holding it to write
 * keeps it away.
 */
static phys_addr_t selftest_iova_to_phys(struct fdx_hwpt_paging *hwpt, u64 iova)
{
	struct pgtable *pt = &hwpt->common.domain->pt;
	phys_addr_t phys;

	down_write(&hwpt->ioas->domains_rwsem);
	phys = pt->ops->iova_to_phys(pt, iova);
	up_write(&hwpt->ioas->domains_rwsem);
	return phys;
}

static int selftest_compare(struct fdx_hwpt_paging *hwpt, u64 iova, u64 length,
			    unsigned long addr)
{
	unsigned long step = 1UL << __ffs64(hwpt->common.domain->pt.page_sizes);
	unsigned long end;
	struct page *page;
	int rc;

	if ((iova | length | addr) & (step - 1) ||
	    check_add_overflow(addr, (unsigned long)length, &end))
		return -EINVAL;
	for (; addr != end; addr += step, iova += step) {
		rc = selftest_user_page(addr, &page);
		if (rc)
			return rc;
		if (selftest_iova_to_phys(hwpt, iova) !=
		    page_to_phys(page) + offset_in_page(addr))
			return -EINVAL;
	}
	return 0;
}

/* Does the table map what the process maps? */
int selftest_check_map(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct fdx_hwpt_paging *hwpt;
	int rc;

	hwpt = selftest_hwpt_get(ucmd, cmd->id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	rc = selftest_compare(hwpt, cmd->check_map.iova, cmd->check_map.length,
			      cmd->check_map.uptr);
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}

/* How often is a page pinned? Compound pages count theirs elsewhere. */
static int selftest_check_page_refs(unsigned long addr, unsigned int refs)
{
	struct page *page;
	int rc = 0;

	if (get_user_pages_fast(addr, 1, 0, &page) != 1)
		return -EFAULT;
	if (!PageCompound(page) &&
	    page_ref_count(page) / GUP_PIN_COUNTING_BIAS != refs)
		rc = -EIO;
	put_page(page);
	return rc;
}

int selftest_check_refs(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long length = cmd->check_refs.length;
	unsigned long addr = cmd->check_refs.uptr;
	unsigned long end;
	int rc = 0;

	if (!PAGE_ALIGNED(length | addr) || check_add_overflow(addr, length, &end))
		return -EINVAL;
	for (; addr != end && !rc; addr += PAGE_SIZE)
		rc = selftest_check_page_refs(addr, cmd->check_refs.refs);
	return rc;
}

int selftest_check_iotlb(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 id = cmd->check_iotlb.id;
	struct selftest_nested *nested;
	struct fdx_object *obj;
	int rc = 0;

	obj = fdx_get_object(ucmd->ictx, cmd->id, FDX_OBJ_HWPT_NESTED);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	nested = selftest_nested(container_of(obj, struct fdx_hwpt, obj)->domain);
	if (!nested || id >= MOCK_NESTED_DOMAIN_IOTLB_NUM ||
	    nested->iotlb[id] != cmd->check_iotlb.iotlb)
		rc = -EINVAL;
	fdx_put_object(ucmd->ictx, obj);
	return rc;
}

/* Make dirty, as DMA would, what the bitmap names. Returns how many bits. */
static u64 selftest_set_dirty(struct fdx_hwpt_paging *hwpt, u64 iova,
			      u64 page_size, const unsigned long *bitmap,
			      unsigned long bits)
{
	struct pgtable *pt = &hwpt->common.domain->pt;
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	unsigned long bit;
	u64 addr;

	/* As in selftest_iova_to_phys(). */
	down_write(&hwpt->ioas->domains_rwsem);
	for_each_set_bit(bit, bitmap, bits) {
		addr = iova + bit * page_size;
		pt->ops->set_dirty(pt, addr, addr, true, &gather);
	}
	up_write(&hwpt->ioas->domains_rwsem);
	return bitmap_weight(bitmap, bits);
}

int selftest_dirty(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u64 page_size = cmd->dirty.page_size;
	u64 length = cmd->dirty.length;
	u64 iova = cmd->dirty.iova;
	struct fdx_hwpt_paging *hwpt;
	unsigned long *bitmap;
	u64 bits;
	int rc;

	if (!page_size || !length || iova % page_size || length % page_size ||
	    !cmd->dirty.uptr)
		return -EINVAL;
	bits = length / page_size;
	if (bits > SELFTEST_DIRTY_MAX)
		return -EOVERFLOW;

	hwpt = selftest_hwpt_get(ucmd, cmd->id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (!selftest_domain(hwpt->common.domain)->tracking) {
		rc = -EINVAL;
		goto out_put;
	}
	bitmap = kvcalloc(BITS_TO_LONGS(bits), sizeof(*bitmap),
			  GFP_KERNEL_ACCOUNT);
	if (!bitmap) {
		rc = -ENOMEM;
		goto out_put;
	}
	if (copy_from_user(bitmap, u64_to_user_ptr(cmd->dirty.uptr),
			   DIV_ROUND_UP(bits, BITS_PER_BYTE))) {
		rc = -EFAULT;
		goto out_free;
	}
	cmd->dirty.out_nr_dirty = selftest_set_dirty(hwpt, iova, page_size,
						     bitmap, bits);
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
out_free:
	kvfree(bitmap);
out_put:
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}
