/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_STDDEF_H
#define __SHIM_LINUX_STDDEF_H

#include_next <linux/stddef.h>
#include <linux/container_of.h>

#endif /* __SHIM_LINUX_STDDEF_H */
