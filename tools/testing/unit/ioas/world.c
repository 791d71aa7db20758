// SPDX-License-Identifier: GPL-2.0-only
#include "tap.h"
#include <linux/uaccess.h>
#include "core/access.h"
#include "core/itree.h"
#include "core/shadow/shadow.h"
#include "world.h"

struct world_faults world_faults;
unsigned int world_pins[MEM_PAGES];
static unsigned long pfns[MEM_PAGES];
static struct world_domain *domains[SHIM_XA_SLOTS];
static int nr_domains;

static bool fault(long *count)
{
	return *count && --*count == 0;
}

void world_init(struct tap_rng *rng, unsigned int scatter)
{
	unsigned long pfn = 0x100;

	for (unsigned long i = 0; i < MEM_PAGES; i++) {
		if (!tap_below(rng, scatter))
			pfn += 1 + tap_below(rng, 1000);
		pfns[i] = pfn++;
	}
	nr_domains = 0;
	world_faults = (struct world_faults){};
	shim_task.killed = false;
	shim_task.group_leader = &shim_task;
}

u64 world_phys(unsigned long uaddr)
{
	unsigned long off = uaddr - MEM_UADDR;

	return (u64)pfns[off / PAGE_SIZE] * PAGE_SIZE + off % PAGE_SIZE;
}

static unsigned long page_of_pfn(unsigned long pfn)
{
	for (unsigned long i = 0; i < MEM_PAGES; i++)
		if (pfns[i] == pfn)
			return i;
	tap_fail(__FILE__, __LINE__, "pfn %#lx is nobody's", pfn);
	return 0;
}

/* ---------------------------------------------------------- in place of pin.c */

static void unpin_run(void *arg, u64 run)
{
	for (unsigned long i = 0; i < pfn_run_npages(run); i++) {
		unsigned long pfn = pfn_run_pfn(run) + i;
		unsigned long page = page_of_pfn(pfn);

		CHECK(world_pins[page]);
		if (--world_pins[page])
			continue;
		for (int d = 0; d < nr_domains; d++) {
			for (unsigned long u = 0; u < IOVA_UNITS; u++) {
				CHECK(domains[d]->table[u] / PAGE_SIZE != pfn);
				CHECK(domains[d]->cache[u] / PAGE_SIZE != pfn);
			}
		}
	}
}

static int pin_one(struct fdx_pages *pages, unsigned long index)
{
	unsigned long page = (pages->uaddr - MEM_UADDR) / PAGE_SIZE + index;
	u64 run;

	if (page >= MEM_PAGES || fault(&world_faults.pin))
		return -EFAULT;
	if (fault(&world_faults.kill))
		shim_task.killed = true;
	if (fatal_signal_pending(current))
		return -EINTR;
	run = pfn_run(pfns[page], 1);
	world_pins[page]++;
	if (fdx_pfn_store_add(&pages->store, &index, &run, 1) == 1)
		return 0;
	unpin_run(pages, run);
	return -ENOMEM;
}

int fdx_pin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	unsigned long hole_last, index;
	int rc;

	lockdep_assert_held(&pages->lock);

	fdx_for_each_hole(&pages->store.segs, first, last, hole_last) {
		for (index = first; index <= hole_last; index++) {
			rc = pin_one(pages, index);
			if (rc)
				return rc;
		}
	}
	return 0;
}

void fdx_unpin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	lockdep_assert_held(&pages->lock);

	fdx_pfn_store_remove(&pages->store, first, last, unpin_run, pages);
}

void (*world_access_unmap)(struct fdx_ioas *ioas, unsigned long iova,
			   unsigned long last);

void fdx_accesses_unmap(struct fdx_ioas *ioas, unsigned long iova,
			unsigned long last)
{
	if (world_access_unmap)
		world_access_unmap(ioas, iova, last);
	else
		tap_fail(__FILE__, __LINE__, "nothing was accessed");
}

/* No bitmap is anybody's either. */
bool access_ok(const void *p, unsigned long size)
{
	return false;
}

int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **pages)
{
	return -EFAULT;
}

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool dirty)
{
}

/* Nor do guests. */
bool fdx_shadow_unmap(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last)
{
	tap_fail(__FILE__, __LINE__, "nothing was shadowed");
	return false;
}

/* -------------------------------------------------------------------- domains */

static struct world_domain *of_pt(struct pgtable *pt)
{
	return container_of(pt, struct world_domain, domain.pt);
}

static int world_map(struct pgtable *pt, const struct pgtable_map *req,
		     struct pgtable_gather *gather, u64 *mapped)
{
	struct world_domain *wd = of_pt(pt);
	u64 left = req->last - req->iova + 1;
	unsigned long unit = req->iova / UNIT;
	u64 skip = req->offset;

	*mapped = 0;
	if (req->iova % UNIT || left % UNIT || skip % UNIT)
		return -EINVAL;
	CHECK(req->last <= APERTURE_LAST);
	for (size_t i = 0; i < req->nr_runs; i++) {
		u64 bytes = pfn_run_npages(req->runs[i]) * PAGE_SIZE - skip;
		u64 phys = pfn_run_pfn(req->runs[i]) * PAGE_SIZE + skip;

		CHECK(left);
		for (; bytes && left; bytes -= UNIT, left -= UNIT, unit++) {
			if (fault(&world_faults.map))
				return -ENOMEM;
			CHECK(!wd->table[unit] && !wd->cache[unit]);
			wd->table[unit] = wd->cache[unit] = phys | req->prot;
			phys += UNIT;
			*mapped += UNIT;
		}
		skip = 0;
	}
	CHECK_EQ(left, 0);
	return 0;
}

static u64 world_discard(struct pgtable *pt, u64 iova, u64 last,
			 struct pgtable_gather *gather)
{
	struct world_domain *wd = of_pt(pt);
	/* A domain that goes is emptied at once, whatever it holds. */
	bool all = !iova && last == APERTURE_LAST;

	for (u64 unit = iova / UNIT; unit <= last / UNIT; unit++) {
		CHECK(all || wd->table[unit]);
		wd->table[unit] = 0;
	}
	pgtable_gather_add(gather, iova, last);
	return last - iova + 1;
}

static int world_flush(struct iommufdx_domain *domain,
		       const struct pgtable_gather *gather)
{
	struct world_domain *wd =
		container_of(domain, struct world_domain, domain);

	wd->flushes++;
	if (fault(&world_faults.flush))
		return -ETIMEDOUT;
	if (gather->last < gather->iova) {
		memcpy(wd->cache, wd->table, sizeof(wd->cache));
		return 0;
	}
	for (u64 unit = gather->iova / UNIT; unit <= gather->last / UNIT; unit++)
		wd->cache[unit] = wd->table[unit];
	return 0;
}

static const struct pgtable_ops world_pt_ops = {
	.name = "array",
	.map = world_map,
	.discard = world_discard,
};

static const struct iommufdx_domain_ops world_domain_ops = {
	.flush = world_flush,
};

void pgtable_gather_free(struct pgtable_gather *gather)
{
	gather->iova = U64_MAX;
	gather->last = 0;
}

void world_domain_init(struct world_domain *wd, u64 page_sizes)
{
	*wd = (struct world_domain){
		.domain = {
			.ops = &world_domain_ops,
			.pt.ops = &world_pt_ops,
			.pt.page_sizes = page_sizes,
			.aperture_last = APERTURE_LAST,
		},
	};
	domains[nr_domains++] = wd;
}
