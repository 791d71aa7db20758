/* SPDX-License-Identifier: GPL-2.0-only */
/* A test says which addresses are its user's, and pins them. */
#ifndef __SHIM_LINUX_UACCESS_H
#define __SHIM_LINUX_UACCESS_H

#include <linux/kernel.h>

struct page;

#define FOLL_WRITE	1

bool access_ok(const void *p, unsigned long size);
int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **pages);
void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool dirty);

#endif /* __SHIM_LINUX_UACCESS_H */
