/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A format under test: what the writer is told of it, and what hardware does
 * with an entry, written down a second time.
 */
#ifndef __UNIT_ENTRY_FORMAT_H
#define __UNIT_ENTRY_FORMAT_H

#include <entry/entry.h>
#include <tap.h>

/**
 * struct view - what hardware makes of an entry
 * @absent: nothing; then the rest is zero
 * @field: all that it acts upon, in an order of the format's own
 */
struct view {
	bool absent;
	u64 field[24];
};

/**
 * struct format - one format
 * @name: for messages
 * @ops: the format as the writer sees it
 * @generate: a random entry, of few enough values that fields often agree
 * @view: what hardware makes of @entry; @view is zeroed
 */
struct format {
	const char *name;
	const struct entry_ops *ops;
	void (*generate)(struct tap_rng *rng, u64 *entry);
	void (*view)(const u64 *entry, struct view *view);
};

extern const struct format format_dte;
extern const struct format format_stage;

#endif /* __UNIT_ENTRY_FORMAT_H */
