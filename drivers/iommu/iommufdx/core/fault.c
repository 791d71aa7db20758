// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault queues: page requests on their way to user space, and the answers.
 *
 * A group of requests is in one place at a time: collected on its master until
 * the last request has come, in the queue's list until it is read, in the
 * queue's response table until it is answered. Whoever takes it out of its
 * place answers the device and frees it. Where the HWPT follows a process, groups
 * go to sva_fault.c instead.
 *
 * Locks: iommufdx_group.lock (which HWPT takes the requests) -> fdx_fault.lock
 * -> fdx_eventq.lock. What comes behind a group's lock is waited for by the page
 * requests of everybody behind the IOMMU: none is held over user memory.
 */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/iommufdx/fault.h>
#include <uapi/linux/iommufd.h>
#include "device.h"
#include "eventq.h"
#include "hwpt.h"
#include "core/sva/sva.h"

/* A device that never says "last" may hold this many requests, no more. */
#define FDX_PARTIAL_MAX		512

/*
 * A device waits for the answers to this many requests at most. Devices have room
 * for fewer; one that is stopped and starts anew could ask without an end.
 */
#define FDX_UNANSWERED_MAX	512

/* A request that waits on its master for the last one of its group. */
struct fdx_partial {
	struct list_head node;
	struct iommufdx_page_request req;
};

static void fdx_page_respond(struct iommufdx_master *master,
			     const struct iommufdx_page_request *req,
			     enum iommufdx_page_response code)
{
	const struct iommufdx_iommu_ops *ops = master->iommu->ops;

	/* A command may be refused for a reason that has passed. */
	if (ops->page_response && ops->page_response(master, req, code) == -EIO)
		ops->page_response(master, req, code);
}

void fdx_fault_group_respond(const struct fdx_fault_group *group,
			     enum iommufdx_page_response code)
{
	struct iommufdx_master *master = group->idev->master;

	atomic_sub(group->count, &master->unanswered);
	fdx_page_respond(master, &group->reqs[group->count - 1], code);
}

void fdx_fault_group_answer(struct fdx_fault_group *group,
			    enum iommufdx_page_response code)
{
	fdx_fault_group_respond(group, code);
	kfree(group);
}

static bool fdx_same_group(const struct iommufdx_page_request *a,
			   const struct iommufdx_page_request *b)
{
	return a->grpid == b->grpid && a->pasid == b->pasid &&
	       !((a->flags ^ b->flags) & IOMMUFDX_PAGE_PASID_VALID);
}

static int fdx_partial_add(struct iommufdx_master *master,
			   const struct iommufdx_page_request *req)
{
	struct fdx_partial *partial;
	int rc = 0;

	partial = kzalloc(sizeof(*partial), GFP_KERNEL);
	if (!partial)
		return -ENOMEM;
	partial->req = *req;
	mutex_lock(&master->partial_lock);
	if (master->nr_partial < FDX_PARTIAL_MAX) {
		list_add_tail(&partial->node, &master->partial);
		master->nr_partial++;
	} else {
		rc = -ENOMEM;
	}
	mutex_unlock(&master->partial_lock);
	if (rc)
		kfree(partial);
	return rc;
}

/* Take the group that @last completes off its master. */
static struct fdx_fault_group *
fdx_partial_collect(struct iommufdx_master *master,
		    const struct iommufdx_page_request *last)
{
	struct fdx_partial *cur, *next;
	struct fdx_fault_group *group;
	unsigned int count = 1;
	LIST_HEAD(mine);

	mutex_lock(&master->partial_lock);
	list_for_each_entry_safe(cur, next, &master->partial, node) {
		if (!fdx_same_group(&cur->req, last))
			continue;
		list_move_tail(&cur->node, &mine);
		master->nr_partial--;
		count++;
	}
	mutex_unlock(&master->partial_lock);

	group = kzalloc(struct_size(group, reqs, count), GFP_KERNEL);
	if (group)
		group->count = count;
	count = 0;
	list_for_each_entry_safe(cur, next, &mine, node) {
		if (group)
			group->reqs[count++] = cur->req;
		kfree(cur);
	}
	if (group)
		group->reqs[count] = *last;
	return group;
}

static u32 fdx_request_pasid(const struct iommufdx_page_request *req)
{
	return req->flags & IOMMUFDX_PAGE_PASID_VALID ? req->pasid :
							IOMMUFDX_NO_PASID;
}

/* What is still in the hardware's queue becomes partial groups first. */
static void fdx_page_drain(struct iommufdx_master *master)
{
	if (master->iommu->ops->page_drain)
		master->iommu->ops->page_drain(master->iommu);
}

