// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's own command queue, read by the kernel: on the mock IOMMU of Linux's
 * selftests, whose devices have a cache of four words that commands set to zero.
 * The guest is this process: its memory is mapped in the nesting parent.
 */
#include "kselftest_harness.h"
#include "queue_rig.h"
#include "test_cmd.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#define GUEST_BASE	0x10000000ull
#define GUEST_BYTES	(16 * PAGE)
/* Read-only for devices, and so for the kernel in their stead. */
#define GUEST_RO	(GUEST_BASE + GUEST_BYTES)
#define QUEUE_OFFSET	(2 * PAGE)
#define ENTRIES		512u
#define QUEUE_BYTES	(ENTRIES * sizeof(struct command))
#define WORD_OFFSET	(8 * PAGE)
#define VIRT_ID		7

enum { INVALIDATE, SYNC, NOTHING, VMM, BAD };
enum { ERR_ILLEGAL = 1, ERR_REFUSED = 2, ERR_TAIL = 5 };

struct command {
	uint32_t a;
	uint32_t b;
	uint32_t c;
	uint32_t op;
};

FIXTURE(guest_queue) {
	struct iommufdx *iommu;
	uint32_t ioas, dev, parent, viommu, vdev;
	char *mem, *ro;
	struct command *commands;
	volatile uint32_t *word;
	struct iommufdx_guest_queue *queue;
	int kick, event, irq;
	uint32_t prod;
};

FIXTURE_SETUP(guest_queue)
{
	uint64_t iova = GUEST_BASE;

	ASSERT_EQ(0, iommufdx_open(NULL, &self->iommu));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->iommu, &self->ioas));
	self->mem = mem_get(GUEST_BYTES);
	self->ro = mem_get(PAGE);
	ASSERT_TRUE(self->mem && self->ro);
	ASSERT_EQ(0, iommufdx_ioas_map(self->iommu, self->ioas, RW | FIXED,
				       self->mem, GUEST_BYTES, &iova));
	iova = GUEST_RO;
	ASSERT_EQ(0, iommufdx_ioas_map(self->iommu, self->ioas, RO | FIXED,
				       self->ro, PAGE, &iova));
	ASSERT_EQ(0, test_device(self->iommu, self->ioas, &self->dev));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->iommu, self->dev, self->ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT,
					 &self->parent));
	ASSERT_EQ(0, iommufdx_viommu_alloc(self->iommu, self->dev, self->parent,
					   TYPE_VIOMMU, &self->viommu));
	ASSERT_EQ(0, iommufdx_vdevice_alloc(self->iommu, self->viommu, self->dev,
					    VIRT_ID, &self->vdev));
	self->commands = (struct command *)(self->mem + QUEUE_OFFSET);
	self->word = (uint32_t *)(self->mem + WORD_OFFSET);
	ASSERT_EQ(0, iommufdx_guest_queue_open(self->iommu, self->viommu,
					       TYPE_GUEST_QUEUE,
					       GUEST_BASE + QUEUE_OFFSET,
					       QUEUE_BYTES, &self->queue));
	self->kick = eventfd(0, 0);
	self->event = eventfd(0, 0);
	self->irq = eventfd(0, EFD_NONBLOCK);
	ASSERT_EQ(0, iommufdx_guest_queue_eventfds(self->queue, self->kick,
						   self->event, self->irq));
}

FIXTURE_TEARDOWN(guest_queue)
{
	iommufdx_guest_queue_close(self->queue);
	iommufdx_close(self->iommu);
	mem_put(self->mem, GUEST_BYTES);
	mem_put(self->ro, PAGE);
	close(self->kick);
	close(self->event);
	close(self->irq);
}

/* ------------------------------------------------------------------ the guest */

#define put(a, b, c, op) do {						\
	self->commands[self->prod] = (struct command){ a, b, c, op };	\
	self->prod = (self->prod + 1) % ENTRIES;			\
} while (0)
#define put_forget(word)	put(0, VIRT_ID, word, INVALIDATE)
#define put_sync(addr, value)	put(addr, 0, value, SYNC)

