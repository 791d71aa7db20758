/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody has files here. */
#ifndef __SHIM_LINUX_FILE_H
#define __SHIM_LINUX_FILE_H

struct file;

#define get_file(file)	(file)
#define fput(file)	((void)(file))

#endif /* __SHIM_LINUX_FILE_H */
