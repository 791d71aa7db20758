/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Reading a guest's command queue in the VMM: for kernels or vendors where the
 * kernel does not do it (iommufdx_guest_queue_open()). Nothing here talks to the
 * kernel: memory is reached through callbacks, and what a queue holds comes out
 * as batches for iommufdx_invalidate() or a ring.
 *
 *	while (!iommufdx_queue_next(queue, prod, &batch)) {
 *		rc = batch.num ? iommufdx_invalidate(..., &done) : 0;
 *		if (iommufdx_queue_done(queue, done, rc, &events))
 *			break;
 *	}
 *
 * Each command is read from guest memory once. <iommufdx.h> has the rules that
 * hold here too; a reader is used by one thread at a time.
 */
#ifndef IOMMUFDX_QUEUE_H
#define IOMMUFDX_QUEUE_H

#include <iommufdx.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum iommufdx_queue_vendor - whose queue, and what its batches are for
 * @IOMMUFDX_QUEUE_SMMUV3: command queue: commands of 16 bytes, to a vIOMMU
 * @IOMMUFDX_QUEUE_VTD: invalidation queue: descriptors of 32 bytes, which become
 *	ranges of single HWPTs
 * @IOMMUFDX_QUEUE_AMD: command buffer: commands of 16 bytes, to a vIOMMU
 * @IOMMUFDX_QUEUE_VTD_RAW: invalidation queue, as it is, to a vIOMMU of
 *	IOMMUFDX_VIOMMU_TYPE_VTD
 */
enum iommufdx_queue_vendor {
	IOMMUFDX_QUEUE_SMMUV3,
	IOMMUFDX_QUEUE_VTD,
	IOMMUFDX_QUEUE_AMD,
	IOMMUFDX_QUEUE_VTD_RAW,
};

/**
 * struct iommufdx_guest_memory - how guest physical memory is reached
 * @read: copy @len bytes at @gpa to @buf; 0 or a negative errno
 * @write: copy @len bytes from @buf to @gpa; 4 and 8 aligned bytes are stored at
 *	once, after all earlier stores; 0 or a negative errno
 * @opaque: passed to them
 */
struct iommufdx_guest_memory {
	int (*read)(void *opaque, uint64_t gpa, void *buf, size_t len);
	int (*write)(void *opaque, uint64_t gpa, const void *buf, size_t len);
	void *opaque;
};

/**
 * enum iommufdx_batch_end - why a batch ends
 * @IOMMUFDX_BATCH_EMPTY: nothing follows
 * @IOMMUFDX_BATCH_MORE: commands follow that do not fit, or are for other tables
 * @IOMMUFDX_BATCH_SYNC: a sync follows, which iommufdx_queue_done() answers
 * @IOMMUFDX_BATCH_COMMAND: a command follows that the VMM has to carry out; VT-d's
 *	wait for page requests (PD) as well, which the VMM then answers itself
 * @IOMMUFDX_BATCH_ILLEGAL: an illegal command follows, or the producer's register
 *	is out of range, or the queue cannot be read
 */
enum iommufdx_batch_end {
	IOMMUFDX_BATCH_EMPTY,
	IOMMUFDX_BATCH_MORE,
	IOMMUFDX_BATCH_SYNC,
	IOMMUFDX_BATCH_COMMAND,
	IOMMUFDX_BATCH_ILLEGAL,
};

/**
 * enum iommufdx_batch_scope - which of a VT-d guest's tables a batch is for
 * @IOMMUFDX_SCOPE_ALL: all of them; always so where batches are for a vIOMMU
 * @IOMMUFDX_SCOPE_DID: those with this domain ID
 * @IOMMUFDX_SCOPE_PASID: the one with this domain ID and PASID
 */
enum iommufdx_batch_scope {
	IOMMUFDX_SCOPE_ALL,
	IOMMUFDX_SCOPE_DID,
	IOMMUFDX_SCOPE_PASID,
};

