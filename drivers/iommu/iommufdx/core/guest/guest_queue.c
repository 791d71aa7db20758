// SPDX-License-Identifier: GPL-2.0-only
/* Guests' own command queues: life, eventfds and control. See guest_queue.h. */
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "core/access.h"
#include "compat.h"
#include "core/dirty/dirty_debt.h"
#include "guest_queue.h"
#include "core/hwpt.h"
#include "kick.h"
#include "viommu.h"

/* Commands that are executed before others have their turn. */
#define FDX_GUEST_QUEUE_PORTION		256

/**
 * struct fdx_guest_queue - a guest's queue
 * @hwq: the object it belongs to
 * @reader: how it is read; all of that is guarded by @reader.inv.to.lock
 * @vaddr: the pages of the queue, mapped
 * @mmap_offset: where user space finds the registers, 0 before it does
 * @ctrl_lock: guards @kick's life and the change of @event and @irq; taken
 *	before @reader.inv.to.lock
 * @kick: has the queue read
 * @event: tells the VMM that it stopped by itself, or NULL
 * @irq: is the guest's interrupt, or NULL
 */
struct fdx_guest_queue {
	struct fdx_hw_queue *hwq;
	struct fdx_guest_reader reader;
	void *vaddr;
	u64 mmap_offset;
	struct mutex ctrl_lock;
	struct fdx_kick kick;
	struct eventfd_ctx *event;
	struct eventfd_ctx *irq;
};

/* --------------------------------------------------------------------- reading */

static void guest_queue_signal(struct eventfd_ctx *eventfd)
{
	if (eventfd)
		compat_eventfd_signal(eventfd);
}

static void guest_queue_event(struct fdx_guest_reader *reader)
{
	struct fdx_guest_queue *gq =
		container_of(reader, struct fdx_guest_queue, reader);

	if (reader->state == IOMMUFDX_GUEST_QUEUE_ERROR &&
	    reader->ops->log_error)
		reader->ops->log_error(gq->hwq->queue.viommu, reader->error,
				       reader->error_addr);
	guest_queue_signal(gq->event);
}

static void guest_queue_interrupt(struct fdx_guest_reader *reader)
{
	guest_queue_signal(container_of(reader, struct fdx_guest_queue,
					reader)->irq);
}

static int guest_queue_store(struct fdx_guest_reader *reader, u64 addr,
			     u64 value, unsigned int bytes)
{
	struct fdx_hw_queue *hwq =
		container_of(reader, struct fdx_guest_queue, reader)->hwq;
	struct fdx_hwpt_paging *parent = hwq->viommu->hwpt;
	const unsigned long page = addr & PAGE_MASK;
	u32 word = value;
	int rc;

	if (addr > ULONG_MAX || !IS_ALIGNED(addr, bytes))
		return -EINVAL;
	/* For a migration it is a write like those of the guest's devices. */
	if (READ_ONCE(parent->tracking) &&
	    !fdx_debt_add(&parent->debt, page, page | ~PAGE_MASK))
		return -ENOMEM;
	rc = iommufdx_access_rw(hwq->access, addr,
				bytes == sizeof(word) ? (void *)&word :
							(void *)&value,
				bytes, IOMMUFDX_ACCESS_WRITE |
				       IOMMUFDX_ACCESS_PIN);
	if (rc)
		return rc;
	/* Who read the dirty bits in between has copied what was there before. */
	if (READ_ONCE(parent->tracking))
		fdx_debt_written(&parent->debt, page, page | ~PAGE_MASK);
	return 0;
}

static bool guest_queue_kicked(struct fdx_kick *kick)
{
	struct fdx_guest_queue *gq =
		container_of(kick, struct fdx_guest_queue, kick);

	return fdx_guest_reader_run(&gq->reader, FDX_GUEST_QUEUE_PORTION);
}

/* ------------------------------------------------------------------------ life */

bool fdx_guest_queue_has(const struct iommufdx_viommu *viommu, u32 type)
{
	const struct iommufdx_guest_queue_ops *ops = viommu->ops->guest_queue;

	return ops && ops->type == type;
}

