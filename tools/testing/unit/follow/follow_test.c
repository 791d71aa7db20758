// SPDX-License-Identifier: GPL-2.0-only
/*
 * Followers against an oracle that looks every key up anew after every command.
 * Tables are random: what leads to a table leads to one of a few pages of random
 * memory, and whatever lies there is taken for one. Callbacks fail now and then.
 */
#include "tap.h"

#include <errno.h>
#include <string.h>
#include "oracle.h"

#define RID		IOMMUFDX_FOLLOW_RID
#define DEVICES		3
/* PASIDs that the tables here can hold: 0 .. PASIDS - 1, then RID. */
#define PASIDS		8192
#define KEYS		(PASIDS + 1)
#define MAX_HWPTS	200000

/* What is attached to a key, by the callbacks; hwpt 0 is nothing. */
struct key {
	uint32_t hwpt;
	struct iommufdx_follow_desc desc;
};

struct hwpt {
	bool live;
	struct iommufdx_follow_desc desc;
};

static const uint32_t numbers[DEVICES] = { 0x0008, 0x000b, 0x0090 };
static struct key world[DEVICES][KEYS], want[DEVICES][KEYS];
static struct hwpt hwpts[MAX_HWPTS];
static uint32_t nr_hwpts;
static bool failed[DEVICES][KEYS];
static int failures, first_failure;
static unsigned int fail_one_of;
static struct tap_rng rng;

static int device_index(uint32_t number)
{
	for (int i = 0; i < DEVICES; i++)
		if (numbers[i] == number)
			return i;
	tap_fail(__FILE__, __LINE__, "device %#x", number);
	return 0;
}

static uint32_t key_index(uint32_t pasid)
{
	return pasid == RID ? PASIDS : pasid;
}

static struct key *key_of(uint32_t device, uint32_t pasid)
{
	CHECK(pasid == RID || pasid < PASIDS);
	return &world[device_index(device)][key_index(pasid) % KEYS];
}

static bool fails(uint32_t device, uint32_t pasid)
{
	if (!fail_one_of || tap_below(&rng, fail_one_of))
		return false;
	failed[device_index(device)][key_index(pasid) % KEYS] = true;
	if (!failures++)
		first_failure = -EIO;
	return true;
}

/* -------------------------------------------------------------------- callbacks */

static int cb_read(void *ctx, uint64_t gpa, void *buf, size_t len)
{
	CHECK(len && gpa / 4096 == (gpa + len - 1) / 4096);
	if (gpa < MEM_GPA || gpa - MEM_GPA + len > sizeof(mem))
		return -EFAULT;
	memcpy(buf, (char *)mem + (gpa - MEM_GPA), len);
	return 0;
}

static int cb_alloc(void *ctx, const struct iommufdx_follow_desc *desc,
		    uint32_t *hwpt)
{
	if (fails(desc->device, desc->pasid))
		return -EIO;
	*hwpt = ++nr_hwpts;
	if (nr_hwpts >= MAX_HWPTS)
		abort();
	hwpts[*hwpt] = (struct hwpt){ .live = true, .desc = *desc };
	return 0;
}

static int cb_attach(void *ctx, uint32_t device, uint32_t pasid, uint32_t hwpt)
{
	struct key *key = key_of(device, pasid);

	CHECK(!key->hwpt && hwpts[hwpt].live);
	if (fails(device, pasid))
		return -EIO;
	key->hwpt = hwpt;
	return 0;
}

static int cb_replace(void *ctx, uint32_t device, uint32_t pasid, uint32_t hwpt)
{
	struct key *key = key_of(device, pasid);

	CHECK(key->hwpt && key->hwpt != hwpt && hwpts[hwpt].live);
	if (fails(device, pasid))
		return -EIO;
	key->hwpt = hwpt;
	return 0;
}

static void cb_detach(void *ctx, uint32_t device, uint32_t pasid)
{
	struct key *key = key_of(device, pasid);

	CHECK(key->hwpt);
	key->hwpt = 0;
}

