// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who uses which GCR3 table, and with that, which domain ID.
 *
 * Hardware tags what it caches of guest translation with the domain ID of the
 * DTE and the PASID. Two masters with the same ID must therefore give every
 * PASID the same page table. An ID per master would do; but then one page table
 * that many masters use is cached, and must be invalidated, once per master.
 * So masters whose tables would say the same use one table, and its ID.
 *
 * Invariants, whenever amd_gcr3_lock is free
 *   1. An ID belongs to one table. Every DTE that names the ID points to that
 *      table, so all that is cached under the ID is of its entries.
 *   2. A table with more than one master does not change. A master that is to
 *      get something else leaves for another table: one that says so already,
 *      or a copy. Its DTE changes in one store; what it had remains cached, and
 *      is right, for those who stay.
 *   3. No two tables say the same, so a master always finds the one it can share.
 *      (But for a table that is taller than the master's IOMMU can walk, and one
 *      that is tainted: there a second one is made.)
 *   4. An IOMMU caches something under the ID only while it is in the table's
 *      reach, which is while a master behind it uses the table: it enters before
 *      the DTE names the table and leaves after it no longer does; with the last
 *      master behind it, all that is cached under the ID is dropped. So a flush
 *      needs to reach only the reach of tables that contain its domain, and an
 *      ID is clean when its table is freed.
 *   5. Where hardware did not carry out a drop, the table is tainted: nobody joins
 *      it, and it does not change. With the last master it is buried, its ID and
 *      its memory with it, until that hardware has forgotten everything or is
 *      gone. Domains that hardware may still use are owed to core.
 *
 * A master that is the only one changes its table in place: the new entry is
 * stored, the PASID is dropped. What is under way meanwhile sees the old or the
 * new page table, and flushes of both reach it, as the old entry is in its
 * domain's list until the drop is done, and the new one is before the store.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/io.h>
#include <linux/slab.h>
#include "gcr3.h"

#define AMD_GCR3_HASH_BITS	8

/* Guards all tables, and amd_master.gcr3; held while masters move. */
static DEFINE_MUTEX(amd_gcr3_lock);
static DEFINE_HASHTABLE(amd_gcr3_tables, AMD_GCR3_HASH_BITS);

/**
 * struct amd_change - what a master is to get
 * @master: who
 * @pasid: which entry changes
 * @domain: to what; NULL: to nothing
 * @gfp: how memory is allocated
 */
struct amd_change {
	struct amd_master *master;
	u32 pasid;
	struct amd_domain *domain;
	gfp_t gfp;
};

/* ------------------------------------------------------------------- contents */

static u64 amd_entry_hash(u32 pasid, const struct amd_domain *domain)
{
	u64 who = hash_64((unsigned long)domain, 32);

	return hash_64(who | (u64)pasid << 32, 32);
}

static struct amd_domain *amd_gcr3_lookup(const struct amd_gcr3 *gcr3,
					  u32 pasid)
{
	struct amd_gcr3_slot slot;

	if (!gcr3 || !amd_gcr3_slot_find(gcr3, pasid, &slot) || !*slot.entry)
		return NULL;
	return (*slot.entry)->domain;
}

/* How many entries the master's table has after the change, and their hash. */
static unsigned int amd_change_outcome(const struct amd_change *c, u64 *hash)
{
	const struct amd_gcr3 *now = c->master->gcr3;
	struct amd_domain *old = amd_gcr3_lookup(now, c->pasid);
	unsigned int nr = now ? now->nr_entries : 0;

	*hash = now ? now->hash : 0;
	if (old)
		*hash -= amd_entry_hash(c->pasid, old);
	if (c->domain)
		*hash += amd_entry_hash(c->pasid, c->domain);
	return nr - !!old + !!c->domain;
}

