// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of invalidation commands, on the mock IOMMU of Linux's selftests: its
 * nested HWPT has an IOTLB of four words, which commands set to zero, so every
 * command leaves a mark that a test can see.
 */
#include "kselftest_harness.h"
#include "rig.h"
#include "test_cmd.h"

#include <iommufdx_guest.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define IOTLB_WORDS	4
#define CACHED		0x1234

struct command {
	uint32_t flags;
	uint32_t word;
};

FIXTURE(inv_ring) {
	struct iommufdx *iommu;
	uint32_t ioas, dev, parent, nested;
	struct iommufdx_ring *ring;
};

static int make_nested(struct iommufdx *iommu, uint32_t dev, uint32_t parent,
		       uint32_t *nested)
{
	uint32_t cached[2] = { CACHED };
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.dev_id = dev,
		.pt_id = parent,
		.data_type = TYPE_HWPT_DATA,
		.data_len = sizeof(cached),
		.data_uptr = (uintptr_t)cached,
	};

	if (ioctl(iommufdx_fd(iommu), IOMMU_HWPT_ALLOC, &cmd))
		return -errno;
	*nested = cmd.out_hwpt_id;
	return 0;
}

FIXTURE_SETUP(inv_ring)
{
	ASSERT_EQ(0, iommufdx_open(NULL, &self->iommu));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->iommu, &self->ioas));
	ASSERT_EQ(0, test_device(self->iommu, self->ioas, &self->dev));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->iommu, self->dev, self->ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT,
					 &self->parent));
	ASSERT_EQ(0, make_nested(self->iommu, self->dev, self->parent,
				 &self->nested));
	ASSERT_EQ(0, iommufdx_inv_ring_open(self->iommu, self->nested,
					    TYPE_HWPT_INVALIDATE,
					    sizeof(struct command), 8, -1, -1,
					    &self->ring));
}

FIXTURE_TEARDOWN(inv_ring)
{
	iommufdx_inv_ring_close(self->ring);
	iommufdx_close(self->iommu);
}

static bool put(struct iommufdx_ring *ring, uint32_t flags, uint32_t word)
{
	struct command *cmd = iommufdx_inv_ring_get_entry(ring);

	if (cmd)
		*cmd = (struct command){ flags, word };
	return cmd;
}

/* Which words are cached still, as bits. */
static unsigned int cached(struct iommufdx *iommu, uint32_t nested)
{
	unsigned int i, bits = 0;

	for (i = 0; i < IOTLB_WORDS; i++)
		if (!test_check_iotlb(iommu, nested, i, CACHED))
			bits |= 1 << i;
		else if (test_check_iotlb(iommu, nested, i, 0))
			bits |= 0x100;
	return bits;
}

