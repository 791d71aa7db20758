// SPDX-License-Identifier: GPL-2.0-only
/* A model under a backend: the memory and the execution the kernel lends it. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mock.h"

static_assert((int)IOMMUFDX_MOCK_KIND_NONE == (int)IOMMUFDX_HW_NONE);
static_assert((int)IOMMUFDX_MOCK_KIND_AMD == (int)IOMMUFDX_HW_AMD);
static_assert((int)IOMMUFDX_MOCK_KIND_VTD == (int)IOMMUFDX_HW_VTD);
static_assert((int)IOMMUFDX_MOCK_KIND_SMMUV3 == (int)IOMMUFDX_HW_SMMUV3);
static_assert(IOMMUFDX_MOCK_IOMMU_INLINE == MODEL_INLINE);
static_assert(IOMMUFDX_MOCK_IOMMU_NO_CACHE == MODEL_NO_CACHE);
static_assert(IOMMUFDX_MOCK_IOMMU_CHECK_HITS == MODEL_CHECK_HITS);
static_assert(IOMMUFDX_MOCK_CAP_DIRTY == MODEL_CAP_DIRTY);
static_assert(IOMMUFDX_MOCK_CAP_PASID == MODEL_CAP_PASID);
static_assert(IOMMUFDX_MOCK_CAP_NEST == MODEL_CAP_NEST);
static_assert(IOMMUFDX_MOCK_CAP_ATS == MODEL_CAP_ATS);
static_assert(IOMMUFDX_MOCK_CAP_PRI == MODEL_CAP_PRI);
static_assert(IOMMUFDX_MOCK_CAP_BBM == MODEL_CAP_BBM);
static_assert(IOMMUFDX_MOCK_CAP_RANGE_INV == MODEL_CAP_RANGE_INV);
static_assert(IOMMUFDX_MOCK_CAP_BBM_NT == MODEL_CAP_BBM_NT);
static_assert(IOMMUFDX_MOCK_CAPS_ANY == MODEL_CAP_ANY);

/* Commands must not queue up behind engines that run flat out. */
static struct workqueue_struct *mock_model_wq;

/*
 * What DMA can reach is memory with a permanent kernel mapping. Reserved pages
 * are firmware's, the kernel's own, or holes without a mapping; only the zero
 * pages among them can be mapped by an IOMMU.
 */
static struct page *mock_env_page(u64 pa)
{
	unsigned long pfn = PHYS_PFN(pa);
	struct page *page;

	if (PFN_PHYS(pfn) != (pa & PAGE_MASK) || !pfn_valid(pfn))
		return NULL;
	page = pfn_to_page(pfn);
	if (PageReserved(page) && !is_zero_pfn(pfn))
		return NULL;
	return page;
}

static void *mock_env_mem(struct model_env *env, u64 pa, size_t len)
{
	struct page *page = mock_env_page(pa);

	if (!page || len > PAGE_SIZE - offset_in_page(pa))
		return NULL;
	return page_address(page) + offset_in_page(pa);
}

/* A page of a process's that a device shares is not pinned, but it is mapped. */
static bool mock_env_pinned(struct model_env *env, u64 pa)
{
	struct mock_iommu *iommu = container_of(env, struct mock_iommu, env);
	struct page *page = mock_env_page(pa);

	if (!page)
		return false;
	if (page == iommu->host_page)
		return true;
	return folio_maybe_dma_pinned(page_folio(page)) ||
	       (READ_ONCE(model_hw(iommu->model)->sva) &&
		folio_mapped(page_folio(page)));
}

static void mock_env_kick(struct model_env *env)
{
	struct mock_iommu *iommu = container_of(env, struct mock_iommu, env);

	queue_work(mock_model_wq, &iommu->run);
}

static void mock_iommu_run(struct work_struct *work)
{
	model_run(container_of(work, struct mock_iommu, run)->model);
}

/**
 * mock_iommu_create() - build a model and have a backend bring it up
 * @id: its number in the registry
 * @cmd: what it is like; already checked
 *
 * Return: with one reference, or ERR_PTR as IOMMUFDX_MOCK_IOMMU_ADD states.
 */