/* Does @gcr3, which has as many entries, say what the change makes? */
static bool amd_gcr3_says(const struct amd_gcr3 *gcr3,
			  const struct amd_change *c)
{
	const struct amd_gcr3_entry *entry;

	if (amd_gcr3_lookup(gcr3, c->pasid) != c->domain)
		return false;
	list_for_each_entry(entry, &gcr3->entries, gcr3_node)
		if (entry->pasid != c->pasid &&
		    amd_gcr3_lookup(c->master->gcr3, entry->pasid) !=
		    entry->domain)
			return false;
	return true;
}

static struct amd_gcr3 *amd_gcr3_find(const struct amd_change *c)
{
	struct amd_iommu *iommu = amd_master_iommu(c->master);
	struct amd_gcr3 *gcr3;
	unsigned int nr;
	u64 hash;

	nr = amd_change_outcome(c, &hash);
	hash_for_each_possible(amd_gcr3_tables, gcr3, node, hash)
		if (gcr3->hash == hash && gcr3->nr_entries == nr &&
		    !gcr3->tainted &&
		    gcr3->levels <= amd_max_gcr3_levels(iommu) &&
		    amd_gcr3_says(gcr3, c))
			return gcr3;
	return NULL;
}

/* -------------------------------------------------------------------- entries */

static struct amd_gcr3_entry *amd_entry_make(struct amd_gcr3 *gcr3, u32 pasid,
					     struct amd_domain *domain,
					     gfp_t gfp)
{
	struct amd_gcr3_entry *entry;

	entry = kzalloc(sizeof(*entry), gfp);
	if (!entry)
		return NULL;
	entry->gcr3 = gcr3;
	entry->pasid = pasid;
	entry->domain = domain;
	down_write(&domain->lock);
	list_add(&entry->node, &domain->entries);
	up_write(&domain->lock);
	return entry;
}

static void amd_entry_free(struct amd_gcr3_entry *entry)
{
	if (!entry)
		return;
	down_write(&entry->domain->lock);
	list_del(&entry->node);
	up_write(&entry->domain->lock);
	kfree(entry);
}

/* Count @entry in, or out. */
static void amd_gcr3_count(struct amd_gcr3 *gcr3, struct amd_gcr3_entry *entry,
			   bool in)
{
	u64 hash;

	if (!entry)
		return;
	hash = amd_entry_hash(entry->pasid, entry->domain);
	if (in) {
		list_add(&entry->gcr3_node, &gcr3->entries);
		gcr3->nr_entries++;
		gcr3->hash += hash;
	} else {
		list_del(&entry->gcr3_node);
		gcr3->nr_entries--;
		gcr3->hash -= hash;
	}
}

static void amd_gcr3_release(struct amd_gcr3 *gcr3)
{
	amd_gcr3_pages_free(gcr3);
	amd_domid_free(gcr3->id);
	kfree(gcr3);
}

void amd_gcr3_unearth(struct list_head *graves)
{
	struct amd_gcr3 *gcr3, *next;

	list_for_each_entry_safe(gcr3, next, graves, grave)
		amd_gcr3_release(gcr3);
}

static void amd_gcr3_free(struct amd_gcr3 *gcr3)
{
	struct amd_gcr3_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &gcr3->entries, gcr3_node)
		amd_entry_free(entry);
	/* Nobody knows when all of several have forgotten it, or gone. */
	if (gcr3->suspects)
		return;
	if (!gcr3->suspect) {
		amd_gcr3_release(gcr3);
		return;
	}
	mutex_lock(&gcr3->suspect->grave_lock);
	list_add(&gcr3->grave, &gcr3->suspect->graves);
	mutex_unlock(&gcr3->suspect->grave_lock);
}

static int amd_gcr3_fill(struct amd_gcr3 *gcr3, u32 pasid,
			 struct amd_domain *domain, gfp_t gfp)
{
	struct amd_gcr3_entry *entry;
	struct amd_gcr3_slot slot;
	int rc;

