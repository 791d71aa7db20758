// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a vIOMMU that user space may map: doorbells and the like.
 *
 * Each range has an offset in the file of the iommufd: a unit of its own, which
 * no range is larger than. A mapping is a user of the range's owner, so the
 * pages stay while they are mapped.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "viommu.h"

#define FDX_MMAP_UNIT_SHIFT	32
#define FDX_MMAP_UNIT		BIT_ULL(FDX_MMAP_UNIT_SHIFT)
/* The last unit that an offset, which is signed, can name. */
#define FDX_MMAP_LAST		(S64_MAX >> FDX_MMAP_UNIT_SHIFT)

int iommufdx_viommu_mmap_add(struct iommufdx_viommu *viommu, phys_addr_t phys,
			     size_t length, u64 *offset)
{
	struct fdx_viommu *core = viommu->core;
	struct fdx_mmap *map;
	u32 unit;
	int rc;

	if (!PAGE_ALIGNED(phys) || !length || !PAGE_ALIGNED(length) ||
	    length > FDX_MMAP_UNIT)
		return -EINVAL;
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	map->owner = &core->obj;
	map->phys = phys;
	map->length = length;

	/* Unit 0 is nobody's: it is what a careless caller passes. */
	rc = xa_alloc(&core->ictx->mmaps, &unit, map,
		      XA_LIMIT(1, FDX_MMAP_LAST), GFP_KERNEL_ACCOUNT);
	if (rc) {
		kfree(map);
		return rc;
	}
	*offset = (u64)unit << FDX_MMAP_UNIT_SHIFT;
	map->pgoff = *offset >> PAGE_SHIFT;
	return 0;
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_mmap_add);

void iommufdx_viommu_mmap_remove(struct iommufdx_viommu *viommu, u64 offset)
{
	struct fdx_viommu *core = viommu->core;
	struct fdx_mmap *map;

	map = xa_erase(&core->ictx->mmaps, offset >> FDX_MMAP_UNIT_SHIFT);
	WARN_ON_ONCE(!map || map->owner != &core->obj);
	kfree(map);
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_mmap_remove);

static void fdx_vma_open(struct vm_area_struct *vma)
{
	struct fdx_object *owner = vma->vm_private_data;

	refcount_inc(&owner->users);
}

static void fdx_vma_close(struct vm_area_struct *vma)
{
	struct fdx_object *owner = vma->vm_private_data;

	refcount_dec(&owner->users);
}

static const struct vm_operations_struct fdx_vma_ops = {
	.open = fdx_vma_open,
	.close = fdx_vma_close,
};

int fdx_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct iommufdx_ctx *ictx = file->private_data;
	size_t length = vma->vm_end - vma->vm_start;
	struct fdx_object *owner = NULL;
	phys_addr_t phys = 0;
	struct fdx_mmap *map;
	int rc;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;

	/* Only a whole range, from its start. */
	xa_lock(&ictx->mmaps);
	map = xa_load(&ictx->mmaps,
		      vma->vm_pgoff >> (FDX_MMAP_UNIT_SHIFT - PAGE_SHIFT));
	if (map && map->pgoff == vma->vm_pgoff && map->length == length &&
	    refcount_inc_not_zero(&map->owner->users)) {
		owner = map->owner;
		phys = map->phys;
	}
	xa_unlock(&ictx->mmaps);
	if (!owner)
		return -ENXIO;

	vma->vm_pgoff = 0;
	vma->vm_private_data = owner;
	vma->vm_ops = &fdx_vma_ops;
	/* Memory keeps the kernel's own attribute; registers are not cached. */
	if (!pfn_valid(phys >> PAGE_SHIFT))
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	rc = io_remap_pfn_range(vma, vma->vm_start, phys >> PAGE_SHIFT, length,
				vma->vm_page_prot);
	if (rc)
		refcount_dec(&owner->users);
	return rc;
}
