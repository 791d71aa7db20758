// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests whose own command queue the kernel reads, on each vendor: a guest
 * changes its table and invalidates through its queue in its own memory, and DMA
 * through the model of the hardware shows whether that was carried out.
 */
#include "kselftest_harness.h"
#include "queue_rig.h"

#include <pthread.h>
#include <sys/eventfd.h>

#define VA		0x7f0012345000ull
#define PAGES		8	/* of data, and of addresses that lead there */

FIXTURE(queue_nested) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g[2];
	uint32_t viommu[2];
	struct queue q[2];
	const struct queue_vendor *v;
};

FIXTURE_VARIANT(queue_nested) {
	const struct queue_vendor *v;
};

FIXTURE_VARIANT_ADD(queue_nested, smmuv3) { .v = &queue_smmuv3 };
FIXTURE_VARIANT_ADD(queue_nested, vtd) { .v = &queue_vtd };
FIXTURE_VARIANT_ADD(queue_nested, amd) { .v = &queue_amd };

/* Both guests lead all their addresses to their first page of data. */
FIXTURE_SETUP(queue_nested)
{
	const struct queue_vendor *v = variant->v;

	self->v = v;
	ASSERT_EQ(0, guests_make(&self->r, v->kind, v->viommu_type, self->dev,
				 self->g, self->viommu));
	for (int i = 0; i < 2; i++) {
		struct guest *g = &self->g[i];

		for (int n = 0; n < PAGES; n++) {
			v->map(g, TABLE, VA + n * PAGE, DATA);
			guest_page(g, DATA + n)[0] = 0x10 * (i + 1) + n;
		}
		ASSERT_EQ(0, v->attach(g, &self->dev[i], self->viommu[i]));
		ASSERT_EQ(0, queue_make(g, self->viommu[i], v, &self->q[i]));
	}
}

FIXTURE_TEARDOWN(queue_nested)
{
	for (int i = 0; i < 2; i++)
		queue_break(&self->q[i]);
	EXPECT_TRUE(guests_break(&self->r, self->dev, self->g));
}

/* --------------------------------------------------------- the guest's driver */

static void put_page(struct queue *q, unsigned int page)
{
	queue_put(q, q->v->page(VA + page * PAGE));
}

static void put_device(struct queue *q, uint64_t vsid)
{
	queue_put(q, q->v->device(vsid));
}

/* A sync that stores @value in word @word of page WORDS; some store 64 bits. */
static void put_sync(struct queue *q, unsigned int word, uint32_t value)
{
	queue_put(q, q->v->sync(guest_pa(WORDS) + word * sizeof(uint64_t),
				value));
}

static volatile uint32_t *answer(struct guest *g, unsigned int word)
{
	return (uint32_t *)(guest_page(g, WORDS) + word);
}

static int start(struct queue *q)
{
	return iommufdx_guest_queue_start(q->queue, 0, 0, 0);
}

/* What the device reads behind page @page; ~0 where it faults. */
static uint64_t look(struct rig *r, struct guest_dev *dev, unsigned int page)
{
	uint64_t val;

	return guest_read(r, dev, 0, VA + page * PAGE, &val) ? ~0ull : val;
}

#define EXPECT_STOPPED(q, want_state, want_error, want_at) do {		\
	uint32_t cons = queue_reg(q, want_at);				\
	struct iommufdx_guest_queue_status st;				\
									\
	if ((q)->v->error_shift)					\
		cons |= (want_error) << (q)->v->error_shift;		\
	ASSERT_TRUE(signalled((q)->event));				\
	ASSERT_EQ(0, iommufdx_guest_queue_get((q)->queue, &st));	\
	EXPECT_EQ(want_state, st.state);				\
	EXPECT_EQ(want_error, st.error);				\
	EXPECT_EQ(cons, st.cons);					\
	EXPECT_EQ(cons, iommufdx_guest_queue_cons((q)->queue));		\
} while (0)

/* ---------------------------------------------------------------------- tests */

