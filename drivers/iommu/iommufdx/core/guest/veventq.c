// SPDX-License-Identifier: GPL-2.0-only
/*
 * vevent queues: a guest's IOMMU events on their way to its VMM.
 *
 * Events carry a sequence number. An event that finds the queue full is lost:
 * in its place the queue's own *lost marker* is moved to the end of the list
 * with the sequence number the event would have had, and without data. The
 * next event that fits takes the marker's place if the marker is last; the gap
 * in the numbers then tells how many were lost.
 *
 * Locks: fdx_viommu.veventqs_rwsem -> fdx_veventq.read_lock -> fdx_eventq.lock.
 * Events may come from an interrupt handler, without which hardware, and so a
 * flush in the middle of reclaim, does not go on: nobody waits for memory with
 * veventqs_rwsem held.
 */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include "viommu.h"

/* More than any hardware's event queue holds. */
#define FDX_VEVENTQ_MAX_DEPTH	(1U << 19)

/**
 * struct fdx_vevent - one event
 * @node: in fdx_eventq.deliver
 * @header: what user space reads first
 * @len: bytes of @data; 0 for the lost marker
 * @data: the vendor's record
 */
struct fdx_vevent {
	struct list_head node;
	struct iommufd_vevent_header header;
	size_t len;
	u8 data[];
};

/**
 * struct fdx_veventq - a vevent queue
 * @common: head
 * @viommu: whose; a use is held
 * @node: in fdx_viommu.veventqs
 * @read_lock: one reader at a time
 * @type: uAPI type of its events
 * @depth: how many events it holds at most
 * @count: how many it holds, the marker apart (@common.lock)
 * @sequence: number of the next event (@common.lock)
 * @lost: the lost marker, in the list when something was lost
 */
struct fdx_veventq {
	struct fdx_eventq common;
	struct fdx_viommu *viommu;
	struct list_head node;
	struct mutex read_lock;
	u32 type;
	u32 depth;
	u32 count;
	u32 sequence;
	struct fdx_vevent *lost;
};

static struct fdx_veventq *fdx_find_veventq(struct fdx_viommu *viommu, u32 type)
{
	struct fdx_veventq *veventq;

	lockdep_assert_held(&viommu->veventqs_rwsem);

	list_for_each_entry(veventq, &viommu->veventqs, node)
		if (veventq->type == type)
			return veventq;
	return NULL;
}

/* Append @event, or the lost marker for NULL. */
static void fdx_veventq_append(struct fdx_veventq *veventq,
			       struct fdx_vevent *event)
{
	struct list_head *list = &veventq->common.deliver;

	lockdep_assert_held(&veventq->common.lock);

	if (!list_empty(&veventq->lost->node) &&
	    list_is_last(&veventq->lost->node, list))
		list_del_init(&veventq->lost->node);
	if (event)
		veventq->count++;
	else
		event = veventq->lost;
	/* A marker further up stays there: it moves to the newest loss. */
	list_move_tail(&event->node, list);
	event->header.sequence = veventq->sequence;
	veventq->sequence = (veventq->sequence + 1) & INT_MAX;
	wake_up_interruptible(&veventq->common.wait);
}

int iommufdx_viommu_report_event(struct iommufdx_viommu *viommu, u32 type,
				 const void *data, size_t len)
{
	struct fdx_viommu *core = viommu->core;
	struct fdx_veventq *veventq;
	struct fdx_vevent *event;
	int rc = 0;

	if (WARN_ON_ONCE(!data || !len))
		return -EINVAL;

	down_read(&core->veventqs_rwsem);
	veventq = fdx_find_veventq(core, type);
	if (!veventq) {
		rc = -EOPNOTSUPP;
		goto out_unlock;
	}
	event = kzalloc(struct_size(event, data, len), IOMMUFDX_GFP_LOCKED);
	if (event) {
		INIT_LIST_HEAD(&event->node);
		event->len = len;
		memcpy(event->data, data, len);
	} else {
		rc = -ENOMEM;
	}

	spin_lock(&veventq->common.lock);
	if (event && veventq->count == veventq->depth) {
		kfree(event);
		event = NULL;
	}
	fdx_veventq_append(veventq, event);
	spin_unlock(&veventq->common.lock);
out_unlock:
	up_read(&core->veventqs_rwsem);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_report_event);

/*
 * Copy the oldest event out. Returns its bytes, 0 when there is none or it does
 * not fit, or an errno. The event leaves the list only when it was copied.
 */
static ssize_t fdx_veventq_read_one(struct fdx_veventq *veventq,
				    char __user *buf, size_t room)
{
	struct fdx_eventq *eventq = &veventq->common;
	struct iommufd_vevent_header header;
	struct fdx_vevent *event;
	size_t size;

	lockdep_assert_held(&veventq->read_lock);

	/* Readers alone take events away, so a normal one stays what it is. */
	spin_lock(&eventq->lock);
	event = list_first_entry_or_null(&eventq->deliver, struct fdx_vevent,
					 node);
	if (!event) {
		spin_unlock(&eventq->lock);
		return 0;
	}
	header = event->header;
	size = sizeof(header) + event->len;
	/* The marker may move any time: take it, and its number, right now. */
	if (event == veventq->lost && size <= room)
		list_del_init(&event->node);
	spin_unlock(&eventq->lock);

	if (size > room)
		return 0;
	if (copy_to_user(buf, &header, sizeof(header)) ||
	    copy_to_user(buf + sizeof(header), event->data, event->len)) {
		spin_lock(&eventq->lock);
		if (event == veventq->lost && list_empty(&event->node))
			list_add(&event->node, &eventq->deliver);
		spin_unlock(&eventq->lock);
		return -EFAULT;
	}
	if (event != veventq->lost) {
		spin_lock(&eventq->lock);
		list_del(&event->node);
		veventq->count--;
		spin_unlock(&eventq->lock);
		kfree(event);
	}
	return size;
}

