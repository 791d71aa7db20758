/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table that abi_bad_input works on: for each ioctl of /dev/iommu how to
 * make a call that works, and where the fields are in which it can be spoilt.
 */
#ifndef SELFTESTS_IOMMUFDX_ABI_OPS_H
#define SELFTESTS_IOMMUFDX_ABI_OPS_H

#include "rig.h"

/* Where abi_ops_prepare() maps a page. */
#define SRC_IOVA	0x10000000ull

/* A field of the command's struct: where, how wide. */
struct field {
	uint16_t offset;
	uint8_t size;
};

/* What an ID field wants, and what another kind of object there leads to. */
struct id_field {
	uint16_t offset;
	enum { WANTS_ANY, WANTS_IOAS, WANTS_DEVICE, WANTS_HWPT } wants;
	int unknown;	/* errno of an ID that names nothing */
	int other;	/* errno of an ID of another kind */
	bool zero_is_fine;
};

struct op {
	const char *name;
	unsigned long request;
	uint32_t size;
	uint32_t min_size;
	void (*fill)(struct rig *r, void *cmd);
	struct id_field ids[3];
	struct field reserved[2];
	struct field flags;
	struct field user_pointer;
};

#define NR_OPS	13
extern const struct op ops[NR_OPS];

/* What the calls of the table refer to. */
extern uint32_t hwpt_plain, hwpt_dirty;
extern uint64_t bitmap[64];
extern char *memory;

/* Make it; 0 or a negative errno. And give the memory back. */
int abi_ops_prepare(struct rig *r);
void abi_ops_done(void);

#endif /* SELFTESTS_IOMMUFDX_ABI_OPS_H */