	rc = amd_gcr3_grow(gcr3, pasid, gfp);
	if (!rc)
		rc = amd_gcr3_slot_make(gcr3, pasid, gfp, &slot);
	if (rc)
		return rc;
	entry = amd_entry_make(gcr3, pasid, domain, gfp);
	if (!entry)
		return -ENOMEM;
	amd_gcr3_slot_set(&slot, entry);
	amd_gcr3_count(gcr3, entry, true);
	return 0;
}

/* A table of what the change makes. */
static struct amd_gcr3 *amd_gcr3_make(const struct amd_change *c)
{
	const struct amd_gcr3 *now = c->master->gcr3;
	const struct amd_gcr3_entry *entry;
	struct amd_gcr3 *gcr3;
	int rc;

	gcr3 = kzalloc(sizeof(*gcr3), c->gfp);
	if (!gcr3)
		return ERR_PTR(-ENOMEM);
	rc = amd_domid_alloc(c->gfp);
	if (rc < 0)
		goto err_free;
	gcr3->id = rc;
	init_rwsem(&gcr3->lock);
	INIT_LIST_HEAD(&gcr3->reach);
	INIT_LIST_HEAD(&gcr3->entries);
	gcr3->pt_levels = c->domain ? pgtable_top_level(&c->domain->base.pt) + 1 :
				      now->pt_levels;
	rc = amd_gcr3_pages_init(gcr3, 0, c->gfp);
	if (rc) {
		amd_domid_free(gcr3->id);
		goto err_free;
	}
	if (c->domain)
		rc = amd_gcr3_fill(gcr3, c->pasid, c->domain, c->gfp);
	if (now)
		list_for_each_entry(entry, &now->entries, gcr3_node)
			if (!rc && entry->pasid != c->pasid)
				rc = amd_gcr3_fill(gcr3, entry->pasid,
						   entry->domain, c->gfp);
	if (rc) {
		amd_gcr3_free(gcr3);
		return ERR_PTR(rc);
	}
	hash_add(amd_gcr3_tables, &gcr3->node, gcr3->hash);
	return gcr3;

err_free:
	kfree(gcr3);
	return ERR_PTR(rc);
}

/* ---------------------------------------------------------------------- reach */

static struct amd_reach *amd_gcr3_reach(struct amd_gcr3 *gcr3,
					struct amd_iommu *iommu)
{
	struct amd_reach *reach;

	list_for_each_entry(reach, &gcr3->reach, node)
		if (reach->iommu == iommu)
			return reach;
	return NULL;
}

/* The master's place in the table that it is not using now. */
static struct amd_gcr3_user *amd_next_user(struct amd_master *master)
{
	return &master->user[!master->user_now];
}

static int amd_gcr3_join(struct amd_gcr3 *gcr3, struct amd_master *master,
			 gfp_t gfp)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_reach *reach = amd_gcr3_reach(gcr3, iommu), *fresh = NULL;
	struct amd_gcr3_user *user = amd_next_user(master);

	if (!reach) {
		fresh = kzalloc(sizeof(*fresh), gfp);
		if (!fresh)
			return -ENOMEM;
		fresh->iommu = iommu;
		INIT_LIST_HEAD(&fresh->users);
		reach = fresh;
	}
	user->master = master;
	down_write(&gcr3->lock);
	if (fresh)
		list_add(&fresh->node, &gcr3->reach);
	list_add(&user->node, &reach->users);
	reach->nr_ats += master->ats;
	up_write(&gcr3->lock);
	gcr3->nr_masters++;
	return 0;
}

static int amd_gcr3_drop(struct amd_gcr3 *gcr3, struct amd_iommu *iommu)
{
	struct amd_flush flush = { .iommu = iommu };
	const struct amd_gcr3_entry *entry;

	list_for_each_entry(entry, &gcr3->entries, gcr3_node)
		amd_flush_range(&flush, gcr3->id, entry->pasid, &amd_all_v2);
	return amd_flush_end(&flush);
}

