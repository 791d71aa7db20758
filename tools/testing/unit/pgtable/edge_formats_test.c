// SPDX-License-Identifier: GPL-2.0-only
/*
 * The edges of every format: limits of a configuration, first and last page,
 * requests that are refused and leave nothing behind, damage that the validator
 * sees. What is AMD v1's alone is in edge_test.c. FORMAT leaves one format.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "test_formats.h"

#define RW	(PGTABLE_READ | PGTABLE_WRITE)

static const struct test_format *f;
static struct pgtable pt;
static struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
static u64 mapped;

static int create(u8 va_bits, u8 oa_bits, u8 granule, u64 page_sizes)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits, .oa_bits = oa_bits,
		.granule_shift = granule, .page_sizes = page_sizes,
	};

	memset(&pt, 0, sizeof(pt));
	return pgtable_create(&pt, f->format, &cfg);
}

static void destroy(void)
{
	CHECK(pt.ops->validate(&pt) == 0);
	pgtable_gather_free(&gather);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static int map_run(u64 iova, u64 size, u64 run, u32 prot)
{
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = &run,
		.nr_runs = 1, .prot = prot, .gfp = GFP_KERNEL,
	};

	mapped = ~0ULL;
	return pt.ops->map(&pt, &req, &gather, &mapped);
}

static int map(u64 iova, u64 pa, u64 size)
{
	return map_run(iova, size, pfn_run(pa >> 12, size >> 12), RW);
}

static u64 unmap(u64 iova, u64 size)
{
	return pt.ops->unmap(&pt, iova, iova + size - 1, &gather);
}

static u64 page(void)
{
	return 1ULL << f->granule;
}

static void create_refuses(void)
{
	const u8 most = f->widths[0].bits;

	CHECK_EQ(create(0, f->oa_bits, f->granule, 0), -EINVAL);
	CHECK_EQ(create(most + 1, f->oa_bits, f->granule, 0), -EINVAL);
	CHECK_EQ(create(255, f->oa_bits, f->granule, 0), -EINVAL);
	CHECK_EQ(create(most, f->granule, f->granule, 0), -EINVAL);
	CHECK_EQ(create(most, 0, f->granule, 0), -EINVAL);
	CHECK_EQ(create(most, f->oa_bits, 13, 0), -EINVAL);
	CHECK_EQ(create(most, f->oa_bits, 17, 0), -EINVAL);
	CHECK_EQ(create(most, f->oa_bits, f->granule, page() >> 1), -EINVAL);
	CHECK_EQ(create(most, f->oa_bits, f->granule, 1ULL << 63), -EINVAL);
	shim_fail_nth(1);
	CHECK_EQ(create(most, f->oa_bits, f->granule, 0), -ENOMEM);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* All sizes of the format that fit, and no others. */
static void page_sizes(void)
{
	const u8 most = f->widths[0].bits;

	REQUIRE(create(most, 52, f->granule, ~0ULL) == 0);
	CHECK_EQ(pt.oa_bits, f->oa_bits);
	CHECK_EQ(pt.page_sizes, f->sizes & ((2ULL << f->oa_bits) - 1));
	destroy();
	REQUIRE(create(most, 32, f->granule, 0) == 0);
	CHECK_EQ(pt.page_sizes, f->sizes & ((2ULL << 32) - 1));
	destroy();
}

static void first_and_last_page(void)
{
	for (int i = 0; f->widths[i].bits; i++) {
		u64 top, span;
		struct decoded d;

		REQUIRE(create(f->widths[i].bits, f->oa_bits, f->granule,
			       0) == 0);
		top = U64_MAX >> (64 - pt.va_bits);
		span = top - page() + 1;
		CHECK_EQ(map(0, 0, page()), 0);
		CHECK_EQ(map(span, page(), page()), 0);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, 0), 0);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, top), 2 * page() - 1);
		CHECK(format_decode(f, &pt, top, &d) && d.pa == 2 * page() - 1);
		if (top != U64_MAX) {
			CHECK_EQ(pt.ops->iova_to_phys(&pt, top + 1),
				 PHYS_ADDR_MAX);
			CHECK_EQ(map(top + 1, 0, page()), -ERANGE);
			CHECK_EQ(unmap(top + 1, page()), 0);
		}
		/* Beyond the end, and around it. */
		CHECK(map(span, 0, 2 * page()) < 0);
		CHECK_EQ(mapped, 0);
		CHECK_EQ(pt.ops->unmap(&pt, 0, U64_MAX, &gather), 2 * page());
		CHECK_EQ(format_bytes(f, &pt), 0);
		destroy();
	}
}

