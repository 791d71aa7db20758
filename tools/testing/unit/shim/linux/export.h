/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_EXPORT_H
#define __SHIM_LINUX_EXPORT_H

#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define EXPORT_SYMBOL_NS_GPL(x, ns)

#endif /* __SHIM_LINUX_EXPORT_H */
