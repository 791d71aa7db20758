/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_HASHTABLE_H
#define __SHIM_LINUX_HASHTABLE_H

#include <linux/array_size.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/log2.h>

#define DECLARE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]
#define DEFINE_HASHTABLE(name, bits) \
	struct hlist_head name[1 << (bits)] = { HLIST_HEAD_INIT }
#define HASH_SIZE(name)	ARRAY_SIZE(name)
#define HASH_BITS(name)	ilog2(HASH_SIZE(name))
#define __hash_slot(table, key)	(&(table)[hash_min(key, HASH_BITS(table))])
#define hash_init(table) \
	do { \
		for (size_t __i = 0; __i < HASH_SIZE(table); __i++) \
			INIT_HLIST_HEAD(&(table)[__i]); \
	} while (0)
#define hash_add(table, node, key) hlist_add_head(node, __hash_slot(table, key))
#define hash_del(node)		hlist_del_init(node)
#define hash_hashed(node)	(!hlist_unhashed(node))
#define hash_for_each(table, bkt, obj, member) \
	for ((bkt) = 0; (size_t)(bkt) < HASH_SIZE(table); (bkt)++) \
		hlist_for_each_entry(obj, &(table)[bkt], member)
#define hash_for_each_safe(table, bkt, tmp, obj, member) \
	for ((bkt) = 0; (size_t)(bkt) < HASH_SIZE(table); (bkt)++) \
		hlist_for_each_entry_safe(obj, tmp, &(table)[bkt], member)
#define hash_for_each_possible(table, obj, member, key) \
	hlist_for_each_entry(obj, __hash_slot(table, key), member)
#define hash_for_each_possible_safe(table, obj, tmp, member, key) \
	hlist_for_each_entry_safe(obj, tmp, __hash_slot(table, key), member)

#endif /* __SHIM_LINUX_HASHTABLE_H */