static void map_refuses(void)
{
	const u64 pfns = page() >> 12;
	u64 run = pfn_run(64 * pfns, 8 * pfns);
	struct decoded d;

	REQUIRE(create(f->widths[1].bits ?: f->widths[0].bits, 40, f->granule,
		       0) == 0);
	/* Misaligned by half a page, by nothing, by less than nothing. */
	CHECK_EQ(map_run(page() / 2, page(), run, RW), -EINVAL);
	CHECK_EQ(map_run(page(), page() / 2, run, RW), -EINVAL);
	CHECK_EQ(map_run(page(), 0, run, RW), -EINVAL);
	CHECK_EQ(map_run(4 * page(), -2 * page(), run, RW), -EINVAL);
	if (pfns > 1)
		CHECK_EQ(map_run(page(), page(), pfn_run(1, pfns), RW),
			 -EINVAL);
	/* Memory that the width cannot say, or the run does not have. */
	CHECK_EQ(map(page(), 1ULL << 40, page()), -ERANGE);
	CHECK_EQ(map(page(), (1ULL << 40) - page(), 2 * page()), -ERANGE);
	CHECK_EQ(map_run(page(), 9 * page(), run, RW), -EINVAL);
	CHECK_EQ(mapped, 8 * page());
	CHECK_EQ(unmap(page(), mapped), 8 * page());
	CHECK_EQ(map(page(), (1ULL << 40) - page(), page()), 0);
	CHECK_EQ(unmap(page(), page()), page());

	/* No permission at all. */
	if (f->refuses_none) {
		CHECK_EQ(map_run(page(), page(), run, 0), -EINVAL);
		CHECK_EQ(map_run(page(), page(), run, PGTABLE_EXEC), -EINVAL);
		CHECK_EQ(map_run(page(), page(), run, PGTABLE_CACHE), -EINVAL);
	} else {
		CHECK_EQ(map_run(page(), page(), run, 0), 0);
		CHECK(format_decode(f, &pt, page(), &d));
		CHECK(!d.read && !d.write);
		CHECK_EQ(unmap(page(), page()), page());
	}
	CHECK_EQ(format_bytes(f, &pt), 0);
	destroy();
}

/* A page into a table that is there is refused for the same reasons. */
static void one_page_beside_another(void)
{
	const u64 pfns = page() >> 12;
	u64 run = pfn_run(64 * pfns, 8 * pfns);

	REQUIRE(create(f->widths[1].bits ?: f->widths[0].bits, 40, f->granule,
		       0) == 0);
	CHECK_EQ(map(0, 0, page()), 0);
	/* The run is longer than the request. */
	CHECK_EQ(map_run(page(), page(), run, RW), 0);
	CHECK_EQ(mapped, page());
	CHECK_EQ(pt.ops->iova_to_phys(&pt, page()), 64 * page());
	CHECK_EQ(map(page(), 0, page()), -EADDRINUSE);
	CHECK_EQ(mapped, 0);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, page()), 64 * page());
	CHECK_EQ(map(2 * page(), 1ULL << 40, page()), -ERANGE);
	CHECK_EQ(mapped, 0);
	CHECK_EQ(map_run(5 * page() / 2, page(), run, RW), -EINVAL);
	if (pfns > 1)
		CHECK_EQ(map_run(2 * page(), page(), pfn_run(1, pfns), RW),
			 -EINVAL);
	CHECK_EQ(format_bytes(f, &pt), 2 * page());
	destroy();
}

static void conflict_in_the_middle(void)
{
	REQUIRE(create(f->widths[0].bits, f->oa_bits, f->granule, 0) == 0);
	CHECK_EQ(map(5 * page(), 32 * page(), page()), 0);
	CHECK_EQ(map(page(), 64 * page(), 8 * page()), -EADDRINUSE);
	CHECK_EQ(mapped, 4 * page());
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 4 * page()), 67 * page());
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 5 * page()), 32 * page());
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 6 * page()), PHYS_ADDR_MAX);
	CHECK_EQ(unmap(page(), 3 * page()), 3 * page());
	CHECK_EQ(format_bytes(f, &pt), 2 * page());
	/* A larger leaf over it, and a small one in a larger one. */
	for (u64 left = pt.page_sizes; left; left &= left - 1) {
		u64 size = left & -left;

		if (size < 8 * page() || size >> 12 >= PFN_RUN_MAX_PAGES)
			continue;
		CHECK_EQ(map(0, 0, size), -EADDRINUSE);
		CHECK_EQ(mapped, 0);
		CHECK_EQ(map(size, size, size), 0);
		CHECK_EQ(map(2 * size - page(), 0, page()), -EADDRINUSE);
		CHECK_EQ(mapped, 0);
		CHECK_EQ(unmap(2 * size - page(), page()), 0);
		CHECK_EQ(unmap(size, size), size);
	}
	destroy();
}