TEST_F(inv_ring, executes_what_was_put)
{
	uint32_t done = 99;

	ASSERT_TRUE(put(self->ring, 0, 1));
	ASSERT_TRUE(put(self->ring, 0, 3));
	EXPECT_EQ(0xf, cached(self->iommu, self->nested));
	EXPECT_EQ(0, iommufdx_inv_ring_submit(self->ring, &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0x5, cached(self->iommu, self->nested));
	EXPECT_EQ(0, iommufdx_inv_ring_submit(self->ring, &done));
	EXPECT_EQ(0, done);
}

TEST_F(inv_ring, a_refused_command_is_the_last_one_taken)
{
	uint32_t done;

	ASSERT_TRUE(put(self->ring, 0, 0));
	ASSERT_TRUE(put(self->ring, 2, 1));
	ASSERT_TRUE(put(self->ring, 0, 2));
	ASSERT_TRUE(put(self->ring, 0, IOTLB_WORDS));
	ASSERT_TRUE(put(self->ring, 0, 3));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_inv_ring_submit(self->ring, &done));
	EXPECT_EQ(1, done);
	EXPECT_EQ(0xe, cached(self->iommu, self->nested));
	EXPECT_EQ(-EINVAL, iommufdx_inv_ring_submit(self->ring, &done));
	EXPECT_EQ(1, done);
	EXPECT_EQ(0xa, cached(self->iommu, self->nested));
	EXPECT_EQ(1, iommufdx_inv_ring_discard(self->ring));
	EXPECT_EQ(0, iommufdx_inv_ring_submit(self->ring, &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(0xa, cached(self->iommu, self->nested));
}

/* 1,000 batches of random length through 8 entries, good and bad commands. */
TEST_F(inv_ring, wraps_around)
{
	uint64_t seed = rnd_seed(), state = seed;
	int i, n, k, want, bad;
	uint32_t done;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	for (i = 0; i < 1000; i++) {
		n = rnd(&state) % 9;
		bad = rnd(&state) % 12;
		for (k = 0; k < n; k++)
			ASSERT_TRUE(put(self->ring, k == bad ? 4 : 0,
					rnd(&state) % IOTLB_WORDS));
		if (n == 8)
			ASSERT_FALSE(put(self->ring, 0, 0));
		want = bad < n ? -EOPNOTSUPP : 0;
		ASSERT_EQ(want, iommufdx_inv_ring_submit(self->ring, &done));
		ASSERT_EQ(want ? bad : n, done);
		ASSERT_EQ(want ? n - bad - 1 : 0,
			  iommufdx_inv_ring_discard(self->ring));
	}
}

static int alloc(struct iommufdx *iommu, struct iommufdx_inv_ring_alloc *cmd)
{
	cmd->size = sizeof(*cmd);
	return ioctl(iommufdx_fd(iommu), IOMMUFDX_INV_RING_ALLOC, cmd) ?
		       -errno : 0;
}

static struct iommufdx_inv_ring_alloc good(uint32_t nested)
{
	return (struct iommufdx_inv_ring_alloc){
		.target_id = nested,
		.data_type = TYPE_HWPT_INVALIDATE,
		.entry_len = sizeof(struct command),
		.entries = 8,
	};
}

static int submit(struct iommufdx *iommu, uint32_t ring, uint32_t *done)
{
	struct iommufdx_inv_ring_submit cmd = {
		.size = sizeof(cmd),
		.ring_id = ring,
		.out_done = 99,
	};
	int rc = ioctl(iommufdx_fd(iommu), IOMMUFDX_INV_RING_SUBMIT, &cmd);

	*done = cmd.out_done;
	return rc ? -errno : 0;
}

TEST_F(inv_ring, overflow_executes_nothing)
{
	struct iommufdx_inv_ring_alloc cmd = good(self->nested);
	struct iommufdx_inv_ring *shared;
	uint32_t done;

	ASSERT_EQ(0, alloc(self->iommu, &cmd));
	shared = mmap(NULL, cmd.out_mmap_length, PROT_READ | PROT_WRITE,
		      MAP_SHARED, iommufdx_fd(self->iommu),
		      cmd.out_mmap_offset);
	ASSERT_NE(MAP_FAILED, shared);

	/* All entries are zero: commands to forget word 0. */
	shared->tail = 9;
	EXPECT_EQ(-EINVAL, submit(self->iommu, cmd.out_ring_id, &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(IOMMUFDX_INV_RING_OVERFLOW, shared->state);
	EXPECT_EQ(0, shared->head);
	shared->tail = -1u;
	EXPECT_EQ(-EINVAL, submit(self->iommu, cmd.out_ring_id, &done));
	EXPECT_EQ(0xf, cached(self->iommu, self->nested));

	/* The kernel goes by its own head, and shows it. */
	shared->tail = 8;
	shared->head = 8;
	EXPECT_EQ(0, submit(self->iommu, cmd.out_ring_id, &done));
	EXPECT_EQ(8, done);
	EXPECT_EQ(0, shared->state);
	EXPECT_EQ(8, shared->head);
	EXPECT_EQ(0xe, cached(self->iommu, self->nested));
	munmap(shared, cmd.out_mmap_length);
}

TEST_F(inv_ring, bad_requests)
{
	static const uint32_t lens[] = { 0, 4, 7, 9, 4096, ~0u };
	static const uint32_t nums[] = { 0, 3, 2 * IOMMUFDX_INV_RING_MAX, ~0u };
	struct iommufdx_inv_ring_alloc cmd;
	uint32_t done, viommu_less = self->ioas;
	int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		cmd = good(self->nested);
		cmd.entry_len = lens[i];
		EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	}
	for (i = 0; i < sizeof(nums) / sizeof(nums[0]); i++) {
		cmd = good(self->nested);
		cmd.entries = nums[i];
		EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	}
	cmd = good(self->nested);
	cmd.data_type = 0;
	EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	cmd = good(viommu_less);
	EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	cmd = good(~0u);
	EXPECT_EQ(-ENOENT, alloc(self->iommu, &cmd));
	for (i = 3; i < 32; i++) {
		cmd = good(self->nested);
		cmd.flags = 1u << i;
		EXPECT_EQ(-EOPNOTSUPP, alloc(self->iommu, &cmd));
	}
	cmd = good(self->nested);
	cmd.out_fd = 1;
	EXPECT_EQ(-EOPNOTSUPP, alloc(self->iommu, &cmd));
	cmd = good(self->nested);
	cmd.flags = IOMMUFDX_INV_RING_DONE;
	EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	cmd = good(self->nested);
	cmd.flags = IOMMUFDX_INV_RING_KICK;
	cmd.kick_fd = -1;
	EXPECT_EQ(-EBADF, alloc(self->iommu, &cmd));
	cmd.kick_fd = iommufdx_fd(self->iommu);
	EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	/* One that would kick itself, by whatever descriptors. */
	cmd.flags = IOMMUFDX_INV_RING_KICK | IOMMUFDX_INV_RING_DONE;
	cmd.kick_fd = eventfd(0, 0);
	cmd.done_fd = dup(cmd.kick_fd);
	EXPECT_EQ(-EINVAL, alloc(self->iommu, &cmd));
	close(cmd.kick_fd);
	close(cmd.done_fd);
	EXPECT_EQ(-ENOENT, submit(self->iommu, self->nested, &done));
}

TEST_F(inv_ring, life)
{
	uint32_t id = iommufdx_inv_ring_id(self->ring);
	struct iommufdx_inv_ring_alloc cmd = good(self->nested);
	int status;
	void *mem;
	pid_t pid;

	/* The ring keeps its target. */
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, self->nested));
	/* A mapping keeps the ring, a child's mapping too. */
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, id));
	pid = fork();
	if (!pid) {
		iommufdx_inv_ring_close(self->ring);
		_exit(iommufdx_destroy(self->iommu, id) == -EBUSY ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, id));
	iommufdx_inv_ring_close(self->ring);
	self->ring = NULL;
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->iommu, id));
	EXPECT_EQ(0, iommufdx_destroy(self->iommu, self->nested));

	/* Memory outlives the file. */
	ASSERT_EQ(0, make_nested(self->iommu, self->dev, self->parent,
				 &self->nested));
	cmd.target_id = self->nested;
	ASSERT_EQ(0, alloc(self->iommu, &cmd));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, cmd.out_mmap_length, PROT_READ,
				   MAP_PRIVATE, iommufdx_fd(self->iommu),
				   cmd.out_mmap_offset));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, cmd.out_mmap_length + PAGE, PROT_READ,
				   MAP_SHARED, iommufdx_fd(self->iommu),
				   cmd.out_mmap_offset));
	mem = mmap(NULL, cmd.out_mmap_length, PROT_READ | PROT_WRITE,
		   MAP_SHARED, iommufdx_fd(self->iommu), cmd.out_mmap_offset);
	ASSERT_NE(MAP_FAILED, mem);
	iommufdx_close(self->iommu);
	memset(mem, 0xff, cmd.out_mmap_length);
	munmap(mem, cmd.out_mmap_length);
	ASSERT_EQ(0, iommufdx_open(NULL, &self->iommu));
}

