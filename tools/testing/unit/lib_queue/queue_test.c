// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading guests' queues in a VMM. Guests write random commands; the test plays
 * the VMM that executes batches, with failures. What was executed, what was
 * answered and where the consumer stands is compared with a walk over the
 * commands one by one.
 */
#include <errno.h>
#include <string.h>
#include <tap.h>
#include <iommufdx_queue.h>

#define ENTRIES		128u
#define BASE		0x40000000ull
#define ANSWER		0x1000ull
#define READ_ONLY	0x2000ull

enum { ENTRY, OTHER_ENTRY, SYNC, SYNC_IRQ, IGNORED, VMM, ILLEGAL, KINDS };

struct vendor {
	const char *name;
	unsigned int id;
	unsigned int words;
	unsigned int shift;
	bool wrap_bit;
	uint32_t illegal, timeout, tail, fetch;
	/* One command of each kind but SYNC; entries carry a number, see number(). */
	uint64_t sample[KINDS][2];
};

static const struct vendor vendors[] = {
	{
		"smmuv3", IOMMUFDX_QUEUE_SMMUV3, 2, 0, true, 1, 3, 2, 2,
		.sample = {
			[ENTRY] = { 0x12 }, [OTHER_ENTRY] = { 0x13 },
			[SYNC_IRQ] = { 0x46 | 1 << 12 }, [IGNORED] = { 0x1 },
			[VMM] = { 0x3, 0x1 }, [ILLEGAL] = { 0x20 },
		},
	}, {
		"vtd", IOMMUFDX_QUEUE_VTD, 4, 5, false, 3, 0x100, 1, 2,
		.sample = {
			[ENTRY] = { 0x6 | 3 << 4 | 5 << 16 | 9ull << 32 },
			[OTHER_ENTRY] = { 0x6 | 3 << 4 | 5 << 16 | 8ull << 32 },
			[SYNC_IRQ] = { 0x5 | 1 << 4 }, [IGNORED] = { 0x3 },
			[VMM] = { 0x7 }, [ILLEGAL] = { 0xa },
		},
	}, {
		"amd", IOMMUFDX_QUEUE_AMD, 2, 4, false, 5, 7, 6, 6,
		.sample = {
			[ENTRY] = { 3ull << 60 }, [OTHER_ENTRY] = { 4ull << 60 },
			[SYNC_IRQ] = { 1ull << 60 | 2 }, [IGNORED] = { 6ull << 60 },
			[VMM] = { 2ull << 60 | 7 }, [ILLEGAL] = { 9ull << 60 },
		},
	}, {
		"vtd raw", IOMMUFDX_QUEUE_VTD_RAW, 4, 5, false, 3, 0x100, 1, 2,
		.sample = {
			[ENTRY] = { 0x6 | 3 << 4 | 5 << 16 | 9ull << 32 },
			/* PASID-based device TLB */
			[OTHER_ENTRY] = { 0x8 | 0x1234ull << 16 },
			[SYNC_IRQ] = { 0x5 | 1 << 4 },
			[VMM] = { 0x7 }, [ILLEGAL] = { 0xa },
		},
	},
};

static struct {
	uint64_t queue[ENTRIES][4];
	uint64_t answer;
	unsigned int answers;
	unsigned int reads;
	bool unreadable;
} guest;

static const struct vendor *v;

static int guest_read(void *opaque, uint64_t gpa, void *buf, size_t len)
{
	if (guest.unreadable)
		return -EFAULT;
	CHECK_EQ(len, v->words * 8);
	CHECK(gpa >= BASE && gpa < BASE + ENTRIES * v->words * 8);
	memcpy(buf, guest.queue[(gpa - BASE) / (v->words * 8)], len);
	guest.reads++;
	return 0;
}

static int guest_write(void *opaque, uint64_t gpa, const void *buf, size_t len)
{
	if (gpa != ANSWER)
		return -EFAULT;
	guest.answer = 0;
	memcpy(&guest.answer, buf, len);
	guest.answers++;
	return 0;
}

static const struct iommufdx_guest_memory mem = { guest_read, guest_write };

static bool is_vtd(void)
{
	return v->id == IOMMUFDX_QUEUE_VTD || v->id == IOMMUFDX_QUEUE_VTD_RAW;
}

