/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event queues: objects with a file of their own, from which user space reads
 * page requests (fault queue) or a guest's IOMMU events (vevent queue).
 */
#ifndef __IOMMUFDX_EVENTQ_H
#define __IOMMUFDX_EVENTQ_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <linux/iommufdx/fault.h>
#include "object.h"

struct fdx_hwpt;
struct fdx_viommu;
struct iommufdx_device;

/**
 * struct fdx_eventq - what both kinds share
 * @obj: its ID; the open file is a user
 * @ictx: the iommufd; the open file holds a reference
 * @lock: guards @deliver
 * @deliver: what is waiting to be read, oldest first
 * @wait: readers and pollers
 */
struct fdx_eventq {
	struct fdx_object obj;
	struct iommufdx_ctx *ictx;
	spinlock_t lock;
	struct list_head deliver;
	wait_queue_head_t wait;
};

void fdx_eventq_init(struct fdx_eventq *eventq, struct iommufdx_ctx *ictx);
/*
 * Make the queue's file, publish the object and install the descriptor, which
 * was reserved and is known to user space already. Last step of an ioctl: a
 * file that failed later would give back its use of the object too late.
 */
int fdx_eventq_publish(struct fdx_eventq *eventq, int fd, const char *name,
		       const struct file_operations *fops);
__poll_t fdx_eventq_poll(struct file *file, struct poll_table_struct *wait);
int fdx_eventq_release(struct inode *inode, struct file *file);

/**
 * struct fdx_fault - a fault queue
 * @common: head; groups of page requests wait in its list
 * @read_lock: one reader at a time
 * @lock: guards all below; not held while user memory is touched, because who
 *	holds a group's lock takes it
 * @response: cookie to the group that was read and not answered yet
 * @reading: of these, the one that a reader is copying; NULL also when that was
 *	answered meanwhile, and is the reader's to free
 * @closed: its file has gone; set under both locks
 */
struct fdx_fault {
	struct fdx_eventq common;
	struct mutex read_lock;
	struct mutex lock;
	struct xarray response;
	struct fdx_fault_group *reading;
	bool closed;
};

/**
 * struct fdx_fault_group - page requests that get one answer
 * @node: in fdx_eventq.deliver or fdx_hwpt_sva.waiting, or on a list of one's own
 * @idev: the device that is owed the answer
 * @hwpt: what its requests were taken for
 * @pasid: attachment that took it
 * @cookie: key in fdx_fault.response
 * @count: how many requests
 * @reqs: the requests, the last one last
 */
struct fdx_fault_group {
	struct list_head node;
	struct iommufdx_device *idev;
	struct fdx_hwpt *hwpt;
	u32 pasid;
	u32 cookie;
	unsigned int count;
	struct iommufdx_page_request reqs[];
};

/* Answer a group's device, and: free the group then. */
void fdx_fault_group_respond(const struct fdx_fault_group *group,
			     enum iommufdx_page_response code);
void fdx_fault_group_answer(struct fdx_fault_group *group,
			    enum iommufdx_page_response code);

int fdx_fault_alloc_ioctl(struct fdx_ucmd *ucmd);
void fdx_fault_destroy(struct fdx_object *obj);
struct fdx_fault *fdx_get_fault(struct iommufdx_ctx *ictx, u32 id);
/*
 * Refuse what is outstanding of one attachment that is going away; the group's
 * lock is held, so no more can come.
 */
void fdx_fault_refuse(struct fdx_hwpt *hwpt, struct iommufdx_device *idev,
		      u32 pasid);

int fdx_veventq_alloc_ioctl(struct fdx_ucmd *ucmd);
void fdx_veventq_destroy(struct fdx_object *obj);

#endif /* __IOMMUFDX_EVENTQ_H */
