/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_TIMEX_H
#define SHIM_LINUX_TIMEX_H

typedef unsigned long long cycles_t;

static inline cycles_t get_cycles(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

#endif
