// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_PLAN_DOMAINS over devices behind IOMMUs of every vendor and of
 * different capabilities: what it plans is made and attached.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>

#define ALL	IOMMUFDX_MOCK_CAPS_ANY
#define NEEDS	(IOMMUFDX_HWPT_NEST_PARENT | IOMMUFDX_HWPT_DIRTY_TRACKING | \
		 IOMMUFDX_HWPT_PASID)

static const struct iommufdx_mock_iommu_config makes[] = {
	{ .kind = IOMMUFDX_MOCK_KIND_AMD, .caps = ALL },
	{ .kind = IOMMUFDX_MOCK_KIND_AMD, .caps = 0 },
	{ .kind = IOMMUFDX_MOCK_KIND_VTD, .caps = ALL },
	{ .kind = IOMMUFDX_MOCK_KIND_VTD, .caps = IOMMUFDX_MOCK_CAP_PASID },
	{ .kind = IOMMUFDX_MOCK_KIND_VTD, .caps = 0 },
	{ .kind = IOMMUFDX_MOCK_KIND_SMMUV3, .caps = ALL },
	{ .kind = IOMMUFDX_MOCK_KIND_SMMUV3, .caps = IOMMUFDX_MOCK_CAP_PASID },
	{ .kind = IOMMUFDX_MOCK_KIND_SMMUV3, .caps = 0 },
};

#define NR_MAKES	ARRAY_SIZE(makes)
#define PER_MAKE	2
#define NR		(NR_MAKES * PER_MAKE)
#define AMD		0
#define VTD		(2 * PER_MAKE)
#define SMMU		(5 * PER_MAKE)

FIXTURE(plan) {
	struct rig r;
	struct iommufdx_device *dev[NR];
	uint32_t id[NR];
	struct iommufdx_plan_device need[NR];
	struct iommufdx_plan_group group[NR];
	uint32_t nr_groups;
};

FIXTURE_SETUP(plan)
{
	ASSERT_EQ(0, rig_open(&self->r));
	for (int i = 0; i < NR; i++) {
		struct iommufdx_mock_dev_config config = {
			.rid = RIG_RID + i,
			.pasid_bits = i % PER_MAKE ? 16 : 0,
		};
		uint32_t mock_dev;

		if (!(i % PER_MAKE))
			ASSERT_EQ(0, iommufdx_mock_iommu_add(self->r.mock,
							     &makes[i / PER_MAKE],
							     &self->r.mock_iommu));
		config.iommu = self->r.mock_iommu;
		ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config,
						   &mock_dev));
		ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mock_dev,
						    &self->dev[i]));
		ASSERT_EQ(0, iommufdx_device_bind(self->dev[i], self->r.iommu,
						  &self->id[i]));
		self->need[i].dev_id = self->id[i];
	}
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &self->r.ioas));
}

FIXTURE_TEARDOWN(plan)
{
	for (int i = 0; i < NR; i++)
		iommufdx_device_close(self->dev[i]);
	rig_break(&self->r);
}

static int make(struct rig *r, uint32_t ioas,
		const struct iommufdx_plan_group *group,
		struct iommufdx_hwpt_choice *got)
{
	const struct iommufdx_hwpt_request want = {
		.flags = group->flags,
		.format = group->format,
		.va_bits = group->va_bits,
		.page_sizes = group->page_sizes,
		.quirks = group->quirks,
	};

	return iommufdx_hwpt_request(r->iommu, group->dev_id, ioas, &want, got);
}

static struct iommufdx_device *device_of(const uint32_t *id,
					 struct iommufdx_device **dev,
					 uint32_t wanted)
{
	for (int i = 0; i < NR; i++)
		if (id[i] == wanted)
			return dev[i];
	return NULL;
}

