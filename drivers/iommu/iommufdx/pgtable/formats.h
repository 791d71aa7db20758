/* SPDX-License-Identifier: GPL-2.0-only */
/* Every instance of the engine, for the table in pgtable.c. */
#ifndef __IOMMUFDX_PGTABLE_FORMATS_H
#define __IOMMUFDX_PGTABLE_FORMATS_H

#include "fmt.h"

extern const struct pgtable_ops amdv1_pgtable_ops;
extern const struct pgtable_ops amdv1_2k_pgtable_ops;
extern const struct pgtable_ops armv8_s1_4k_pgtable_ops;
extern const struct pgtable_ops armv8_s1_16k_pgtable_ops;
extern const struct pgtable_ops armv8_s1_64k_pgtable_ops;
extern const struct pgtable_ops armv8_s2_4k_pgtable_ops;
extern const struct pgtable_ops armv8_s2_16k_pgtable_ops;
extern const struct pgtable_ops armv8_s2_64k_pgtable_ops;
extern const struct pgtable_ops vtdss_pgtable_ops;
extern const struct pgtable_ops x86_64_pgtable_ops;

#endif /* __IOMMUFDX_PGTABLE_FORMATS_H */
