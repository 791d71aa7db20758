/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the AMD backend's own of the rig. */
#ifndef __UNIT_AMD_RIG_H
#define __UNIT_AMD_RIG_H

#include <amd/amd.h>
#include <backend/rig.h>

#define NO_PASID	IOMMUFDX_NO_PASID

/* The backend has seen all events there are. */
void machine_settle(struct machine *m);

/* A domain with a host table. */
struct iommufdx_domain *v1_make(struct iommufdx_master *master, u32 flags);

#endif /* __UNIT_AMD_RIG_H */
