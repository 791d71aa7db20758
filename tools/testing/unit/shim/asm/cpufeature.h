/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_ASM_CPUFEATURE_H
#define __SHIM_ASM_CPUFEATURE_H

#define X86_FEATURE_CX16	(4 * 32 + 13)
#define boot_cpu_has(bit)	true

#endif /* __SHIM_ASM_CPUFEATURE_H */
