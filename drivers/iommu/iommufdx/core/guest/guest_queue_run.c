// SPDX-License-Identifier: GPL-2.0-only
/* Reading a guest's command queue. See guest_queue.h. */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "guest_queue.h"

/* How many indexes there are. */
static u32 reader_space(const struct fdx_guest_reader *reader)
{
	return reader->entries << reader->ops->wrap_bit;
}

static u32 reader_behind(const struct fdx_guest_reader *reader, u32 index,
			 u32 num)
{
	return (index + num) & (reader_space(reader) - 1);
}

static const void *reader_command(const struct fdx_guest_reader *reader,
				  u32 index)
{
	return reader->commands + (size_t)(index & (reader->entries - 1)) *
				  reader->ops->cmd_size;
}

u32 fdx_guest_reader_prod(const struct fdx_guest_reader *reader)
{
	/* Pairs with the producer's release: commands are there before this. */
	return smp_load_acquire((u32 *)(reader->registers +
					reader->ops->prod_offset));
}

u32 fdx_guest_reader_cons(const struct fdx_guest_reader *reader)
{
	u32 error = reader->state == IOMMUFDX_GUEST_QUEUE_ERROR ?
			    reader->error : 0;

	return reader->ops->cons_reg(reader->cons, error);
}

static void reader_publish(struct fdx_guest_reader *reader)
{
	/* The producer may use the room again that this shows. */
	smp_store_release((u32 *)(reader->registers +
				  reader->ops->cons_offset),
			  fdx_guest_reader_cons(reader));
}

/*
 * How many commands are from index @cons up to what register @prod says: 0, or the
 * vendor's code, as that is not of this queue, or more than it holds.
 */
static u32 reader_distance(const struct fdx_guest_reader *reader, u32 prod,
			   u32 cons, u32 *num)
{
	u32 index, error;

	error = reader->ops->index(prod, reader->entries, &index);
	if (error)
		return error;
	*num = (index - cons) & (reader_space(reader) - 1);
	return *num <= reader->entries ? 0 : reader->ops->tail_error;
}

static void reader_halt_about(struct fdx_guest_reader *reader, u32 state,
			      u32 error, u64 addr)
{
	reader->state = state;
	reader->error = error;
	reader->error_addr = addr;
	reader_publish(reader);
	reader->event(reader);
}

/* The command at which it stands is the reason. */
static void reader_halt(struct fdx_guest_reader *reader, u32 state, u32 error)
{
	u32 index = reader->cons & (reader->entries - 1);

	reader_halt_about(reader, state, error,
			  reader->base + (u64)index * reader->ops->cmd_size);
}

/* A batch failed; what it had is before @at. */
static void reader_lost(struct fdx_guest_reader *reader, u32 at)
{
	const struct iommufdx_guest_queue_ops *ops = reader->ops;
	bool timeout = reader->inv.sync_error == -ETIMEDOUT;

	/*
	 * A device that does not answer will not the next time either: the
	 * guest can go on behind. Else all may be executed once more.
	 */
	if (timeout)
		reader->cons = at;
	reader_halt(reader, IOMMUFDX_GUEST_QUEUE_ERROR,
		    timeout ? ops->timeout_error : ops->abort_error);
}

/* Complete all before @at. False: that failed, and the queue stands still. */
static bool reader_settle(struct fdx_guest_reader *reader, u32 at)
{
	if (fdx_inv_sync(&reader->inv)) {
		reader_lost(reader, at);
		return false;
	}
	reader->cons = at;
	return true;
}

static void reader_answer(struct fdx_guest_reader *reader, u32 at,
			  const struct iommufdx_guest_cmd *cmd)
{
	reader->cons = reader_behind(reader, at, 1);
	reader_publish(reader);
	/* Whoever sees the answer finds the register behind the sync. */
	smp_wmb();
	if (cmd->store_bytes &&
	    reader->store(reader, cmd->store_addr, cmd->store_value,
			  cmd->store_bytes)) {
		if (reader->ops->store_error) {
			reader->cons = at;
			reader_halt_about(reader, IOMMUFDX_GUEST_QUEUE_ERROR,
					  reader->ops->store_error,
					  cmd->store_addr);
			return;
		}
		reader->events |= IOMMUFDX_GUEST_QUEUE_STORE_FAILED;
		reader->event(reader);
	}
	if (cmd->interrupt)
		reader->interrupt(reader);
}

/* A command that was refused. The queue stands still afterwards. */
static void reader_refused(struct fdx_guest_reader *reader, u32 at)
{
	const struct iommufdx_guest_queue_ops *ops = reader->ops;

	if (reader->inv.sync_error)
		reader_lost(reader, at);
	else if (reader_settle(reader, at))
		reader_halt(reader, IOMMUFDX_GUEST_QUEUE_ERROR,
			    reader->inv.refused == -ENODEV ?
				    ops->abort_error : ops->illegal_error);
}

/* The command in @copy, and of those behind it, with it @most, any that are like it. */
static u32 reader_invalidate(struct fdx_guest_reader *reader, u32 at, u32 most)
{
	struct fdx_inv *inv = &reader->inv;
	u32 side_by_side = reader->entries - (at & (reader->entries - 1));

	switch (fdx_inv_add(inv, reader->copy)) {
	case 0:
		break;
	case -ENXIO:
		/* A device that the VMM emulates, or none: no cache of ours. */
		fdx_inv_pass_over(inv);
		return 1;
	default:
		reader_refused(reader, at);
		return 1;
	}
	if (reader->ops->cmd_size != inv->to.ops->entry_size)
		return 1;
	return 1 + fdx_inv_add_like(inv, reader->copy,
				    reader_command(reader, at) +
					    reader->ops->cmd_size,
				    min(most, side_by_side) - 1);
}

