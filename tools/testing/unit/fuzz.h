/* SPDX-License-Identifier: GPL-2.0-only */
/* What fuzz targets share: the bytes of a fuzzer as choices. */
#ifndef __UNIT_FUZZ_H
#define __UNIT_FUZZ_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *fuzz_bytes;
static size_t fuzz_left;

static inline void fuzz_begin(const uint8_t *data, size_t size)
{
	fuzz_bytes = data;
	fuzz_left = size;
}

/* As many bytes as @n needs. Zeros when there are no more. */
static inline u64 fuzz_choose(u64 n)
{
	u64 value = 0;

	for (u64 range = n - 1; range; range >>= 8) {
		value <<= 8;
		if (fuzz_left) {
			value |= *fuzz_bytes++;
			fuzz_left--;
		}
	}
	return value % n;
}

#endif /* __UNIT_FUZZ_H */