static unsigned int cached(struct iommufdx *iommu, uint32_t dev)
{
	unsigned int i, bits = 0;

	for (i = 0; i < 4; i++)
		if (!test_check_dev_cache(iommu, dev, i, DEV_CACHE_DEFAULT))
			bits |= 1 << i;
		else if (test_check_dev_cache(iommu, dev, i, 0))
			bits |= 0x100;
	return bits;
}

#define START() \
	ASSERT_EQ(0, iommufdx_guest_queue_start(self->queue, 0, 0, 0))
#define DOORBELL()	ring_doorbell(self->queue, self->kick, self->prod)
#define WORD_IOVA	(GUEST_BASE + WORD_OFFSET)
#define EXPECT_STATE(want_state, want_error, want_cons) do {		\
	struct iommufdx_guest_queue_status st;				\
									\
	ASSERT_EQ(0, iommufdx_guest_queue_get(self->queue, &st));	\
	EXPECT_EQ(want_state, st.state);				\
	EXPECT_EQ(want_error, st.error);				\
	EXPECT_EQ((want_cons) | (want_error) << 24, st.cons);		\
	EXPECT_EQ(st.cons, iommufdx_guest_queue_cons(self->queue));	\
} while (0)

/* ---------------------------------------------------------------------- tests */

TEST_F(guest_queue, sync_is_answered_when_all_is_done)
{
	eventfd_t count;

	START();
	put_forget(1);
	put(0, 0, 0, NOTHING);
	put_forget(2);
	put_sync(WORD_IOVA | 1, 0x55aa);
	DOORBELL();
	ASSERT_TRUE(word_becomes(self->word, 0x55aa));
	EXPECT_EQ(0x9, cached(self->iommu, self->dev));
	EXPECT_TRUE(cons_becomes(self->queue, 4));
	EXPECT_TRUE(signalled(self->irq));
	EXPECT_EQ(-1, eventfd_read(self->irq, &count));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_RUNNING, 0, 4);
}

TEST_F(guest_queue, nothing_is_read_before_start)
{
	put_forget(0);
	DOORBELL();
	usleep(20000);
	EXPECT_EQ(0xf, cached(self->iommu, self->dev));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_STOPPED, 0, 0);
	/* What was in it then is read at once, without another kick. */
	START();
	EXPECT_TRUE(cons_becomes(self->queue, 1));
	EXPECT_EQ(0xe, cached(self->iommu, self->dev));
}

/* 40,000 commands in 512 entries. */
TEST_F(guest_queue, wraps_around)
{
	uint64_t seed = rnd_seed(), state = seed;
	int round, n;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	START();
	for (round = 1; round <= 160; round++) {
		for (n = rnd(&state) % (ENTRIES - 2); n; n--)
			put_forget(rnd(&state) % 4);
		put_sync(WORD_IOVA, round);
		DOORBELL();
		ASSERT_TRUE(word_becomes(self->word, round));
		ASSERT_TRUE(cons_becomes(self->queue, self->prod));
	}
}

TEST_F(guest_queue, a_bad_command_stops_it)
{
	START();
	put_forget(0);
	put(0, 0, 0, BAD);
	put_forget(1);
	DOORBELL();
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_ERROR, ERR_ILLEGAL, 1);
	EXPECT_EQ(0xe, cached(self->iommu, self->dev));
	/* It stays so. */
	DOORBELL();
	usleep(20000);
	EXPECT_EQ(0xe, cached(self->iommu, self->dev));

	/* The guest mends the command and goes on. */
	self->commands[1] = (struct command){ 0, VIRT_ID, 2, INVALIDATE };
	START();
	EXPECT_TRUE(cons_becomes(self->queue, 3));
	EXPECT_EQ(0x8, cached(self->iommu, self->dev));
}

TEST_F(guest_queue, a_refused_command_stops_it)
{
	START();
	put_forget(0);
	put(0, VIRT_ID + 1, 1, INVALIDATE);
	put_sync(WORD_IOVA, 1);
	DOORBELL();
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_ERROR, ERR_REFUSED, 1);
	EXPECT_EQ(0xe, cached(self->iommu, self->dev));
	EXPECT_EQ(0, *self->word);
}

