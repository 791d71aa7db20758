/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GCR3 tables: a page table per PASID. gcr3.c has the table as hardware reads
 * it, domain_id.c who uses which.
 */
#ifndef __IOMMUFDX_AMD_GCR3_H
#define __IOMMUFDX_AMD_GCR3_H

#include "amd.h"

#define AMD_GCR3_SLOTS		BIT(AMD_GCR3_LEVEL_BITS)

/**
 * struct amd_gcr3_entry - a v2 domain in a GCR3 table
 * @gcr3: the table
 * @pasid: where in it
 * @domain: which
 * @node: in amd_domain.entries (amd_domain.lock)
 * @gcr3_node: in amd_gcr3.entries
 */
struct amd_gcr3_entry {
	struct amd_gcr3 *gcr3;
	u32 pasid;
	struct amd_domain *domain;
	struct list_head node;
	struct list_head gcr3_node;
};

/**
 * struct amd_gcr3_page - a page of a GCR3 table
 * @word: as hardware reads it
 * @page: of an upper level: the same as pointers
 * @entry: of the last level
 */
struct amd_gcr3_page {
	u64 *word;
	union {
		struct amd_gcr3_page *page[AMD_GCR3_SLOTS];
		struct amd_gcr3_entry *entry[AMD_GCR3_SLOTS];
	};
};

/**
 * struct amd_reach - an IOMMU that may cache what a GCR3 table gives
 * @iommu: which
 * @node: in amd_gcr3.reach
 * @users: amd_gcr3_user.node, masters behind it
 * @nr_ats: how many of them have an IOTLB
 */
struct amd_reach {
	struct amd_iommu *iommu;
	struct list_head node;
	struct list_head users;
	unsigned int nr_ats;
};

/**
 * struct amd_gcr3 - a GCR3 table and the masters that use it
 * @id: domain ID
 * @root: top page
 * @levels: of pages, 1 to 3
 * @pt_levels: of all page tables in it
 * @entries: amd_gcr3_entry.gcr3_node
 * @nr_entries: how many
 * @hash: of all of them
 * @node: among all tables, by @hash
 * @nr_masters: how many use it
 * @tainted: an IOMMU may cache what the table does not give, or use it though
 *	no DTE there names it
 * @suspect: which, while there is one
 * @suspects: there were more
 * @grave: in amd_iommu.graves of @suspect
 * @lock: guards @reach, and what hangs on it; held to read by a flush
 * @reach: amd_reach.node
 *
 * What no lock is named for, amd_gcr3_lock guards.
 */
struct amd_gcr3 {
	u16 id;
	struct amd_gcr3_page *root;
	unsigned int levels;
	unsigned int pt_levels;
	struct list_head entries;
	unsigned int nr_entries;
	u64 hash;
	struct hlist_node node;
	unsigned int nr_masters;
	bool tainted;
	struct amd_iommu *suspect;
	bool suspects;
	struct list_head grave;

	struct rw_semaphore lock;
	struct list_head reach;
};

/**
 * struct amd_gcr3_slot - where a PASID's entry is
 * @word: in memory
 * @entry: what it says, NULL for nothing
 */
struct amd_gcr3_slot {
	u64 *word;
	struct amd_gcr3_entry **entry;
};

/* Levels that a table needs for a PASID. */
static inline unsigned int amd_gcr3_levels(u32 pasid)
{
	unsigned int levels = 1;

	while (pasid >> (AMD_GCR3_LEVEL_BITS * levels))
		levels++;
	return levels;
}

/* An empty table of the least levels; -ENOMEM. */
int amd_gcr3_pages_init(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp);
void amd_gcr3_pages_free(struct amd_gcr3 *gcr3);
/* Put levels above, until there is room for the PASID; -ENOMEM. */
int amd_gcr3_grow(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp);
/* Where a PASID's entry is, with pages made for it; -ENOMEM. */
int amd_gcr3_slot_make(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp,
		       struct amd_gcr3_slot *slot);
/* The same; false: there are none. */
bool amd_gcr3_slot_find(const struct amd_gcr3 *gcr3, u32 pasid,
			struct amd_gcr3_slot *slot);
/* Have hardware read @entry, or nothing, from now. */
void amd_gcr3_slot_set(const struct amd_gcr3_slot *slot,
		       struct amd_gcr3_entry *entry);

/*
 * Point a PASID of the master, or its requests without one, at @domain, or at
 * nothing if NULL; that does not fail. The master leaves its v1 domain, if it
 * has one, to the caller. As iommufdx_iommu_ops.set_domain.
 */
int amd_gcr3_set(struct amd_master *master, u32 pasid,
		 struct amd_domain *domain);
/* Has the master a PASID in a v2 domain, other than IOMMUFDX_NO_PASID? */
bool amd_gcr3_has_pasids(struct amd_master *master);
/* The IOMMU reads no table any more, and has nothing cached. */
void amd_gcr3_iommu_gone(struct amd_iommu *iommu);
/*
 * Free @graves, taken from amd_iommu.graves before the IOMMU was made to forget
 * everything.
 */
void amd_gcr3_unearth(struct list_head *graves);
/* The DTE no longer names the master's GCR3 table. */
void amd_gcr3_end(struct amd_master *master);

#endif /* __IOMMUFDX_AMD_GCR3_H */
