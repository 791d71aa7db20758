/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the AMD backend's own of the rig. */
#ifndef __UNIT_AMD_RIG_H
#define __UNIT_AMD_RIG_H

#include <amd/amd.h>
#include <backend/rig.h>

#define NO_PASID	IOMMUFDX_NO_PASID

/* The backend has seen all events there are. */
void machine_settle(struct machine *m);

/* A domain of a format by name; with a host table; with a guest table. */
struct iommufdx_domain *format_make(struct iommufdx_master *master,
				    enum pgtable_format format, u32 flags);
struct iommufdx_domain *v1_make(struct iommufdx_master *master, u32 flags);
struct iommufdx_domain *v2_make(struct iommufdx_master *master);
/* A device with everything; PASIDs of 20 bits. */
void full_master_start(struct machine *m, struct iommufdx_master *master,
		       u32 rid);

#endif /* __UNIT_AMD_RIG_H */
