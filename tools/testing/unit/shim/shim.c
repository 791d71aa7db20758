// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and messages for kernel sources that run in user space.
 *
 * Physical memory is one reserved stretch of address space; physical address
 * and pointer differ by a constant that is not zero, so mixing them up shows.
 * Freed pages wait in a long queue before they are used again and are poisoned
 * for AddressSanitizer meanwhile, so a late use is caught.
 */
#include <asm/cacheflush.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n)	__asan_poison_memory_region(p, n)
#define UNPOISON(p, n)	__asan_unpoison_memory_region(p, n)
#else
#define POISON(p, n)	((void)(p), (void)(n))
#define UNPOISON(p, n)	((void)(p), (void)(n))
#endif

#define ARENA_PAGES	(1UL << 20)
#define QUARANTINE	4096
#define MAX_ORDER_SHIM	10

char *shim_arena;
/* The same below the CPU's caches: what was written back. */
static char *memory;
struct page *shim_mem_map;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list_head free_lists[MAX_ORDER_SHIM + 1];
static long nr_free[MAX_ORDER_SHIM + 1];
static unsigned long next_page;
static long pages_in_use, objects_in_use, failures;
static long fail_nth, fail_every, fail_count;
static long warnings, errors;
static bool quiet;

__attribute__((constructor)) static void shim_init(void)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	/* Aligned, so that order-n blocks are aligned in both spaces. */
	shim_arena = mmap(NULL, (ARENA_PAGES + 1024) << PAGE_SHIFT, prot, flags,
			  -1, 0);
	shim_mem_map = mmap(NULL, ARENA_PAGES * sizeof(struct page), prot,
			    flags, -1, 0);
	memory = mmap(NULL, ARENA_PAGES << PAGE_SHIFT, prot, flags, -1, 0);
	if (shim_arena == MAP_FAILED || memory == MAP_FAILED || shim_mem_map == MAP_FAILED)
		abort();
	shim_arena = (char *)round_up((unsigned long)shim_arena, 1024 * PAGE_SIZE);
	for (int i = 0; i <= MAX_ORDER_SHIM; i++)
		INIT_LIST_HEAD(&free_lists[i]);
}

/* Called with the lock held. */
static bool must_fail(void)
{
	bool fail = false;

	if (fail_nth && --fail_nth == 0)
		fail = true;
	if (fail_every && ++fail_count % fail_every == 0)
		fail = true;
	failures += fail;
	return fail;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;
	struct page *page = NULL;

	pthread_mutex_lock(&lock);
	if (must_fail())
		goto out;
	if (nr_free[order] > QUARANTINE >> order) {
		page = list_first_entry(&free_lists[order], struct page, lru);
		list_del(&page->lru);
		nr_free[order]--;
	} else {
		next_page = round_up(next_page, 1UL << order);
		if (next_page + (1UL << order) > ARENA_PAGES) {
			fprintf(stderr, "# shim: arena is full\n");
			abort();
		}
		page = shim_mem_map + next_page;
		next_page += 1UL << order;
	}
	pages_in_use += 1L << order;
out:
	pthread_mutex_unlock(&lock);
	if (!page)
		return NULL;
	page->order = order;
	page->private = 0;
	UNPOISON(page_address(page), bytes);
	memset(page_address(page), gfp & __GFP_ZERO ? 0 : 0xa5, bytes);
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!page)
		return;
	if (page->order != order) {
		fprintf(stderr, "# shim: page freed twice or with wrong order\n");
		abort();
	}
	page->order = ~0U;
	memset(page_address(page), 0x6b, PAGE_SIZE << order);
	POISON(page_address(page), PAGE_SIZE << order);
	pthread_mutex_lock(&lock);
	list_add_tail(&page->lru, &free_lists[order]);
	nr_free[order]++;
	pages_in_use -= 1L << order;
	pthread_mutex_unlock(&lock);
}

void clflush_cache_range(void *addr, unsigned int size)
{
	unsigned long first = ((char *)addr - shim_arena) & ~63UL;
	unsigned long end = round_up((char *)addr - shim_arena + size, 64UL);

	for (; first < end; first += sizeof(u64))
		WRITE_ONCE(*(u64 *)(memory + first),
			   READ_ONCE(*(u64 *)(shim_arena + first)));
}

bool shim_written_back(const void *p, unsigned long bytes)
{
	return !memcmp(p, memory + ((const char *)p - shim_arena), bytes);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page(addr), order);
}

void *shim_kmalloc(size_t size, gfp_t gfp)
{
	void *p = NULL;
	bool fail;

	pthread_mutex_lock(&lock);
	fail = !(gfp & __GFP_NOFAIL) && must_fail();
	objects_in_use += !fail;
	pthread_mutex_unlock(&lock);
	if (fail)
		return NULL;
	p = malloc(size ? size : 1);
	if (!p)
		abort();
	memset(p, gfp & __GFP_ZERO ? 0 : 0xa5, size);
	return p;
}

void kfree(const void *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&lock);
	objects_in_use--;
	pthread_mutex_unlock(&lock);
	free((void *)p);
}

static long locked_read(long *v)
{
	long val;

	pthread_mutex_lock(&lock);
	val = *v;
	pthread_mutex_unlock(&lock);
	return val;
}

long shim_pages_in_use(void)
{
	return locked_read(&pages_in_use);
}

long shim_objects_in_use(void)
{
	return locked_read(&objects_in_use);
}

long shim_failures(void)
{
	return locked_read(&failures);
}

void shim_fail_nth(long n)
{
	pthread_mutex_lock(&lock);
	fail_nth = n;
	pthread_mutex_unlock(&lock);
}

void shim_fail_every(long n)
{
	pthread_mutex_lock(&lock);
	fail_every = n;
	fail_count = 0;
	pthread_mutex_unlock(&lock);
}

long shim_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_RELAXED);
}

long shim_errors(void)
{
	return __atomic_load_n(&errors, __ATOMIC_RELAXED);
}

void shim_quiet(bool q)
{
	__atomic_store_n(&quiet, q, __ATOMIC_RELAXED);
}

void (*shim_race_hook)(const void *p);

void shim_race(const void *p)
{
	static __thread unsigned int state;
	static __thread bool inside;

	if (shim_race_hook) {
		/* Not for what the hook does itself. */
		if (inside)
			return;
		inside = true;
		shim_race_hook(p);
		inside = false;
		return;
	}
	if (!state)
		state = (unsigned int)(uintptr_t)&state | 1;
	state = state * 1664525 + 1013904223;
	if (state >> 24 == 0)
		sched_yield();
}

void shim_warn(const char *file, int line, const char *what)
{
	__atomic_add_fetch(&warnings, 1, __ATOMIC_RELAXED);
	if (!__atomic_load_n(&quiet, __ATOMIC_RELAXED))
		fprintf(stderr, "# WARNING: %s:%d: %s\n", file, line, what);
}

void shim_print(const char *level, const char *fmt, ...)
{
	va_list args;

	if (!strcmp(level, "err"))
		__atomic_add_fetch(&errors, 1, __ATOMIC_RELAXED);
	if (__atomic_load_n(&quiet, __ATOMIC_RELAXED))
		return;
	fprintf(stderr, "# %s: ", level);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}