static void put(uint32_t at, unsigned int kind, uint32_t number)
{
	uint64_t *words = guest.queue[at % ENTRIES];

	memset(words, 0, sizeof(guest.queue[0]));
	if (kind != SYNC) {
		memcpy(words, v->sample[kind], 16);
		if (kind == ENTRY || kind == OTHER_ENTRY)
			words[1] = (uint64_t)number << 12;
		return;
	}
	switch (v->id) {
	case IOMMUFDX_QUEUE_SMMUV3:
		words[0] = 0x46 | 1 << 12 | (uint64_t)number << 32;
		words[1] = ANSWER;
		break;
	case IOMMUFDX_QUEUE_VTD:
	case IOMMUFDX_QUEUE_VTD_RAW:
		words[0] = 0x5 | 1 << 5 | (uint64_t)number << 32;
		words[1] = ANSWER;
		break;
	case IOMMUFDX_QUEUE_AMD:
		words[0] = 1ull << 60 | 1 | ANSWER;
		words[1] = number;
		break;
	}
}

/* The number that put() gave an entry. */
static uint32_t number(const struct iommufdx_batch *batch, uint32_t i)
{
	const char *entry = (const char *)batch->entries + i * batch->entry_len;
	uint64_t word;

	memcpy(&word, entry + (v->id == IOMMUFDX_QUEUE_VTD ? 0 : 8), 8);
	return word >> 12;
}

static uint32_t reg(uint32_t index)
{
	return (index & (ENTRIES * (1 + v->wrap_bit) - 1)) << v->shift;
}

/* One round: @n commands from index @from on; returns where it went. */
static uint32_t round_trip(struct iommufdx_queue *queue, struct tap_rng *rng,
			   uint32_t from, uint32_t n)
{
	unsigned int kinds[ENTRIES], kind;
	uint32_t at = from, prod = reg(from + n), i, events, done, want;
	struct iommufdx_batch batch;
	int rc;

	for (i = 0; i < n; i++) {
		kind = tap_below(rng, 30);
		kinds[i] = kind < KINDS ? kind : ENTRY;
		/* Of raw descriptors none is without effect. */
		if (kind == IGNORED && v->id == IOMMUFDX_QUEUE_VTD_RAW)
			kinds[i] = ENTRY;
		put(from + i, kinds[i], i + 1);
	}
	while (!(rc = iommufdx_queue_next(queue, prod, &batch))) {
		/* Each entry of it, in its order, with nothing but prefetches between. */
		for (i = 0; i < batch.num; i++) {
			while (kinds[at - from] == IGNORED)
				at++;
			CHECK(kinds[at - from] == ENTRY ||
			      kinds[at - from] == OTHER_ENTRY);
			if (v->id == IOMMUFDX_QUEUE_VTD) {
				CHECK_EQ(batch.scope, IOMMUFDX_SCOPE_PASID);
				CHECK_EQ(batch.did, 5);
				CHECK_EQ(batch.pasid,
					 kinds[at - from] == ENTRY ? 9 : 8);
			} else {
				CHECK_EQ(batch.scope, IOMMUFDX_SCOPE_ALL);
				CHECK(!memcmp((const char *)batch.entries +
					      i * batch.entry_len,
					      guest.queue[at % ENTRIES],
					      v->words * 8));
			}
			CHECK_EQ(number(&batch, i), at - from + 1);
			if (!tap_below(rng, 400))
				break;
			at++;
		}
		if (i < batch.num) {
			rc = tap_below(rng, 2) ? -EIO : -ETIMEDOUT;
			CHECK_EQ(iommufdx_queue_done(queue, i, rc, NULL), -EIO);
			CHECK_EQ(iommufdx_queue_error(queue),
				 rc == -EIO && is_vtd() ? 4 :
				 rc == -EIO ? v->illegal : v->timeout);
			/* Behind a silent device; what follows was not done. */
			CHECK_EQ(iommufdx_queue_cons(queue) & 0xffffff,
				 reg(at + (rc == -ETIMEDOUT)));
			CHECK_EQ(iommufdx_queue_next(queue, prod, &batch), -EIO);
			goto resume;
		}
		while (at != from + n && kinds[at - from] == IGNORED)
			at++;
		want = at == from + n ? IOMMUFDX_BATCH_EMPTY :
		       kinds[at - from] == VMM ? IOMMUFDX_BATCH_COMMAND :
		       kinds[at - from] == ILLEGAL ? IOMMUFDX_BATCH_ILLEGAL :
		       kinds[at - from] == SYNC || kinds[at - from] == SYNC_IRQ ?
		       IOMMUFDX_BATCH_SYNC : IOMMUFDX_BATCH_MORE;
		CHECK_EQ(batch.end, want);
		done = guest.answers;
		rc = iommufdx_queue_done(queue, batch.num, 0, &events);
		CHECK_EQ(guest.answers, done + (want == IOMMUFDX_BATCH_SYNC &&
						kinds[at - from] == SYNC));
		switch (want) {
		case IOMMUFDX_BATCH_SYNC:
			CHECK_EQ(rc, 0);
			CHECK_EQ(events, kinds[at - from] == SYNC ? 0 :
					 IOMMUFDX_QUEUE_INTERRUPT);
			if (kinds[at - from] == SYNC)
				CHECK_EQ(guest.answer, at - from + 1);
			at++;
			break;
		case IOMMUFDX_BATCH_COMMAND:
			CHECK_EQ(rc, -EAGAIN);
			CHECK_EQ(batch.command[0], v->sample[VMM][0]);
			iommufdx_queue_skip(queue);
			at++;
			break;
		case IOMMUFDX_BATCH_ILLEGAL:
			CHECK_EQ(rc, -EIO);
			CHECK_EQ(iommufdx_queue_error(queue), v->illegal);
			CHECK_EQ(iommufdx_queue_cons(queue) & 0xffffff, reg(at));
			goto resume;
		default:
			CHECK_EQ(rc, 0);
		}
		CHECK_EQ(iommufdx_queue_cons(queue), reg(at));
	}
	CHECK_EQ(rc, -ENODATA);
	CHECK_EQ(at, from + n);
	return at;

resume:
	/* The guest mends the command. */
	at = (iommufdx_queue_cons(queue) & 0xffffff) >> v->shift;
	iommufdx_queue_resume(queue);
	return at;
}

