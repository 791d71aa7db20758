/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share: a rig is a mock IOMMU with one mock device, bound to an
 * iommufd that has one empty address space. Nothing is attached yet.
 *
 * Functions return 0 or a negative errno, as the library's do.
 */
#ifndef SELFTESTS_IOMMUFDX_RIG_H
#define SELFTESTS_IOMMUFDX_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <iommufdx.h>
#include <iommufdx_mock.h>

/* On a busy host, and with a kernel that checks much, a test takes its time. */
#ifdef TEST_TIMEOUT_DEFAULT
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300	/* seconds */
#endif

/* For what comes soon. No run that passes waits so long. */
#define PATIENCE_MS	30000

#define PAGE	4096ul
#define MB	(1024ul * 1024)

#define RW	(IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)
#define RO	IOMMU_IOAS_MAP_READABLE
#define FIXED	IOMMU_IOAS_MAP_FIXED_IOVA

/*
 * Whose hardware and whose page tables the tests run on: RIG_VENDOR in the
 * environment names one of amd-v1 (which it is without), amd-v2, vtd-fs, vtd-ss,
 * smmuv3-s1 and smmuv3-s2.
 */
struct rig_vendor {
	const char *name;
	const char *module;
	uint32_t kind;		/* enum iommufdx_mock_kind */
	uint32_t format;	/* enum iommufdx_formats */
	bool usual;		/* the backend chooses it when nothing is asked for */
	/* IOMMUFDX_MOCK_KNOB_IGNORE_OP: what drops translations, device entries */
	uint64_t drops_pages;
	uint64_t drops_entries;
};
const struct rig_vendor *rig_vendor(void);

struct rig {
	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev;
	uint32_t mock_iommu;
	uint32_t mock_dev;
	uint32_t dev_id;
	uint32_t ioas;
	uint32_t hwpt;		/* that rig_attach() made, or 0 */
	bool by_kind;		/* the IOMMU is of the vendor's kind */
};

#define RIG_RID	0x0100

/*
 * For tests that change mappings while channels run: no comparison at each hit,
 * because a hit between a table's change and its invalidation is in order.
 */
extern const struct iommufdx_mock_iommu_config rig_for_storms;

/*
 * Build it. With @config NULL the IOMMU is a model with every capability that
 * compares each cache hit with memory. RIG_ANY_KIND is the kind of rig_vendor().
 */
#define RIG_ANY_KIND	~0u
int rig_make(struct rig *r, const struct iommufdx_mock_iommu_config *config);
/* The same in two steps: the iommufd and the control, then the rest. */
int rig_open(struct rig *r);
int rig_fill(struct rig *r, const struct iommufdx_mock_iommu_config *config);
/* Take it apart, as far as it was built. */
void rig_break(struct rig *r);

/* Another device behind the same IOMMU, opened but not bound. */
int rig_add_device(struct rig *r, uint32_t rid, uint32_t *mock_dev,
		   struct iommufdx_device **dev);

/*
 * Attach the device to the address space, with page tables of the vendor's: where
 * those are the usual ones to the IOAS itself, else to a HWPT, which goes again
 * with rig_detach() (or rig_drop_hwpt() where the device has gone).
 */
int rig_attach(struct rig *r);
int rig_detach(struct rig *r);
int rig_drop_hwpt(struct rig *r);
/* Attach it to a HWPT that tracks, with the vendor's page tables. */
int rig_attach_dirty(struct rig *r, uint32_t *hwpt);

/*
 * Map memory with leaves of one page, so that each page is tracked alone, and have
 * the device attached to a HWPT that tracks.
 */
int rig_track(struct rig *r, void *mem, size_t len, uint64_t iova,
	      uint32_t *hwpt);

/* Fresh anonymous memory, zero, every page of it present. */
void *mem_get(size_t len);
/*
 * The same, aligned to its length, a power of two, of huge pages where the kernel
 * has some, and of ones.
 */
void *mem_get_huge(size_t len);
void mem_put(void *mem, size_t len);

/* Map at a fixed IOVA. */
int map_at(struct rig *r, void *mem, size_t len, uint64_t iova, uint32_t access);
int unmap_at(struct rig *r, uint64_t iova, size_t len);

/*
 * One transaction under the device's RID, of any length up to 1 MiB: 0, -EFAULT
 * when it faulted, -EIO when it was translated to where no memory is. *@done,
 * where given, is how many bytes went through before.
 */
int dma_read(struct rig *r, uint64_t iova, void *buf, size_t len, size_t *done);
int dma_write(struct rig *r, uint64_t iova, const void *buf, size_t len,
	      size_t *done);
/* Read one byte, to see whether it is translated. */
int dma_probe(struct rig *r, uint64_t iova);

/* Start channel @channel writing at random for ever, all over a range. */
int dma_storm(struct rig *r, unsigned int channel, uint64_t iova, uint64_t len,
	      uint32_t ctrl);

uint64_t milliseconds(void);
/*
 * A test does something over and over under a storm that began at @start. Each
 * invalidation waits for its turn among threads that are never idle, which takes as
 * long as the machine is busy: is @round the last, after @most or, when some seconds
 * are over, @least?
 */
bool last_round(int round, int least, int most, uint64_t start);

/* How many faults the device's event log has told of; -1 on error. */
int64_t faults_reported(struct rig *r);
/* Wait until it has told of at least @least, PATIENCE_MS at most. */
bool faults_reach(struct rig *r, int64_t least);
/* A counter of the rig's IOMMU, -1 on error. */
int64_t stale_seen(struct rig *r);

/*
 * Pages that are pinned in the whole system, by the kernel's own count; -1 when
 * it does not count. And: wait until it falls to @least, PATIENCE_MS at most.
 */
int64_t pages_pinned(void);
bool pages_pinned_fall_to(int64_t least);

/* A field of /proc/PID/status in kB, such as "VmPin"; -1 when there is none. */
long status_kb(pid_t pid, const char *field);
/* Wait until there are as many mock devices as @num, PATIENCE_MS at most. */
bool devices_become(size_t num);

/* A small generator of random numbers, the same for the same seed. */
static inline uint64_t rnd(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* IOMMUFDX_SEED, or a new one; the caller prints it. */
uint64_t rnd_seed(void);

#endif /* SELFTESTS_IOMMUFDX_RIG_H */
