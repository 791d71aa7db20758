/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_PROCESSOR_H
#define __SHIM_LINUX_PROCESSOR_H

#include <sched.h>

#define cpu_relax()	((void)sched_yield())

#endif /* __SHIM_LINUX_PROCESSOR_H */
