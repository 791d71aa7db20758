/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libiommufdx: following what a guest says of its devices.
 *
 * A virtual machine monitor that passes devices through gives the guest a virtual
 * IOMMU. The guest describes in tables in its memory what each device, and each
 * PASID of a device, translates through, and tells with invalidation commands when
 * a description may have changed. A *follower* reads those tables when such a
 * command comes, finds what is new, changed or gone, and has the VMM allocate,
 * attach, replace, detach and destroy accordingly.
 *
 * Words
 *   device       a passthrough device, by the number its guest has for it: the RID
 *                (VT-d, AMD), the stream ID (SMMUv3).
 *   description  what the guest's tables say of a device and PASID.
 *   key          device and PASID, or device and IOMMUFDX_FOLLOW_RID for its
 *                requests without a PASID.
 *   following    a key for which the VMM has attached something.
 *
 * What is promised
 *   - A key is looked at if a command covers it as hardware's caches would be
 *     covered: where the follower has a description, by its domain ID; where it has
 *     none, by the one that the guest's table has now. What is not covered stays,
 *     whatever the tables say.
 *   - What is equal stays untouched. What changed is replaced, without a moment in
 *     which nothing is attached. What is gone is detached, then destroyed.
 *   - Guest memory is not trusted. What cannot be read, or is not valid, is as
 *     absent as it is for hardware. A device cannot have more than @max_keys keys
 *     followed; what is beyond is treated as absent.
 *   - A callback that fails does not stop a command. A key whose description could
 *     not be realised is left with nothing attached, never with what it had before;
 *     it is tried again when a later command covers it. The first error is returned
 *     when all else is done.
 *
 * A follower has no state but its own, calls nothing but the callbacks and the
 * C library's allocator, and is used by one thread at a time.
 */
#ifndef IOMMUFDX_FOLLOW_H
#define IOMMUFDX_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In place of a PASID: requests that have none. */
#define IOMMUFDX_FOLLOW_RID	0xffffffffu

/**
 * enum iommufdx_follow_vendor - whose tables are read
 * @IOMMUFDX_FOLLOW_VTD: root, context and PASID tables
 * @IOMMUFDX_FOLLOW_SMMUV3: stream table and context descriptors
 * @IOMMUFDX_FOLLOW_AMD: device table and GCR3 tables
 */
enum iommufdx_follow_vendor {
	IOMMUFDX_FOLLOW_VTD,
	IOMMUFDX_FOLLOW_SMMUV3,
	IOMMUFDX_FOLLOW_AMD,
};

/**
 * enum iommufdx_follow_kind - what a description asks for
 * @IOMMUFDX_FOLLOW_BYPASS: addresses are guest-physical: attach the HWPT that maps
 *	the guest's memory
 * @IOMMUFDX_FOLLOW_TRANSLATE: a table of the guest; @device and @entry of the
 *	description tell which
 */
enum iommufdx_follow_kind {
	IOMMUFDX_FOLLOW_BYPASS,
	IOMMUFDX_FOLLOW_TRANSLATE,
};

#define IOMMUFDX_FOLLOW_WORDS	8

/**
 * struct iommufdx_follow_desc - what the guest says of a key
 * @device: the guest's number of the device
 * @pasid: PASID, or IOMMUFDX_FOLLOW_RID
 * @index: PASID whose entry says so: @pasid; for requests without one, the one that
 *	the device's entry names, IOMMUFDX_FOLLOW_RID where none is asked
 * @kind: enum iommufdx_follow_kind
 * @domain: the guest's domain ID (VT-d, AMD), or ASID (SMMUv3, where a context
 *	descriptor is followed); 0 where there is none
 * @__unused: 0
 * @config: the device's entry, as it was read: scalable or legacy context entry,
 *	STE, DTE; unused words are 0
 * @entry: the PASID's entry: PASID table entry, context descriptor, GCR3 entry;
 *	zeroes where there is none
 */
struct iommufdx_follow_desc {
	uint32_t device;
	uint32_t pasid;
	uint32_t index;
	uint32_t kind;
	uint32_t domain;
	uint32_t __unused;
	uint64_t config[IOMMUFDX_FOLLOW_WORDS];
	uint64_t entry[IOMMUFDX_FOLLOW_WORDS];
};

/**
 * struct iommufdx_follow_ops - what the VMM does
 * @read: copy @len bytes at guest-physical @gpa; 0, or anything else where the
 *	guest has no memory. A piece read never crosses 4 KiB.
 * @alloc: make (or find) a HWPT for @desc. *@hwpt is the VMM's own number.
 * @attach: attach it to a key that has nothing
 * @replace: attach it to a key in place of what it has, hitlessly. On failure the
 *	follower detaches.
 * @detach: take off what a key has; must not fail
 * @destroy: give back what @alloc made; attached nowhere; must not fail
 *
 * @ctx is that of the follower. Functions that return int return 0 or a negative
 * errno. None may call the follower.
 */
struct iommufdx_follow_ops {
	int (*read)(void *ctx, uint64_t gpa, void *buf, size_t len);
	int (*alloc)(void *ctx, const struct iommufdx_follow_desc *desc,
		     uint32_t *hwpt);
	int (*attach)(void *ctx, uint32_t device, uint32_t pasid, uint32_t hwpt);
	int (*replace)(void *ctx, uint32_t device, uint32_t pasid, uint32_t hwpt);
	void (*detach)(void *ctx, uint32_t device, uint32_t pasid);
	void (*destroy)(void *ctx, uint32_t hwpt);
};

