// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for Armv8 stage 2 page tables, granule 4 KiB. */
#define ARMV8_STAGE		2
#define ARMV8_GRANULE_SHIFT	12
#include "fmt_armv8.h"

#define PGT_FMT		armv8_fmt
#define PGT_FORMAT	PGTABLE_ARMV8_S2
#define PGT_NAME	"armv8-s2-4k"
#define PGT_OPS		armv8_s2_4k_pgtable_ops
#include "instantiate.h"
