// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pre-copy migration.
 *
 * The first round copies all memory while the device goes on writing. Each
 * further round asks which pages were written since the round before, and
 * copies those. A bit is read and cleared before its page is copied, so a write
 * that comes during the copy sets it again. When little is left, and there was
 * something at all, the device is stopped, and what the last question finds is the
 * rest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "precopy.h"

/* So few dirty pages that stopping the device will hardly be noticed. */
#define FEW_PAGES	64
#define CHUNK		(1ull << 20)
/* A round of nothing is not worth the table's line: let the devices write some. */
#define PAUSE_NS	20000000
#define LONG_PAUSE_NS	500000000

static void report(struct migration *m, const char *note)
{
	const struct round *r = &m->rounds[m->nr_rounds - 1];
	char size[32];

	screen_line(m->screen, "%5u  %11llu  %10s  %8.1f ms%s%s", m->nr_rounds - 1,
		    (unsigned long long)r->pages,
		    show_size(r->pages * GUEST_PAGE, size, sizeof(size)),
		    r->ns / 1e6, *note ? "  " : "", note);
}

static void copy_all(struct migration *m)
{
	struct vmm *vmm = m->vmm;
	uint64_t start = now_ns();

	screen_phase(m->screen, "round 0");
	for (uint64_t at = 0; at < vmm->size; at += CHUNK) {
		uint64_t len = vmm->size - at < CHUNK ? vmm->size - at : CHUNK;

		memcpy(m->destination + at, vmm->memory + at, len);
		screen_bar(m->screen, at + len, vmm->size);
	}
	m->rounds[m->nr_rounds++] = (struct round){
		.pages = vmm->size / GUEST_PAGE,
		.ns = now_ns() - start,
	};
	report(m, "all of it");
}

static uint64_t count(const uint64_t *bitmap, size_t words)
{
	uint64_t pages = 0;

	for (size_t w = 0; w < words; w++)
		pages += __builtin_popcountll(bitmap[w]);
	return pages;
}

static void copy_dirty(struct migration *m, const uint64_t *bitmap,
		       size_t words, uint64_t pages)
{
	uint64_t copied = 0;

	for (size_t w = 0; w < words; w++) {
		for (uint64_t word = bitmap[w]; word; word &= word - 1) {
			uint64_t at = (w * 64 + __builtin_ctzll(word)) *
				      GUEST_PAGE;

			memcpy(m->destination + at, m->vmm->memory + at,
			       GUEST_PAGE);
			copied++;
		}
		screen_bar(m->screen, copied * GUEST_PAGE, pages * GUEST_PAGE);
	}
}

static int copy_round(struct migration *m, uint64_t *bitmap, size_t words,
		      uint64_t *pages)
{
	struct vmm *vmm = m->vmm;
	uint64_t start = now_ns();
	char phase[sizeof(m->screen->phase)];
	int rc;

	snprintf(phase, sizeof(phase), "round %u", m->nr_rounds);
	screen_phase(m->screen, phase);
	memset(bitmap, 0, words * sizeof(*bitmap));
	rc = vmm_read_dirty(vmm, bitmap);
	if (rc)
		return rc;
	*pages = count(bitmap, words);
	copy_dirty(m, bitmap, words, *pages);
	m->rounds[m->nr_rounds++] = (struct round){
		.pages = *pages,
		.ns = now_ns() - start,
	};
	return 0;
}

static int run_rounds(struct migration *m, uint64_t *bitmap, size_t words)
{
	struct timespec nap = { .tv_nsec = PAUSE_NS };
	/* What is always dirty does not show that devices write. */
	const uint64_t none = m->vmm->behind == BEHIND_NESTED ?
				      DRIVER_DIRTY : 0;
	uint64_t pages = 0, most = 0, stopped;
	int rc;

	copy_all(m);
	nanosleep(&nap, NULL);
	while (m->nr_rounds < m->max_rounds - 1) {
		rc = copy_round(m, bitmap, words, &pages);
		if (rc)
			return rc;
		report(m, "");
		most = pages > most ? pages : most;
		if (pages <= FEW_PAGES && most > none)
			break;
		/* Rounds are for slow devices, too. */
		if (most <= none && nap.tv_nsec < LONG_PAUSE_NS)
			nap.tv_nsec *= 2;
		if (m->vmm->behind == BEHIND_NESTED && driver_work(m->vmm))
			return EXIT_CANNOT;
		nanosleep(&nap, NULL);
	}

	stopped = now_ns();
	rc = vmm_stop_devices(m->vmm, &m->state);
	if (rc)
		return rc;
	rc = copy_round(m, bitmap, words, &pages);
	if (rc)
		return rc;
	m->down_ns = now_ns() - stopped;
	report(m, "device stopped");
	rc = vmm_device_work(m->vmm, &m->work);
	return rc ? rc : vmm_save_devices(m->vmm, &m->state);
}

static int split(struct migration *m)
{
	uint64_t start = now_ns(), largest;
	char size[32];
	int rc;

	rc = vmm_split(m->vmm, &largest);
	m->split_ns = now_ns() - start;
	if (!rc)
		screen_line(m->screen, "Leaves of up to %s were split to pages under DMA in %.1f ms.",
			    show_size(largest, size, sizeof(size)),
			    m->split_ns / 1e6);
	return rc;
}

int precopy(struct migration *m)
{
	struct vmm *vmm = m->vmm;
	size_t words = (vmm->size / GUEST_PAGE + 63) / 64;
	uint64_t *bitmap;
	int rc;

	if (vmm->large) {
		rc = split(m);
		if (rc)
			return rc;
	}
	bitmap = calloc(words, sizeof(*bitmap));
	if (!bitmap)
		return cannot("no memory for the dirty bitmap");
	rc = iommufdx_dirty_set(vmm->iommu, vmm->hwpt, true);
	if (rc) {
		free(bitmap);
		return cannot("cannot switch dirty tracking on: %s",
			      strerror(-rc));
	}
	screen_line(m->screen, "%5s  %11s  %10s  %11s", "round", "dirty pages",
		    "bytes", "time");
	rc = run_rounds(m, bitmap, words);
	free(bitmap);
	return rc;
}
