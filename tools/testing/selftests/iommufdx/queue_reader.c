// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests whose queue the VMM reads, with the library's reader, and hands over in
 * batches: DMA shows that what the guest asked for was carried out, and a command
 * stops the guest's queue there where the kernel's own reader stops it.
 */
#include "kselftest_harness.h"
#include "queue_rig.h"

#include <iommufdx_queue.h>

#define VA		0x7f0012345000ull
#define PAGES		8

FIXTURE(queue_reader) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g[2];
	uint32_t viommu[2];
	struct queue q;
	struct iommufdx_queue *reader;
	struct iommufdx_guest_memory mem;
	const struct queue_vendor *v;
};

FIXTURE_VARIANT(queue_reader) {
	const struct queue_vendor *v;
	unsigned int reader;
};

FIXTURE_VARIANT_ADD(queue_reader, smmuv3) {
	.v = &queue_smmuv3,
	.reader = IOMMUFDX_QUEUE_SMMUV3,
};
FIXTURE_VARIANT_ADD(queue_reader, vtd) {
	.v = &queue_vtd,
	.reader = IOMMUFDX_QUEUE_VTD_RAW,
};
FIXTURE_VARIANT_ADD(queue_reader, amd) {
	.v = &queue_amd,
	.reader = IOMMUFDX_QUEUE_AMD,
};

static char *guest_memory(struct guest *g, uint64_t gpa, size_t len)
{
	if (gpa < GPA || gpa - GPA > GUEST_PAGES * PAGE - len)
		return NULL;
	return (char *)g->mem + (gpa - GPA);
}

static int memory_read(void *opaque, uint64_t gpa, void *buf, size_t len)
{
	const char *mem = guest_memory(opaque, gpa, len);

	if (!mem)
		return -EFAULT;
	memcpy(buf, mem, len);
	return 0;
}

static int memory_write(void *opaque, uint64_t gpa, const void *buf, size_t len)
{
	char *mem = guest_memory(opaque, gpa, len);

	if (!mem)
		return -EFAULT;
	memcpy(mem, buf, len);
	return 0;
}

FIXTURE_SETUP(queue_reader)
{
	const struct queue_vendor *v = variant->v;

	self->v = v;
	ASSERT_EQ(0, guests_make(&self->r, v->kind, v->viommu_type, self->dev,
				 self->g, self->viommu));
	for (int n = 0; n < PAGES; n++) {
		v->map(&self->g[0], TABLE, VA + n * PAGE, DATA);
		guest_page(&self->g[0], DATA + n)[0] = 0x10 + n;
	}
	ASSERT_EQ(0, v->attach(&self->g[0], &self->dev[0], self->viommu[0]));
	/* The guest's side of it, and the kernel's reader to compare with. */
	ASSERT_EQ(0, queue_make(&self->g[0], self->viommu[0], v, &self->q));
	self->mem = (struct iommufdx_guest_memory){
		.read = memory_read,
		.write = memory_write,
		.opaque = &self->g[0],
	};
	ASSERT_EQ(0, iommufdx_queue_open(variant->reader, &self->mem,
					 guest_pa(QUEUE), v->entries, 0,
					 &self->reader));
}

FIXTURE_TEARDOWN(queue_reader)
{
	iommufdx_queue_close(self->reader);
	queue_break(&self->q);
	EXPECT_TRUE(guests_break(&self->r, self->dev, self->g));
}

/* All that is in the queue, as <iommufdx_queue.h> says: 0, -EIO or -EAGAIN. */
static int read_all(struct rig *r, uint32_t viommu, const struct queue *q,
		    struct iommufdx_queue *reader)
{
	struct iommufdx_batch batch;
	uint32_t done = 0;
	int rc = 0;

	while (!rc && !iommufdx_queue_next(reader, queue_reg(q, q->prod),
					   &batch)) {
		if (batch.num)
			rc = guest_inv(r, viommu, q->v->inv_type, batch.entries,
				       batch.entry_len, batch.num, &done);
		rc = iommufdx_queue_done(reader, batch.num ? done : 0, rc, NULL);
	}
	return rc;
}

TEST_F(queue_reader, a_sync_leaves_nothing_stale)
{
	uint64_t seed = rnd_seed(), state = seed, val;
	volatile uint32_t *answer = (uint32_t *)guest_page(&self->g[0], WORDS);
	struct queue *q = &self->q;

	TH_LOG("IOMMUFDX_SEED=%#llx", (unsigned long long)seed);
	for (uint32_t i = 1; i <= 200; i++) {
		unsigned int page = rnd(&state) % PAGES;
		unsigned int data = rnd(&state) % PAGES;

		self->v->map(&self->g[0], TABLE, VA + page * PAGE, DATA + data);
		queue_put(q, self->v->page(VA + page * PAGE));
		queue_put(q, self->v->device(VSID));
		queue_put(q, self->v->sync(guest_pa(WORDS), i));
		ASSERT_EQ(0, read_all(&self->r, self->viommu[0], q,
				      self->reader));
		ASSERT_EQ(i, *answer);
		ASSERT_EQ(queue_reg(q, q->prod),
			  iommufdx_queue_cons(self->reader));
		ASSERT_EQ(0, guest_read(&self->r, &self->dev[0], 0,
					VA + page * PAGE, &val));
		ASSERT_EQ(0x10 + data, val);
	}
	EXPECT_EQ(0, guest_stale(&self->r));
}

/* One command, by the kernel's reader and by the library's: the same registers. */
static void compare(struct __test_metadata *_metadata,
		    FIXTURE_DATA(queue_reader) *self, command_t command)
{
	struct iommufdx_guest_queue_status st;
	struct queue *q = &self->q;
	uint32_t at = q->prod;
	int rc;

	ASSERT_EQ(0, iommufdx_guest_queue_start(q->queue,
						IOMMUFDX_GUEST_QUEUE_SET_INDEX,
						queue_reg(q, at),
						queue_reg(q, at)));
	queue_put(q, command);
	queue_doorbell(q);
	ASSERT_TRUE(signalled(q->event));
	ASSERT_EQ(0, iommufdx_guest_queue_stop(q->queue, &st));
	rc = read_all(&self->r, self->viommu[0], q, self->reader);
	EXPECT_EQ(st.state == IOMMUFDX_GUEST_QUEUE_ERROR ? -EIO : -EAGAIN, rc);
	EXPECT_EQ(st.error, iommufdx_queue_error(self->reader));
	EXPECT_EQ(st.cons, iommufdx_queue_cons(self->reader));
	iommufdx_queue_resume(self->reader);
	iommufdx_queue_skip(self->reader);
}

TEST_F(queue_reader, it_stops_where_the_kernels_reader_stops)
{
	for (unsigned int i = 0; i < self->v->nr_illegal; i++) {
		TH_LOG("case %u: %#llx", i, (unsigned long long)
		       self->v->illegal[i].command.word[0]);
		compare(_metadata, self, self->v->illegal[i].command);
	}
	compare(_metadata, self, self->v->for_vmm);
}

TEST_HARNESS_MAIN
