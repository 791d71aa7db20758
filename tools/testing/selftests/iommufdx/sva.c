// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that use the pointers of this process: what it allocates, unmaps,
 * protects and forks is what they see, without a mapping of an IOAS.
 *
 * A device asks with PCI page requests or, behind an SMMUv3 and without an ATC, by
 * stalling. Where the vendor's backend has no page requests all is skipped.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include "rig.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PASID	5
#define PASID2	9
#define PAGES	16
#define A	0x6161616161616161ull
#define B	0x6262626262626262ull
#define PCI	(IOMMUFDX_MOCK_DEV_ATS | IOMMUFDX_MOCK_DEV_PRI)

struct sharer {
	struct iommufdx_device *dev;
	uint32_t mock_dev;
	uint32_t dev_id;
	uint32_t pasid;
	uint32_t flags;
};

static int sharer_make(struct rig *r, uint32_t rid, uint32_t flags,
		       uint32_t pasid, struct sharer *s)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = r->mock_iommu,
		.rid = rid,
		.flags = flags,
		.pasid_bits = 8,
	};
	int rc;

	memset(s, 0, sizeof(*s));
	s->pasid = pasid;
	s->flags = flags;
	rc = iommufdx_mock_dev_add(r->mock, &config, &s->mock_dev);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, s->mock_dev, &s->dev);
	return rc;
}

static int sharer_attach(struct iommufdx *iommu, struct sharer *s,
			 uint32_t *hwpt)
{
	int rc = iommufdx_device_bind(s->dev, iommu, &s->dev_id);
	uint32_t pt;

	if (!rc && !*hwpt)
		rc = iommufdx_hwpt_sva(iommu, s->dev_id, hwpt, NULL);
	pt = *hwpt;
	return rc ? rc : iommufdx_device_attach_pasid(s->dev, s->pasid, &pt);
}

/* ------------------------------------------------------------ what a device does */

static int run(struct sharer *s, unsigned int channel,
	       const struct iommufdx_channel_job *job,
	       struct iommufdx_channel_status *status)
{
	int rc = iommufdx_channel_start(s->dev, channel, job);

	if (!rc)
		rc = iommufdx_channel_wait(s->dev, channel, PATIENCE_MS, status);
	return rc;
}

/* Ask for a page: 0, or -EFAULT if that is refused. */
static int ask(struct sharer *s, unsigned int channel, uint64_t addr,
	       uint64_t page)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_PAGE_REQUEST,
		.pasid = s->pasid,
		.src = addr,
		.page = page | IOMMUFDX_MOCK_PAGE_LAST | channel,
	};
	struct iommufdx_channel_status status;
	int rc = run(s, channel, &job, &status);

	if (rc)
		return rc;
	if (status.state != IOMMUFDX_MOCK_STATE_DONE)
		return -EIO;
	return status.result == IOMMUFDX_MOCK_PAGE_SUCCESS ? 0 : -EFAULT;
}

/* As a driver of such a device: after a fault ask for the page, and go on. */
static int dma(struct sharer *s, unsigned int channel,
	       struct iommufdx_channel_job job)
{
	struct iommufdx_channel_status status;
	int rc;

	job.pasid = s->pasid;
	job.ctrl |= s->flags & IOMMUFDX_MOCK_DEV_ATS ? IOMMUFDX_MOCK_CTRL_ATS :
						       0;
	for (int tries = 0; tries < 1000; tries++) {
		rc = run(s, channel, &job, &status);
		if (rc)
			return rc;
		if (status.state == IOMMUFDX_MOCK_STATE_DONE)
			return 0;
		if (!(s->flags & IOMMUFDX_MOCK_DEV_PRI))
			return -EFAULT;
		rc = ask(s, channel, status.fault_iova,
			 status.fault_code & IOMMUFDX_MOCK_FAULT_WRITE ?
				 IOMMUFDX_MOCK_PAGE_WRITE :
				 IOMMUFDX_MOCK_PAGE_READ);
		if (rc)
			return rc;
	}
	return -ELOOP;
}

static int fill(struct sharer *s, void *at, size_t len, uint64_t pattern)
{
	return dma(s, 0, (struct iommufdx_channel_job){
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.dst = (uintptr_t)at,
		.len = len,
		.pattern = pattern,
	});
}