TEST_F(guest_queue, what_is_for_the_vmm_waits_for_it)
{
	START();
	put_forget(0);
	put(0, 0, 0, VMM);
	put_sync(WORD_IOVA, 1);
	DOORBELL();
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_FOR_VMM, 0, 1);
	EXPECT_EQ(0xe, cached(self->iommu, self->dev));
	ASSERT_EQ(0, iommufdx_guest_queue_start(self->queue,
						IOMMUFDX_GUEST_QUEUE_SKIP, 0,
						0));
	EXPECT_TRUE(word_becomes(self->word, 1));
	EXPECT_TRUE(cons_becomes(self->queue, 3));
	ASSERT_EQ(0, iommufdx_guest_queue_stop(self->queue, NULL));
	EXPECT_EQ(-EINVAL, iommufdx_guest_queue_start(self->queue,
						      IOMMUFDX_GUEST_QUEUE_SKIP,
						      0, 0));
}

TEST_F(guest_queue, producer_out_of_range_stops_it)
{
	START();
	self->prod = ENTRIES;
	DOORBELL();
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_ERROR, ERR_TAIL, 0);
	/* Started so, it stops again; that is the guest's affair. */
	ASSERT_EQ(0, iommufdx_guest_queue_start(self->queue, 0, 0, 0));
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_ERROR, ERR_TAIL, 0);
}

TEST_F(guest_queue, answers_go_only_where_devices_may_write)
{
	struct iommufdx_guest_queue_status st;
	static const uint64_t nowhere[] = {
		GUEST_BASE - 4, GUEST_BASE + GUEST_BYTES, GUEST_RO,
		GUEST_RO + PAGE, 0xfffffffcu, WORD_IOVA + 2,
	};
	int i;

	START();
	for (i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		put_sync(nowhere[i], ~0u);
		DOORBELL();
		ASSERT_TRUE(signalled(self->event));
		ASSERT_TRUE(cons_becomes(self->queue, self->prod));
		ASSERT_EQ(0, iommufdx_guest_queue_stop(self->queue, &st));
		EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_STORE_FAILED, st.events);
		START();
	}
	for (i = 0; i < PAGE; i++)
		ASSERT_EQ(0, self->ro[i]);
	EXPECT_EQ(0, *self->word);
	/* The mapping goes while it runs; the answer has nowhere to go. */
	put_sync(GUEST_RO, 1);
	ASSERT_EQ(0, iommufdx_ioas_unmap(self->iommu, self->ioas, GUEST_RO,
					 PAGE, NULL));
	DOORBELL();
	EXPECT_TRUE(signalled(self->event));
}

TEST_F(guest_queue, its_memory_stays)
{
	START();
	EXPECT_EQ(-EBUSY, iommufdx_ioas_unmap(self->iommu, self->ioas,
					      GUEST_BASE, GUEST_BYTES, NULL));
	/* The process's own mapping may go: the pages are the queue's. */
	put_sync(WORD_IOVA, 3);
	DOORBELL();
	ASSERT_TRUE(word_becomes(self->word, 3));
	munmap(self->mem + QUEUE_OFFSET, 2 * PAGE);
	iommufdx_guest_queue_set_prod(self->queue, 0);
	eventfd_write(self->kick, 1);
	/* 511 commands, the last of them zero: device 0, which is not there. */
	ASSERT_TRUE(signalled(self->event));
	EXPECT_STATE(IOMMUFDX_GUEST_QUEUE_ERROR, ERR_REFUSED, 1);
}

