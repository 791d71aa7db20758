// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommuctl: what /dev/iommu can do, which mock devices there are, and a live
 * migration to see it work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iommuctl.h"

const char *argp_program_version = "iommuctl 0.1.0";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about;
} commands[] = {
	{ "info", cmd_info, "what /dev/iommu offers on this machine" },
	{ "devices", cmd_devices, "mock IOMMUs and the devices behind them" },
	{ "model", cmd_model, "what mock IOMMUs have done: caches, commands, faults" },
	{ "table", cmd_table, "page tables of every process, and what is in one" },
	{ "demo", cmd_demo, "demonstrations: `iommuctl demo --help'" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct common_options *common = state->input;

	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	common->json = true;
	return 0;
}

const struct argp common_argp = {
	.options = (const struct argp_option[]){
		{ "json", 'j', NULL, 0, "print one JSON value instead", 0 },
		{ 0 },
	},
	.parser = parse_common,
};

static void usage(FILE *out)
{
	fprintf(out, "Usage: iommuctl COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].about);
	fprintf(out, "\n`iommuctl COMMAND --help' tells the options of one.\n");
}

/* What is closed must not become a device: writing there is an error instead. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* An answer that could not be written was not given. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return cannot("cannot write to standard output");
	return status;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	argp_err_exit_status = EXIT_CANNOT;
	open_standard_files();
	/* One line of progress at a time, also into a pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);

	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return finish(commands[i].run(argc - 1, argv + 1));

	if (!strcmp(name, "--help") || !strcmp(name, "-?") ||
	    !strcmp(name, "help")) {
		usage(stdout);
		return finish(0);
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts(argp_program_version);
		return finish(0);
	}
	if (*name)
		cannot("there is no command '%s'", name);
	usage(stderr);
	return EXIT_CANNOT;
}
