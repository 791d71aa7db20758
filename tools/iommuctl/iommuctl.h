/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommuctl: what its files share.
 *
 * Exit status: 0; 1 when the answer is no (a migration that is not identical);
 * 2 when the question could not be asked (usage, no device, no permission).
 */
#ifndef IOMMUCTL_H
#define IOMMUCTL_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include <iommufdx.h>
#include <iommufdx_mock.h>

#define EXIT_NO		1
#define EXIT_CANNOT	2

/* What every command takes. */
struct common_options {
	bool json;
};

/* The parser for those; each command has it as a child. */
extern const struct argp common_argp;

/* Commands: their own argv, with the command's name as argv[0]. */
int cmd_info(int argc, char **argv);
int cmd_devices(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_demo(int argc, char **argv);

/* "iommuctl: ..." on standard error; returns EXIT_CANNOT for the caller. */
int cannot(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Open a node, or say what is wrong and what to do about it. NULL on failure,
 * when the message has been printed.
 */
struct iommufdx *open_iommu(void);
struct iommufdx_mock *open_mock(void);

/* What a list of mock IOMMUs says that is empty. */
#define NO_IOMMUS \
	"There are no mock IOMMUs now. `iommuctl demo migrate' makes one while it runs."
/* "amd" and so on, of enum iommufdx_mock_kind; "?" for others. */
const char *kind_name(uint32_t kind);

/* Names of bits; a list ends with an entry without text. */
struct name {
	uint32_t bit;
	const char *text;
};

/* "dirty,pasid" into @buf, "-" for nothing. */
const char *names_of(const struct name *names, uint32_t bits, char *buf,
		     size_t len);
json_t *names_json(const struct name *names, uint32_t bits);

/* What page tables a mock device can be given; the exit status. */
int show_tables(struct iommufdx_mock *mock, uint32_t id, bool json);

/* For random choices that can be repeated; 32 bits, to be typed again. */
uint64_t new_seed(void);

/* json.c: where there is no memory, these say so and end the program. */

/* @value, which is not NULL then. */
json_t *json_have(json_t *value);
/* Add to an array or an object, which takes @value over. */
void json_add(json_t *list, json_t *value);
void json_set(json_t *object, const char *key, json_t *value);
/* Text that need not be UTF-8: if it is not, bytes from 0x80 on become "\xNN". */
json_t *text_json(const char *text);
/* Print a JSON value with a newline, and free it. */
void put_json(json_t *value);

/* "512K", "256M", "2G" or bytes; false for anything else. */
bool parse_size(const char *text, uint64_t *bytes);
/* A number, decimal or 0x...; false for anything else. */
bool parse_number(const char *text, uint64_t *number);
/* A seed: a number that JSON has, below 2^63. */
bool parse_seed(const char *text, uint64_t *seed);
/* "256.0 MiB" into @buf, which is returned. */
const char *show_size(uint64_t bytes, char *buf, size_t len);

#endif /* IOMMUCTL_H */
