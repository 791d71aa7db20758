// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random maps, copies, unmaps and domains, with and without faults, against a
 * list of what should be mapped. After each step every table, every pin and
 * every errno is compared.
 */
#include "tap.h"
#include "world.h"

#define DOMAINS		3
#define MAX_AREAS	64
#define MAX_UNITS	40

/* What should be mapped: units @first..@last show memory from @uaddr on. */
struct expect {
	unsigned long first, last;
	unsigned long uaddr;
	int obj;	/* what was mapped at once: pinned once, however copied */
	u8 prot;
	bool obj_writable;
};

static struct fdx_ioas ioas;
static struct world_domain wds[DOMAINS];
static bool attached[DOMAINS];
static struct expect areas[MAX_AREAS];
static int nr_areas, next_obj;
static struct tap_rng rng;
static unsigned long resv_first, resv_last;	/* units; none if first > last */
static int resv_owner, aperture_owner;

static bool is_attached(void)
{
	return attached[0] || attached[1] || attached[2];
}

static struct expect *at(unsigned long unit)
{
	for (int i = 0; i < nr_areas; i++)
		if (areas[i].first <= unit && unit <= areas[i].last)
			return &areas[i];
	return NULL;
}

static bool is_free(unsigned long first, unsigned long last)
{
	if (last >= IOVA_UNITS || (resv_first <= last && first <= resv_last))
		return false;
	for (; first <= last; first++)
		if (at(first))
			return false;
	return true;
}

static unsigned long alignment(void)
{
	unsigned long align = 1;

	for (int d = 0; d < DOMAINS; d++)
		if (attached[d])
			align = max(align, 1UL << __ffs64(wds[d].domain.pt.page_sizes));
	return align;
}

static unsigned long uaddr_at(const struct expect *e, unsigned long unit)
{
	return e->uaddr + (unit - e->first) * UNIT;
}

static void check_pins(void)
{
	static bool covered[MEM_PAGES];
	unsigned int pins[MEM_PAGES] = {};

	for (int obj = 0; is_attached() && obj < next_obj; obj++) {
		memset(covered, 0, sizeof(covered));
		for (int i = 0; i < nr_areas; i++) {
			if (areas[i].obj != obj)
				continue;
			for (unsigned long u = areas[i].first;
			     u <= areas[i].last; u++)
				covered[(uaddr_at(&areas[i], u) - MEM_UADDR) /
					PAGE_SIZE] = true;
		}
		for (unsigned long p = 0; p < MEM_PAGES; p++)
			pins[p] += covered[p];
	}
	for (unsigned long p = 0; p < MEM_PAGES; p++)
		CHECK_EQ(world_pins[p], pins[p]);
}

static void check_all(void)
{
	for (unsigned long u = 0; u < IOVA_UNITS; u++) {
		struct expect *e = at(u);
		u64 want = e ? world_phys(uaddr_at(e, u)) | e->prot |
			       PGTABLE_CACHE : 0;

		for (int d = 0; d < DOMAINS; d++) {
			CHECK_EQ(wds[d].table[u], attached[d] ? want : 0);
			CHECK_EQ(wds[d].cache[u], attached[d] ? want : 0);
		}
	}
	check_pins();
	CHECK_EQ(ioas.iova_alignment, alignment());
}

/* Arm one fault, or often none. */
static bool arm(void)
{
	world_faults = (struct world_faults){};
	switch (tap_below(&rng, 12)) {
	case 0:
		shim_fail_nth(1 + tap_below(&rng, 12));
		return true;
	case 1:
		world_faults.map = 1 + tap_below(&rng, 4 * MAX_UNITS);
		return true;
	case 2:
		world_faults.pin = 1 + tap_below(&rng, MAX_UNITS);
		return true;
	case 3:
		world_faults.kill = 1 + tap_below(&rng, MAX_UNITS);
		return true;
	}
	return false;
}

/* True: the call failed by the fault, or as it had to; nothing has changed. */
static bool failed(int rc, int want, bool armed)
{
	shim_fail_nth(0);
	world_faults = (struct world_faults){};
	shim_task.killed = false;
	if (armed && (rc == -ENOMEM || rc == -EFAULT || rc == -EINTR))
		return true;
	if (rc != want)
		tap_fail(__FILE__, __LINE__, "returned %d, not %d", rc, want);
	return rc;
}