void fdx_partial_detached(struct iommufdx_master *master, u32 pasid)
{
	struct fdx_partial *cur, *next;
	u32 of;

	fdx_page_drain(master);
	mutex_lock(&master->partial_lock);
	list_for_each_entry_safe(cur, next, &master->partial, node) {
		of = fdx_request_pasid(&cur->req);
		/* The RID's HWPT may have taken those of a guest's PASIDs. */
		if (of != pasid && (pasid != IOMMUFDX_NO_PASID ||
				    xa_load(&master->group->attached, of)))
			continue;
		list_del(&cur->node);
		kfree(cur);
		master->nr_partial--;
	}
	mutex_unlock(&master->partial_lock);
}

void iommufdx_device_was_reset(struct iommufdx_device *idev)
{
	fdx_page_drain(idev->master);
	fdx_partial_drop(idev->master);
}
EXPORT_SYMBOL_GPL(iommufdx_device_was_reset);

void fdx_partial_drop(struct iommufdx_master *master)
{
	struct fdx_partial *cur, *next;

	mutex_lock(&master->partial_lock);
	list_for_each_entry_safe(cur, next, &master->partial, node)
		kfree(cur);
	INIT_LIST_HEAD(&master->partial);
	master->nr_partial = 0;
	mutex_unlock(&master->partial_lock);
}

/*
 * Who takes the requests of (@master, *@pasid)? NULL for nobody. *@pasid becomes
 * that of the attachment. PASIDs of a guest's own table are attached to nothing:
 * their requests belong to the nested domain of the RID, where that table is.
 */
static struct iommufdx_device *fdx_fault_taker(struct iommufdx_master *master,
					       u32 *pasid,
					       struct fdx_hwpt **hwpt)
{
	struct iommufdx_group *group = master->group;
	struct iommufdx_device *idev;
	struct fdx_attachment *att;
	unsigned long index;

	lockdep_assert_held(&group->lock);

	att = xa_load(&group->attached, *pasid);
	if (!att) {
		*pasid = IOMMUFDX_NO_PASID;
		att = xa_load(&group->attached, IOMMUFDX_NO_PASID);
		if (!att || att->hwpt->obj.type != FDX_OBJ_HWPT_NESTED)
			return NULL;
	}
	if (!att->hwpt->fault && att->hwpt->obj.type != FDX_OBJ_HWPT_SVA)
		return NULL;
	*hwpt = att->hwpt;
	xa_for_each(&att->devices, index, idev)
		if (idev->master == master)
			return idev;
	return NULL;
}

/* Count @group in, until it is answered, unless there are enough of them. */
static bool fdx_fault_admit(struct iommufdx_master *master,
			    const struct fdx_fault_group *group)
{
	lockdep_assert_held(&master->group->lock);

	if (atomic_read(&master->unanswered) >= FDX_UNANSWERED_MAX)
		return false;
	atomic_add(group->count, &master->unanswered);
	return true;
}

/* To user space, or to the process that the HWPT follows. */
static void fdx_fault_deliver(struct fdx_fault_group *group)
{
	struct fdx_fault *fault = group->hwpt->fault;
	bool closed;

	if (group->hwpt->obj.type == FDX_OBJ_HWPT_SVA) {
		fdx_sva_take(to_hwpt_sva(group->hwpt), group);
		return;
	}
	spin_lock(&fault->common.lock);
	closed = fault->closed;
	if (!closed)
		list_add_tail(&group->node, &fault->common.deliver);
	spin_unlock(&fault->common.lock);
	if (closed)
		fdx_fault_group_answer(group, IOMMUFDX_PAGE_INVALID);
	else
		wake_up_interruptible(&fault->common.wait);
}

