// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of a guest's queue: IHI 0070 chapter 4.
 *
 * Each is taken apart by an allow-list and made again with the VMID of the
 * virtual IOMMU, or with the stream ID behind the guest's. A batch is executed
 * when it is synced, and then in the order that leaves nothing stale, whatever
 * order the commands came in:
 *
 *	CFGI, until complete
 *	TLBI, until complete: walks find the new configuration
 *	ATC_INV: devices ask a TLB that is clean
 *
 * This is what lets commands be dropped that others of the batch cover: for all
 * of them were written before any is executed. An ASID's command covers none for its
 * addresses: these are for global pages as well, which it leaves alone.
 *
 * Invalidations of addresses that are neighbours make a *run*. Only the latest
 * one is open; when it is closed it becomes commands. Hardware with range
 * commands is given these. A guest's command for an address holds for pages of
 * any granule, a range is of one granule: each that hardware has gets its own.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include "../ring/page_list.h"
#include "smmuv3.h"

#define SMMU_INV_CFGI		8
#define SMMU_INV_ATC		16
#define SMMU_INV_TLBI		256
/* Commands that a run becomes at most where hardware has ranges: see there. */
#define SMMU_INV_RUN		32

/**
 * struct smmu_inv_run - neighbours to be invalidated
 * @word0: opcode, ASID and VMID; 0: there is none
 * @word1: SMMU_CMD_TLBI1_LEAF or 0, and the granule of a guest's ranges
 * @first: first byte
 * @last: last byte
 */
struct smmu_inv_run {
	u64 word0;
	u64 word1;
	u64 first;
	u64 last;
};

typedef u64 smmu_cmd_words[SMMU_CMD_WORDS];

/**
 * struct smmu_inv_batch - commands to be executed together
 * @nr_cfgi: in @cfgi
 * @nr_tlbi: in @tlbi
 * @nr_atc: in @atc
 * @all: everything of the VMID's stage 1 is invalidated
 * @run: the open run
 * @seen0: word 0 of the pages in smmu_viommu.seen
 * @top: no page of @seen0 that came so far is above this
 * @nr_seen: how many of @tlbi smmu_viommu.seen knows about
 * @cfgi: configuration commands
 * @tlbi: TLB commands
 * @atc: device commands
 */
struct smmu_inv_batch {
	u16 nr_cfgi;
	u16 nr_tlbi;
	u16 nr_atc;
	bool all;
	struct smmu_inv_run run;
	u64 seen0;
	u64 top;
	u32 nr_seen;
	smmu_cmd_words cfgi[SMMU_INV_CFGI];
	smmu_cmd_words tlbi[SMMU_INV_TLBI];
	smmu_cmd_words atc[SMMU_INV_ATC];
};

#define SMMU_TLBI0_RANGE	(SMMU_CMD_TLBI0_NUM | SMMU_CMD_TLBI0_SCALE)
#define SMMU_TLBI1_RANGE	(SMMU_CMD_TLBI1_TG | SMMU_CMD_TLBI1_TTL)
/* The SCALE of hardware without 52-bit addresses has five bits. */
#define SMMU_TLBI0_SCALE_DS	BIT_ULL(25)
#define SMMU_TLBI_SCALE_MAX_5	31

static u64 smmu_op(const u64 *cmd)
{
	return cmd[0] & SMMU_CMD0_OP;
}

static u64 smmu_vmid(const struct smmu_viommu *viommu)
{
	return FIELD_PREP(SMMU_CMD_TLBI0_VMID, viommu->s2.tag.id);
}