/* What does not hold of the plan; NULL if all does. */
static const char *wrong(struct rig *r, const uint32_t *id,
			 struct iommufdx_device **dev,
			 const struct iommufdx_plan_device *need, int nr,
			 const struct iommufdx_plan_group *group, int nr_groups)
{
	struct iommufdx_hwpt_choice got;
	struct iommufdx_device *d;
	uint32_t ioas, pt_id;
	const char *what = NULL;

	for (int g = 0; g < nr_groups && !what; g++) {
		unsigned int members = 0;

		if (iommufdx_ioas_alloc(r->iommu, &ioas))
			return "no address space";
		if (make(r, ioas, &group[g], &got))
			return "request refused";
		for (int i = 0; i < nr && !what; i++) {
			if (need[i].out_group != g)
				continue;
			members++;
			pt_id = got.hwpt;
			d = device_of(id, dev, need[i].dev_id);
			if (iommufdx_device_attach(d, &pt_id))
				what = "cannot attach";
			else if (iommufdx_device_detach(d))
				what = "cannot detach";
			else if (need[i].flags & NEEDS & ~got.flags)
				what = "flags not met";
			else if (need[i].va_bits > got.va_bits)
				what = "too narrow";
			else if (need[i].format &&
				 need[i].format != got.format)
				what = "another format";
			else if (need[i].page_sizes &&
				 got.page_sizes & ~need[i].page_sizes)
				what = "page sizes not allowed";
			else if (need[i].quirks & ~group[g].quirks)
				what = "quirks not met";
		}
		if (!what && members != group[g].num_devices)
			what = "wrong number of devices";
		if (!what && !members)
			what = "empty";
		if (!what && !!group[g].reasons != (nr_groups > 1))
			what = "reasons";
		iommufdx_destroy(r->iommu, got.hwpt);
		iommufdx_destroy(r->iommu, ioas);
	}
	return what;
}

#define PLAN(n) ({							\
	self->nr_groups = NR;						\
	iommufdx_plan_domains(self->r.iommu, self->need, n, self->group, \
			      &self->nr_groups, NULL);			\
})

#define EXPECT_HOLDS(n) do {						\
	const char *what = wrong(&self->r, self->id, self->dev,		\
				 self->need, n, self->group,		\
				 self->nr_groups);			\
									\
	EXPECT_EQ(NULL, what) {						\
		TH_LOG("%s", what);					\
	}								\
} while (0)

TEST_F(plan, one_table_for_each_vendor)
{
	ASSERT_EQ(0, PLAN(NR));
	EXPECT_HOLDS(NR);
	/* VT-d without scalable mode has no first stage, and the others have
	 * a second stage too: one table will do.
	 */
	EXPECT_EQ(3, self->nr_groups);
	for (int g = 0; g < self->nr_groups; g++)
		EXPECT_EQ(1 << IOMMUFDX_PLAN_IOMMU, self->group[g].reasons);
}

TEST_F(plan, needs_that_exclude_one_another)
{
	struct iommufdx_plan_device *need = self->need;

	/* Stage 1 goes to a PASID, stage 2 has a guest on top. */
	memmove(need, need + SMMU, 2 * sizeof(*need));
	need[0].flags = IOMMUFDX_HWPT_NEST_PARENT;
	need[1].flags = IOMMUFDX_HWPT_PASID;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_HOLDS(2);
	EXPECT_EQ(2, self->nr_groups);
	EXPECT_EQ(1 << IOMMUFDX_PLAN_PASID_NEST, self->group[0].reasons);
	EXPECT_EQ(1 << IOMMUFDX_PLAN_PASID_NEST, self->group[1].reasons);

	/* Not so with VT-d. */
	need[0].dev_id = self->id[VTD];
	need[1].dev_id = self->id[VTD + 1];
	ASSERT_EQ(0, PLAN(2));
	EXPECT_HOLDS(2);
	EXPECT_EQ(1, self->nr_groups);
	EXPECT_EQ(IOMMUFDX_FORMAT_VTDSS, self->group[0].format);

	need[0].format = IOMMUFDX_FORMAT_X86_64;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(1, self->nr_groups);
	EXPECT_EQ(IOMMUFDX_PLAN_NO_GROUP, need[0].out_group);
	EXPECT_EQ(IOMMUFDX_PLAN_NEST, need[0].out_reason);
	EXPECT_EQ(0, need[1].out_group);
	EXPECT_EQ(IOMMUFDX_PLAN_TOGETHER, need[1].out_reason);
}