static void random_programs(struct tap_rng *rng)
{
	struct iommufdx_queue *queue;
	uint32_t at = 0, i;

	REQUIRE(!iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0, &queue));
	for (i = 0; i < 5000; i++) {
		at = round_trip(queue, rng, at, tap_below(rng, ENTRIES));
		at &= ENTRIES * (1 + v->wrap_bit) - 1;
	}
	iommufdx_queue_close(queue);
}

static void edges(void)
{
	uint32_t past = v->wrap_bit ? ENTRIES + 1 : ENTRIES;
	struct iommufdx_queue *queue;
	struct iommufdx_batch batch;
	uint32_t events;

	CHECK_EQ(iommufdx_queue_open(9, &mem, BASE, ENTRIES, 0, &queue), -EINVAL);
	CHECK_EQ(iommufdx_queue_open(v->id, &mem, BASE, 3, 0, &queue), -EINVAL);
	CHECK_EQ(iommufdx_queue_open(v->id, &mem, BASE, 0, 0, &queue), -EINVAL);
	if (is_vtd())
		CHECK_EQ(iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0x10,
					     &queue), -EINVAL);
	REQUIRE(!iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0, &queue));

	/* The producer's register is out of range. */
	CHECK_EQ(iommufdx_queue_next(queue, past << v->shift, &batch), 0);
	CHECK_EQ(batch.num, 0);
	CHECK_EQ(batch.end, IOMMUFDX_BATCH_ILLEGAL);
	CHECK_EQ(iommufdx_queue_done(queue, 0, 0, NULL), -EIO);
	CHECK_EQ(iommufdx_queue_error(queue), v->tail);
	if (v->id == IOMMUFDX_QUEUE_SMMUV3)
		CHECK_EQ(iommufdx_queue_cons(queue), v->tail << 24);
	iommufdx_queue_resume(queue);
	/* It ends in the middle of a descriptor. */
	if (is_vtd()) {
		CHECK_EQ(iommufdx_queue_next(queue, 0x30, &batch), 0);
		CHECK_EQ(batch.end, IOMMUFDX_BATCH_ILLEGAL);
		CHECK_EQ(iommufdx_queue_done(queue, 0, 0, NULL), -EIO);
		CHECK_EQ(iommufdx_queue_error(queue), 6);
		CHECK_EQ(iommufdx_queue_cons(queue), 0);
		iommufdx_queue_resume(queue);
	}

	/* The queue cannot be read. */
	guest.unreadable = true;
	CHECK_EQ(iommufdx_queue_next(queue, 1 << v->shift, &batch), 0);
	CHECK_EQ(batch.end, IOMMUFDX_BATCH_ILLEGAL);
	CHECK_EQ(iommufdx_queue_done(queue, 0, 0, NULL), -EIO);
	CHECK_EQ(iommufdx_queue_error(queue), v->fetch);
	guest.unreadable = false;
	iommufdx_queue_resume(queue);

	/* Each command is read once, also when the batch is asked for again. */
	put(0, ENTRY, 1);
	put(1, SYNC, 2);
	guest.reads = 0;
	CHECK_EQ(iommufdx_queue_next(queue, 2 << v->shift, &batch), 0);
	put(0, ILLEGAL, 0);
	CHECK_EQ(iommufdx_queue_next(queue, 2 << v->shift, &batch), 0);
	CHECK_EQ(batch.num, 1);
	CHECK_EQ(guest.reads, 2);
	CHECK_EQ(iommufdx_queue_done(queue, 1, 0, &events), 0);
	CHECK_EQ(guest.answer, 2);

	/* The answer cannot be stored. */
	put(2, SYNC, 3);
	guest.queue[2][v->id != IOMMUFDX_QUEUE_AMD] ^= ANSWER ^ READ_ONLY;
	CHECK_EQ(iommufdx_queue_next(queue, 3 << v->shift, &batch), 0);
	if (v->id == IOMMUFDX_QUEUE_AMD) {
		CHECK_EQ(iommufdx_queue_done(queue, 0, 0, &events), -EIO);
		CHECK_EQ(iommufdx_queue_error(queue), 6);
	} else {
		CHECK_EQ(iommufdx_queue_done(queue, 0, 0, &events), 0);
		CHECK_EQ(events, IOMMUFDX_QUEUE_STORE_FAILED);
	}
	iommufdx_queue_close(queue);
}

