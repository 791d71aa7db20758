/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's queue of struct command, and all that its reader needs. */
#ifndef __UNIT_GUEST_QUEUE_RIG_H
#define __UNIT_GUEST_QUEUE_RIG_H

#include <linux/string.h>
#include "core/guest/guest_queue.h"
#include "target.h"

enum { ERR_ILLEGAL = 1, ERR_REFUSED, ERR_TIMEOUT, ERR_ABORT, ERR_TAIL,
       ERR_STORE };

#define RIG_ENTRIES	32u
#define REG_PROD	4
#define REG_CONS	8

struct queue_rig {
	struct fdx_guest_reader reader;
	struct target target;
	struct command commands[RIG_ENTRIES];
	u32 registers[4];
	struct command copy;
	struct iommufdx_guest_queue_ops ops;
};

static u32 rig_index(u32 reg, u32 entries, u32 *index)
{
	*index = reg & 0xffffff;
	return *index < entries ? 0 : ERR_TAIL;
}

static u32 rig_wrap_index(u32 reg, u32 entries, u32 *index)
{
	*index = reg & (2 * entries - 1);
	return 0;
}

static u32 rig_cons(u32 index, u32 error)
{
	return index | error << 24;
}

static inline void rig_decode(const void *data, struct iommufdx_guest_cmd *out)
{
	const struct command *cmd = data;

	switch (cmd->kind) {
	case FORGET:
	case REFUSED:
	case STRANGER:
		out->kind = IOMMUFDX_GUEST_CMD_INVALIDATE;
		return;
	case SYNC:
		out->kind = IOMMUFDX_GUEST_CMD_SYNC;
		out->store_bytes = cmd->addr ? 4 : 0;
		out->store_addr = cmd->addr;
		out->store_value = cmd->value;
		out->interrupt = cmd->value & 1;
		return;
	case NOTHING:
		out->kind = IOMMUFDX_GUEST_CMD_NOTHING;
		return;
	case FOR_VMM:
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		return;
	}
	out->kind = IOMMUFDX_GUEST_CMD_ILLEGAL;
	out->error = ERR_ILLEGAL;
}

static inline void rig_make(struct queue_rig *rig, bool wrap_bit)
{
	struct fdx_inv_target to;

	memset(rig, 0, sizeof(*rig));
	rig->ops = (struct iommufdx_guest_queue_ops){
		.cmd_size = sizeof(struct command),
		.wrap_bit = wrap_bit,
		.prod_offset = REG_PROD,
		.cons_offset = REG_CONS,
		.illegal_error = ERR_REFUSED,
		.timeout_error = ERR_TIMEOUT,
		.abort_error = ERR_ABORT,
		.tail_error = ERR_TAIL,
		.index = wrap_bit ? rig_wrap_index : rig_index,
		.cons_reg = rig_cons,
		.decode = rig_decode,
	};
	target_init(&rig->target, &to, &target_ops);
	fdx_inv_alloc(&rig->reader.inv, &to, 0);
	rig->reader.ops = &rig->ops;
	rig->reader.commands = rig->commands;
	rig->reader.registers = rig->registers;
	rig->reader.copy = &rig->copy;
	rig->reader.entries = RIG_ENTRIES;
}

#endif /* __UNIT_GUEST_QUEUE_RIG_H */