TEST_F(plan, dirty_tracking_where_one_cannot)
{
	struct iommufdx_plan_device *need = self->need;

	/* The second AMD IOMMU sets no dirty bits. */
	need[0].flags = IOMMUFDX_HWPT_DIRTY_TRACKING;
	ASSERT_EQ(0, PLAN(2 * PER_MAKE));
	EXPECT_HOLDS(2 * PER_MAKE);
	EXPECT_EQ(2, self->nr_groups);
	EXPECT_NE(need[0].out_group, need[2].out_group);
	EXPECT_EQ(need[2].out_group, need[3].out_group);
	EXPECT_EQ(1 << IOMMUFDX_PLAN_DIRTY, self->group[0].reasons);
	need[2].flags = IOMMUFDX_HWPT_DIRTY_TRACKING;
	ASSERT_EQ(0, PLAN(2 * PER_MAKE));
	EXPECT_EQ(IOMMUFDX_PLAN_NO_GROUP, need[2].out_group);
	EXPECT_EQ(IOMMUFDX_PLAN_DIRTY, need[2].out_reason);
}

/* Three groups that are apart for two reasons: which two for which. */
TEST_F(plan, each_separation_has_its_reason)
{
	struct iommufdx_plan_device *need = self->need;
	uint32_t nr = 3, amd, dirty, vtd;
	uint8_t why[9 + 1];

	need[0].flags = IOMMUFDX_HWPT_DIRTY_TRACKING;
	need[1].dev_id = self->id[PER_MAKE];
	need[2].dev_id = self->id[VTD];
	memset(why, 0xff, sizeof(why));
	ASSERT_EQ(0, iommufdx_plan_separations(self->r.iommu, need, 3,
					       self->group, &nr, NULL, why));
	ASSERT_EQ(3, nr);
	dirty = need[0].out_group;
	amd = need[1].out_group;
	vtd = need[2].out_group;
	EXPECT_EQ(IOMMUFDX_PLAN_DIRTY, why[dirty * 3 + amd]);
	EXPECT_EQ(IOMMUFDX_PLAN_DIRTY, why[amd * 3 + dirty]);
	EXPECT_EQ(IOMMUFDX_PLAN_IOMMU, why[dirty * 3 + vtd]);
	EXPECT_EQ(IOMMUFDX_PLAN_IOMMU, why[vtd * 3 + amd]);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(IOMMUFDX_PLAN_TOGETHER, why[i * 3 + i]);
	EXPECT_EQ(0xff, why[9]);
	EXPECT_EQ(1 << IOMMUFDX_PLAN_DIRTY | 1 << IOMMUFDX_PLAN_IOMMU,
		  self->group[amd].reasons);
}

/* A mask of each device's own: the table has what is in all of them. */
TEST_F(plan, page_sizes_and_width)
{
	struct iommufdx_plan_device *need = self->need;

	need[0].page_sizes = PAGE | 2 * MB | 1024 * MB;
	need[1].page_sizes = PAGE | 64 * 1024 | 2 * MB;
	need[1].va_bits = 40;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_HOLDS(2);
	EXPECT_EQ(1, self->nr_groups);
	EXPECT_EQ(PAGE | 2 * MB, self->group[0].page_sizes);
	EXPECT_EQ(40, self->group[0].va_bits);
	/* Without small pages nothing can be mapped. */
	need[1].page_sizes = 2 * MB;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(IOMMUFDX_PLAN_PAGE_SIZES, need[1].out_reason);
}