TEST_F(queue_nested, a_sync_leaves_nothing_stale)
{
	uint64_t seed = rnd_seed(), state = seed;
	unsigned int where[PAGES] = { 0 };
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	ASSERT_EQ(0, start(q));
	/* The first one, by hand: cached, changed, stale, made up for. */
	EXPECT_EQ(0x10, look(r, &self->dev[0], 0));
	self->v->map(g, TABLE, VA, DATA + 1);
	EXPECT_LT(0, guest_stale(r));
	put_page(q, 0);
	put_device(q, VSID);
	put_sync(q, 0, 0xabcd);
	queue_doorbell(q);
	ASSERT_TRUE(word_becomes(answer(g, 0), 0xabcd));
	EXPECT_EQ(0, guest_stale(r));
	EXPECT_EQ(0x11, look(r, &self->dev[0], 0));
	EXPECT_TRUE(queue_drains(q));

	/* 300 times, often round the queue. */
	where[0] = 1;
	for (uint32_t i = 1; i <= 300; i++) {
		unsigned int first = rnd(&state) % PAGES;
		unsigned int n = 1 + rnd(&state) % 4;

		for (unsigned int j = first; j < first + n; j++) {
			where[j % PAGES] = rnd(&state) % PAGES;
			self->v->map(g, TABLE, VA + j % PAGES * PAGE,
				     DATA + where[j % PAGES]);
			put_page(q, j % PAGES);
		}
		put_device(q, VSID);
		put_sync(q, i % 16, i);
		queue_doorbell(q);
		ASSERT_TRUE(word_becomes(answer(g, i % 16), i));
		/* What has changed, which now is cached again, and the next one. */
		for (unsigned int j = first; j <= first + n; j++)
			ASSERT_EQ(0x10 + where[j % PAGES],
				  look(r, &self->dev[0], j % PAGES));
	}
	EXPECT_EQ(0, guest_stale(r));
	EXPECT_TRUE(queue_drains(q));
}

/* The guest's log, where it has one for what stops its queue; else *@fd is -1. */
static int log_open(struct rig *r, uint32_t viommu, const struct queue_vendor *v,
		    int *fd)
{
	uint32_t veventq;

	*fd = -1;
	return v->log_type ? iommufdx_veventq_alloc(r->iommu, viommu,
						    v->log_type, 8, &veventq,
						    fd) : 0;
}

/* An error of AMD's: the code in bits 63:60, then an address. */
#define EXPECT_LOGGED(fd, want_code, want_addr) do {			\
	struct {							\
		struct iommufd_vevent_header header;			\
		struct iommufdx_vevent_amd evt;				\
	} entry;							\
									\
	if ((fd) < 0)							\
		break;							\
	ASSERT_TRUE(guest_event(fd, &entry, sizeof(entry)));		\
	EXPECT_EQ(want_code, entry.evt.event[0] >> 60);			\
	EXPECT_EQ(want_addr, entry.evt.event[1]);			\
} while (0)

