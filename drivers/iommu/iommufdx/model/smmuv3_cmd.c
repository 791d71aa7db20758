// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 command queue (IHI 0070 chapter 4, section 7.1).
 *
 * Commands are fetched one by one, each read once, and executed in order. One
 * that is illegal or cannot be read stops the queue with CONS at it and
 * GERROR.CMDQ_ERR active, until software acknowledges that in GERRORN; then the
 * command at CONS is fetched again. An ATC invalidation that is not answered
 * fails the next SYNC in this way.
 *
 * Prefetches do nothing.
 */
#include "atc.h"
#include "smmuv3_model.h"

#define SMMU_CMD_BATCH	64

/* Counters and knobs have 64 places: opcodes from 0x40 on use 0x38 and on. */
static unsigned int smmu_op_slot(u8 op)
{
	return op < 0x40 ? op : 0x38 | (op & 7);
}

static bool smmu_cmd_legal(struct model_smmu *smmu, const u64 *cmd)
{
	u8 op = FIELD_GET(SMMU_CMD0_OP, cmd[0]);
	u32 idr0 = smmu->idr[0];

	if (cmd[0] & SMMU_CMD0_SSEC)
		return false;
	if (model_smmu_is_tlbi(op))
		return model_smmu_tlbi_legal(smmu, cmd);

	switch (op) {
	case SMMU_CMD_PREFETCH_CONFIG:
	case SMMU_CMD_PREFETCH_ADDR:
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_STE_RANGE:
		return true;
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
		return idr0 & SMMU_IDR0_S1P;
	case SMMU_CMD_ATC_INV:
		return (idr0 & SMMU_IDR0_ATS) &&
		       FIELD_GET(SMMU_CMD_ATC1_SIZE, cmd[1]) <=
		       SMMU_ATC_SIZE_ALL;
	case SMMU_CMD_PRI_RESP:
		return (idr0 & SMMU_IDR0_PRI) &&
		       FIELD_GET(SMMU_CMD_PRI1_RESP, cmd[1]) <=
		       SMMU_PRI_RESP_SUCCESS;
	case SMMU_CMD_RESUME:
	case SMMU_CMD_STALL_TERM:
		return true;
	case SMMU_CMD_SYNC:
		return FIELD_GET(SMMU_CMD_SYNC0_CS, cmd[0]) <=
		       SMMU_SYNC_CS_SEV;
	}
	return false;
}

/* ---- Configuration ---- */

/* A stream's CDs go with its STE. */
static void smmu_cfgi_ste(struct model_smmu *smmu, u32 sid, u32 mask, bool leaf)
{
	u32 split = FIELD_GET(SMMU_STRTAB_CFG_SPLIT,
			      READ_ONCE(smmu->strtab_cfg));
	u64 cds = (u64)sid << SMMU_CONFIG_SID_SHIFT;
	u64 cd_mask = (u64)mask << SMMU_CONFIG_SID_SHIFT;

	model_smmu_config_evict(smmu, SMMU_CONFIG_STE, sid, mask);
	model_smmu_config_evict(smmu, SMMU_CONFIG_CD, cds, cd_mask);
	model_smmu_config_evict(smmu, SMMU_CONFIG_L1CD, cds, cd_mask);
	if (!leaf)
		model_smmu_config_evict(smmu, SMMU_CONFIG_L1STD, sid >> split,
					mask >> split);
}

static void smmu_cfgi_cd(struct model_smmu *smmu, u32 sid, u32 ssid, bool leaf)
{
	u64 key = (u64)sid << SMMU_CONFIG_SID_SHIFT, sids;

	model_smmu_config_evict(smmu, SMMU_CONFIG_CD, key | ssid, ~0ULL);
	if (leaf)
		return;
	/* Which descriptor it is depends on a format that may have changed. */
	sids = ~0ULL << SMMU_CONFIG_SID_SHIFT;
	model_smmu_config_evict(smmu, SMMU_CONFIG_L1CD, key, sids);
}

static void smmu_cfgi(struct model_smmu *smmu, const u64 *cmd)
{
	u32 sid = FIELD_GET(SMMU_CMD0_SID, cmd[0]), range;
	u64 key = (u64)sid << SMMU_CONFIG_SID_SHIFT;
	bool leaf = cmd[1] & SMMU_CMD_CFGI1_LEAF;
	u64 sids = ~0ULL << SMMU_CONFIG_SID_SHIFT;

	switch (FIELD_GET(SMMU_CMD0_OP, cmd[0])) {
	case SMMU_CMD_CFGI_STE:
		smmu_cfgi_ste(smmu, sid, ~0U, leaf);
		break;
	case SMMU_CMD_CFGI_STE_RANGE:
		range = FIELD_GET(SMMU_CMD_CFGI1_RANGE, cmd[1]);
		smmu_cfgi_ste(smmu, sid,
			      range == SMMU_CFGI_RANGE_ALL ?
			      0 : ~0U << (range + 1), false);
		break;
	case SMMU_CMD_CFGI_CD:
		smmu_cfgi_cd(smmu, sid, FIELD_GET(SMMU_CMD0_SSID, cmd[0]),
			     leaf);
		break;
	case SMMU_CMD_CFGI_CD_ALL:
		model_smmu_config_evict(smmu, SMMU_CONFIG_CD, key, sids);
		model_smmu_config_evict(smmu, SMMU_CONFIG_L1CD, key, sids);
		break;
	}
}

