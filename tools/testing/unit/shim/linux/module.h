/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MODULE_H
#define __SHIM_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/kernel.h>

#define THIS_MODULE	NULL
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_AUTHOR(x)
#define MODULE_PARM_DESC(x, y)
#define module_param(a, b, c)

struct module;

static inline void module_put(struct module *module)
{
}

#endif /* __SHIM_LINUX_MODULE_H */
