// SPDX-License-Identifier: GPL-2.0-only
/* Event queues: the file that fault queues and vevent queues share. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/iommufdx/device.h>
#include "eventq.h"

__poll_t fdx_eventq_poll(struct file *file, struct poll_table_struct *wait)
{
	struct fdx_eventq *eventq = file->private_data;
	__poll_t mask = 0;

	/* A fault queue can take an answer at any time. */
	if (eventq->obj.type == FDX_OBJ_FAULT)
		mask |= EPOLLOUT;
	poll_wait(file, &eventq->wait, wait);
	spin_lock(&eventq->lock);
	if (!list_empty(&eventq->deliver))
		mask |= EPOLLIN | EPOLLRDNORM;
	spin_unlock(&eventq->lock);
	return mask;
}

int fdx_eventq_release(struct inode *inode, struct file *file)
{
	struct fdx_eventq *eventq = file->private_data;
	struct iommufdx_ctx *ictx = eventq->ictx;

	/* The queue may be gone with its last user. */
	refcount_dec(&eventq->obj.users);
	iommufdx_ctx_put(ictx);
	return 0;
}

void fdx_eventq_init(struct fdx_eventq *eventq, struct iommufdx_ctx *ictx)
{
	eventq->ictx = ictx;
	spin_lock_init(&eventq->lock);
	INIT_LIST_HEAD(&eventq->deliver);
	init_waitqueue_head(&eventq->wait);
}

int fdx_eventq_publish(struct fdx_eventq *eventq, int fd, const char *name,
		       const struct file_operations *fops)
{
	struct file *file;

	file = anon_inode_getfile(name, fops, eventq, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	/* What the release of the file gives back. */
	get_file(eventq->ictx->file);
	refcount_inc(&eventq->obj.users);
	fdx_object_finalize(eventq->ictx, &eventq->obj);
	fd_install(fd, file);
	return 0;
}