/* The same commands by array and by ring; a sync is none of theirs. */
TEST_F(queue_nested, other_ways_do_the_same)
{
	const struct queue_vendor *v = self->v;
	const command_t command[2] = { v->page(VA), v->device(VSID) };
	const unsigned int bytes = v->words * sizeof(uint64_t);
	uint64_t array[2 * sizeof(command_t) / sizeof(uint64_t)];
	struct guest *g = &self->g[0];
	struct iommufdx_ring *ring;
	struct rig *r = &self->r;
	uint32_t done;

	for (int i = 0; i < 2; i++)
		memcpy(&array[i * v->words], command[i].word, bytes);
	EXPECT_EQ(0x10, look(r, &self->dev[0], 0));
	v->map(g, TABLE, VA, DATA + 1);
	ASSERT_EQ(0, guest_inv(r, self->viommu[0], v->inv_type, array, bytes, 2,
			       &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0x11, look(r, &self->dev[0], 0));
	/* Commands of half the length where the vendor has them, too. */
	if (v->words == 4) {
		v->map(g, TABLE, VA, DATA + 4);
		ASSERT_EQ(0, guest_inv(r, self->viommu[0], v->inv_type,
				       command[1].word, bytes / 2, 1, &done));
		ASSERT_EQ(0, guest_inv(r, self->viommu[0], v->inv_type,
				       command[0].word, bytes / 2, 1, &done));
		ASSERT_EQ(0, guest_inv(r, self->viommu[0], v->inv_type,
				       command[1].word, bytes / 2, 1, &done));
		EXPECT_EQ(0x14, look(r, &self->dev[0], 0));
	}

	ASSERT_EQ(0, iommufdx_inv_ring_open(r->iommu, self->viommu[0],
					    v->inv_type, bytes, 16, -1, -1,
					    &ring));
	v->map(g, TABLE, VA, DATA + 2);
	for (int i = 0; i < 2; i++)
		memcpy(iommufdx_inv_ring_get_entry(ring), command[i].word,
		       bytes);
	EXPECT_EQ(0, iommufdx_inv_ring_submit(ring, &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0x12, look(r, &self->dev[0], 0));
	memcpy(iommufdx_inv_ring_get_entry(ring), v->silent.word, bytes);
	EXPECT_EQ(-EIO, iommufdx_inv_ring_submit(ring, &done));
	EXPECT_EQ(0, done);
	iommufdx_inv_ring_close(ring);
	EXPECT_EQ(-EIO, guest_inv(r, self->viommu[0], v->inv_type,
				  v->silent.word, bytes, 1, &done));
	EXPECT_EQ(0, done);
}

TEST_F(queue_nested, syncs_are_answered_as_they_ask)
{
	const uint64_t nowhere = GPA + GUEST_PAGES * PAGE;
	struct iommufdx_guest_queue_status st;
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	eventfd_t count;
	int log;

	ASSERT_EQ(0, log_open(&self->r, self->viommu[0], self->v, &log));
	ASSERT_EQ(0, start(q));
	queue_put(q, self->v->silent);
	queue_doorbell(q);
	EXPECT_TRUE(queue_drains(q));
	EXPECT_EQ(-1, read(q->irq, &count, sizeof(count)));
	queue_put(q, self->v->irq);
	queue_doorbell(q);
	EXPECT_TRUE(signalled(q->irq));
	EXPECT_TRUE(queue_drains(q));
	/* The word, and no other. */
	put_sync(q, 1, 0x12345678);
	queue_doorbell(q);
	EXPECT_TRUE(word_becomes(answer(g, 1), 0x12345678));
	EXPECT_EQ(0, *answer(g, 0));
	EXPECT_EQ(0, *answer(g, 2));
	EXPECT_EQ(-1, read(q->irq, &count, sizeof(count)));
	/* Where nothing is mapped: it stops, or it is lost and the queue goes on. */
	queue_put(q, self->v->sync(nowhere, 1));
	queue_doorbell(q);
	if (self->v->store_error) {
		EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_ERROR,
			       self->v->store_error, q->prod - 1);
		EXPECT_LOGGED(log, self->v->store_error, nowhere);
		return;
	}
	EXPECT_TRUE(signalled(q->event));
	EXPECT_TRUE(queue_drains(q));
	ASSERT_EQ(0, iommufdx_guest_queue_get(q->queue, &st));
	EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_RUNNING, st.state);
	EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_STORE_FAILED, st.events);
}

/* What no guest may do: it stops there, as hardware would. */
TEST_F(queue_nested, illegal_commands_stop_it)
{
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;
	int log;

	EXPECT_EQ(0x10, look(r, &self->dev[0], 0));
	ASSERT_EQ(0, log_open(r, self->viommu[0], self->v, &log));
	ASSERT_EQ(0, start(q));
	for (unsigned int i = 0; i < self->v->nr_illegal; i++) {
		const struct queue_illegal *bad = &self->v->illegal[i];
		uint32_t at, now = i % 2;

		TH_LOG("case %u: %#llx", i,
		       (unsigned long long)bad->command.word[0]);
		self->v->map(g, TABLE, VA, DATA + now);
		put_page(q, 0);
		put_device(q, VSID);
		at = q->prod;
		queue_put(q, bad->command);
		put_sync(q, 0, i + 1);
		queue_doorbell(q);
		EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_ERROR, bad->error, at);
		EXPECT_LOGGED(log, bad->error, queue_pa(q, at));
		/* What comes before is done, what comes behind is not. */
		EXPECT_EQ(0x10 + now, look(r, &self->dev[0], 0));
		EXPECT_EQ(i, *answer(g, 0));
		/* The guest puts a harmless command in its place. */
		memcpy(queue_place(q, at), self->v->silent.word,
		       self->v->words * sizeof(uint64_t));
		ASSERT_EQ(0, start(q));
		ASSERT_TRUE(word_becomes(answer(g, 0), i + 1));
		ASSERT_TRUE(queue_drains(q));
	}
	close(log);
}

