/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MODULE_H
#define __SHIM_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/kernel.h>
#include <stdlib.h>

#define THIS_MODULE	NULL
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_AUTHOR(x)
#define MODULE_PARM_DESC(x, y)
/* Numbers are read from the environment, as insmod reads its command line. */
#define module_param(name, type, perm)	SHIM_PARAM_##type(name)
#define SHIM_PARAM_charp(name)
#define SHIM_PARAM_ulong(name) \
	__attribute__((__constructor__)) static void shim_param_##name(void) \
	{ \
		const char *value = getenv(#name); \
		\
		if (value) \
			name = strtoul(value, NULL, 0); \
	}

struct module;

static inline void module_put(struct module *module)
{
}

#endif /* __SHIM_LINUX_MODULE_H */
