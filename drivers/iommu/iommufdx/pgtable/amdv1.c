// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for AMD host (v1) page tables. */
#include "fmt_amdv1.h"

#define PGT_FMT		amdv1_fmt
#define PGT_FORMAT	PGTABLE_AMDV1
#define PGT_NAME	"amdv1"
#define PGT_OPS		amdv1_pgtable_ops
#include "instantiate.h"
