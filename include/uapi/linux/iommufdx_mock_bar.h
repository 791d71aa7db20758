/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The registers of a mock device. Include <linux/iommufdx_mock.h>, which tells how
 * a device is made and opened.
 */
#ifndef _UAPI_IOMMUFDX_MOCK_BAR_H
#define _UAPI_IOMMUFDX_MOCK_BAR_H

#include <linux/types.h>

/**
 * DOC: BAR0, the DMA engine
 *
 * Region VFIO_PCI_BAR0_REGION_INDEX, not mappable. All registers are 64 bits
 * wide, little-endian, at multiples of 8, and may be accessed in halves (or
 * less: a narrow write keeps the other bytes). Offsets without a register read
 * as 0 and ignore writes.
 *
 * Eight channels work by themselves once started. Their DMA goes through the
 * IOMMU under the device's RID and moves real bytes.
 *
 * Global registers lie at the start; channel c has the registers
 * IOMMUFDX_MOCK_CH_* at IOMMUFDX_MOCK_CH(c). Offsets 0x2000 (MSI-X table) and
 * 0x3000 (pending bits) are memory without effect: interrupts are set up with
 * VFIO_DEVICE_SET_IRQS. There is VFIO_PCI_MSIX_IRQ_INDEX with one vector per
 * channel, VFIO_PCI_INTX_IRQ_INDEX with one for all (signalled once per event,
 * without masking), and VFIO_PCI_REQ_IRQ_INDEX for removal.
 */
#define IOMMUFDX_MOCK_BAR0_SIZE		0x4000
#define IOMMUFDX_MOCK_CHANNELS		8

/* Read-only: IOMMUFDX_MOCK_MAGIC_VALUE */
#define IOMMUFDX_MOCK_REG_MAGIC		0x00
/* Read-only: 2; grows with every register added */
#define IOMMUFDX_MOCK_REG_VERSION	0x08
/* Read-only: number of channels */
#define IOMMUFDX_MOCK_REG_CHANNELS	0x10
/* Read-only: requester or stream ID */
#define IOMMUFDX_MOCK_REG_RID		0x18
/* Bit c: channel c had an interrupt; write 1 to clear */
#define IOMMUFDX_MOCK_REG_INT_STATUS	0x20
/* Read-only: bit c: channel c is busy or paused */
#define IOMMUFDX_MOCK_REG_RUNNING	0x28
/* Read-only: IOMMUFDX_MOCK_FEATURE_* */
#define IOMMUFDX_MOCK_REG_FEATURES	0x30
/* Read-only: answers to page requests that no channel was waiting for */
#define IOMMUFDX_MOCK_REG_UNEXPECTED	0x38

/* It has an address translation cache (ATC), and its IOMMU knows ATS */
#define IOMMUFDX_MOCK_FEATURE_ATS	(1 << 0)
/* It can send page requests */
#define IOMMUFDX_MOCK_FEATURE_PRI	(1 << 1)

#define IOMMUFDX_MOCK_MAGIC_VALUE	0x786466756d6d6f69ULL	/* "iommufdx" */
#define IOMMUFDX_MOCK_REG_VERSION_VALUE	2

#define IOMMUFDX_MOCK_CH_BASE		0x1000
#define IOMMUFDX_MOCK_CH_STRIDE		0x100
#define IOMMUFDX_MOCK_CH(c) \
	(IOMMUFDX_MOCK_CH_BASE + (c) * IOMMUFDX_MOCK_CH_STRIDE)

/**
 * DOC: Channel registers
 *
 * A start command (COPY to AUTO, TRANSLATE, PAGE_REQUEST) takes a copy of PASID,
 * SRC, SRC_SIZE, DST, DST_SIZE, LEN, PATTERN, COUNT, PAGE and PAGE_TIMEOUT; later writes to these count for the next
 * start. CTRL and RATE act at once. SEED and STAMP are live: they read as what
 * the next iteration will use, and can be written while the channel is not
 * busy. A start clears RESULT, the counters and the fault registers.
 *
 * All but AUTO are one iteration. A fault ends it; with CTRL_SKIP_FAULTS it counts
 * and, in AUTO, the next iteration follows.
 *
 * With CTRL_ATS all addresses are translated by the device itself: what its ATC
 * does not hold it asks the IOMMU for, and keeps; its requests are then translated
 * ones. A translation request never waits for a page: software has the device send
 * a PAGE_REQUEST and then try again.
 *
 * A device that has no ATC stalls at what is not mapped, where its IOMMU and what
 * it is attached to have it so (SMMUv3), until the fault queue's reader answers.
 */
