/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MUTEX_H
#define __SHIM_LINUX_MUTEX_H

#include <linux/lockdep.h>

#define DEFINE_MUTEX(x)		struct mutex x = SHIM_LOCK_INIT
#define mutex_init(x)		shim_lock_init(x)
#define mutex_destroy(x)	pthread_mutex_destroy(&(x)->m)
#define mutex_lock(x)		shim_lock(x)
#define mutex_trylock(x)	shim_trylock(x)
#define mutex_unlock(x)		shim_unlock(x)

#endif /* __SHIM_LINUX_MUTEX_H */
