/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdep_assert_held() checks that the calling thread is the owner. */
#ifndef __SHIM_LINUX_LOCKDEP_H
#define __SHIM_LINUX_LOCKDEP_H

#include <linux/compiler.h>
#include <assert.h>
#include <pthread.h>

#define lockdep_assert_held(l)		assert(shim_held(l))
#define SINGLE_DEPTH_NESTING	1
#define lockdep_assert_held_write(l)	assert(shim_owned(l))
#define lockdep_assert_held_read(l)	assert(shim_held(l))
#define lockdep_assert_not_held(l)	assert(!shim_owned(l))
#define lockdep_assert(cond)	assert(cond)
#define might_lock(l)		((void)0)

struct lock_class_key {
	char unused;
};

/* Spinlocks are mutexes here. */
struct mutex {
	pthread_mutex_t m;
	pthread_t owner;
	bool owned;
};

struct rw_semaphore {
	pthread_rwlock_t l;
	pthread_t owner;
	bool owned;		/* by a writer */
	int readers;		/* whoever they are */
};

#define shim_owned(l) \
	(__atomic_load_n(&(l)->owned, __ATOMIC_RELAXED) && \
	 pthread_equal(__atomic_load_n(&(l)->owner, __ATOMIC_RELAXED), \
			     pthread_self()))
#define shim_held(l) \
	(shim_owned(l) || _Generic((l), \
		struct rw_semaphore *: __atomic_load_n( \
			&((struct rw_semaphore *)(l))->readers, \
			__ATOMIC_RELAXED), \
		default: 0))

#define SHIM_LOCK_INIT	{ .m = PTHREAD_MUTEX_INITIALIZER }

static inline void shim_lock_init(struct mutex *l)
{
	pthread_mutex_init(&l->m, NULL);
	l->owned = false;
}

static inline void shim_lock(struct mutex *l)
{
	lockdep_assert_not_held(l);
	pthread_mutex_lock(&l->m);
	__atomic_store_n(&l->owner, pthread_self(), __ATOMIC_RELAXED);
	__atomic_store_n(&l->owned, true, __ATOMIC_RELAXED);
}

static inline bool shim_trylock(struct mutex *l)
{
	if (pthread_mutex_trylock(&l->m))
		return false;
	__atomic_store_n(&l->owner, pthread_self(), __ATOMIC_RELAXED);
	__atomic_store_n(&l->owned, true, __ATOMIC_RELAXED);
	return true;
}

static inline void shim_unlock(struct mutex *l)
{
	lockdep_assert_held(l);
	__atomic_store_n(&l->owned, false, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&l->m);
}

#endif /* __SHIM_LINUX_LOCKDEP_H */
