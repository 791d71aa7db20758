// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries in every transition, looked at after every single store: each word may
 * be as any store since the last sync left it, in all combinations. What
 * hardware makes of that must be the old entry, the new one or none.
 *
 * Entries are decoded with literal values of sections 9.3, 9.4 and 9.6.
 */
#include <linux/string.h>
#include "rig.h"

#define WORDS	VTD_PE_WORDS
#define PASTS	4

/* What hardware takes from an entry; all zero: it is absent. */
struct meaning {
	u64 part[WORDS];
};

typedef struct meaning (*decode_fn)(const u64 *w);

static struct meaning decode_pe(const u64 *w)
{
	struct meaning m = {};

	if (!(w[0] & 1))
		return m;
	m.part[0] = w[0] & 0x1c1;		/* P, PGTT */
	m.part[1] = w[1] & 0x180ffff;		/* DID, PWSNP, PGSNP */
	if ((w[0] >> 6 & 7) & 1)		/* first stage, or nested */
		m.part[2] = w[2];
	if ((w[0] >> 6 & 7) & 2)		/* AW, SSEE, SSADE, SSPTPTR */
		m.part[0] |= w[0] & ~0xdc3ULL;
	return m;
}

static struct meaning decode_legacy(const u64 *w)
{
	struct meaning m = {};

	if (w[0] & 1)
		m = (struct meaning){ { w[0], w[1] } };
	return m;
}

static struct meaning decode_sctx(const u64 *w)
{
	return decode_legacy(w);
}

/* The update under way. */
static u64 entry[WORDS] __aligned(64);
static u64 past[WORDS][PASTS];
static unsigned int pasts[WORDS];
static decode_fn decode;
static struct meaning meaning_old, meaning_new;
static bool saw_absent;
static u64 fail_at, syncs;

static void look(u64 *w, unsigned int i, unsigned int words)
{
	static const struct meaning absent;
	struct meaning m;
	unsigned int n;

	if (i < words) {
		for (n = 0; n < pasts[i]; n++) {
			w[i] = past[i][n];
			look(w, i + 1, words);
		}
		return;
	}
	m = decode(w);
	if (!memcmp(&m, &absent, sizeof(m)))
		saw_absent = true;
	else if (memcmp(&m, &meaning_old, sizeof(m)))
		CHECK(!memcmp(&m, &meaning_new, sizeof(m)));
}

static unsigned int nr_words;

static void observe_store(u64 *dst, const u64 *val)
{
	unsigned int i = dst - entry;
	u64 w[WORDS] = {};

	iommufdx_entry_store64(dst, val);
	REQUIRE(i < nr_words && pasts[i] < PASTS);
	past[i][pasts[i]++] = *dst;
	look(w, 0, nr_words);
}

static void forget(void)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		pasts[i] = 1;
		past[i][0] = entry[i];
	}
}

static int observe_sync(void *ctx)
{
	/* What it keeps cannot be known where it fails: take it that it worked. */
	forget();
	return ++syncs == fail_at ? -EIO : 0;
}

static int transition(const struct entry_ops *format, decode_fn fn,
		      const struct vtd_image *from, const struct vtd_image *to,
		      unsigned int flags)
{
	struct entry_ops ops = *format;
	int rc;

	ops.store = observe_store;
	ops.sync = observe_sync;
	nr_words = ops.words;
	decode = fn;
	memset(entry, 0, sizeof(entry));
	memcpy(entry, from->word, ops.words * sizeof(u64));
	forget();
	meaning_old = fn(from->word);
	meaning_new = fn(to->word);
	saw_absent = !(from->word[0] & 1) || !(to->word[0] & 1);
	syncs = 0;
	rc = iommufdx_entry_write(&ops, entry, to->word, NULL, flags);
	if (rc == ENTRY_HITLESS && (from->word[0] & to->word[0] & 1))
		CHECK(!saw_absent);
	CHECK(!memcmp(entry, rc < 0 && !(flags & ENTRY_FORCE) ? from->word :
							       to->word,
		      ops.words * sizeof(u64)));
	return rc;
}

/* The same with each sync failing in turn. */
static void check_transition(const struct entry_ops *format, decode_fn fn,
			     const struct vtd_image *from,
			     const struct vtd_image *to, int expected)
{
	u64 all;

	fail_at = 0;
	CHECK_EQ(transition(format, fn, from, to, 0), expected);
	all = syncs;
	for (fail_at = 1; fail_at <= all; fail_at++) {
		CHECK_EQ(transition(format, fn, from, to, 0), -EIO);
		CHECK_EQ(transition(format, fn, from, to, ENTRY_FORCE), -EIO);
	}
	fail_at = 0;
}

#define ROOT_A	0x123456000ULL
#define ROOT_B	0xfedcba9876000ULL

