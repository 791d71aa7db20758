// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving masters between domains.
 *
 * What the STE says follows from the attachments:
 *	RID in	PASIDs in	STE
 *	-	-		aborts, or bypass
 *	-	stage 1		CDs; without an SSID it terminates
 *	stage 1	any or none	CDs; without an SSID it is CD 0
 *	stage 2	-		stage 2
 *	nested	-		the guest's, behind stage 2
 * An STE with stage 2 alone has no CDs, and in a guest's the CDs are the guest's
 * affair. So stage 2 for the RID, nested or not, and PASIDs exclude one another.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include "smmuv3.h"

static struct smmu_attachment *smmu_attached(const struct smmu_master *master,
					     u32 ssid)
{
	struct smmu_attachment *att;

	list_for_each_entry(att, &master->attachments, master_node)
		if (att->ssid == ssid)
			return att;
	return NULL;
}

static bool smmu_has_pasids(const struct smmu_master *master)
{
	struct smmu_attachment *att;

	list_for_each_entry(att, &master->attachments, master_node)
		if (att->ssid != IOMMUFDX_NO_PASID)
			return true;
	return false;
}

/* Have the STE say what the attachments are. */
static int smmu_update_ste(struct smmu_master *master, unsigned int flags)
{
	struct smmu_attachment *rid = smmu_attached(master, IOMMUFDX_NO_PASID);
	struct smmu_entry ste = smmu_ste_abort();

	if (rid && rid->nested)
		ste = smmu_ste_nested(master, rid->nested);
	else if (rid && rid->domain->tag.s2)
		ste = smmu_ste_s2(master, rid->domain);
	else if (rid || smmu_has_pasids(master))
		ste = smmu_ste_s1(master, rid);
	else if (master->passes)
		ste = smmu_ste_bypass();
	return smmu_ste_write(smmu_of(master), master->base->rid, &ste, flags);
}

void smmu_ats_give_up(struct smmu_master *master)
{
	struct smmu *smmu = smmu_of(master);
	int rc;

	pr_warn("iommufdx: %s: %s does not invalidate its cache, no ATS until it is attached anew\n",
		smmu_hw(smmu)->name, master->base->name);
	mutex_lock(&smmu->config_lock);
	master->eats = false;
	rc = smmu_update_ste(master, ENTRY_FORCE);
	/* From here on what it has cached is of no use to it. */
	if (!rc)
		WRITE_ONCE(master->ats, false);
	mutex_unlock(&smmu->config_lock);
}

/*
 * A device that was given up may answer again. Nothing that it cached until then
 * may be used: its cache has to be empty before the STE lets it translate.
 */
static void smmu_ats_resume(struct smmu_master *master)
{
	struct smmu *smmu = smmu_of(master);
	u32 sid = master->base->rid;
	struct ring_batch batch = {};

	if (master->eats || !(master->base->caps & IOMMUFDX_CAP_ATS))
		return;
	ring_batch_add(&batch, smmu_cmd_atc_inv(sid, IOMMUFDX_NO_PASID, 0,
						U64_MAX));
	if (master->base->pasid_bits)
		ring_batch_add(&batch, smmu_cmd_atc_inv_ssids(sid));
	if (smmu_run(smmu, &batch))
		return;
	WRITE_ONCE(master->ats, true);
	mutex_lock(&smmu->config_lock);
	master->eats = true;
	mutex_unlock(&smmu->config_lock);
}

/* An STE no longer names this CD. */
static int smmu_clear_cd(struct smmu_master *master, u32 ssid)
{
	const struct smmu_entry none = smmu_cd_none();

	return smmu_cd_write(master, ssid, &none, ENTRY_FORCE);
}

/* Put @new in the place of @old; either may be NULL. */
static void smmu_exchange(struct smmu_master *master,
			  struct smmu_attachment *old,
			  struct smmu_attachment *new)
{
	if (new)
		list_add(&new->master_node, &master->attachments);
	if (old)
		list_del(&old->master_node);
}

static int smmu_install_s1(struct smmu_master *master,
			   struct smmu_attachment *old,
			   struct smmu_attachment *new)
{
	const struct smmu_entry cd = smmu_cd_s1(master, new->domain);
	int rc;

	rc = smmu_cd_add(master, new->ssid) ?:
	     smmu_cd_write(master, new->ssid, &cd, 0);
	if (rc)
		return rc;
	smmu_exchange(master, old, new);
	rc = smmu_update_ste(master, 0);
	if (!rc)
		return 0;
	/* It was not the CD of a stage 1 domain before, or the STE would do. */
	smmu_exchange(master, new, old);
	smmu_clear_cd(master, new->ssid);
	return rc;
}

static int smmu_install_s2(struct smmu_master *master,
			   struct smmu_attachment *old,
			   struct smmu_attachment *new)
{
	int rc;

	smmu_exchange(master, old, new);
	rc = smmu_update_ste(master, 0);
	if (rc)
		smmu_exchange(master, new, old);
	else if (old && !old->domain->tag.s2)
		smmu_clear_cd(master, new->ssid);
	return rc;
}