/* Write: enum iommufdx_mock_cmd. Reads as the last command that was accepted */
#define IOMMUFDX_MOCK_CH_CMD		0x00
/* Read-only: enum iommufdx_mock_ch_state and IOMMUFDX_MOCK_STATUS_* */
#define IOMMUFDX_MOCK_CH_STATUS		0x08
/* IOMMUFDX_MOCK_CTRL_* */
#define IOMMUFDX_MOCK_CH_CTRL		0x10
/* PASID in bits 19:0, used if IOMMUFDX_MOCK_PASID_VALID is set */
#define IOMMUFDX_MOCK_CH_PASID		0x18
/* IOVA of the source */
#define IOMMUFDX_MOCK_CH_SRC		0x20
/* AUTO: bytes in the source window; 0: no source, data is PATTERN */
#define IOMMUFDX_MOCK_CH_SRC_SIZE	0x28
/* IOVA of the destination */
#define IOMMUFDX_MOCK_CH_DST		0x30
/* AUTO: bytes in the destination window */
#define IOMMUFDX_MOCK_CH_DST_SIZE	0x38
/* Bytes of one iteration, 1 to IOMMUFDX_MOCK_LEN_MAX; AUTO: to _AUTO_LEN_MAX */
#define IOMMUFDX_MOCK_CH_LEN		0x40
/* FILL: 8 bytes repeated from DST on; FETCH_ADD: what to add */
#define IOMMUFDX_MOCK_CH_PATTERN	0x48
/*
 * Read-only. READ: CRC-32 (as zlib's crc32()); FETCH_ADD: old value; TRANSLATE:
 * IOMMUFDX_MOCK_XLAT_*; PAGE_REQUEST: enum iommufdx_mock_page_code
 */
#define IOMMUFDX_MOCK_CH_RESULT		0x50
/* AUTO: iterations to do, faulted ones included, 0 for no end */
#define IOMMUFDX_MOCK_CH_COUNT		0x58
/* AUTO: iterations per second, 0 for as many as possible */
#define IOMMUFDX_MOCK_CH_RATE		0x60
/* AUTO: state of the random generator; 0 is taken as _SEED_DEFAULT */
#define IOMMUFDX_MOCK_CH_SEED		0x68
/* AUTO with CTRL_STAMP: next stamp */
#define IOMMUFDX_MOCK_CH_STAMP		0x70
/* Read-only: iterations completed without a fault */
#define IOMMUFDX_MOCK_CH_DONE		0x78
/* Read-only: iterations that faulted */
#define IOMMUFDX_MOCK_CH_FAULTS		0x80
/* Read-only: bytes written to memory (READ: read from it) */
#define IOMMUFDX_MOCK_CH_BYTES		0x88
/* Read-only: IOVA of the last fault */
#define IOMMUFDX_MOCK_CH_FAULT_ADDR	0x90
/* Read-only: the vendor's event code in bits 31:0, and IOMMUFDX_MOCK_FAULT_* */
#define IOMMUFDX_MOCK_CH_FAULT_CODE	0x98
/* PAGE_REQUEST, TRANSLATE: IOMMUFDX_MOCK_PAGE_* */
#define IOMMUFDX_MOCK_CH_PAGE		0xa0
/* PAGE_REQUEST: milliseconds to wait for the answer, 0 for no end */
#define IOMMUFDX_MOCK_CH_PAGE_TIMEOUT	0xa8

#define IOMMUFDX_MOCK_LEN_MAX		(1ULL << 40)
#define IOMMUFDX_MOCK_AUTO_LEN_MAX	(64ULL << 10)
#define IOMMUFDX_MOCK_PASID_VALID	(1ULL << 31)
#define IOMMUFDX_MOCK_FAULT_WRITE	(1ULL << 32)	/* it was a write */
#define IOMMUFDX_MOCK_FAULT_ABORT	(1ULL << 33)	/* no memory answered */
#define IOMMUFDX_MOCK_FAULT_TIMEOUT	(1ULL << 34)	/* nobody gave an answer */

