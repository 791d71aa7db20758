// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The engine of followers: what is new, changed or gone. See follow.h. */
#include "follow_internal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define DEFAULT_MAX_KEYS	4096

/**
 * struct follow_slot - a key that has something attached
 * @desc: what the guest said of it
 * @hwpt: what is attached
 */
struct follow_slot {
	struct iommufdx_follow_desc desc;
	uint32_t hwpt;
};

/**
 * struct follow_device - a device
 * @next: the one with the next higher number
 * @id: its number
 * @slots: by rising PASID
 * @nr: how many
 */
struct follow_device {
	struct follow_device *next;
	uint32_t id;
	struct follow_slot *slots;
	size_t nr;
};

/**
 * struct iommufdx_follower - a follower
 * @vendor: how the tables are read
 * @config: as given
 * @ops: the VMM's functions
 * @ctx: for them
 * @regs: where the tables are
 * @started: @regs were given since the last reset
 * @devices: by rising number
 */
struct iommufdx_follower {
	const struct follow_vendor *vendor;
	struct iommufdx_follow_config config;
	const struct iommufdx_follow_ops *ops;
	void *ctx;
	struct iommufdx_follow_regs regs;
	bool started;
	struct follow_device *devices;
};

/* ------------------------------------------------------------- for the vendors */

bool follow_read(const struct follow_scan *scan, uint64_t gpa, uint64_t *words,
		 size_t nr)
{
	if (scan->ops->read(scan->ctx, gpa, words, nr * sizeof(*words)))
		return false;
	for (size_t i = 0; i < nr; i++)
		words[i] = le64toh(words[i]);
	return true;
}

bool follow_emit(struct follow_scan *scan,
		 const struct iommufdx_follow_desc *desc)
{
	struct iommufdx_follow_desc *more;
	size_t room;

	/* One place is kept for requests without a PASID. */
	if (scan->nr + (desc->pasid != IOMMUFDX_FOLLOW_RID) >= scan->max)
		return false;
	if (scan->nr == scan->room) {
		room = scan->room ? 2 * scan->room : 16;
		more = realloc(scan->found, room * sizeof(*more));
		if (!more) {
			scan->error = -ENOMEM;
			return false;
		}
		scan->found = more;
		scan->room = room;
	}
	scan->found[scan->nr++] = *desc;
	return true;
}

/* ---------------------------------------------------------------------- engine */

static void drop(struct iommufdx_follower *f, const struct follow_slot *slot)
{
	f->ops->detach(f->ctx, slot->desc.device, slot->desc.pasid);
	f->ops->destroy(f->ctx, slot->hwpt);
}

static void drop_all(struct iommufdx_follower *f, struct follow_device *dev)
{
	for (size_t i = 0; i < dev->nr; i++)
		drop(f, &dev->slots[i]);
	free(dev->slots);
	dev->slots = NULL;
	dev->nr = 0;
}

/*
 * Realise @now for its key, which has @old or, with NULL, nothing. On failure it
 * has nothing.
 */
static int realise(struct iommufdx_follower *f, const struct follow_slot *old,
		   const struct iommufdx_follow_desc *now, uint32_t *hwpt)
{
	int rc = f->ops->alloc(f->ctx, now, hwpt);

	if (!rc) {
		if (old)
			rc = f->ops->replace(f->ctx, now->device, now->pasid,
					     *hwpt);
		else
			rc = f->ops->attach(f->ctx, now->device, now->pasid,
					    *hwpt);
		if (rc)
			f->ops->destroy(f->ctx, *hwpt);
	}
	if (rc && old)
		drop(f, old);
	else if (old)
		f->ops->destroy(f->ctx, old->hwpt);
	return rc;
}

/* A cache that holds @old, or with NULL knows of nothing, where @now is said. */
static bool covers(const struct follow_scope *scope,
		   const struct follow_slot *old,
		   const struct iommufdx_follow_desc *now)
{
	const struct iommufdx_follow_desc *known = old ? &old->desc : now;

	if (known->index < scope->first || known->index > scope->last)
		return false;
	return !scope->by_domain || known->domain == scope->domain;
}

/* Go through old and new keys in order and keep, make, replace or drop each. */
static int merge(struct iommufdx_follower *f, struct follow_device *dev,
		 const struct follow_scan *scan,
		 const struct follow_scope *scope, struct follow_slot *slots)
{
	size_t i = 0, j = 0, nr = 0, keys = dev->nr;
	int first_rc = 0;

	while (i < dev->nr || j < scan->nr) {
		const struct follow_slot *old = i < dev->nr ? &dev->slots[i] :
							      NULL;
		const struct iommufdx_follow_desc *now =
			j < scan->nr ? &scan->found[j] : NULL;
		int rc;

		if (old && now && old->desc.pasid != now->pasid) {
			if (old->desc.pasid < now->pasid)
				now = NULL;
			else
				old = NULL;
		}
		i += !!old;
		j += !!now;
		if (!covers(scope, old, now) ||
		    (old && now && !memcmp(&old->desc, now, sizeof(*now)))) {
			if (old)
				slots[nr++] = *old;
			continue;
		}
		if (!now) {
			drop(f, old);
			keys--;
			continue;
		}
		if (!old && keys >= f->config.max_keys)
			continue;
		rc = realise(f, old, now, &slots[nr].hwpt);
		if (!rc)
			slots[nr++].desc = *now;
		else if (!first_rc)
			first_rc = rc;
		keys += !rc - !!old;
	}
	free(dev->slots);
	dev->slots = slots;
	dev->nr = nr;
	return first_rc;
}

