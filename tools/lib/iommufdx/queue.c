// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Reading a guest's command queue: commands into batches, and what became of
 * them into the consumer's register, answers and errors.
 */
#include "internal.h"
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_ENTRIES	64
#define COMMAND_LEN_MAX	32

/*
 * @cons is the index of the first command that is not done. While @open, a batch
 * is with the caller: @last is how it ends, @at the index of that command, and
 * @index[i] that of entry i.
 */
struct iommufdx_queue {
	const struct queue_vendor *vendor;
	struct iommufdx_guest_memory mem;
	uint64_t base;
	uint32_t entries;
	uint32_t cons;
	uint32_t error;
	bool open;
	uint32_t at;
	struct queue_command last;
	struct iommufdx_batch batch;
	uint32_t index[BATCH_ENTRIES];
	char data[BATCH_ENTRIES * sizeof(((struct queue_command *)0)->entry)];
};

API int iommufdx_queue_open(unsigned int vendor,
			    const struct iommufdx_guest_memory *mem,
			    uint64_t base, uint32_t entries, uint32_t cons,
			    struct iommufdx_queue **out)
{
	static const struct queue_vendor *const vendors[] = {
		[IOMMUFDX_QUEUE_SMMUV3] = &queue_smmuv3,
		[IOMMUFDX_QUEUE_VTD] = &queue_vtd,
		[IOMMUFDX_QUEUE_AMD] = &queue_amd,
		[IOMMUFDX_QUEUE_VTD_RAW] = &queue_vtd_raw,
	};
	struct iommufdx_queue *queue;
	uint32_t index;

	if (vendor >= sizeof(vendors) / sizeof(vendors[0]) || entries < 2 ||
	    (entries & (entries - 1)) || entries > 1u << 19 ||
	    vendors[vendor]->index(cons, entries, &index))
		return -EINVAL;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->vendor = vendors[vendor];
	queue->mem = *mem;
	queue->base = base;
	queue->entries = entries;
	queue->cons = index;
	*out = queue;
	return 0;
}

API void iommufdx_queue_close(struct iommufdx_queue *queue)
{
	free(queue);
}

static uint32_t queue_after(const struct iommufdx_queue *queue, uint32_t index)
{
	return (index + 1) &
	       ((queue->entries << queue->vendor->wrap_bit) - 1);
}

static void queue_read(struct iommufdx_queue *queue, uint64_t *words,
		       struct queue_command *cmd)
{
	const struct queue_vendor *vendor = queue->vendor;
	uint64_t gpa = queue->base + (uint64_t)(queue->at &
						(queue->entries - 1)) *
					     vendor->command_len;
	unsigned int i;

	memset(cmd, 0, sizeof(*cmd));
	if (queue->mem.read(queue->mem.opaque, gpa, words,
			    vendor->command_len)) {
		queue_illegal(cmd, vendor->fetch_error);
		return;
	}
	for (i = 0; i < vendor->command_len / 8; i++)
		words[i] = le64toh(words[i]);
	vendor->decode(words, cmd);
}

/* False: @cmd is for other tables than the batch, or there is no room for it. */
static bool queue_collect(struct iommufdx_queue *queue,
			  const struct queue_command *cmd)
{
	struct iommufdx_batch *batch = &queue->batch;

	if (batch->num == BATCH_ENTRIES)
		return false;
	if (batch->num && (batch->scope != cmd->scope ||
			   batch->did != cmd->did ||
			   batch->pasid != cmd->pasid))
		return false;
	batch->scope = cmd->scope;
	batch->did = cmd->did;
	batch->pasid = cmd->pasid;
	memcpy(queue->data + batch->num * batch->entry_len, &cmd->entry,
	       batch->entry_len);
	queue->index[batch->num++] = queue->at;
	return true;
}

/* Read up to @num commands; how the batch ends. */
static uint32_t queue_fill(struct iommufdx_queue *queue, uint32_t num)
{
	struct queue_command *cmd = &queue->last;
	uint64_t words[COMMAND_LEN_MAX / 8] = {};

	for (; num; num--, queue->at = queue_after(queue, queue->at)) {
		queue_read(queue, words, cmd);
		switch (cmd->kind) {
		case QUEUE_NOTHING:
			break;
		case QUEUE_ENTRY:
			if (!queue_collect(queue, cmd))
				return IOMMUFDX_BATCH_MORE;
			break;
		case QUEUE_SYNC:
			return IOMMUFDX_BATCH_SYNC;
		case QUEUE_VMM:
			memcpy(queue->batch.command, words, sizeof(words));
			return IOMMUFDX_BATCH_COMMAND;
		case QUEUE_ILLEGAL:
			return IOMMUFDX_BATCH_ILLEGAL;
		}
	}
	return IOMMUFDX_BATCH_EMPTY;
}

