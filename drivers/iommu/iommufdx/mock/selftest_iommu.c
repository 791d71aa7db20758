// SPDX-License-Identifier: GPL-2.0-only
/* The generic mock IOMMU: a backend with page tables and nothing behind them. */
#include <linux/module.h>
#include <linux/slab.h>

#include "selftest_mock.h"

/* Three levels of 512 entries over pages of 2 KiB. */
#define SELFTEST_VA_BITS	38
#define SELFTEST_OA_BITS	51

static struct iommufdx_iommu *selftest_iommu;
/* RID to struct selftest_dev. */
static DEFINE_XARRAY_ALLOC1(selftest_devs);

struct selftest_dev *selftest_dev(struct iommufdx_master *master)
{
	return master->iommu == selftest_iommu ? master->priv : NULL;
}

/* ------------------------------------------------------------ paging domains */

/* Domains live on when all devices are gone, and with them this module must. */
static void selftest_domain_free(struct iommufdx_domain *base)
{
	pgtable_destroy(&base->pt);
	kfree(container_of(base, struct selftest_domain, base));
	module_put(THIS_MODULE);
}

/* There is no cache of translations. */
static int selftest_domain_flush(struct iommufdx_domain *base,
				 const struct pgtable_gather *gather)
{
	return 0;
}

static int selftest_set_dirty_tracking(struct iommufdx_domain *base,
				       bool enable)
{
	struct selftest_domain *domain =
		container_of(base, struct selftest_domain, base);

	WRITE_ONCE(domain->tracking, enable);
	return 0;
}

static const struct iommufdx_domain_ops selftest_domain_ops = {
	.free = selftest_domain_free,
	.flush = selftest_domain_flush,
	.set_dirty_tracking = selftest_set_dirty_tracking,
};

struct selftest_domain *selftest_domain(struct iommufdx_domain *domain)
{
	return domain->ops == &selftest_domain_ops ?
		       container_of(domain, struct selftest_domain, base) :
		       NULL;
}

static int selftest_check_req(const struct selftest_dev *dev,
			      const struct iommufdx_domain_req *req,
			      struct iommu_hwpt_selftest *cfg)
{
	const u32 known = IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY |
			  IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_NO_PASID;
	int rc;

	if (req->flags & ~known)
		return -EOPNOTSUPP;
	if ((req->flags & IOMMUFDX_DOMAIN_DIRTY) &&
	    (dev->flags & MOCK_FLAGS_DEVICE_NO_DIRTY))
		return -EOPNOTSUPP;
	if ((req->format != PGTABLE_ANY && req->format != PGTABLE_AMDV1_2K) ||
	    req->va_bits > SELFTEST_VA_BITS || req->quirks)
		return -EOPNOTSUPP;
	if (!req->data)
		return 0;
	if (req->data->type != IOMMU_HWPT_DATA_SELFTEST)
		return -EOPNOTSUPP;
	rc = iommufdx_copy_user_data(cfg, sizeof(*cfg),
				     offsetofend(struct iommu_hwpt_selftest,
						 iotlb),
				     req->data, IOMMU_HWPT_DATA_SELFTEST);
	if (rc)
		return rc;
	return cfg->pagetable_type > MOCK_IOMMUPT_HUGE ? -EOPNOTSUPP : 0;
}

static unsigned int
selftest_domain_offers(struct iommufdx_master *master,
		       struct iommufdx_domain_offer *offers)
{
	const struct selftest_dev *dev = master->priv;
	const struct pgtable_cfg cfg = {
		.va_bits = SELFTEST_VA_BITS,
		.oa_bits = SELFTEST_OA_BITS,
	};
	struct pgtable pt = {};

	if (pgtable_shape(&pt, PGTABLE_AMDV1_2K, &cfg))
		return 0;
	offers[0] = (struct iommufdx_domain_offer){
		.format = PGTABLE_AMDV1_2K,
		.flags = IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_PASID |
			 IOMMUFDX_DOMAIN_NO_PASID,
		.page_sizes = pt.page_sizes,
		.granule_shift = PAGE_SHIFT,
		.va_bits = pt.va_bits,
		.usual_bits = pt.va_bits,
		.oa_bits = pt.oa_bits,
	};
	if (!(dev->flags & MOCK_FLAGS_DEVICE_NO_DIRTY))
		offers[0].flags |= IOMMUFDX_DOMAIN_DIRTY;
	return 1;
}