/*
 * Command number @at, and maybe some behind it, @most in all: how many. The queue
 * may stand still afterwards.
 */
static u32 reader_take(struct fdx_guest_reader *reader, u32 at, u32 most)
{
	const struct iommufdx_guest_queue_ops *ops = reader->ops;
	struct iommufdx_guest_cmd cmd = {};

	fdx_copy_once(reader->copy, reader_command(reader, at), ops->cmd_size);
	ops->decode(reader->copy, &cmd);

	switch (cmd.kind) {
	case IOMMUFDX_GUEST_CMD_NOTHING:
		break;
	case IOMMUFDX_GUEST_CMD_INVALIDATE:
		return reader_invalidate(reader, at, most);
	case IOMMUFDX_GUEST_CMD_SYNC:
		if (reader_settle(reader, at))
			reader_answer(reader, at, &cmd);
		break;
	case IOMMUFDX_GUEST_CMD_VMM:
		if (reader_settle(reader, at))
			reader_halt(reader, IOMMUFDX_GUEST_QUEUE_FOR_VMM, 0);
		break;
	case IOMMUFDX_GUEST_CMD_ILLEGAL:
		if (reader_settle(reader, at))
			reader_halt(reader, IOMMUFDX_GUEST_QUEUE_ERROR,
				    cmd.error);
		break;
	}
	return 1;
}

static bool reader_portion(struct fdx_guest_reader *reader, u32 most)
{
	u32 num, left, taken, error, at = reader->cons;

	lockdep_assert_held(reader->inv.to.lock);

	if (reader->state != IOMMUFDX_GUEST_QUEUE_RUNNING)
		return false;
	error = reader_distance(reader, fdx_guest_reader_prod(reader), at, &num);
	if (error) {
		reader_halt(reader, IOMMUFDX_GUEST_QUEUE_ERROR, error);
		return false;
	}
	for (left = min(num, most); left; left -= taken) {
		taken = reader_take(reader, at, left);
		if (reader->state != IOMMUFDX_GUEST_QUEUE_RUNNING)
			return false;
		at = reader_behind(reader, at, taken);
	}
	if (!reader_settle(reader, at))
		return false;
	reader_publish(reader);
	return num > most;
}

bool fdx_guest_reader_run(struct fdx_guest_reader *reader, u32 most)
{
	bool more;

	fdx_inv_begin(&reader->inv);
	more = reader_portion(reader, most);
	fdx_inv_end(&reader->inv);
	return more;
}

int fdx_guest_reader_start(struct fdx_guest_reader *reader, const u32 *prod,
			   const u32 *cons, bool skip)
{
	const struct iommufdx_guest_queue_ops *ops = reader->ops;
	u32 from, num;
	int rc = -EINVAL;
	bool fits;

	mutex_lock(reader->inv.to.lock);
	if (reader->state == IOMMUFDX_GUEST_QUEUE_RUNNING) {
		rc = -EBUSY;
		goto out_unlock;
	}
	from = reader->cons;
	if (cons && ops->index(*cons, reader->entries, &from))
		goto out_unlock;
	/* What the guest wrote to its register fails its queue, not this. */
	fits = !reader_distance(reader,
				prod ? *prod : fdx_guest_reader_prod(reader),
				from, &num);
	if (fits ? skip && !num : !!prod)
		goto out_unlock;

	if (prod)
		WRITE_ONCE(*(u32 *)(reader->registers + ops->prod_offset),
			   *prod);
	reader->cons = skip ? reader_behind(reader, from, 1) : from;
	reader->state = IOMMUFDX_GUEST_QUEUE_RUNNING;
	reader->error = 0;
	reader->events = 0;
	reader_publish(reader);
	rc = 0;
out_unlock:
	mutex_unlock(reader->inv.to.lock);
	return rc;
}

static bool reader_can_stand_like(const struct iommufdx_guest_queue_ctrl *was)
{
	if (was->out_events & ~IOMMUFDX_GUEST_QUEUE_STORE_FAILED)
		return false;
	switch (was->out_state) {
	case IOMMUFDX_GUEST_QUEUE_STOPPED:
	case IOMMUFDX_GUEST_QUEUE_FOR_VMM:
		return !was->out_error;
	case IOMMUFDX_GUEST_QUEUE_ERROR:
		return was->out_error;
	default:
		return false;
	}
}

int fdx_guest_reader_restore(struct fdx_guest_reader *reader,
			     const struct iommufdx_guest_queue_ctrl *was)
{
	const struct iommufdx_guest_queue_ops *ops = reader->ops;
	u32 cons;
	int rc = 0;

	mutex_lock(reader->inv.to.lock);
	if (reader->state == IOMMUFDX_GUEST_QUEUE_RUNNING) {
		rc = -EBUSY;
	} else if (!reader_can_stand_like(was) ||
		   ops->index(was->cons, reader->entries, &cons)) {
		rc = -EINVAL;
	} else {
		WRITE_ONCE(*(u32 *)(reader->registers + ops->prod_offset),
			   was->prod);
		reader->cons = cons;
		reader->state = was->out_state;
		reader->error = was->out_error;
		reader->events = was->out_events;
		reader_publish(reader);
	}
	mutex_unlock(reader->inv.to.lock);
	return rc;
}

void fdx_guest_reader_stop(struct fdx_guest_reader *reader)
{
	mutex_lock(reader->inv.to.lock);
	if (reader->state == IOMMUFDX_GUEST_QUEUE_RUNNING)
		reader->state = IOMMUFDX_GUEST_QUEUE_STOPPED;
	mutex_unlock(reader->inv.to.lock);
}
