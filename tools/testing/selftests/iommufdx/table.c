// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables in debugfs: each mapping is there, where it is, once; and nothing
 * is left when the HWPT has gone.
 */
#include <dirent.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "rig.h"

#define TABLES	"/sys/kernel/debug/iommufdx/table"
#define IOVA	0x40000000ull
#define PAGES	300
#define GAP	0x80000000ull

FIXTURE(table) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	char path[sizeof(TABLES) + 16];
};

/* The file of HWPT @hwpt of this process; false if there is none. */
static bool find_table(uint32_t hwpt, char *path, size_t len)
{
	DIR *dir = opendir(TABLES);
	struct dirent *d;
	bool found = false;
	unsigned int id;
	FILE *file;
	int pid;

	while (dir && !found && (d = readdir(dir))) {
		snprintf(path, len, TABLES "/%.12s", d->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		found = fscanf(file, "hwpt %u format %*s bits %*u bytes %*u process %d",
			       &id, &pid) == 2 && id == hwpt && pid == getpid();
		fclose(file);
	}
	if (dir)
		closedir(dir);
	return found;
}

FIXTURE_SETUP(table)
{
	struct stat st;

	ASSERT_EQ(0, rig_make(&self->r, NULL));
	if (stat(TABLES, &st))
		SKIP(return, "no debugfs");
	self->mem = mem_get(PAGES * PAGE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 0));
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGES * PAGE, IOVA, RW));
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA + GAP, RO));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &self->hwpt));
	ASSERT_TRUE(find_table(self->hwpt, self->path, sizeof(self->path)));
}

FIXTURE_TEARDOWN(table)
{
	rig_break(&self->r);
	mem_put(self->mem, PAGES * PAGE);
}

struct line {
	uint64_t iova, last, size, pa;
	unsigned int level;
	char kind[8], flags[16];
};

/* The lines after the first; -1 if one is not as it should be. */
static int read_lines(const char *path, struct line *lines, int max)
{
	FILE *file = fopen(path, "r");
	char text[256];
	int n = 0;

	if (!file)
		return -1;
	if (!fgets(text, sizeof(text), file))
		n = -1;
	while (n >= 0 && n < max && fgets(text, sizeof(text), file)) {
		struct line *l = &lines[n++];

		if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %u %7s %" SCNx64
			   " %15s %" SCNx64, &l->iova, &l->last, &l->level,
			   l->kind, &l->size, l->flags, &l->pa) != 7 ||
		    l->last != l->iova + (l->size - 1))
			n = -1;
	}
	fclose(file);
	return n;
}

TEST_F(table, shows_each_mapping_once)
{
	struct line lines[2 * PAGES];
	uint64_t next = IOVA, first_pa = 0;
	int n, leaves = 0, tables = 0;

	n = read_lines(self->path, lines, 2 * PAGES);
	ASSERT_GT(n, PAGES);
	for (int i = 0; i < n; i++) {
		if (strcmp(lines[i].kind, "leaf")) {
			/* No pointer comes twice, in whatever portion. */
			tables++;
			for (int k = 0; k < i; k++)
				EXPECT_FALSE(lines[k].iova == lines[i].iova &&
					     lines[k].level == lines[i].level);
			continue;
		}
		if (leaves == PAGES)
			next = IOVA + GAP;
		EXPECT_EQ(next, lines[i].iova);
		EXPECT_EQ(PAGE, lines[i].size);
		EXPECT_EQ(0, lines[i].level);
		EXPECT_EQ('r', lines[i].flags[0]);
		EXPECT_EQ(leaves == PAGES ? '-' : 'w', lines[i].flags[1]);
		/* Both mappings begin with the same page. */
		if (leaves == 0)
			first_pa = lines[i].pa;
		if (leaves == PAGES)
			EXPECT_EQ(first_pa, lines[i].pa);
		next += PAGE;
		leaves++;
	}
	EXPECT_EQ(PAGES + 1, leaves);
	EXPECT_GE(tables, 3);
}

TEST_F(table, shows_what_was_written)
{
	struct line lines[2 * PAGES];
	int n;

	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 7 * PAGE, "w", 1, NULL));
	n = read_lines(self->path, lines, 2 * PAGES);
	ASSERT_GT(n, PAGES);
	for (int i = 0; i < n; i++)
		EXPECT_EQ(lines[i].iova == IOVA + 7 * PAGE ? 'd' : '-',
			  lines[i].flags[6]);
}

TEST_F(table, shows_what_is_there_now)
{
	struct line lines[2 * PAGES];

	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGES * PAGE));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA + GAP, PAGE));
	EXPECT_EQ(0, read_lines(self->path, lines, 2 * PAGES));
}

TEST_F(table, is_for_root)
{
	struct stat st;

	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_EQ(0400, st.st_mode & 0777);
	EXPECT_EQ(0, st.st_uid);
}

/* A file that is open when its HWPT goes. */
TEST_F(table, goes_with_its_hwpt)
{
	FILE *file = fopen(self->path, "r");
	char text[256], path[64];

	ASSERT_NE(NULL, file);
	setvbuf(file, NULL, _IONBF, 0);
	EXPECT_EQ('h', fgetc(file));
	rig_break(&self->r);
	while (fgets(text, sizeof(text), file))
		;
	EXPECT_NE(0, ferror(file));
	fclose(file);
	EXPECT_FALSE(find_table(self->hwpt, path, sizeof(path)));
	EXPECT_EQ(0, rig_make(&self->r, NULL));
}

TEST_HARNESS_MAIN
