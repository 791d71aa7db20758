/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SCHED_SIGNAL_H
#define __SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/sched/task.h>

#define fatal_signal_pending(task)	((task)->killed)
#define signal_pending(task)		((task)->killed)

#endif /* __SHIM_LINUX_SCHED_SIGNAL_H */
