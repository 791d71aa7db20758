// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables for people to read: /sys/kernel/debug/iommufdx/table/NUMBER, a file
 * for each paging HWPT of every process. It tells physical addresses, so it is
 * root's. `iommuctl table' shows it.
 *
 * The first line says whose table it is:
 *
 *	hwpt ID format NAME bits WIDTH bytes TABLES process PID NAME
 *
 * Each other line is an entry:
 *
 *	IOVA-LAST LEVEL table|leaf SIZE FLAGS PHYSICAL
 *
 * in hexadecimal but for LEVEL, 0 being the lowest; the tables on the way to a
 * leaf come before it. FLAGS: r, w, x: what a leaf permits; c: coherent; m: device
 * memory; a, d: accessed, dirty; - in the place of what is not so.
 *
 * A table may be large, and it changes. So entries are taken in portions, area by
 * area as a dirty read does, with nothing locked in between: what stays as it is
 * comes exactly once.
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "area.h"
#include "hwpt.h"
#include "table_file.h"

#define PORTION		64

static struct dentry *fdx_debugfs_dir;
static struct dentry *fdx_tables_dir;
static atomic_t fdx_last_table;

/**
 * struct table_reader - an open file
 * @hwpt: whose table; there as long as the file is
 * @iova: of the last entry taken
 * @level: its level; NO_LEVEL before the first
 * @ended: the table has no more
 * @pos: number of the line that comes next; 0 is the head
 * @nr: how many @entries there are
 * @next: the one to show
 * @entries: those taken
 */
struct table_reader {
	struct fdx_hwpt_paging *hwpt;
	u64 iova;
	u8 level;
	bool ended;
	loff_t pos;
	unsigned int nr;
	unsigned int next;
	struct pgtable_dump_entry entries[PORTION];
};

#define NO_LEVEL	U8_MAX

static void reader_rewind(struct table_reader *r)
{
	r->iova = 0;
	r->level = NO_LEVEL;
	r->ended = false;
	r->pos = 0;
	r->nr = 0;
	r->next = 0;
}

/* Keep @entry, unless it comes before what was taken. */
static int take_entry(void *data, const struct pgtable_dump_entry *entry)
{
	struct table_reader *r = data;

	if (entry->iova < r->iova ||
	    (entry->iova == r->iova && entry->level >= r->level))
		return 0;
	if (r->nr == PORTION)
		return 1;
	r->entries[r->nr++] = *entry;
	r->iova = entry->iova;
	r->level = entry->level;
	return 0;
}

/* The next portion. False if there is none. */
static bool reader_fill(struct table_reader *r)
{
	struct pgtable *pt = &r->hwpt->common.domain->pt;
	struct fdx_ioas *ioas = r->hwpt->ioas;
	struct fdx_area *area;

	r->nr = 0;
	r->next = 0;
	if (r->ended)
		return false;
	r->ended = true;
	down_read(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, r->iova, ULONG_MAX) {
		if (area->busy)
			continue;
		fdx_area_lock_leaves(area);
		if (pt->ops->dump(pt, max_t(u64, area->node.start, r->iova),
				  area->node.last, take_entry, r))
			r->ended = false;
		fdx_area_unlock_leaves(area);
		if (!r->ended)
			break;
		cond_resched();
	}
	up_read(&ioas->iova_rwsem);
	return r->nr;
}

/* Stand at the line after. */
static bool reader_advance(struct table_reader *r)
{
	if (r->pos++ > 0)
		r->next++;
	return r->next < r->nr || reader_fill(r);
}

static void *table_start(struct seq_file *m, loff_t *pos)
{
	struct table_reader *r = m->private;

	if (*pos < r->pos)
		reader_rewind(r);
	while (r->pos < *pos)
		if (!reader_advance(r))
			return NULL;
	return r->pos && r->next == r->nr ? NULL : r;
}

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct table_reader *r = m->private;

	++*pos;
	return reader_advance(r) ? r : NULL;
}

static void table_stop(struct seq_file *m, void *v)
{
}

static void show_head(struct seq_file *m, struct fdx_hwpt_paging *hwpt)
{
	struct pgtable *pt = &hwpt->common.domain->pt;

	seq_printf(m, "hwpt %u format %s bits %u bytes %llu process %d %s\n",
		   hwpt->common.obj.id, pt->ops->name, pt->va_bits,
		   pt->ops->table_bytes(pt), hwpt->table_file.pid,
		   hwpt->table_file.comm);
}

static int table_show(struct seq_file *m, void *v)
{
	struct table_reader *r = m->private;
	const struct pgtable_dump_entry *e = &r->entries[r->next];

	if (!r->pos) {
		show_head(m, r->hwpt);
		return 0;
	}
	seq_printf(m, "%016llx-%016llx %u %s %llx %c%c%c%c%c%c%c %llx\n",
		   e->iova, e->iova + (e->size - 1), e->level,
		   e->leaf ? "leaf" : "table", e->size,
		   e->prot & PGTABLE_READ ? 'r' : '-',
		   e->prot & PGTABLE_WRITE ? 'w' : '-',
		   e->prot & PGTABLE_EXEC ? 'x' : '-',
		   e->prot & PGTABLE_CACHE ? 'c' : '-',
		   e->prot & PGTABLE_MMIO ? 'm' : '-',
		   e->accessed ? 'a' : '-', e->dirty ? 'd' : '-', (u64)e->pa);
	return 0;
}

static const struct seq_operations table_seq_ops = {
	.start = table_start,
	.next = table_next,
	.stop = table_stop,
	.show = table_show,
};

static int table_open(struct inode *inode, struct file *filp)
{
	struct table_reader *r;

	r = __seq_open_private(filp, &table_seq_ops, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->hwpt = inode->i_private;
	reader_rewind(r);
	return 0;
}

static const struct file_operations table_fops = {
	.owner = THIS_MODULE,
	.open = table_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

void fdx_table_file_add(struct fdx_hwpt_paging *hwpt)
{
	struct fdx_table_file *t = &hwpt->table_file;
	char name[12];

	t->pid = task_tgid_nr(current);
	get_task_comm(t->comm, current->group_leader);
	snprintf(name, sizeof(name), "%u", atomic_inc_return(&fdx_last_table));
	t->file = debugfs_create_file(name, 0400, fdx_tables_dir, hwpt,
				      &table_fops);
}

void fdx_table_file_remove(struct fdx_hwpt_paging *hwpt)
{
	debugfs_remove(hwpt->table_file.file);
}

void fdx_table_files_init(void)
{
	fdx_debugfs_dir = debugfs_create_dir("iommufdx", NULL);
	fdx_tables_dir = debugfs_create_dir("table", fdx_debugfs_dir);
}

void fdx_table_files_exit(void)
{
	debugfs_remove(fdx_debugfs_dir);
}