static int guest_queue_check(const struct iommufdx_hw_queue *queue,
			     const struct iommufdx_guest_queue_ops *ops)
{
	if (queue->index || !is_power_of_2(queue->length) ||
	    queue->length < (u64)ops->min_entries * ops->cmd_size ||
	    queue->length > (u64)ops->max_entries * ops->cmd_size)
		return -EINVAL;
	return IS_ALIGNED(queue->iova, ops->align ? ops->align :
						    queue->length) ?
		       0 : -EINVAL;
}

int fdx_guest_queue_create(struct fdx_hw_queue *hwq)
{
	const struct iommufdx_viommu_ops *ops = hwq->queue.viommu->ops;
	struct fdx_viommu *viommu = hwq->viommu;
	struct fdx_guest_reader *reader;
	struct fdx_guest_queue *gq;
	struct fdx_inv_target to;
	int rc;

	rc = guest_queue_check(&hwq->queue, ops->guest_queue);
	if (rc)
		return rc;
	rc = fdx_inv_target_of(&viommu->obj, &to);
	if (rc)
		return rc;
	gq = kzalloc(sizeof(*gq), GFP_KERNEL_ACCOUNT);
	if (!gq)
		return -ENOMEM;
	mutex_init(&gq->ctrl_lock);
	gq->hwq = hwq;
	hwq->guest = gq;
	/* One at a time. */
	if (cmpxchg(&viommu->guest_queue, NULL, gq))
		return -EEXIST;

	reader = &gq->reader;
	reader->ops = ops->guest_queue;
	reader->base = hwq->queue.iova;
	reader->entries = hwq->queue.length / reader->ops->cmd_size;
	reader->store = guest_queue_store;
	reader->interrupt = guest_queue_interrupt;
	reader->event = guest_queue_event;
	reader->copy = kmalloc(reader->ops->cmd_size, GFP_KERNEL_ACCOUNT);
	reader->registers = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!reader->copy || !reader->registers)
		return -ENOMEM;
	rc = fdx_inv_alloc(&reader->inv, &to, 0);
	if (rc)
		return rc;
	return fdx_mmap_add(viommu->ictx, &hwq->obj,
			    virt_to_phys(reader->registers), PAGE_SIZE,
			    &gq->mmap_offset);
}

int fdx_guest_queue_map(struct fdx_hw_queue *hwq, struct page **pages,
			unsigned long npages)
{
	struct fdx_guest_queue *gq = hwq->guest;

	gq->vaddr = vmap(pages, npages, VM_MAP, PAGE_KERNEL_RO);
	if (!gq->vaddr)
		return -ENOMEM;
	gq->reader.commands = gq->vaddr + offset_in_page(hwq->queue.iova);
	return 0;
}

static void eventfd_drop(struct eventfd_ctx *eventfd)
{
	if (eventfd)
		eventfd_ctx_put(eventfd);
}

void fdx_guest_queue_destroy(struct fdx_hw_queue *hwq)
{
	struct fdx_guest_queue *gq = hwq->guest;

	if (!gq)
		return;
	fdx_kick_stop(&gq->kick);
	eventfd_drop(gq->event);
	eventfd_drop(gq->irq);
	if (gq->mmap_offset)
		fdx_mmap_remove(hwq->viommu->ictx, &hwq->obj, gq->mmap_offset);
	vunmap(gq->vaddr);
	fdx_inv_free(&gq->reader.inv);
	free_page((unsigned long)gq->reader.registers);
	kfree(gq->reader.copy);
	cmpxchg(&hwq->viommu->guest_queue, gq, NULL);
	mutex_destroy(&gq->ctrl_lock);
	kfree(gq);
}

/* --------------------------------------------------------------------- control */

static struct eventfd_ctx *eventfd_take(int fd)
{
	return fd == -1 ? NULL : eventfd_ctx_fdget(fd);
}