static void scan_device(const struct iommufdx_follower *f,
			struct follow_scan *scan)
{
	const struct iommufdx_follow_desc bypass = {
		.device = scan->device,
		.pasid = IOMMUFDX_FOLLOW_RID,
		.index = IOMMUFDX_FOLLOW_RID,
		.kind = IOMMUFDX_FOLLOW_BYPASS,
	};

	if (!f->started)
		return;
	if (f->regs.enabled)
		f->vendor->scan(scan);
	else
		follow_emit(scan, &bypass);
}

static int update_device(struct iommufdx_follower *f, struct follow_device *dev,
			 const struct follow_scope *scope)
{
	struct follow_scan scan = {
		.ops = f->ops,
		.ctx = f->ctx,
		.regs = f->regs,
		.pasids = f->config.pasids,
		.device = dev->id,
		.first = scope->first,
		.last = scope->last,
		.max = f->config.max_keys,
	};
	struct follow_slot *slots;
	int rc;

	scan_device(f, &scan);
	rc = scan.error;
	if (!rc) {
		/* All that is attached, and what may come. */
		slots = calloc(dev->nr + scan.nr + 1, sizeof(*slots));
		rc = slots ? merge(f, dev, &scan, scope, slots) : -ENOMEM;
	}
	free(scan.found);
	return rc;
}

static int update(struct iommufdx_follower *f, const struct follow_scope *scope)
{
	int rc, first_rc = 0;

	for (struct follow_device *dev = f->devices; dev; dev = dev->next) {
		if ((dev->id & scope->device_mask) != scope->device)
			continue;
		rc = update_device(f, dev, scope);
		if (!first_rc)
			first_rc = rc;
	}
	return first_rc;
}

/* Where the device with this number is, or would be. */
static struct follow_device **find(struct iommufdx_follower *f, uint32_t id)
{
	struct follow_device **link = &f->devices;

	while (*link && (*link)->id < id)
		link = &(*link)->next;
	return link;
}

/* ------------------------------------------------------------------------- API */

API int iommufdx_follow_new(const struct iommufdx_follow_config *config,
			    const struct iommufdx_follow_ops *ops, void *ctx,
			    struct iommufdx_follower **out)
{
	static const struct follow_vendor *const vendors[] = {
		[IOMMUFDX_FOLLOW_VTD] = &follow_vtd,
		[IOMMUFDX_FOLLOW_SMMUV3] = &follow_smmuv3,
		[IOMMUFDX_FOLLOW_AMD] = &follow_amd,
	};
	struct iommufdx_follower *f;

	if (config->vendor >= sizeof(vendors) / sizeof(vendors[0]))
		return -EINVAL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->vendor = vendors[config->vendor];
	f->config = *config;
	if (!f->config.max_keys)
		f->config.max_keys = DEFAULT_MAX_KEYS;
	f->ops = ops;
	f->ctx = ctx;
	*out = f;
	return 0;
}

API void iommufdx_follow_free(struct iommufdx_follower *f)
{
	while (f && f->devices)
		iommufdx_follow_remove(f, f->devices->id);
	free(f);
}

API int iommufdx_follow_add(struct iommufdx_follower *f, uint32_t device)
{
	const struct follow_scope all = follow_scope_all();
	struct follow_device **link = find(f, device), *dev;

	if (*link && (*link)->id == device)
		return -EEXIST;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->id = device;
	dev->next = *link;
	*link = dev;
	return update_device(f, dev, &all);
}

API int iommufdx_follow_remove(struct iommufdx_follower *f, uint32_t device)
{
	struct follow_device **link = find(f, device), *dev = *link;

	if (!dev || dev->id != device)
		return -ENOENT;
	drop_all(f, dev);
	*link = dev->next;
	free(dev);
	return 0;
}

API int iommufdx_follow_set_regs(struct iommufdx_follower *f,
				 const struct iommufdx_follow_regs *regs)
{
	f->regs = *regs;
	f->started = true;
	return iommufdx_follow_replay(f);
}

API void iommufdx_follow_reset(struct iommufdx_follower *f)
{
	f->started = false;
	memset(&f->regs, 0, sizeof(f->regs));
	for (struct follow_device *dev = f->devices; dev; dev = dev->next)
		drop_all(f, dev);
}

API int iommufdx_follow_replay(struct iommufdx_follower *f)
{
	const struct follow_scope all = follow_scope_all();

	return update(f, &all);
}

API int iommufdx_follow_command(struct iommufdx_follower *f,
				const uint64_t cmd[2], bool *concerned)
{
	struct follow_scope scope = follow_scope_all();
	bool ours = f->vendor->scope(cmd, f->config.pasids, &scope);

	if (concerned)
		*concerned = ours;
	return ours ? update(f, &scope) : 0;
}

API int iommufdx_follow_each(const struct iommufdx_follower *f,
			     int (*fn)(void *arg,
				       const struct iommufdx_follow_desc *desc,
				       uint32_t hwpt),
			     void *arg)
{
	int rc = 0;

	for (struct follow_device *dev = f->devices; dev && !rc; dev = dev->next)
		for (size_t i = 0; i < dev->nr && !rc; i++)
			rc = fn(arg, &dev->slots[i].desc, dev->slots[i].hwpt);
	return rc;
}
