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
	enum { WANTS_ANY, WANTS_IOAS, WANTS_DEVICE, WANTS_HWPT, WANTS_VIOMMU,
	       WANTS_RING, WANTS_HW_QUEUE } wants;
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
	bool elsewhere;	/* on an iommufd of its own, on which nothing is mapped */
};

/* All of them, that is, of both tables. */
const struct op *op_next(const struct op *op);
#define for_each_op(op) \
	for (const struct op *op = op_next(NULL); op; op = op_next(op))

#define F(type, member) { offsetof(struct type, member), \
			  sizeof(((struct type *)0)->member) }
#define AT(type, member) offsetof(struct type, member)
#define UPTO(type, member) (offsetof(struct type, member) + \
			    sizeof(((struct type *)0)->member))

/* abi_guest_ops.c; ends with an entry without a name. */
extern const struct op guest_ops[];
int abi_guest_ops_prepare(struct rig *r);
void abi_guest_ops_done(void);

/* What the calls of the table refer to. */
extern uint32_t hwpt_plain, hwpt_dirty;
extern uint64_t bitmap[64];
extern char *memory;

/* Make it; 0 or a negative errno. And give the memory back. */
int abi_ops_prepare(struct rig *r);
void abi_ops_done(void);
struct iommufdx *abi_ops_elsewhere(void);
/* Destroy and close what calls have made since. */
void abi_ops_forget(struct rig *r);

#endif /* SELFTESTS_IOMMUFDX_ABI_OPS_H */