static int guest_queue_eventfds(struct fdx_guest_queue *gq,
				struct iommufdx_ctx *ictx,
				const struct iommufdx_guest_queue_ctrl *cmd)
{
	struct eventfd_ctx *event, *irq;
	int rc;

	lockdep_assert_held(&gq->ctrl_lock);

	if (READ_ONCE(gq->reader.state) == IOMMUFDX_GUEST_QUEUE_RUNNING)
		return -EBUSY;
	event = eventfd_take(cmd->event_fd);
	if (IS_ERR(event))
		return PTR_ERR(event);
	irq = eventfd_take(cmd->irq_fd);
	if (IS_ERR(irq)) {
		eventfd_drop(event);
		return PTR_ERR(irq);
	}
	rc = fdx_kick_start(&gq->kick, ictx, cmd->kick_fd, guest_queue_kicked);
	if (!rc) {
		swap(gq->event, event);
		swap(gq->irq, irq);
	}
	eventfd_drop(event);
	eventfd_drop(irq);
	return rc;
}

static int guest_queue_start(struct fdx_guest_queue *gq,
			     const struct iommufdx_guest_queue_ctrl *cmd)
{
	bool set = cmd->flags & IOMMUFDX_GUEST_QUEUE_SET_INDEX;
	int rc;

	lockdep_assert_held(&gq->ctrl_lock);

	if (!gq->kick.eventfd)
		return -EINVAL;
	rc = fdx_guest_reader_start(&gq->reader, set ? &cmd->prod : NULL,
				    set ? &cmd->cons : NULL,
				    cmd->flags & IOMMUFDX_GUEST_QUEUE_SKIP);
	/* What was kicked before it ran was not looked at. */
	if (!rc)
		fdx_kick_now(&gq->kick);
	return rc;
}

static int guest_queue_do(struct fdx_guest_queue *gq, struct iommufdx_ctx *ictx,
			  const struct iommufdx_guest_queue_ctrl *cmd)
{
	if (cmd->flags && cmd->op != IOMMUFDX_GUEST_QUEUE_START)
		return -EINVAL;
	switch (cmd->op) {
	case IOMMUFDX_GUEST_QUEUE_GET:
		return 0;
	case IOMMUFDX_GUEST_QUEUE_EVENTFDS:
		return guest_queue_eventfds(gq, ictx, cmd);
	case IOMMUFDX_GUEST_QUEUE_START:
		return guest_queue_start(gq, cmd);
	case IOMMUFDX_GUEST_QUEUE_STOP:
		fdx_guest_reader_stop(&gq->reader);
		return 0;
	case IOMMUFDX_GUEST_QUEUE_RESTORE:
		return fdx_guest_reader_restore(&gq->reader, cmd);
	default:
		return -EOPNOTSUPP;
	}
}

static void guest_queue_tell(struct fdx_guest_queue *gq,
			     struct iommufdx_guest_queue_ctrl *cmd)
{
	struct fdx_guest_reader *reader = &gq->reader;

	mutex_lock(reader->inv.to.lock);
	cmd->prod = fdx_guest_reader_prod(reader);
	cmd->cons = fdx_guest_reader_cons(reader);
	cmd->out_state = reader->state;
	cmd->out_error = reader->error;
	cmd->out_events = reader->events;
	mutex_unlock(reader->inv.to.lock);
	cmd->out_prod_offset = reader->ops->prod_offset;
	cmd->out_cons_offset = reader->ops->cons_offset;
	cmd->out_mmap_offset = gq->mmap_offset;
	cmd->out_mmap_length = PAGE_SIZE;
}

int fdx_guest_queue_ctrl_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommufdx_guest_queue_ctrl *cmd = ucmd->cmd;
	struct fdx_guest_queue *gq;
	struct fdx_object *obj;
	int rc;

	if (cmd->flags & ~(IOMMUFDX_GUEST_QUEUE_SET_INDEX |
			   IOMMUFDX_GUEST_QUEUE_SKIP))
		return -EOPNOTSUPP;
	obj = fdx_get_object(ucmd->ictx, cmd->queue_id, FDX_OBJ_HW_QUEUE);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	gq = container_of(obj, struct fdx_hw_queue, obj)->guest;
	if (gq) {
		mutex_lock(&gq->ctrl_lock);
		rc = guest_queue_do(gq, ucmd->ictx, cmd);
		if (!rc) {
			guest_queue_tell(gq, cmd);
			rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
		}
		mutex_unlock(&gq->ctrl_lock);
	} else {
		rc = -ENOENT;
	}
	fdx_put_object(ucmd->ictx, obj);
	return rc;
}