static void cb_destroy(void *ctx, uint32_t hwpt)
{
	CHECK(hwpts[hwpt].live);
	CHECK(key_of(hwpts[hwpt].desc.device, hwpts[hwpt].desc.pasid)->hwpt !=
	      hwpt);
	hwpts[hwpt].live = false;
}

static const struct iommufdx_follow_ops ops = {
	.read = cb_read,
	.alloc = cb_alloc,
	.attach = cb_attach,
	.replace = cb_replace,
	.detach = cb_detach,
	.destroy = cb_destroy,
};

/* ------------------------------------------------------------- random contents */

static uint64_t random_page(void)
{
	return MEM_GPA + tap_below(&rng, MEM_PAGES + 1) * 4096;
}

static void random_vtd(uint64_t *page, int kind)
{
	for (int n = 0; n < 6; n++) {
		uint32_t fn = numbers[tap_below(&rng, DEVICES)] & 0xff;
		uint32_t i = tap_below(&rng, 512);

		switch (kind) {
		case 0:
			/* A root table: bus 0; both halves. */
			page[tap_below(&rng, 2)] = random_page() | 1;
			break;
		case 1:
			/* Scalable contexts: small directories. */
			i = fn % 128 * 4;
			page[i] = random_page() | 1 | tap_below(&rng, 2) << 3;
			page[i + 1] = tap_below(&rng, 80);
			break;
		case 2:
			/* Legacy ones. */
			page[fn * 2] = random_page() | 1 |
				       tap_below(&rng, 4) << 2;
			page[fn * 2 + 1] = tap_below(&rng, 4) << 8;
			break;
		case 3:
			/* A directory. */
			page[i] = random_page() | (tap_below(&rng, 3) ? 1 : 0);
			break;
		default:
			i &= ~7;
			page[i] = random_page() | (tap_below(&rng, 4) ? 1 : 0) |
				  tap_below(&rng, 6) << 6;
			page[i + 1] = tap_below(&rng, 4);
		}
	}
}

static void random_smmuv3(uint64_t *page, int kind)
{
	for (int n = 0; n < 6; n++) {
		uint32_t i = tap_below(&rng, 512);

		switch (kind) {
		case 0:
			/* Level 1: of streams or of context descriptors. */
			page[i % 16] = random_page() | tap_below(&rng, 13);
			break;
		case 1:
		case 2:
			i = numbers[tap_below(&rng, DEVICES)] % 64 * 8;
			page[i] = random_page() | 1 |
				  (tap_below(&rng, 3) ? 5 : tap_below(&rng, 8)) << 1 |
				  tap_below(&rng, 4) << 4 |
				  (tap_below(&rng, 9) ? tap_below(&rng, 13) :
							21) << 59;
			page[i + 1] = tap_below(&rng, 4);
			break;
		default:
			i &= ~7;
			page[i] = (tap_below(&rng, 4) ? 1ull << 31 : 0) |
				  tap_below(&rng, 5) << 48;
			page[i + 1] = random_page();
		}
	}
}

static void random_amd(uint64_t *page, int kind)
{
	for (int n = 0; n < 6; n++) {
		uint32_t i = tap_below(&rng, 512);
		/* One of the pages that trim_amd() keeps short. */
		uint64_t root = MEM_GPA + (4 * tap_below(&rng, 6) + 2) * 4096;

		if (kind < 2) {
			i = numbers[tap_below(&rng, DEVICES)] % 128 * 4;
			page[i] = (tap_below(&rng, 6) ? 1 : 0) |
				  (tap_below(&rng, 6) ? 2 : 0) |
				  tap_below(&rng, 8) << 9 |
				  tap_below(&rng, 2) << 54 |
				  (tap_below(&rng, 3) ? 1ull << 55 : 0) |
				  /* GLX: one level, two, or one that is not */
				  (tap_below(&rng, 8) ? tap_below(&rng, 2) : 3) << 56 |
				  (root >> 12 & 7) << 58;
			page[i + 1] = tap_below(&rng, 4) |
				      (root >> 15 & 0xffff) << 16 |
				      root >> 31 << 43;
			continue;
		}
		/* GCR3 entries; upper tables are short, for PASIDS' sake. */
		if (kind == 2)
			i %= PASIDS / 512;
		page[i] = random_page() | (tap_below(&rng, 3) ? 1 : 0);
	}
}

