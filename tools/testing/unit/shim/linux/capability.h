/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_CAPABILITY_H
#define __SHIM_LINUX_CAPABILITY_H

#define CAP_IPC_LOCK	14
#define capable(cap)	true

#endif /* __SHIM_LINUX_CAPABILITY_H */
