/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_IO_H
#define __SHIM_LINUX_IO_H

#include <linux/mm.h>
#include <asm/barrier.h>

#endif /* __SHIM_LINUX_IO_H */
