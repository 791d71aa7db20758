// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmapping with dirty bits has no window: two devices write all the time while
 * slots of few pages are unmapped and mapped again, a million times for each
 * vendor. A stamp either reached memory, and is in the bitmap of the unmap that
 * ended its mapping, or faulted, and is nowhere.
 */
#include <string.h>
#include <time.h>
#include "stamps_rig.h"

/* How often each device writes in a cycle; and by how much it may be late. */
#define WRITES	4
#define LATE	64

static u64 seed, reported;
/* Cycles that have begun; what each device has tried. UINT64_MAX: no more. */
static u64 now, tried[DEVICES];

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
}

/*
 * Neither may get far ahead of the other, also where there are fewer processors
 * than threads.
 */
static void *do_dma(void *arg)
{
	unsigned int d = (struct iommufdx_master *)arg - dev;
	struct tap_rng mine = { seed + 100 + d };
	u64 upto;

	while ((upto = __atomic_load_n(&now, __ATOMIC_RELAXED)) != UINT64_MAX) {
		if (tried[d] >= upto * WRITES) {
			nap();
			continue;
		}
		write_stamp(d, &mine);
		__atomic_store_n(&tried[d], tried[d] + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void wait_for_devices(void)
{
	unsigned int d;

	for (d = 0; d < DEVICES; d++)
		while (__atomic_load_n(&tried[d], __ATOMIC_RELAXED) + LATE <
		       now * WRITES)
			nap();
}

static void count_reported(void)
{
	unsigned int d;

	for (d = 0; d < DEVICES; d++)
		reported += hweight64(bitmap[d][0]);
}

static void unmap_slot(unsigned long slot)
{
	CHECK_EQ(try_unmap(slot), 0);
	count_reported();
	check_copied(slot);
}

static void stamps_are_reported(enum pgtable_format format, u64 cycles)
{
	pthread_t thread[DEVICES];
	unsigned int d;
	u64 i;

	if (!start(format, MODEL_CAP_ANY)) {
		CHECK(!"the hardware has no such format");
		return;
	}
	reported = 0;
	now = 0;
	memset(tried, 0, sizeof(tried));
	for (d = 0; d < DEVICES; d++)
		pthread_create(&thread[d], NULL, do_dma, &dev[d]);
	/* One slot is mapped, the other faults; in turns. */
	unmap_slot(1);
	for (i = 0; i < cycles; i++) {
		__atomic_store_n(&now, i + 1, __ATOMIC_RELAXED);
		unmap_slot(i % SLOTS);
		map_slot(i % SLOTS ^ 1);
		wait_for_devices();
	}
	__atomic_store_n(&now, UINT64_MAX, __ATOMIC_RELAXED);
	for (d = 0; d < DEVICES; d++)
		pthread_join(thread[d], NULL);
	unmap_slot(i % SLOTS);
	check_latest();
	for (d = 0; d < DEVICES; d++) {
		printf("# device %u: %llu writes, %llu faults\n", d,
		       (unsigned long long)written[d],
		       (unsigned long long)faulted[d]);
		CHECK(written[d] && faulted[d]);
	}
	printf("# %llu pages reported\n", (unsigned long long)reported);
	CHECK(reported > cycles / 4);
	stop();
}

int main(void)
{
	static const struct {
		enum iommufdx_hw_kind kind;
		enum pgtable_format format;
		const char *name;
	} formats[] = {
		{ IOMMUFDX_HW_AMD, PGTABLE_AMDV1, "amdv1" },
		{ IOMMUFDX_HW_VTD, PGTABLE_VTDSS, "vtdss" },
		{ IOMMUFDX_HW_VTD, PGTABLE_X86_64, "x86_64" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S1, "armv8_s1" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S2, "armv8_s2" },
	};
	unsigned int nr = 0;
	u64 cycles;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		nr += formats[i].kind == rig_ops->kind;
	seed = tap_env("SEED", 1);
	cycles = tap_env("CYCLES", 1000000);
	slot_pages = 4;
	printf("# SEED=%llu CYCLES=%llu\n", (unsigned long long)seed,
	       (unsigned long long)cycles);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].kind != rig_ops->kind)
			continue;
		stamps_are_reported(formats[i].format, cycles / nr);
		tap_result(formats[i].name);
	}
	return tap_done();
}
