/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between a backend and its IOMMU.
 *
 * A backend sees an IOMMU as two things only: a window of 32/64-bit registers,
 * reached through the functions below, and ordinary memory whose physical
 * address it has told the hardware. Whether a software model or a real device
 * stands behind the window cannot be told from this side.
 *
 * Memory that both sides touch follows the kernel's rules for memory shared
 * with a coherent device: the driver stores with WRITE_ONCE(), orders with
 * hw_wmb() before the register write that hands the memory over, and reads
 * what the device wrote with READ_ONCE() after hw_rmb().
 *
 * This header is also compiled in user space, by the unit tests of the models.
 */
#ifndef __LINUX_IOMMUFDX_HW_H
#define __LINUX_IOMMUFDX_HW_H

#include <linux/types.h>
#include <asm/barrier.h>

struct iommufdx_hw;

/**
 * enum iommufdx_hw_kind - the programming model behind a register window
 * @IOMMUFDX_HW_NONE: no IOMMU: a window without registers, and DMA to physical
 *	addresses. Who adds one sees to it that only CAP_SYS_RAWIO can use it.
 * @IOMMUFDX_HW_AMD: AMD I/O Virtualization Technology, document 48882
 * @IOMMUFDX_HW_VTD: Intel Virtualization Technology for Directed I/O
 * @IOMMUFDX_HW_SMMUV3: Arm System MMU architecture version 3, IHI 0070
 * @IOMMUFDX_HW_SELFTEST: none at all: the mock IOMMU of Linux's iommufd selftests
 * @IOMMUFDX_HW_KINDS: number of kinds
 *
 * The values index tables and are part of the mock device's user API.
 */
enum iommufdx_hw_kind {
	IOMMUFDX_HW_NONE,
	IOMMUFDX_HW_AMD,
	IOMMUFDX_HW_VTD,
	IOMMUFDX_HW_SMMUV3,
	IOMMUFDX_HW_SELFTEST,
	IOMMUFDX_HW_KINDS,
};

/**
 * typedef iommufdx_hw_irq_fn - a backend's interrupt handler
 * @data: the pointer given to hw_set_irq()
 *
 * Context: process context, as a threaded interrupt handler; may sleep. Calls
 * for one line never overlap, and an interrupt raised while the handler runs
 * makes it run again.
 */
typedef void (*iommufdx_hw_irq_fn)(void *data);

/**
 * struct iommufdx_hw_ops - what stands behind a register window
 * @read32: load a 32-bit register; @reg is a byte offset, 4-byte aligned
 * @read64: load a 64-bit register; @reg is a byte offset, 8-byte aligned
 * @write32: store a 32-bit register
 * @write64: store a 64-bit register
 * @set_irq: install (@fn) or remove (@fn NULL) the handler of interrupt line
 *	@line. Removing waits for a running handler. Returns 0, -EINVAL for a
 *	line that does not exist, -EBUSY where a handler is installed already.
 *
 * Register accesses come from any context that may take a spinlock, and must
 * not sleep. A read of an offset outside the window yields all ones and a
 * write there is dropped, as on a bus. @set_irq may sleep.
 */
struct iommufdx_hw_ops {
	u32 (*read32)(struct iommufdx_hw *hw, u32 reg);
	u64 (*read64)(struct iommufdx_hw *hw, u32 reg);
	void (*write32)(struct iommufdx_hw *hw, u32 reg, u32 val);
	void (*write64)(struct iommufdx_hw *hw, u32 reg, u64 val);
	int (*set_irq)(struct iommufdx_hw *hw, unsigned int line,
		       iommufdx_hw_irq_fn fn, void *data);
};

/**
 * struct iommufdx_hw - one IOMMU's register window
 * @ops: how registers are reached
 * @kind: programming model, selects the backend
 * @reg_size: size of the window in bytes
 * @name: for messages, e.g. "amd0"; stays valid as long as the window
 * @capability: AMD: first word of the capability block in the IOMMU's PCI
 *	configuration space, as no register repeats it; else 0
 * @sva: core has made an SVA domain: devices reach memory that is not pinned, too
 *
 * Made by whoever owns the hardware (or its model) and embedded there.
 */
struct iommufdx_hw {
	const struct iommufdx_hw_ops *ops;
	enum iommufdx_hw_kind kind;
	u32 reg_size;
	const char *name;
	u32 capability;
	bool sva;
};

/**
 * hw_read32() - load a 32-bit register
 * @hw: the window
 * @reg: byte offset, a multiple of 4
 *
 * Context: any; does not sleep.
 * Return: the value, all ones outside the window.
 */
static inline u32 hw_read32(struct iommufdx_hw *hw, u32 reg)
{
	return hw->ops->read32(hw, reg);
}

/**
 * hw_read64() - load a 64-bit register
 * @hw: the window
 * @reg: byte offset, a multiple of 8
 *
 * Context: any; does not sleep.
 * Return: the value, all ones outside the window.
 */
static inline u64 hw_read64(struct iommufdx_hw *hw, u32 reg)
{
	return hw->ops->read64(hw, reg);
}

/**
 * hw_write32() - store a 32-bit register
 * @hw: the window
 * @reg: byte offset, a multiple of 4
 * @val: the value
 *
 * Context: any; does not sleep.
 */
static inline void hw_write32(struct iommufdx_hw *hw, u32 reg, u32 val)
{
	hw->ops->write32(hw, reg, val);
}

/**
 * hw_write64() - store a 64-bit register
 * @hw: the window
 * @reg: byte offset, a multiple of 8
 * @val: the value
 *
 * Context: any; does not sleep.
 */
static inline void hw_write64(struct iommufdx_hw *hw, u32 reg, u64 val)
{
	hw->ops->write64(hw, reg, val);
}

/**
 * hw_set_irq() - install or remove an interrupt handler
 * @hw: the window
 * @line: interrupt line, numbered from 0 as the backend's specification header
 *	names them
 * @fn: handler, or NULL to remove
 * @data: passed to @fn
 *
 * Context: may sleep.
 * Return: 0, -EINVAL (no such line) or -EBUSY (a handler is installed).
 */
static inline int hw_set_irq(struct iommufdx_hw *hw, unsigned int line,
			     iommufdx_hw_irq_fn fn, void *data)
{
	return hw->ops->set_irq(hw, line, fn, data);
}

/* Order stores to shared memory before the register write that follows. */
#define hw_wmb()	wmb()
/* Order a read of a flag the device wrote before reads of what it guards. */
#define hw_rmb()	rmb()

#endif /* __LINUX_IOMMUFDX_HW_H */