/* A device twice needs both, and so do two that cannot be told apart. */
TEST_F(plan, what_cannot_be_separated)
{
	struct iommufdx_plan_device *need = self->need;
	struct iommufdx_mock_dev_config config = { .rid = RIG_RID + 2 * NR };
	uint32_t first, second, id[2];
	struct iommufdx_device *dev[2];

	need[0].dev_id = need[1].dev_id = self->id[SMMU];
	need[0].flags = IOMMUFDX_HWPT_NEST_PARENT;
	need[1].flags = IOMMUFDX_HWPT_PASID;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(0, self->nr_groups);
	EXPECT_EQ(IOMMUFDX_PLAN_PASID_NEST, need[0].out_reason);
	EXPECT_EQ(IOMMUFDX_PLAN_PASID_NEST, need[1].out_reason);

	config.iommu = self->r.mock_iommu;
	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &first));
	config.rid++;
	config.group_with = first;
	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &second));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, first, &dev[0]));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, second, &dev[1]));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, iommufdx_device_bind(dev[i], self->r.iommu, &id[i]));
		need[i].dev_id = id[i];
		need[i].flags = 0;
	}
	need[0].format = IOMMUFDX_FORMAT_ARMV8_S1;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(1, self->nr_groups);
	need[1].format = IOMMUFDX_FORMAT_ARMV8_S2;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(IOMMUFDX_PLAN_FORMAT, need[1].out_reason);
	for (int i = 0; i < 2; i++)
		iommufdx_device_close(dev[i]);
}

/* Of one group, behind an IOMMU that offers each of them another table first. */
TEST_F(plan, mates_that_are_offered_different_tables)
{
	struct iommufdx_plan_device *need = self->need;
	struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu - NR_MAKES + 1,
		.rid = RIG_RID + 2 * NR,
	};

	for (int i = 0; i < 2; i++, config.rid++) {
		uint32_t mate;

		iommufdx_device_close(self->dev[i]);
		config.pasid_bits = i ? 8 : 0;
		ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config,
						   &mate));
		ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mate,
						    &self->dev[i]));
		ASSERT_EQ(0, iommufdx_device_bind(self->dev[i], self->r.iommu,
						  &self->id[i]));
		need[i].dev_id = self->id[i];
		config.group_with = mate;
	}
	need[0].flags = IOMMUFDX_HWPT_NEST_PARENT;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(1, self->nr_groups);
	EXPECT_EQ(IOMMUFDX_FORMAT_AMDV1, self->group[0].format);
	EXPECT_HOLDS(2);
	need[1].format = IOMMUFDX_FORMAT_X86_64;
	ASSERT_EQ(0, PLAN(2));
	EXPECT_EQ(0, self->nr_groups);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(IOMMUFDX_PLAN_NO_GROUP, need[i].out_group);
		EXPECT_EQ(IOMMUFDX_PLAN_NEST, need[i].out_reason);
	}
}

static void random_need(struct iommufdx_plan_device *need, uint32_t id,
			uint64_t *rng)
{
	static const uint32_t widths[] = { 0, 0, 30, 39, 40, 47, 48, 49, 57, 64 };
	static const uint64_t sizes[] = {
		0, 0, PAGE, PAGE | 2 * MB, ~0ull, 2 * MB, 16 * 1024,
		PAGE | 64 * 1024,
	};

	memset(need, 0, sizeof(*need));
	need->dev_id = id;
	need->flags = rnd(rng) & rnd(rng) & NEEDS;
	if (!(need->flags & IOMMUFDX_HWPT_PASID) && !(rnd(rng) % 3))
		need->flags |= IOMMUFDX_HWPT_NO_PASID;
	if (!(rnd(rng) % 3))
		need->format = rnd(rng) % 6;
	if (!(rnd(rng) % 3))
		need->va_bits = widths[rnd(rng) % ARRAY_SIZE(widths)];
	if (!(rnd(rng) % 3))
		need->page_sizes = sizes[rnd(rng) % ARRAY_SIZE(sizes)];
	if (!(rnd(rng) % 4))
		need->quirks = rnd(rng) % 4;
}

/* On a slow kernel fewer rounds will do: a test has 30 seconds. */
static bool slow(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec >= 8;
}

static void shuffle(struct iommufdx_plan_device *need, int nr, uint64_t *rng)
{
	struct iommufdx_plan_device swap;

	for (int i = nr - 1; i > 0; i--) {
		int j = rnd(rng) % (i + 1);

		swap = need[i];
		need[i] = need[j];
		need[j] = swap;
	}
}