int iommufdx_report_page_request(struct iommufdx_master *master,
				 const struct iommufdx_page_request *req)
{
	u32 pasid = fdx_request_pasid(req);
	struct fdx_fault_group *group;

	if (!(req->flags & IOMMUFDX_PAGE_LAST))
		return fdx_partial_add(master, req);

	group = fdx_partial_collect(master, req);
	if (!group) {
		fdx_page_respond(master, req, IOMMUFDX_PAGE_INVALID);
		return -ENOMEM;
	}

	mutex_lock(&master->group->lock);
	group->idev = fdx_fault_taker(master, &pasid, &group->hwpt);
	if (group->idev && fdx_fault_admit(master, group)) {
		group->pasid = pasid;
		fdx_fault_deliver(group);
		group = NULL;
	}
	mutex_unlock(&master->group->lock);

	if (group) {
		fdx_page_respond(master, req, IOMMUFDX_PAGE_INVALID);
		kfree(group);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(iommufdx_report_page_request);

/* Answer what was read, or is being read. */
static void fdx_fault_settle(struct fdx_fault *fault,
			     struct fdx_fault_group *group,
			     enum iommufdx_page_response code)
{
	lockdep_assert_held(&fault->lock);

	xa_erase(&fault->response, group->cookie);
	fdx_fault_group_respond(group, code);
	if (group == fault->reading)
		fault->reading = NULL;
	else
		kfree(group);
}

void fdx_fault_refuse(struct fdx_hwpt *hwpt, struct iommufdx_device *idev,
		      u32 pasid)
{
	struct fdx_fault *fault = hwpt->fault;
	struct fdx_fault_group *group, *next;
	unsigned long index;
	LIST_HEAD(refused);

	if (hwpt->obj.type == FDX_OBJ_HWPT_SVA)
		fdx_sva_refuse(to_hwpt_sva(hwpt), idev, pasid);
	if (!fault)
		return;
	lockdep_assert_held(&idev->group->lock);

	mutex_lock(&fault->lock);
	spin_lock(&fault->common.lock);
	list_for_each_entry_safe(group, next, &fault->common.deliver, node)
		if (group->hwpt == hwpt && group->idev == idev &&
		    group->pasid == pasid)
			list_move_tail(&group->node, &refused);
	spin_unlock(&fault->common.lock);

	list_for_each_entry_safe(group, next, &refused, node)
		fdx_fault_group_answer(group, IOMMUFDX_PAGE_INVALID);
	xa_for_each(&fault->response, index, group) {
		if (group->hwpt != hwpt || group->idev != idev ||
		    group->pasid != pasid)
			continue;
		fdx_fault_settle(fault, group, IOMMUFDX_PAGE_INVALID);
	}
	mutex_unlock(&fault->lock);
}

/*
 * The next group, where there is room for it, is one that waits for an answer from
 * now on, and being read. NULL: there is none. -EINVAL: there is no room.
 */
static struct fdx_fault_group *fdx_fault_fetch(struct fdx_fault *fault,
					       size_t room)
{
	struct fdx_fault_group *group;
	int rc;

	lockdep_assert_held(&fault->lock);

	/* Groups are taken off under both locks, so the first one stays. */
	spin_lock(&fault->common.lock);
	group = list_first_entry_or_null(&fault->common.deliver,
					 struct fdx_fault_group, node);
	spin_unlock(&fault->common.lock);
	if (!group)
		return NULL;
	if (group->count > room)
		return ERR_PTR(-EINVAL);
	rc = xa_alloc(&fault->response, &group->cookie, group, xa_limit_32b,
		      GFP_KERNEL_ACCOUNT);
	if (rc)
		return ERR_PTR(rc);
	spin_lock(&fault->common.lock);
	list_del(&group->node);
	spin_unlock(&fault->common.lock);
	fault->reading = group;
	return group;
}

/* @group was copied, or could not be: then it is the next to be read again. */
static void fdx_fault_fetched(struct fdx_fault *fault,
			      struct fdx_fault_group *group, int rc)
{
	mutex_lock(&fault->lock);
	if (fault->reading != group) {
		kfree(group);
	} else if (rc) {
		xa_erase(&fault->response, group->cookie);
		spin_lock(&fault->common.lock);
		list_add(&group->node, &fault->common.deliver);
		spin_unlock(&fault->common.lock);
	}
	fault->reading = NULL;
	mutex_unlock(&fault->lock);
}

static int fdx_fault_copy_group(const struct fdx_fault_group *group,
				u32 dev_id, char __user *buf)
{
	unsigned int i;

	for (i = 0; i < group->count; i++) {
		const struct iommufdx_page_request *req = &group->reqs[i];
		struct iommu_hwpt_pgfault out = {
			.flags = req->flags,
			.dev_id = dev_id,
			.pasid = req->pasid,
			.grpid = req->grpid,
			.perm = req->perm,
			.addr = req->addr,
			.cookie = group->cookie,
		};

		if (copy_to_user(buf + i * sizeof(out), &out, sizeof(out)))
			return -EFAULT;
	}
	return 0;
}

/* How many bytes the next group takes, 0 where there is none, or an errno. */
static ssize_t fdx_fault_read_one(struct fdx_fault *fault, char __user *buf,
				  size_t room)
{
	const size_t size = sizeof(struct iommu_hwpt_pgfault);
	struct fdx_fault_group *group;
	unsigned int count;
	u32 dev_id;
	int rc;

	mutex_lock(&fault->lock);
	group = fdx_fault_fetch(fault, room / size);
	if (IS_ERR_OR_NULL(group)) {
		mutex_unlock(&fault->lock);
		return PTR_ERR(group);
	}
	/* Its device may be gone when it has been copied. */
	dev_id = group->idev->obj.id;
	mutex_unlock(&fault->lock);

	count = group->count;
	rc = fdx_fault_copy_group(group, dev_id, buf);
	fdx_fault_fetched(fault, group, rc);
	return rc ? rc : count * size;
}

/* Groups are read whole: one that does not fit stays for the next read. */
static ssize_t fdx_fault_read(struct file *file, char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct fdx_fault *fault =
		container_of(file->private_data, struct fdx_fault, common);
	size_t done = 0;
	ssize_t rc;

	if (*ppos || count % sizeof(struct iommu_hwpt_pgfault))
		return -ESPIPE;

	if (mutex_lock_interruptible(&fault->read_lock))
		return -ERESTARTSYS;
	do {
		rc = fdx_fault_read_one(fault, buf + done, count - done);
		if (rc > 0)
			done += rc;
	} while (rc > 0);
	mutex_unlock(&fault->read_lock);
	return done ? done : rc;
}

static int fdx_fault_answer(struct fdx_fault *fault,
			    const struct iommu_hwpt_page_response *response)
{
	struct fdx_fault_group *group;

	if (response->code != IOMMUFD_PAGE_RESP_SUCCESS &&
	    response->code != IOMMUFD_PAGE_RESP_INVALID)
		return -EINVAL;

	mutex_lock(&fault->lock);
	group = xa_load(&fault->response, response->cookie);
	if (group)
		fdx_fault_settle(fault, group, response->code);
	mutex_unlock(&fault->lock);
	return group ? 0 : -EINVAL;
}

static ssize_t fdx_fault_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *ppos)
{
	struct fdx_fault *fault =
		container_of(file->private_data, struct fdx_fault, common);
	struct iommu_hwpt_page_response response;
	size_t done = 0;
	int rc = 0;

	if (*ppos || count % sizeof(response))
		return -ESPIPE;

	while (done < count) {
		if (copy_from_user(&response, buf + done, sizeof(response)))
			rc = -EFAULT;
		else
			rc = fdx_fault_answer(fault, &response);
		if (rc)
			break;
		done += sizeof(response);
	}
	return done ? done : rc;
}

static void fdx_fault_answer_all(struct fdx_fault *fault)
{
	struct fdx_fault_group *group, *next;
	unsigned long index;

	list_for_each_entry_safe(group, next, &fault->common.deliver, node)
		fdx_fault_group_answer(group, IOMMUFDX_PAGE_INVALID);
	INIT_LIST_HEAD(&fault->common.deliver);
	xa_for_each(&fault->response, index, group) {
		xa_erase(&fault->response, index);
		fdx_fault_group_answer(group, IOMMUFDX_PAGE_INVALID);
	}
}

/* Nobody can read or answer any more: devices shall not wait for it. */
static int fdx_fault_release(struct inode *inode, struct file *file)
{
	struct fdx_fault *fault =
		container_of(file->private_data, struct fdx_fault, common);

	mutex_lock(&fault->lock);
	spin_lock(&fault->common.lock);
	fault->closed = true;
	spin_unlock(&fault->common.lock);
	/* Nothing is added from now on. */
	fdx_fault_answer_all(fault);
	mutex_unlock(&fault->lock);
	return fdx_eventq_release(inode, file);
}

static const struct file_operations fdx_fault_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.read = fdx_fault_read,
	.write = fdx_fault_write,
	.poll = fdx_eventq_poll,
	.release = fdx_fault_release,
};

