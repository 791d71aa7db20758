// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine, compiled for AMD host (v1) page tables with a granule of 2 KiB.
 * No hardware has it; a mock IOMMU whose pages are smaller than the CPU's does.
 */
#define AMDV1_GRANULE_SHIFT	11
#define AMDV1_MAX_LEVELS	5
#define AMDV1_MAX_VA_BITS	56
#define AMDV1_MAX_OA_BITS	51
#define AMDV1_MAX_LEAF_SHIFT	46
#include "fmt_amdv1.h"

#define PGT_FMT		amdv1_fmt
#define PGT_FORMAT	PGTABLE_AMDV1_2K
#define PGT_NAME	"amdv1-2k"
#define PGT_OPS		amdv1_2k_pgtable_ops
#include "instantiate.h"