/* The page that a two-level GCR3 table starts at must be short. */
static void trim_amd(void)
{
	for (int page = 0; page < MEM_PAGES; page++)
		for (int i = PASIDS / 512; i < 512; i++)
			if (page % 4 == 2)
				mem[page * 512 + i] = 0;
}

static void change(const struct oracle *o)
{
	int page = tap_below(&rng, MEM_PAGES);
	uint64_t *at = &mem[page * 512];
	int kind = page % 5;

	if (!tap_below(&rng, 12)) {
		memset(at, 0, 4096);
		return;
	}
	if (o->vendor == IOMMUFDX_FOLLOW_VTD)
		random_vtd(at, kind);
	else if (o->vendor == IOMMUFDX_FOLLOW_SMMUV3)
		random_smmuv3(at, kind);
	else
		random_amd(at, page % 4);
	if (o->vendor == IOMMUFDX_FOLLOW_AMD)
		trim_amd();
}

static struct iommufdx_follow_regs random_regs(const struct oracle *o)
{
	struct iommufdx_follow_regs regs = {
		.enabled = tap_below(&rng, 8),
		.base = MEM_GPA + 5 * tap_below(&rng, 4) * 4096,
	};

	switch (o->vendor) {
	case IOMMUFDX_FOLLOW_VTD:
		regs.base |= (tap_below(&rng, 4) ? 1 : tap_below(&rng, 4)) << 10;
		break;
	case IOMMUFDX_FOLLOW_SMMUV3:
		if (tap_below(&rng, 2)) {
			regs.base_cfg = 1 << 16 | 6 << 6 | tap_below(&rng, 12);
		} else {
			/* Aligned to all of these lengths, or to a page. */
			regs.base = tap_below(&rng, 2) ? MEM_GPA + 11 * 4096 :
							 regs.base + 4096;
			regs.base_cfg = tap_below(&rng, 4) + 5;
		}
		break;
	default:
		regs.base = (MEM_GPA + 4 * tap_below(&rng, 5) * 4096) |
			    tap_below(&rng, 2);
	}
	return regs;
}

static void random_command(const struct oracle *o, uint64_t cmd[2])
{
	uint64_t dev = numbers[tap_below(&rng, DEVICES)];
	uint64_t pasid = tap_below(&rng, 3) ? tap_below(&rng, 130) : 0;
	uint64_t did = tap_below(&rng, 4);

	cmd[0] = cmd[1] = 0;
	switch (o->vendor) {
	case IOMMUFDX_FOLLOW_VTD:
		if (!tap_below(&rng, 4))
			cmd[0] = 1 | tap_below(&rng, 4) << 4 | dev << 32 |
				 tap_below(&rng, 4) << 48;
		else
			cmd[0] = (tap_below(&rng, 16) ? 7 : 6) |
				 tap_below(&rng, 4) << 4 | did << 16 | pasid << 32;
		break;
	case IOMMUFDX_FOLLOW_SMMUV3:
		cmd[0] = (tap_below(&rng, 16) ? 3 + tap_below(&rng, 4) : 0x12) |
			 pasid << 12 | dev << 32;
		cmd[1] = tap_below(&rng, 3) ? tap_below(&rng, 8) : 31;
		break;
	default:
		cmd[0] = (tap_below(&rng, 2) ? 3ull : tap_below(&rng, 16)) << 60;
		cmd[0] |= cmd[0] >> 60 == 3 ? pasid | did << 32 : dev;
		cmd[1] = tap_below(&rng, 4) ? 0x7ffffffffffff005ull :
					      tap_rand(&rng);
	}
}

/* ----------------------------------------------------------------------- checks */