void fdx_fault_destroy(struct fdx_object *obj)
{
	struct fdx_fault *fault =
		container_of(obj, struct fdx_fault, common.obj);

	/* Its file was closed, so nothing is left that waits for an answer. */
	WARN_ON(!list_empty(&fault->common.deliver) ||
		!xa_empty(&fault->response));
	xa_destroy(&fault->response);
	mutex_destroy(&fault->lock);
	mutex_destroy(&fault->read_lock);
}

struct fdx_fault *fdx_get_fault(struct iommufdx_ctx *ictx, u32 id)
{
	struct fdx_object *obj = fdx_get_object(ictx, id, FDX_OBJ_FAULT);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct fdx_fault, common.obj);
}

int fdx_fault_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_fault_alloc *cmd = ucmd->cmd;
	struct fdx_fault *fault;
	struct fdx_object *obj;
	int fd, rc;

	if (cmd->flags)
		return -EOPNOTSUPP;

	obj = fdx_object_alloc(ucmd->ictx, sizeof(*fault), FDX_OBJ_FAULT);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	fault = container_of(obj, struct fdx_fault, common.obj);
	fdx_eventq_init(&fault->common, ucmd->ictx);
	xa_init_flags(&fault->response, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	mutex_init(&fault->read_lock);
	mutex_init(&fault->lock);

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		rc = fd;
		goto err_abort;
	}
	cmd->out_fault_id = obj->id;
	cmd->out_fault_fd = fd;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto err_fd;
	rc = fdx_eventq_publish(&fault->common, fd, "[iommufdx-fault]",
				&fdx_fault_fops);
	if (rc)
		goto err_fd;
	return 0;

err_fd:
	put_unused_fd(fd);
err_abort:
	fdx_object_abort(ucmd->ictx, obj);
	return rc;
}
