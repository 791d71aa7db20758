// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thing goes wrong, at every place where it can: nothing is half done. And
 * hardware that does not answer an invalidation: memory that it may still reach
 * is not given back.
 */
#include <sanitizer/lsan_interface.h>
#include "tap.h"
#include "world.h"

#define DOMAINS	3
#define PAGES	16UL
#define IOVA	(4 * PAGE_SIZE)
#define LENGTH	(PAGES * PAGE_SIZE)

static struct fdx_ioas ioas;
static struct world_domain wds[DOMAINS];

static void start(int nr_domains)
{
	struct tap_rng rng = { .state = 1 };

	memset(world_pins, 0, sizeof(world_pins));
	world_init(&rng, 3);
	fdx_ioas_init(&ioas);
	for (int d = 0; d < DOMAINS; d++)
		world_domain_init(&wds[d], 0x1000);
	for (int d = 0; d < nr_domains; d++)
		CHECK_EQ(fdx_ioas_add_domain(&ioas, &wds[d].domain), 0);
}

static void finish(int nr_domains)
{
	for (int d = 0; d < nr_domains; d++)
		fdx_ioas_remove_domain(&ioas, &wds[d].domain);
	fdx_ioas_teardown(&ioas);
}

static int map(unsigned long iova, unsigned long page, unsigned long npages)
{
	struct iommufdx_ctx ictx = {};
	struct fdx_pages *pages;
	struct fdx_area *area;
	LIST_HEAD(list);

	pages = fdx_pages_alloc(&ictx, MEM_UADDR + page * PAGE_SIZE,
				npages * PAGE_SIZE, true);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	area = fdx_area_alloc(pages, 0, npages * PAGE_SIZE, PGTABLE_WRITE);
	if (!area) {
		fdx_pages_put(pages);
		return -ENOMEM;
	}
	list_add(&area->link, &list);
	return fdx_ioas_map_areas(&ioas, &list, false, &iova);
}

static int copy(unsigned long src, unsigned long length, unsigned long dst)
{
	LIST_HEAD(list);
	int rc;

	rc = fdx_ioas_clone_areas(&ioas, src, length, PGTABLE_READ, &list);
	return rc ? rc : fdx_ioas_map_areas(&ioas, &list, false, &dst);
}

static int unmap(unsigned long iova, unsigned long length)
{
	unsigned long unmapped;

	return fdx_ioas_unmap_range(&ioas, iova, iova + length - 1, &unmapped);
}

static unsigned long pinned(void)
{
	unsigned long n = 0;

	for (unsigned long p = 0; p < MEM_PAGES; p++)
		n += world_pins[p];
	return n;
}

static unsigned long in_tables(bool cached)
{
	unsigned long n = 0;

	for (int d = 0; d < DOMAINS; d++)
		for (unsigned long u = 0; u < IOVA_UNITS; u++)
			n += cached ? !!wds[d].cache[u] : !!wds[d].table[u];
	return n;
}

/* Two areas over two pieces of memory, then a copy that spans both. */
static int scenario(void)
{
	int rc;

	rc = map(IOVA, 0, PAGES);
	if (!rc)
		rc = map(IOVA + LENGTH, PAGES, PAGES);
	if (!rc)
		rc = copy(IOVA + PAGE_SIZE, 2 * LENGTH - 2 * PAGE_SIZE,
			  IOVA + 8 * LENGTH);
	return rc;
}

static int nr_before;

static int attach_scenario(void)
{
	return fdx_ioas_add_domain(&ioas, &wds[nr_before].domain);
}

/*
 * Let @run fail at its first, second, ... use of *@fault (NULL: of memory),
 * until it no longer does. All of what @run had done before it failed stays,
 * and comes off cleanly.
 */
static void sweep(int (*run)(void), int nr_domains, long *fault, int want)
{
	bool attach = run == attach_scenario;
	long nth;
	int rc;

	for (nth = 1; nth < 10000; nth++) {
		unsigned long before_pins, before_tables;

		nr_before = nr_domains;
		start(nr_domains);
		if (attach)
			CHECK_EQ(scenario(), 0);
		before_pins = pinned();
		before_tables = in_tables(false);
		if (fault)
			*fault = nth;
		else
			shim_fail_nth(nth);
		rc = run();
		shim_fail_nth(0);
		world_faults = (struct world_faults){};
		shim_task.killed = false;
		if (rc) {
			CHECK_EQ(-rc, -want);
			CHECK_EQ(in_tables(true), in_tables(false));
		}
		if (attach && rc) {
			CHECK_EQ(pinned(), before_pins);
			CHECK_EQ(in_tables(false), before_tables);
		}
		/* It can be done again, as far as it was not done. */
		unmap(0, APERTURE_LAST + 1);
		CHECK_EQ(pinned(), 0);
		CHECK_EQ(in_tables(false), 0);
		finish(nr_domains + (attach && !rc));
		CHECK_EQ(shim_objects_in_use(), 0);
		if (!rc)
			break;
	}
	printf("# %ld places\n", nth - 1);
	CHECK(nth > 1 && nth < 10000);
}

static void memory_is_short(void)
{
	sweep(scenario, DOMAINS, NULL, -ENOMEM);
	sweep(attach_scenario, 0, NULL, -ENOMEM);
	sweep(attach_scenario, 2, NULL, -ENOMEM);
}

static void tables_are_short(void)
{
	sweep(scenario, DOMAINS, &world_faults.map, -ENOMEM);
	sweep(attach_scenario, 0, &world_faults.map, -ENOMEM);
	sweep(attach_scenario, 2, &world_faults.map, -ENOMEM);
}

