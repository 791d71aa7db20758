/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_VMALLOC_H
#define __SHIM_LINUX_VMALLOC_H

#include <linux/slab.h>

#endif /* __SHIM_LINUX_VMALLOC_H */
