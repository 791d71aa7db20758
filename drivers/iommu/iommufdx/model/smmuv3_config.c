// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 stream table, CD tables and the caches of both (IHI 0070 sections
 * 3.3, 3.21.3, 5.1 and 5.3).
 *
 * The caches keep structures as memory had them, whatever they said: a driver
 * has to invalidate after every change, also of what was not valid.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "smmuv3_model.h"

#define SMMU_LOAD_TRIES	100

int model_smmu_config_init(struct model_smmu *smmu)
{
	int kind;

	spin_lock_init(&smmu->config_lock);
	smmu->regimes = kvcalloc(SMMU_REGIMES, sizeof(*smmu->regimes),
				 GFP_KERNEL_ACCOUNT);
	if (!smmu->regimes)
		return -ENOMEM;
	for (kind = 0; kind < SMMU_CONFIGS; kind++) {
		smmu->config[kind] = kvcalloc(SMMU_CONFIG_SLOTS,
					      sizeof(*smmu->config[kind]),
					      GFP_KERNEL_ACCOUNT);
		if (!smmu->config[kind]) {
			model_smmu_config_exit(smmu);
			return -ENOMEM;
		}
	}
	return 0;
}

void model_smmu_config_exit(struct model_smmu *smmu)
{
	int kind;

	for (kind = 0; kind < SMMU_CONFIGS; kind++)
		kvfree(smmu->config[kind]);
	kvfree(smmu->regimes);
}

/* ---- Caches ---- */

static unsigned int smmu_words(enum smmu_config_kind kind)
{
	return kind == SMMU_CONFIG_STE || kind == SMMU_CONFIG_CD ?
	       SMMU_STE_WORDS : 1;
}

static struct smmu_config_slot *smmu_slot(struct model_smmu *smmu,
					  enum smmu_config_kind kind, u64 key)
{
	/* Neighbours stay apart, and so do substreams of neighbours. */
	u64 hash = key ^ (key >> SMMU_CONFIG_SID_SHIFT);

	return &smmu->config[kind][hash % SMMU_CONFIG_SLOTS];
}

static bool smmu_lookup(struct model_smmu *smmu, enum smmu_config_kind kind,
			u64 key, u64 *w)
{
	struct smmu_config_slot *slot = smmu_slot(smmu, kind, key);
	bool hit;

	spin_lock(&smmu->config_lock);
	hit = slot->valid && slot->key == key;
	if (hit)
		memcpy(w, slot->w, 8 * smmu_words(kind));
	if (kind == SMMU_CONFIG_STE) {
		smmu->dev_hits += hit;
		smmu->dev_misses += !hit;
	}
	spin_unlock(&smmu->config_lock);
	return hit;
}

static void smmu_fill(struct model_smmu *smmu, enum smmu_config_kind kind,
		      u64 key, const u64 *w, s64 gen)
{
	struct smmu_config_slot *slot = smmu_slot(smmu, kind, key);

	spin_lock(&smmu->config_lock);
	if (atomic64_read(&smmu->m.gen) == gen) {
		slot->key = key;
		slot->valid = true;
		memcpy(slot->w, w, 8 * smmu_words(kind));
	}
	spin_unlock(&smmu->config_lock);
}

/**
 * model_smmu_config_evict() - evict structures; m.gen has been counted
 * @smmu: the machine
 * @kind: of this kind
 * @key: whose
 * @mask: bits of @key that count
 */
void model_smmu_config_evict(struct model_smmu *smmu,
			     enum smmu_config_kind kind, u64 key, u64 mask)
{
	u32 i;

	spin_lock(&smmu->config_lock);
	for (i = 0; i < SMMU_CONFIG_SLOTS; i++)
		if (!((smmu->config[kind][i].key ^ key) & mask))
			smmu->config[kind][i].valid = false;
	spin_unlock(&smmu->config_lock);
}

/* ---- Loading ---- */

static int smmu_read_words(struct model *m, u64 pa, unsigned int n, u64 *w)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (model_bus_read64(m, pa + 8 * i, &w[i]))
			return -EIO;
	return 0;
}

/* Hardware loads a structure at once: take what two readings agree on. */
static int smmu_read_config(struct model *m, u64 pa, unsigned int n, u64 *w)
{
	u64 again[SMMU_STE_WORDS];
	int tries = SMMU_LOAD_TRIES;

	if (smmu_read_words(m, pa, n, again))
		return -EIO;
	do {
		memcpy(w, again, 8 * n);
		if (smmu_read_words(m, pa, n, again))
			return -EIO;
	} while (memcmp(w, again, 8 * n) && --tries);
	return 0;
}

