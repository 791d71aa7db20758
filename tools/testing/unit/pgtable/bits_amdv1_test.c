// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD v1 entries, bit for bit: document 48882, section 2.2.3. The values are
 * written out by hand from the layout of the I/O page entries and the table of
 * page size encodings there.
 */
#include "bits.h"

static void create(u8 va_bits, u32 quirks)
{
	bits_create(PGTABLE_AMDV1, va_bits, 0, quirks);
}

/* The entry that hardware finds in the table of @level (1 is the lowest). */
static u64 entry_at(int level, u64 iova)
{
	u64 table = pgtable_top_phys(&pt);
	u64 e = 0;

	for (int l = pgtable_top_level(&pt) + 1; l >= level; l--) {
		u64 *base = phys_to_virt(table);

		e = base[iova >> (12 + 9 * (l - 1)) & 511];
		table = e & 0x000ffffffffff000ULL;
		if (!table)
			break;
	}
	return e;
}

static void leaf_of_every_kind(void)
{
	static const struct {
		u64 size, pa;
		int level, entries;
		u64 entry;
	} cases[] = {
		{ 1ULL << 12, 0x123456789000, 1, 1, 0x6000123456789001 },
		{ 1ULL << 13, 0x12345678a000, 1, 2, 0x600012345678ae01 },
		{ 1ULL << 14, 0x123456788000, 1, 4, 0x6000123456789e01 },
		{ 1ULL << 15, 0x123456788000, 1, 8, 0x600012345678be01 },
		{ 1ULL << 16, 0x123456780000, 1, 16, 0x6000123456787e01 },
		{ 1ULL << 20, 0x123456700000, 1, 256, 0x600012345677fe01 },
		{ 1ULL << 21, 0x123456600000, 2, 1, 0x6000123456600001 },
		{ 1ULL << 22, 0x123456400000, 2, 2, 0x60001234565ffe01 },
		{ 1ULL << 29, 0x123460000000, 2, 256, 0x600012346ffffe01 },
		{ 1ULL << 30, 0x123440000000, 3, 1, 0x6000123440000001 },
		{ 1ULL << 31, 0x123480000000, 3, 2, 0x60001234bffffe01 },
		{ 1ULL << 38, 0x124000000000, 3, 256, 0x6000125ffffffe01 },
		{ 1ULL << 40, 0x150000000000, 4, 2, 0x6000157ffffffe01 },
		{ 1ULL << 47, 0x800000000000, 4, 256, 0x6000bffffffffe01 },
		{ 1ULL << 48, 0x3000000000000, 5, 1, 0x6003000000000001 },
		{ 1ULL << 51, 0x8000000000000, 5, 8, 0x600bfffffffffe01 },
	};
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 iova = cases[i].size * 2, item;

		create(64, 0);
		CHECK_EQ(bits_map(iova, cases[i].pa, cases[i].size, RW), 0);
		item = cases[i].size / cases[i].entries;
		for (int k = 0; k < cases[i].entries; k++)
			CHECK_EQ(entry_at(cases[i].level, iova + k * item),
				 cases[i].entry);
		CHECK_EQ(entry_at(cases[i].level, iova + cases[i].size), 0);
		CHECK_EQ(entry_at(cases[i].level, iova - 1), 0);
		bits_destroy();
	}
}

static void permissions_and_coherence(void)
{
	create(48, 0);
	CHECK_EQ(bits_map(0x1000, 0x5000, SZ_4K, PGTABLE_READ), 0);
	CHECK_EQ(bits_map(0x2000, 0x9000, SZ_4K, PGTABLE_WRITE), 0);
	CHECK_EQ(bits_map(0x3000, 0x2000, SZ_4K, 0), 0);
	CHECK_EQ(entry_at(1, 0x1000), 0x2000000000005001);
	CHECK_EQ(entry_at(1, 0x2000), 0x4000000000009001);
	CHECK_EQ(entry_at(1, 0x3000), 0x0000000000002001);
	bits_destroy();
	create(48, PGTABLE_QUIRK_ENFORCE_SNOOP);
	CHECK_EQ(bits_map(0x1000, 0x5000, SZ_4K, RW), 0);
	CHECK_EQ(entry_at(1, 0x1000), 0x7000000000005001);
	bits_destroy();
}

/* IR and IW are granted by tables; NextLevel is the level pointed to. */
static void table_entries(void)
{
	create(64, 0);
	CHECK_EQ(pgtable_top_level(&pt), 5);
	CHECK_EQ(bits_map(0, 0x5000, SZ_4K, PGTABLE_READ), 0);
	for (int level = 2; level <= 6; level++)
		CHECK_EQ(entry_at(level, 0) & ~0x000ffffffffff000ULL,
			 0x6000000000000001 | (u64)(level - 1) << 9);
	CHECK_EQ(pt.ops->table_bytes(&pt), 6 * SZ_4K);
	bits_destroy();
}

/* Dirty is bit 6 and accessed bit 5; the scan clears dirty only. */
static u64 seen;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	seen |= bits << (index * 8);
}

static void dirty_bit(void)
{
	struct pgtable_dirty_sink sink = { .shift = 12, .word = sink_word };
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 *e;

	create(21, 0);
	CHECK_EQ(bits_map(0x3000, 0x5000, SZ_4K, RW), 0);
	e = (u64 *)phys_to_virt(pgtable_top_phys(&pt)) + 3;
	pt.ops->set_dirty(&pt, 0x3000, 0x3fff, true, &g);
	CHECK_EQ(*e, 0x6000000000005041);
	*e |= 0x20;
	seen = 0;
	pt.ops->read_dirty(&pt, 0, 0xffff, PGTABLE_DIRTY_NO_CLEAR, &sink, &g);
	CHECK_EQ(seen, 8);
	CHECK_EQ(*e, 0x6000000000005061);
	CHECK(pgtable_gather_empty(&g));
	seen = 0;
	pt.ops->read_dirty(&pt, 0, 0xffff, 0, &sink, &g);
	CHECK_EQ(seen, 8);
	CHECK_EQ(*e, 0x6000000000005021);
	CHECK_EQ(g.iova, 0x3000);
	CHECK_EQ(g.last, 0x3fff);
	bits_destroy();
}

int main(void)
{
	TAP_RUN(leaf_of_every_kind);
	TAP_RUN(permissions_and_coherence);
	TAP_RUN(table_entries);
	TAP_RUN(dirty_bit);
	return tap_done();
}
