/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_WAIT_H
#define __SHIM_LINUX_WAIT_H

#include <linux/delay.h>

/* Altered: nobody is woken, whoever waits looks again now and then. */
typedef struct {
	int unused;
} wait_queue_head_t;

#define init_waitqueue_head(wq)	((void)(wq))
#define wake_up_all(wq)		((void)(wq))
#define wait_event(wq, cond) \
	do { \
		while (!(cond)) \
			shim_sleep_ns(50000); \
	} while (0)
#define wait_event_killable(wq, cond) \
	({ \
		wait_event(wq, cond); \
		0; \
	})

#endif /* __SHIM_LINUX_WAIT_H */