/* What a descriptor of VT-d becomes. */
static void vtd_ranges(void)
{
	static const struct {
		uint64_t words[2];
		uint64_t addr, npages;
		uint32_t flags, scope;
	} cases[] = {
		{ { 0x6 | 2 << 4 }, 0, ~0ull, 0, IOMMUFDX_SCOPE_PASID },
		{ { 0x6 | 3 << 4, 0x7fff3000 | 1 << 6 }, 0x7fff3000, 1,
		  IOMMU_VTD_INV_FLAGS_LEAF, IOMMUFDX_SCOPE_PASID },
		{ { 0x6 | 3 << 4, 0x7fff3000 | 4 }, 0x7fff0000, 16, 0,
		  IOMMUFDX_SCOPE_PASID },
		{ { 0x6 | 3 << 4, 0x7fff3000 | 63 }, 0, ~0ull, 0,
		  IOMMUFDX_SCOPE_PASID },
		{ { 0x2 | 1 << 4 }, 0, ~0ull, 0, IOMMUFDX_SCOPE_ALL },
		{ { 0x2 | 2 << 4 }, 0, ~0ull, 0, IOMMUFDX_SCOPE_DID },
	};
	const struct iommu_hwpt_vtd_s1_invalidate *entry;
	struct iommufdx_queue *queue;
	struct iommufdx_batch batch;
	unsigned int i;

	v = &vendors[1];
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		REQUIRE(!iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0,
					     &queue));
		memset(guest.queue[0], 0, sizeof(guest.queue[0]));
		memcpy(guest.queue[0], cases[i].words, 16);
		CHECK_EQ(iommufdx_queue_next(queue, 0x20, &batch), 0);
		CHECK_EQ(batch.num, 1);
		CHECK_EQ(batch.scope, cases[i].scope);
		entry = batch.entries;
		CHECK_EQ(entry->addr, cases[i].addr);
		CHECK_EQ(entry->npages, cases[i].npages);
		CHECK_EQ(entry->flags, cases[i].flags);
		iommufdx_queue_close(queue);
	}
}