#define IOMMUFDX_MOCK_PAGE_GROUP	0x1ffULL	/* index of the group */
#define IOMMUFDX_MOCK_PAGE_READ		(1ULL << 16)	/* what is wanted */
#define IOMMUFDX_MOCK_PAGE_WRITE	(1ULL << 17)
#define IOMMUFDX_MOCK_PAGE_EXEC		(1ULL << 18)	/* with a PASID */
#define IOMMUFDX_MOCK_PAGE_PRIV		(1ULL << 19)	/* with a PASID */
#define IOMMUFDX_MOCK_PAGE_LAST		(1ULL << 20)	/* of its group */
#define IOMMUFDX_MOCK_PAGE_ALL		0x1f01ffULL

#define IOMMUFDX_MOCK_XLAT_READ		(1ULL << 0)	/* what is allowed */
#define IOMMUFDX_MOCK_XLAT_WRITE	(1ULL << 1)
#define IOMMUFDX_MOCK_XLAT_EXEC		(1ULL << 2)
#define IOMMUFDX_MOCK_XLAT_SHIFT	0xff00ULL	/* log2 of its bytes */

/**
 * enum iommufdx_mock_page_code - the answer to a group of page requests
 * @IOMMUFDX_MOCK_PAGE_SUCCESS: the pages are there
 * @IOMMUFDX_MOCK_PAGE_INVALID: at least one is not
 * @IOMMUFDX_MOCK_PAGE_FAILURE: the IOMMU takes no page requests of this device
 */
enum iommufdx_mock_page_code {
	IOMMUFDX_MOCK_PAGE_SUCCESS = 0x0,
	IOMMUFDX_MOCK_PAGE_INVALID = 0x1,
	IOMMUFDX_MOCK_PAGE_FAILURE = 0xf,
};

/**
 * enum iommufdx_mock_cmd - commands of a channel
 * @IOMMUFDX_MOCK_CMD_NONE: nothing
 * @IOMMUFDX_MOCK_CMD_COPY: LEN bytes from SRC to DST, upwards
 * @IOMMUFDX_MOCK_CMD_FILL: PATTERN to LEN bytes at DST
 * @IOMMUFDX_MOCK_CMD_READ: checksum LEN bytes at SRC into RESULT
 * @IOMMUFDX_MOCK_CMD_FETCH_ADD: add PATTERN to the 8 bytes at DST atomically
 * @IOMMUFDX_MOCK_CMD_AUTO: again and again copy LEN bytes from a random offset
 *	in the source window to a random page of the destination window, as
 *	iommufdx_mock_auto_next() computes them
 * @IOMMUFDX_MOCK_CMD_STOP: end what is running
 * @IOMMUFDX_MOCK_CMD_PAUSE: hold what is running
 * @IOMMUFDX_MOCK_CMD_RESUME: go on
 * @IOMMUFDX_MOCK_CMD_TRANSLATE: have the ATC translate the page at SRC, for
 *	writing too if PAGE has WRITE; needs FEATURE_ATS
 * @IOMMUFDX_MOCK_CMD_PAGE_REQUEST: ask for the page at SRC as PAGE says; needs
 *	FEATURE_PRI. With LAST the channel is busy until the group is answered,
 *	whatever the answer; it faults when PAGE_TIMEOUT passes before (the answer
 *	then counts in REG_UNEXPECTED), or the IOMMU knows no page requests
 *	(FAULT_ABORT)
 *
 * STOP and PAUSE act between iterations in AUTO, else between pieces; when the
 * write returns, the channel has no DMA under way; what had stalled is given up,
 * and RESUME begins with it anew. A STOP or PAUSE that comes when nothing is
 * running changes nothing; STOP ends a paused command too. An answer to a page
 * request that comes while it is paused is not lost.
 *
 * A start command while busy or paused, RESUME when not paused, a number not
 * in this list, or registers that make no sense (LEN, windows smaller than LEN,
 * a range that wraps, FETCH_ADD not aligned, PAGE without READ, WRITE and EXEC,
 * EXEC or PRIV without a PASID, CTRL_ATS without FEATURE_ATS) are not accepted:
 * they only set IOMMUFDX_MOCK_STATUS_REJECTED, which the next accepted command
 * clears.
 */