TEST_F(plan, random_needs_in_every_order)
{
	struct iommufdx_plan_device need[NR];
	struct iommufdx_plan_group group[NR];
	uint64_t seed = rnd_seed(), rng = seed;
	uint32_t nr_groups, flags;
	struct timespec start;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int round = 0; round < 200 && !slow(&start); round++) {
		int nr = 1 + rnd(&rng) % NR;

		for (int i = 0; i < NR; i++)
			random_need(&self->need[i], self->id[i], &rng);
		shuffle(self->need, NR, &rng);
		ASSERT_EQ(0, PLAN(nr));
		EXPECT_HOLDS(nr);

		memcpy(need, self->need, sizeof(need));
		shuffle(need, nr, &rng);
		nr_groups = NR;
		ASSERT_EQ(0, iommufdx_plan_domains(self->r.iommu, need, nr,
						   group, &nr_groups, &flags));
		EXPECT_EQ(IOMMUFDX_PLAN_MINIMAL, flags);
		ASSERT_EQ(self->nr_groups, nr_groups);
		EXPECT_EQ(0, memcmp(group, self->group,
				    nr_groups * sizeof(*group)));
		for (int i = 0; i < nr; i++)
			for (int j = 0; j < nr; j++)
				if (need[i].dev_id == self->need[j].dev_id)
					EXPECT_EQ(need[i].out_group,
						  self->need[j].out_group);
	}
}

/* Is there a kind of table that meets the need? */
static bool table_meets(const struct iommufdx_table_caps *tables, uint32_t num,
			const struct iommufdx_plan_device *need)
{
	for (uint32_t i = 0; i < num; i++) {
		const struct iommufdx_table_caps *t = &tables[i];
		uint64_t least = t->page_sizes & -t->page_sizes;

		/* What an IOAS cannot fill is not offered. */
		if (least > PAGE)
			return false;
		if ((!need->format || need->format == t->format) &&
		    !(need->flags & ~t->flags) && !(need->quirks & ~t->quirks) &&
		    need->va_bits <= t->va_bits &&
		    (!need->page_sizes || need->page_sizes & least))
			return true;
	}
	return false;
}

/*
 * A device alone has no group just where its request is refused, and GET_CAPS
 * tells beforehand.
 */
TEST_F(plan, refusals_are_those_of_requests)
{
	uint64_t seed = rnd_seed(), rng = seed;
	struct timespec start;
	int refused = 0, round;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	clock_gettime(CLOCK_MONOTONIC, &start);
	/* Enough of them to tell what share is refused. */
	for (round = 0; round < 300 || (round < 3000 && !slow(&start));
	     round++) {
		struct iommufdx_plan_device *need = &self->need[0];
		struct iommufdx_hwpt_choice got;
		struct iommufdx_hwpt_request want;
		struct iommufdx_table_caps tables[16];
		uint32_t ioas, num = ARRAY_SIZE(tables);
		int rc;

		random_need(need, self->id[round % NR], &rng);
		want = (struct iommufdx_hwpt_request){
			.flags = need->flags,
			.format = need->format,
			.va_bits = need->va_bits,
			.page_sizes = need->page_sizes,
			.quirks = need->quirks,
		};
		ASSERT_EQ(0, PLAN(1));
		ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &ioas));
		rc = iommufdx_hwpt_request(self->r.iommu, need->dev_id, ioas,
					   &want, &got);
		EXPECT_EQ(need->out_group == IOMMUFDX_PLAN_NO_GROUP, rc != 0) {
			TH_LOG("device %d flags %#x format %u width %u sizes %#llx quirks %#x: %d, reason %u",
			       round % NR, want.flags, want.format, want.va_bits,
			       (unsigned long long)want.page_sizes, want.quirks,
			       rc, need->out_reason);
		}
		EXPECT_EQ(!rc, need->out_reason == IOMMUFDX_PLAN_TOGETHER);
		EXPECT_TRUE(!rc || rc == -EOPNOTSUPP) {
			TH_LOG("sizes %#llx width %u: %d",
			       (unsigned long long)want.page_sizes,
			       want.va_bits, rc);
		}
		ASSERT_EQ(0, iommufdx_table_caps(self->r.iommu, need->dev_id,
						 tables, &num));
		EXPECT_EQ(!rc, table_meets(tables, num, need));
		refused += !!rc;
		if (!rc)
			EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, got.hwpt));
		EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, ioas));
	}
	/* Both are tested. */
	EXPECT_LT(round / 10, refused);
	EXPECT_GT(round * 9 / 10, refused);
}