/* Absent, and both stages with other DIDs, tables, widths and flags. */
static void pasid_entries(void)
{
	struct vtd_image image[16];
	unsigned int nr = 0, i, j, words, diff;

	image[nr++] = (struct vtd_image){};
	image[nr++] = vtd_pe_first(1, ROOT_A, 4, false);
	image[nr++] = vtd_pe_first(2, ROOT_A, 4, false);
	image[nr++] = vtd_pe_first(2, ROOT_B, 4, false);
	image[nr++] = vtd_pe_first(2, ROOT_B, 5, true);
	image[nr++] = vtd_pe_second(1, ROOT_A, 4, false, false);
	image[nr++] = vtd_pe_second(1, ROOT_A, 4, false, true);
	image[nr++] = vtd_pe_second(1, ROOT_B, 5, false, true);
	image[nr++] = vtd_pe_second(2, ROOT_B, 3, true, false);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++) {
			diff = 0;
			for (words = 0; words < 3; words++)
				diff += image[i].word[words] !=
					image[j].word[words];
			if (!(image[i].word[0] & image[j].word[0] & 1))
				diff = !!diff;
			/* From one stage to the other the root is prepared. */
			else if ((image[i].word[2] != 0) !=
				 (image[j].word[2] != 0))
				diff = 1 + (image[i].word[1] !=
					    image[j].word[1]);
			check_transition(&vtd_pe_ops, decode_pe, &image[i],
					 &image[j],
					 !diff ? ENTRY_SAME :
					 diff == 1 ? ENTRY_HITLESS :
						     ENTRY_BROKEN);
		}
	}
}

/* On one parent, and to it and back, with the DID in transit. */
static void nested_entries(void)
{
	const struct vtd_image second = vtd_pe_second(1, ROOT_A, 4, false,
						      true);
	const struct vtd_image a = vtd_pe_nested(&second, 0x1000);
	const struct vtd_image b = vtd_pe_nested(&second, 0x2005);

	check_transition(&vtd_pe_ops, decode_pe, &a, &b, ENTRY_HITLESS);
	check_transition(&vtd_pe_ops, decode_pe, &a, &second, ENTRY_HITLESS);
	check_transition(&vtd_pe_ops, decode_pe, &second, &b, ENTRY_HITLESS);
}

static void legacy_context_entries(void)
{
	struct vtd_image none = {}, a, b, c;

	a = vtd_legacy_image(1, ROOT_A, 4, false);
	b = vtd_legacy_image(2, ROOT_A, 4, false);
	c = vtd_legacy_image(2, ROOT_B, 4, true);
	check_transition(&vtd_legacy_ops, decode_legacy, &none, &a,
			 ENTRY_HITLESS);
	check_transition(&vtd_legacy_ops, decode_legacy, &a, &none,
			 ENTRY_HITLESS);
	check_transition(&vtd_legacy_ops, decode_legacy, &a, &b, ENTRY_HITLESS);
	check_transition(&vtd_legacy_ops, decode_legacy, &b, &c, ENTRY_HITLESS);
	check_transition(&vtd_legacy_ops, decode_legacy, &a, &c, ENTRY_BROKEN);
}

static void scalable_context_entries(void)
{
	struct vtd_image none = {}, a = { { 0x12345000 | 0xd | 0x400, 0 } };

	check_transition(&vtd_sctx_ops, decode_sctx, &none, &a, ENTRY_HITLESS);
	check_transition(&vtd_sctx_ops, decode_sctx, &a, &none, ENTRY_HITLESS);
}

static void images_are_what_the_specification_says(void)
{
	struct vtd_image e;

	e = vtd_pe_first(0xabcd, 0x123456000, 4, true);
	CHECK_EQ(e.word[0], 0x41);
	CHECK_EQ(e.word[1], 0x180abcd);
	CHECK_EQ(e.word[2], 0x123456000);
	e = vtd_pe_first(0xabcd, 0x123456000, 5, false);
	CHECK_EQ(e.word[1], 0x080abcd);
	CHECK_EQ(e.word[2], 0x123456004);
	e = vtd_pe_second(0xabcd, 0x123456000, 4, false, true);
	CHECK_EQ(e.word[0], 0x123456000 | 0x200 | 0x80 | 0x8 | 1);
	CHECK_EQ(e.word[1], 0x080abcd);
	e = vtd_pe_nested(&e, 0x7654000 | 0x91);
	CHECK_EQ(e.word[0], 0x123456000 | 0x200 | 0xc0 | 0x8 | 1);
	CHECK_EQ(e.word[1], 0x080abcd);
	CHECK_EQ(e.word[2], 0x7654091);
	e = vtd_legacy_image(0xabcd, 0x123456000, 4, true);
	CHECK_EQ(e.word[0], 0x123456005);
	CHECK_EQ(e.word[1], 0xabcd02);
}

int main(void)
{
	TAP_RUN(images_are_what_the_specification_says);
	TAP_RUN(pasid_entries);
	TAP_RUN(nested_entries);
	TAP_RUN(legacy_context_entries);
	TAP_RUN(scalable_context_entries);
	return tap_done();
}