TEST_F(guest_queue, life)
{
	uint32_t id = iommufdx_guest_queue_id(self->queue);
	struct iommufdx_guest_queue *other;

	START();
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, self->viommu));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, self->parent));
	/* Its registers are mapped. */
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->iommu, id));
	EXPECT_EQ(-EEXIST, iommufdx_guest_queue_open(self->iommu, self->viommu,
						     TYPE_GUEST_QUEUE,
						     GUEST_BASE, QUEUE_BYTES,
						     &other));
	EXPECT_EQ(-EBUSY, iommufdx_guest_queue_start(self->queue, 0, 0, 0));
	EXPECT_EQ(-EBUSY, iommufdx_guest_queue_eventfds(self->queue, self->kick,
							-1, -1));
	/* The eventfds are closed under it: no kick can come. */
	close(self->kick);
	close(self->event);
	close(self->irq);
	put_forget(0);
	iommufdx_guest_queue_set_prod(self->queue, 1);
	ASSERT_EQ(0, iommufdx_guest_queue_stop(self->queue, NULL));
	self->kick = eventfd(1, 0);
	self->event = self->irq = -1;
	ASSERT_EQ(0, iommufdx_guest_queue_eventfds(self->queue, self->kick, -1,
						   -1));
	START();
	EXPECT_TRUE(cons_becomes(self->queue, 1));

	/* Destroyed while it runs. */
	for (; id; id = 0) {
		put_sync(WORD_IOVA, 9);
		DOORBELL();
		iommufdx_guest_queue_close(self->queue);
	}
	ASSERT_EQ(0, iommufdx_guest_queue_open(self->iommu, self->viommu,
					       TYPE_GUEST_QUEUE, GUEST_BASE,
					       QUEUE_BYTES, &self->queue));
	EXPECT_EQ(-EINVAL, iommufdx_guest_queue_start(self->queue, 0, 0, 0));
}

TEST_F(guest_queue, bad_requests)
{
	static const struct {
		uint64_t iova, length;
		int want;
	} bad[] = {
		{ GUEST_BASE, 0, -EINVAL },
		{ GUEST_BASE, 48, -EINVAL },
		{ GUEST_BASE, 32, -EINVAL },
		{ GUEST_BASE, 3 * PAGE, -EINVAL },
		{ GUEST_BASE, 32 * PAGE, -EINVAL },
		{ GUEST_BASE + 8, PAGE, -EINVAL },
		{ GUEST_BASE - PAGE, PAGE, -ENOENT },
		{ GUEST_BASE - PAGE, 2 * PAGE, -ENOENT },
		{ GUEST_RO + PAGE - 64, 128, -ENOENT },
		{ -PAGE, PAGE, -EOVERFLOW },
		{ -PAGE, 2 * PAGE, -EOVERFLOW },
	};
	struct iommufdx_guest_queue_ctrl cmd = { .size = sizeof(cmd) };
	struct iommufdx_guest_queue *other;
	int i, rc;

	cmd.queue_id = iommufdx_guest_queue_id(self->queue);
	cmd.op = IOMMUFDX_GUEST_QUEUE_RESTORE + 1;
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->iommu),
			    IOMMUFDX_GUEST_QUEUE_CTRL, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.op = IOMMUFDX_GUEST_QUEUE_START;
	cmd.flags = 4;
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->iommu),
			    IOMMUFDX_GUEST_QUEUE_CTRL, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.op = IOMMUFDX_GUEST_QUEUE_STOP;
	cmd.flags = IOMMUFDX_GUEST_QUEUE_SKIP;
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->iommu),
			    IOMMUFDX_GUEST_QUEUE_CTRL, &cmd));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-EINVAL,
		  iommufdx_guest_queue_start(self->queue,
					     IOMMUFDX_GUEST_QUEUE_SET_INDEX,
					     ENTRIES, 0));
	EXPECT_EQ(-EINVAL,
		  iommufdx_guest_queue_start(self->queue,
					     IOMMUFDX_GUEST_QUEUE_SET_INDEX, 0,
					     ENTRIES));
	EXPECT_EQ(-EBADF, iommufdx_guest_queue_eventfds(self->queue, -1, -1,
							-1));
	EXPECT_EQ(-EINVAL,
		  iommufdx_guest_queue_eventfds(self->queue, self->kick, -1,
						iommufdx_fd(self->iommu)));

	iommufdx_guest_queue_close(self->queue);
	self->queue = NULL;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rc = iommufdx_guest_queue_open(self->iommu, self->viommu,
					       TYPE_GUEST_QUEUE, bad[i].iova,
					       bad[i].length, &other);
		EXPECT_EQ(bad[i].want, rc)
			TH_LOG("case %d", i);
	}
}

