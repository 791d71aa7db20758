/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas: IOVA ranges of an IOAS that show memory.
 *
 * Life of an area: allocated, inserted *busy* (the IOVAs are taken, nothing is
 * filled), filled into every domain, then ready. UNMAP makes it busy again,
 * empties the domains, and removes it. Whoever made an area busy owns it and
 * its IOVAs, so page tables may be changed there without iova_rwsem; everybody
 * else takes a busy area for a hole that cannot be used.
 *
 * A ready area is in every domain of the IOAS. It is *pinned*, a user of its
 * pages, if there is at least one.
 */
#ifndef __IOMMUFDX_AREA_H
#define __IOMMUFDX_AREA_H

#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "ioas.h"
#include "pages.h"

/**
 * struct fdx_area - an IOVA range that shows memory
 * @node: the IOVAs; in fdx_ioas.areas if @inserted. Before that, it starts at 0
 *	and only its length means something.
 * @user: the page indices; in fdx_pages.users if @pinned
 * @link: list of the areas that one ioctl works on, in order of IOVA
 * @pages: whose memory, with a reference
 * @page_offset: where in its first page the area starts
 * @prot: PGTABLE_READ and so on
 * @inserted: see @node; iova_rwsem
 * @busy: see above; iova_rwsem
 * @pinned: see @user; changed by who owns the area or holds both rwsems to write
 * @prevent_access: user space is unmapping it, nothing new is pinned; iova_rwsem
 * @num_accesses: pins of accesses; changed with iova_rwsem held to read and
 *	pages->lock, read with iova_rwsem held to write
 * @num_locks: those of them that cannot be asked back; as @num_accesses
 * @leaked: hardware did not confirm that it forgot the area: @user stays, and
 *	with it this struct. Changed like @pinned.
 */
struct fdx_area {
	struct interval_tree_node node;
	struct interval_tree_node user;
	struct list_head link;
	struct fdx_pages *pages;
	u16 page_offset;
	u8 prot;
	bool inserted;
	bool busy;
	bool pinned;
	bool leaked;
	bool prevent_access;
	unsigned int num_accesses;
	unsigned int num_locks;
};

static inline unsigned long fdx_area_length(const struct fdx_area *area)
{
	return area->node.last - area->node.start + 1;
}

/* Where in its pages, in bytes, lies the byte that @iova of the area shows? */
static inline unsigned long fdx_area_start_byte(const struct fdx_area *area,
						unsigned long iova)
{
	return area->user.start * PAGE_SIZE + area->page_offset +
	       (iova - area->node.start);
}

static inline struct fdx_area *fdx_area_of(struct interval_tree_node *node)
{
	return node ? container_of(node, struct fdx_area, node) : NULL;
}

static inline struct fdx_area *fdx_area_first(struct fdx_ioas *ioas,
					      unsigned long first,
					      unsigned long last)
{
	return fdx_area_of(interval_tree_iter_first(&ioas->areas, first, last));
}

static inline struct fdx_area *fdx_area_next(struct fdx_area *area,
					     unsigned long first,
					     unsigned long last)
{
	return fdx_area_of(interval_tree_iter_next(&area->node, first, last));
}

/* Keep an exporter from revoking @area while somebody looks at its leaves. */
static inline void fdx_area_lock_leaves(struct fdx_area *area)
{
	if (area->pages->dmabuf)
		mutex_lock(&area->pages->lock);
}

static inline void fdx_area_unlock_leaves(struct fdx_area *area)
{
	if (area->pages->dmabuf)
		mutex_unlock(&area->pages->lock);
}

#define fdx_for_each_area(ioas, area, first, last)                     \
	for ((area) = fdx_area_first((ioas), (first), (last)); (area); \
	     (area) = fdx_area_next((area), (first), (last)))

/* ------------------------------------------------------------------- area.c */

/* Not inserted yet. Takes over the caller's reference on @pages on success. */
struct fdx_area *fdx_area_alloc(struct fdx_pages *pages,
				unsigned long start_byte, unsigned long length,
				u8 prot);
/* Free areas that are in no domain, and take them out of the tree first. */
void fdx_areas_free(struct fdx_ioas *ioas, struct list_head *areas);

/*
 * Fill busy areas into every domain, or leave them all as they were.
 * domains_rwsem is held to read.
 */
int fdx_areas_fill(struct fdx_ioas *ioas, struct list_head *areas);
/*
 * Empty the domains of busy areas, one flush for each domain, and unpin. What
 * was dirty goes to @dirty, a list of struct fdx_dirty_target; NULL for nowhere.
 * False: hardware may still hold some of it, which is leaked.
 */
bool fdx_areas_unfill(struct fdx_ioas *ioas, struct list_head *areas,
		      struct list_head *dirty);

/* All ready areas and one domain. Both rwsems are held to write. */
int fdx_domain_fill(struct fdx_ioas *ioas, struct iommufdx_domain *domain);
void fdx_domain_unfill(struct fdx_ioas *ioas, struct iommufdx_domain *domain);

/*
 * Clear @area, all of which is mapped, out of @domain. pages->lock is held.
 * False: hardware may still hold it.
 */
bool fdx_area_clear(struct fdx_area *area, struct iommufdx_domain *domain);

/*
 * Map the ready or owned part @first..@last of @area, whose pages are pinned, into
 * @domain. @req says where (iova), prot, max_leaf and gfp. pages->lock is held. On
 * failure *@mapped bytes from the start are in the table.
 */
int fdx_area_map(struct fdx_area *area, unsigned long first, unsigned long last,
		 struct iommufdx_domain *domain, struct pgtable_map *req,
		 struct pgtable_gather *gather, u64 *mapped);
/* Hardware may hold any of it: keep all that is pinned for good. Both rwsems. */
void fdx_ioas_leak(struct fdx_ioas *ioas);

/*
 * Flush what @gather covers and free its tables. If hardware does not answer,
 * they are kept for good, as is whatever they mapped; the errno says so.
 */
int fdx_gather_finish(struct iommufdx_domain *domain,
		      struct pgtable_gather *gather);

/* ------------------------------------------------------------------- iova.c */

/*
 * Give @areas, @length bytes together, consecutive IOVAs and insert them busy:
 * from *@iova on, or with @find wherever there is room, which goes to *@iova.
 */
int fdx_iova_insert(struct fdx_ioas *ioas, struct list_head *areas,
		    unsigned long length, bool find, unsigned long *iova);

/* -EADDRINUSE when an area does not fit an alignment of @alignment. */
int fdx_iova_check_alignment(struct fdx_ioas *ioas, unsigned long alignment);
/* Compute iova_alignment anew. -EADDRINUSE as above. */
int fdx_iova_update_alignment(struct fdx_ioas *ioas);

/**
 * struct fdx_iova_range - an allowed or reserved range
 * @node: in fdx_ioas.allowed or fdx_ioas.reserved
 * @owner: who reserved it, NULL for an allowed one
 */
struct fdx_iova_range {
	struct interval_tree_node node;
	void *owner;
};

/* -ENOMEM */
int fdx_iova_range_add(struct rb_root_cached *root, unsigned long first,
		       unsigned long last, void *owner);
void fdx_iova_ranges_free(struct rb_root_cached *root, void *owner);

/* -EADDRINUSE when an area or an allowed range lies there; -ENOMEM. */
int fdx_iova_reserve(struct fdx_ioas *ioas, unsigned long first,
		     unsigned long last, void *owner);

#endif /* __IOMMUFDX_AREA_H */
