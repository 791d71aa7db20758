// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl demo migrate' is a test itself; this tests that it is one: it is
 * content with a migration that worked, and is not when dirty pages got lost.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <fcntl.h>
#include <time.h>

static char output[65536];

/* What it says next waits until we have read what it said before. */
static bool line_by_line;

FIXTURE(migrate) {
	int64_t pinned;
	pid_t pid;
	int from;
};

FIXTURE_SETUP(migrate)
{
	self->pinned = pages_pinned();
	if (system("command -v iommuctl >/dev/null"))
		SKIP(return, "iommuctl is not in PATH");
}

FIXTURE_TEARDOWN(migrate)
{
	EXPECT_TRUE(pages_pinned_fall_to(self->pinned));
	EXPECT_TRUE(devices_become(0));
}

static pid_t start(int *from, const char *arg1, const char *arg2,
		   const char *arg3)
{
	int ends[2];
	pid_t pid;

	/* Packets of which the pipe holds one. */
	if (pipe2(ends, line_by_line ? O_DIRECT : 0) ||
	    (line_by_line && fcntl(ends[0], F_SETPIPE_SZ, PAGE) < 0))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("iommuctl", "iommuctl", "demo", "migrate", "--vendor",
		       rig_vendor()->name, "--source", "/proc/self/exe", arg1, arg2, arg3,
		       NULL);
		_exit(127);
	}
	close(ends[1]);
	*from = ends[0];
	return pid;
}

/* Collect what it says; its exit status, or -1. */
static int finish(pid_t pid, int from)
{
	size_t have = 0;
	ssize_t got;
	int status;

	while (have < sizeof(output) - 1 &&
	       (got = read(from, output + have, sizeof(output) - 1 - have)) > 0)
		have += got;
	output[have] = 0;
	close(from);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Run a command, which ends with @status; 0, or -1 if it did not. */
static int output_of(const char *command, int status)
{
	FILE *f = popen(command, "r");
	size_t have;

	if (!f)
		return -1;
	have = fread(output, 1, sizeof(output) - 1, f);
	output[have] = 0;
	return WEXITSTATUS(pclose(f)) == status ? 0 : -1;
}

TEST_F_TIMEOUT(migrate, identical, 120)
{
	self->pid = start(&self->from, "--mem=8M", "--seed=1", "--rounds=12");
	EXPECT_EQ(0, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "\nmigrated: identical\n"));
	EXPECT_NE(NULL, strstr(output, "device stopped"));
	if (!strstr(output, "migrated: identical"))
		TH_LOG("%s", output);
}

/* Devices that take their time: it is not over before they wrote anything. */
TEST_F_TIMEOUT(migrate, slow_devices, 120)
{
	static const char *const rates[] = { "--rate=1", "--rate=100" };

	for (int i = 0; i < 2; i++) {
		self->pid = start(&self->from, "--mem=1M", rates[i],
				  "--seed=1");
		EXPECT_EQ(0, finish(self->pid, self->from));
		EXPECT_NE(NULL, strstr(output, "\nmigrated: identical\n"));
		if (!strstr(output, "migrated: identical"))
			TH_LOG("%s", output);
	}
}

TEST_F_TIMEOUT(migrate, split_and_plot, 120)
{
	const char *file = "/tmp/iommuctl-plot.svg";
	char svg[6] = "";
	FILE *f;

	self->pid = start(&self->from, "--mem=8M", "--split",
			  "--plot=/tmp/iommuctl-plot.svg");
	EXPECT_EQ(0, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "were split to pages"));
	EXPECT_NE(NULL, strstr(output, "\nmigrated: identical\n"));
	if (!strstr(output, "migrated: identical"))
		TH_LOG("%s", output);
	f = fopen(file, "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(5, fread(svg, 1, 5, f));
	EXPECT_STREQ("<svg ", svg);
	fclose(f);
	unlink(file);
}

/* A picture that cannot be drawn costs the status, not the answer. */
TEST_F_TIMEOUT(migrate, plot_that_cannot_be_written, 120)
{
	self->pid = start(&self->from, "--mem=1M", "--seed=1",
			  "--plot=/nowhere/plot.svg");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "/nowhere/plot.svg"));
	EXPECT_NE(NULL, strstr(output, "\nmigrated: identical\n"));
}

/* AMD's version 1 and Arm's stage 2 have no PASIDs. */
TEST_F_TIMEOUT(migrate, pasid, 120)
{
	self->pid = start(&self->from, "--mem=8M", "--pasid",
			  "--vendor=smmuv3-s1");
	EXPECT_EQ(0, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "\nmigrated: identical\n"));
	if (!strstr(output, "migrated: identical"))
		TH_LOG("%s", output);
	if (rig_vendor()->format != IOMMUFDX_FORMAT_AMDV1 &&
	    rig_vendor()->format != IOMMUFDX_FORMAT_ARMV8_S2)
		return;
	self->pid = start(&self->from, "--mem=8M", "--pasid", "--rounds=2");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "try another --vendor"));
}

TEST_F_TIMEOUT(migrate, json, 120)
{
	self->pid = start(&self->from, "--mem=8M", "--json", "--rounds=12");
	EXPECT_EQ(0, finish(self->pid, self->from));
	EXPECT_EQ('{', output[0]);
	EXPECT_NE(NULL, strstr(output, "\"result\": \"identical\""));
	EXPECT_NE(NULL, strstr(output, "\"differing_pages\": 0"));
	EXPECT_EQ(NULL, strstr(output, "migrated:"));
}

