// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model's access to memory. Every physical address, whoever supplied it, is
 * shown to the environment first; a word is read once and then used.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "internal.h"

#define BUS_PAGE	4096

static void *bus_mem(struct model *m, u64 pa, size_t len)
{
	if ((pa & (BUS_PAGE - 1)) + len > BUS_PAGE)
		return NULL;
	return m->env->mem(m->env, pa, len);
}

/**
 * model_bus_read64() - load a word of a table or a queue
 * @m: the machine
 * @pa: address, a multiple of 8
 * @val: out
 *
 * Return: 0 or -EIO.
 */
int model_bus_read64(struct model *m, u64 pa, u64 *val)
{
	u64 *p = bus_mem(m, pa, sizeof(*p));

	if (!p)
		return -EIO;
	/* What an entry points to is read after the entry. */
	*val = smp_load_acquire(p);
	return 0;
}

/**
 * model_bus_write64() - store a word after all that was done before
 * @m: the machine
 * @pa: address, a multiple of 8
 * @val: value
 *
 * Return: 0 or -EIO.
 */
int model_bus_write64(struct model *m, u64 pa, u64 val)
{
	u64 *p = bus_mem(m, pa, sizeof(*p));

	if (!p)
		return -EIO;
	/* Whoever sees the word sees all that the machine did before. */
	smp_store_release(p, val);
	return 0;
}

/**
 * model_bus_write32() - the same of half a word
 * @m: the machine
 * @pa: address, a multiple of 4
 * @val: value
 *
 * Return: 0 or -EIO.
 */
int model_bus_write32(struct model *m, u64 pa, u32 val)
{
	u32 *p = bus_mem(m, pa, sizeof(*p));

	if (!p)
		return -EIO;
	smp_store_release(p, val);
	return 0;
}

/**
 * model_bus_cmpxchg64() - replace a word if it still is what it was
 * @m: the machine
 * @pa: address, a multiple of 8
 * @old: in: what it should be; out: what it was
 * @val: new value
 *
 * Return: 0 (replaced or not, see @old) or -EIO.
 */
int model_bus_cmpxchg64(struct model *m, u64 pa, u64 *old, u64 val)
{
	u64 *p = bus_mem(m, pa, sizeof(*p));

	if (!p)
		return -EIO;
	*old = cmpxchg(p, *old, val);
	return 0;
}

/**
 * model_bus_copy() - move a device's data
 * @m: the machine
 * @pa: address
 * @buf: the device's side
 * @len: bytes, inside one page
 * @write: to memory
 *
 * Return: 0 or -EIO.
 */
int model_bus_copy(struct model *m, u64 pa, void *buf, size_t len, bool write)
{
	void *p = bus_mem(m, pa, len);

	if (!p)
		return -EIO;
	if (write)
		memcpy(p, buf, len);
	else
		memcpy(buf, p, len);
	return 0;
}

/**
 * model_bus_fetch_add() - atomic of a device
 * @m: the machine
 * @pa: address, a multiple of 8
 * @val: in: addend; out: what memory held before
 *
 * Return: 0 or -EIO.
 */
int model_bus_fetch_add(struct model *m, u64 pa, u64 *val)
{
	u64 *p = bus_mem(m, pa, sizeof(*p));
	u64 old, seen;

	if (!p)
		return -EIO;
	seen = READ_ONCE(*p);
	do {
		old = seen;
		seen = cmpxchg(p, old, old + *val);
	} while (seen != old);
	*val = old;
	return 0;
}