enum iommufdx_mock_cmd {
	IOMMUFDX_MOCK_CMD_NONE = 0,
	IOMMUFDX_MOCK_CMD_COPY = 1,
	IOMMUFDX_MOCK_CMD_FILL = 2,
	IOMMUFDX_MOCK_CMD_READ = 3,
	IOMMUFDX_MOCK_CMD_FETCH_ADD = 4,
	IOMMUFDX_MOCK_CMD_AUTO = 5,
	IOMMUFDX_MOCK_CMD_STOP = 6,
	IOMMUFDX_MOCK_CMD_PAUSE = 7,
	IOMMUFDX_MOCK_CMD_RESUME = 8,
	IOMMUFDX_MOCK_CMD_TRANSLATE = 9,
	IOMMUFDX_MOCK_CMD_PAGE_REQUEST = 10,
};

/**
 * enum iommufdx_mock_ch_state - bits 7:0 of STATUS
 * @IOMMUFDX_MOCK_STATE_IDLE: nothing was started since reset
 * @IOMMUFDX_MOCK_STATE_BUSY: working
 * @IOMMUFDX_MOCK_STATE_DONE: all iterations done (those skipped included)
 * @IOMMUFDX_MOCK_STATE_FAULTED: ended by a fault
 * @IOMMUFDX_MOCK_STATE_STOPPED: ended by STOP
 * @IOMMUFDX_MOCK_STATE_PAUSED: held by PAUSE
 */
enum iommufdx_mock_ch_state {
	IOMMUFDX_MOCK_STATE_IDLE = 0,
	IOMMUFDX_MOCK_STATE_BUSY = 1,
	IOMMUFDX_MOCK_STATE_DONE = 2,
	IOMMUFDX_MOCK_STATE_FAULTED = 3,
	IOMMUFDX_MOCK_STATE_STOPPED = 4,
	IOMMUFDX_MOCK_STATE_PAUSED = 5,
};

#define IOMMUFDX_MOCK_STATUS_STATE	0xff
#define IOMMUFDX_MOCK_STATUS_REJECTED	(1 << 8)

/* Interrupt when the channel reaches DONE, FAULTED or STOPPED */
#define IOMMUFDX_MOCK_CTRL_INT_END	(1 << 0)
/* Interrupt also at each fault that is skipped */
#define IOMMUFDX_MOCK_CTRL_INT_FAULT	(1 << 1)
/* A fault does not end the command */
#define IOMMUFDX_MOCK_CTRL_SKIP_FAULTS	(1 << 2)
/*
 * AUTO: the first 8 bytes of each block are STAMP, which then grows by one,
 * faulted iterations included. LEN is at least 8.
 */
#define IOMMUFDX_MOCK_CTRL_STAMP	(1 << 3)
/* Use the device's ATC */
#define IOMMUFDX_MOCK_CTRL_ATS		(1 << 4)
/* Requests ask for CPUs' caches not to be snooped */
#define IOMMUFDX_MOCK_CTRL_NO_SNOOP	(1 << 5)
#define IOMMUFDX_MOCK_CTRL_ALL		0x3f

#define IOMMUFDX_MOCK_SEED_DEFAULT	0x9e3779b97f4a7c15ULL
#define IOMMUFDX_MOCK_AUTO_PAGE		4096ULL

/**
 * iommufdx_mock_rand() - the engine's random generator, xorshift64*
 * @state: as in register SEED, never 0
 *
 * Return: the next number; @state advances.
 */
static inline __u64 iommufdx_mock_rand(__u64 *state)
{
	__u64 x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

/**
 * iommufdx_mock_auto_next() - what one AUTO iteration copies
 * @state: generator state, as in register SEED
 * @src_size: SRC_SIZE
 * @dst_size: DST_SIZE
 * @len: LEN
 * @src_offset: out: byte offset into the source window; 0 without a source
 * @dst_offset: out: byte offset into the destination window, page-aligned
 *
 * Draws two numbers. The engine runs this very function, so a program that
 * calls it with the same seed knows every block that was written.
 */
static inline void iommufdx_mock_auto_next(__u64 *state, __u64 src_size,
					   __u64 dst_size, __u64 len,
					   __u64 *src_offset, __u64 *dst_offset)
{
	__u64 src = iommufdx_mock_rand(state);
	__u64 dst = iommufdx_mock_rand(state);

	*src_offset = src_size ? src % (src_size - len + 1) : 0;
	*dst_offset = dst % ((dst_size - len) / IOMMUFDX_MOCK_AUTO_PAGE + 1) *
		      IOMMUFDX_MOCK_AUTO_PAGE;
}

#endif /* _UAPI_IOMMUFDX_MOCK_BAR_H */