static int copy(struct sharer *s, void *to, const void *from, size_t len)
{
	return dma(s, 0, (struct iommufdx_channel_job){
		.cmd = IOMMUFDX_MOCK_CMD_COPY,
		.src = (uintptr_t)from,
		.dst = (uintptr_t)to,
		.len = len,
	});
}

/* What the device reads there, or ~0. */
static uint64_t seen(struct sharer *s, const void *at)
{
	static uint64_t here;

	here = 0;
	return copy(s, &here, at, sizeof(here)) ? ~0ull : here;
}

static void *pages(size_t num)
{
	return mmap(NULL, num * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool all_are(const void *mem, size_t len, uint64_t pattern)
{
	for (size_t i = 0; i < len / 8; i++)
		if (((const uint64_t *)mem)[i] != pattern)
			return false;
	return true;
}

/* ------------------------------------------------------------------------- tests */

FIXTURE(sva) {
	struct rig r;
	struct sharer s;
	uint32_t hwpt;
};

FIXTURE_VARIANT(sva) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(sva, page_requests) {
	.flags = PCI,
};

FIXTURE_VARIANT_ADD(sva, stalls) {
	.flags = 0,
};

/* A model that compares only when asked: tests change mappings under DMA. */
static int rig_without_device(struct rig *r)
{
	struct iommufdx_mock_iommu_config config = rig_for_storms;
	int rc = rig_open(r);

	config.kind = rig_vendor()->kind;
	return rc ? rc : iommufdx_mock_iommu_add(r->mock, &config,
						 &r->mock_iommu);
}

FIXTURE_SETUP(sva)
{
	int rc;

	ASSERT_EQ(0, rig_without_device(&self->r));
	ASSERT_EQ(0, sharer_make(&self->r, RIG_RID, variant->flags, PASID,
				 &self->s));
	rc = sharer_attach(self->r.iommu, &self->s, &self->hwpt);
	if (rc == -EOPNOTSUPP)
		SKIP(return, "no such page requests behind this IOMMU");
	ASSERT_EQ(0, rc);
}

FIXTURE_TEARDOWN(sva)
{
	uint64_t stale = ~0ull;

	if (self->hwpt) {
		EXPECT_EQ(0, iommufdx_mock_check(self->r.mock,
						 self->r.mock_iommu, &stale));
		EXPECT_EQ(0, stale);
		EXPECT_EQ(0, stale_seen(&self->r));
	}
	iommufdx_device_close(self->s.dev);
	rig_break(&self->r);
}

TEST_F(sva, whom_it_is_for)
{
	struct iommufdx_get_caps caps;
	struct rig *r = &self->r;
	struct sharer without;
	uint32_t hwpt, pt, bits;

	ASSERT_EQ(0, iommufdx_caps(r->iommu, self->s.dev_id, &caps));
	EXPECT_NE(0, caps.out_features & IOMMUFDX_FEATURE_SVA);
	EXPECT_NE(0, caps.out_dev_features & IOMMUFDX_DEV_FEATURE_SVA);
	ASSERT_EQ(0, iommufdx_hwpt_sva(r->iommu, self->s.dev_id, &hwpt, &bits));
	EXPECT_LE(47, bits);
	/* Without a PASID nobody says that the process wanted it. */
	pt = hwpt;
	EXPECT_EQ(-EINVAL, iommufdx_device_attach(self->s.dev, &pt));
	EXPECT_EQ(0, iommufdx_destroy(r->iommu, hwpt));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->hwpt));

	/* An ATC that cannot ask: it would never get a page. */
	ASSERT_EQ(0, sharer_make(r, RIG_RID + 1, IOMMUFDX_MOCK_DEV_ATS, PASID,
				 &without));
	ASSERT_EQ(0, iommufdx_device_bind(without.dev, r->iommu,
					  &without.dev_id));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_hwpt_sva(r->iommu, without.dev_id,
						 &hwpt, NULL));
	iommufdx_device_close(without.dev);
}