/* A guest moves while its queue stands still: it finds it as it was. */
TEST_F(queue_nested, errors_move_with_the_guest)
{
	static const struct iommufdx_guest_queue_status none[] = {
		{ .state = IOMMUFDX_GUEST_QUEUE_STOPPED, .error = 1 },
		{ .state = IOMMUFDX_GUEST_QUEUE_STOPPED,
		  .events = IOMMUFDX_GUEST_QUEUE_STORE_FAILED << 1 },
		{ .state = IOMMUFDX_GUEST_QUEUE_FOR_VMM, .error = 1 },
		{ .state = IOMMUFDX_GUEST_QUEUE_ERROR },
		{ .state = IOMMUFDX_GUEST_QUEUE_RUNNING },
		{ .state = IOMMUFDX_GUEST_QUEUE_ERROR + 1, .error = 1 },
	};
	const struct queue_illegal *bad = &self->v->illegal[0];
	struct iommufdx_guest_queue_status was;
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	uint32_t at;

	ASSERT_EQ(0, start(q));
	put_page(q, 0);
	at = q->prod;
	queue_put(q, bad->command);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_ERROR, bad->error, at);
	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, &was));

	queue_break(q);
	ASSERT_EQ(0, queue_make(g, self->viommu[0], self->v, q));
	q->prod = at + 2;
	ASSERT_EQ(0, iommufdx_guest_queue_restore(q->queue, &was));
	ASSERT_EQ(0, eventfd_write(q->event, 1));
	EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_ERROR, bad->error, at);
	memcpy(queue_place(q, at), self->v->silent.word,
	       self->v->words * sizeof(uint64_t));
	ASSERT_EQ(0, start(q));
	EXPECT_EQ(-EBUSY, iommufdx_guest_queue_restore(q->queue, &was));
	ASSERT_TRUE(word_becomes(answer(g, 0), 1));
	EXPECT_TRUE(queue_drains(q));

	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, &was));
	EXPECT_EQ(0, iommufdx_guest_queue_restore(q->queue, &was));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		was.state = none[i].state;
		was.error = none[i].error;
		was.events = none[i].events;
		EXPECT_EQ(-EINVAL, iommufdx_guest_queue_restore(q->queue, &was))
			TH_LOG("case %zu", i);
	}
}

/* A guest has emulated devices, too. The VMM that hands commands over knows them. */
TEST_F(queue_nested, devices_that_are_not_there_are_passed_over)
{
	const struct queue_vendor *v = self->v;
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;
	struct iommufdx_guest_queue_status st;
	uint32_t done;

	for (unsigned int i = 0; i < v->nr_strangers; i++) {
		EXPECT_EQ(-EIO, guest_inv(r, self->viommu[0], v->inv_type,
					  v->strangers[i].word,
					  v->words * sizeof(uint64_t), 1,
					  &done));
		EXPECT_EQ(0, done);
	}
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0x10 * (i + 1), look(r, &self->dev[i], 0));
	v->map(g, TABLE, VA, DATA + 1);
	v->map(&self->g[1], TABLE, VA, DATA + 1);
	ASSERT_EQ(0, start(q));
	for (unsigned int i = 0; i < v->nr_strangers; i++) {
		queue_put(q, v->strangers[i]);
		put_page(q, 0);
	}
	put_device(q, VSID);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	ASSERT_TRUE(word_becomes(answer(g, 0), 1));
	EXPECT_TRUE(queue_drains(q));
	ASSERT_EQ(0, iommufdx_guest_queue_get(q->queue, &st));
	EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_RUNNING, st.state);
	EXPECT_EQ(0x11, look(r, &self->dev[0], 0));
	/* What the other guest's device has cached stays, until that guest says so. */
	EXPECT_LT(0, guest_stale(r));
	q = &self->q[1];
	ASSERT_EQ(0, start(q));
	put_page(q, 0);
	put_device(q, VSID2);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	ASSERT_TRUE(word_becomes(answer(&self->g[1], 0), 1));
	EXPECT_EQ(0, guest_stale(r));
}

