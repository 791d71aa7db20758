// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making and printing JSON. libjansson answers NULL for what it cannot make, and
 * takes no NULL: memory is checked for here, and text that is no UTF-8 is escaped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl.h"

json_t *json_have(json_t *value)
{
	if (!value)
		exit(cannot("cannot make JSON: %s", strerror(ENOMEM)));
	return value;
}

void json_add(json_t *list, json_t *value)
{
	if (json_array_append_new(list, json_have(value)))
		json_have(NULL);
}

void json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, json_have(value)))
		json_have(NULL);
}

json_t *text_json(const char *text)
{
	size_t len = strlen(text), at = 0;
	json_t *value = json_string(text);
	char *escaped;

	if (value)
		return value;
	escaped = malloc(4 * len + 1);
	for (size_t i = 0; escaped && i <= len; i++) {
		if (text[i] & 0x80)
			at += sprintf(escaped + at, "\\x%02x",
				      (unsigned char)text[i]);
		else
			escaped[at++] = text[i];
	}
	value = escaped ? json_string(escaped) : NULL;
	free(escaped);
	return json_have(value);
}

void put_json(json_t *value)
{
	if (json_dumpf(json_have(value), stdout, JSON_INDENT(2)) && !ferror(stdout))
		json_have(NULL);
	putchar('\n');
	json_decref(value);
}