static void add_expect(struct expect e)
{
	if (nr_areas == MAX_AREAS)
		abort();
	areas[nr_areas++] = e;
}

/* What a fixed range has to return, before anything is pinned. */
static int want_fixed(unsigned long first, unsigned long last)
{
	if (first * UNIT % alignment())
		return -EINVAL;
	if (last >= IOVA_UNITS || (resv_first <= last && first <= resv_last))
		return -EINVAL;
	return is_free(first, last) ? 0 : -EEXIST;
}

/* Where @units of memory at @uaddr could go; -1 if nowhere. */
static long want_auto(unsigned long uaddr, unsigned long units)
{
	unsigned long align = PAGE_SIZE;

	/* The alignment of the address, as far as the length can use it. */
	while (align < units * UNIT && align < HPAGE_SIZE &&
	       uaddr % (2 * align) == 0)
		align *= 2;
	for (unsigned long u = PAGE_SIZE / UNIT; u + units <= IOVA_UNITS; u++)
		if (u * UNIT % align == uaddr % align &&
		    is_free(u, u + units - 1))
			return u;
	return -1;
}

static void check_auto(unsigned long uaddr, unsigned long iova,
		       unsigned long units)
{
	CHECK_EQ(iova % PAGE_SIZE, uaddr % PAGE_SIZE);
	CHECK(iova >= PAGE_SIZE);
	CHECK(is_free(iova / UNIT, iova / UNIT + units - 1));
}

static void do_map(void)
{
	unsigned long units = 1 + tap_below(&rng, MAX_UNITS);
	unsigned long unit = tap_below(&rng, IOVA_UNITS);
	unsigned long uaddr = MEM_UADDR +
		tap_below(&rng, MEM_PAGES * PAGE_SIZE / UNIT) * UNIT;
	bool in_memory = uaddr + units * UNIT <=
			 MEM_UADDR + MEM_PAGES * PAGE_SIZE;
	u8 prot = 1 + tap_below(&rng, 3);
	bool find = tap_below(&rng, 3) == 0;
	unsigned long iova = unit * UNIT;
	struct iommufdx_ctx ictx = {};
	struct fdx_pages *pages;
	struct fdx_area *area;
	LIST_HEAD(list);
	bool armed;
	int want;

	/* An area over memory that is not there could not be attached later. */
	if (nr_areas == MAX_AREAS || (!in_memory && !is_attached()))
		return;

	if (units * UNIT % alignment())
		want = -EINVAL;
	else if (find)
		want = uaddr % alignment() ? -EINVAL :
		       want_auto(uaddr, units) < 0 ? -ENOSPC : 0;
	else
		want = want_fixed(unit, unit + units - 1);
	if (!want && uaddr % PAGE_SIZE % alignment())
		want = -EINVAL;
	if (!want && !in_memory)
		want = -EFAULT;

	pages = fdx_pages_alloc(&ictx, uaddr, units * UNIT,
				prot & PGTABLE_WRITE);
	area = fdx_area_alloc(pages, offset_in_page(uaddr), units * UNIT, prot);
	list_add(&area->link, &list);
	armed = arm();
	if (failed(fdx_ioas_map_areas(&ioas, &list, find, &iova), want, armed))
		return;
	if (find)
		check_auto(uaddr, iova, units);
	add_expect((struct expect){
		.first = iova / UNIT,
		.last = iova / UNIT + units - 1,
		.uaddr = uaddr,
		.obj = next_obj++,
		.prot = prot,
		.obj_writable = prot & PGTABLE_WRITE,
	});
}