/* What the descriptor of a ring can do, and what it keeps. */
TEST_F(inv_ring, a_descriptor_submits)
{
	struct iommufdx_inv_ring_alloc cmd = good(self->nested);
	struct iommufdx_inv_ring_submit by_id;
	struct iommufdx_inv_ring *shared;
	uint32_t done;
	int fd;

	ASSERT_EQ(0, alloc(self->iommu, &cmd));
	EXPECT_EQ(0, cmd.out_fd);
	EXPECT_EQ(0, iommufdx_destroy(self->iommu, cmd.out_ring_id));

	cmd = good(self->nested);
	cmd.flags = IOMMUFDX_INV_RING_FD;
	ASSERT_EQ(0, alloc(self->iommu, &cmd));
	fd = cmd.out_fd;
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	shared = mmap(NULL, cmd.out_mmap_length, PROT_READ | PROT_WRITE,
		      MAP_SHARED, iommufdx_fd(self->iommu),
		      cmd.out_mmap_offset);
	ASSERT_NE(MAP_FAILED, shared);

	/* By turns with the other way. */
	shared->tail = 3;
	EXPECT_EQ(3, ioctl(fd, IOMMUFDX_INV_RING_SUBMIT, 0));
	EXPECT_EQ(3, shared->head);
	shared->tail = 5;
	EXPECT_EQ(0, submit(self->iommu, cmd.out_ring_id, &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0, ioctl(fd, IOMMUFDX_INV_RING_SUBMIT, 0));
	EXPECT_EQ(0xe, cached(self->iommu, self->nested));
	shared->tail = 14;
	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_INV_RING_SUBMIT, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(5, shared->head);

	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_INV_RING_SUBMIT, &by_id));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_INV_RING_ALLOC, &cmd));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));

	/* It keeps the ring, and outlives the iommufd's own descriptor. */
	munmap(shared, cmd.out_mmap_length);
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, cmd.out_ring_id));
	iommufdx_inv_ring_close(self->ring);
	self->ring = NULL;
	iommufdx_close(self->iommu);
	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_INV_RING_SUBMIT, 0));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
	ASSERT_EQ(0, iommufdx_open(NULL, &self->iommu));
}

