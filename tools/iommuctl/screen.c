// SPDX-License-Identifier: GPL-2.0-only
/*
 * Progress on a terminal, and the lines that stay.
 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "iommuctl.h"
#include "screen.h"

#define REDRAW_NS	80000000ull
#define BAR_WIDTH	32

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void screen_init(struct screen *s, bool quiet)
{
	*s = (struct screen){
		.quiet = quiet,
		.terminal = !quiet && isatty(STDOUT_FILENO),
	};
}

void screen_phase(struct screen *s, const char *phase)
{
	snprintf(s->phase, sizeof(s->phase), "%s", phase);
	s->phase_ns = now_ns();
	s->last_ns = 0;
}

void screen_bar(struct screen *s, uint64_t done, uint64_t all)
{
	char bar[BAR_WIDTH + 1], size[32], speed[32];
	uint64_t now;
	int full;

	if (!s->terminal || !all)
		return;
	now = now_ns();
	if (now - s->last_ns < REDRAW_NS && done < all)
		return;
	s->last_ns = now;
	full = done * BAR_WIDTH / all;
	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR_WIDTH] = 0;
	printf("\r\033[K%-9s [%s] %3d%%  %s  %s/s", s->phase, bar,
	       (int)(done * 100 / all), show_size(done, size, sizeof(size)),
	       show_size(now > s->phase_ns ?
				 done * 1000000000.0 / (now - s->phase_ns) : 0,
			 speed, sizeof(speed)));
	fflush(stdout);
}

void screen_line(struct screen *s, const char *fmt, ...)
{
	va_list args;

	if (s->quiet)
		return;
	if (s->terminal)
		fputs("\r\033[K", stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}