struct mock_iommu *mock_iommu_create(u32 id,
				     const struct iommufdx_mock_iommu_add *cmd)
{
	static const char * const kinds[] = {
		[IOMMUFDX_MOCK_KIND_NONE] = "none",
		[IOMMUFDX_MOCK_KIND_AMD] = "amd",
		[IOMMUFDX_MOCK_KIND_VTD] = "vtd",
		[IOMMUFDX_MOCK_KIND_SMMUV3] = "smmuv3",
	};
	struct model_config config = {
		.kind = cmd->kind,
		.flags = cmd->flags & (MODEL_INLINE | MODEL_NO_CACHE |
				       MODEL_CHECK_HITS),
		.caps = cmd->caps,
		.tlb_entries = cmd->tlb_entries,
	};
	struct mock_iommu *iommu;
	int ret;

	lockdep_assert_held(&mock_registry_lock);

	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL_ACCOUNT);
	if (!iommu)
		return ERR_PTR(-ENOMEM);
	kref_init(&iommu->ref);
	INIT_LIST_HEAD(&iommu->devs);
	INIT_WORK(&iommu->run, mock_iommu_run);
	spin_lock_init(&iommu->page_lock);
	mutex_init(&iommu->host_lock);
	INIT_LIST_HEAD(&iommu->requesters);
	iommu->id = id;
	iommu->flags = cmd->flags;
	iommu->kind = cmd->kind;
	iommu->caps = cmd->caps;
	snprintf(iommu->name, sizeof(iommu->name), "%s-%u", kinds[cmd->kind],
		 id);
	iommu->env.mem = mock_env_mem;
	iommu->env.pinned = mock_env_pinned;
	iommu->env.kick = mock_env_kick;
	iommu->env.page_response = mock_page_response;

	/* It stays as long as there may be transactions. */
	iommu->host_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!iommu->host_page) {
		ret = -ENOMEM;
		goto err_free;
	}
	config.name = iommu->name;
	iommu->model = model_create(&config, &iommu->env);
	if (IS_ERR(iommu->model)) {
		ret = PTR_ERR(iommu->model);
		goto err_page;
	}
	iommu->iommu = iommufdx_iommu_add(model_hw(iommu->model));
	if (IS_ERR(iommu->iommu)) {
		ret = PTR_ERR(iommu->iommu);
		goto err_model;
	}
	return iommu;

err_model:
	cancel_work_sync(&iommu->run);
	model_destroy(iommu->model);
err_page:
	__free_page(iommu->host_page);
err_free:
	mutex_destroy(&iommu->host_lock);
	kfree(iommu);
	return ERR_PTR(ret);
}

static void mock_iommu_release(struct kref *ref)
{
	struct mock_iommu *iommu = container_of(ref, struct mock_iommu, ref);

	cancel_work_sync(&iommu->run);
	model_destroy(iommu->model);
	__free_page(iommu->host_page);
	mutex_destroy(&iommu->host_lock);
	kfree(iommu);
}

/**
 * mock_iommu_put() - drop a reference
 * @iommu: the IOMMU
 *
 * Context: may sleep.
 */
void mock_iommu_put(struct mock_iommu *iommu)
{
	kref_put(&iommu->ref, mock_iommu_release);
}

/**
 * mock_iommu_remove() - have the backend shut it down
 * @iommu: no device is behind it
 *
 * Drops the registry's reference; the model stays for transactions that are
 * still under way, which it refuses.
 */
void mock_iommu_remove(struct mock_iommu *iommu)
{
	lockdep_assert_held(&mock_registry_lock);

	iommufdx_iommu_remove(iommu->iommu);
	iommu->iommu = NULL;
	mock_iommu_put(iommu);
}

int mock_iommu_init(void)
{
	mock_model_wq = alloc_workqueue("iommufdx_model",
					WQ_UNBOUND | WQ_HIGHPRI, 0);
	return mock_model_wq ? 0 : -ENOMEM;
}

void mock_iommu_exit(void)
{
	destroy_workqueue(mock_model_wq);
}