TEST_F(plan, caps_of_a_device)
{
	struct iommufdx_table_caps tables[2] = {}, other = { .format = 77 };
	struct iommufdx_get_caps cmd = {
		.size = sizeof(cmd),
		.dev_id = self->id[SMMU + 1],
		.tables_uptr = (uintptr_t)tables,
		.table_len = sizeof(tables[0]),
		.table_num = 1,
	};
	int fd = iommufdx_fd(self->r.iommu);

	/* As far as there is room, and how many there are. */
	tables[1] = other;
	ASSERT_EQ(0, ioctl(fd, IOMMUFDX_GET_CAPS, &cmd));
	EXPECT_LT(1, cmd.table_num);
	EXPECT_EQ(16, cmd.out_pasid_bits);
	EXPECT_EQ(IOMMUFDX_FORMAT_ARMV8_S1, tables[0].format);
	EXPECT_EQ(0, memcmp(&other, &tables[1], sizeof(other)));
	cmd.table_num = 0;
	cmd.tables_uptr = 0;
	cmd.dev_id = self->id[SMMU];
	ASSERT_EQ(0, ioctl(fd, IOMMUFDX_GET_CAPS, &cmd));
	EXPECT_LT(1, cmd.table_num);
	EXPECT_EQ(0, cmd.out_pasid_bits);
	cmd.table_num = 1;
	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_GET_CAPS, &cmd));
	EXPECT_EQ(EFAULT, errno);
	cmd.table_num = 1;
	cmd.table_len = sizeof(tables[0]) - 1;
	EXPECT_EQ(-1, ioctl(fd, IOMMUFDX_GET_CAPS, &cmd));
	EXPECT_EQ(EINVAL, errno);
	/* Without a device there are no tables. */
	cmd.table_len++;
	cmd.dev_id = 0;
	ASSERT_EQ(0, ioctl(fd, IOMMUFDX_GET_CAPS, &cmd));
	EXPECT_EQ(0, cmd.table_num);
}

TEST_F(plan, bad_entries)
{
	static const struct {
		const char *what;
		int errno_wanted;
		struct iommufdx_plan_device entry;
	} bad[] = {
		{ "flag", -EOPNOTSUPP, { .flags = 1u << 31 } },
		{ "fault queue", -EOPNOTSUPP,
		  { .flags = IOMMUFDX_HWPT_FAULT_ID_VALID } },
		{ "format", -EOPNOTSUPP,
		  { .format = IOMMUFDX_FORMAT_ARMV8_S2 + 1 } },
		{ "quirk", -EOPNOTSUPP, { .quirks = 1u << 31 } },
		{ "reserved", -EOPNOTSUPP, { .__reserved = 1 } },
		{ "contradiction", -EINVAL,
		  { .flags = IOMMUFDX_HWPT_PASID | IOMMUFDX_HWPT_NO_PASID } },
		{ "width", -EINVAL, { .va_bits = 65 } },
		{ "no device", -ENOENT, { .dev_id = 0xffff } },
		{ "no device either", -ENOENT, {} },
	};
	struct iommufdx_plan_device untouched;

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		self->need[1] = bad[i].entry;
		if (i < ARRAY_SIZE(bad) - 2)
			self->need[1].dev_id = self->id[1];
		self->need[0].out_group = 77;
		untouched = self->need[0];
		EXPECT_EQ(bad[i].errno_wanted, PLAN(2)) {
			TH_LOG("%s", bad[i].what);
		}
		EXPECT_EQ(0, memcmp(&untouched, self->need, sizeof(untouched)));
	}
	self->need[1].dev_id = self->r.ioas;
	EXPECT_EQ(-ENOENT, PLAN(2));
}