static void do_copy(void)
{
	unsigned long src = tap_below(&rng, IOVA_UNITS);
	unsigned long units = 1 + tap_below(&rng, MAX_UNITS);
	unsigned long dst = tap_below(&rng, IOVA_UNITS);
	unsigned long iova = dst * UNIT, u, n;
	u8 prot = 1 + tap_below(&rng, 3);
	bool armed, covered = true;
	struct expect *e;
	LIST_HEAD(list);
	int want, rc;

	if (nr_areas)
		src = areas[tap_below(&rng, nr_areas)].first;
	for (u = src; u < src + units; u++)
		covered &= !!at(u);
	if (nr_areas + units > MAX_AREAS)
		return;

	armed = arm();
	rc = fdx_ioas_clone_areas(&ioas, src * UNIT, units * UNIT, prot, &list);
	if (rc) {
		failed(rc, covered ? 0 : -ENOENT, armed);
		return;
	}
	CHECK(covered);
	if (units * UNIT % alignment())
		want = -EINVAL;
	else
		want = want_fixed(dst, dst + units - 1);
	for (u = src; !want && u < src + units; u += n) {
		e = at(u);
		n = e->last - u + 1;
		if ((prot & PGTABLE_WRITE) && !e->obj_writable)
			want = -EPERM;
		else if (uaddr_at(e, u) % PAGE_SIZE % alignment())
			want = -EINVAL;
	}
	if (failed(fdx_ioas_map_areas(&ioas, &list, false, &iova), want, armed))
		return;
	for (u = src; u < src + units; u += n) {
		e = at(u);
		n = min(e->last - u + 1, src + units - u);
		add_expect((struct expect){
			.first = dst + (u - src),
			.last = dst + (u - src) + n - 1,
			.uaddr = uaddr_at(e, u),
			.obj = e->obj,
			.prot = prot,
			.obj_writable = e->obj_writable,
		});
	}
}

static void do_unmap(void)
{
	unsigned long first = tap_below(&rng, IOVA_UNITS);
	unsigned long last = first + tap_below(&rng, 1UL << tap_below(&rng, 9));
	unsigned long unmapped, gone = 0, flushes[DOMAINS];
	bool cut = false;
	int i, rc;

	if (nr_areas && tap_below(&rng, 2)) {
		first = areas[tap_below(&rng, nr_areas)].first;
		last = max(last, areas[tap_below(&rng, nr_areas)].last);
		last = max(first, last);
	}
	for (i = 0; i < nr_areas; i++) {
		if (areas[i].first > last || areas[i].last < first)
			continue;
		cut |= areas[i].first < first || areas[i].last > last;
		gone += (areas[i].last - areas[i].first + 1) * UNIT;
	}
	for (i = 0; i < DOMAINS; i++)
		flushes[i] = wds[i].flushes;
	rc = fdx_ioas_unmap_range(&ioas, first * UNIT, last * UNIT + UNIT - 1,
				  &unmapped);
	CHECK_EQ(-rc, cut ? ENOENT : 0);
	CHECK_EQ(unmapped, cut ? 0 : gone);
	/* However many areas: one flush for each domain. */
	for (i = 0; i < DOMAINS; i++)
		CHECK_EQ(wds[i].flushes - flushes[i],
			 attached[i] && unmapped ? 1 : 0);
	if (rc)
		return;
	for (i = 0; i < nr_areas;) {
		if (areas[i].first > last || areas[i].last < first)
			i++;
		else
			areas[i] = areas[--nr_areas];
	}
}

static void do_domain(void)
{
	int d = tap_below(&rng, DOMAINS);
	struct iommufdx_domain *domain = &wds[d].domain;
	unsigned long mask;
	int want = 0;
	bool armed;

	if (attached[d]) {
		fdx_ioas_remove_domain(&ioas, domain);
		attached[d] = false;
		return;
	}
	domain->pt.page_sizes = tap_below(&rng, 2) ? 0x1000 | 0x200000 : 0x800;
	mask = (1UL << __ffs64(domain->pt.page_sizes)) - 1;
	for (int i = 0; i < nr_areas; i++)
		if (((areas[i].first * UNIT) | ((areas[i].last + 1) * UNIT) |
		     areas[i].uaddr) & mask)
			want = -EADDRINUSE;
	armed = arm();
	attached[d] = !failed(fdx_ioas_add_domain(&ioas, domain), want, armed);
}

static bool is_reserved_by(void *owner)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(&ioas.reserved, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX))
		if (container_of(node, struct fdx_iova_range, node)->owner ==
		    owner)
			return true;
	return false;
}