void smmu_viommu_init_inv(struct smmu_viommu *viommu, const struct smmu *smmu)
{
	viommu->asid_bits = SMMU_CMD0_OP | SMMU_CMD_TLBI0_VMID |
			    (smmu->idr[0] & SMMU_IDR0_ASID16 ?
			     SMMU_CMD_TLBI0_ASID :
			     FIELD_PREP(SMMU_CMD_TLBI0_ASID, 0xff));
	viommu->va_bits[0] = viommu->asid_bits;
	viommu->va_bits[1] = SMMU_CMD_TLBI1_LEAF | SMMU_CMD_TLBI1_VA;
	viommu->ranges = smmu->idr[3] & SMMU_IDR3_RIL;
	viommu->max_scale = SMMU_TLBI_SCALE_MAX;
	if (viommu->ranges) {
		viommu->va_bits[0] |= SMMU_TLBI0_RANGE;
		viommu->va_bits[1] |= SMMU_TLBI1_RANGE;
	}
	if (!(smmu->idr[5] & SMMU_IDR5_DS)) {
		viommu->va_bits[0] &= ~SMMU_TLBI0_SCALE_DS;
		viommu->max_scale = SMMU_TLBI_SCALE_MAX_5;
	}
	viommu->ssids = FIELD_GET(SMMU_IDR1_SSIDSIZE, smmu->idr[1]);
	/* Of a small ring a batch must leave something for others. */
	viommu->max_tlbi = min_t(u32, SMMU_INV_TLBI, smmu->ring.entries / 2);
}

/* ------------------------------------------------------------ closing a run */

static void smmu_inv_add(struct smmu_inv_batch *batch, u64 word0, u64 word1)
{
	batch->tlbi[batch->nr_tlbi][0] = word0;
	batch->tlbi[batch->nr_tlbi++][1] = word1;
}

static unsigned int smmu_tg_shift(u64 tg)
{
	return ARMV8_SHIFT_4K + 2 * (tg - SMMU_TLBI_TG_4K);
}

/*
 * The run as ranges of one granule, or with @batch NULL only how many. They are
 * the digits of its length to base 32, of which there are at most nine.
 */
static unsigned int smmu_run_ranges(const struct smmu_viommu *viommu,
				    const struct smmu_inv_run *run, u64 tg,
				    struct smmu_inv_batch *batch)
{
	unsigned int shift = smmu_tg_shift(tg);
	u64 first = run->first >> shift;
	u64 granules = (run->last >> shift) - first + 1, num;
	unsigned int scale, count = 0;
	u64 word0, word1;

	for (; granules; granules -= num << scale, count++) {
		scale = min_t(unsigned int, __ffs64(granules),
			      viommu->max_scale);
		num = granules >> scale;
		if (num > SMMU_TLBI_NUM_MAX + 1)
			num &= SMMU_TLBI_NUM_MAX;
		if (batch) {
			word0 = run->word0;
			word1 = (run->word1 & SMMU_CMD_TLBI1_LEAF) |
				first << shift;
			/* One granule is no range; any granule holds it. */
			if (num << scale > 1) {
				word0 |= FIELD_PREP(SMMU_CMD_TLBI0_NUM,
						    num - 1) |
					 FIELD_PREP(SMMU_CMD_TLBI0_SCALE,
						    scale);
				word1 |= FIELD_PREP(SMMU_CMD_TLBI1_TG, tg);
			}
			smmu_inv_add(batch, word0, word1);
		}
		first += num << scale;
	}
	return count;
}

static bool smmu_has_tg(const struct smmu_viommu *viommu, u64 tg)
{
	static const u32 bit[] = {
		[SMMU_TLBI_TG_4K] = SMMU_IDR5_GRAN4K,
		[SMMU_TLBI_TG_16K] = SMMU_IDR5_GRAN16K,
		[SMMU_TLBI_TG_64K] = SMMU_IDR5_GRAN64K,
	};

	return to_smmu(viommu->base.iommu)->idr[5] & bit[tg];
}

/* The run as ranges of its granule, or of all granules: how many. */
static unsigned int smmu_run_all_ranges(const struct smmu_viommu *viommu,
					const struct smmu_inv_run *run,
					struct smmu_inv_batch *batch)
{
	u64 tg = FIELD_GET(SMMU_CMD_TLBI1_TG, run->word1);
	unsigned int count = 0;

	if (tg)
		return smmu_run_ranges(viommu, run, tg, batch);
	for (tg = SMMU_TLBI_TG_4K; tg <= SMMU_TLBI_TG_64K; tg++)
		if (smmu_has_tg(viommu, tg))
			count += smmu_run_ranges(viommu, run, tg, batch);
	return count;
}

static u64 smmu_run_pages(const struct smmu_inv_run *run)
{
	return ((run->last - run->first) >> ARMV8_SHIFT_4K) + 1;
}

/* Is it one page, of any granule? */
static bool smmu_run_is_page(const struct smmu_inv_run *run)
{
	return run->last - run->first < SZ_4K &&
	       !(run->word1 & SMMU_CMD_TLBI1_TG);
}