static void smmu_uninstall(struct smmu_master *master,
			   struct smmu_attachment *old)
{
	int rc;

	smmu_exchange(master, old, NULL);
	rc = smmu_update_ste(master, ENTRY_FORCE);
	if (!old->domain->tag.s2)
		rc = smmu_clear_cd(master, old->ssid) ?: rc;
	if (rc)
		iommufdx_owe(&smmu_domain_base(old->domain)->base,
			     smmu_of(master)->base);
}

/* -------------------------------------------------------------- set_domain */

/* No STE or CD names @att's domain, and hardware knows it. */
static void smmu_attachment_end(struct smmu_attachment *att)
{
	down_write(&att->domain->lock);
	smmu_domain_leave(att);
	up_write(&att->domain->lock);
	kfree(att);
}

static int smmu_attachment_begin(struct smmu_attachment *old,
				 struct smmu_attachment *new)
{
	struct smmu_master *master = new->master;
	struct smmu *smmu = smmu_of(master);
	int rc;

	down_write(&new->domain->lock);
	rc = smmu_domain_join(new);
	if (rc)
		goto out_unlock;
	mutex_lock(&smmu->config_lock);
	if (new->domain->tag.s2)
		rc = smmu_install_s2(master, old, new);
	else
		rc = smmu_install_s1(master, old, new);
	mutex_unlock(&smmu->config_lock);
	if (rc)
		smmu_domain_leave(new);
out_unlock:
	up_write(&new->domain->lock);
	return rc;
}

static void smmu_block(struct smmu_master *master, struct smmu_attachment *old)
{
	struct smmu *smmu = smmu_of(master);

	if (!old)
		return;
	mutex_lock(&smmu->config_lock);
	smmu_uninstall(master, old);
	mutex_unlock(&smmu->config_lock);
	smmu_attachment_end(old);
}

/* From now on @nested's guest is told of the device's faults, or nobody. */
static void smmu_route_events(struct smmu_master *master,
			      const struct smmu_nested *nested)
{
	struct smmu *smmu = smmu_of(master);

	mutex_lock(&smmu->events_lock);
	master->viommu = nested ? nested->viommu : NULL;
	mutex_unlock(&smmu->events_lock);
}

/* May @domain and what else the master is in be there together? */
static bool smmu_goes_together(const struct smmu_master *master, u32 ssid,
			       const struct smmu_domain *domain)
{
	struct smmu_attachment *rid = smmu_attached(master, IOMMUFDX_NO_PASID);

	if (ssid == IOMMUFDX_NO_PASID)
		return !domain->tag.s2 || !smmu_has_pasids(master);
	return !rid || !rid->domain->tag.s2;
}

/* Where @base would have a master be. */
static int smmu_find_domain(const struct smmu_master *master, u32 ssid,
			    struct iommufdx_domain *base,
			    struct smmu_domain **domain,
			    const struct smmu_nested **nested)
{
	*nested = NULL;
	if (base->ops == &smmu_nested_ops) {
		*nested = to_smmu_nested(base);
		*domain = &(*nested)->viommu->s2;
		return smmu_nested_fits(master, ssid, *nested);
	}
	*domain = to_smmu_domain(base);
	return smmu_domain_fits(master, ssid, base);
}

int smmu_set_domain(struct iommufdx_master *base, u32 pasid,
		    struct iommufdx_domain *to)
{
	struct smmu_master *master = base->priv;
	struct smmu_attachment *new, *old = smmu_attached(master, pasid);
	const struct smmu_nested *nested;
	struct smmu_domain *domain;
	int rc;

	if (!to) {
		smmu_block(master, old);
		if (pasid == IOMMUFDX_NO_PASID)
			smmu_route_events(master, NULL);
		return 0;
	}
	rc = smmu_find_domain(master, pasid, to, &domain, &nested);
	if (rc)
		return rc;
	if (!smmu_goes_together(master, pasid, domain))
		return -EINVAL;
	if (old && old->domain == domain && old->nested == nested)
		return 0;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->master = master;
	new->ssid = pasid;
	new->domain = domain;
	new->nested = nested;
	smmu_ats_resume(master);
	rc = smmu_attachment_begin(old, new);
	if (rc) {
		kfree(new);
		return rc;
	}
	if (pasid == IOMMUFDX_NO_PASID)
		smmu_route_events(master, nested);
	if (old)
		smmu_attachment_end(old);
	return 0;
}

/* What bypasses is in no TLB, and in no device's cache: EATS is not looked at. */
int smmu_pass_through(struct iommufdx_master *base, bool on)
{
	struct smmu_master *master = base->priv;
	struct smmu *smmu = smmu_of(master);
	int rc;

	mutex_lock(&smmu->config_lock);
	master->passes = on;
	rc = smmu_update_ste(master, on ? 0 : ENTRY_FORCE);
	if (rc)
		master->passes = false;
	mutex_unlock(&smmu->config_lock);
	return rc;
}
