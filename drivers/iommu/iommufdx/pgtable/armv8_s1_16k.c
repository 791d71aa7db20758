// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for Armv8 stage 1 page tables, granule 16 KiB. */
#define ARMV8_STAGE		1
#define ARMV8_GRANULE_SHIFT	14
#include "fmt_armv8.h"

#define PGT_FMT		armv8_fmt
#define PGT_FORMAT	PGTABLE_ARMV8_S1
#define PGT_NAME	"armv8-s1-16k"
#define PGT_OPS		armv8_s1_16k_pgtable_ops
#include "instantiate.h"
