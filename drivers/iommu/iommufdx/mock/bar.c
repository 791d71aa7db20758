// SPDX-License-Identifier: GPL-2.0-only
/*
 * BAR0: the register file of the DMA engine.
 *
 * Every register is a 64-bit word. The device's pread() and pwrite() call here
 * with a word's offset; @mask says which bits a write covers.
 */
#include <linux/nospec.h>

#include "mock.h"

#define MSIX_BASE	0x2000

enum mock_reg_kind {
	MOCK_RO,	/* writes are dropped */
	MOCK_RW,	/* plain storage */
	MOCK_LIVE,	/* storage that the channel owns while it runs */
	MOCK_CMD,
};

static const struct {
	enum mock_reg_kind kind;
	u64 bits;	/* that can be written */
} mock_ch_regs[MOCK_CH_REGS] = {
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_CMD)] = { MOCK_CMD, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_CTRL)] = {
		MOCK_RW, IOMMUFDX_MOCK_CTRL_ALL },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_PASID)] = {
		MOCK_RW, IOMMUFDX_MOCK_PASID_VALID | GENMASK(19, 0) },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_SRC)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_SRC_SIZE)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_DST)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_DST_SIZE)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_LEN)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_PATTERN)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_COUNT)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_RATE)] = { MOCK_RW, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_SEED)] = { MOCK_LIVE, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_STAMP)] = { MOCK_LIVE, U64_MAX },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_PAGE)] = {
		MOCK_RW, IOMMUFDX_MOCK_PAGE_ALL },
	[MOCK_CH_REG(IOMMUFDX_MOCK_CH_PAGE_TIMEOUT)] = { MOCK_RW, U32_MAX },
};

/**
 * mock_bar_running() - register RUNNING
 * @dev: the device
 *
 * Return: bitmap of channels that are busy or paused.
 */
u32 mock_bar_running(const struct mock_dev *dev)
{
	u32 running = 0;
	unsigned int i;

	for (i = 0; i < IOMMUFDX_MOCK_CHANNELS; i++)
		if (mock_channel_running(&dev->ch[i]))
			running |= BIT(i);
	return running;
}

/* Splits @reg into a channel and its register; false if it is no channel's. */
static bool mock_bar_channel(u32 reg, unsigned int *channel, unsigned int *idx)
{
	u32 off = reg - IOMMUFDX_MOCK_CH_BASE;

	if (off >= IOMMUFDX_MOCK_CHANNELS * IOMMUFDX_MOCK_CH_STRIDE)
		return false;
	*channel = array_index_nospec(off / IOMMUFDX_MOCK_CH_STRIDE,
				      IOMMUFDX_MOCK_CHANNELS);
	*idx = MOCK_CH_REG(off % IOMMUFDX_MOCK_CH_STRIDE);
	return true;
}

static u8 *mock_bar_msix(struct mock_dev *dev, u32 reg)
{
	u32 off = reg - MSIX_BASE;

	if (off >= MOCK_MSIX_BYTES)
		return NULL;
	return dev->msix + array_index_nospec(off, MOCK_MSIX_BYTES);
}

/**
 * mock_bar_read() - load a register
 * @dev: the device
 * @reg: its offset, a multiple of 8
 *
 * Context: dev->lock held.
 */
u64 mock_bar_read(struct mock_dev *dev, u32 reg)
{
	unsigned int channel, idx;
	u64 val = 0;
	u8 *msix;

	lockdep_assert_held(&dev->lock);

	if (mock_bar_channel(reg, &channel, &idx)) {
		struct mock_channel *ch = &dev->ch[channel];

		if (idx == MOCK_CH_REG(IOMMUFDX_MOCK_CH_STATUS))
			return mock_channel_status(ch);
		return smp_load_acquire(&ch->regs[idx]);
	}
	msix = mock_bar_msix(dev, reg);
	if (msix) {
		memcpy(&val, msix, sizeof(val));
		return val;
	}
	switch (reg) {
	case IOMMUFDX_MOCK_REG_MAGIC:
		return IOMMUFDX_MOCK_MAGIC_VALUE;
	case IOMMUFDX_MOCK_REG_VERSION:
		return IOMMUFDX_MOCK_REG_VERSION_VALUE;
	case IOMMUFDX_MOCK_REG_CHANNELS:
		return IOMMUFDX_MOCK_CHANNELS;
	case IOMMUFDX_MOCK_REG_RID:
		return dev->rid;
	case IOMMUFDX_MOCK_REG_INT_STATUS:
		return atomic_read(&dev->int_status);
	case IOMMUFDX_MOCK_REG_RUNNING:
		return mock_bar_running(dev);
	case IOMMUFDX_MOCK_REG_FEATURES:
		return (dev->atc ? IOMMUFDX_MOCK_FEATURE_ATS : 0) |
		       (dev->flags & IOMMUFDX_MOCK_DEV_PRI ?
			IOMMUFDX_MOCK_FEATURE_PRI : 0);
	case IOMMUFDX_MOCK_REG_UNEXPECTED:
		return READ_ONCE(dev->page_unexpected);
	}
	return 0;
}

static int mock_bar_write_channel(struct mock_channel *ch, unsigned int idx,
				  u64 val, u64 mask)
{
	u64 *reg = &ch->regs[idx];

	switch (mock_ch_regs[idx].kind) {
	case MOCK_RO:
		return 0;
	case MOCK_CMD:
		/* A write to the upper half alone commands nothing. */
		if (!(mask & U32_MAX))
			return 0;
		return mock_channel_command(ch, val & mask & U32_MAX);
	case MOCK_LIVE:
		if (mock_channel_running(ch))
			return 0;
		break;
	case MOCK_RW:
		break;
	}
	val = (*reg & ~mask) | (val & mask & mock_ch_regs[idx].bits);
	WRITE_ONCE(*reg, val);
	return 0;
}

/**
 * mock_bar_write() - store to a register
 * @dev: the device
 * @reg: its offset, a multiple of 8
 * @val: the value
 * @mask: which bits of it
 *
 * Context: dev->lock held; may sleep.
 * Return: 0 or -ENOMEM.
 */
int mock_bar_write(struct mock_dev *dev, u32 reg, u64 val, u64 mask)
{
	unsigned int channel, idx;
	u64 old;
	u8 *msix;

	lockdep_assert_held(&dev->lock);

	if (mock_bar_channel(reg, &channel, &idx))
		return mock_bar_write_channel(&dev->ch[channel], idx, val,
					      mask);
	msix = mock_bar_msix(dev, reg);
	if (msix) {
		memcpy(&old, msix, sizeof(old));
		val = (old & ~mask) | (val & mask);
		memcpy(msix, &val, sizeof(val));
	} else if (reg == IOMMUFDX_MOCK_REG_INT_STATUS) {
		atomic_andnot(val & mask, &dev->int_status);
	}
	return 0;
}
