// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that no IOMMU stands before.
 *
 * Their DMA goes to physical addresses, whatever user space maps. What an IOAS
 * still gives them is pinned memory, and IOMMU_IOAS_NOIOMMU_GET_PA says where
 * that is. To core this is a backend like any other, whose hardware does
 * nothing; the kind of window that selects it is IOMMUFDX_HW_NONE.
 *
 * Whoever can make such a device do DMA owns the machine. Bus code adds one,
 * and lets somebody drive it, only for CAP_SYS_RAWIO.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "area.h"
#include "dmabuf.h"
#include "noiommu.h"

#define NOIOMMU_VA_BITS		57
#define NOIOMMU_OA_BITS		52

static int noiommu_probe(struct iommufdx_iommu *iommu)
{
	return 0;
}

static void noiommu_remove(struct iommufdx_iommu *iommu)
{
}

static int noiommu_master_add(struct iommufdx_master *master)
{
	master->caps = IOMMUFDX_CAP_CACHE_COHERENCY;
	return 0;
}

static void noiommu_master_remove(struct iommufdx_master *master)
{
}

static int noiommu_forget_all(struct iommufdx_iommu *iommu)
{
	return 0;
}

static void noiommu_free(struct iommufdx_domain *domain)
{
	pgtable_destroy(&domain->pt);
	kfree(domain);
}

static int noiommu_flush(struct iommufdx_domain *domain,
			 const struct pgtable_gather *gather)
{
	return 0;
}

static const struct iommufdx_domain_ops noiommu_domain_ops = {
	.free = noiommu_free,
	.flush = noiommu_flush,
};

/* A table that only GET_PA's caller could miss; any format would do. */
static struct iommufdx_domain *
noiommu_domain_alloc(struct iommufdx_master *master,
		     const struct iommufdx_domain_req *req)
{
	const struct pgtable_cfg cfg = {
		.va_bits = NOIOMMU_VA_BITS,
		.oa_bits = NOIOMMU_OA_BITS,
	};
	struct iommufdx_domain *domain;
	int rc;

	if ((req->flags & ~IOMMUFDX_DOMAIN_NO_PASID) || req->data ||
	    req->format != PGTABLE_ANY || req->va_bits > NOIOMMU_VA_BITS)
		return ERR_PTR(-EOPNOTSUPP);
	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	rc = pgtable_create(&domain->pt, PGTABLE_AMDV1, &cfg);
	if (rc) {
		kfree(domain);
		return ERR_PTR(rc);
	}
	domain->ops = &noiommu_domain_ops;
	domain->iommu = master->iommu;
	domain->aperture_last = GENMASK_ULL(domain->pt.va_bits - 1, 0);
	domain->flags = IOMMUFDX_DOMAIN_NO_PASID;
	return domain;
}

static bool is_noiommu(const struct iommufdx_domain *domain)
{
	return domain->iommu->ops == &fdx_noiommu_ops;
}

static int noiommu_set_domain(struct iommufdx_master *master, u32 pasid,
			      struct iommufdx_domain *domain)
{
	if (pasid != IOMMUFDX_NO_PASID || (domain && !is_noiommu(domain)))
		return -EINVAL;
	return 0;
}

static int noiommu_hw_info(struct iommufdx_master *master, u32 *type,
			   void *data, size_t len)
{
	return -EOPNOTSUPP;
}

const struct iommufdx_iommu_ops fdx_noiommu_ops = {
	.owner = THIS_MODULE,
	.name = "noiommu",
	.kind = IOMMUFDX_HW_NONE,
	.probe = noiommu_probe,
	.remove = noiommu_remove,
	.master_add = noiommu_master_add,
	.master_remove = noiommu_master_remove,
	.forget_all = noiommu_forget_all,
	.domain_alloc_paging = noiommu_domain_alloc,
	.set_domain = noiommu_set_domain,
	.hw_info = noiommu_hw_info,
};

/* ---------------------------------------------------------------- the lookup */

static bool has_noiommu(struct fdx_ioas *ioas)
{
	struct iommufdx_domain *domain;
	unsigned long index;

	xa_for_each(&ioas->domains, index, domain)
		if (is_noiommu(domain))
			return true;
	return false;
}

/*
 * Where is byte @start_byte of @area's pages, and how many of the next *@length
 * bytes follow it in physical memory? At least one page does; the runs of the
 * store are as long as memory is contiguous, except where they were cut.
 */
static void area_locate(struct fdx_area *area, unsigned long start_byte,
			u64 *length, u64 *phys)
{
	unsigned long index = start_byte / PAGE_SIZE;
	u64 next = 0, found = 0;
	struct fdx_pfn_chunk chunk;
	size_t i;

	while (found < *length &&
	       fdx_pfn_store_chunk(&area->pages->store, index, area->user.last,
				   &chunk)) {
		for (i = 0; i < chunk.nr && found < *length; i++) {
			u64 run = chunk.runs[i];
			u64 pfn = pfn_run_pfn(run) + chunk.skip;
			u64 pa = PFN_PHYS(pfn) + start_byte % PAGE_SIZE;

			if (!found)
				*phys = pa;
			else if (pa != next)
				goto out;
			found += PFN_PHYS(pfn_run_npages(run) - chunk.skip) -
				 start_byte % PAGE_SIZE;
			next = *phys + found;
			start_byte = 0;
			chunk.skip = 0;
		}
		index += chunk.npages;
	}
out:
	*length = min(*length, found);
}

static int ioas_get_pa(struct fdx_ioas *ioas, unsigned long iova, u64 *length,
		       u64 *phys)
{
	struct fdx_area *area;
	int rc = -ENOENT;

	down_read(&ioas->domains_rwsem);
	down_read(&ioas->iova_rwsem);
	area = fdx_area_first(ioas, iova, iova);
	if (!area || area->busy)
		goto out_unlock;
	mutex_lock(&area->pages->lock);
	if (area->pages->dmabuf && fdx_dmabuf_revoked(area->pages)) {
		rc = -EINVAL;
	} else if (!has_noiommu(ioas)) {
		rc = -EOPNOTSUPP;
	} else {
		*length = min(*length, (u64)area->node.last - iova + 1);
		area_locate(area, fdx_area_start_byte(area, iova), length,
			    phys);
		rc = 0;
	}
	mutex_unlock(&area->pages->lock);
out_unlock:
	up_read(&ioas->iova_rwsem);
	up_read(&ioas->domains_rwsem);
	return rc;
}

int fdx_ioas_noiommu_get_pa(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_noiommu_get_pa *cmd = ucmd->cmd;
	struct fdx_ioas *ioas;
	int rc;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (cmd->flags || cmd->__reserved)
		return -EOPNOTSUPP;
	if (!cmd->length)
		return -EINVAL;
	if (cmd->iova >= ULONG_MAX)
		return -EOVERFLOW;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = ioas_get_pa(ioas, cmd->iova, &cmd->length, &cmd->out_phys);
	if (!rc)
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}
