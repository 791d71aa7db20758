/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two guests behind an SMMUv3, each with a stage 1 of its own on a nesting parent.
 *
 * The guest's memory is a few pages at GPA in the parent: page 0 holds CDs, one
 * for each of 16 SSIDs; pages 1 to 4 and 5 to 8 are two tables of 4 levels; the
 * others are data.
 */
#ifndef __UNIT_SMMUV3_NESTED_RIG_H
#define __UNIT_SMMUV3_NESTED_RIG_H

#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "rig.h"

#define GPA		0x10000000ULL
#define PAGES		16
#define TABLE_A		1
#define TABLE_B		5
#define DATA		9		/* first page that is neither */
#define CD_BITS		4
#define IOVA		0x7f1234567000ULL
#define VSID		0xabcd1234U
#define ARM		IOMMU_HWPT_DATA_ARM_SMMUV3

/* V and Config of an STE. */
#define ABORT		0x1ULL
#define BYPASS		0x9ULL
#define STAGE1		0xbULL
/* S1DSS SSID0, write-back, inner shareable. */
#define WORD1		(0x2ULL | 1 << 2 | 1 << 4 | 3 << 6)
#define EATS		BIT_ULL(28)

typedef struct iommu_viommu_arm_smmuv3_invalidate cmd_t;

struct guest {
	struct iommufdx_domain *parent;
	struct rig_names names;
	struct iommufdx_viommu *viommu;
	u64 page[PAGES];
};

extern struct machine m;
extern struct iommufdx_master dev, dev2;
extern struct model_atc *atc, *atc2;
extern struct guest g, g2;

unsigned int index_of(u64 va, unsigned int level);
/* Have the table at page @table send @va to data page @data; 0: nowhere. */
void guest_set(struct guest *guest, unsigned int table, u64 va,
	       unsigned int data);
/* The same, for all ASIDs. */
void guest_set_global(struct guest *guest, unsigned int table, u64 va,
		      unsigned int data);
void guest_cd(struct guest *guest, unsigned int ssid, u16 asid,
	      unsigned int table);
u64 ste0(void);
cmd_t tlbi_va(u16 asid, u64 va);
cmd_t tlbi_asid(u16 asid);
cmd_t atc_inv(u32 vsid, u32 ssid);
struct iommufdx_domain *alloc(struct guest *guest, u64 w0, u64 w1);
struct iommufdx_domain *nest(struct guest *guest, u64 w0, u64 w1);
int inv(struct guest *guest, const cmd_t *cmds, unsigned int nr,
	unsigned int *done);
int inv_one(struct guest *guest, cmd_t cmd);
void guest_start(struct guest *guest);
void guest_name(struct guest *guest, struct iommufdx_master *master,
		u32 vsid);
void guest_stop(struct guest *guest);
void start_caps(u32 flags, u32 caps);
void start(u32 flags);
void stop(void);
u64 commands(unsigned int op);
u64 all_tlbi(void);

#endif /* __UNIT_SMMUV3_NESTED_RIG_H */
