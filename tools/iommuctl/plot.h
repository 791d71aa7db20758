/* SPDX-License-Identifier: GPL-2.0-only */
/* The rounds of a migration as a picture. */
#ifndef IOMMUCTL_PLOT_H
#define IOMMUCTL_PLOT_H

#include "precopy.h"

/*
 * Write an SVG file with a bar for each round, as high as the logarithm of its
 * dirty pages. 0, or EXIT_CANNOT when a message has been printed.
 */
int plot_rounds(const struct migration *m, const char *file, const char *vendor);

#endif /* IOMMUCTL_PLOT_H */
