// SPDX-License-Identifier: GPL-2.0-only
/* IO address spaces: their life, their domains, and what devices reserve. */
#include <linux/slab.h>

#include "area.h"
#include "core/dirty/dirty.h"
#include "ioas_map.h"

void fdx_ioas_init(struct fdx_ioas *ioas)
{
	init_rwsem(&ioas->dirty_rwsem);
	ioas->vfio_type1 = false;
	ioas->vfio_tracking = false;
	ioas->vfio_lost = false;
	fdx_debt_init(&ioas->vfio_debt);
	mutex_init(&ioas->hwpt_lock);
	INIT_LIST_HEAD(&ioas->hwpt_list);
	init_rwsem(&ioas->domains_rwsem);
	xa_init_flags(&ioas->domains, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&ioas->shadows);
	INIT_LIST_HEAD(&ioas->saved);
	INIT_LIST_HEAD(&ioas->debts);
	list_add(&ioas->vfio_debt.node, &ioas->debts);
	xa_init_flags(&ioas->accesses, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	init_rwsem(&ioas->iova_rwsem);
	ioas->areas = RB_ROOT_CACHED;
	ioas->allowed = RB_ROOT_CACHED;
	ioas->reserved = RB_ROOT_CACHED;
	ioas->iova_alignment = 1;
	ioas->no_large_pages = false;
}

void fdx_ioas_teardown(struct fdx_ioas *ioas)
{
	unsigned long unmapped;

	WARN_ON(!xa_empty(&ioas->domains));
	WARN_ON(!xa_empty(&ioas->accesses));
	WARN_ON(fdx_ioas_unmap_range(ioas, 0, ULONG_MAX, &unmapped));
	fdx_debt_clear(&ioas->vfio_debt);
	fdx_iova_ranges_free(&ioas->allowed, NULL);
	/* What was reserved in nobody's name stays as long as the IOAS. */
	fdx_iova_ranges_free(&ioas->reserved, NULL);
	WARN_ON(!RB_EMPTY_ROOT(&ioas->reserved.rb_root));
	mutex_destroy(&ioas->hwpt_lock);
}

void fdx_ioas_destroy(struct fdx_object *obj)
{
	fdx_ioas_teardown(container_of(obj, struct fdx_ioas, obj));
}

/* What lies outside the domain's aperture cannot be mapped while it is here. */
static int reserve_outside(struct fdx_ioas *ioas,
			   struct iommufdx_domain *domain)
{
	int rc = 0;

	if (domain->aperture_first)
		rc = fdx_iova_reserve(ioas, 0, domain->aperture_first - 1,
				      domain);
	if (!rc && domain->aperture_last != U64_MAX)
		rc = fdx_iova_reserve(ioas, domain->aperture_last + 1,
				      ULONG_MAX, domain);
	return rc;
}

int fdx_ioas_add_domain(struct fdx_ioas *ioas, struct iommufdx_domain *domain)
{
	unsigned long alignment;
	u32 index;
	int rc;

	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);

	alignment = max(ioas->iova_alignment,
			1UL << __ffs64(domain->pt.page_sizes));
	if (alignment > PAGE_SIZE) {
		rc = -EINVAL;
		goto out_unlock;
	}
	if (alignment != ioas->iova_alignment) {
		rc = fdx_iova_check_alignment(ioas, alignment);
		if (rc)
			goto out_unlock;
	}

	rc = reserve_outside(ioas, domain);
	if (rc)
		goto err_unreserve;
	rc = fdx_domain_fill(ioas, domain);
	if (rc)
		goto err_unreserve;
	rc = xa_alloc(&ioas->domains, &index, domain, xa_limit_31b,
		      GFP_KERNEL_ACCOUNT);
	if (rc)
		goto err_unfill;
	ioas->iova_alignment = alignment;
	goto out_unlock;

err_unfill:
	fdx_domain_unfill(ioas, domain);
err_unreserve:
	fdx_iova_ranges_free(&ioas->reserved, domain);
out_unlock:
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	return rc;
}

void fdx_ioas_remove_domain(struct fdx_ioas *ioas,
			    struct iommufdx_domain *domain)
{
	struct iommufdx_domain *each;
	unsigned long index;

	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);

	xa_for_each(&ioas->domains, index, each)
		if (each == domain)
			break;
	if (!WARN_ON(each != domain)) {
		xa_erase(&ioas->domains, index);
		fdx_domain_unfill(ioas, domain);
		fdx_iova_ranges_free(&ioas->reserved, domain);
		/* An alignment that only gets smaller suits every area. */
		WARN_ON(fdx_iova_update_alignment(ioas));
	}

	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
}

int fdx_ioas_reserve_master(struct fdx_ioas *ioas,
			    struct iommufdx_master *master, void *owner)
{
	unsigned int i;
	int rc = 0;

	down_write(&ioas->iova_rwsem);
	for (i = 0; !rc && i < master->nr_resv; i++)
		rc = fdx_iova_reserve(ioas, master->resv[i].start,
				      master->resv[i].last, owner);
	if (rc)
		fdx_iova_ranges_free(&ioas->reserved, owner);
	up_write(&ioas->iova_rwsem);
	return rc;
}

void fdx_ioas_unreserve(struct fdx_ioas *ioas, void *owner)
{
	down_write(&ioas->iova_rwsem);
	fdx_iova_ranges_free(&ioas->reserved, owner);
	up_write(&ioas->iova_rwsem);
}