/**
 * struct iommufdx_batch - commands to be executed together
 * @entries: for iommufdx_invalidate() or a ring: commands as they are, to the
 *	vIOMMU; with IOMMUFDX_QUEUE_VTD struct iommu_hwpt_vtd_s1_invalidate, to
 *	each nested HWPT that @scope means. Good until the next call for this
 *	queue.
 * @num: how many, may be 0
 * @entry_len: bytes of each
 * @scope: enum iommufdx_batch_scope
 * @did: domain ID
 * @pasid: PASID
 * @end: enum iommufdx_batch_end
 * @command: the command after the batch, with IOMMUFDX_BATCH_COMMAND
 */
struct iommufdx_batch {
	const void *entries;
	uint32_t num;
	uint32_t entry_len;
	uint32_t scope;
	uint32_t did;
	uint32_t pasid;
	uint32_t end;
	uint64_t command[4];
};

/* What iommufdx_queue_done() tells. */
#define IOMMUFDX_QUEUE_INTERRUPT	(1u << 0)	/* inject it */
#define IOMMUFDX_QUEUE_STORE_FAILED	(1u << 1)	/* an answer is lost */

struct iommufdx_queue;

/**
 * iommufdx_queue_open() - begin to read a queue
 * @vendor: enum iommufdx_queue_vendor
 * @mem: copied
 * @base: guest physical address of the queue
 * @entries: its length in commands, a power of two
 * @cons: consumer's register to begin with
 * @out: the reader; free it with iommufdx_queue_close()
 *
 * Return: 0; -EINVAL (@entries or @cons is out of range); -ENOMEM.
 */
int iommufdx_queue_open(unsigned int vendor,
			const struct iommufdx_guest_memory *mem, uint64_t base,
			uint32_t entries, uint32_t cons,
			struct iommufdx_queue **out);

/** iommufdx_queue_close() - free a reader, or NULL */
void iommufdx_queue_close(struct iommufdx_queue *queue);

/**
 * iommufdx_queue_next() - read the next batch
 * @queue: the reader
 * @prod: producer's register
 * @batch: what is to be done
 *
 * The same batch comes again until iommufdx_queue_done() was told of it.
 *
 * Return: 0; -ENODATA (the queue is empty); -EIO (it has stopped on an error).
 */
int iommufdx_queue_next(struct iommufdx_queue *queue, uint32_t prod,
			struct iommufdx_batch *batch);

/**
 * iommufdx_queue_done() - tell what became of a batch
 * @queue: the reader
 * @executed: entries of the batch that took effect
 * @rc: 0, or why not all of them did
 * @events: IOMMUFDX_QUEUE_* bits; may be NULL
 *
 * Moves the consumer's register, and answers a sync. On an error, and before an
 * illegal command, the queue stops as the vendor's hardware does, at the command
 * in question, or behind it where a device does not answer (-ETIMEDOUT). An errno
 * that is no command's fault, such as -ENOMEM, becomes that of a queue that cannot
 * be read. An entry that the kernel refused because it is for a device which the
 * VMM emulates is the VMM's to carry out: then hand over the entries behind it, and
 * count all.
 *
 * Return: 0; -EIO (it has stopped on an error: see iommufdx_queue_error());
 * -EAGAIN (the command after the batch is the VMM's to carry out; go past it with
 * iommufdx_queue_skip()).
 */
int iommufdx_queue_done(struct iommufdx_queue *queue, uint32_t executed, int rc,
			uint32_t *events);

/** iommufdx_queue_skip() - go past the command at which the queue stands */
void iommufdx_queue_skip(struct iommufdx_queue *queue);

/** iommufdx_queue_resume() - go on after an error, as the guest has asked */
void iommufdx_queue_resume(struct iommufdx_queue *queue);

/** iommufdx_queue_cons() - the consumer's register, SMMUv3's with its error */
uint32_t iommufdx_queue_cons(const struct iommufdx_queue *queue);

/**
 * iommufdx_queue_error() - why it has stopped
 * @queue: the reader
 *
 * Return: 0, or the vendor's code as in struct iommufdx_guest_queue_ctrl.
 */
uint32_t iommufdx_queue_error(const struct iommufdx_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_QUEUE_H */
