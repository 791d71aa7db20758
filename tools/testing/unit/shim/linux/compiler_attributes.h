/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_COMPILER_ATTRIBUTES_H
#define __SHIM_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/compiler.h>

#endif /* __SHIM_LINUX_COMPILER_ATTRIBUTES_H */
