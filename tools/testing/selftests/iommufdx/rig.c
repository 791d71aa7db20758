// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rig, and small things that more than one test needs.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

const struct iommufdx_mock_iommu_config rig_for_storms = {
	.kind = RIG_ANY_KIND,
	.caps = ~0u,
};

/* Opcodes as in out_commands_by_op. */
#define AMD_DROPS_PAGES		(1ull << 0x03)
#define AMD_DROPS_ENTRIES	(1ull << 0x02)
#define VTD_DROPS_PAGES		(1ull << 0x02 | 1ull << 0x06)
#define VTD_DROPS_ENTRIES	(1ull << 0x01 | 1ull << 0x07)
#define SMMU_DROPS_PAGES	0x0001ffffffff0000ull	/* all TLBI */
#define SMMU_DROPS_ENTRIES	0x00000000000000f8ull	/* all CFGI */

static const struct rig_vendor vendors[] = {
	{ "amd-v1", "iommufdx_amd", IOMMUFDX_MOCK_KIND_AMD,
	  IOMMUFDX_FORMAT_AMDV1, true, AMD_DROPS_PAGES, AMD_DROPS_ENTRIES },
	{ "amd-v2", "iommufdx_amd", IOMMUFDX_MOCK_KIND_AMD,
	  IOMMUFDX_FORMAT_X86_64, false, AMD_DROPS_PAGES, AMD_DROPS_ENTRIES },
	{ "vtd-fs", "iommufdx_vtd", IOMMUFDX_MOCK_KIND_VTD,
	  IOMMUFDX_FORMAT_X86_64, true, VTD_DROPS_PAGES, VTD_DROPS_ENTRIES },
	{ "vtd-ss", "iommufdx_vtd", IOMMUFDX_MOCK_KIND_VTD,
	  IOMMUFDX_FORMAT_VTDSS, false, VTD_DROPS_PAGES, VTD_DROPS_ENTRIES },
	{ "smmuv3-s1", "iommufdx_smmuv3", IOMMUFDX_MOCK_KIND_SMMUV3,
	  IOMMUFDX_FORMAT_ARMV8_S1, true, SMMU_DROPS_PAGES,
	  SMMU_DROPS_ENTRIES },
	{ "smmuv3-s2", "iommufdx_smmuv3", IOMMUFDX_MOCK_KIND_SMMUV3,
	  IOMMUFDX_FORMAT_ARMV8_S2, false, SMMU_DROPS_PAGES,
	  SMMU_DROPS_ENTRIES },
};

const struct rig_vendor *rig_vendor(void)
{
	const char *name = getenv("RIG_VENDOR");

	if (!name)
		return &vendors[0];
	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
		if (!strcmp(name, vendors[i].name))
			return &vendors[i];
	fprintf(stderr, "# RIG_VENDOR=%s is no vendor\n", name);
	exit(1);
}

int rig_open(struct rig *r)
{
	int rc;

	memset(r, 0, sizeof(*r));
	rc = iommufdx_open(NULL, &r->iommu);
	if (!rc)
		rc = iommufdx_mock_open(NULL, &r->mock);
	if (rc)
		rig_break(r);
	return rc;
}

int rig_fill(struct rig *r, const struct iommufdx_mock_iommu_config *config)
{
	static const struct iommufdx_mock_iommu_config usual = {
		.kind = RIG_ANY_KIND,
		.flags = IOMMUFDX_MOCK_IOMMU_CHECK_HITS,
		.caps = ~0u,
	};
	struct iommufdx_mock_iommu_config chosen = config ? *config : usual;
	int rc;

	if (chosen.kind == RIG_ANY_KIND)
		chosen.kind = rig_vendor()->kind;
	r->by_kind = chosen.kind == rig_vendor()->kind;
	rc = iommufdx_mock_iommu_add(r->mock, &chosen, &r->mock_iommu);
	if (!rc)
		rc = rig_add_device(r, RIG_RID, &r->mock_dev, &r->dev);
	if (!rc)
		rc = iommufdx_device_bind(r->dev, r->iommu, &r->dev_id);
	if (!rc)
		rc = iommufdx_ioas_alloc(r->iommu, &r->ioas);
	if (rc)
		rig_break(r);
	return rc;
}

