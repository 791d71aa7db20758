// SPDX-License-Identifier: GPL-2.0-only
/* Who is in a domain, and what hardware may have cached of it. */
#include <linux/limits.h>
#include "smmuv3.h"

/**
 * struct smmu_job - commands for one SMMU
 * @smmu: whose
 * @batch: not run yet
 * @error: first of those that were
 */
struct smmu_job {
	struct smmu *smmu;
	struct ring_batch batch;
	int error;
};

static int smmu_job_end(struct smmu_job *job)
{
	int rc = 0;

	if (job->batch.nr)
		rc = smmu_run(job->smmu, &job->batch);
	job->batch.nr = 0;
	job->error = job->error ?: rc;
	return job->error;
}

static void smmu_job_add(struct smmu_job *job, struct ring_cmd cmd)
{
	if (job->batch.nr == RING_BATCH_MAX)
		smmu_job_end(job);
	ring_batch_add(&job->batch, cmd);
}

/* ----------------------------------------------------------------- a flush */

/* What a device has in its own cache, of @inv or of everything. */
static void smmu_job_add_device(struct smmu_job *job,
				const struct smmu_attachment *att,
				const struct smmu_tlbi *inv)
{
	u32 sid = att->master->base->rid;

	/* Where stage 1 is a guest's, and so the addresses of requests. */
	if (att->nested)
		inv = NULL;
	smmu_job_add(job, smmu_cmd_atc_inv(sid, att->ssid, inv ? inv->iova : 0,
					   inv ? inv->last : U64_MAX));
	if (att->nested && att->master->base->pasid_bits)
		smmu_job_add(job, smmu_cmd_atc_inv_ssids(sid));
}

/* The same of all devices. Not before the TLB is clean: they might ask too early. */
static void smmu_job_add_atc(struct smmu_job *job, struct smmu_domain *domain,
			     const struct smmu_tlbi *inv)
{
	struct smmu_attachment *att;
	bool first = true;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node) {
		if (smmu_of(att->master) != job->smmu ||
		    !READ_ONCE(att->master->ats))
			continue;
		if (first)
			smmu_job_add(job, smmu_cmd_barrier());
		first = false;
		smmu_job_add_device(job, att, inv);
	}
}

/*
 * Guests' CDs, and their stage 1, which may be loaded again through stage 2 until
 * that is clean.
 */
static void smmu_job_add_s1(struct smmu_job *job, struct smmu_domain *domain)
{
	struct smmu_attachment *att;

	lockdep_assert_held(&domain->lock);

	smmu_job_add(job, smmu_cmd_barrier());
	list_for_each_entry(att, &domain->attachments, node)
		if (smmu_of(att->master) == job->smmu)
			smmu_job_add(job, smmu_cmd_cfgi_cds(
						att->master->base->rid));
	smmu_job_add(job, smmu_cmd_barrier());
	smmu_job_add(job, smmu_cmd_tlbi_s1(domain->tag.id));
}

/* Invalidate @inv, or everything, on every SMMU that may cache it. */
static int smmu_domain_run(struct smmu_domain *domain,
			   const struct smmu_tlbi *inv)
{
	struct smmu_attachment *att;
	struct smmu *done = NULL;
	int rc, first = 0;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node) {
		struct smmu_job job = { .smmu = smmu_of(att->master) };

		if (job.smmu == done)
			continue;
		done = job.smmu;
		if (!inv || !smmu_batch_tlbi(&job.batch, inv, job.smmu->idr[3] &
							      SMMU_IDR3_RIL))
			smmu_job_add(&job, smmu_cmd_tlbi_tag(&domain->tag));
		if (domain->parent)
			smmu_job_add_s1(&job, domain);
		smmu_job_add_atc(&job, domain, inv);
		rc = smmu_job_end(&job);
		first = first ?: rc;
	}
	return first;
}

/* The same in all virtual IOMMUs on the domain. */
static int smmu_domain_run_viommus(struct smmu_domain *domain,
				   const struct smmu_tlbi *inv)
{
	struct smmu_viommu *viommu;
	struct smmu_tlbi own;
	int rc, first = 0;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(viommu, &domain->viommus, node) {
		if (inv) {
			own = *inv;
			own.tag = viommu->s2.tag;
		}
		down_read(&viommu->s2.lock);
		rc = smmu_domain_run(&viommu->s2, inv ? &own : NULL);
		up_read(&viommu->s2.lock);
		first = first ?: rc;
	}
	return first;
}

int smmu_domain_flush(struct iommufdx_domain *base,
		      const struct pgtable_gather *gather)
{
	struct smmu_domain *domain = to_smmu_domain(base);
	const struct smmu_tlbi inv = {
		.tag = domain->tag,
		.granule = domain->granule,
		.iova = gather->iova,
		.last = gather->last,
		.pgsize = gather->pgsize,
		.leaf = !gather->table_changed,
	};
	const struct smmu_tlbi *range = inv.last < inv.iova ? NULL : &inv;
	int rc, rc2;

	if (pgtable_gather_empty(gather))
		return 0;

	down_read(&domain->lock);
	rc = smmu_domain_run(domain, range);
	rc2 = smmu_domain_run_viommus(domain, range);
	up_read(&domain->lock);
	return rc ?: rc2;
}

/* -------------------------------------------------------------- membership */

static struct smmu_attachment *smmu_domain_peer(struct smmu_domain *domain,
						struct smmu *smmu)
{
	struct smmu_attachment *att;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node)
		if (smmu_of(att->master) == smmu)
			return att;
	return NULL;
}

int smmu_domain_join(struct smmu_attachment *att)
{
	struct smmu *smmu = smmu_of(att->master);
	struct smmu_domain *domain = att->domain;
	struct smmu_attachment *peer;
	int rc;

	lockdep_assert_held_write(&domain->lock);

	peer = smmu_domain_peer(domain, smmu);
	if (!peer && domain->tainted) {
		rc = smmu_run_one(smmu, smmu_cmd_tlbi_tag(&domain->tag));
		if (rc)
			return rc;
	}
	list_add(&att->node, peer ? &peer->node : &domain->attachments);
	return 0;
}

static int smmu_device_drop(const struct smmu_attachment *att)
{
	struct smmu_job job = { .smmu = smmu_of(att->master) };

	smmu_job_add_device(&job, att, NULL);
	return smmu_job_end(&job);
}

void smmu_domain_leave(struct smmu_attachment *att)
{
	struct smmu *smmu = smmu_of(att->master);
	struct smmu_domain *domain = att->domain;
	int rc;

	lockdep_assert_held_write(&domain->lock);

	list_del(&att->node);
	if (!smmu_domain_peer(domain, smmu) &&
	    smmu_run_one(smmu, smmu_cmd_tlbi_tag(&domain->tag))) {
		domain->tainted = true;
		iommufdx_owe(&smmu_domain_base(domain)->base, smmu->base);
	}
	if (!READ_ONCE(att->master->ats))
		return;
	rc = smmu_device_drop(att);
	/* It was not the device's fault. */
	if (rc == -EIO)
		rc = smmu_device_drop(att);
	if (rc)
		smmu_ats_give_up(att->master);
}
