/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One writer for table entries that are wider than a store.
 *
 * A device's entry (AMD DTE, VT-d PASID entry, SMMUv3 STE and CD) is 256 or 512
 * bits that hardware may fetch at any time while the driver replaces it. A
 * format says which bits hardware looks at for a given entry; from that, the
 * order of stores follows.
 *
 * Words
 *   used bits  what hardware looks at, given the entry's own value. The rest can
 *              change under its eyes unseen.
 *   granule    what one store replaces: 1 or 2 64-bit words. Hardware fetches a
 *              granule as a whole, and granules in any order.
 *   sync       hardware forgets its copy of the entry; fetches that began
 *              before have ended when it returns.
 *   absent     the entry with its valid bits cleared: hardware faults all that
 *              would need the entry.
 *
 * Guarantee: whatever hardware puts together from fetches between two syncs is
 * the old entry, the new one or, in a broken update, an absent one; never a
 * mixture. Where the used bits that differ lie in one granule the update is
 * hitless, that is, hardware never sees an absent entry:
 *   prepare   give all other granules the new value in bits not used; sync
 *   switch    store the one granule; sync
 *   clean up  give the rest its new value; sync
 * Elsewhere the update breaks before it makes:
 *   break     clear the valid bits; sync
 *   fill      store all granules but the one with the valid bits; sync
 *   make      store that one; sync
 *
 * The granule of a format is part of the hardware's contract. 64 bits serve
 * VT-d and SMMUv3. They do not serve AMD: the host table's root lies in word 0
 * and the domain ID that tags its translations in word 1, so moving a device
 * from one table to another would have to break, or would cache translations of
 * one table under the tag of the other. The AMD architecture fetches 128 bits at
 * once, which is why its format uses entry_store128().
 */
#ifndef __IOMMUFDX_ENTRY_H
#define __IOMMUFDX_ENTRY_H

#include <linux/bits.h>
#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/types.h>

#define ENTRY_MAX_WORDS		8

/**
 * struct entry_ops - a format of entries
 * @words: size in 64-bit words, at most ENTRY_MAX_WORDS
 * @granule: words that @store replaces at once, 1 or 2; divides @words
 * @valid_word: the word that holds the valid bits
 * @valid_mask: the bits of it that make the entry present
 * @used: set in @used (@words words, zeroed) the bits that hardware looks at
 *	for an entry of this value. Must depend on bits only that it reports:
 *	entries that agree in the used bits of one of them have the same used
 *	bits. For an absent entry it must report nothing that differs between
 *	entries of the format, apart from the valid bits and the rest of their
 *	granule.
 * @store: replace the granule at @dst by the one at @val, indivisibly. Earlier
 *	stores are visible first.
 * @sync: see above; may sleep. Returns 0, or an errno when hardware did not
 *	answer.
 */
struct entry_ops {
	unsigned int words;
	unsigned int granule;
	unsigned int valid_word;
	u64 valid_mask;
	void (*used)(const u64 *entry, u64 *used);
	void (*store)(u64 *dst, const u64 *val);
	int (*sync)(void *ctx);
};

/**
 * enum entry_update - how an entry was replaced
 * @ENTRY_SAME: memory held the target already; nothing was stored or synced
 * @ENTRY_HITLESS: hardware saw the old or the new entry
 * @ENTRY_BROKEN: hardware saw an absent entry in between
 */
enum entry_update {
	ENTRY_SAME,
	ENTRY_HITLESS,
	ENTRY_BROKEN,
};

/* The KUnit suite looks at all formats, which are in the drivers' modules. */
#if IS_ENABLED(CONFIG_IOMMUFDX_KUNIT_TEST)
#define ENTRY_EXPORT_FOR_KUNIT(ops)	EXPORT_SYMBOL_GPL(ops)
#else
#define ENTRY_EXPORT_FOR_KUNIT(ops)
#endif

/* Flags of iommufdx_entry_write() */
#define ENTRY_FORCE	BIT(0)	/* end with the target even if no sync answers */

/**
 * iommufdx_entry_write() - replace an entry that hardware may be fetching
 * @ops: its format
 * @entry: the entry in memory, aligned to its granule
 * @target: new value; bits that it does not use should be zero
 * @ctx: passed to @ops->sync
 * @flags: ENTRY_FORCE or 0
 *
 * When a sync fails, the update ends there and the old value is put back in a
 * safe order: memory is as before. What hardware cached meanwhile cannot be
 * known, as it does not answer. With ENTRY_FORCE the update goes on instead, and
 * memory holds the target in any case.
 *
 * Context: the caller keeps other writers of the entry away; may sleep if
 * @ops->sync does.
 * Return: enum entry_update, or the first errno of @ops->sync.
 */
int iommufdx_entry_write(const struct entry_ops *ops, u64 *entry,
			 const u64 *target, void *ctx, unsigned int flags);

/**
 * iommufdx_entry_hitless() - can an entry be replaced without a break?
 * @ops: its format
 * @entry: the entry in memory
 * @target: new value
 *
 * For those who have another way to replace it.
 * Context: any; the caller keeps other writers away.
 * Return: false if iommufdx_entry_write() would break it.
 */
bool iommufdx_entry_hitless(const struct entry_ops *ops, const u64 *entry,
			    const u64 *target);

/**
 * iommufdx_entry_store64() - entry_ops::store for a granule of one word
 * @dst: where
 * @val: what
 */
void iommufdx_entry_store64(u64 *dst, const u64 *val);

#endif /* __IOMMUFDX_ENTRY_H */