static void amd_gcr3_suspect(struct amd_gcr3 *gcr3, struct amd_iommu *iommu)
{
	gcr3->tainted = true;
	gcr3->suspects |= gcr3->suspect && gcr3->suspect != iommu;
	gcr3->suspect = iommu;
}

/* @iommu may go on using the table. */
static void amd_gcr3_taint(struct amd_gcr3 *gcr3, struct amd_iommu *iommu)
{
	const struct amd_gcr3_entry *entry;

	amd_gcr3_suspect(gcr3, iommu);
	list_for_each_entry(entry, &gcr3->entries, gcr3_node)
		iommufdx_owe(&entry->domain->base, iommu->base);
}

void amd_gcr3_iommu_gone(struct amd_iommu *iommu)
{
	struct amd_gcr3 *gcr3;
	unsigned int i;

	mutex_lock(&amd_gcr3_lock);
	hash_for_each(amd_gcr3_tables, i, gcr3, node)
		if (gcr3->suspect == iommu)
			gcr3->suspect = NULL;
	mutex_unlock(&amd_gcr3_lock);
	amd_gcr3_unearth(&iommu->graves);
}

static void amd_gcr3_leave(struct amd_gcr3 *gcr3, struct amd_gcr3_user *user)
{
	struct amd_iommu *iommu = amd_master_iommu(user->master);
	struct amd_reach *reach = amd_gcr3_reach(gcr3, iommu);
	bool last;

	down_write(&gcr3->lock);
	list_del(&user->node);
	reach->nr_ats -= user->master->ats;
	last = list_empty(&reach->users);
	if (last)
		list_del(&reach->node);
	up_write(&gcr3->lock);
	if (last) {
		kfree(reach);
		if (amd_gcr3_drop(gcr3, iommu))
			amd_gcr3_taint(gcr3, iommu);
	}
	if (--gcr3->nr_masters)
		return;
	hash_del(&gcr3->node);
	amd_gcr3_free(gcr3);
}

/* --------------------------------------------------------------------- moving */

static struct amd_dte amd_gcr3_dte(const struct amd_gcr3 *gcr3,
				   const struct amd_master *master)
{
	struct amd_dte dte = amd_dte_v2(gcr3->id,
					virt_to_phys(gcr3->root->word),
					gcr3->levels, gcr3->pt_levels);

	amd_dte_features(&dte, master);
	return dte;
}

/*
 * The DTE names @to, if anything of guest translation. @known: hardware has read
 * it.
 */
static void amd_gcr3_moved(struct amd_master *master, struct amd_gcr3 *to,
			   u32 pasid, bool known)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_flush flush = { .iommu = iommu };
	struct amd_gcr3 *from = master->gcr3;
	struct amd_domain *old = amd_gcr3_lookup(from, pasid);
	int rc;

	master->user_now = !master->user_now;
	master->gcr3 = to;
	if (from)
		amd_gcr3_leave(from, amd_next_user(master));
	/* The rest of what the device has is as before. */
	amd_flush_device(&flush, master, pasid, &amd_all_v2);
	rc = amd_flush_end(&flush);
	if (rc && old)
		iommufdx_owe(&old->base, iommu->base);
	if (!rc && known && !amd_gcr3_lookup(to, pasid))
		amd_iotlb_left(master, pasid, true);
}

/* To a table that says what the change makes. */
static int amd_gcr3_move(const struct amd_change *c, struct amd_gcr3 *to)
{
	struct amd_master *master = c->master;
	struct amd_dte dte = amd_gcr3_dte(to, master);
	int rc;

	rc = amd_gcr3_join(to, master, c->gfp);
	if (rc) {
		if (!to->nr_masters) {
			hash_del(&to->node);
			amd_gcr3_free(to);
		}
		return rc;
	}
	rc = amd_master_write(master, &dte, NULL, c->domain ? 0 : ENTRY_FORCE);
	if (rc && c->domain) {
		amd_gcr3_leave(to, amd_next_user(master));
		return rc;
	}
	if (rc)
		amd_gcr3_taint(master->gcr3, amd_master_iommu(master));
	amd_gcr3_moved(master, to, c->pasid, !rc);
	return 0;
}