/* Every allocation of a map fails once: nothing leaks, nothing is left over. */
static void out_of_memory(void)
{
	const u64 iova = (1ULL << format_item(f, 1)) - 2 * page();
	int rc = -ENOMEM;

	for (int n = 1; rc == -ENOMEM; n++) {
		REQUIRE(create(f->widths[0].bits, f->oa_bits, f->granule,
			       page()) == 0);
		shim_fail_nth(n);
		rc = map(iova, page(), 4 * page());
		shim_fail_nth(0);
		CHECK(rc == 0 || rc == -ENOMEM);
		CHECK_EQ(mapped, rc ? mapped & (2 * page()) : 4 * page());
		CHECK_EQ(format_bytes(f, &pt), mapped);
		CHECK_EQ(mapped ? unmap(iova, mapped) : 0, mapped);
		destroy();
	}
}

/* Any bit of an entry that software may not use, and pointers gone wrong. */
static void validator_sees_damage(void)
{
	const u64 iova = 3 * page();
	u64 reserved = 0, harmless, *slot;
	struct decoded d;

	REQUIRE(create(f->widths[0].bits, f->oa_bits, f->granule, 0) == 0);
	CHECK_EQ(map(iova, 7 * page(), page()), 0);
	REQUIRE(format_decode(f, &pt, iova, &d));
	slot = d.slot;
	switch (f->format) {
	case PGTABLE_AMDV1:
		reserved = GENMASK_ULL(58, 52);
		harmless = 3 << 5;
		break;
	case PGTABLE_X86_64:
		reserved = GENMASK_ULL(62, 52) | 1 << 8 | 3 << 3;
		harmless = 3 << 5;
		break;
	case PGTABLE_VTDSS:
		reserved = GENMASK_ULL(63, 52) | 1 << 10 | 31 << 2;
		harmless = 3 << 8;
		break;
	default:
		reserved = GENMASK_ULL(63, 56) | GENMASK_ULL(50, 48);
		harmless = 1 << 7;
	}
	shim_quiet(true);
	for (; reserved; reserved &= reserved - 1) {
		*slot = d.entry | (reserved & -reserved);
		CHECK_EQ(pt.ops->validate(&pt), -EUCLEAN);
	}
	/* Not there, but not empty. */
	*slot = d.entry & ~(f->format == PGTABLE_VTDSS ? 3ULL : 1ULL);
	CHECK_EQ(pt.ops->validate(&pt), -EUCLEAN);
	*slot = d.entry ^ harmless;
	CHECK_EQ(pt.ops->validate(&pt), 0);
	*slot = d.entry;
	/* A pointer to a table with a bit of a leaf. */
	if (d.depth) {
		*d.path[0] |= 1ULL << 10;
		CHECK_EQ(pt.ops->validate(&pt), -EUCLEAN);
		*d.path[0] &= ~(1ULL << 10);
	}
	/* Damage that counts bytes wrongly. */
	atomic64_add(PAGE_SIZE, &pt.table_bytes);
	CHECK_EQ(pt.ops->validate(&pt), -EUCLEAN);
	atomic64_sub(PAGE_SIZE, &pt.table_bytes);
	shim_quiet(false);
	destroy();
}

int main(void)
{
	for (unsigned int i = 0; i < nr_test_formats; i++) {
		f = &test_formats[i];
		if (!format_chosen(f))
			continue;
		printf("# %s\n", f->name);
		TAP_RUN(create_refuses);
		TAP_RUN(page_sizes);
		TAP_RUN(first_and_last_page);
		TAP_RUN(map_refuses);
		TAP_RUN(one_page_beside_another);
		TAP_RUN(conflict_in_the_middle);
		TAP_RUN(out_of_memory);
		TAP_RUN(validator_sees_damage);
	}
	return tap_done();
}
