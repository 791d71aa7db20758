/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_NOSPEC_H
#define __SHIM_LINUX_NOSPEC_H

#define array_index_nospec(i, n)	(i)

#endif /* __SHIM_LINUX_NOSPEC_H */