/* Memory nobody has touched, at the process's own address; nothing is pinned. */
TEST_F(sva, memory_as_the_process_has_it)
{
	int64_t pinned = pages_pinned();
	char *mem = pages(PAGES), *heap = malloc(3 * PAGE);

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, fill(&self->s, mem, PAGES * PAGE, A));
	EXPECT_TRUE(all_are(mem, PAGES * PAGE, A));
	memset(heap, 0x62, 3 * PAGE);
	ASSERT_EQ(0, copy(&self->s, mem + 8, heap, 2 * PAGE));
	EXPECT_TRUE(all_are(mem + 8, 2 * PAGE, B));
	EXPECT_EQ(A, *(uint64_t *)mem);
	EXPECT_EQ(B, seen(&self->s, heap + PAGE));
	EXPECT_EQ(pinned, pages_pinned());
	/* Read first: the zero page, until somebody writes. */
	ASSERT_EQ(0, madvise(mem, PAGES * PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, seen(&self->s, mem));
	*(uint64_t *)mem = B;
	EXPECT_EQ(B, seen(&self->s, mem));
	ASSERT_EQ(0, fill(&self->s, mem, 8, A));
	EXPECT_EQ(A, *(uint64_t *)mem);
	munmap(mem, PAGES * PAGE);
	free(heap);
}

TEST_F(sva, permissions)
{
	char *mem = pages(2);

	mem[0] = 1;
	ASSERT_EQ(0, mprotect(mem, 2 * PAGE, PROT_READ));
	EXPECT_EQ(1, seen(&self->s, mem));
	EXPECT_EQ(0, seen(&self->s, mem + PAGE));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem, 8, A));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem + PAGE, 8, A));
	EXPECT_EQ(1, mem[0]);
	ASSERT_EQ(0, mprotect(mem, 2 * PAGE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, fill(&self->s, mem, 2 * PAGE, A));
	ASSERT_EQ(0, mprotect(mem, 2 * PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem, 8, B));
	EXPECT_EQ(A, seen(&self->s, mem));
	ASSERT_EQ(0, mprotect(mem, 2 * PAGE, PROT_NONE));
	EXPECT_EQ(~0ull, seen(&self->s, mem));
	if (self->s.flags & IOMMUFDX_MOCK_DEV_PRI) {
		ASSERT_EQ(0, mprotect(mem, PAGE, PROT_READ | PROT_EXEC));
		EXPECT_EQ(0, ask(&self->s, 0, (uintptr_t)mem,
				 IOMMUFDX_MOCK_PAGE_READ |
				 IOMMUFDX_MOCK_PAGE_EXEC));
		EXPECT_EQ(-EFAULT, ask(&self->s, 0, (uintptr_t)mem,
				       IOMMUFDX_MOCK_PAGE_READ |
				       IOMMUFDX_MOCK_PAGE_PRIV));
		ASSERT_EQ(0, mprotect(mem, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, ask(&self->s, 0, (uintptr_t)mem,
				       IOMMUFDX_MOCK_PAGE_READ |
				       IOMMUFDX_MOCK_PAGE_EXEC));
	}
	munmap(mem, 2 * PAGE);
}

/* What the device may do there: IOMMUFDX_MOCK_XLAT_*, 0 if nothing. */
static uint64_t allowed(struct sharer *s, const void *at)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_TRANSLATE,
		.pasid = s->pasid,
		.src = (uintptr_t)at,
		.page = IOMMUFDX_MOCK_PAGE_READ,
	};
	struct iommufdx_channel_status status;

	if (run(s, 0, &job, &status) ||
	    status.state != IOMMUFDX_MOCK_STATE_DONE)
		return 0;
	return status.result & (IOMMUFDX_MOCK_XLAT_READ |
				IOMMUFDX_MOCK_XLAT_WRITE |
				IOMMUFDX_MOCK_XLAT_EXEC);
}

