/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_RWLOCK_H
#define __SHIM_LINUX_RWLOCK_H

#include <linux/spinlock.h>

#endif /* __SHIM_LINUX_RWLOCK_H */
