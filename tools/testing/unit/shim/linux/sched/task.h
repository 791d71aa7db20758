/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SCHED_TASK_H
#define __SHIM_LINUX_SCHED_TASK_H

#include <stdbool.h>

struct mm_struct;

/* One task for all; a test may have it killed. */
struct task_struct {
	struct task_struct *group_leader;
	struct mm_struct *mm;
	bool killed;
};

__attribute__((__weak__)) struct task_struct shim_task;

#define current			(&shim_task)
#define get_task_struct(task)	((void)(task))
#define put_task_struct(task)	((void)(task))

#endif /* __SHIM_LINUX_SCHED_TASK_H */
