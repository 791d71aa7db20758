/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_INIT_H
#define __SHIM_LINUX_INIT_H

#include <linux/compiler.h>

#endif /* __SHIM_LINUX_INIT_H */
