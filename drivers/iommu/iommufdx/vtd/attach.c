// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving entries between domains.
 *
 * The DID of an entry and its page table are in different words, and hardware
 * can see one store without the other. It would then cache translations of one
 * domain's table under the other's DID, where they stay. So an entry that moves
 * goes through a DID that belongs to no domain, in three stores of one word:
 *
 *	word	before	(1)	(2)	(3)
 *	DID	old	transit	transit	new
 *	table	old	old	new	new
 *
 * Under the transit DID translations of both tables may be cached. That is no
 * harm, as only this entry names it: its device sees the old or the new domain.
 * After (3) all of it is dropped. The entry is present all the time.
 *
 * Flushes of both domains wait meanwhile: they would not reach what is cached
 * under the transit DID.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vtd.h"

/* --------------------------------------------------------------------- images */

static bool vtd_image_present(const struct vtd_image *image)
{
	/* Both formats have it there. */
	static_assert(VTD_PE0_P == VTD_CTX0_P);

	return image->word[0] & VTD_PE0_P;
}

static u16 vtd_image_did(const struct vtd_iommu *iommu,
			 const struct vtd_image *image)
{
	return iommu->scalable ? FIELD_GET(VTD_PE1_DID, image->word[1]) :
				 FIELD_GET(VTD_CTX1_DID, image->word[1]);
}

static struct vtd_image vtd_image_in_transit(const struct vtd_iommu *iommu,
					     const struct vtd_image *image)
{
	struct vtd_image transit = *image;

	if (iommu->scalable) {
		transit.word[1] &= ~VTD_PE1_DID;
		transit.word[1] |= FIELD_PREP(VTD_PE1_DID, iommu->transit);
	} else {
		transit.word[1] &= ~VTD_CTX1_DID;
		transit.word[1] |= FIELD_PREP(VTD_CTX1_DID, iommu->transit);
	}
	return transit;
}

static struct vtd_image vtd_image_read(const struct vtd_iommu *iommu,
				       const u64 *word)
{
	struct vtd_image image = {};

	memcpy(image.word, word, sizeof(u64) *
	       (iommu->scalable ? VTD_PE_WORDS : VTD_CTX_WORDS));
	return image;
}

struct vtd_image vtd_domain_image(const struct vtd_attachment *att, bool dirty)
{
	struct vtd_domain *domain = att->domain;
	const struct pgtable *pt = &vtd_domain_base(domain)->base.pt;
	unsigned long root = pgtable_root(pt);
	unsigned int levels = pgtable_root_level(root) + 1;
	bool snoop = pt->quirks & PGTABLE_QUIRK_ENFORCE_SNOOP;
	u64 pa = pgtable_root_phys(root);
	struct vtd_image second;

	if (!vtd_master_iommu(att->master)->scalable)
		return vtd_legacy_image(domain->id, pa, levels,
					att->master->ats);
	if (vtd_is_first(domain))
		return vtd_pe_first(domain->id, pa, levels, snoop);
	second = vtd_pe_second(domain->id, pa, levels, snoop, dirty);
	return domain->parent ? vtd_pe_nested(&second, domain->first) : second;
}

int vtd_image_write(struct vtd_iommu *iommu, struct vtd_master *master,
		    u32 pasid, const struct vtd_image *image,
		    unsigned int flags)
{
	struct vtd_entry_ctx ctx = {
		.iommu = iommu,
		.sid = master->base->rid,
		.pasid = pasid,
	};
	struct vtd_image old;
	struct vtd_slot slot;
	int rc;

	lockdep_assert_held(&iommu->table_lock);

	rc = vtd_slot_find(master, pasid, true, &slot);
	if (rc)
		return rc;
	/* What is absent is not cached, and so has no DID. */
	old = vtd_image_read(iommu, slot.word);
	ctx.did[0] = vtd_image_did(iommu, vtd_image_present(&old) ? &old :
								    image);
	ctx.did[1] = vtd_image_did(iommu, vtd_image_present(image) ? image :
								     &old);
	return iommufdx_entry_write(iommu->scalable ? &vtd_pe_ops :
						      &vtd_legacy_ops,
				    slot.word, image->word, &ctx, flags);
}

/* -------------------------------------------------------------------- moving */

