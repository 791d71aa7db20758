/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SCHED_H
#define __SHIM_LINUX_SCHED_H

#include <linux/compiler.h>
#include <sched.h>

#define TASK_COMM_LEN	16

#define cond_resched()	((void)0)
#define schedule()	((void)sched_yield())
#define might_sleep()	((void)0)

#endif /* __SHIM_LINUX_SCHED_H */