/* Wait until @fd is signalled, PATIENCE_MS at most. */
static bool signalled(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	eventfd_t count;

	return poll(&pollfd, 1, PATIENCE_MS) == 1 && !eventfd_read(fd, &count);
}

TEST_F(inv_ring, eventfd_submits)
{
	int kick = eventfd(0, 0), done = eventfd(0, 0);
	struct iommufdx_ring *ring;
	int i, status;

	ASSERT_EQ(0, iommufdx_inv_ring_open(self->iommu, self->nested,
					    TYPE_HWPT_INVALIDATE, 8, 4, kick,
					    done, &ring));
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(put(ring, 0, i % IOTLB_WORDS));
		ASSERT_TRUE(put(ring, i == 5 ? 8 : 0, 0));
		iommufdx_inv_ring_publish(ring);
		ASSERT_FALSE(iommufdx_inv_ring_next_status(ring, &status));
		ASSERT_EQ(0, eventfd_write(kick, 1));
		ASSERT_TRUE(signalled(done));
		ASSERT_TRUE(iommufdx_inv_ring_next_status(ring, &status));
		EXPECT_EQ(0, status);
		ASSERT_TRUE(iommufdx_inv_ring_next_status(ring, &status));
		EXPECT_EQ(i == 5 ? -EOPNOTSUPP : 0, status);
		ASSERT_FALSE(iommufdx_inv_ring_next_status(ring, &status));
	}
	EXPECT_EQ(0, cached(self->iommu, self->nested));

	/* Closed by us, the eventfds are the ring's alone; it still submits. */
	close(kick);
	close(done);
	ASSERT_TRUE(put(ring, 0, 0));
	EXPECT_EQ(0, iommufdx_inv_ring_submit(ring, NULL));
	iommufdx_inv_ring_close(ring);
}