API int iommufdx_queue_next(struct iommufdx_queue *queue, uint32_t prod,
			    struct iommufdx_batch *batch)
{
	const struct queue_vendor *vendor = queue->vendor;
	uint32_t space = queue->entries << vendor->wrap_bit;
	uint32_t index, error, num = 0;

	if (queue->error)
		return -EIO;
	if (queue->open) {
		*batch = queue->batch;
		return 0;
	}
	memset(&queue->batch, 0, sizeof(queue->batch));
	queue->batch.entries = queue->data;
	queue->batch.entry_len = vendor->entry_len;
	queue->at = queue->cons;
	error = vendor->index(prod, queue->entries, &index);
	if (!error) {
		num = (index - queue->cons) & (space - 1);
		if (!num)
			return -ENODATA;
		if (num > queue->entries)
			error = vendor->tail_error;
	}
	if (error) {
		queue_illegal(&queue->last, error);
		queue->batch.end = IOMMUFDX_BATCH_ILLEGAL;
	} else {
		queue->batch.end = queue_fill(queue, num);
	}
	queue->open = true;
	*batch = queue->batch;
	return 0;
}

static int queue_stop(struct iommufdx_queue *queue, uint32_t at, uint32_t error)
{
	queue->cons = at;
	queue->error = error;
	return -EIO;
}

static int queue_answer(struct iommufdx_queue *queue, uint32_t *events)
{
	const struct queue_command *sync = &queue->last;
	uint32_t word = htole32((uint32_t)sync->store_value);
	uint64_t twice = htole64(sync->store_value);
	bool aligned = !(sync->store_addr & (sync->store_len - 1u));

	if (sync->store_len &&
	    (!aligned ||
	     queue->mem.write(queue->mem.opaque, sync->store_addr,
			      sync->store_len == 4 ? (void *)&word :
						     (void *)&twice,
			      sync->store_len))) {
		if (queue->vendor->store_error)
			return queue_stop(queue, queue->at,
					  queue->vendor->store_error);
		*events |= IOMMUFDX_QUEUE_STORE_FAILED;
	}
	queue->cons = queue_after(queue, queue->at);
	if (sync->interrupt)
		*events |= IOMMUFDX_QUEUE_INTERRUPT;
	return 0;
}

/* What stops a guest's queue when a batch ended with @rc. */
static uint32_t queue_stop_error(const struct queue_vendor *vendor, int rc)
{
	switch (rc) {
	case -ETIMEDOUT:
		return vendor->timeout_error;
	case 0:
	case -EIO:
	case -EINVAL:
	case -EOPNOTSUPP:
		return vendor->refused_error;
	}
	/* Not the command's fault. */
	return vendor->fetch_error;
}

API int iommufdx_queue_done(struct iommufdx_queue *queue, uint32_t executed,
			    int rc, uint32_t *events)
{
	uint32_t ignored, at = queue->at;

	if (!events)
		events = &ignored;
	*events = 0;
	if (!queue->open)
		return 0;
	queue->open = false;
	if (executed < queue->batch.num) {
		at = queue->index[executed];
		/* A device that does not answer will not the next time either. */
		if (rc == -ETIMEDOUT)
			at = queue_after(queue, at);
	}
	if (rc || executed < queue->batch.num)
		return queue_stop(queue, at, queue_stop_error(queue->vendor, rc));
	queue->cons = at;
	switch (queue->batch.end) {
	case IOMMUFDX_BATCH_SYNC:
		return queue_answer(queue, events);
	case IOMMUFDX_BATCH_COMMAND:
		return -EAGAIN;
	case IOMMUFDX_BATCH_ILLEGAL:
		return queue_stop(queue, queue->at, queue->last.error);
	}
	return 0;
}

API void iommufdx_queue_skip(struct iommufdx_queue *queue)
{
	queue->cons = queue_after(queue, queue->cons);
}

API void iommufdx_queue_resume(struct iommufdx_queue *queue)
{
	queue->error = 0;
}

API uint32_t iommufdx_queue_cons(const struct iommufdx_queue *queue)
{
	return queue->vendor->reg(queue->cons, queue->error);
}

API uint32_t iommufdx_queue_error(const struct iommufdx_queue *queue)
{
	return queue->error;
}