/* What is there to be read is not there to be executed. */
TEST_F(sva, execution_is_a_permission_of_its_own)
{
	const bool amd = rig_vendor()->kind == IOMMUFDX_MOCK_KIND_AMD;
	char *mem = pages(1);

	if (!(self->s.flags & IOMMUFDX_MOCK_DEV_ATS))
		SKIP(return, "only an ATC says what it may do");
	ASSERT_EQ(0, mprotect(mem, PAGE, PROT_READ));
	EXPECT_EQ(0, ask(&self->s, 0, (uintptr_t)mem,
			 IOMMUFDX_MOCK_PAGE_READ));
	EXPECT_EQ(IOMMUFDX_MOCK_XLAT_READ, allowed(&self->s, mem));
	ASSERT_EQ(0, mprotect(mem, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(0, ask(&self->s, 0, (uintptr_t)mem,
			 IOMMUFDX_MOCK_PAGE_READ | IOMMUFDX_MOCK_PAGE_EXEC));
	/* The others' hardware executes nothing, or is not asked to here. */
	EXPECT_EQ(IOMMUFDX_MOCK_XLAT_READ | (amd ? IOMMUFDX_MOCK_XLAT_EXEC : 0),
		  allowed(&self->s, mem));
	ASSERT_EQ(0, mprotect(mem, PAGE, PROT_READ));
	EXPECT_EQ(0, ask(&self->s, 0, (uintptr_t)mem,
			 IOMMUFDX_MOCK_PAGE_READ));
	EXPECT_EQ(IOMMUFDX_MOCK_XLAT_READ, allowed(&self->s, mem));
	munmap(mem, PAGE);
}

TEST_F(sva, what_is_unmapped_is_gone)
{
	char *mem = pages(PAGES), *other;

	ASSERT_EQ(0, fill(&self->s, mem, PAGES * PAGE, A));
	ASSERT_EQ(0, munmap(mem + PAGE, PAGE));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem + PAGE, 8, B));
	EXPECT_EQ(A, seen(&self->s, mem));
	EXPECT_EQ(A, seen(&self->s, mem + 2 * PAGE));
	/* Something else at the same place. */
	other = mmap(mem, PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ASSERT_EQ(mem, other);
	EXPECT_EQ(0, seen(&self->s, mem + 2 * PAGE));
	/* And moved. */
	ASSERT_EQ(0, fill(&self->s, mem, PAGES * PAGE, B));
	other = mremap(mem, PAGES * PAGE, PAGES * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, mem + 64 * PAGE);
	ASSERT_EQ(mem + 64 * PAGE, other);
	EXPECT_EQ(-EFAULT, fill(&self->s, mem, 8, A));
	EXPECT_EQ(B, seen(&self->s, other));
	munmap(other, PAGES * PAGE);
	/* Nobody's, and the kernel's. */
	EXPECT_EQ(-EFAULT, fill(&self->s, (void *)0x1000, 8, A));
	EXPECT_EQ(-EFAULT, fill(&self->s, (void *)0xffff800000000000ull, 8, A));
}

/* The RID and another PASID have tables of an IOAS, in either order. */
TEST_F(sva, beside_ordinary_hwpts)
{
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_PASID,
	};
	struct iommufdx_hwpt_choice got;
	struct rig *r = &self->r;
	char *mem = mem_get(PAGE), *own = mem_get(PAGE);
	uint32_t pt = self->hwpt;

	ASSERT_EQ(0, iommufdx_ioas_alloc(r->iommu, &r->ioas));
	ASSERT_EQ(0, map_at(r, mem, PAGE, 0x40000000, RW));
	ASSERT_EQ(0, iommufdx_hwpt_request(r->iommu, self->s.dev_id, r->ioas,
					   &want, &got));
	ASSERT_EQ(0, iommufdx_device_attach(self->s.dev, &got.hwpt));
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->s.dev, PASID2,
						  &got.hwpt));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, dma_probe(r, 0x40000000));
		ASSERT_EQ(0, fill(&self->s, own, 8, A + i));
		EXPECT_EQ(A + i, *(uint64_t *)own);
		ASSERT_EQ(0, iommufdx_device_detach_pasid(self->s.dev, PASID));
		ASSERT_EQ(0, iommufdx_device_attach_pasid(self->s.dev, PASID,
							  &pt));
	}
	mem_put(mem, PAGE);
	mem_put(own, PAGE);
}