TEST_F(inv_ring, a_kick_from_before_counts)
{
	int kick = eventfd(1, 0), done = eventfd(0, 0);
	struct iommufdx_ring *ring;

	ASSERT_EQ(0, iommufdx_inv_ring_open(self->iommu, self->nested,
					    TYPE_HWPT_INVALIDATE, 8, 4, kick,
					    done, &ring));
	EXPECT_TRUE(signalled(done));
	iommufdx_inv_ring_close(ring);
	close(kick);
	close(done);
}

/* A VMM gone mad: another thread writes at random over the whole memory. */
struct scribbler {
	uint32_t *mem;
	size_t words;
	uint64_t state;
	bool stop;
};

static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	uint64_t x;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		x = rnd(&s->state);
		/* Half of it at the words that matter, with small numbers. */
		if (x & 1)
			__atomic_store_n(&s->mem[0], s->mem[16] + (x >> 8) % 12,
					 __ATOMIC_RELAXED);
		else
			__atomic_store_n(&s->mem[(x >> 32) % s->words],
					 (x >> 8) % 5, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F(inv_ring, scribbling_hurts_nobody_else)
{
	struct iommufdx_inv_ring_alloc cmd = good(self->nested);
	int kick = eventfd(0, 0), last, ended;
	uint64_t seed = rnd_seed();
	struct iommufdx_inv_ring *shared;
	struct iommufdx_ring *ring;
	struct scribbler s = { .state = seed };
	uint32_t done, other;
	pthread_t thread;
	int i, rc;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	ASSERT_EQ(0, make_nested(self->iommu, self->dev, self->parent, &other));
	cmd.flags = IOMMUFDX_INV_RING_KICK;
	cmd.kick_fd = kick;
	ASSERT_EQ(0, alloc(self->iommu, &cmd));
	shared = mmap(NULL, cmd.out_mmap_length, PROT_READ | PROT_WRITE,
		      MAP_SHARED, iommufdx_fd(self->iommu),
		      cmd.out_mmap_offset);
	ASSERT_NE(MAP_FAILED, shared);
	s.mem = (uint32_t *)shared;
	s.words = cmd.out_mmap_length / 4;
	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &s));
	for (i = 0; i < 20000; i++) {
		if (!(i % 16))
			ASSERT_EQ(0, eventfd_write(kick, 1));
		rc = submit(self->iommu, cmd.out_ring_id, &done);
		ASSERT_TRUE(!rc || rc == -EINVAL || rc == -EOPNOTSUPP);
		ASSERT_LE(done, 8);
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_EQ(0xf, cached(self->iommu, other));
	/* One thread serves all kicks in their order: behind this, none is left. */
	last = eventfd(1, 0);
	ended = eventfd(0, 0);
	ASSERT_EQ(0, iommufdx_inv_ring_open(self->iommu, other,
					    TYPE_HWPT_INVALIDATE, 8, 4, last,
					    ended, &ring));
	ASSERT_TRUE(signalled(ended));
	iommufdx_inv_ring_close(ring);

	/* And when it comes to its senses the ring works. */
	shared->tail = ~0u;
	submit(self->iommu, cmd.out_ring_id, &done);
	memset((char *)shared + cmd.out_entries_offset, 0, 8 * 8);
	shared->tail = shared->head;
	submit(self->iommu, cmd.out_ring_id, &done);
	shared->tail = shared->head + 8;
	EXPECT_EQ(0, submit(self->iommu, cmd.out_ring_id, &done));
	EXPECT_EQ(8, done);
	munmap(shared, cmd.out_mmap_length);
	close(kick);
	close(last);
	close(ended);
}

TEST_HARNESS_MAIN
