/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_CRED_H
#define __SHIM_LINUX_CRED_H

#include <linux/sched/user.h>

#endif /* __SHIM_LINUX_CRED_H */
