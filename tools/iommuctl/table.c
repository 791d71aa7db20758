// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl table': page tables as debugfs shows them. The module's
 * core/table_file.c says what the lines of a file are.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "iommuctl.h"

#define DEBUGFS		"/sys/kernel/debug"
#define TABLES		DEBUGFS "/iommufdx/table"

/* The first line of a file. */
struct head {
	unsigned int number, hwpt, bits;
	int pid;
	uint64_t bytes;
	char format[32], process[32];
};

/* Any other line. */
struct entry {
	uint64_t iova, last, size, pa;
	unsigned int level;
	char kind[8], flags[16];
};

struct options {
	struct common_options common;
	const char *number;
};

static FILE *open_table(const char *number)
{
	char path[sizeof(TABLES) + 256];

	snprintf(path, sizeof(path), TABLES "/%s", number);
	return fopen(path, "r");
}

static bool read_head(FILE *file, struct head *h)
{
	return fscanf(file, "hwpt %u format %31s bits %u bytes %" SCNu64
		      " process %d %31[^\n]", &h->hwpt, h->format, &h->bits,
		      &h->bytes, &h->pid, h->process) == 6;
}

static bool read_entry(FILE *file, struct entry *e)
{
	return fscanf(file, "%" SCNx64 "-%" SCNx64 " %u %7s %" SCNx64
		      " %15s %" SCNx64, &e->iova, &e->last, &e->level, e->kind,
		      &e->size, e->flags, &e->pa) == 7;
}

static int explain(const char *what)
{
	struct stat st;
	int err = errno;

	if (err == ENOENT && stat(TABLES, &st) == 0)
		return cannot("there is no table %s", what);
	if (err == ENOENT)
		return cannot("there is no " TABLES ": the module is not loaded, or debugfs is not mounted.\n"
			      "  Mount it:  mount -t debugfs debugfs " DEBUGFS);
	return cannot("%s: %s%s", TABLES, strerror(err),
		      err == EACCES ? ". Run this as root." : "");
}

static json_t *head_json(const struct head *h)
{
	return json_pack("{s:i, s:i, s:s, s:i, s:I, s:i, s:o}",
			 "table", (int)h->number, "hwpt", (int)h->hwpt,
			 "format", h->format, "bits", (int)h->bits,
			 "bytes", (json_int_t)h->bytes, "pid", h->pid,
			 "process", text_json(h->process));
}

/* Addresses as text: JSON's numbers do not hold 64 bits. */
static json_t *hex_json(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *entry_json(const struct entry *e)
{
	return json_pack("{s:o, s:o, s:i, s:s, s:o, s:s, s:o}",
			 "iova", hex_json(e->iova), "last", hex_json(e->last),
			 "level", (int)e->level, "kind", e->kind,
			 "size", hex_json(e->size), "flags", e->flags,
			 "physical", hex_json(e->pa));
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_number(const struct dirent *d)
{
	return d->d_name[0] >= '0' && d->d_name[0] <= '9';
}

static int put_tables(bool json)
{
	json_t *array = json ? json_have(json_array()) : NULL;
	struct dirent **names;
	struct head h;
	FILE *file;
	int n;

	n = scandir(TABLES, &names, is_number, by_number);
	if (n < 0) {
		json_decref(array);
		return explain("");
	}
	if (!json)
		printf("%-6s %-14s %-5s %-12s %-6s %-8s %s\n", "TABLE",
		       "FORMAT", "BITS", "BYTES", "HWPT", "PID", "PROCESS");
	for (int i = 0; i < n; i++) {
		/* What has gone meanwhile has gone. */
		file = open_table(names[i]->d_name);
		h.number = atoi(names[i]->d_name);
		free(names[i]);
		if (!file)
			continue;
		if (!read_head(file, &h)) {
			fclose(file);
			continue;
		}
		if (json)
			json_add(array, head_json(&h));
		else
			printf("%-6u %-14s %-5u %-12" PRIu64 " %-6u %-8d %s\n",
			       h.number, h.format, h.bits, h.bytes, h.hwpt,
			       h.pid, h.process);
		fclose(file);
	}
	free(names);
	if (json)
		put_json(array);
	return 0;
}

static void put_entry(const struct entry *e)
{
	printf("%016" PRIx64 " %016" PRIx64 " %5u %-5s %12" PRIx64 " %-8s %"
	       PRIx64 "\n", e->iova, e->last, e->level, e->kind, e->size,
	       e->flags, e->pa);
}

static int put_table(const char *number, bool json)
{
	FILE *file = open_table(number);
	json_t *object, *entries;
	struct entry e;
	struct head h;

	if (!file)
		return explain(number);
	h.number = atoi(number);
	if (!read_head(file, &h)) {
		fclose(file);
		return cannot("table %s has gone", number);
	}
	if (json) {
		object = json_have(head_json(&h));
		entries = json_have(json_array());
		json_set(object, "entries", entries);
		while (read_entry(file, &e))
			json_add(entries, entry_json(&e));
		put_json(object);
	} else {
		printf("Table %u: %s, %u bits, %" PRIu64 " bytes; HWPT %u of process %d (%s)\n\n",
		       h.number, h.format, h.bits, h.bytes, h.hwpt, h.pid,
		       h.process);
		printf("%-16s %-16s %5s %-5s %12s %-8s %s\n", "IOVA", "LAST",
		       "LEVEL", "KIND", "SIZE", "FLAGS", "PHYSICAL");
		while (read_entry(file, &e))
			put_entry(&e);
	}
	fclose(file);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t number;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->number || !parse_number(arg, &number))
			argp_error(state, "'%s' is no number of a table", arg);
		o->number = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_table(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.parser = parse,
		.args_doc = "[NUMBER]",
		.doc = "I/O page tables of every process, or what is in one.",
		.children = children,
	};
	struct options o = { 0 };

	argv[0] = "iommuctl table";
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	return o.number ? put_table(o.number, o.common.json) :
			  put_tables(o.common.json);
}