/*
 * A structure by its address, as seen from the cache or from memory. With
 * stage 2 on, CDs and their level 1 descriptors are behind it.
 */
static int smmu_load(struct smmu_piece *p, enum smmu_config_kind kind, u64 key,
		     u64 addr, u8 abort_code, u64 *w)
{
	bool cached = !p->quiet && !(p->smmu->m.cfg.flags & MODEL_NO_CACHE);
	struct smmu_leaf leaf;
	u64 pa = addr;
	int rc;

	if (cached && smmu_lookup(p->smmu, kind, key, w))
		return 0;
	if ((kind == SMMU_CONFIG_L1CD || kind == SMMU_CONFIG_CD) &&
	    p->ctx.ste.s2) {
		p->class = SMMU_EVT_CLASS_CD;
		rc = model_smmu_stage2(p, addr, MODEL_PROT_READ, false, &leaf);
		p->class = SMMU_EVT_CLASS_IN;
		if (rc)
			return rc;
		pa = leaf.pa | (addr & (BIT_ULL(leaf.shift) - 1));
	}
	if (smmu_read_config(&p->smmu->m, pa, smmu_words(kind), w)) {
		p->fault.fetch = pa;
		return smmu_fail(p, abort_code);
	}
	if (cached)
		smmu_fill(p->smmu, kind, key, w, p->gen);
	return 0;
}

/* Address of a stream table entry. */
static int smmu_ste_addr(struct smmu_piece *p, u32 sid, u64 *addr)
{
	u32 cfg = READ_ONCE(p->smmu->strtab_cfg);
	u64 base = READ_ONCE(p->smmu->strtab_base) & SMMU_STRTAB_BASE_ADDR;
	u32 bits = FIELD_GET(SMMU_STRTAB_CFG_LOG2SIZE, cfg);
	u32 split = FIELD_GET(SMMU_STRTAB_CFG_SPLIT, cfg), span, index;
	u64 desc;
	int rc;

	bits = bits > SMMU_SID_BITS ? SMMU_SID_BITS : bits;
	if (sid >> bits)
		return smmu_fail(p, SMMU_EVT_C_BAD_STREAMID);
	if (FIELD_GET(SMMU_STRTAB_CFG_FMT, cfg) != SMMU_ST_2LEVEL) {
		base &= ~(SMMU_STE_SIZE * BIT_ULL(bits) - 1);
		*addr = base + (u64)sid * SMMU_STE_SIZE;
		return 0;
	}
	/* A table that fits one level 2 table has one descriptor. */
	index = sid >> split;
	if (bits > split)
		base &= ~(SMMU_L1STD_SIZE * BIT_ULL(bits - split) - 1);
	rc = smmu_load(p, SMMU_CONFIG_L1STD, index,
		       base + index * SMMU_L1STD_SIZE, SMMU_EVT_F_STE_FETCH,
		       &desc);
	if (rc)
		return rc;
	span = FIELD_GET(SMMU_L1STD_SPAN, desc);
	sid &= BIT(split) - 1;
	if (!span || span >= SMMU_L1STD_SPAN_RSVD || span > split + 1 ||
	    sid >> (span - 1))
		return smmu_fail(p, SMMU_EVT_C_BAD_STREAMID);
	desc &= SMMU_L1STD_L2PTR & ~(SMMU_STE_SIZE * BIT_ULL(span - 1) - 1);
	*addr = desc + (u64)sid * SMMU_STE_SIZE;
	return 0;
}

