/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_BITMAP_H
#define __SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>

#endif /* __SHIM_LINUX_BITMAP_H */
