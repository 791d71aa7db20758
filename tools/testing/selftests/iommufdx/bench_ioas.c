// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-ioas: what mapping, unmapping and dirty reads cost behind an AMD IOMMU.
 *
 * Run under tools/vm/run --icount, where the clock counts instructions: the
 * figures are instructions, and repeat. Memory is laid out on purpose: touched
 * in shuffled order, so that each page is a run of its own, or in huge pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define IOVA		0x40000000ull
#define SCATTERED	(64 * MB)
#define HUGE		(256 * MB)
#define ROUNDS		200

static const struct iommufdx_mock_iommu_config quiet = {
	.kind = IOMMUFDX_MOCK_KIND_AMD,
	.flags = IOMMUFDX_MOCK_IOMMU_INLINE,
	.caps = ~0u,
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void must(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "bench-ioas: %s: %s\n", what, strerror(-rc));
	exit(1);
}

static void row(const char *what, double each)
{
	printf("%-46s %12.0f\n", what, each);
}

static char *scattered(size_t len)
{
	char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t n = len / PAGE, i, j, tmp;
	size_t *order = malloc(n * sizeof(*order));
	uint64_t state = 1;

	if (mem == MAP_FAILED || !order)
		must(-ENOMEM, "memory");
	madvise(mem, len, MADV_NOHUGEPAGE);
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		j = rnd(&state) % (i + 1);
		tmp = order[i];
		order[i] = order[j];
		order[j] = tmp;
	}
	for (i = 0; i < n; i++)
		mem[order[i] * PAGE] = 1;
	free(order);
	return mem;
}

static char *huge(size_t len)
{
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);
	char text[16];
	char *mem;

	snprintf(text, sizeof(text), "%zu", len / (2 * MB));
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		must(-errno, "nr_hugepages");
	close(fd);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		   MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	if (mem == MAP_FAILED)
		must(-errno, "huge pages");
	return mem;
}

static void map_and_unmap(struct rig *r, const char *kind, char *mem, size_t len)
{
	char what[64];
	double start;

	start = now();
	must(map_at(r, mem, len, IOVA, RW), "map");
	snprintf(what, sizeof(what), "IOAS_MAP, %s, per MiB", kind);
	row(what, (now() - start) / (len / MB));
	start = now();
	must(unmap_at(r, IOVA, len), "unmap");
	snprintf(what, sizeof(what), "IOAS_UNMAP, %s, per MiB", kind);
	row(what, (now() - start) / (len / MB));
}

static void one_page(struct rig *r, char *mem)
{
	double map = 0, unmap = 0, start;

	for (int i = 0; i < ROUNDS; i++) {
		start = now();
		must(map_at(r, mem, PAGE, IOVA, RW), "map");
		map += now() - start;
		start = now();
		must(unmap_at(r, IOVA, PAGE), "unmap");
		unmap += now() - start;
	}
	row("IOAS_MAP of one page", map / ROUNDS);
	row("IOAS_UNMAP of one page", unmap / ROUNDS);
}

static void dirty(struct rig *r, uint32_t hwpt, char *mem)
{
	uint64_t *bitmap = calloc(SCATTERED / PAGE / 64, 8);
	double scale = 1024.0 * MB / SCATTERED, start;

	if (!bitmap)
		must(-ENOMEM, "bitmap");
	must(map_at(r, mem, SCATTERED, IOVA, RW), "map");
	must(iommufdx_dirty_set(r->iommu, hwpt, true), "tracking");
	for (int percent = 0; percent <= 100; percent += percent ? 99 : 1) {
		char what[64];

		for (size_t i = 0; percent && i < SCATTERED / PAGE;
		     i += 100 / percent)
			must(dma_write(r, IOVA + i * PAGE, "x", 1, NULL),
			     "DMA");
		start = now();
		must(iommufdx_dirty_get(r->iommu, hwpt, 0, IOVA, SCATTERED,
					PAGE, bitmap), "dirty read");
		snprintf(what, sizeof(what),
			 "GET_DIRTY_BITMAP, %d %% dirty, per GiB", percent);
		row(what, (now() - start) * scale);
	}
	must(unmap_at(r, IOVA, SCATTERED), "unmap");
	free(bitmap);
}

int main(void)
{
	uint32_t hwpt;
	struct rig r;
	char *mem;

	must(rig_make(&r, &quiet), "mock device");
	must(rig_attach_dirty(&r, &hwpt), "attach");
	printf("%-46s %12s\n", "WORK", "INSTRUCTIONS");
	mem = scattered(SCATTERED);
	map_and_unmap(&r, "scattered 4 KiB pages", mem, SCATTERED);
	one_page(&r, mem);
	dirty(&r, hwpt, mem);
	munmap(mem, SCATTERED);
	map_and_unmap(&r, "huge pages", huge(HUGE), HUGE);
	rig_break(&r);
	return 0;
}