/* The end of a batch with nothing but one command, and the error there. */
static void one_command(const struct vendor *vendor, uint64_t word0,
			uint32_t end, uint32_t error)
{
	struct iommufdx_queue *queue;
	struct iommufdx_batch batch;

	v = vendor;
	REQUIRE(!iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0, &queue));
	memset(guest.queue[0], 0, sizeof(guest.queue[0]));
	guest.queue[0][0] = word0;
	CHECK_EQ(iommufdx_queue_next(queue, 1 << v->shift, &batch), 0);
	CHECK_EQ(batch.num, 0);
	CHECK_EQ(batch.end, end);
	CHECK_EQ(iommufdx_queue_done(queue, 0, 0, NULL), error ? -EIO : -EAGAIN);
	CHECK_EQ(iommufdx_queue_error(queue), error);
	iommufdx_queue_close(queue);
}

/* A guest is told of an illegal command only where it wrote one. */
static void what_is_no_commands_fault(void)
{
	static const struct {
		int rc;
		bool illegal;
	} cases[] = {
		{ -EIO, true }, { -EINVAL, true }, { -EOPNOTSUPP, true },
		{ -ENODEV, false }, { -ENOMEM, false }, { -EINTR, false },
	};
	struct iommufdx_queue *queue;
	struct iommufdx_batch batch;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		REQUIRE(!iommufdx_queue_open(v->id, &mem, BASE, ENTRIES, 0,
					     &queue));
		put(0, ENTRY, 1);
		put(1, ENTRY, 2);
		CHECK_EQ(iommufdx_queue_next(queue, 2 << v->shift, &batch), 0);
		CHECK_EQ(iommufdx_queue_done(queue, 1, cases[i].rc, NULL), -EIO);
		CHECK_EQ(iommufdx_queue_error(queue),
			 !cases[i].illegal ? v->fetch :
			 is_vtd() ? 4 : v->illegal);
		CHECK_EQ(iommufdx_queue_cons(queue) & 0xffffff, 1 << v->shift);
		iommufdx_queue_close(queue);
	}
}

static void smmuv3_secure_commands_are_illegal(void)
{
	unsigned int op;

	for (op = 0; op < 256; op++)
		one_command(&vendors[0], op | 1 << 10, IOMMUFDX_BATCH_ILLEGAL, 1);
}

static void vtd_waits_for_page_requests_are_the_vmms(void)
{
	one_command(&vendors[1], 0x5 | 1 << 7, IOMMUFDX_BATCH_COMMAND, 0);
	one_command(&vendors[3], 0x5 | 1 << 7, IOMMUFDX_BATCH_COMMAND, 0);
}

static void vtd_granularities_are_reserved_fields(void)
{
	unsigned int i;

	for (i = 1; i <= 3; i += 2) {
		one_command(&vendors[i], 0x2, IOMMUFDX_BATCH_ILLEGAL, 4);
		one_command(&vendors[i], 0x6, IOMMUFDX_BATCH_ILLEGAL, 4);
		one_command(&vendors[i], 0x6 | 1 << 4, IOMMUFDX_BATCH_ILLEGAL, 4);
	}
}

int main(void)
{
	u64 seed = tap_env("SEED", 1);
	struct tap_rng rng = { seed };

	printf("# SEED=%llu\n", (unsigned long long)seed);
	for (v = vendors; v < vendors + sizeof(vendors) / sizeof(vendors[0]); v++) {
		random_programs(&rng);
		tap_result(v->name);
		edges();
		tap_result("edges");
		what_is_no_commands_fault();
		tap_result("what_is_no_commands_fault");
	}
	TAP_RUN(vtd_ranges);
	TAP_RUN(vtd_waits_for_page_requests_are_the_vmms);
	TAP_RUN(vtd_granularities_are_reserved_fields);
	TAP_RUN(smmuv3_secure_commands_are_illegal);
	return tap_done();
}
