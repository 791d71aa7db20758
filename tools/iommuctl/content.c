// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling guest memory from a file, and comparing two memories.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "content.h"

#define CHUNK	(1ull << 20)

const char *content_default(char *buf, size_t len)
{
	static const char * const dirs[] = { "", "/boot" };

	for (int i = 0; i < 2; i++) {
		DIR *dir = opendir(*dirs[i] ? dirs[i] : "/");
		struct dirent *entry;

		if (!dir)
			continue;
		while ((entry = readdir(dir))) {
			if (strncmp(entry->d_name, "vmlinuz", 7) ||
			    snprintf(buf, len, "%s/%s", dirs[i],
				     entry->d_name) >= (int)len ||
			    access(buf, R_OK))
				continue;
			closedir(dir);
			return buf;
		}
		closedir(dir);
	}
	return "/proc/self/exe";
}

bool content_room(uint64_t bytes)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kb;
	char line[128];
	bool room = true;

	if (!f)
		return true;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &kb) == 1)
			room = bytes / 1024 <= kb;
	fclose(f);
	return room;
}

/* Read the file once to the start of memory; returns how much, or -errno. */
static ssize_t read_file(uint8_t *memory, uint64_t size, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint64_t have = 0;
	ssize_t got = 0;

	if (fd < 0)
		return -errno;
	while (have < size) {
		got = read(fd, memory + have,
			   size - have < CHUNK ? size - have : CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		have += got;
	}
	got = got < 0 ? -errno : (ssize_t)have;
	close(fd);
	return got;
}

int content_fill(uint8_t *memory, uint64_t size, const char *file,
		 struct screen *screen)
{
	ssize_t once = read_file(memory, size, file);

	if (once < 0)
		return cannot("%s: %s", file, strerror(-once));
	if (!once)
		return cannot("%s is empty: --source wants a file with something in it",
			      file);
	screen_phase(screen, "filling");
	for (uint64_t at = once; at < size; at += once) {
		memcpy(memory + at, memory,
		       size - at < (uint64_t)once ? size - at : (uint64_t)once);
		screen_bar(screen, at, size);
	}
	return 0;
}

struct hashing {
	const uint8_t *memory;
	uint64_t size;
	char *text;
	struct screen *screen;
};

static void *hash(void *arg)
{
	struct hashing *h = arg;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	for (uint64_t at = 0; at < h->size; at += CHUNK) {
		sha256_update(&ctx, h->size - at < CHUNK ? h->size - at : CHUNK,
			      h->memory + at);
		if (h->screen)
			screen_bar(h->screen, at, h->size);
	}
	sha256_digest(&ctx, sizeof(digest), digest);
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		sprintf(h->text + 2 * i, "%02x", digest[i]);
	return NULL;
}

void content_compare(const uint8_t *source, const uint8_t *destination,
		     uint64_t size, struct digests *digests,
		     struct screen *screen)
{
	struct hashing here = { source, size, digests->source, screen };
	struct hashing there = { destination, size, digests->destination, NULL };
	pthread_t thread;
	bool two;

	digests->differing = 0;
	digests->first = 0;
	screen_phase(screen, "hashing");
	two = !pthread_create(&thread, NULL, hash, &there);
	hash(&here);
	if (two)
		pthread_join(thread, NULL);
	else
		hash(&there);
	if (!strcmp(digests->source, digests->destination))
		return;
	for (uint64_t at = size; at; at -= GUEST_PAGE) {
		if (!memcmp(source + at - GUEST_PAGE,
			    destination + at - GUEST_PAGE, GUEST_PAGE))
			continue;
		digests->differing++;
		digests->first = at - GUEST_PAGE;
	}
}
