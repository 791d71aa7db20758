/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the VT-d backend's own of the rig. */
#ifndef __UNIT_VTD_RIG_H
#define __UNIT_VTD_RIG_H

#include <vtd/vtd.h>
#include <backend/rig.h>

#define NO_PASID	IOMMUFDX_NO_PASID

/* The backend has seen all faults there are. */
void machine_settle(struct machine *m);

/* A domain of a format by name. */
struct iommufdx_domain *format_make(struct iommufdx_master *master,
				    enum pgtable_format format, u32 flags);
/* A device with everything; PASIDs of 10 bits. */
void full_master_start(struct machine *m, struct iommufdx_master *master,
		       u32 rid);

#endif /* __UNIT_VTD_RIG_H */
