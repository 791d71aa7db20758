/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_HIGHMEM_H
#define __SHIM_LINUX_HIGHMEM_H

#include <linux/mm.h>

#define kmap_local_page(page)	((void *)page_address(page))
#define kunmap_local(p)		((void)(p))

#endif /* __SHIM_LINUX_HIGHMEM_H */