static void smmu_run_spread(const struct smmu_viommu *viommu,
			    struct smmu_inv_batch *batch)
{
	const struct smmu_inv_run *run = &batch->run;
	u64 addr, pages = smmu_run_pages(run);

	if ((run->word1 & SMMU_CMD_TLBI1_TG) ||
	    (pages > 1 && viommu->ranges &&
	     smmu_run_all_ranges(viommu, run, NULL) < pages)) {
		smmu_run_all_ranges(viommu, run, batch);
	} else {
		for (addr = run->first; pages; pages--, addr += SZ_4K)
			smmu_inv_add(batch, run->word0, run->word1 | addr);
	}
}

static void smmu_run_close(const struct smmu_viommu *viommu,
			   struct smmu_inv_batch *batch)
{
	struct smmu_inv_run *run = &batch->run;

	if (!run->word0)
		return;
	if (smmu_run_is_page(run))
		smmu_inv_add(batch, run->word0, run->word1 | run->first);
	else
		smmu_run_spread(viommu, batch);
	run->word0 = 0;
}

/* Commands that a run may become. */
static unsigned int smmu_run_room(const struct smmu_viommu *viommu,
				  const struct smmu_inv_run *run)
{
	u64 pages;

	if (!run->word0)
		return 0;
	if (smmu_run_is_page(run))
		return 1;
	pages = smmu_run_pages(run);
	if ((run->word1 & SMMU_CMD_TLBI1_TG) || (pages > 1 && viommu->ranges))
		return SMMU_INV_RUN;
	return min_t(u64, pages, SMMU_INV_TLBI + 1);
}

/* Is there room for the open run, closed, and @more? */
static bool smmu_inv_room(const struct smmu_viommu *viommu,
			  const struct smmu_inv_batch *batch, unsigned int more)
{
	return batch->nr_tlbi + smmu_run_room(viommu, &batch->run) + more <=
	       viommu->max_tlbi;
}

/* --------------------------------------------------------------------- TLBI */

/*
 * Pages that the batch holds already, or what covers them: some of those with
 * @word0, each with the generation in bits that a page does not have. Nothing of
 * an earlier generation is looked at, so nothing needs to be cleared. While pages
 * only rise, none of them can have come before, and nothing is written down: that
 * is made up for with the first that does not.
 */
#define SMMU_SEEN_GEN	BIT_ULL(1)

static void smmu_seen_begin(struct smmu_viommu *viommu,
			    struct smmu_inv_batch *batch, u64 word0)
{
	viommu->seen_gen += SMMU_SEEN_GEN;
	if (viommu->seen_gen == SZ_4K) {
		memset(viommu->seen, 0, sizeof(viommu->seen));
		viommu->seen_gen = SMMU_SEEN_GEN;
	}
	batch->seen0 = word0;
	batch->top = 0;
	batch->nr_seen = batch->nr_tlbi;
}

/* Where @word1 would stand. */
static u64 *smmu_seen_slot(struct smmu_viommu *viommu, u64 word1)
{
	return &viommu->seen[hash_64(word1, SMMU_VIOMMU_SEEN_BITS)];
}

/* Has @word1, a page of @seen0, come before? From now on it has. */
static bool smmu_seen_before(struct smmu_viommu *viommu, u64 word1)
{
	u64 *slot = smmu_seen_slot(viommu, word1);
	bool before = *slot == word1 + viommu->seen_gen;

	*slot = word1 + viommu->seen_gen;
	return before;
}

static void smmu_seen_make_up(struct smmu_viommu *viommu,
			      struct smmu_inv_batch *batch)
{
	const u64 *cmd;

	for (; batch->nr_seen < batch->nr_tlbi; batch->nr_seen++) {
		cmd = batch->tlbi[batch->nr_seen];
		if (cmd[0] == batch->seen0 && !(cmd[1] & SMMU_TLBI1_RANGE))
			smmu_seen_before(viommu, cmd[1]);
	}
}