/**
 * model_smmu_load_ste() - a piece's stream table entry
 * @p: the piece; @p->ctx.ste is filled
 * @ste: out: its words
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_load_ste(struct smmu_piece *p, u64 *ste)
{
	u32 sid = p->ctx.sid;
	bool hit = !p->quiet && !(p->smmu->m.cfg.flags & MODEL_NO_CACHE);
	u64 addr;
	int rc;

	hit = hit && smmu_lookup(p->smmu, SMMU_CONFIG_STE, sid, ste);
	if (!hit) {
		rc = smmu_ste_addr(p, sid, &addr);
		if (rc)
			return rc;
		if (smmu_read_config(&p->smmu->m, addr, SMMU_STE_WORDS, ste)) {
			p->fault.fetch = addr;
			return smmu_fail(p, SMMU_EVT_F_STE_FETCH);
		}
		if (!p->quiet && !(p->smmu->m.cfg.flags & MODEL_NO_CACHE))
			smmu_fill(p->smmu, SMMU_CONFIG_STE, sid, ste, p->gen);
	}
	if (!model_smmu_decode_ste(p->smmu, ste, &p->ctx.ste))
		return smmu_fail(p, SMMU_EVT_C_BAD_STE);
	return 0;
}

static int smmu_load_cd(struct smmu_piece *p, u64 *cd)
{
	const struct smmu_ste *ste = &p->ctx.ste;
	u64 key = (u64)p->ctx.sid << SMMU_CONFIG_SID_SHIFT;
	u32 ssid = p->ctx.ssid, bits, index;
	u64 table = ste->cd_table, desc;
	int rc;

	if (ste->s1fmt == SMMU_S1FMT_LINEAR) {
		table &= ~(SMMU_CD_SIZE * BIT_ULL(ste->cd_bits) - 1);
		return smmu_load(p, SMMU_CONFIG_CD, key | ssid,
				 table + (u64)ssid * SMMU_CD_SIZE,
				 SMMU_EVT_F_CD_FETCH, cd);
	}
	bits = ste->s1fmt == SMMU_S1FMT_4K_L2 ? SMMU_CD_L2_4K_BITS :
						SMMU_CD_L2_64K_BITS;
	index = ssid >> bits;
	if (ste->cd_bits > bits)
		table &= ~(SMMU_L1CD_SIZE * BIT_ULL(ste->cd_bits - bits) - 1);
	rc = smmu_load(p, SMMU_CONFIG_L1CD, key | index,
		       table + index * SMMU_L1CD_SIZE, SMMU_EVT_F_CD_FETCH,
		       &desc);
	if (rc)
		return rc;
	if (!(desc & SMMU_L1CD_V))
		return smmu_fail(p, SMMU_EVT_C_BAD_SUBSTREAMID);
	desc &= SMMU_L1CD_L2PTR & ~(SMMU_CD_SIZE * BIT_ULL(bits) - 1);
	return smmu_load(p, SMMU_CONFIG_CD, key | ssid,
			 desc + (u64)(ssid & (BIT(bits) - 1)) * SMMU_CD_SIZE,
			 SMMU_EVT_F_CD_FETCH, cd);
}

/* Which CD; sets p->ctx.s1 unless stage 1 is bypassed. */
static int smmu_select_cd(struct smmu_piece *p)
{
	const struct smmu_ste *ste = &p->ctx.ste;
	const struct model_txn *txn = p->txn;

	p->ctx.s1 = ste->s1;
	if (!txn->has_pasid) {
		p->ctx.ssid = 0;
		if (!ste->s1 || !ste->cd_bits)
			return 0;
		if (ste->s1dss == SMMU_S1DSS_TERMINATE)
			return smmu_fail(p, SMMU_EVT_F_STREAM_DISABLED);
		p->ctx.s1 = ste->s1dss == SMMU_S1DSS_SSID0;
		return 0;
	}
	p->ctx.ssid = txn->pasid;
	if (!ste->s1 || !ste->cd_bits || txn->pasid >> ste->cd_bits)
		return smmu_fail(p, SMMU_EVT_C_BAD_SUBSTREAMID);
	/* The CD that stands for no substream is not a substream's. */
	if (!txn->pasid && ste->s1dss == SMMU_S1DSS_SSID0)
		return smmu_fail(p, SMMU_EVT_F_STREAM_DISABLED);
	return 0;
}

/**
 * model_smmu_load_context() - find out how a piece is translated
 * @p: the piece, with @p->txn; @p->ctx is filled
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_load_context(struct smmu_piece *p)
{
	u64 w[SMMU_STE_WORDS];
	int rc;

	p->ctx.sid = p->txn->rid;
	rc = model_smmu_load_ste(p, w);
	if (rc)
		return rc;
	if (p->ctx.ste.config == SMMU_STE_CFG_ABORT)
		return smmu_fail(p, 0);
	rc = smmu_select_cd(p);
	if (rc || !p->ctx.s1)
		return rc;
	rc = smmu_load_cd(p, w);
	if (rc)
		return rc;
	if (!model_smmu_decode_cd(p->smmu, &p->ctx.ste, w, &p->ctx.cd))
		return smmu_fail(p, SMMU_EVT_C_BAD_CD);
	return 0;
}

/* ---- What TLB entries remember of their contexts ---- */