/* Half of it here, the other half "there", by the registers alone. */
TEST_F(guest_queue, stops_and_goes_on_elsewhere)
{
	struct iommufdx_guest_queue_status st;
	int i;

	START();
	for (i = 0; i < 400; i++)
		put_forget(i % 4);
	put_sync(WORD_IOVA, 1);
	DOORBELL();
	ASSERT_EQ(0, iommufdx_guest_queue_stop(self->queue, &st));
	EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_STOPPED, st.state);
	EXPECT_EQ(self->prod, st.prod);
	iommufdx_guest_queue_close(self->queue);
	ASSERT_EQ(0, iommufdx_guest_queue_open(self->iommu, self->viommu,
					       TYPE_GUEST_QUEUE,
					       GUEST_BASE + QUEUE_OFFSET,
					       QUEUE_BYTES, &self->queue));
	ASSERT_EQ(0, iommufdx_guest_queue_eventfds(self->queue, self->kick, -1,
						   -1));
	ASSERT_EQ(0, iommufdx_guest_queue_start(self->queue,
						IOMMUFDX_GUEST_QUEUE_SET_INDEX,
						st.prod, st.cons));
	EXPECT_TRUE(word_becomes(self->word, 1));
	EXPECT_TRUE(cons_becomes(self->queue, self->prod));
	EXPECT_EQ(0, cached(self->iommu, self->dev));
}

/* An answer is a write of the guest's memory that a migration has to see. */
TEST_F(guest_queue, answers_are_dirty)
{
	uint64_t bitmap[1] = {};

	if (iommufdx_dirty_set(self->iommu, self->parent, true))
		SKIP(return, "this parent cannot track");
	START();
	put_sync(WORD_IOVA, 1);
	DOORBELL();
	ASSERT_TRUE(word_becomes(self->word, 1));
	ASSERT_EQ(0, iommufdx_guest_queue_stop(self->queue, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->iommu, self->parent, 0,
					GUEST_BASE, GUEST_BYTES, PAGE, bitmap));
	EXPECT_EQ(1u << (WORD_OFFSET / PAGE), bitmap[0]);
}

/* A guest gone mad, on another processor. */
struct scribbler {
	struct command *commands;
	uint64_t state;
	bool stop;
};

static void *scribble(void *arg)
{
	struct scribbler *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		uint64_t x = rnd(&s->state);
		uint32_t *word = (uint32_t *)&s->commands[x % ENTRIES] +
				 (x >> 32) % 4;

		__atomic_store_n(word, (x >> 34) & 1 ? (x >> 40) & 7 :
						       WORD_IOVA + 4,
				 __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F(guest_queue, commands_change_while_they_are_read)
{
	uint64_t seed = rnd_seed();
	struct scribbler s = { self->commands, seed };
	struct iommufdx_guest_queue_status st;
	pthread_t thread;
	int i, rc;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &s));
	START();
	for (i = 0; i < 5000; i++) {
		self->prod = rnd(&seed) % (ENTRIES + (i % 64 == 0));
		DOORBELL();
		ASSERT_EQ(0, iommufdx_guest_queue_get(self->queue, &st));
		if (st.state == IOMMUFDX_GUEST_QUEUE_RUNNING)
			continue;
		self->prod = 0;
		rc = iommufdx_guest_queue_start(self->queue,
						i % 2 ? IOMMUFDX_GUEST_QUEUE_SKIP :
						IOMMUFDX_GUEST_QUEUE_SET_INDEX,
						0, st.cons & 0xffffff);
		ASSERT_TRUE(!rc || rc == -EINVAL);
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	iommufdx_guest_queue_stop(self->queue, NULL);
	/* Nothing but the one word was answered to. */
	for (i = 0; i < PAGE; i++)
		ASSERT_EQ(0, self->ro[i]);
}

TEST_HARNESS_MAIN