/**
 * struct iommufdx_follow_config - how a follower is made
 * @vendor: enum iommufdx_follow_vendor
 * @pasids: SMMUv3 and AMD: read the guest's tables of PASIDs too, as shadow HWPTs
 *	need it. Without it a device is one key, and hardware that nests reads them.
 *	VT-d's PASID tables are always read.
 * @max_keys: most keys of one device, 0 for 4096
 */
struct iommufdx_follow_config {
	uint32_t vendor;
	bool pasids;
	uint32_t max_keys;
};

/**
 * struct iommufdx_follow_regs - where the guest's tables are
 * @enabled: translation is on (VT-d GSTS.TES, SMMUv3 CR0.SMMUEN, AMD IommuEn);
 *	if not, all devices are IOMMUFDX_FOLLOW_BYPASS
 * @base: VT-d RTADDR_REG; SMMUv3 STRTAB_BASE; AMD device table base register
 * @base_cfg: SMMUv3 STRTAB_BASE_CFG; else 0
 */
struct iommufdx_follow_regs {
	bool enabled;
	uint64_t base;
	uint64_t base_cfg;
};

struct iommufdx_follower;

/**
 * iommufdx_follow_new() - make a follower
 * @config: what it reads
 * @ops: the VMM's functions; must stay
 * @ctx: passed to them
 * @out: the follower, without devices
 *
 * Return: 0, -EINVAL (an unknown vendor) or -ENOMEM.
 */
int iommufdx_follow_new(const struct iommufdx_follow_config *config,
			const struct iommufdx_follow_ops *ops, void *ctx,
			struct iommufdx_follower **out);

/**
 * iommufdx_follow_free() - end a follower
 * @follower: may be NULL
 *
 * Detaches and destroys all that it attached.
 */
void iommufdx_follow_free(struct iommufdx_follower *follower);

/**
 * iommufdx_follow_add() - a device is passed through from now on
 * @follower: the follower
 * @device: the guest's number of it
 *
 * Follows what the guest's tables say of it now.
 * Return: 0; -EEXIST; -ENOMEM (not added); else the first error of a callback,
 * with the device added.
 */
int iommufdx_follow_add(struct iommufdx_follower *follower, uint32_t device);

/**
 * iommufdx_follow_remove() - a device is not passed through any more
 * @follower: the follower
 * @device: the guest's number of it
 *
 * Detaches and destroys what it had.
 * Return: 0 or -ENOENT.
 */
int iommufdx_follow_remove(struct iommufdx_follower *follower, uint32_t device);

/**
 * iommufdx_follow_set_regs() - the guest switched translation, or moved a table
 * @follower: the follower
 * @regs: what the registers say now
 *
 * All is read anew, as by iommufdx_follow_replay().
 * Return: 0, or as iommufdx_follow_replay().
 */
int iommufdx_follow_set_regs(struct iommufdx_follower *follower,
			     const struct iommufdx_follow_regs *regs);

/**
 * iommufdx_follow_reset() - the virtual IOMMU is reset
 * @follower: the follower
 *
 * Detaches and destroys all that is attached, so that the host knows nothing of the
 * guest's tables any more, and forgets the registers. Devices stay. With the next
 * iommufdx_follow_set_regs(), or a replay, they are followed again.
 */
void iommufdx_follow_reset(struct iommufdx_follower *follower);

/**
 * iommufdx_follow_replay() - read everything anew
 * @follower: the follower
 *
 * As a command that covers all; after migration, too, where the follower is new.
 * Return: 0; -ENOMEM (a device of which nothing was changed must be tried again);
 * else the first error of a callback.
 */
int iommufdx_follow_replay(struct iommufdx_follower *follower);

/**
 * iommufdx_follow_command() - the guest issued an invalidation command
 * @follower: the follower
 * @cmd: the command as it stands in the guest's queue, copied once: two words of
 *	64 bits; of VT-d's 256-bit descriptors the first two
 * @concerned: may be NULL: did the command speak of tables that are followed?
 *
 * Carries out context-cache and PASID-cache invalidations (VT-d), CFGI_STE,
 * CFGI_STE_RANGE, CFGI_ALL, CFGI_CD and CFGI_CD_ALL (SMMUv3),
 * INVALIDATE_DEVTAB_ENTRY, INVALIDATE_IOMMU_ALL and, of PASIDs,
 * INVALIDATE_IOMMU_PAGES of all addresses (AMD). Others are not the follower's
 * business; that they are legal is the VMM's to check, as is passing on what
 * concerns hardware's caches.
 * Return: 0; -ENOMEM as iommufdx_follow_replay(); else the first error of a
 * callback.
 */
int iommufdx_follow_command(struct iommufdx_follower *follower,
			    const uint64_t cmd[2], bool *concerned);

/**
 * iommufdx_follow_each() - look at what is attached
 * @follower: the follower
 * @fn: called for each key, by rising device and PASID; anything but 0 ends it
 * @arg: passed to @fn
 *
 * Return: 0, or what @fn returned.
 */
int iommufdx_follow_each(const struct iommufdx_follower *follower,
			 int (*fn)(void *arg,
				   const struct iommufdx_follow_desc *desc,
				   uint32_t hwpt),
			 void *arg);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_FOLLOW_H */
