// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory whose physical layout is the same in every run: contiguous pages become
 * larger leaves, and that would be measured with the rest. Pages are touched in
 * one shuffled order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

/* The same numbers in the same order every time. */
static size_t next_random(size_t below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % below;
}

static void touch_shuffled(char *mem, size_t len, size_t page)
{
	size_t n = len / page, i, j, tmp;
	size_t *order = malloc(n * sizeof(*order));

	if (!order)
		must(-ENOMEM, "memory");
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		j = next_random(i);
		tmp = order[i];
		order[i] = order[j];
		order[j] = tmp;
	}
	for (i = 0; i < n; i++)
		mem[order[i] * page] = 1;
	free(order);
}

/* An aligned piece of address space; what surrounds it stays unused. */
static char *reserve(size_t len, size_t align)
{
	char *mem = mmap(NULL, len + align, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		must(-errno, "memory");
	return mem + (align - (uintptr_t)mem % align) % align;
}

char *memory_scattered(size_t len)
{
	char *mem = reserve(len, PAGE);

	must(madvise(mem, len, MADV_NOHUGEPAGE) ? -errno : 0, "NOHUGEPAGE");
	touch_shuffled(mem, len, PAGE);
	return mem;
}

char *memory_huge(size_t len)
{
	char *mem = reserve(len, 2 * MB);

	must(madvise(mem, len, MADV_HUGEPAGE) ? -errno : 0, "HUGEPAGE");
	touch_shuffled(mem, len, 2 * MB);
	return mem;
}

size_t memory_runs(const char *mem, size_t len)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t words[512], pfn, next = 0;
	size_t n = len / PAGE, runs = 0;
	off_t pos = (uintptr_t)mem / PAGE * sizeof(*words);

	if (fd < 0)
		must(-errno, "pagemap");
	for (size_t i = 0; i < n; i++) {
		if (i % 512 == 0) {
			if (pread(fd, words, sizeof(words), pos) != sizeof(words))
				must(-EIO, "pagemap");
			pos += sizeof(words);
		}
		/* Bits 54:0 are the PFN; bits above say other things. */
		pfn = words[i % 512] & ((1ull << 55) - 1);
		runs += pfn != next;
		next = pfn + 1;
	}
	close(fd);
	return runs;
}
