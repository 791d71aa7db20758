/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical memory is an arena of its own: see shim.c. */
#ifndef __SHIM_LINUX_MM_H
#define __SHIM_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/mm_types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(x)	(!((unsigned long)(x) & ~PAGE_MASK))
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(pa)	((unsigned long)((pa) >> PAGE_SHIFT))

#define SHIM_PHYS_BASE	0x140000000ULL

extern char *shim_arena;
extern struct page *shim_mem_map;

static inline void *phys_to_virt(phys_addr_t pa)
{
	return shim_arena + (pa - SHIM_PHYS_BASE);
}

static inline phys_addr_t virt_to_phys(const volatile void *p)
{
	return (phys_addr_t)((const volatile char *)p - shim_arena) +
	       SHIM_PHYS_BASE;
}

static inline int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 :
	       64 - __builtin_clzl((size - 1) >> PAGE_SHIFT);
}

#define __va(pa)		phys_to_virt(pa)
#define __pa(p)			virt_to_phys((void *)(p))
#define pfn_to_page(pfn)	(shim_mem_map + ((pfn) - PHYS_PFN(SHIM_PHYS_BASE)))
#define page_to_pfn(page) \
	((unsigned long)((page) - shim_mem_map) + PHYS_PFN(SHIM_PHYS_BASE))
#define page_to_phys(page)	PFN_PHYS(page_to_pfn(page))
#define phys_to_page(pa)	pfn_to_page(PHYS_PFN(pa))
#define virt_to_page(p)		phys_to_page(virt_to_phys((void *)(p)))
#define page_address(page)	phys_to_virt(page_to_phys(page))
#define page_to_virt(page)	page_address(page)
#define compound_order(page)	((page)->order)
#define page_private(page)	((page)->private)
#define set_page_private(page, v) ((page)->private = (v))

#endif /* __SHIM_LINUX_MM_H */