TEST_F(plan, bad_arrays)
{
	struct iommufdx_plan_domains cmd, good = {
		.size = sizeof(good),
		.devices_uptr = (uintptr_t)self->need,
		.device_len = sizeof(self->need[0]),
		.device_num = NR,
		.groups_uptr = (uintptr_t)self->group,
		.group_len = sizeof(self->group[0]),
		.group_num = NR,
	};
	int fd = iommufdx_fd(self->r.iommu);

#define TRY(want, change) do {						\
	cmd = good;							\
	change;								\
	EXPECT_EQ(want, ioctl(fd, IOMMUFDX_PLAN_DOMAINS, &cmd) ? errno : 0) { \
		TH_LOG("%s", #change);					\
	}								\
} while (0)
	TRY(0, (void)0);
	EXPECT_EQ(3, cmd.group_num);
	EXPECT_EQ(NR, cmd.device_num);
	EXPECT_EQ(IOMMUFDX_PLAN_MINIMAL, cmd.out_flags);
	TRY(EINVAL, cmd.device_num = 0);
	TRY(EINVAL, cmd.device_len--);
	TRY(EINVAL, cmd.group_len--);
	TRY(E2BIG, cmd.device_num = IOMMUFDX_PLAN_MAX_DEVICES + 1);
	TRY(E2BIG, cmd.device_len = 1u << 31);
	TRY(E2BIG, cmd.group_len = 1u << 31);
	TRY(E2BIG, cmd.device_len += 8);
	TRY(EFAULT, cmd.devices_uptr = PAGE);
	TRY(EFAULT, cmd.groups_uptr = PAGE);
	TRY(EFAULT, cmd.separations_uptr = PAGE);
	TRY(0, cmd.size = offsetof(struct iommufdx_plan_domains,
				   separations_uptr));
	TRY(EMSGSIZE, cmd.group_num = 2);
	EXPECT_EQ(3, cmd.group_num);
	TRY(EMSGSIZE, cmd.group_num = 0; cmd.groups_uptr = 0);
	TRY(ENOENT, self->need[5].dev_id = 0xffff);
	EXPECT_EQ(5, cmd.device_num);
}

#define MANY	1000

/*
 * And how long it takes: the limit is for a busy host, the time is printed. The
 * host may stop a processor meanwhile, so the shortest of some plans counts. Where
 * it takes long to make the devices, fewer are planned.
 */
TEST_F(plan, thousand_devices)
{
	static struct iommufdx_plan_device need[MANY];
	static struct iommufdx_device *dev[MANY];
	const struct rlimit files = { 2 * MANY, 2 * MANY };
	struct timespec from, to;
	uint64_t rng = 1;
	long us, least = LONG_MAX;
	int many;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (many = 0; many < MANY && !slow(&from); many++) {
		struct iommufdx_mock_dev_config config = {
			.iommu = self->r.mock_iommu - many % NR_MAKES,
			.rid = RIG_RID + NR + many,
		};
		uint32_t mock_dev, id;

		ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config,
						   &mock_dev));
		ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, mock_dev,
						    &dev[many]));
		ASSERT_EQ(0, iommufdx_device_bind(dev[many], self->r.iommu, &id));
		random_need(&need[many], id, &rng);
	}
	for (int i = 0; i < 5; i++) {
		self->nr_groups = NR;
		clock_gettime(CLOCK_MONOTONIC, &from);
		ASSERT_EQ(0, iommufdx_plan_domains(self->r.iommu, need, many,
						   self->group,
						   &self->nr_groups, NULL));
		clock_gettime(CLOCK_MONOTONIC, &to);
		us = (to.tv_sec - from.tv_sec) * 1000000 +
		     (to.tv_nsec - from.tv_nsec) / 1000;
		least = us < least ? us : least;
	}
	TH_LOG("%d devices with random needs: %ld us, %u groups", many, least,
	       self->nr_groups);
	EXPECT_GT(500000, least);
	for (int i = 0; i < many; i++)
		iommufdx_device_close(dev[i]);
}

TEST_HARNESS_MAIN