/* Parent and child share until one of them writes: by hand, or by its device. */
TEST_F(sva, fork_and_copy_on_write)
{
	uint64_t *mem = pages(2);
	int go[2], status;
	char c;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, fill(&self->s, mem, 2 * PAGE, A));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		/* When the parent's device has written. */
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(all_are(mem, 2 * PAGE, A) ? 0 : 2);
	}
	ASSERT_EQ(0, fill(&self->s, mem, PAGE, B));
	EXPECT_TRUE(all_are(mem, PAGE, B));
	mem[PAGE / 8] = B;
	EXPECT_EQ(B, seen(&self->s, mem + PAGE / 8));
	ASSERT_EQ(1, write(go[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(B, seen(&self->s, mem));
	munmap(mem, 2 * PAGE);
	close(go[0]);
	close(go[1]);
}

TEST_F(sva, huge_pages_that_are_split)
{
	char *mem = mem_get_huge(2 * MB);

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, fill(&self->s, mem, 64 * PAGE, A));
	ASSERT_EQ(0, mprotect(mem + 8 * PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, munmap(mem + 16 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem + 8 * PAGE, 8, B));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem + 16 * PAGE, 8, B));
	ASSERT_EQ(0, fill(&self->s, mem, 8 * PAGE, B));
	EXPECT_TRUE(all_are(mem, 8 * PAGE, B));
	EXPECT_EQ(A, seen(&self->s, mem + 17 * PAGE));
	munmap(mem, 2 * MB);
}

/* The page cache's own pages, which the process only shares. */
TEST_F(sva, a_file)
{
	int fd = memfd_create("sva", 0);
	uint64_t word, *mem;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 2 * PAGE));
	mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, fill(&self->s, mem, 2 * PAGE, A));
	ASSERT_EQ(8, pread(fd, &word, 8, PAGE));
	EXPECT_EQ(A, word);
	/* It ends before the second page now. */
	ASSERT_EQ(0, ftruncate(fd, PAGE));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem + PAGE / 8, 8, B));
	EXPECT_EQ(A, seen(&self->s, mem));
	munmap(mem, 2 * PAGE);
	close(fd);
}

TEST_F(sva, two_devices_and_detaching)
{
	char *mem = pages(PAGES);
	struct sharer two;

	ASSERT_EQ(0, sharer_make(&self->r, RIG_RID + 1, self->s.flags, PASID2,
				 &two));
	ASSERT_EQ(0, sharer_attach(self->r.iommu, &two, &self->hwpt));
	ASSERT_EQ(0, fill(&self->s, mem, PAGES * PAGE, A));
	ASSERT_EQ(0, copy(&two, mem, mem + PAGE, PAGE));
	ASSERT_EQ(0, fill(&two, mem + PAGE, PAGE, B));
	EXPECT_EQ(B, seen(&self->s, mem + PAGE));
	ASSERT_EQ(0, munmap(mem, PAGE));
	EXPECT_EQ(-EFAULT, fill(&self->s, mem, 8, B));
	EXPECT_EQ(-EFAULT, fill(&two, mem, 8, B));
	ASSERT_EQ(0, iommufdx_device_detach_pasid(two.dev, PASID2));
	EXPECT_GT(0, fill(&two, mem + PAGE, 8, A));
	EXPECT_EQ(B, seen(&self->s, mem + PAGE));
	iommufdx_device_close(two.dev);
	munmap(mem, PAGES * PAGE);
}

/* All that a process does to memory, under a device that never stops. */
TEST_F(sva, storm)
{
	uint64_t seed = rnd_seed(), state = seed;
	char *mem = pages(PAGES), *at;
	struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = IOMMUFDX_MOCK_CTRL_SKIP_FAULTS |
			(self->s.flags ? IOMMUFDX_MOCK_CTRL_ATS : 0),
		.pasid = PASID,
		.dst = (uintptr_t)mem,
		.dst_size = PAGES * PAGE,
		.len = 64,
		.pattern = A,
	};

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	for (int c = 2; c < 4; c++) {
		job.seed = rnd(&state);
		ASSERT_EQ(0, iommufdx_channel_start(self->s.dev, c, &job));
	}
	for (int i = 0; i < 400; i++) {
		size_t page = rnd(&state) % PAGES;
		size_t len = (1 + rnd(&state) % (PAGES - page)) * PAGE;

		at = mem + page * PAGE;
		switch (rnd(&state) % 5) {
		case 0:
			ASSERT_EQ(at, mmap(at, len, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS |
					   MAP_FIXED, -1, 0));
			break;
		case 1:
			ASSERT_EQ(0, mprotect(at, len, PROT_READ));
			ASSERT_EQ(0, mprotect(at, len, PROT_READ | PROT_WRITE));
			break;
		case 2:
			ASSERT_EQ(0, madvise(at, len, MADV_DONTNEED));
			break;
		case 3:
			if (!(i % 8) && !fork())
				_exit(0);
			memset(at, 0, len);
			break;
		default:
			if (self->s.flags)
				EXPECT_EQ(0, ask(&self->s, 1, (uintptr_t)at,
						 IOMMUFDX_MOCK_PAGE_WRITE));
		}
	}
	while (wait(NULL) > 0)
		;
	for (int c = 2; c < 4; c++)
		EXPECT_EQ(0, iommufdx_channel_command(self->s.dev, c,
						      IOMMUFDX_MOCK_CMD_STOP));
	munmap(mem, PAGES * PAGE);
}

