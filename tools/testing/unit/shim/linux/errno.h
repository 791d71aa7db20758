/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_ERRNO_H
#define __SHIM_LINUX_ERRNO_H

#include_next <linux/errno.h>

#define ERESTARTSYS	512
#define ENOIOCTLCMD	515
#ifndef ENOTSUPP
#define ENOTSUPP	524
#endif

#endif /* __SHIM_LINUX_ERRNO_H */
