/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SCHED_MM_H
#define __SHIM_LINUX_SCHED_MM_H

#include <linux/sched/task.h>

#define mmgrab(mm)	((void)(mm))
#define mmdrop(mm)	((void)(mm))

#endif /* __SHIM_LINUX_SCHED_MM_H */
