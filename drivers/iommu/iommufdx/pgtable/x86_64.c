// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for x86 page tables: AMD guest (v2), VT-d first stage. */
#include "fmt_x86_64.h"

#define PGT_FMT		x86_64_fmt
#define PGT_FORMAT	PGTABLE_X86_64
#define PGT_NAME	"x86_64"
#define PGT_OPS		x86_64_pgtable_ops
#define PGT_UNTOUCH
#include "instantiate.h"
