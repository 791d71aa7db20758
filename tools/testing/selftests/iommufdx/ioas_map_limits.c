// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for pinned memory and how much may be pinned; and that a process
 * that is killed in the middle of a large map leaves nothing pinned.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define IOVA		0x40000000ull
#define LIMIT_PAGES	16
#define NOBODY		65534
#define BIG		(192 * MB)
#define BIG_IOVA	0x100000000ull

/* In a process of its own, as the limit and the user stay changed. */
FIXTURE(limit) {
	struct rig r;
	char *mem;
};

FIXTURE_VARIANT(limit) {
	uint64_t mode;
};

FIXTURE_VARIANT_ADD(limit, charged_to_the_user) { .mode = 0 };
FIXTURE_VARIANT_ADD(limit, charged_to_the_process) { .mode = 1 };

FIXTURE_SETUP(limit)
{
	const struct rlimit limit = { LIMIT_PAGES * PAGE, LIMIT_PAGES * PAGE };

	ASSERT_EQ(0, rig_open(&self->r));
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_RLIMIT_MODE,
					 0, variant->mode));
	ASSERT_EQ(0, rig_fill(&self->r, NULL));
	ASSERT_EQ(0, rig_attach(&self->r));
	self->mem = mem_get(4 * LIMIT_PAGES * PAGE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, setuid(NOBODY));
}

FIXTURE_TEARDOWN(limit)
{
	rig_break(&self->r);
	mem_put(self->mem, 4 * LIMIT_PAGES * PAGE);
}

TEST_F(limit, over_it_at_once)
{
	EXPECT_EQ(-ENOMEM, map_at(&self->r, self->mem, (LIMIT_PAGES + 1) * PAGE,
				  IOVA, RW));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(0, status_kb(getpid(), "VmLck"));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA, 4 * LIMIT_PAGES * PAGE));
}

TEST_F(limit, up_to_it_and_no_further)
{
	long kb = LIMIT_PAGES * PAGE / 1024;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LIMIT_PAGES * PAGE, IOVA, RW));
	EXPECT_EQ(kb, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(variant->mode ? kb : 0, status_kb(getpid(), "VmLck"));
	EXPECT_EQ(-ENOMEM, map_at(&self->r, self->mem, PAGE, IOVA + 64 * PAGE,
				  RW));
	EXPECT_EQ(kb, status_kb(getpid(), "VmPin"));
	/* What was there before still works; what it gives back can be used. */
	EXPECT_EQ(0, dma_probe(&self->r, IOVA + (LIMIT_PAGES - 1) * PAGE));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LIMIT_PAGES * PAGE));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(0, status_kb(getpid(), "VmLck"));
	EXPECT_EQ(0, map_at(&self->r, self->mem, LIMIT_PAGES * PAGE,
			    IOVA + 64 * PAGE, RW));
}

TEST_F(limit, copies_are_charged_once)
{
	uint64_t to = IOVA + 64 * PAGE;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LIMIT_PAGES * PAGE, IOVA, RW));
	EXPECT_EQ(0, iommufdx_ioas_copy(self->r.iommu, self->r.ioas,
					self->r.ioas, RW | FIXED, IOVA,
					LIMIT_PAGES * PAGE, &to));
	EXPECT_EQ(LIMIT_PAGES * PAGE / 1024, status_kb(getpid(), "VmPin"));
}

/* A file that an unprivileged process is left with is no way around the limit. */
TEST_F(limit, attach_meets_it_too)
{
	ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, 2 * LIMIT_PAGES * PAGE, IOVA,
			    RW));
	EXPECT_EQ(-ENOMEM, rig_attach(&self->r));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(0, status_kb(getpid(), "VmLck"));
}

/* Root may pin what there is, and is still counted. */
TEST(root_is_not_limited)
{
	const struct rlimit limit = { PAGE, PAGE };
	struct rig r;
	char *mem = mem_get(64 * PAGE);

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, rig_make(&r, NULL));
	ASSERT_EQ(0, rig_attach(&r));
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	EXPECT_EQ(0, map_at(&r, mem, 64 * PAGE, IOVA, RW));
	EXPECT_EQ(64 * PAGE / 1024, status_kb(getpid(), "VmPin"));
	rig_break(&r);
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
}

static void map_until_killed(int ready)
{
	struct rig r;
	char *mem;

	mem = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED || rig_make(&r, NULL) || rig_attach(&r))
		_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;) {
		if (map_at(&r, mem, BIG, BIG_IOVA, RW) ||
		    unmap_at(&r, BIG_IOVA, BIG))
			_exit(2);
		madvise(mem, BIG, MADV_DONTNEED);
	}
}

TEST(killed_while_mapping)
{
	uint64_t seed = rnd_seed(), state = seed;
	int64_t before = pages_pinned();

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	ASSERT_LE(0, before);
	for (int i = 0; i < 6; i++) {
		struct timespec t = { .tv_nsec = rnd(&state) % 150000000 };
		int ready[2], status;
		char byte;
		pid_t pid;

		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			map_until_killed(ready[1]);
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		close(ready[0]);
		nanosleep(&t, NULL);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("mapping failed before the signal came");
		}
		EXPECT_TRUE(pages_pinned_fall_to(before));
	}
	EXPECT_TRUE(devices_become(0));
}

TEST_HARNESS_MAIN