int rig_make(struct rig *r, const struct iommufdx_mock_iommu_config *config)
{
	int rc = rig_open(r);

	return rc ? rc : rig_fill(r, config);
}

void rig_break(struct rig *r)
{
	iommufdx_device_close(r->dev);
	iommufdx_mock_close(r->mock);
	iommufdx_close(r->iommu);
	memset(r, 0, sizeof(*r));
}

int rig_add_device(struct rig *r, uint32_t rid, uint32_t *mock_dev,
		   struct iommufdx_device **dev)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = r->mock_iommu,
		.rid = rid,
	};
	int rc = iommufdx_mock_dev_add(r->mock, &config, mock_dev);

	return rc ? rc : iommufdx_mock_dev_open(r->mock, *mock_dev, dev);
}

/* A HWPT with the vendor's page tables. */
static int rig_hwpt(struct rig *r, uint32_t flags, uint32_t *hwpt)
{
	const struct iommufdx_hwpt_request want = {
		.flags = flags,
		.format = rig_vendor()->format,
	};
	struct iommufdx_hwpt_choice got;
	int rc = iommufdx_hwpt_request(r->iommu, r->dev_id, r->ioas, &want,
				       &got);

	if (!rc)
		*hwpt = got.hwpt;
	return rc;
}

int rig_attach(struct rig *r)
{
	uint32_t pt_id = r->ioas;
	int rc = 0;

	if (r->by_kind && !rig_vendor()->usual) {
		if (!r->hwpt)
			rc = rig_hwpt(r, 0, &r->hwpt);
		pt_id = r->hwpt;
	}
	return rc ? rc : iommufdx_device_attach(r->dev, &pt_id);
}

int rig_drop_hwpt(struct rig *r)
{
	int rc = r->hwpt ? iommufdx_destroy(r->iommu, r->hwpt) : 0;

	r->hwpt = 0;
	return rc;
}

int rig_detach(struct rig *r)
{
	int rc = iommufdx_device_detach(r->dev);

	return rc ? rc : rig_drop_hwpt(r);
}

int rig_attach_dirty(struct rig *r, uint32_t *hwpt)
{
	uint32_t pt_id;
	int rc = rig_hwpt(r, IOMMUFDX_HWPT_DIRTY_TRACKING, hwpt);

	pt_id = *hwpt;
	return rc ? rc : iommufdx_device_attach(r->dev, &pt_id);
}

int rig_track(struct rig *r, void *mem, size_t len, uint64_t iova,
	      uint32_t *hwpt)
{
	int rc = iommufdx_option_set(r->iommu, IOMMU_OPTION_HUGE_PAGES, r->ioas,
				     0);

	if (!rc)
		rc = map_at(r, mem, len, iova, RW);
	if (!rc)
		rc = rig_attach_dirty(r, hwpt);
	return rc ? rc : iommufdx_dirty_set(r->iommu, *hwpt, true);
}

void *mem_get(size_t len)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

