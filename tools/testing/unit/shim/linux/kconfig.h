/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_KCONFIG_H
#define __SHIM_LINUX_KCONFIG_H

#define IS_ENABLED(x)	0

#endif /* __SHIM_LINUX_KCONFIG_H */
