// SPDX-License-Identifier: GPL-2.0-only
/* Replacing a wide table entry under hardware's eyes: see entry.h. */
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include "entry.h"

#define ENTRY_NO_GRANULE	U32_MAX

/**
 * struct entry_job - one update under way
 * @ops: format
 * @entry: memory
 * @ctx: for the sync
 * @force: go on when a sync fails
 * @error: first errno of a sync, or 0
 */
struct entry_job {
	const struct entry_ops *ops;
	u64 *entry;
	void *ctx;
	bool force;
	int error;
};

static bool entry_sync(struct entry_job *job)
{
	int rc = job->ops->sync(job->ctx);

	if (rc && !job->error)
		job->error = rc;
	return !rc || job->force;
}

/* Store granule @g of @val if memory differs. */
static bool entry_store(struct entry_job *job, const u64 *val, unsigned int g)
{
	unsigned int first = g * job->ops->granule;
	size_t bytes = job->ops->granule * sizeof(u64);

	if (!memcmp(job->entry + first, val + first, bytes))
		return false;
	job->ops->store(job->entry + first, val + first);
	return true;
}

static bool entry_put_one(struct entry_job *job, const u64 *val, unsigned int g)
{
	return !entry_store(job, val, g) || entry_sync(job);
}

static bool entry_put_rest(struct entry_job *job, const u64 *val,
			   unsigned int skip)
{
	unsigned int g, stored = 0;

	for (g = 0; g < job->ops->words / job->ops->granule; g++)
		if (g != skip)
			stored += entry_store(job, val, g);
	return !stored || entry_sync(job);
}

/*
 * Fill @prep with @old as it can become without hardware noticing, and count
 * the granules in which hardware would still miss something of @target; *@last
 * is one of them.
 */
static unsigned int entry_compare(const struct entry_ops *ops, const u64 *old,
				  const u64 *target, u64 *prep,
				  unsigned int *last)
{
	u64 used_old[ENTRY_MAX_WORDS] = {}, used_new[ENTRY_MAX_WORDS] = {};
	unsigned int i, count = 0;

	*last = ENTRY_NO_GRANULE;
	ops->used(old, used_old);
	ops->used(target, used_new);
	for (i = 0; i < ops->words; i++) {
		prep[i] = (old[i] & used_old[i]) | (target[i] & ~used_old[i]);
		if (!((prep[i] ^ target[i]) & used_new[i]))
			continue;
		if (*last != i / ops->granule)
			count++;
		*last = i / ops->granule;
	}
	return count;
}

static int entry_hitless(struct entry_job *job, const u64 *old,
			 const u64 *target, const u64 *prep, unsigned int g)
{
	bool ok;

	if (g == ENTRY_NO_GRANULE) {
		/* Hardware can tell no difference; the order does not matter. */
		ok = entry_put_rest(job, target, g);
	} else {
		ok = entry_put_rest(job, prep, g) &&
		     entry_put_one(job, target, g) &&
		     entry_put_rest(job, target, g);
	}
	if (ok)
		return job->error ?: ENTRY_HITLESS;

	/* The others as @prep has them suit both values of granule @g. */
	job->force = true;
	if (g != ENTRY_NO_GRANULE) {
		entry_put_rest(job, prep, g);
		entry_put_one(job, old, g);
	}
	entry_put_rest(job, old, g);
	return job->error;
}

static int entry_break(struct entry_job *job, const u64 *old, const u64 *target)
{
	unsigned int valid = job->ops->valid_word / job->ops->granule;
	u64 absent[ENTRY_MAX_WORDS];

	memcpy(absent, old, sizeof(absent));
	absent[job->ops->valid_word] &= ~job->ops->valid_mask;

	if (entry_put_one(job, absent, valid) &&
	    entry_put_rest(job, target, valid) &&
	    entry_put_one(job, target, valid))
		return job->error ?: ENTRY_BROKEN;

	job->force = true;
	entry_put_one(job, absent, valid);
	entry_put_rest(job, old, valid);
	entry_put_one(job, old, valid);
	return job->error;
}

int iommufdx_entry_write(const struct entry_ops *ops, u64 *entry,
			 const u64 *target, void *ctx, unsigned int flags)
{
	struct entry_job job = {
		.ops = ops,
		.entry = entry,
		.ctx = ctx,
		.force = flags & ENTRY_FORCE,
	};
	u64 old[ENTRY_MAX_WORDS] = {}, prep[ENTRY_MAX_WORDS];
	unsigned int g;

	memcpy(old, entry, ops->words * sizeof(u64));
	if (!memcmp(old, target, ops->words * sizeof(u64)))
		return ENTRY_SAME;
	if (entry_compare(ops, old, target, prep, &g) > 1)
		return entry_break(&job, old, target);
	return entry_hitless(&job, old, target, prep, g);
}
EXPORT_SYMBOL_GPL(iommufdx_entry_write);

bool iommufdx_entry_hitless(const struct entry_ops *ops, const u64 *entry,
			    const u64 *target)
{
	u64 prep[ENTRY_MAX_WORDS];
	unsigned int g;

	return entry_compare(ops, entry, target, prep, &g) <= 1;
}
EXPORT_SYMBOL_GPL(iommufdx_entry_hitless);

void iommufdx_entry_store64(u64 *dst, const u64 *val)
{
	/*
	 * Earlier stores, to the entry and to what it points to, are visible
	 * first: to hardware, and to a model, which is another processor.
	 */
	wmb();
	smp_store_release(dst, *val);
}
EXPORT_SYMBOL_GPL(iommufdx_entry_store64);
