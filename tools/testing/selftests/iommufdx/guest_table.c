// SPDX-License-Identifier: GPL-2.0-only
/* A guest's page table: see guest_table.h. */
#include "guest_table.h"

#include <stdlib.h>
#include <string.h>

#include <linux/iommufdx.h>

#define TABLE_BYTES	4096

void guest_init(struct guest *g, uint32_t format, char *mem, uint64_t gpa,
		size_t end)
{
	*g = (struct guest){
		.format = format,
		.mem = mem,
		.gpa = gpa,
		.end = end,
	};
	g->root = guest_table(g);
}

uint64_t guest_table(struct guest *g)
{
	uint64_t gpa = g->gpa + g->next;

	if (g->next == g->end)
		abort();
	memset(g->mem + g->next, 0, TABLE_BYTES);
	g->next += TABLE_BYTES;
	return gpa;
}

uint64_t guest_table_entry(const struct guest *g, uint64_t gpa, int level)
{
	switch (g->format) {
	case IOMMUFDX_FORMAT_AMDV1:
		/* PR, NextLevel, IR, IW */
		return gpa | 1 | (uint64_t)level << 9 | 3ull << 61;
	case IOMMUFDX_FORMAT_X86_64:
		/* P, R/W, U/S */
		return gpa | 7;
	default:
		/* VT-d: R, W. Arm: table. */
		return gpa | 3;
	}
}

uint64_t guest_leaf_entry(const struct guest *g, uint64_t gpa, int level,
			  int prot)
{
	bool write = prot & GUEST_WRITE;

	switch (g->format) {
	case IOMMUFDX_FORMAT_AMDV1:
		return gpa | 1 | (uint64_t)prot << 61;
	case IOMMUFDX_FORMAT_X86_64:
		return gpa | 5 | (write ? 2 : 0) | (level ? 1 << 7 : 0);
	case IOMMUFDX_FORMAT_VTDSS:
		return gpa | prot | (level ? 1 << 7 : 0);
	default:
		/* AF, inner shareable, AP[1]; AP[2] forbids writing */
		return gpa | 1 << 10 | 3 << 8 | 1 << 6 | (write ? 0 : 1 << 7) |
		       (level ? 1 : 3);
	}
}

/* Addresses that the entries here can hold: none of the tests has higher ones. */
static uint64_t entry_gpa(uint64_t entry)
{
	return entry & 0xfffffff000ull;
}

uint64_t *guest_slot(struct guest *g, uint64_t iova, int level)
{
	uint64_t table = g->root;
	uint64_t *slot;

	for (int at = GUEST_LEVELS - 1;; at--) {
		slot = (uint64_t *)(g->mem + (table - g->gpa)) +
		       (iova >> (12 + 9 * at)) % 512;
		if (at == level)
			return slot;
		if (!*slot)
			*slot = guest_table_entry(g, guest_table(g), at);
		table = entry_gpa(*slot);
	}
}

void guest_map(struct guest *g, uint64_t iova, uint64_t gpa, int level, int prot)
{
	*guest_slot(g, iova, level) =
		prot ? guest_leaf_entry(g, gpa, level, prot) : 0;
}
