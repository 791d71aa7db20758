// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of a guest's IOMMU, for the demonstration of migrations. Behind all
 * data devices see a page that leads to one of two in turns. Each time the driver
 * changes that, it has the old translation forgotten by commands in a queue of its
 * own, which the kernel reads, and waits for the answer; then DMA must go to the
 * new page.
 *
 * When the guest is stopped, a change is under way: the table says so, commands are
 * in the queue, and nobody has looked at them. Where the guest arrives they are
 * carried out.
 */
#include <errno.h>
#include <string.h>

#include "nested.h"
#include "vmm.h"

#define QUEUE_BYTES	GUEST_PAGE
/* How often it changes its table each time that it is its turn. */
#define CHANGES		16

static void *at_gpa(const struct vmm *vmm, uint64_t gpa)
{
	return vmm->memory + (gpa - GUEST_IOVA);
}

static uint32_t *answer(const struct vmm *vmm)
{
	return at_gpa(vmm, driver_gpa(vmm, DRIVER_ANSWER));
}

int driver_open(struct vmm *vmm, const struct vendor *vendor)
{
	struct driver_queue *q = &vmm->queue;
	int rc;

	for (q->vendor = nested_vendors; q->vendor->kind != vendor->kind;)
		q->vendor++;
	q->commands = at_gpa(vmm, driver_gpa(vmm, DRIVER_QUEUE));
	q->entries = QUEUE_BYTES / (q->vendor->words * sizeof(uint64_t));
	rc = driver_queue_open(q, vmm->iommu, vmm->viommu,
			       driver_gpa(vmm, DRIVER_QUEUE));
	return rc ? cannot("cannot read the guest's queue: %s", strerror(-rc)) :
		    0;
}

void driver_close(struct vmm *vmm)
{
	driver_queue_close(&vmm->queue);
}

/* Change the table, and say so in the queue; nobody is told yet. */
static void change(struct vmm *vmm)
{
	/* What the guest calls the table: SMMUv3's first ASID is 1. */
	const struct nested_space space = {
		.pasid = vmm->queue.vendor->kind == IOMMUFDX_MOCK_KIND_SMMUV3,
	};
	const uint64_t both = driver_gpa(vmm, DRIVER_FLIP) ^
			      driver_gpa(vmm, DRIVER_FLOP);
	uint64_t page[NESTED_WORDS] = { 0 }, sync[NESTED_WORDS] = { 0 };
	uint64_t *entry = guest_flip_entry(vmm);

	__atomic_store_n(answer(vmm), 0, __ATOMIC_RELAXED);
	__atomic_store_n(entry, *entry ^ both, __ATOMIC_RELEASE);
	vmm->queue.vendor->page(&space, vmm->view + vmm->data, page);
	vmm->queue.vendor->sync(driver_gpa(vmm, DRIVER_ANSWER), 1, sync);
	driver_queue_put(&vmm->queue, page);
	driver_queue_put(&vmm->queue, sync);
	driver_queue_publish(&vmm->queue);
	vmm->changes++;
}

/* When the hardware has said that it forgot: does DMA of a device follow? */
static int follow(struct vmm *vmm)
{
	uint64_t stamp = ~vmm->changes, *entry = guest_flip_entry(vmm);
	struct iommufdx_mock_dma txn = {
		.iommu_id = vmm->mock_iommu,
		.rid = GUEST_RID,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = vmm->view + vmm->data,
		.length = sizeof(stamp),
		.uptr = (uintptr_t)&stamp,
	};
	int rc;

	rc = driver_queue_wait(&vmm->queue, answer(vmm));
	if (rc)
		return cannot("the guest's IOMMU does not answer: %s",
			      strerror(-rc));
	rc = iommufdx_mock_dma(vmm->mock, &txn);
	if (rc)
		return cannot("no DMA: %s", strerror(-rc));
	if (txn.out_status != IOMMUFDX_MOCK_DMA_OK ||
	    memcmp(at_gpa(vmm, *entry & 0xfffffffff000ull), &stamp,
		   sizeof(stamp)))
		vmm->astray++;
	return 0;
}

int driver_run(struct vmm *vmm, const struct device_state *state)
{
	struct driver_queue *q = &vmm->queue;
	int rc;

	/* The guest knows where its driver was. */
	q->prod = state->prod >> q->vendor->index_shift;
	rc = iommufdx_guest_queue_start(q->queue, IOMMUFDX_GUEST_QUEUE_SET_INDEX,
					state->prod, state->cons);
	if (rc)
		return cannot("cannot run the guest's queue: %s", strerror(-rc));
	return state->waiting ? follow(vmm) : 0;
}

int driver_work(struct vmm *vmm)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < CHANGES; i++) {
		change(vmm);
		rc = driver_queue_kick(&vmm->queue);
		if (!rc)
			rc = follow(vmm);
	}
	return rc;
}

static void set_bit(uint64_t *bitmap, uint64_t gpa)
{
	uint64_t page = (gpa - GUEST_IOVA) / GUEST_PAGE;

	bitmap[page / 64] |= 1ull << page % 64;
}

void driver_dirty(struct vmm *vmm, uint64_t *bitmap)
{
	uint8_t *entry = (uint8_t *)guest_flip_entry(vmm);

	set_bit(bitmap, driver_gpa(vmm, DRIVER_QUEUE));
	set_bit(bitmap, driver_gpa(vmm, DRIVER_ANSWER));
	set_bit(bitmap, GUEST_IOVA + (entry - vmm->memory));
}

int driver_stop(struct vmm *vmm, struct device_state *state)
{
	struct driver_queue *q = &vmm->queue;
	struct iommufdx_guest_queue_status status;
	int rc;

	change(vmm);
	rc = iommufdx_guest_queue_stop(q->queue, &status);
	if (rc)
		return cannot("cannot stop the guest's queue: %s",
			      strerror(-rc));
	state->prod = status.prod;
	state->cons = status.cons;
	state->waiting = (q->prod - (status.cons >> q->vendor->index_shift)) &
			 ((q->entries << q->vendor->wrap_bit) - 1);
	return 0;
}