static bool fdx_veventq_empty(struct fdx_veventq *veventq)
{
	bool empty;

	spin_lock(&veventq->common.lock);
	empty = list_empty(&veventq->common.deliver);
	spin_unlock(&veventq->common.lock);
	return empty;
}

static ssize_t fdx_veventq_read(struct file *file, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct fdx_veventq *veventq =
		container_of(file->private_data, struct fdx_veventq, common);
	size_t done = 0;
	ssize_t rc;

	if (*ppos)
		return -ESPIPE;
	if (count < sizeof(struct iommufd_vevent_header))
		return -EINVAL;

	mutex_lock(&veventq->read_lock);
	do {
		rc = fdx_veventq_read_one(veventq, buf + done, count - done);
		if (rc > 0)
			done += rc;
	} while (rc > 0);
	if (!rc && !done && !fdx_veventq_empty(veventq))
		rc = -EINVAL;
	mutex_unlock(&veventq->read_lock);
	return done ? done : rc;
}

static const struct file_operations fdx_veventq_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.read = fdx_veventq_read,
	.poll = fdx_eventq_poll,
	.release = fdx_eventq_release,
};

/* Undo what making the queue did; veventqs_rwsem is held for writing. */
static void fdx_veventq_teardown(struct fdx_veventq *veventq)
{
	struct fdx_vevent *event, *next;

	lockdep_assert_held_write(&veventq->viommu->veventqs_rwsem);

	list_del(&veventq->node);
	list_for_each_entry_safe(event, next, &veventq->common.deliver, node)
		if (event != veventq->lost)
			kfree(event);
	kfree(veventq->lost);
	mutex_destroy(&veventq->read_lock);
	refcount_dec(&veventq->viommu->obj.users);
}

void fdx_veventq_destroy(struct fdx_object *obj)
{
	struct fdx_veventq *veventq =
		container_of(obj, struct fdx_veventq, common.obj);
	struct fdx_viommu *viommu = veventq->viommu;

	/* The use of the vIOMMU is dropped within: it must outlive the lock. */
	refcount_inc(&viommu->obj.users);
	down_write(&viommu->veventqs_rwsem);
	fdx_veventq_teardown(veventq);
	up_write(&viommu->veventqs_rwsem);
	refcount_dec(&viommu->obj.users);
}

/* The first of its type: it gets events from now on. */
static int fdx_veventq_join(struct fdx_veventq *veventq,
			    struct fdx_viommu *viommu)
{
	int rc = 0;

	down_write(&viommu->veventqs_rwsem);
	if (fdx_find_veventq(viommu, veventq->type)) {
		rc = -EEXIST;
	} else {
		veventq->viommu = viommu;
		refcount_inc(&viommu->obj.users);
		list_add_tail(&veventq->node, &viommu->veventqs);
	}
	up_write(&viommu->veventqs_rwsem);
	return rc;
}

static int fdx_veventq_create(struct fdx_ucmd *ucmd, struct fdx_viommu *viommu)
{
	struct iommu_veventq_alloc *cmd = ucmd->cmd;
	struct fdx_veventq *veventq;
	struct fdx_object *obj;
	int fd, rc;

	obj = fdx_object_alloc(ucmd->ictx, sizeof(*veventq), FDX_OBJ_VEVENTQ);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	veventq = container_of(obj, struct fdx_veventq, common.obj);
	veventq->lost = kzalloc(sizeof(*veventq->lost), GFP_KERNEL_ACCOUNT);
	if (!veventq->lost) {
		fdx_object_discard(ucmd->ictx, obj);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&veventq->lost->node);
	veventq->lost->header.flags = IOMMU_VEVENTQ_FLAG_LOST_EVENTS;
	fdx_eventq_init(&veventq->common, ucmd->ictx);
	mutex_init(&veventq->read_lock);
	veventq->type = cmd->type;
	veventq->depth = cmd->veventq_depth;
	rc = fdx_veventq_join(veventq, viommu);
	if (rc) {
		mutex_destroy(&veventq->read_lock);
		kfree(veventq->lost);
		fdx_object_discard(ucmd->ictx, obj);
		return rc;
	}

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		rc = fd;
		goto err_teardown;
	}
	cmd->out_veventq_id = obj->id;
	cmd->out_veventq_fd = fd;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto err_fd;
	rc = fdx_eventq_publish(&veventq->common, fd, "[iommufdx-vevent]",
				&fdx_veventq_fops);
	if (rc)
		goto err_fd;
	return 0;

err_fd:
	put_unused_fd(fd);
err_teardown:
	down_write(&viommu->veventqs_rwsem);
	fdx_veventq_teardown(veventq);
	up_write(&viommu->veventqs_rwsem);
	fdx_object_discard(ucmd->ictx, obj);
	return rc;
}

int fdx_veventq_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_veventq_alloc *cmd = ucmd->cmd;
	struct fdx_viommu *viommu;
	int rc;

	if (cmd->flags || cmd->__reserved ||
	    cmd->type == IOMMU_VEVENTQ_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	if (!cmd->veventq_depth || cmd->veventq_depth > FDX_VEVENTQ_MAX_DEPTH)
		return -EINVAL;

	viommu = fdx_get_viommu(ucmd->ictx, cmd->viommu_id);
	if (IS_ERR(viommu))
		return PTR_ERR(viommu);
	rc = fdx_veventq_create(ucmd, viommu);
	fdx_put_object(ucmd->ictx, &viommu->obj);
	return rc;
}