/* ---- Devices ---- */

static void smmu_atc_inv(struct model_smmu *smmu, const u64 *cmd)
{
	u64 size = FIELD_GET(SMMU_CMD_ATC1_SIZE, cmd[1]);
	struct model_atc_inv inv = {
		.rid = FIELD_GET(SMMU_CMD0_SID, cmd[0]),
		.pasid = FIELD_GET(SMMU_CMD0_SSID, cmd[0]),
		.has_pasid = cmd[0] & SMMU_CMD0_SSV,
		.last = ~0ULL,
	};

	/* Without a PASID the flag means nothing. */
	inv.global = inv.has_pasid && (cmd[0] & SMMU_CMD_ATC0_GLOBAL);
	if (size < SMMU_ATC_SIZE_ALL) {
		inv.iova = cmd[1] & SMMU_CMD_ATC1_ADDR &
			   ~((0x1000ULL << size) - 1);
		inv.last = inv.iova | ((0x1000ULL << size) - 1);
	}
	if (model_atc_invalidate(&smmu->m, &inv))
		smmu->atc_failed = true;
}

static void smmu_pri_resp(struct model_smmu *smmu, const u64 *cmd)
{
	static const enum model_page_code codes[] = {
		[SMMU_PRI_RESP_DENY] = MODEL_PAGE_FAILURE,
		[SMMU_PRI_RESP_FAIL] = MODEL_PAGE_INVALID,
		[SMMU_PRI_RESP_SUCCESS] = MODEL_PAGE_SUCCESS,
	};
	struct model_page_response resp = {
		.rid = FIELD_GET(SMMU_CMD0_SID, cmd[0]),
		.group = FIELD_GET(SMMU_CMD_PRI1_PRGI, cmd[1]),
		.has_pasid = cmd[0] & SMMU_CMD0_SSV,
		.code = codes[FIELD_GET(SMMU_CMD_PRI1_RESP, cmd[1])],
	};

	if (resp.has_pasid)
		resp.pasid = FIELD_GET(SMMU_CMD0_SSID, cmd[0]);
	atomic64_inc(&smmu->m.page_responses);
	model_page_respond(&smmu->m, &resp);
}

static void smmu_resume(struct model_smmu *smmu, const u64 *cmd)
{
	enum smmu_stall_state state = SMMU_STALL_RAZ;

	if (cmd[0] & SMMU_CMD_RESUME0_AC)
		state = SMMU_STALL_RETRY;
	else if (cmd[0] & SMMU_CMD_RESUME0_AB)
		state = SMMU_STALL_ABORT;
	model_smmu_resume(smmu, FIELD_GET(SMMU_CMD0_SID, cmd[0]),
			  FIELD_GET(SMMU_CMD_RESUME1_STAG, cmd[1]), state);
}

/* ---- Execution ---- */

static u32 smmu_sync(struct model_smmu *smmu, const u64 *cmd)
{
	u64 addr = cmd[1] & SMMU_CMD_SYNC1_MSIADDR;
	u32 data = FIELD_GET(SMMU_CMD_SYNC0_MSIDATA, cmd[0]);
	unsigned long flags;

	model_complete(&smmu->m);
	if (smmu->atc_failed) {
		smmu->atc_failed = false;
		return SMMU_CERROR_ATC_INV_SYNC;
	}
	if (FIELD_GET(SMMU_CMD_SYNC0_CS, cmd[0]) != SMMU_SYNC_CS_IRQ)
		return SMMU_CERROR_NONE;
	if (!addr) {
		model_raise(&smmu->m, SMMU_IRQ_CMD_SYNC);
	} else if (model_bus_write32(&smmu->m, addr, data)) {
		spin_lock_irqsave(&smmu->m.lock, flags);
		model_smmu_gerror(smmu, SMMU_GERROR_MSI_CMDQ_ABT_ERR);
		spin_unlock_irqrestore(&smmu->m.lock, flags);
	}
	return SMMU_CERROR_NONE;
}