static void memory_is_not_there(void)
{
	sweep(scenario, DOMAINS, &world_faults.pin, -EFAULT);
	sweep(attach_scenario, 0, &world_faults.pin, -EFAULT);
}

static void task_is_killed(void)
{
	sweep(scenario, DOMAINS, &world_faults.kill, -EINTR);
	sweep(attach_scenario, 0, &world_faults.kill, -EINTR);
}

/* Without domains, memory that does not exist can be mapped; not attached. */
static void attach_finds_memory_gone(void)
{
	start(0);
	CHECK_EQ(map(IOVA, 0, PAGES), 0);
	CHECK_EQ(map(IOVA + LENGTH, MEM_PAGES - 1, PAGES), 0);
	CHECK_EQ(pinned(), 0);
	CHECK_EQ(-fdx_ioas_add_domain(&ioas, &wds[0].domain), EFAULT);
	CHECK_EQ(pinned(), 0);
	CHECK_EQ(in_tables(true), 0);
	/* Nothing of the failed attach is left reserved. */
	CHECK_EQ(map(APERTURE_LAST + 1, 0, 1), 0);
	CHECK_EQ(-fdx_ioas_add_domain(&ioas, &wds[0].domain), EADDRINUSE);
	finish(0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

/* Memory of a flush that failed stays pinned, whatever comes later. */
static void unanswered_unmap_keeps_memory(void)
{
	for (int nth = 1; nth <= DOMAINS; nth++) {
		start(DOMAINS);
		CHECK_EQ(map(IOVA, 0, PAGES), 0);
		CHECK_EQ(copy(IOVA, LENGTH, IOVA + LENGTH), 0);
		world_faults.flush = nth;
		CHECK_EQ(unmap(IOVA, LENGTH), -EIO);
		world_faults.flush = 0;
		/* Gone for user space; there for the hardware. */
		CHECK_EQ(-unmap(IOVA, LENGTH) + pinned(), PAGES);
		CHECK_EQ(unmap(IOVA + LENGTH, LENGTH), 0);
		CHECK_EQ(pinned(), PAGES);
		finish(DOMAINS);
		CHECK_EQ(pinned(), PAGES);
	}
}

static void unanswered_detach_keeps_memory(void)
{
	start(2);
	CHECK_EQ(map(IOVA, 0, PAGES), 0);
	world_faults.flush = 1;
	fdx_ioas_remove_domain(&ioas, &wds[0].domain);
	CHECK_EQ(pinned(), PAGES);
	/* The area itself lives on, and can be attached again. */
	CHECK_EQ(fdx_ioas_add_domain(&ioas, &wds[2].domain), 0);
	CHECK_EQ(pinned(), PAGES);
	fdx_ioas_remove_domain(&ioas, &wds[1].domain);
	fdx_ioas_remove_domain(&ioas, &wds[2].domain);
	CHECK_EQ(pinned(), PAGES);
	finish(0);
	CHECK_EQ(pinned(), PAGES);
}

/* The third domain fails and the unwinding of the second is not answered. */
static void unanswered_unwinding_keeps_memory(void)
{
	start(DOMAINS);
	world_faults.map = 2 * LENGTH / UNIT + 1;
	world_faults.flush = 2;
	CHECK_EQ(-map(IOVA, 0, PAGES), ENOMEM);
	CHECK_EQ(pinned(), PAGES);
	CHECK_EQ(in_tables(false), 0);
	world_faults.flush = 0;
	CHECK_EQ(map(IOVA + LENGTH, 0, 1), 0);
	CHECK_EQ(unmap(IOVA + LENGTH, PAGE_SIZE), 0);
	finish(DOMAINS);
	CHECK_EQ(pinned(), PAGES);
}

/* The access unpins, but meanwhile somebody locked the second area. */
static void unpin_and_lock(struct fdx_ioas *of, unsigned long iova,
			   unsigned long last)
{
	struct fdx_area *area = fdx_area_first(of, iova, last);

	CHECK(area->prevent_access);
	area->num_accesses--;
	fdx_area_first(of, IOVA + LENGTH, IOVA + LENGTH)->num_locks++;
}

/* An area that stays mapped after an unmap that failed can be pinned again. */
static void failed_unmap_lets_accesses_pin(void)
{
	struct fdx_area *first, *second;

	start(1);
	CHECK_EQ(scenario(), 0);
	first = fdx_area_first(&ioas, IOVA, IOVA);
	second = fdx_area_first(&ioas, IOVA + LENGTH, IOVA + LENGTH);

	first->num_accesses++;
	world_access_unmap = unpin_and_lock;
	CHECK_EQ(unmap(IOVA, 2 * LENGTH), -EBUSY);
	CHECK(!first->prevent_access);
	second->num_locks--;

	world_access_unmap = NULL;
	CHECK_EQ(unmap(IOVA, 2 * LENGTH), 0);
	CHECK_EQ(unmap(0, IOVA_UNITS * UNIT), 0);
	finish(1);
}

int main(void)
{
	shim_quiet(true);
	TAP_RUN(memory_is_short);
	TAP_RUN(tables_are_short);
	TAP_RUN(memory_is_not_there);
	TAP_RUN(task_is_killed);
	TAP_RUN(attach_finds_memory_gone);
	TAP_RUN(failed_unmap_lets_accesses_pin);
	/* From here on objects are lost on purpose. */
	__lsan_disable();
	TAP_RUN(unanswered_unmap_keeps_memory);
	TAP_RUN(unanswered_detach_keeps_memory);
	TAP_RUN(unanswered_unwinding_keeps_memory);
	return tap_done();
}
