/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_CONST_H
#define __SHIM_LINUX_CONST_H

#include_next <linux/const.h>

#endif /* __SHIM_LINUX_CONST_H */