static void amd_gcr3_stop(struct amd_master *master, u32 pasid)
{
	const struct amd_dte blocked = amd_dte_blocked();
	int rc = amd_master_write(master, &blocked, NULL, ENTRY_FORCE);

	if (rc)
		amd_gcr3_taint(master->gcr3, amd_master_iommu(master));
	amd_gcr3_moved(master, NULL, pasid, !rc);
}

/* ---------------------------------------------------------------------- edits */

/* Forget what a PASID was, on the one IOMMU and the device that know it. */
static int amd_pasid_drop(struct amd_master *master, u32 pasid)
{
	struct amd_flush flush = { .iommu = amd_master_iommu(master) };

	amd_flush_range(&flush, master->gcr3->id, pasid, &amd_all_v2);
	amd_flush_device(&flush, master, pasid, &amd_all_v2);
	return amd_flush_end(&flush);
}

/* A slot for the change, in a table that is as tall as it must be. */
static int amd_edit_prepare(const struct amd_change *c,
			    struct amd_gcr3_slot *slot)
{
	struct amd_gcr3 *gcr3 = c->master->gcr3;
	struct amd_dte dte;
	int rc;

	rc = amd_gcr3_grow(gcr3, c->pasid, c->gfp);
	if (!rc)
		rc = amd_gcr3_slot_make(gcr3, c->pasid, c->gfp, slot);
	if (rc)
		return rc;
	/* What hardware walks until now is a part of the taller table. */
	dte = amd_gcr3_dte(gcr3, c->master);
	return amd_master_write(c->master, &dte, NULL, 0);
}

static void amd_edit_finish(struct amd_gcr3 *gcr3, struct amd_gcr3_entry *old,
			    struct amd_gcr3_entry *new)
{
	hash_del(&gcr3->node);
	amd_gcr3_count(gcr3, old, false);
	amd_gcr3_count(gcr3, new, true);
	hash_add(amd_gcr3_tables, &gcr3->node, gcr3->hash);
	amd_entry_free(old);
}

static void amd_edit_undo(const struct amd_change *c,
			  const struct amd_gcr3_slot *slot,
			  struct amd_gcr3_entry *old,
			  struct amd_gcr3_entry *new)
{
	struct amd_iommu *iommu = amd_master_iommu(c->master);

	amd_gcr3_slot_set(slot, old);
	if (amd_pasid_drop(c->master, c->pasid)) {
		amd_gcr3_suspect(c->master->gcr3, iommu);
		iommufdx_owe(&new->domain->base, iommu->base);
	}
	amd_entry_free(new);
}

/* In place: the master has the table for itself. */
static int amd_gcr3_edit(const struct amd_change *c)
{
	struct amd_iommu *iommu = amd_master_iommu(c->master);
	struct amd_gcr3 *gcr3 = c->master->gcr3;
	struct amd_gcr3_entry *old, *new = NULL;
	struct amd_gcr3_slot slot;
	int rc;

	if (!c->domain) {
		if (!amd_gcr3_slot_find(gcr3, c->pasid, &slot))
			return 0;
	} else {
		rc = amd_edit_prepare(c, &slot);
		if (rc)
			return rc;
		new = amd_entry_make(gcr3, c->pasid, c->domain, c->gfp);
		if (!new)
			return -ENOMEM;
	}
	old = *slot.entry;
	amd_gcr3_slot_set(&slot, new);
	/* Hardware does not cache that nothing is there. */
	rc = old ? amd_pasid_drop(c->master, c->pasid) : 0;
	if (rc && new) {
		amd_edit_undo(c, &slot, old, new);
		return rc;
	}
	if (rc) {
		amd_gcr3_suspect(gcr3, iommu);
		iommufdx_owe(&old->domain->base, iommu->base);
	} else if (!new) {
		amd_iotlb_left(c->master, c->pasid, true);
	}
	amd_edit_finish(gcr3, old, new);
	return 0;
}

