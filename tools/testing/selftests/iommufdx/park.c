// SPDX-License-Identifier: GPL-2.0-only
/* Parked memory, made with userfaultfd. */
#include "park.h"
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARK_LEN	4096ul

static int park_register(struct park *p, uint64_t mode, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)p->mem, .len = PARK_LEN },
		.mode = mode,
	};

	if (ioctl(p->fd, UFFDIO_API, &api) || ioctl(p->fd, UFFDIO_REGISTER, &reg))
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return 0;
}

static int park_protect(struct park *p, uint64_t mode)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)p->mem, .len = PARK_LEN },
		.mode = mode,
	};

	return ioctl(p->fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

static int park_begin(struct park *p)
{
	p->mem = mmap(NULL, PARK_LEN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->mem == MAP_FAILED) {
		p->mem = NULL;
		p->fd = -1;
		return -ENOMEM;
	}
	p->fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	return p->fd < 0 ? -EOPNOTSUPP : 0;
}

int park_make(struct park *p)
{
	int rc = park_begin(p);

	return rc ? rc : park_register(p, UFFDIO_REGISTER_MODE_MISSING, 0);
}

int park_make_readable(struct park *p, const void *data, size_t len)
{
	int rc = park_begin(p);

	if (rc)
		return rc;
	memcpy(p->mem, data, len);
	rc = park_register(p, UFFDIO_REGISTER_MODE_WP,
			   UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	return rc ? rc : park_protect(p, UFFDIO_WRITEPROTECT_MODE_WP);
}

bool park_is_taken(struct park *p)
{
	struct pollfd poll_for = { .fd = p->fd, .events = POLLIN };

	return poll(&poll_for, 1, PATIENCE_MS) == 1;
}

/* Without the descriptor the range is ordinary, and who waits tries again. */
void park_open(struct park *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void park_put(struct park *p)
{
	park_open(p);
	if (p->mem)
		munmap(p->mem, PARK_LEN);
	p->mem = NULL;
}

void *parked_ioctl(void *arg)
{
	struct parked *p = arg;
	int rc = ioctl(p->fd, p->request, p->cmd);

	p->rc = rc < 0 ? -errno : rc;
	return NULL;
}

void parked_end(struct parked *p)
{
	park_open(&p->park);
	pthread_join(p->thread, NULL);
}