/* Requests under way when their PASID and its HWPT go. */
TEST_F(sva, detached_under_requests)
{
	char *mem = pages(PAGES);
	struct iommufdx_channel_status status;
	uint32_t pt;

	for (int i = 0; i < 20; i++) {
		for (int c = 0; c < 4; c++) {
			struct iommufdx_channel_job job = {
				.cmd = self->s.flags ?
					IOMMUFDX_MOCK_CMD_PAGE_REQUEST :
					IOMMUFDX_MOCK_CMD_FILL,
				.pasid = PASID,
				.src = (uintptr_t)mem + c * PAGE,
				.dst = (uintptr_t)mem + c * PAGE,
				.len = 8,
				.page = IOMMUFDX_MOCK_PAGE_WRITE |
					IOMMUFDX_MOCK_PAGE_LAST | c,
			};

			ASSERT_EQ(0, iommufdx_channel_start(self->s.dev, c,
							    &job));
		}
		ASSERT_EQ(0, iommufdx_device_detach_pasid(self->s.dev, PASID));
		for (int c = 0; c < 4; c++)
			EXPECT_EQ(0, iommufdx_channel_wait(self->s.dev, c,
							   PATIENCE_MS, &status));
		ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, self->hwpt));
		ASSERT_EQ(0, iommufdx_hwpt_sva(self->r.iommu, self->s.dev_id,
					       &self->hwpt, NULL));
		pt = self->hwpt;
		ASSERT_EQ(0, iommufdx_device_attach_pasid(self->s.dev, PASID,
							  &pt));
		madvise(mem, PAGES * PAGE, MADV_DONTNEED);
	}
	munmap(mem, PAGES * PAGE);
}

/*
 * A process is killed while a device writes to its memory: the address space ends
 * first, then its files are closed.
 */
static void live_and_die(struct rig *r, uint32_t flags, int started)
{
	char *mem = pages(PAGES);
	struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = IOMMUFDX_MOCK_CTRL_SKIP_FAULTS |
			(flags ? IOMMUFDX_MOCK_CTRL_ATS : 0),
		.pasid = PASID,
		.dst = (uintptr_t)mem,
		.dst_size = PAGES * PAGE,
		.len = 64,
		.pattern = A,
	};
	struct iommufdx *iommu;
	uint32_t hwpt = 0;
	struct sharer s;

	if (iommufdx_open(NULL, &iommu) ||
	    sharer_make(r, RIG_RID + 2, flags, PASID, &s) ||
	    sharer_attach(iommu, &s, &hwpt) ||
	    fill(&s, mem, PAGES * PAGE, B) ||
	    iommufdx_channel_start(s.dev, 0, &job) ||
	    iommufdx_channel_start(s.dev, 1, &job))
		_exit(1);
	while (!memchr(mem, 0x61, PAGES * PAGE))
		usleep(1000);
	if (write(started, "x", 1) != 1)
		_exit(1);
	pause();
}

TEST_F(sva, process_ends_under_dma)
{
	int started[2], status;
	char c;
	pid_t pid;

	for (int i = 0; i < 5; i++) {
		struct iommufdx_mock_dev_entry *devs;
		size_t num;

		ASSERT_EQ(0, pipe(started));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			live_and_die(&self->r, self->s.flags, started[1]);
		close(started[1]);
		ASSERT_EQ(1, read(started[0], &c, 1));
		close(started[0]);
		usleep(1000 * i);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		/* Its device is the control's, which is ours. */
		ASSERT_EQ(0, iommufdx_mock_devs(self->r.mock, &devs, &num));
		for (size_t d = 0; d < num; d++)
			if (devs[d].rid == RIG_RID + 2)
				EXPECT_EQ(0, iommufdx_mock_dev_remove(
						self->r.mock, devs[d].dev_id));
		free(devs);
	}
}

TEST_HARNESS_MAIN