static void smmu_execute(struct model_smmu *smmu, const u64 *cmd)
{
	u8 op = FIELD_GET(SMMU_CMD0_OP, cmd[0]);

	if (model_smmu_is_tlbi(op)) {
		model_smmu_tlbi(smmu, cmd);
		return;
	}
	switch (op) {
	case SMMU_CMD_ATC_INV:
		smmu_atc_inv(smmu, cmd);
		break;
	case SMMU_CMD_PRI_RESP:
		smmu_pri_resp(smmu, cmd);
		break;
	case SMMU_CMD_RESUME:
		smmu_resume(smmu, cmd);
		break;
	case SMMU_CMD_STALL_TERM:
		model_smmu_stall_term(smmu, FIELD_GET(SMMU_CMD0_SID, cmd[0]),
				      ~0U);
		break;
	default:
		smmu_cfgi(smmu, cmd);
		break;
	}
}

/* Returns SMMU_CERROR_*. */
static u32 smmu_command(struct model_smmu *smmu, u64 pa)
{
	struct model *m = &smmu->m;
	u64 cmd[SMMU_CMD_WORDS];
	unsigned int slot;

	if (model_bus_read64(m, pa, &cmd[0]) ||
	    model_bus_read64(m, pa + 8, &cmd[1]))
		return SMMU_CERROR_ABT;
	if (model_next_illegal(m) || !smmu_cmd_legal(smmu, cmd)) {
		atomic64_inc(&m->illegal);
		return SMMU_CERROR_ILL;
	}
	slot = smmu_op_slot(FIELD_GET(SMMU_CMD0_OP, cmd[0]));
	atomic64_inc(&m->commands);
	atomic64_inc(&m->by_op[slot]);
	if (FIELD_GET(SMMU_CMD0_OP, cmd[0]) == SMMU_CMD_SYNC)
		return smmu_sync(smmu, cmd);
	if (model_knob(m, MODEL_KNOB_IGNORE_OP) & BIT_ULL(slot))
		return SMMU_CERROR_NONE;
	model_evict_begin(m);
	smmu_execute(smmu, cmd);
	model_evict_end(m);
	return SMMU_CERROR_NONE;
}

static bool smmu_cmdq_runs(struct model_smmu *smmu)
{
	return (smmu->cr0_active & SMMU_CR0_CMDQEN) &&
	       !((smmu->gerror ^ smmu->gerrorn) & SMMU_GERROR_CMDQ_ERR) &&
	       !model_knob(&smmu->m, MODEL_KNOB_STALL);
}

static bool smmu_cmdq_next(struct model_smmu *smmu, u64 *pa)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&smmu->m.lock, flags);
	found = smmu_cmdq_runs(smmu) && model_smmu_queue_depth(&smmu->cmdq);
	*pa = model_smmu_queue_cmd(&smmu->cmdq);
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	return found;
}

/* Past the command, or stop at it. CMDQEN cannot change meanwhile. */
static void smmu_cmdq_done(struct model_smmu *smmu, u32 cerror)
{
	struct smmu_queue *q = &smmu->cmdq;
	unsigned long flags;

	spin_lock_irqsave(&smmu->m.lock, flags);
	if (cerror == SMMU_CERROR_NONE) {
		q->cons = model_smmu_queue_next(q, q->cons);
	} else {
		q->cons &= ~SMMU_CMDQ_CONS_ERR;
		q->cons |= FIELD_PREP(SMMU_CMDQ_CONS_ERR, cerror);
		model_smmu_gerror(smmu, SMMU_GERROR_CMDQ_ERR);
	}
	spin_unlock_irqrestore(&smmu->m.lock, flags);
}

/**
 * model_smmu_run() - struct model_kind_ops::run
 * @m: the machine
 *
 * Return: whether there may be more to execute.
 */
bool model_smmu_run(struct model *m)
{
	struct model_smmu *smmu = to_smmu(m);
	unsigned int i;
	u32 cerror;
	u64 pa;

	model_smmu_acknowledge(smmu);
	for (i = 0; i < SMMU_CMD_BATCH; i++) {
		if (!smmu_cmdq_next(smmu, &pa))
			return false;
		cerror = smmu_command(smmu, pa);
		smmu_cmdq_done(smmu, cerror);
		if (cerror != SMMU_CERROR_NONE)
			return false;
	}
	return true;
}

/**
 * model_smmu_pending() - struct model_kind_ops::pending
 * @m: the machine
 */
bool model_smmu_pending(struct model *m)
{
	struct model_smmu *smmu = to_smmu(m);
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&m->lock, flags);
	pending = model_smmu_queue_depth(&smmu->cmdq);
	spin_unlock_irqrestore(&m->lock, flags);
	return pending;
}