/* The slot of @ctx, which takes that of the one that was idle longest. */
static u32 smmu_regime_take(struct model_smmu *smmu, const struct smmu_ctx *ctx)
{
	u64 key = (u64)ctx->sid << SMMU_CONFIG_SID_SHIFT | ctx->ssid;
	u32 first = hash_64(key ^ ctx->cd.half[0].ttb ^ ctx->ste.stage2.ttb,
			    ilog2(SMMU_REGIMES));
	u32 i, index, idle = first;

	for (i = 0; i < SMMU_REGIME_TRIES; i++) {
		index = (first + i) % SMMU_REGIMES;
		if (!memcmp(&smmu->regimes[index].ctx, ctx, sizeof(*ctx)))
			return index;
		if (smmu->regimes[index].used < smmu->regimes[idle].used)
			idle = index;
	}
	memcpy(&smmu->regimes[idle].ctx, ctx, sizeof(*ctx));
	smmu->regimes[idle].seq++;
	return idle;
}

/**
 * model_smmu_regime_put() - remember a context
 * @smmu: the machine
 * @ctx: the context
 *
 * One of SMMU_REGIME_TRIES others may be forgotten.
 * Return: a cookie for model_smmu_regime_get().
 */
u64 model_smmu_regime_put(struct model_smmu *smmu, const struct smmu_ctx *ctx)
{
	u32 index, seq;

	spin_lock(&smmu->config_lock);
	index = smmu_regime_take(smmu, ctx);
	smmu->regimes[index].used = ++smmu->regimes_used;
	seq = smmu->regimes[index].seq;
	spin_unlock(&smmu->config_lock);
	return (u64)seq << 32 | index;
}

/**
 * model_smmu_regime_get() - recall a context
 * @smmu: the machine
 * @cookie: from model_smmu_regime_put()
 * @ctx: out
 *
 * Return: false: forgotten meanwhile.
 */
bool model_smmu_regime_get(struct model_smmu *smmu, u64 cookie,
			   struct smmu_ctx *ctx)
{
	struct smmu_regime *r = &smmu->regimes[(u32)cookie];
	bool found;

	spin_lock(&smmu->config_lock);
	found = r->seq == cookie >> 32;
	if (found)
		memcpy(ctx, &r->ctx, sizeof(*ctx));
	spin_unlock(&smmu->config_lock);
	return found;
}

/* ---- Check ---- */

/* Would memory give something else than the slot? */
static bool smmu_slot_stale(struct model_smmu *smmu, enum smmu_config_kind kind,
			    const struct smmu_config_slot *slot)
{
	struct model_txn txn = { .op = MODEL_DMA_PROBE, .len = 1 };
	struct smmu_piece p = { .smmu = smmu, .txn = &txn, .quiet = true };
	u64 w[SMMU_STE_WORDS], addr;

	if (kind == SMMU_CONFIG_STE) {
		p.ctx.sid = slot->key;
		if (smmu_ste_addr(&p, p.ctx.sid, &addr) ||
		    smmu_read_config(&smmu->m, addr, SMMU_STE_WORDS, w))
			return true;
		return memcmp(w, slot->w, sizeof(w));
	}
	p.ctx.sid = slot->key >> SMMU_CONFIG_SID_SHIFT;
	p.ctx.ssid = slot->key & (BIT(SMMU_CONFIG_SID_SHIFT) - 1);
	/* Where the stream has no CD any more, nobody can use the slot. */
	if (model_smmu_load_ste(&p, w) || !p.ctx.ste.s1 ||
	    p.ctx.ssid >> p.ctx.ste.cd_bits)
		return false;
	return smmu_load_cd(&p, w) || memcmp(w, slot->w, sizeof(w));
}

/**
 * model_smmu_config_check() - compare cached STEs and CDs with memory
 * @smmu: the machine
 *
 * Return: entries that differ.
 */
u64 model_smmu_config_check(struct model_smmu *smmu)
{
	static const enum smmu_config_kind kinds[] = {
		SMMU_CONFIG_STE, SMMU_CONFIG_CD,
	};
	struct smmu_config_slot slot;
	u64 stale = 0;
	u32 i, k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (i = 0; i < SMMU_CONFIG_SLOTS; i++) {
			spin_lock(&smmu->config_lock);
			slot = smmu->config[kinds[k]][i];
			spin_unlock(&smmu->config_lock);
			if (slot.valid && smmu_slot_stale(smmu, kinds[k], &slot))
				stale++;
		}
	}
	return stale;
}