/* Make @next one with the open run, if that is possible and fits. */
static bool smmu_inv_extend(const struct smmu_viommu *viommu,
			    struct smmu_inv_batch *batch,
			    const struct smmu_inv_run *next)
{
	struct smmu_inv_run *run = &batch->run;
	struct smmu_inv_run old;
	unsigned int shift;
	u64 tg;

	if (run->word0 != next->word0 || run->word1 != next->word1 ||
	    (next->first != run->last + 1 && next->last + 1 != run->first &&
	     (next->first > run->last || next->last < run->first)))
		return false;
	tg = FIELD_GET(SMMU_CMD_TLBI1_TG, run->word1);
	shift = smmu_tg_shift(tg ?: SMMU_TLBI_TG_4K);
	old = *run;
	run->first = min(run->first, next->first);
	run->last = max(run->last, next->last);
	if ((run->last - run->first) >> shift >>
	    viommu->max_scale <= SMMU_TLBI_NUM_MAX &&
	    smmu_inv_room(viommu, batch, 0))
		return true;
	*run = old;
	return false;
}

static int smmu_inv_addresses(struct smmu_viommu *viommu,
			      struct smmu_inv_batch *batch,
			      const struct smmu_inv_run *next)
{
	u64 word1 = next->word1 | next->first;
	bool page = !(next->word1 & SMMU_CMD_TLBI1_TG);

	if (batch->all || smmu_inv_extend(viommu, batch, next))
		return 0;
	/* Before it is written down that it is in the batch. */
	if (!smmu_inv_room(viommu, batch, smmu_run_room(viommu, next)))
		return -ENOSPC;
	if (page && batch->seen0 != next->word0)
		smmu_seen_begin(viommu, batch, next->word0);
	if (page && word1 <= batch->top) {
		smmu_seen_make_up(viommu, batch);
		if (smmu_seen_before(viommu, word1))
			return 0;
	}
	smmu_run_close(viommu, batch);
	batch->run = *next;
	if (page)
		batch->top = max(batch->top, word1);
	return 0;
}

/* A guest's range. */
static int smmu_inv_range(struct smmu_viommu *viommu,
			  struct smmu_inv_batch *batch, const u64 *cmd,
			  u64 word0)
{
	u64 tg = FIELD_GET(SMMU_CMD_TLBI1_TG, cmd[1]);
	u64 ttl = FIELD_GET(SMMU_CMD_TLBI1_TTL, cmd[1]);
	u64 num = FIELD_GET(SMMU_CMD_TLBI0_NUM, cmd[0]);
	u64 scale = FIELD_GET(SMMU_CMD_TLBI0_SCALE, cmd[0]);
	struct smmu_inv_run next;

	if (!tg || (!num && !scale && !ttl) || scale > viommu->max_scale)
		return -EIO;
	/* Level 1 has no blocks of 16 KiB granules without 52-bit addresses. */
	if (tg == SMMU_TLBI_TG_16K && ttl == 1 &&
	    viommu->max_scale == SMMU_TLBI_SCALE_MAX_5)
		return -EIO;
	next.word0 = word0;
	next.word1 = cmd[1] & (SMMU_CMD_TLBI1_LEAF | SMMU_CMD_TLBI1_TG);
	next.first = cmd[1] & GENMASK_ULL(63, smmu_tg_shift(tg));
	next.last = next.first +
		    ((num + 1) << scale << smmu_tg_shift(tg)) - 1;
	if (next.last < next.first)
		return -EIO;
	if (!ttl)
		return smmu_inv_addresses(viommu, batch, &next);
	/* Of one level only: as it is. */
	if (batch->all)
		return 0;
	if (!smmu_inv_room(viommu, batch, 1))
		return -ENOSPC;
	smmu_run_close(viommu, batch);
	smmu_inv_add(batch, word0 | (cmd[0] & SMMU_TLBI0_RANGE), cmd[1]);
	return 0;
}

static int smmu_inv_va(struct smmu_viommu *viommu,
		       struct smmu_inv_batch *batch, const u64 *cmd)
{
	u64 allowed0 = viommu->va_bits[0];
	struct smmu_inv_run next;