static int vtd_transit_drop(struct vtd_iommu *iommu)
{
	struct vtd_flush flush = { .iommu = iommu };
	int rc;

	lockdep_assert_held(&iommu->table_lock);

	vtd_flush_add(&flush, vtd_cmd_iotlb_domain(iommu->drain,
						   iommu->transit));
	rc = vtd_flush_end(&flush);
	iommu->transit_tainted = rc;
	return rc;
}

/* From one domain to another; on failure the entry is as it was. */
static int vtd_entry_move(struct vtd_iommu *iommu, struct vtd_master *master,
			  u32 pasid, const struct vtd_image *from,
			  const struct vtd_image *to)
{
	const struct vtd_image step[] = {
		*from,
		vtd_image_in_transit(iommu, from),
		vtd_image_in_transit(iommu, to),
		*to,
	};
	int i, rc = 0;

	lockdep_assert_held(&iommu->table_lock);

	if (iommu->transit_tainted)
		rc = vtd_transit_drop(iommu);
	if (rc)
		return rc;
	for (i = 1; i < ARRAY_SIZE(step); i++) {
		rc = vtd_image_write(iommu, master, pasid, &step[i], 0);
		if (rc < 0)
			break;
	}
	if (rc >= 0)
		rc = vtd_transit_drop(iommu);
	if (!rc)
		return 0;

	/* The step that failed has been undone by the one who failed it. */
	for (i -= 2; i >= 0; i--)
		vtd_image_write(iommu, master, pasid, &step[i], ENTRY_FORCE);
	vtd_transit_drop(iommu);
	return rc;
}

/* Point the entry at @att's domain. */
static int vtd_entry_set(const struct vtd_attachment *att,
			 const struct vtd_slot *slot)
{
	struct vtd_iommu *iommu = vtd_master_iommu(att->master);
	struct vtd_image to =
		vtd_domain_image(att, vtd_domain_base(att->domain)->dirty);
	struct vtd_image from;
	int rc;

	lockdep_assert_held(&iommu->table_lock);

	from = vtd_image_read(iommu, slot->word);
	if (vtd_image_present(&from))
		return vtd_entry_move(iommu, att->master, att->pasid, &from,
				      &to);
	rc = vtd_image_write(iommu, att->master, att->pasid, &to, 0);
	return rc < 0 ? rc : 0;
}

/* --------------------------------------------------------------- set_domain */

/* The families of @a and of @b, which may be the same, or NULL. */
static void vtd_lock_both(struct vtd_domain *a, struct vtd_domain *b)
{
	a = vtd_domain_base(a);
	b = b ? vtd_domain_base(b) : a;
	if (b->id < a->id)
		swap(a, b);
	down_write(&a->lock);
	if (a != b)
		down_write_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void vtd_unlock_both(struct vtd_domain *a, struct vtd_domain *b)
{
	a = vtd_domain_base(a);
	b = b ? vtd_domain_base(b) : a;
	if (a != b)
		up_write(&b->lock);
	up_write(&a->lock);
}

/* Can hardware walk the domain's table? */
static int vtd_table_fits(const struct vtd_iommu *iommu,
			  const struct iommufdx_domain *base)
{
	unsigned int levels = pgtable_top_level(&base->pt) + 1;
	unsigned int mask, guest_bits;
	u64 sizes;

	if (base->ops == &vtd_first_ops) {
		mask = vtd_first_levels(iommu);
		sizes = vtd_first_sizes(iommu);
	} else if (base->ops == &vtd_second_ops) {
		mask = vtd_second_levels(iommu);
		sizes = vtd_second_sizes(iommu);
		if ((base->flags & IOMMUFDX_DOMAIN_DIRTY) &&
		    (!iommu->scalable || !(iommu->ecap & VTD_ECAP_SSADS)))
			return -EINVAL;
		guest_bits = FIELD_GET(VTD_CAP_MGAW, iommu->cap) + 1;
		if (fls64(base->aperture_last) > guest_bits)
			return -EINVAL;
	} else {
		return -EINVAL;
	}
	if (!(mask & BIT(levels)) || (base->pt.page_sizes & ~sizes))
		return -EINVAL;
	if ((base->pt.quirks & PGTABLE_QUIRK_ENFORCE_SNOOP) &&
	    !(iommu->ecap & VTD_ECAP_SC))
		return -EINVAL;
	return 0;
}

/* Can this entry translate through the domain? */
static int vtd_domain_fits(struct vtd_master *master, u32 pasid,
			   struct iommufdx_domain *base)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	unsigned int did_bits = 4 + 2 * FIELD_GET(VTD_CAP_ND, iommu->cap);
	struct vtd_domain *domain = to_vtd_domain(base);
	u64 vsid;
	int rc;

	if (base->sva && pasid == IOMMUFDX_NO_PASID)
		return -EINVAL;
	if (pasid != IOMMUFDX_NO_PASID &&
	    (!(base->flags & IOMMUFDX_DOMAIN_PASID) ||
	     pasid >> master->base->pasid_bits))
		return -EINVAL;
	if (base->ops == &vtd_nested_ops) {
		rc = vtd_nested_fits(iommu, domain);
		/* Without a name, a guest could not invalidate its device TLB. */
		if (!rc && domain->viommu)
			rc = iommufdx_viommu_virt_id(&domain->viommu->base,
						     master->base, &vsid);
		if (rc)
			return rc;
		base = &domain->parent->base;
	}
	if (domain->id >> did_bits)
		return -EINVAL;
	return vtd_table_fits(iommu, base);
}

