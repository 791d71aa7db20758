/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_GFP_TYPES_H
#define __SHIM_LINUX_GFP_TYPES_H

#include <linux/gfp.h>

#endif /* __SHIM_LINUX_GFP_TYPES_H */