	if (smmu_op(cmd) == SMMU_CMD_TLBI_NH_VAA)
		allowed0 &= ~SMMU_CMD_TLBI0_ASID;
	if ((cmd[0] & ~allowed0) || (cmd[1] & ~viommu->va_bits[1]))
		return -EIO;
	next.word0 = (cmd[0] & (SMMU_CMD0_OP | SMMU_CMD_TLBI0_ASID)) |
		     smmu_vmid(viommu);
	if ((cmd[0] & SMMU_TLBI0_RANGE) || (cmd[1] & SMMU_TLBI1_RANGE))
		return smmu_inv_range(viommu, batch, cmd, next.word0);
	next.word1 = cmd[1] & SMMU_CMD_TLBI1_LEAF;
	next.first = cmd[1] & SMMU_CMD_TLBI1_VA;
	next.last = next.first | (SZ_4K - 1);
	return smmu_inv_addresses(viommu, batch, &next);
}

/* Is @word0, of a command that is for no address, in the batch? */
static bool smmu_inv_has(const struct smmu_inv_batch *batch, u64 word0)
{
	unsigned int i;

	for (i = batch->nr_tlbi; i; i--)
		if (batch->tlbi[i - 1][0] == word0)
			return true;
	return false;
}

static int smmu_inv_asid(const struct smmu_viommu *viommu,
			 struct smmu_inv_batch *batch, const u64 *cmd)
{
	u64 word0;

	if ((cmd[0] & ~viommu->asid_bits) || cmd[1])
		return -EIO;
	word0 = (cmd[0] & (SMMU_CMD0_OP | SMMU_CMD_TLBI0_ASID)) |
		smmu_vmid(viommu);
	if (batch->all || smmu_inv_has(batch, word0))
		return 0;
	if (!smmu_inv_room(viommu, batch, 1))
		return -ENOSPC;
	smmu_run_close(viommu, batch);
	smmu_inv_add(batch, word0, 0);
	return 0;
}

/* All of stage 1: of the VMID, whatever the guest calls it. */
static int smmu_inv_all(const struct smmu_viommu *viommu,
			struct smmu_inv_batch *batch, const u64 *cmd)
{
	u64 allowed = SMMU_CMD0_OP;

	if (smmu_op(cmd) == SMMU_CMD_TLBI_NH_ALL)
		allowed |= SMMU_CMD_TLBI0_VMID;
	if ((cmd[0] & ~allowed) || cmd[1])
		return -EIO;
	if (batch->all)
		return 0;
	batch->all = true;
	batch->run.word0 = 0;
	batch->nr_tlbi = 0;
	smmu_inv_add(batch, smmu_cmd_tlbi_s1(viommu->s2.tag.id).word[0], 0);
	return 0;
}

/* ------------------------------------------------------------------ devices */

/* The device behind a guest's stream ID; 0 or -ENXIO. */
static int smmu_inv_stream(struct smmu_viommu *viommu, const u64 *cmd, u32 *sid,
			   bool *ats)
{
	struct smmu_master *master;
	struct iommufdx_vdevice *vdev;

	iommufdx_viommu_lock(&viommu->base);
	vdev = iommufdx_viommu_find_vdev(&viommu->base,
					 FIELD_GET(SMMU_CMD0_SID, cmd[0]));
	if (vdev) {
		master = vdev->master->priv;
		*sid = vdev->master->rid;
		*ats = READ_ONCE(master->ats);
	}
	iommufdx_viommu_unlock(&viommu->base);
	return vdev ? 0 : -ENXIO;
}

static int smmu_inv_list(smmu_cmd_words *list, u16 *nr, u16 max, u64 word0,
			 u64 word1)
{
	u16 i;

	for (i = 0; i < *nr; i++)
		if (list[i][0] == word0 && list[i][1] == word1)
			return 0;
	if (*nr == max)
		return -ENOSPC;
	list[*nr][0] = word0;
	list[(*nr)++][1] = word1;
	return 0;
}

static u64 smmu_with_sid(u64 word0, u32 sid)
{
	return (word0 & ~SMMU_CMD0_SID) | FIELD_PREP(SMMU_CMD0_SID, sid);
}

static int smmu_inv_cfgi(struct smmu_viommu *viommu,
			 struct smmu_inv_batch *batch, const u64 *cmd)
{
	u64 allowed0 = SMMU_CMD0_OP | SMMU_CMD0_SID, allowed1 = 0;
	bool ats;
	u32 sid;
	int rc;

