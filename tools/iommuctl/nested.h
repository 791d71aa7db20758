/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that runs its own IOMMU: real code that builds stage 1 tables in guest
 * memory, changes them, and says so by invalidation commands. Its VMM, which is
 * the same process, only passes on what a guest cannot do itself: by one of the
 * *paths* that there are for the commands.
 */
#ifndef IOMMUCTL_NESTED_H
#define IOMMUCTL_NESTED_H

#include <pthread.h>

#include <iommufdx_guest.h>

#include "driver_queue.h"
#include "iommuctl.h"

#define NESTED_PAGE	4096ull
#define NESTED_GPA	0x100000000ull
#define NESTED_PAGES	4096
/* Virtual addresses of each address space: pages from here on. */
#define NESTED_VA	0x7f0000000000ull
#define NESTED_SLOTS	256
#define NESTED_SPACES	4
/* Guest pages that an address space's DMA can go to. */
#define NESTED_DATA	256
#define NESTED_BATCH	64
#define NESTED_THREADS	2
/* The guest's name for its device. */
#define NESTED_VSID	0x0008

/* A queue of its own has room for what all threads wait for at once. */
#define NESTED_QUEUE	512

/* 64-bit words of the longest command there is. */
#define NESTED_WORDS	4

struct nested_guest;

/**
 * struct nested_space - an address space of the guest, which one PASID has
 * @pasid: it
 * @root: guest page of its top table
 * @data: first guest page of its data
 * @where: per slot, the data page it is mapped to, counted from 1; 0: none
 * @shadow: the HWPT that follows it, with nested_shadow_path
 */
struct nested_space {
	uint32_t pasid;
	unsigned int root;
	unsigned int data;
	uint16_t where[NESTED_SLOTS];
	uint32_t shadow;
};

/**
 * struct nested_vendor - whose IOMMU the guest believes to have
 * @name: as given to --vendor
 * @kind: of enum iommufdx_mock_kind
 * @dir: bits of an entry that leads to a table
 * @leaf: bits of an entry that maps a page
 * @viommu_type: of the vIOMMU
 * @inv_type: of its commands
 * @queue_type: of the queue that holds them
 * @words: 64-bit words of a command
 * @index_shift: where an index is in the queue's registers
 * @wrap_bit: it has one bit more than the queue's length needs
 * @start: hand the guest's tables to the device
 * @page: the command for a page of a space that changed
 * @device: the one for all that the device has cached of a space
 * @sync: the one that waits for all before it and then stores @value at @addr
 * @shadow: what its tables are, but for the root
 * @page_of: is a command one of @page's? Then of which space and page it is
 */
struct nested_vendor {
	const char *name;
	uint32_t kind;
	uint64_t dir;
	uint64_t leaf;
	uint32_t viommu_type;
	uint32_t inv_type;
	uint32_t queue_type;
	unsigned int words;
	unsigned int index_shift;
	bool wrap_bit;
	int (*start)(struct nested_guest *g);
	void (*page)(const struct nested_space *space, uint64_t va,
		     uint64_t *cmd);
	void (*device)(const struct nested_space *space, uint64_t *cmd);
	void (*sync)(uint64_t addr, uint32_t value, uint64_t *cmd);
	struct iommufdx_hwpt_shadow shadow;
	bool (*page_of)(const uint64_t *cmd, uint32_t *pasid, uint64_t *va);
};

extern const struct nested_vendor nested_vendors[];

/**
 * struct nested_path - how commands reach the IOMMU
 * @name: as given to --path
 * @calls: what it takes once for each change: many of them
 * @vmm: it is the VMM that does
 * @shadow: to an IOMMU that cannot nest; the guest's tables are followed
 * @open: before the guest uses it
 * @execute: @num commands of @thread; nothing stale is left when it returns
 */
struct nested_path {
	const char *name;
	const char *calls;
	bool vmm;
	bool shadow;
	int (*open)(struct nested_guest *g);
	int (*execute)(struct nested_guest *g, unsigned int thread,
		       const uint64_t *commands, unsigned int num);
};

extern const struct nested_path nested_paths[];
extern const struct nested_path nested_shadow_path;
/* Undo the open of any path. */
void nested_path_close(struct nested_guest *g);

/**
 * struct nested_guest - the guest and what its VMM has of it
 * @vendor: whose IOMMU
 * @path: how its commands go
 * @memory: NESTED_PAGES pages
 * @used: how many of these are taken
 * @space: its address spaces
 * @ring: of each thread, by that path
 * @queue: the guest's own queue, by that path
 * @queue_page: where it is
 * @answer_page: where its syncs are answered, 64 bits for each thread
 * @queue_lock: guards what is put into @queue
 */
struct nested_guest {
	const struct nested_vendor *vendor;
	const struct nested_path *path;
	uint8_t *memory;
	unsigned int used;
	struct nested_space space[NESTED_SPACES];

	struct iommufdx_ring *ring[NESTED_THREADS];
	struct driver_queue queue;
	unsigned int queue_page;
	unsigned int answer_page;
	pthread_mutex_t queue_lock;

	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev;
	uint32_t mock_iommu;
	uint32_t dev_id;
	uint32_t parent;
	uint32_t viommu;
};

/* A guest page, and where the guest believes it to be. */
uint8_t *nested_page(struct nested_guest *g, unsigned int page);
uint64_t nested_pa(unsigned int page);
/* The next free one. */
unsigned int nested_take(struct nested_guest *g, unsigned int pages);

/* Have a slot lead to data page @where, or nowhere. */
void nested_map(struct nested_guest *g, struct nested_space *space,
		unsigned int slot, unsigned int where);

/*
 * @num slots of a space changed: have them forgotten. How many commands that
 * took, or a negative errno.
 */
int nested_invalidate(struct nested_guest *g, unsigned int thread,
		      const struct nested_space *space,
		      const unsigned int *slots, unsigned int num);

/* Switch it on: 0 or an exit status; nested_stop() in any case. */
int nested_start(struct nested_guest *g);
void nested_stop(struct nested_guest *g);

/* `iommuctl demo nested' */
int demo_nested(int argc, char **argv);

#endif /* IOMMUCTL_NESTED_H */