/* What must be there now, if @cmd (NULL: everything) was carried out. */
static void expect(const struct oracle *o, const uint64_t *cmd)
{
	struct iommufdx_follow_desc now;

	for (int d = 0; d < DEVICES; d++) {
		for (uint32_t k = 0; k < KEYS; k++) {
			struct key *key = &want[d][k];
			bool there = oracle_lookup(o, numbers[d],
						   k == PASIDS ? RID : k, &now);

			if (!key->hwpt && !there)
				continue;
			if (cmd && !oracle_covers(o, cmd, key->hwpt ?
							  &key->desc : &now))
				continue;
			/* Equal: not touched. */
			if (key->hwpt && there &&
			    !memcmp(&key->desc, &now, sizeof(now)))
				continue;
			key->hwpt = there && !failed[d][k] ? ~0u : 0;
			key->desc = now;
		}
	}
}

static int check_slot(void *arg, const struct iommufdx_follow_desc *desc,
		      uint32_t hwpt)
{
	CHECK_EQ(key_of(desc->device, desc->pasid)->hwpt, hwpt);
	++*(unsigned int *)arg;
	return 0;
}

static void compare(const struct iommufdx_follower *f)
{
	unsigned int attached = 0, live = 0, slots = 0;

	for (int d = 0; d < DEVICES; d++) {
		for (uint32_t k = 0; k < KEYS; k++) {
			uint32_t hwpt = world[d][k].hwpt;

			CHECK_EQ(!!hwpt, !!want[d][k].hwpt);
			if (!hwpt)
				continue;
			attached++;
			CHECK(!memcmp(&hwpts[hwpt].desc, &want[d][k].desc,
				      sizeof(want[d][k].desc)));
			/* ~0: it had to be made anew. */
			if (want[d][k].hwpt != ~0u)
				CHECK_EQ(hwpt, want[d][k].hwpt);
			want[d][k].hwpt = hwpt;
		}
	}
	for (uint32_t i = 1; i <= nr_hwpts; i++)
		live += hwpts[i].live;
	CHECK_EQ(live, attached);
	iommufdx_follow_each(f, check_slot, &slots);
	CHECK_EQ(slots, attached);
}

static void forget_failures(void)
{
	memset(failed, 0, sizeof(failed));
	failures = first_failure = 0;
}

static void random_run(uint32_t vendor, bool pasids, u64 ops_left)
{
	const struct iommufdx_follow_config config = {
		.vendor = vendor,
		.pasids = pasids,
		.max_keys = 100000,
	};
	struct oracle o = { .vendor = vendor, .pasids = pasids };
	struct iommufdx_follower *f;
	uint64_t cmd[2];
	int rc;

	memset(world, 0, sizeof(world));
	memset(want, 0, sizeof(want));
	memset(mem, 0, sizeof(mem));
	nr_hwpts = 0;
	fail_one_of = 0;
	REQUIRE(!iommufdx_follow_new(&config, &ops, NULL, &f));
	for (int d = 0; d < DEVICES; d++)
		CHECK(!iommufdx_follow_add(f, numbers[d]));
	for (int i = 0; i < 400; i++)
		change(&o);
	while (ops_left-- && !tap_checks_failed) {
		if (nr_hwpts > MAX_HWPTS / 2)
			break;
		forget_failures();
		fail_one_of = tap_below(&rng, 4) ? 0 : 1 + tap_below(&rng, 20);
		for (int i = tap_below(&rng, 6); i--;)
			change(&o);
		switch (tap_below(&rng, 24)) {
		case 0:
			o.regs = random_regs(&o);
			rc = iommufdx_follow_set_regs(f, &o.regs);
			expect(&o, NULL);
			break;
		case 1:
			rc = iommufdx_follow_replay(f);
			if (o.regs.base)
				expect(&o, NULL);
			break;
		case 2:
			if (tap_below(&rng, 4))
				continue;
			iommufdx_follow_reset(f);
			memset(want, 0, sizeof(want));
			compare(f);
			o.regs = random_regs(&o);
			rc = iommufdx_follow_set_regs(f, &o.regs);
			expect(&o, NULL);
			break;
		default:
			if (!o.regs.base)
				continue;
			random_command(&o, cmd);
			rc = iommufdx_follow_command(f, cmd, NULL);
			expect(&o, cmd);
		}
		CHECK_EQ(rc, first_failure);
		compare(f);
	}
	iommufdx_follow_free(f);
	for (uint32_t i = 1; i <= nr_hwpts; i++)
		CHECK(!hwpts[i].live);
	printf("# %u HWPTs were made\n", nr_hwpts);
	CHECK(nr_hwpts > 10);
}

