/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in guest memory: real bytes to begin with, and the comparison at the
 * end.
 */
#ifndef IOMMUCTL_CONTENT_H
#define IOMMUCTL_CONTENT_H

#include "screen.h"
#include "vmm.h"

#define DIGEST_TEXT	65	/* SHA-256 in hexadecimal, and the NUL */

/**
 * struct digests - two memories compared
 * @source: SHA-256 of the one
 * @destination: and of the other
 * @differing: pages that are not the same
 * @first: byte offset of the first such page
 */
struct digests {
	char source[DIGEST_TEXT];
	char destination[DIGEST_TEXT];
	uint64_t differing;
	uint64_t first;
};

/* A file that is there on every machine: a kernel image, else this program. */
const char *content_default(char *buf, size_t len);

/* Has this machine @bytes of memory to spare? */
bool content_room(uint64_t bytes);

/* Fill @memory with @file, over and over. 0, or EXIT_CANNOT after a message. */
int content_fill(uint8_t *memory, uint64_t size, const char *file,
		 struct screen *screen);

void content_compare(const uint8_t *source, const uint8_t *destination,
		     uint64_t size, struct digests *digests,
		     struct screen *screen);

#endif /* IOMMUCTL_CONTENT_H */
