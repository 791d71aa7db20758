/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a person sees while a migration runs: a bar on a terminal, which the
 * finished line takes the place of; elsewhere only the finished lines.
 */
#ifndef IOMMUCTL_SCREEN_H
#define IOMMUCTL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct screen - where progress goes
 * @quiet: nowhere, somebody asked for JSON
 * @terminal: standard output is one
 * @last_ns: when the bar was last drawn
 * @phase_ns: when the phase that the bar shows began
 * @phase: its name
 */
struct screen {
	bool quiet;
	bool terminal;
	uint64_t last_ns;
	uint64_t phase_ns;
	char phase[16];
};

/* Nanoseconds of a clock that never jumps. */
uint64_t now_ns(void);

void screen_init(struct screen *s, bool quiet);
/* A phase begins; then any number of bars; the next line erases the bar. */
void screen_phase(struct screen *s, const char *phase);
void screen_bar(struct screen *s, uint64_t done, uint64_t all);
void screen_line(struct screen *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* IOMMUCTL_SCREEN_H */