static void vtd_slot_say(struct vtd_iommu *iommu, const struct vtd_slot *slot,
			 struct vtd_attachment *att)
{
	lockdep_assert_held(&iommu->table_lock);

	spin_lock(&iommu->slots_lock);
	*slot->attachment = att;
	spin_unlock(&iommu->slots_lock);
}

static int vtd_attach(struct vtd_attachment *new, const struct vtd_slot *slot)
{
	struct vtd_iommu *iommu = vtd_master_iommu(new->master);
	struct vtd_attachment *old = *slot->attachment;
	struct vtd_domain *from = old ? old->domain : NULL;
	int rc;

	vtd_lock_both(new->domain, from);
	rc = vtd_domain_join(new);
	if (rc)
		goto out_unlock;
	mutex_lock(&iommu->table_lock);
	rc = vtd_entry_set(new, slot);
	if (!rc)
		vtd_slot_say(iommu, slot, new);
	mutex_unlock(&iommu->table_lock);
	if (rc)
		vtd_domain_leave(new);
	else if (old)
		vtd_domain_leave(old);
out_unlock:
	vtd_unlock_both(new->domain, from);
	if (!rc)
		kfree(old);
	return rc;
}

static void vtd_block(struct vtd_master *master, u32 pasid)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	const struct vtd_image absent = {};
	struct vtd_attachment *old;
	struct vtd_slot slot;
	int rc;

	mutex_lock(&iommu->table_lock);
	rc = vtd_slot_find(master, pasid, false, &slot);
	mutex_unlock(&iommu->table_lock);
	if (rc || !slot.word || !*slot.attachment)
		return;

	old = *slot.attachment;
	down_write(vtd_domain_lock(old->domain));
	mutex_lock(&iommu->table_lock);
	rc = vtd_image_write(iommu, master, pasid, &absent, ENTRY_FORCE);
	vtd_slot_say(iommu, &slot, NULL);
	mutex_unlock(&iommu->table_lock);
	if (rc < 0)
		iommufdx_owe(&vtd_domain_base(old->domain)->base, iommu->base);
	vtd_domain_leave(old);
	up_write(vtd_domain_lock(old->domain));
	kfree(old);
}

int vtd_set_domain(struct iommufdx_master *base, u32 pasid,
		   struct iommufdx_domain *domain)
{
	struct vtd_master *master = base->priv;
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	struct vtd_attachment *att;
	struct vtd_slot slot;
	int rc;

	if (!domain) {
		vtd_block(master, pasid);
		return 0;
	}
	rc = vtd_domain_fits(master, pasid, domain);
	if (rc)
		return rc;
	/* A process's device may have another way to ask for pages. */
	if (domain->page_requests && !domain->sva &&
	    !(base->caps & IOMMUFDX_CAP_PRI))
		return -ENODEV;
	mutex_lock(&iommu->table_lock);
	rc = vtd_slot_find(master, pasid, true, &slot);
	mutex_unlock(&iommu->table_lock);
	if (rc)
		return rc;
	if (*slot.attachment &&
	    (*slot.attachment)->domain == to_vtd_domain(domain))
		return 0;

	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return -ENOMEM;
	att->master = master;
	att->pasid = pasid;
	att->domain = to_vtd_domain(domain);
	rc = vtd_attach(att, &slot);
	if (rc)
		kfree(att);
	return rc;
}
