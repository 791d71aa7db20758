// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space: a PCI Express endpoint with MSI-X and one memory BAR.
 *
 * What a VMM needs to show a guest a device; nothing in it has an effect here.
 * INTERRUPT_PIN is 0, as VMMs then ask for MSI-X only.
 */
#include <linux/pci_regs.h>

#include "mock.h"

#define EXP_CAP		0x40
#define MSIX_CAP	0x80

#define EXP(reg)	((EXP_CAP + (reg)) / 4)
#define MSIX(reg)	((MSIX_CAP + (reg)) / 4)

/* After reset, and which bits can be written. */
static const struct {
	u32 val;
	u32 writable;
} mock_config_words[MOCK_CONFIG_SIZE / 4] = {
	[PCI_VENDOR_ID / 4] = {
		IOMMUFDX_MOCK_PCI_VENDOR | IOMMUFDX_MOCK_PCI_DEVICE << 16 },
	[PCI_COMMAND / 4] = {
		PCI_STATUS_CAP_LIST << 16,
		PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
		PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE },
	/* Revision 1; system peripheral, none of the standard ones. */
	[PCI_CLASS_REVISION / 4] = { 0x08800001 },
	[PCI_CACHE_LINE_SIZE / 4] = { 0, 0xff },
	/* A power of two: what stays 0 after all ones tells the size. */
	[PCI_BASE_ADDRESS_0 / 4] = { 0, ~(IOMMUFDX_MOCK_BAR0_SIZE - 1) },
	[PCI_SUBSYSTEM_VENDOR_ID / 4] = {
		IOMMUFDX_MOCK_PCI_VENDOR | IOMMUFDX_MOCK_PCI_DEVICE << 16 },
	[PCI_CAPABILITY_LIST / 4] = { EXP_CAP },
	[PCI_INTERRUPT_LINE / 4] = { 0, 0xff },

	/* Version 2, endpoint. */
	[EXP(0)] = { PCI_CAP_ID_EXP | MSIX_CAP << 8 | 2 << 16 },
	[EXP(PCI_EXP_DEVCAP)] = { PCI_EXP_DEVCAP_RBER },
	[EXP(PCI_EXP_DEVCTL)] = { 0, 0x7fff },
	[EXP(PCI_EXP_LNKCAP)] = {
		PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4 },
	[EXP(PCI_EXP_LNKCTL)] = {
		(u32)(PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1) << 16,
		0x01fb },
	[EXP(PCI_EXP_DEVCTL2)] = { 0, 0x7fff },

	[MSIX(0)] = {
		PCI_CAP_ID_MSIX | (IOMMUFDX_MOCK_CHANNELS - 1) << 16,
		(u32)(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) << 16 },
	[MSIX(PCI_MSIX_TABLE)] = { 0x2000 },
	[MSIX(PCI_MSIX_PBA)] = { 0x3000 },
};

/**
 * mock_config_reset() - as after power on
 * @dev: the device
 *
 * Context: dev->lock held, or @dev not yet published.
 */
void mock_config_reset(struct mock_dev *dev)
{
	unsigned int i;

	for (i = 0; i < MOCK_CONFIG_SIZE; i += 4)
		memcpy(dev->config + i, &mock_config_words[i / 4].val, 4);
}

/**
 * mock_config_read() - load eight bytes
 * @dev: the device
 * @reg: offset, a multiple of 8, below MOCK_CONFIG_SIZE
 *
 * Context: dev->lock held.
 */
u64 mock_config_read(const struct mock_dev *dev, u32 reg)
{
	u64 val;

	memcpy(&val, dev->config + reg, sizeof(val));
	return val;
}

/**
 * mock_config_write() - store some bits of eight bytes
 * @dev: the device
 * @reg: offset, a multiple of 8, below MOCK_CONFIG_SIZE
 * @val: the value
 * @mask: which bits of it
 *
 * Context: dev->lock held.
 */
void mock_config_write(struct mock_dev *dev, u32 reg, u64 val, u64 mask)
{
	u64 old = mock_config_read(dev, reg);

	mask &= mock_config_words[reg / 4].writable |
		(u64)mock_config_words[reg / 4 + 1].writable << 32;
	val = (old & ~mask) | (val & mask);
	memcpy(dev->config + reg, &val, sizeof(val));
}