void *mem_get_huge(size_t len)
{
	char *room = mmap(NULL, 2 * len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mem;

	if (room == MAP_FAILED)
		return NULL;
	mem = (char *)(((uintptr_t)room + len - 1) & ~(len - 1));
	/* Give back what is before it and behind. */
	if (mem != room)
		munmap(room, mem - room);
	munmap(mem + len, room + len - mem);
	madvise(mem, len, MADV_HUGEPAGE);
	return memset(mem, 1, len);
}

void mem_put(void *mem, size_t len)
{
	if (mem)
		munmap(mem, len);
}

int map_at(struct rig *r, void *mem, size_t len, uint64_t iova, uint32_t access)
{
	return iommufdx_ioas_map(r->iommu, r->ioas, access | FIXED, mem, len,
				 &iova);
}

int unmap_at(struct rig *r, uint64_t iova, size_t len)
{
	return iommufdx_ioas_unmap(r->iommu, r->ioas, iova, len, NULL);
}

static int dma(struct rig *r, uint32_t op, uint64_t iova, void *buf, size_t len,
	       size_t *done)
{
	struct iommufdx_mock_dma txn = {
		.iommu_id = r->mock_iommu,
		.rid = RIG_RID,
		.op = op,
		.iova = iova,
		.length = len,
		.uptr = (uintptr_t)buf,
	};
	int rc = iommufdx_mock_dma(r->mock, &txn);

	if (rc)
		return rc;
	if (done)
		*done = txn.out_done;
	switch (txn.out_status) {
	case IOMMUFDX_MOCK_DMA_OK:
		return 0;
	case IOMMUFDX_MOCK_DMA_FAULT:
		return -EFAULT;
	default:
		return -EIO;
	}
}

int dma_read(struct rig *r, uint64_t iova, void *buf, size_t len, size_t *done)
{
	return dma(r, IOMMUFDX_MOCK_DMA_READ, iova, buf, len, done);
}

int dma_write(struct rig *r, uint64_t iova, const void *buf, size_t len,
	      size_t *done)
{
	return dma(r, IOMMUFDX_MOCK_DMA_WRITE, iova, (void *)buf, len, done);
}

int dma_probe(struct rig *r, uint64_t iova)
{
	char byte;

	return dma_read(r, iova, &byte, 1, NULL);
}

int dma_storm(struct rig *r, unsigned int channel, uint64_t iova, uint64_t len,
	      uint32_t ctrl)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = ctrl | IOMMUFDX_MOCK_CTRL_STAMP,
		.src = iova,
		.src_size = len,
		.dst = iova,
		.dst_size = len,
		.len = PAGE,
		.seed = channel + 1,
		.stamp = 1,
	};

	return iommufdx_channel_start(r->dev, channel, &job);
}

uint64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

bool last_round(int round, int least, int most, uint64_t start)
{
	return round + 1 >= most ||
	       (round + 1 >= least && milliseconds() - start > 4000);
}

static void nap(void)
{
	const struct timespec t = { .tv_nsec = 5000000 };

	nanosleep(&t, NULL);
}

int64_t faults_reported(struct rig *r)
{
	struct iommufdx_mock_dev_entry entry;

	if (iommufdx_mock_dev_get(r->mock, r->mock_dev, &entry))
		return -1;
	return entry.faults;
}

bool faults_reach(struct rig *r, int64_t least)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (faults_reported(r) >= least)
			return true;
		nap();
	}
	return false;
}

int64_t stale_seen(struct rig *r)
{
	struct iommufdx_mock_iommu_stats stats;

	if (iommufdx_mock_stats(r->mock, r->mock_iommu, &stats))
		return -1;
	return stats.out_stale;
}

long status_kb(pid_t pid, const char *field)
{
	char path[32], line[128];
	size_t len = strlen(field);
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':')
			kb = strtol(line + len + 1, NULL, 10);
	fclose(f);
	return kb;
}

int64_t pages_pinned(void)
{
	int64_t acquired = -1, released = -1;
	char name[64];
	long long n;
	FILE *f;

	/* Fold what each CPU still keeps to itself. */
	f = fopen("/proc/sys/vm/stat_refresh", "w");
	if (f) {
		fputs("1", f);
		fclose(f);
	}
	f = fopen("/proc/vmstat", "r");
	if (!f)
		return -1;
	while (fscanf(f, "%63s %lld", name, &n) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = n;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = n;
	}
	fclose(f);
	return acquired < 0 || released < 0 ? -1 : acquired - released;
}

bool pages_pinned_fall_to(int64_t least)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (pages_pinned() <= least)
			return true;
		nap();
	}
	return false;
}

bool devices_become(size_t num)
{
	struct iommufdx_mock_dev_entry *entries;
	struct iommufdx_mock *mock;
	size_t found = ~(size_t)0;

	if (iommufdx_mock_open(NULL, &mock))
		return false;
	for (int ms = 0; ms < PATIENCE_MS && found != num; ms += 5) {
		if (!iommufdx_mock_devs(mock, &entries, &found))
			free(entries);
		if (found != num)
			nap();
	}
	iommufdx_mock_close(mock);
	return found == num;
}

uint64_t rnd_seed(void)
{
	const char *given = getenv("IOMMUFDX_SEED");
	uint64_t seed = 0;

	if (given)
		return strtoull(given, NULL, 0);
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = time(NULL);
	return seed;
}
