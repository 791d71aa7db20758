/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SPINLOCK_H
#define __SHIM_LINUX_SPINLOCK_H

#include <linux/lockdep.h>

typedef struct mutex spinlock_t;
typedef struct mutex raw_spinlock_t;

#define __SPIN_LOCK_UNLOCKED(x)	SHIM_LOCK_INIT
#define DEFINE_SPINLOCK(x)	spinlock_t x = SHIM_LOCK_INIT
#define spin_lock_init(l)	shim_lock_init(l)
#define spin_lock(l)		shim_lock(l)
#define spin_trylock(l)		shim_trylock(l)
#define spin_unlock(l)		shim_unlock(l)
#define spin_lock_irq(l)	shim_lock(l)
#define spin_unlock_irq(l)	shim_unlock(l)
#define spin_lock_bh(l)		shim_lock(l)
#define spin_unlock_bh(l)	shim_unlock(l)
#define spin_lock_irqsave(l, flags)	 do { (flags) = 0; shim_lock(l); } while (0)
#define spin_unlock_irqrestore(l, flags) do { (void)(flags); shim_unlock(l); } while (0)
#define raw_spin_lock_init(l)	shim_lock_init(l)
#define raw_spin_lock(l)	shim_lock(l)
#define raw_spin_unlock(l)	shim_unlock(l)

typedef struct {
	pthread_rwlock_t l;
} rwlock_t;

/* As the kernel's: readers that keep coming do not starve a writer. */
static inline void shim_rwlock_init(pthread_rwlock_t *l)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
			PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(l, &attr);
	pthread_rwlockattr_destroy(&attr);
}

#define DEFINE_RWLOCK(x)	rwlock_t x = { PTHREAD_RWLOCK_INITIALIZER }
#define rwlock_init(x)		shim_rwlock_init(&(x)->l)
#define read_lock(x)		pthread_rwlock_rdlock(&(x)->l)
#define read_unlock(x)		pthread_rwlock_unlock(&(x)->l)
#define write_lock(x)		pthread_rwlock_wrlock(&(x)->l)
#define write_unlock(x)		pthread_rwlock_unlock(&(x)->l)

#endif /* __SHIM_LINUX_SPINLOCK_H */
