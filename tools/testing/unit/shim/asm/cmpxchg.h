/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_ASM_CMPXCHG_H
#define __SHIM_ASM_CMPXCHG_H

#include <linux/atomic.h>

#endif /* __SHIM_ASM_CMPXCHG_H */