/* The VMM looks at a table that it follows, and lets the queue go on. */
TEST_F(queue_nested, tables_of_the_vmm_are_left_to_it)
{
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;

	ASSERT_EQ(0, start(q));
	queue_put(q, self->v->for_vmm);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_FOR_VMM, 0u, 0u);
	EXPECT_EQ(0, *answer(&self->g[0], 0));
	ASSERT_EQ(0, iommufdx_device_detach(self->dev[0].dev));
	ASSERT_EQ(0, iommufdx_guest_queue_start(q->queue,
						IOMMUFDX_GUEST_QUEUE_SKIP, 0,
						0));
	EXPECT_TRUE(word_becomes(answer(&self->g[0], 0), 1));
	EXPECT_EQ(~0ull, look(r, &self->dev[0], 0));
}

/* At the sync that waits for it. */
TEST_F(queue_nested, a_silent_device_stops_it)
{
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;

	if (!self->v->timeout_error)
		SKIP(return, "nested devices have no cache of their own");
	EXPECT_EQ(0x10, look(r, &self->dev[0], 0));
	ASSERT_EQ(0, start(q));
	ASSERT_EQ(0, iommufdx_mock_knob(r->mock, r->mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT,
					IOMMUFDX_MOCK_ATC_SILENT));
	put_device(q, VSID);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	EXPECT_STOPPED(q, IOMMUFDX_GUEST_QUEUE_ERROR, self->v->timeout_error,
		       1);
	EXPECT_EQ(0, *answer(&self->g[0], 0));
	ASSERT_EQ(0, iommufdx_mock_knob(r->mock, r->mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT, 0));
	put_device(q, VSID);
	put_sync(q, 0, 2);
	queue_doorbell(q);
	ASSERT_EQ(0, start(q));
	EXPECT_TRUE(word_becomes(answer(&self->g[0], 0), 2));
}

/* Half of it before a migration, half of it after. */
TEST_F(queue_nested, is_saved_and_restarted)
{
	struct iommufdx_guest_queue_status st;
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;
	uint32_t cons, prod;

	EXPECT_EQ(0x10, look(r, &self->dev[0], 0));
	ASSERT_EQ(0, start(q));
	/* Once round, so that a wrap bit is part of what is saved. */
	for (unsigned int i = 0; i < self->v->entries + 5; i++) {
		queue_put(q, self->v->silent);
		queue_doorbell(q);
		ASSERT_TRUE(queue_drains(q));
	}
	cons = queue_reg(q, q->prod);
	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, &st));
	EXPECT_EQ(IOMMUFDX_GUEST_QUEUE_STOPPED, st.state);
	EXPECT_EQ(cons, st.cons);
	self->v->map(g, TABLE, VA, DATA + 3);
	put_page(q, 0);
	put_device(q, VSID);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	usleep(20000);
	EXPECT_EQ(0, *answer(g, 0));
	ASSERT_EQ(0, iommufdx_guest_queue_get(q->queue, &st));
	EXPECT_EQ(queue_reg(q, q->prod), st.prod);
	EXPECT_EQ(cons, st.cons);
	prod = q->prod;

	queue_break(q);
	ASSERT_EQ(0, queue_make(g, self->viommu[0], self->v, q));
	q->prod = prod;
	ASSERT_EQ(0, iommufdx_guest_queue_start(q->queue,
						IOMMUFDX_GUEST_QUEUE_SET_INDEX,
						st.prod, st.cons));
	EXPECT_TRUE(word_becomes(answer(g, 0), 1));
	EXPECT_TRUE(queue_drains(q));
	EXPECT_EQ(0x13, look(r, &self->dev[0], 0));
}

