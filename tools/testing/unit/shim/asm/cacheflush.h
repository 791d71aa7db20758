/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_ASM_CACHEFLUSH_H
#define __SHIM_ASM_CACHEFLUSH_H

/* What was flushed can be asked for: shim_memory_shows() in shim.h. */
void clflush_cache_range(void *addr, unsigned int size);

#endif /* __SHIM_ASM_CACHEFLUSH_H */
