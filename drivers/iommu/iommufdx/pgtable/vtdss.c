// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for VT-d second-stage page tables. */
#include "fmt_vtdss.h"

#define PGT_FMT		vtdss_fmt
#define PGT_FORMAT	PGTABLE_VTDSS
#define PGT_NAME	"vtdss"
#define PGT_OPS		vtdss_pgtable_ops
#define PGT_UNTOUCH
#include "instantiate.h"