static void do_reserve(void)
{
	/* The first of the two is always free. */
	struct iommufdx_master master = {
		.nr_resv = 2,
		.resv[0] = { APERTURE_LAST + 1, U64_MAX },
	};
	unsigned long first = tap_below(&rng, IOVA_UNITS);
	unsigned long last = first + tap_below(&rng, 20);
	bool taken = false, armed;

	if (resv_first <= resv_last) {
		fdx_ioas_unreserve(&ioas, &resv_owner);
		resv_first = IOVA_UNITS;
		resv_last = 0;
		return;
	}
	for (int i = 0; i < nr_areas; i++)
		taken |= areas[i].first <= last && areas[i].last >= first;
	master.resv[1].start = first * UNIT;
	master.resv[1].last = last * UNIT + UNIT - 1;
	armed = arm();
	if (failed(fdx_ioas_reserve_master(&ioas, &master, &resv_owner),
		   taken ? -EADDRINUSE : 0, armed)) {
		CHECK(!is_reserved_by(&resv_owner));
		return;
	}
	resv_first = first;
	resv_last = last;
}

static void start(void)
{
	struct iommufdx_master master = {
		.nr_resv = 1,
		.resv[0] = { APERTURE_LAST + 1, U64_MAX },
	};

	world_init(&rng, 1 + tap_below(&rng, 8));
	fdx_ioas_init(&ioas);
	for (int d = 0; d < DOMAINS; d++)
		world_domain_init(&wds[d], 0x1000);
	CHECK_EQ(fdx_ioas_reserve_master(&ioas, &master, &aperture_owner), 0);
	resv_first = IOVA_UNITS;
	resv_last = 0;
	nr_areas = 0;
	next_obj = 0;
}

static void finish(void)
{
	for (int d = 0; d < DOMAINS; d++) {
		if (attached[d])
			fdx_ioas_remove_domain(&ioas, &wds[d].domain);
		attached[d] = false;
	}
	fdx_ioas_unreserve(&ioas, &resv_owner);
	fdx_ioas_unreserve(&ioas, &aperture_owner);
	fdx_ioas_teardown(&ioas);
	nr_areas = 0;
	check_pins();
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void everything_is_where_it_should_be(void)
{
	u64 seed = tap_env("SEED", 1);
	u64 ops = tap_env("OPS", 8000);

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	rng.state = seed;
	start();
	while (ops--) {
		unsigned int what = tap_below(&rng, 100);

		if (what < 45)
			do_map();
		else if (what < 60)
			do_copy();
		else if (what < 85)
			do_unmap();
		else if (what < 95)
			do_domain();
		else
			do_reserve();
		check_all();
		/* A fresh world now and then: other runs, other objects. */
		if (!(ops % 500)) {
			finish();
			start();
		}
	}
	finish();
}

/* The only gap fits the memory, but not with the alignment one would like. */
static void gap_that_is_not_aligned_is_used(void)
{
	struct iommufdx_master master = {
		.nr_resv = 2,
		.resv[0] = { 0, 3 * PAGE_SIZE - 1 },
		.resv[1] = { 11 * PAGE_SIZE, APERTURE_LAST },
	};
	struct iommufdx_ctx ictx = {};
	unsigned long iova = 0;
	struct fdx_pages *pages;
	LIST_HEAD(list);

	start();
	CHECK_EQ(fdx_ioas_reserve_master(&ioas, &master, &resv_owner), 0);
	pages = fdx_pages_alloc(&ictx, MEM_UADDR + PAGE_SIZE, 8 * PAGE_SIZE,
				false);
	list_add(&fdx_area_alloc(pages, 0, 8 * PAGE_SIZE, PGTABLE_READ)->link,
		 &list);
	CHECK_EQ(fdx_ioas_map_areas(&ioas, &list, true, &iova), 0);
	CHECK_EQ(iova, 3 * PAGE_SIZE);
	finish();
}

int main(void)
{
	shim_quiet(true);
	TAP_RUN(gap_that_is_not_aligned_is_used);
	TAP_RUN(everything_is_where_it_should_be);
	return tap_done();
}
