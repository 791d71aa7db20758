/* SPDX-License-Identifier: GPL-2.0-only */
/* Nested domains and virtual IOMMUs: see nested.c. */
#ifndef __IOMMUFDX_AMD_NESTED_H
#define __IOMMUFDX_AMD_NESTED_H

#include <linux/iommufdx/viommu.h>
#include "amd.h"

/**
 * struct amd_guest_id - a guest's domain ID
 * @guest: as the guest says
 * @id: as hardware knows it
 * @users: nested domains with it
 * @tainted: hardware may use @id though no DTE names it; once so, always so
 * @node: in amd_viommu.ids
 *
 * The lock of amd_viommu.parent guards @users and @node.
 */
struct amd_guest_id {
	u16 guest;
	u16 id;
	unsigned int users;
	bool tainted;
	struct list_head node;
};

/**
 * struct amd_viommu - a slice of an IOMMU that a guest sees as its own
 * @base: core's side of it
 * @parent: the host table
 * @node: in amd_domain.viommus
 * @ids: amd_guest_id.node (lock of @parent)
 */
struct amd_viommu {
	struct iommufdx_viommu base;
	struct amd_domain *parent;
	struct list_head node;
	struct list_head ids;
};

/**
 * struct amd_nested - a guest's device table entry on a host table
 * @base: core's side of it
 * @viommu: whose
 * @id: the guest's domain ID
 * @dte: what the guest wrote, checked
 */
struct amd_nested {
	struct iommufdx_domain base;
	struct amd_viommu *viommu;
	struct amd_guest_id *id;
	struct amd_dte dte;
};

static inline struct amd_nested *to_amd_nested(struct iommufdx_domain *domain)
{
	return container_of(domain, struct amd_nested, base);
}

static inline struct amd_viommu *to_amd_viommu(struct iommufdx_viommu *viommu)
{
	return container_of(viommu, struct amd_viommu, base);
}

extern const struct iommufdx_domain_ops amd_nested_ops;
extern const struct iommufdx_inv_ops amd_viommu_inv;
extern const struct iommufdx_guest_queue_ops amd_guest_queue_ops;

/* Can guests have translation of their own on this IOMMU? */
bool amd_can_nest(struct amd_iommu *iommu);
/* Can the master translate through it? */
bool amd_nested_fits(struct amd_master *master, struct amd_nested *nested);
/* Make the DTE of the host table alone that of a master in it. */
void amd_nested_dte(const struct amd_nested *nested, struct amd_dte *dte);

struct iommufdx_viommu *
amd_viommu_alloc(struct iommufdx_master *master, struct iommufdx_domain *parent,
		 void *core, const struct iommufdx_user_data *data);

/* The ID of hardware for one of a guest, or NULL. lockdep: lock of the parent. */
struct amd_guest_id *amd_guest_id_find(struct amd_viommu *viommu, u16 guest);

int amd_vevents_init(struct amd_iommu *iommu);
void amd_vevents_destroy(struct amd_iommu *iommu);
/* From and until when events of an attachment's master reach its guest. */
void amd_vevents_begin(struct amd_attachment *att);
void amd_vevents_end(struct amd_attachment *att);
/*
 * Keep a fault for the guest whose device caused it. False: it is the host's.
 * lockdep: log_lock.
 */
bool amd_vevent(struct amd_iommu *iommu, u64 word0, u64 word1);
/* iommufdx_guest_queue_ops::log_error */
void amd_vevent_command(struct iommufdx_viommu *viommu, u32 error, u64 addr);

#endif /* __IOMMUFDX_AMD_NESTED_H */
