/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the SMMUv3 backend's own of the rig. */
#ifndef __UNIT_SMMUV3_RIG_H
#define __UNIT_SMMUV3_RIG_H

#include <smmuv3/smmuv3.h>
#include <backend/rig.h>

#define NO_PASID	IOMMUFDX_NO_PASID

/* The backend has seen all events and page requests there are. */
void machine_settle(struct machine *m);

/* A domain of one stage by name. */
struct iommufdx_domain *stage_make(struct iommufdx_master *master,
				   unsigned int stage, u32 flags);

#endif /* __UNIT_SMMUV3_RIG_H */
