/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_RWSEM_H
#define __SHIM_LINUX_RWSEM_H

#include <linux/lockdep.h>

#define DECLARE_RWSEM(x) \
	struct rw_semaphore x = { .l = PTHREAD_RWLOCK_INITIALIZER }

static inline void init_rwsem(struct rw_semaphore *x)
{
	pthread_rwlock_init(&x->l, NULL);
	x->owned = false;
	x->readers = 0;
}

static inline void down_read(struct rw_semaphore *x)
{
	pthread_rwlock_rdlock(&x->l);
	__atomic_add_fetch(&x->readers, 1, __ATOMIC_RELAXED);
}

static inline int down_read_trylock(struct rw_semaphore *x)
{
	if (pthread_rwlock_tryrdlock(&x->l))
		return 0;
	__atomic_add_fetch(&x->readers, 1, __ATOMIC_RELAXED);
	return 1;
}

static inline void up_read(struct rw_semaphore *x)
{
	__atomic_sub_fetch(&x->readers, 1, __ATOMIC_RELAXED);
	pthread_rwlock_unlock(&x->l);
}

static inline void down_write(struct rw_semaphore *x)
{
	pthread_rwlock_wrlock(&x->l);
	x->owner = pthread_self();
	__atomic_store_n(&x->owned, true, __ATOMIC_RELAXED);
}

#define down_write_nested(x, class)	down_write(x)

static inline void up_write(struct rw_semaphore *x)
{
	__atomic_store_n(&x->owned, false, __ATOMIC_RELAXED);
	pthread_rwlock_unlock(&x->l);
}

#endif /* __SHIM_LINUX_RWSEM_H */
