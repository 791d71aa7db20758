/* SPDX-License-Identifier: GPL-2.0-only */
/* The type only: headers that embed one. */
#ifndef __SHIM_LINUX_MAPLE_TREE_H
#define __SHIM_LINUX_MAPLE_TREE_H

struct maple_tree {
	void *root;
};

#endif /* __SHIM_LINUX_MAPLE_TREE_H */