#define RANDOM(_name, _vendor, _pasids) \
	static void _name(void) \
	{ \
		u64 seed = tap_env("SEED", 1), n = tap_env("OPS", 400); \
		rng.state = seed; \
		printf("# SEED=%llu OPS=%llu\n", seed, n); \
		random_run(_vendor, _pasids, n); \
	}
RANDOM(vtd_matches_the_oracle, IOMMUFDX_FOLLOW_VTD, false)
RANDOM(smmuv3_matches_the_oracle, IOMMUFDX_FOLLOW_SMMUV3, true)
RANDOM(smmuv3_without_pasids, IOMMUFDX_FOLLOW_SMMUV3, false)
RANDOM(amd_matches_the_oracle, IOMMUFDX_FOLLOW_AMD, true)
RANDOM(amd_without_pasids, IOMMUFDX_FOLLOW_AMD, false)

/* Nothing but ones and pointers to itself: as many keys as there may be. */
static void hostile_memory_has_bounds(void)
{
	for (uint32_t vendor = 0; vendor <= IOMMUFDX_FOLLOW_AMD; vendor++) {
		const struct iommufdx_follow_config config = {
			.vendor = vendor, .pasids = true, .max_keys = 50,
		};
		struct iommufdx_follow_regs regs = {
			/* Short enough for its table to be in memory. */
			.enabled = true, .base = MEM_GPA, .base_cfg = 4,
		};
		struct iommufdx_follower *f;
		unsigned int slots;

		if (vendor == IOMMUFDX_FOLLOW_VTD)
			regs.base |= 1 << 10;
		REQUIRE(!iommufdx_follow_new(&config, &ops, NULL, &f));
		CHECK(!iommufdx_follow_add(f, numbers[0]));
		nr_hwpts = 0;
		memset(world, 0, sizeof(world));
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < MEM_WORDS; i++)
				mem[i] = round == 0 ? ~0ull :
					 round == 1 ? MEM_GPA | 0x80000fff :
						      MEM_GPA | 0x49;
			iommufdx_follow_set_regs(f, &regs);
			slots = 0;
			iommufdx_follow_each(f, check_slot, &slots);
			CHECK(slots <= 50);
		}
		iommufdx_follow_free(f);
	}
}

static void bad_calls(void)
{
	struct iommufdx_follow_config config = { .vendor = 3 };
	struct iommufdx_follower *f;

	CHECK_EQ(iommufdx_follow_new(&config, &ops, NULL, &f), -EINVAL);
	config.vendor = IOMMUFDX_FOLLOW_VTD;
	REQUIRE(!iommufdx_follow_new(&config, &ops, NULL, &f));
	CHECK_EQ(iommufdx_follow_remove(f, 8), -ENOENT);
	CHECK_EQ(iommufdx_follow_add(f, 8), 0);
	CHECK_EQ(iommufdx_follow_add(f, 8), -EEXIST);
	CHECK_EQ(iommufdx_follow_remove(f, 8), 0);
	iommufdx_follow_free(f);
	iommufdx_follow_free(NULL);
}

int main(void)
{
	TAP_RUN(vtd_matches_the_oracle);
	TAP_RUN(smmuv3_matches_the_oracle);
	TAP_RUN(smmuv3_without_pasids);
	TAP_RUN(amd_matches_the_oracle);
	TAP_RUN(amd_without_pasids);
	fail_one_of = 0;
	TAP_RUN(hostile_memory_has_bounds);
	TAP_RUN(bad_calls);
	return tap_done();
}
