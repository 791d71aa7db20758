// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a guest arrives: see arrival.h. What the devices do is known beforehand,
 * so the process does it, too, on a copy, and compares all bytes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arrival.h"

/* Pages that each channel goes on to write at most, and how long it may take. */
#define BLOCKS		200
#define SECONDS		4
#define PATIENCE_MS	120000

static bool get_all(int fd, void *buf, size_t len)
{
	return recv(fd, buf, len, MSG_WAITALL) == (ssize_t)len;
}

static bool put_all(int fd, const void *buf, size_t len)
{
	return send(fd, buf, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* ---------------------------------------------------------- in the other process */

/* A byte of guest memory, by where devices see it. */
static uint8_t *seen_at(const struct vmm *vmm, uint8_t *memory, uint64_t address)
{
	uint64_t offset = address - vmm->view;

	return memory + guest_page_of(vmm, offset / GUEST_PAGE) * GUEST_PAGE +
	       offset % GUEST_PAGE;
}

/* Do to @memory what a channel does, and note the pages in @written. */
static void replay(const struct vmm *vmm,
		   const struct iommufdx_channel_job *job, uint8_t *memory,
		   uint64_t *written)
{
	__u64 seed = job->seed, stamp = job->stamp, src, dst;

	for (uint64_t i = 0; i < job->count; i++, stamp++) {
		uint8_t *to;
		uint64_t page;

		iommufdx_mock_auto_next(&seed, job->src_size, job->dst_size,
					job->len, &src, &dst);
		/* Pages next to each other there need not be so here. */
		to = seen_at(vmm, memory, job->dst + dst);
		for (uint64_t n = 0; n < job->len; n++)
			to[n] = *seen_at(vmm, memory, job->src + src + n);
		memcpy(to, &stamp, sizeof(stamp));
		page = (to - memory) / GUEST_PAGE;
		written[page / 64] |= 1ull << page % 64;
	}
}

static int run_for_a_while(struct vmm *vmm, const struct device_state *state)
{
	int rc;

	rc = iommufdx_dirty_set(vmm->iommu, vmm->hwpt, true);
	if (rc)
		return cannot("cannot switch dirty tracking on: %s",
			      strerror(-rc));
	rc = vmm_run_devices(vmm, state);
	if (!rc && vmm->behind == BEHIND_NESTED)
		rc = driver_work(vmm);
	for (unsigned int i = 0; !rc && i < GUEST_DEVICES * GUEST_CHANNELS; i++) {
		unsigned int n = i / GUEST_CHANNELS, c = i % GUEST_CHANNELS;

		rc = iommufdx_channel_wait(vmm->dev[n], c, PATIENCE_MS, NULL);
		if (rc)
			return cannot("channel %u of device %u did not go on: %s",
				      c, n, strerror(-rc));
	}
	return rc;
}

static void compare(const struct vmm *vmm, const uint8_t *expected,
		    const uint64_t *written, const uint64_t *dirty,
		    struct went_on *r)
{
	for (uint64_t page = 0; page < vmm->size / GUEST_PAGE; page++) {
		/* Tables may have got accessed bits; they are no data. */
		if (page < vmm->data / GUEST_PAGE &&
		    memcmp(expected + page * GUEST_PAGE,
			   vmm->memory + page * GUEST_PAGE, GUEST_PAGE))
			r->wrong++;
		if ((written[page / 64] & ~dirty[page / 64]) >> page % 64 & 1)
			r->unseen++;
	}
}

/* One that writes a page a second shall not go on for minutes. */
static uint64_t blocks_of(const struct iommufdx_channel_job *job)
{
	return job->rate && job->rate < BLOCKS / SECONDS ? job->rate * SECONDS :
							   BLOCKS;
}

static int go_on(struct vmm *vmm, const struct vendor *vendor,
		 struct device_state *state, struct went_on *r)
{
	size_t words = (vmm->size / GUEST_PAGE + 63) / 64;
	uint64_t *written = calloc(words, sizeof(*written));
	uint64_t *dirty = calloc(words, sizeof(*dirty));
	uint8_t *expected = memory_get(vmm->size, false);
	struct device_work work;
	int rc;

	if (!written || !dirty || !expected)
		return cannot("no memory for the destination");
	memcpy(expected, vmm->memory, vmm->size);
	for (unsigned int n = 0; n < GUEST_DEVICES; n++)
		for (unsigned int c = 0; c < GUEST_CHANNELS; c++)
			state->job[n][c].count =
				blocks_of(&state->job[n][c]);
	rc = vmm_start(vmm, vendor);
	if (!rc)
		rc = run_for_a_while(vmm, state);
	if (!rc)
		rc = vmm_read_dirty(vmm, dirty);
	if (!rc)
		rc = vmm_device_work(vmm, &work);
	if (rc)
		return rc;
	r->blocks = work.blocks;
	r->changes = vmm->changes;
	r->astray = vmm->astray;
	r->faults = work.faults + work.stale;
	for (unsigned int n = 0; n < GUEST_DEVICES; n++)
		for (unsigned int c = 0; c < GUEST_CHANNELS; c++)
			replay(vmm, &state->job[n][c], expected, written);
	compare(vmm, expected, written, dirty, r);
	return 0;
}

static void wait_and_go_on(int fd, struct vmm *vmm, const struct vendor *vendor)
{
	struct went_on result = { 0 };
	struct device_state state;

	/* Nothing comes when there is no migration after all. */
	if (!get_all(fd, &state, sizeof(state)))
		return;
	result.status = go_on(vmm, vendor, &state, &result);
	put_all(fd, &result, sizeof(result));
	vmm_end(vmm);
}

/* ------------------------------------------------------------------ in this one */

int arrival_prepare(struct arrival *a, const struct vmm *vmm,
		    const struct vendor *vendor, uint8_t *memory)
{
	struct vmm there = *vmm;
	int fds[2];

	there.memory = memory;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return cannot("no socket: %s", strerror(errno));
	fflush(NULL);
	a->pid = fork();
	if (a->pid == 0) {
		/* Nobody waits for an answer any more; fds[0] says if so by now. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		wait_and_go_on(fds[1], &there, vendor);
		_exit(0);
	}
	close(fds[1]);
	a->fd = fds[0];
	return a->pid < 0 ? cannot("no other process: %s", strerror(errno)) : 0;
}

int arrival_go_on(struct arrival *a, const struct device_state *state,
		  struct went_on *result)
{
	if (!put_all(a->fd, state, sizeof(*state)) ||
	    !get_all(a->fd, result, sizeof(*result)))
		return cannot("the destination went away");
	return result->status;
}

void arrival_end(struct arrival *a)
{
	if (a->fd > 0)
		close(a->fd);
	if (a->pid > 0)
		waitpid(a->pid, NULL, 0);
}