static struct iommufdx_domain *
selftest_domain_alloc_paging(struct iommufdx_master *master,
			     const struct iommufdx_domain_req *req)
{
	struct pgtable_cfg cfg = {
		.va_bits = SELFTEST_VA_BITS,
		.oa_bits = SELFTEST_OA_BITS,
		.page_sizes = req->page_sizes,
	};
	struct iommu_hwpt_selftest user = {};
	struct selftest_domain *domain;
	int rc;

	rc = selftest_check_req(master->priv, req, &user);
	if (rc)
		return ERR_PTR(rc);
	/* No leaf of PAGE_SIZE is expected here, but no domain may do without. */
	if (user.pagetable_type == MOCK_IOMMUPT_HUGE)
		cfg.page_sizes = MOCK_HUGE_PAGE_SIZE | PAGE_SIZE;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	rc = pgtable_create(&domain->base.pt, PGTABLE_AMDV1_2K, &cfg);
	if (rc) {
		kfree(domain);
		return ERR_PTR(rc);
	}
	domain->base.ops = &selftest_domain_ops;
	domain->base.iommu = master->iommu;
	domain->base.flags = req->flags;
	domain->base.aperture_last = BIT_ULL(domain->base.pt.va_bits) - 1;
	if (user.pagetable_type == MOCK_IOMMUPT_DEFAULT) {
		domain->base.aperture_first = MOCK_APERTURE_START;
		domain->base.aperture_last = MOCK_APERTURE_LAST;
	}
	__module_get(THIS_MODULE);
	return &domain->base;
}

/* ------------------------------------------------------------------- devices */

static int selftest_master_add(struct iommufdx_master *master)
{
	struct selftest_dev *dev = xa_load(&selftest_devs, master->rid);

	dev->master = master;
	master->priv = dev;
	master->caps = IOMMUFDX_CAP_CACHE_COHERENCY | IOMMUFDX_CAP_NEST |
		       IOMMUFDX_CAP_PAGE_SIZE_LIVE;
	if (!(dev->flags & MOCK_FLAGS_DEVICE_NO_DIRTY))
		master->caps |= IOMMUFDX_CAP_DIRTY;
	if (dev->flags & MOCK_FLAGS_DEVICE_PASID)
		master->caps |= IOMMUFDX_CAP_PASID;
	master->pasid_bits = master->max_pasid_bits;
	return 0;
}

static void selftest_master_remove(struct iommufdx_master *master)
{
}

struct selftest_dev *selftest_dev_create(u32 flags)
{
	struct iommufdx_master_desc desc = {};
	struct iommufdx_master *master;
	struct selftest_dev *dev;
	unsigned int i;
	char name[32];
	int rc;

	if (flags & ~(MOCK_FLAGS_DEVICE_NO_DIRTY | MOCK_FLAGS_DEVICE_PASID))
		return ERR_PTR(-EINVAL);

	dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&dev->lock);
	dev->flags = flags;
	for (i = 0; i < MOCK_DEV_CACHE_NUM; i++)
		dev->cache[i] = IOMMU_TEST_DEV_CACHE_DEFAULT;
	rc = xa_alloc(&selftest_devs, &dev->rid, dev, xa_limit_31b,
		      GFP_KERNEL_ACCOUNT);
	if (rc)
		goto err_free;

	snprintf(name, sizeof(name), "selftest%u", dev->rid);
	desc.rid = dev->rid;
	desc.name = name;
	if (flags & MOCK_FLAGS_DEVICE_PASID)
		desc.max_pasid_bits = MOCK_PASID_WIDTH;
	master = iommufdx_master_add(selftest_iommu, &desc);
	if (IS_ERR(master)) {
		rc = PTR_ERR(master);
		goto err_erase;
	}
	return dev;

err_erase:
	xa_erase(&selftest_devs, dev->rid);
err_free:
	kfree(dev);
	return ERR_PTR(rc);
}

void selftest_dev_destroy(struct selftest_dev *dev)
{
	iommufdx_master_remove(dev->master);
	xa_erase(&selftest_devs, dev->rid);
	kfree(dev);
}

/* ----------------------------------------------------------------- attaching */

static int selftest_set_rid_domain(struct selftest_dev *dev,
				   struct iommufdx_domain *domain)
{
	struct selftest_nested *nested = domain ? selftest_nested(domain) : NULL;
	struct iommufdx_viommu *viommu = NULL;
	u64 virt_id = 0;
	int rc;