	if (smmu_op(cmd) == SMMU_CMD_CFGI_CD) {
		allowed0 |= viommu->ssids ? SMMU_CMD0_SSID : 0;
		allowed1 |= SMMU_CMD_CFGI1_LEAF;
	}
	if ((cmd[0] & ~allowed0) || (cmd[1] & ~allowed1))
		return -EIO;
	rc = smmu_inv_stream(viommu, cmd, &sid, &ats);
	if (rc)
		return rc;
	return smmu_inv_list(batch->cfgi, &batch->nr_cfgi, SMMU_INV_CFGI,
			     smmu_with_sid(cmd[0], sid), cmd[1]);
}

static int smmu_inv_atc(struct smmu_viommu *viommu,
			struct smmu_inv_batch *batch, const u64 *cmd)
{
	u64 allowed0 = SMMU_CMD0_OP | SMMU_CMD0_SID;
	u64 allowed1 = SMMU_CMD_ATC1_SIZE | SMMU_CMD_ATC1_ADDR;
	bool ats;
	u32 sid;
	int rc;

	if (viommu->ssids)
		allowed0 |= SMMU_CMD0_SSV | SMMU_CMD0_SSID |
			    SMMU_CMD_ATC0_GLOBAL;
	if (!(to_smmu(viommu->base.iommu)->idr[0] & SMMU_IDR0_ATS) ||
	    (cmd[0] & ~allowed0) || (cmd[1] & ~allowed1) ||
	    FIELD_GET(SMMU_CMD_ATC1_SIZE, cmd[1]) > SMMU_ATC_SIZE_ALL)
		return -EIO;
	rc = smmu_inv_stream(viommu, cmd, &sid, &ats);
	if (rc)
		return rc;
	/* A device without a cache would not answer. */
	if (!ats)
		return 0;
	return smmu_inv_list(batch->atc, &batch->nr_atc, SMMU_INV_ATC,
			     smmu_with_sid(cmd[0], sid), cmd[1]);
}

/* ------------------------------------------------------------------ batches */

static u64 smmu_inv_device(const void *entry)
{
	const struct iommu_viommu_arm_smmuv3_invalidate *inv = entry;
	const u64 cmd[] = { le64_to_cpu(inv->cmd[0]) };

	return smmu_op(cmd) == SMMU_CMD_ATC_INV ?
	       FIELD_GET(SMMU_CMD0_SID, cmd[0]) + 1 : 0;
}

static int smmu_inv_queue(void *target, const void *entry, void *data)
{
	const struct iommu_viommu_arm_smmuv3_invalidate *inv = entry;
	struct smmu_viommu *viommu = to_smmu_viommu(target);
	const u64 cmd[] = {
		le64_to_cpu(inv->cmd[0]), le64_to_cpu(inv->cmd[1]),
	};

	switch (smmu_op(cmd)) {
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_NH_VAA:
		return smmu_inv_va(viommu, data, cmd);
	case SMMU_CMD_TLBI_NH_ASID:
		return smmu_inv_asid(viommu, data, cmd);
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_NSNH_ALL:
		return smmu_inv_all(viommu, data, cmd);
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
		return smmu_inv_cfgi(viommu, data, cmd);
	case SMMU_CMD_ATC_INV:
		return smmu_inv_atc(viommu, data, cmd);
	}
	return -EIO;
}

/* One more page: the open run, @page, takes its place in the list. */
static void smmu_inv_next_page(struct smmu_inv_batch *batch, u64 page)
{
	struct smmu_inv_run *run = &batch->run;

	smmu_inv_add(batch, run->word0, run->word1 | run->first);
	run->first = page & SMMU_CMD_TLBI1_VA;
	run->last = run->first | (SZ_4K - 1);
}

/* Of the same command for one page above the other: none has come before. */
static u32 smmu_inv_queue_rising(struct smmu_inv_batch *batch, __le64 op0,
				 const __le64 *more, u32 num)
{
	const __le64 *cmd = more, *end = more + num * SMMU_CMD_WORDS;
	u64 *to = batch->tlbi[batch->nr_tlbi];
	const u64 word0 = batch->run.word0;
	u64 page = batch->top, next;

	for (; cmd < end && READ_ONCE(cmd[0]) == op0; cmd += SMMU_CMD_WORDS) {
		next = le64_to_cpu(READ_ONCE(cmd[1]));
		if (pages_apart(page, next) >= PAGES_RISING)
			break;
		to[0] = word0;
		to[1] = page;
		to += SMMU_CMD_WORDS;
		page = next;
	}
	batch->nr_tlbi = (smmu_cmd_words *)to - batch->tlbi;
	batch->run.first = page & SMMU_CMD_TLBI1_VA;
	batch->run.last = batch->run.first | (SZ_4K - 1);
	batch->top = page;
	return (cmd - more) / SMMU_CMD_WORDS;
}

