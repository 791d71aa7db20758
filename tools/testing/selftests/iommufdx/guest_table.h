/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's page table, made by the test as a guest would: in memory that an
 * address space shows at guest-physical addresses. Levels count from 0, where the
 * entries map pages.
 */
#ifndef SELFTESTS_IOMMUFDX_GUEST_TABLE_H
#define SELFTESTS_IOMMUFDX_GUEST_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct guest - a guest's memory, and a table in it
 * @format: enum iommufdx_format; pages of 4 KiB, four levels
 * @mem: the memory
 * @gpa: where the guest sees it
 * @next: first byte of @mem that no table has taken
 * @end: where tables must end
 * @root: guest-physical address of the top table
 */
struct guest {
	uint32_t format;
	char *mem;
	uint64_t gpa;
	size_t next;
	size_t end;
	uint64_t root;
};

#define GUEST_LEVELS	4
#define GUEST_READ	1
#define GUEST_WRITE	2

/* Begin with an empty table; tables take the first @end bytes of @mem. */
void guest_init(struct guest *g, uint32_t format, char *mem, uint64_t gpa,
		size_t end);
/* A new page of zeroes for a table: its guest-physical address. */
uint64_t guest_table(struct guest *g);
/* What stands in an entry that leads to @gpa: a table, or memory. */
uint64_t guest_table_entry(const struct guest *g, uint64_t gpa, int level);
uint64_t guest_leaf_entry(const struct guest *g, uint64_t gpa, int level,
			  int prot);
/* The entry of @iova at @level; tables above it are made. */
uint64_t *guest_slot(struct guest *g, uint64_t iova, int level);
/* Map a page of @level, or nothing with @prot 0. */
void guest_map(struct guest *g, uint64_t iova, uint64_t gpa, int level, int prot);

#endif /* SELFTESTS_IOMMUFDX_GUEST_TABLE_H */