/* ----------------------------------------------------------------- set_domain */

static bool amd_can_edit(const struct amd_change *c)
{
	const struct amd_gcr3 *gcr3 = c->master->gcr3;

	return gcr3 && gcr3->nr_masters == 1 && !gcr3->tainted &&
	       (!c->domain || gcr3->pt_levels ==
			      pgtable_top_level(&c->domain->base.pt) + 1);
}

/* All page tables of a DTE have the same number of levels. */
static bool amd_levels_agree(const struct amd_change *c)
{
	const struct amd_gcr3 *now = c->master->gcr3;
	unsigned int others;

	if (!c->domain || !now)
		return true;
	others = now->nr_entries - !!amd_gcr3_lookup(now, c->pasid);
	return !others || now->pt_levels ==
			  pgtable_top_level(&c->domain->base.pt) + 1;
}

static int amd_gcr3_change(const struct amd_change *c)
{
	struct amd_gcr3 *to;
	u64 hash;
	int rc;

	lockdep_assert_held(&amd_gcr3_lock);

	if (amd_gcr3_lookup(c->master->gcr3, c->pasid) == c->domain)
		return 0;
	if (!amd_levels_agree(c))
		return -EINVAL;
	if (c->domain) {
		rc = amd_iotlb_note(c->master, c->pasid, c->gfp);
		if (rc)
			return rc;
	}
	if (!amd_change_outcome(c, &hash)) {
		amd_gcr3_stop(c->master, c->pasid);
		return 0;
	}
	to = amd_gcr3_find(c);
	if (!to && amd_can_edit(c))
		return amd_gcr3_edit(c);
	if (!to)
		to = amd_gcr3_make(c);
	return IS_ERR(to) ? PTR_ERR(to) : amd_gcr3_move(c, to);
}

int amd_gcr3_set(struct amd_master *master, u32 pasid,
		 struct amd_domain *domain)
{
	const struct amd_change c = {
		.master = master,
		.pasid = pasid,
		.domain = domain,
		.gfp = GFP_KERNEL_ACCOUNT | (domain ? 0 : __GFP_NOFAIL),
	};
	int rc;

	mutex_lock(&amd_gcr3_lock);
	rc = amd_gcr3_change(&c);
	if (rc && !domain) {
		pr_err("iommufdx: %s: no domain ID is left for %s without PASID %u: all its DMA is blocked\n",
		       amd_hw(amd_master_iommu(master))->name,
		       master->base->name, pasid);
		amd_gcr3_stop(master, pasid);
		rc = 0;
	}
	/* Where the device was not heard to forget it. */
	if (!amd_gcr3_lookup(master->gcr3, pasid))
		amd_iotlb_left(master, pasid, false);
	mutex_unlock(&amd_gcr3_lock);
	return rc;
}

bool amd_gcr3_has_pasids(struct amd_master *master)
{
	const struct amd_gcr3 *gcr3 = master->gcr3;
	bool rid, has;

	mutex_lock(&amd_gcr3_lock);
	rid = amd_gcr3_lookup(gcr3, IOMMUFDX_NO_PASID);
	has = gcr3 && gcr3->nr_entries > rid;
	mutex_unlock(&amd_gcr3_lock);
	return has;
}

void amd_gcr3_end(struct amd_master *master)
{
	mutex_lock(&amd_gcr3_lock);
	if (master->gcr3)
		amd_gcr3_moved(master, NULL, IOMMUFDX_NO_PASID, true);
	mutex_unlock(&amd_gcr3_lock);
}
