// SPDX-License-Identifier: GPL-2.0-only
/* The rounds of a migration as a picture: bars on a logarithmic scale. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plot.h"

#define WIDTH	800
#define HEIGHT	400
#define LEFT	70
#define TOP	50
#define BOTTOM	50
#define TOTAL_W	(LEFT + WIDTH + 20)
#define TOTAL_H	(TOP + HEIGHT + BOTTOM)

/* A line for each power of ten up to that which no bar exceeds. */
static unsigned int powers(const struct migration *m)
{
	uint64_t most = 1, reach = 1;
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->nr_rounds; i++)
		if (m->rounds[i].pages > most)
			most = m->rounds[i].pages;
	for (; reach < most; reach *= 10)
		n++;
	return n ? n : 1;
}

/* 0 at one page, HEIGHT at 10^@n; none is a little below one. */
static double height(uint64_t pages, unsigned int n)
{
	double decades = 0;
	double rest = pages;

	if (!pages)
		return 0;
	for (; rest >= 10; rest /= 10)
		decades++;
	/* Within a decade a straight line is near enough. */
	return 4 + (decades + (rest - 1) / 9) * (HEIGHT - 4) / n;
}

static void scale(FILE *f, unsigned int n)
{
	uint64_t pages = 1;

	for (unsigned int i = 0; i <= n; i++, pages *= 10) {
		double y = TOP + HEIGHT - height(pages, n);

		fprintf(f, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ccc\"/>\n",
			LEFT, y, LEFT + WIDTH, y);
		fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%llu</text>\n",
			LEFT - 8, y + 4, (unsigned long long)pages);
	}
}

static void bars(FILE *f, const struct migration *m, unsigned int n)
{
	double step = (double)WIDTH / m->nr_rounds;

	for (unsigned int i = 0; i < m->nr_rounds; i++) {
		const struct round *r = &m->rounds[i];
		double h = height(r->pages, n), x = LEFT + i * step;

		fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>round %u: %llu pages, %.1f ms</title></rect>\n",
			x + step * 0.1, TOP + HEIGHT - h, step * 0.8, h,
			i + 1 == m->nr_rounds ? "#b33" : "#36a", i,
			(unsigned long long)r->pages, r->ns / 1e6);
		if (m->nr_rounds <= 40)
			fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%u</text>\n",
				x + step / 2, TOP + HEIGHT + 18, i);
	}
}

int plot_rounds(const struct migration *m, const char *file, const char *vendor)
{
	unsigned int n = powers(m);
	FILE *f = fopen(file, "w");
	bool bad;

	if (!f)
		return cannot("cannot write %s: %s", file, strerror(errno));
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n",
		TOTAL_W, TOTAL_H, TOTAL_W, TOTAL_H);
	fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
	fprintf(f, "<text x=\"%d\" y=\"24\" font-size=\"16\">Dirty pages per round, %s, %d devices</text>\n",
		LEFT, vendor, GUEST_DEVICES);
	scale(f, n);
	bars(f, m, n);
	fprintf(f, "<text x=\"%d\" y=\"%d\">round; the last one, in red, with the devices stopped for %.1f ms</text>\n",
		LEFT, TOTAL_H - 12, m->down_ns / 1e6);
	fprintf(f, "</svg>\n");
	bad = ferror(f);
	if (fclose(f) || bad)
		return cannot("cannot write %s: %s", file, strerror(errno));
	screen_line(m->screen, "Plot: %s", file);
	return 0;
}
