/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_ASM_PAGE_H
#define __SHIM_ASM_PAGE_H

#include <linux/mm.h>

#endif /* __SHIM_ASM_PAGE_H */