/* The VMM takes away under a running queue what it stands on. */
TEST_F(queue_nested, what_it_stands_on_stays)
{
	struct guest *g = &self->g[0];
	struct queue *q = &self->q[0];
	struct rig *r = &self->r;

	ASSERT_EQ(0, start(q));
	EXPECT_EQ(-EBUSY, iommufdx_ioas_unmap(r->iommu, g->ioas, GPA,
					      GUEST_PAGES * PAGE, NULL));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->viommu[0]));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, g->parent));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, g->ioas));
	put_page(q, 0);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	EXPECT_TRUE(word_becomes(answer(g, 0), 1));
	/* No doorbell any more; the VMM can still stop and restart it. */
	close(q->kick);
	q->kick = -1;
	put_sync(q, 0, 2);
	queue_doorbell(q);
	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, NULL));
	ASSERT_EQ(0, start(q));
	EXPECT_TRUE(word_becomes(answer(g, 0), 2));
	/* The device goes: nothing is left that could be stale. */
	ASSERT_EQ(0, iommufdx_device_detach(self->dev[0].dev));
	guest_dev_break(&self->dev[0]);
	put_page(q, 0);
	put_sync(q, 0, 3);
	queue_doorbell(q);
	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, NULL));
	ASSERT_EQ(0, start(q));
	EXPECT_TRUE(word_becomes(answer(g, 0), 3));
	/* Gone while commands wait in it. */
	put_page(q, 0);
	put_sync(q, 0, 4);
	queue_doorbell(q);
}

TEST_F(queue_nested, bad_requests)
{
	const struct queue_vendor *v = self->v;
	const struct {
		uint64_t iova, length;
		uint32_t type;
		int want;
	} bad[] = {
		{ GPA, v->least / 2, v->type, -EINVAL },
		{ GPA, v->most * 2, v->type, -EINVAL },
		{ GPA, v->least * 3, v->type, -EINVAL },
		{ GPA + v->least / 2, v->least, v->type, -EINVAL },
		{ GPA - PAGE, PAGE, v->type, -ENOENT },
		{ GPA + GUEST_PAGES * PAGE, PAGE, v->type, -ENOENT },
		{ GPA, 2 * GUEST_PAGES * PAGE, v->type, -ENOENT },
		{ GPA, PAGE, v->other_type, -EOPNOTSUPP },
		{ GPA, PAGE, IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV, -EOPNOTSUPP },
	};
	struct iommufdx_guest_queue *other;

	EXPECT_EQ(-EEXIST,
		  iommufdx_guest_queue_open(self->r.iommu, self->viommu[0],
					    v->type, GPA, PAGE, &other));
	queue_break(&self->q[0]);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(bad[i].want,
			  iommufdx_guest_queue_open(self->r.iommu,
						    self->viommu[0],
						    bad[i].type, bad[i].iova,
						    bad[i].length, &other)) {
			TH_LOG("case %u", i);
		}
	}
	/* None of them is in the way of a good one. */
	ASSERT_EQ(0, queue_make(&self->g[0], self->viommu[0], v, &self->q[0]));
	ASSERT_EQ(0, start(&self->q[0]));
	put_sync(&self->q[0], 0, 1);
	queue_doorbell(&self->q[0]);
	EXPECT_TRUE(word_becomes(answer(&self->g[0], 0), 1));
}

/* Guest 1 forgets all it can name; what guest 0 has cached stays as it is. */
TEST_F(queue_nested, guests_do_not_touch_each_other)
{
	struct queue *q = &self->q[1];
	struct rig *r = &self->r;

	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0x10 * (i + 1), look(r, &self->dev[i], 0));
	self->v->map(&self->g[0], TABLE, VA, DATA + 1);
	EXPECT_LT(0, guest_stale(r));
	ASSERT_EQ(0, start(q));
	for (unsigned int i = 0; i < self->v->nr_all; i++)
		queue_put(q, self->v->all[i]);
	put_page(q, 0);
	put_device(q, VSID2);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	ASSERT_TRUE(word_becomes(answer(&self->g[1], 0), 1));
	EXPECT_EQ(0, *answer(&self->g[0], 0));
	EXPECT_LT(0, guest_stale(r));

	q = &self->q[0];
	ASSERT_EQ(0, start(q));
	put_page(q, 0);
	put_device(q, VSID);
	put_sync(q, 0, 1);
	queue_doorbell(q);
	ASSERT_TRUE(word_becomes(answer(&self->g[0], 0), 1));
	EXPECT_EQ(0, guest_stale(r));
	EXPECT_EQ(0x11, look(r, &self->dev[0], 0));
}

/* ------------------------------------------------------------------- threads */