	/* In a vIOMMU, a device without a name could not report events. */
	if (nested && nested->viommu) {
		viommu = nested->viommu;
		rc = iommufdx_viommu_virt_id(viommu, dev->master, &virt_id);
		if (rc)
			return rc;
	}
	down_write(&dev->lock);
	dev->viommu = viommu;
	dev->virt_id = virt_id;
	up_write(&dev->lock);
	return 0;
}

static int selftest_set_pasid_domain(struct selftest_dev *dev, u32 pasid,
				     struct iommufdx_domain *domain)
{
	bool fail = dev->fail_next;

	/* Tests need a replace that fails after an attach that did not. */
	if (pasid != IOMMU_TEST_PASID_RESERVED)
		return 0;
	dev->fail_next = domain && !fail;
	return domain && fail ? -ENOMEM : 0;
}

static int selftest_set_domain(struct iommufdx_master *master, u32 pasid,
			       struct iommufdx_domain *domain)
{
	struct selftest_dev *dev = master->priv;

	if (domain && !selftest_domain(domain) && !selftest_nested(domain))
		return -EINVAL;
	if (domain && (domain->flags & IOMMUFDX_DOMAIN_DIRTY) &&
	    (dev->flags & MOCK_FLAGS_DEVICE_NO_DIRTY))
		return -EINVAL;
	if (pasid == IOMMUFDX_NO_PASID)
		return selftest_set_rid_domain(dev, domain);
	return selftest_set_pasid_domain(dev, pasid, domain);
}

/* -------------------------------------------------------------------- backend */

static int selftest_probe(struct iommufdx_iommu *iommu)
{
	return 0;
}

static void selftest_remove(struct iommufdx_iommu *iommu)
{
}

static int selftest_hw_info(struct iommufdx_master *master, u32 *type,
			    void *data, size_t len)
{
	struct iommu_test_hw_info *info = data;

	if (*type != IOMMU_HW_INFO_TYPE_DEFAULT &&
	    *type != IOMMU_HW_INFO_TYPE_SELFTEST)
		return -EOPNOTSUPP;
	*type = IOMMU_HW_INFO_TYPE_SELFTEST;
	info->test_reg = IOMMU_HW_INFO_SELFTEST_REGVAL;
	return sizeof(*info);
}

static struct iommufdx_domain *
selftest_domain_alloc_nested(struct iommufdx_master *master,
			     struct iommufdx_domain *parent, u32 flags,
			     const struct iommufdx_user_data *data)
{
	return selftest_nested_alloc(master->iommu, NULL, flags, data);
}

/* No device waits for the answer. */
static int selftest_page_response(struct iommufdx_master *master,
				  const struct iommufdx_page_request *last,
				  int code)
{
	return 0;
}

/*
 * Without an owner: the module brings up its own IOMMU and takes it down when it
 * is unloaded. What can live longer holds the module itself.
 */
static const struct iommufdx_iommu_ops selftest_iommu_ops = {
	.name = "selftest",
	.kind = IOMMUFDX_HW_SELFTEST,
	.probe = selftest_probe,
	.remove = selftest_remove,
	.master_add = selftest_master_add,
	.master_remove = selftest_master_remove,
	.domain_alloc_paging = selftest_domain_alloc_paging,
	.domain_offers = selftest_domain_offers,
	.set_domain = selftest_set_domain,
	.hw_info = selftest_hw_info,
	.domain_alloc_nested = selftest_domain_alloc_nested,
	.viommu_alloc = selftest_viommu_alloc,
	.page_response = selftest_page_response,
};

static struct iommufdx_hw selftest_hw = {
	.kind = IOMMUFDX_HW_SELFTEST,
	.name = "selftest",
};

int __init selftest_iommu_init(void)
{
	int rc;

	rc = iommufdx_driver_register(&selftest_iommu_ops);
	if (rc)
		return rc;
	selftest_iommu = iommufdx_iommu_add(&selftest_hw);
	if (IS_ERR(selftest_iommu)) {
		rc = PTR_ERR(selftest_iommu);
		iommufdx_driver_unregister(&selftest_iommu_ops);
	}
	return rc;
}

void selftest_iommu_exit(void)
{
	iommufdx_iommu_remove(selftest_iommu);
	iommufdx_driver_unregister(&selftest_iommu_ops);
}
