/* SPDX-License-Identifier: GPL-2.0-only */
/* What administrators see of page tables: /sys/kernel/debug/iommufdx. */
#ifndef __IOMMUFDX_TABLE_FILE_H
#define __IOMMUFDX_TABLE_FILE_H

#include <linux/sched.h>
#include <linux/types.h>

struct dentry;
struct fdx_hwpt_paging;

/**
 * struct fdx_table_file - the file that shows a HWPT's table
 * @file: the file, or an ERR_PTR: there is debugfs or there is not
 * @pid: process that made the HWPT
 * @comm: its name then
 */
struct fdx_table_file {
	struct dentry *file;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

/* The directory, when the module comes and goes. */
void fdx_table_files_init(void);
void fdx_table_files_exit(void);

/* The file of a HWPT that is filled in, by its number in the directory. */
void fdx_table_file_add(struct fdx_hwpt_paging *hwpt);
/* Take it away, and wait for who is reading it. */
void fdx_table_file_remove(struct fdx_hwpt_paging *hwpt);

#endif /* __IOMMUFDX_TABLE_FILE_H */