/*
 * What most guests send: the same command for one page after the other. The open
 * run is the page of the first one; each that is alone in its run, as the one
 * before it, is closed by the next.
 */
static u32 smmu_inv_queue_like(void *target, const void *entry, const void *more,
			       u32 num, void *data)
{
	const struct iommu_viommu_arm_smmuv3_invalidate *inv = entry;
	struct smmu_viommu *viommu = to_smmu_viommu(target);
	struct smmu_inv_batch *batch = data;
	const u64 word0 = batch->run.word0;
	const __le64 op0 = inv->cmd[0], *cmd = more;
	u64 page, next;
	u32 taken = 0;

	page = batch->run.first | batch->run.word1;
	/* Has the first one opened a run, and is it alone in it? */
	if (!word0 || batch->seen0 != word0 ||
	    (word0 ^ le64_to_cpu(op0)) & (SMMU_CMD0_OP | SMMU_CMD_TLBI0_ASID) ||
	    page != le64_to_cpu(inv->cmd[1]) || !smmu_run_is_page(&batch->run))
		return 0;
	/* What there is room for, besides the run that stays open. */
	num = min_t(u32, num, viommu->max_tlbi - batch->nr_tlbi - 1);
	if (page == batch->top) {
		taken = smmu_inv_queue_rising(batch, op0, cmd, num);
		if (taken == num)
			return num;
		page = batch->top;
		cmd += taken * SMMU_CMD_WORDS;
	}
	for (; taken < num; taken++, cmd += SMMU_CMD_WORDS) {
		next = le64_to_cpu(READ_ONCE(cmd[1]));
		/* Another command, or a neighbour. */
		if (READ_ONCE(cmd[0]) != op0 ||
		    pages_apart(page, next) >= PAGES_APART)
			break;
		if (next > batch->top) {
			batch->top = next;
		} else {
			smmu_seen_make_up(viommu, batch);
			if (smmu_seen_before(viommu, next))
				continue;
		}
		smmu_inv_next_page(batch, next);
		page = next;
	}
	return taken;
}

/* @nr commands, if there are any, behind the pieces before @end; the new end. */
static struct ring_piece *smmu_inv_piece(struct ring_piece *end, const u64 *word,
					 unsigned int nr)
{
	if (!nr)
		return end;
	end->word = word;
	end->stride = SMMU_CMD_WORDS;
	end->nr = nr;
	return end + 1;
}

static int smmu_inv_sync(void *target, void *data)
{
	struct smmu_viommu *viommu = to_smmu_viommu(target);
	struct ring_cmd barrier = smmu_cmd_barrier();
	struct smmu_inv_batch *batch = data;
	struct ring_piece piece[5], *end = piece;

	smmu_run_close(viommu, batch);
	end = smmu_inv_piece(end, batch->cfgi[0], batch->nr_cfgi);
	if (end != piece && batch->nr_tlbi)
		end = smmu_inv_piece(end, barrier.word, 1);
	end = smmu_inv_piece(end, batch->tlbi[0], batch->nr_tlbi);
	if (end != piece && batch->nr_atc)
		end = smmu_inv_piece(end, barrier.word, 1);
	end = smmu_inv_piece(end, batch->atc[0], batch->nr_atc);
	if (end == piece)
		return 0;
	return smmu_run_pieces(to_smmu(viommu->base.iommu), piece, end - piece);
}

const struct iommufdx_inv_ops smmu_viommu_inv = {
	.type = IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
	.entry_size = sizeof(struct iommu_viommu_arm_smmuv3_invalidate),
	.min_entry_size = sizeof(struct iommu_viommu_arm_smmuv3_invalidate),
	.any_entry_len = true,
	.batch_size = sizeof(struct smmu_inv_batch),
	.batch_head = offsetof(struct smmu_inv_batch, cfgi),
	.device = smmu_inv_device,
	.queue = smmu_inv_queue,
	.queue_like = smmu_inv_queue_like,
	.sync = smmu_inv_sync,
};