/* A name that JSON cannot have is escaped, not dropped with all the rest. */
TEST_F_TIMEOUT(migrate, json_of_an_odd_name, 120)
{
	const char *file = "/tmp/iommuctl-\xff\xc3";
	FILE *f = fopen(file, "w");

	ASSERT_NE(NULL, f);
	fputs("something", f);
	ASSERT_EQ(0, fclose(f));
	self->pid = start(&self->from, "--mem=1M", "--json",
			  "--source=/tmp/iommuctl-\xff\xc3");
	EXPECT_EQ(0, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "\"/tmp/iommuctl-\\\\xff\\\\xc3\""));
	EXPECT_NE(NULL, strstr(output, "\"result\": \"identical\""));
	unlink(file);
}

/*
 * An IOMMU that keeps translations which it was told to drop does not notice
 * when a page is written again: pages get lost, and the end result says so.
 */
TEST_F_TIMEOUT(migrate, different_when_the_iommu_cheats, 120)
{
	struct iommufdx_mock_iommu_entry *iommus;
	const struct timespec nap = { .tv_nsec = 1000000 };
	const struct timespec a_while = { .tv_nsec = 200000000 };
	struct iommufdx_mock *mock;
	size_t num = 0;

	ASSERT_EQ(0, iommufdx_mock_open(NULL, &mock));
	/* It does not begin to copy before the IOMMU cheats. */
	line_by_line = true;
	self->pid = start(&self->from, "--mem=4M", "--rate=0", "--rounds=30");
	for (int ms = 0; ms < PATIENCE_MS && !num; ms++) {
		ASSERT_EQ(0, iommufdx_mock_iommus(mock, &iommus, &num));
		if (num)
			EXPECT_EQ(0, iommufdx_mock_knob(mock,
					iommus[0].iommu_id,
					IOMMUFDX_MOCK_KNOB_IGNORE_OP,
					rig_vendor()->drops_pages));
		free(iommus);
		nanosleep(&nap, NULL);
	}
	EXPECT_EQ(1, num);
	/* And the devices have written most of its memory. */
	nanosleep(&a_while, NULL);
	EXPECT_EQ(1, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "\nmigrated: DIFFERENT\n"));
	EXPECT_EQ(NULL, strstr(output, "migrated: identical"));
	if (!strstr(output, "migrated: DIFFERENT"))
		TH_LOG("%s", output);
	iommufdx_mock_close(mock);
}

TEST_F_TIMEOUT(migrate, killed_half_way, 120)
{
	const struct timespec half = { .tv_nsec = 400000000 };
	int status;

	self->pid = start(&self->from, "--mem=64M", "--rate=0",
			  "--rounds=1000");
	nanosleep(&half, NULL);
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	close(self->from);
}

/* The other process goes with the first one, in whatever it is doing. */
TEST_F_TIMEOUT(migrate, killed_while_it_goes_on, 120)
{
	const struct timespec while_there = { .tv_nsec = 800000000 };
	size_t have = 0;
	ssize_t got;
	int status;

	/* It waits with its last lines, and so does not end before it is killed. */
	line_by_line = true;
	self->pid = start(&self->from, "--mem=1M", "--rate=1", "--seed=1");
	output[0] = 0;
	while (!strstr(output, "device stopped") &&
	       have < sizeof(output) - 1 &&
	       (got = read(self->from, output + have,
			   sizeof(output) - 1 - have)) > 0) {
		have += got;
		output[have] = 0;
	}
	EXPECT_NE(NULL, strstr(output, "device stopped"));
	nanosleep(&while_there, NULL);
	ASSERT_EQ(0, kill(self->pid, SIGINT));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	close(self->from);
}

TEST_F(migrate, a_device_that_is_not_there)
{
	ASSERT_EQ(0, output_of("iommuctl devices 99999 2>&1", 2));
	EXPECT_NE(NULL, strstr(output, "there is no mock device 99999"));
}

/* An answer that nobody gets is no success; a closed file is no device. */
TEST_F(migrate, output_that_cannot_be_written)
{
	static const char *const commands[] = {
		"iommuctl info >/dev/full 2>/dev/null",
		"iommuctl devices --json >/dev/full 2>/dev/null",
		"iommuctl info >&- 2>/dev/null",
		"iommuctl info <&- >&- 2>&-",
	};

	for (int i = 0; i < 4; i++) {
		int status = system(commands[i]);

		EXPECT_EQ(2, WEXITSTATUS(status)) {
			TH_LOG("%s", commands[i]);
		}
	}
	EXPECT_EQ(0, system("iommuctl info >/dev/null"));
}

TEST_F(migrate, bad_arguments)
{
	self->pid = start(&self->from, "--mem=3", "--seed=1", "--rounds=8");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "--mem 3"));
	self->pid = start(&self->from, "--mem=4M", "--vendor=none", "--rate=1");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "amd-v1"));
	self->pid = start(&self->from, "--mem=4M", "--source=/nowhere",
			  "--rate=1");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "/nowhere"));
	self->pid = start(&self->from, "--mem=4M", "--json",
			  "--seed=9223372036854775808");
	EXPECT_EQ(2, finish(self->pid, self->from));
	EXPECT_NE(NULL, strstr(output, "--seed 9223372036854775808"));
}

TEST_HARNESS_MAIN
