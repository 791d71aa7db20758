/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_WAIT_H
#define __SHIM_LINUX_WAIT_H

/* The type only: headers that embed one. */
typedef struct {
	int unused;
} wait_queue_head_t;

#endif /* __SHIM_LINUX_WAIT_H */