/**
 * struct driver - a guest's driver on a processor of its own
 * @wrong: DMA that showed something else than the guest's table said
 * @lost: syncs that were not answered
 */
struct driver {
	struct rig *r;
	struct guest *g;
	struct guest_dev *dev;
	struct queue *q;
	uint64_t vsid;
	uint64_t first;
	uint64_t state;
	unsigned int wrong;
	unsigned int lost;
};

static void *drive(void *arg)
{
	struct driver *d = arg;

	for (uint32_t i = 1; i <= 200; i++) {
		unsigned int page = rnd(&d->state) % PAGES;
		unsigned int where = rnd(&d->state) % PAGES;

		d->q->v->map(d->g, TABLE, VA + page * PAGE, DATA + where);
		put_page(d->q, page);
		put_device(d->q, d->vsid);
		put_sync(d->q, 0, i);
		queue_doorbell(d->q);
		d->lost += !word_becomes(answer(d->g, 0), i);
		d->wrong += look(d->r, d->dev, page) != d->first + where;
	}
	return NULL;
}

TEST_F(queue_nested, two_guests_at_once)
{
	uint64_t seed = rnd_seed();
	struct driver d[2];
	pthread_t thread[2];

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	for (int i = 0; i < 2; i++) {
		d[i] = (struct driver){
			.r = &self->r,
			.g = &self->g[i],
			.dev = &self->dev[i],
			.q = &self->q[i],
			.vsid = i ? VSID2 : VSID,
			.first = 0x10 * (i + 1),
			.state = seed + i,
		};
		ASSERT_EQ(0, start(&self->q[i]));
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, drive, &d[i]));
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(0, d[i].wrong);
		EXPECT_EQ(0, d[i].lost);
	}
}

/**
 * struct scribbler - a guest gone mad, which rewrites its queue all the time
 * @q: the queue
 */
struct scribbler {
	struct queue *q;
	uint64_t state;
	bool stop;
};

static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	const struct queue_vendor *v = s->q->v;
	const command_t good[] = {
		v->page(VA), v->page(VA + PAGE), v->device(VSID), v->silent,
		v->sync(guest_pa(WORDS), 1), v->all[0], v->all[1], v->irq,
	};

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		uint64_t x = rnd(&s->state);
		unsigned int word = x % v->words;

		/* One in 64 is none that a guest may write. */
		__atomic_store_n(queue_place(s->q, x >> 8) + word,
				 x >> 32 & 63 ? good[x >> 40 & 7].word[word] :
						x,
				 __ATOMIC_RELAXED);
	}
	return NULL;
}

/* The IOMMU refuses no command (teardown), and another guest notices nothing. */
TEST_F(queue_nested, commands_change_while_they_are_read)
{
	uint64_t seed = rnd_seed();
	struct scribbler s = { &self->q[0], seed };
	struct iommufdx_guest_queue_status st;
	struct queue *q = &self->q[0];
	struct driver d = {
		.r = &self->r,
		.g = &self->g[1],
		.dev = &self->dev[1],
		.q = &self->q[1],
		.vsid = VSID2,
		.first = 0x20,
		.state = seed,
	};
	pthread_t mad, sane;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	ASSERT_EQ(0, start(&self->q[1]));
	ASSERT_EQ(0, pthread_create(&sane, NULL, drive, &d));
	ASSERT_EQ(0, pthread_create(&mad, NULL, scribble, &s));
	ASSERT_EQ(0, start(q));
	for (int i = 0; i < 2000; i++) {
		q->prod = rnd(&seed) % self->v->entries;
		queue_doorbell(q);
		ASSERT_EQ(0, iommufdx_guest_queue_get(q->queue, &st));
		if (st.state == IOMMUFDX_GUEST_QUEUE_RUNNING)
			continue;
		ASSERT_EQ(0, iommufdx_guest_queue_start(
				     q->queue, IOMMUFDX_GUEST_QUEUE_SET_INDEX,
				     0, 0));
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(mad, NULL);
	pthread_join(sane, NULL);
	EXPECT_EQ(0, d.wrong);
	EXPECT_EQ(0, d.lost);
	iommufdx_guest_queue_stop(q->queue, NULL);
}

TEST_HARNESS_MAIN
