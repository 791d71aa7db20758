/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's tables say of one key, looked up by hand, one key at a time; and
 * what a command covers. Shares nothing with the code under test.
 */
#ifndef __UNIT_FOLLOW_ORACLE_H
#define __UNIT_FOLLOW_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "follow.h"

#define MEM_GPA		0x12345000ull
#define MEM_PAGES	24
#define MEM_WORDS	(MEM_PAGES * 512)

extern uint64_t mem[MEM_WORDS];

struct oracle {
	uint32_t vendor;
	bool pasids;
	struct iommufdx_follow_regs regs;
};

/* False: nothing. */
bool oracle_lookup(const struct oracle *o, uint32_t device, uint32_t pasid,
		   struct iommufdx_follow_desc *desc);
/* Does @cmd speak of a cached @desc? */
bool oracle_covers(const struct oracle *o, const uint64_t cmd[2],
		   const struct iommufdx_follow_desc *desc);

#endif /* __UNIT_FOLLOW_ORACLE_H */
