/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ioctls and objects that another module brings to /dev/iommu.
 *
 * Numbers between the base API and our additions (FDX_EXT_FIRST to FDX_EXT_LAST)
 * can be answered by a module while it is loaded. Its handler runs with the
 * module held, under the same rules of size and reserved bytes as any other,
 * and may make objects of type FDX_OBJ_EXTENSION. Such an object holds the
 * module too, until it is destroyed.
 */
#ifndef __IOMMUFDX_EXTENSION_H
#define __IOMMUFDX_EXTENSION_H

#include <linux/module.h>
#include "object.h"

#define FDX_EXT_FIRST	0xa0
#define FDX_EXT_LAST	0xbf

/**
 * struct fdx_ioctl - one row of the ioctl table
 * @cmd: the whole ioctl number
 * @size: the struct as this version knows it; a longer one must end in zeroes
 * @min_size: what the first version of the struct had; a shorter one is refused
 * @execute: the handler
 * @owner: held while the handler runs, NULL for core's own
 */
struct fdx_ioctl {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	int (*execute)(struct fdx_ucmd *ucmd);
	struct module *owner;
};

/* The largest struct of any ioctl. */
#define FDX_CMD_MAX	96

/**
 * struct fdx_ext_object - head of an object of another module
 * @obj: its ID
 * @owner: the module
 * @destroy: take it apart; the memory is freed by core
 */
struct fdx_ext_object {
	struct fdx_object obj;
	struct module *owner;
	void (*destroy)(struct fdx_ext_object *ext);
};

/* -EINVAL (number or size out of range), -EBUSY (number taken). */
int fdx_ioctl_register(const struct fdx_ioctl *ioctl);
void fdx_ioctl_unregister(const struct fdx_ioctl *ioctl);

/* Find an extension's ioctl and hold its module; NULL: there is none. */
const struct fdx_ioctl *fdx_ext_ioctl_get(unsigned int cmd);

/*
 * Allocate @size bytes that start with the head, reserve an ID, hold the
 * module. Finalize or abort as any object.
 */
struct fdx_ext_object *fdx_ext_object_alloc(struct iommufdx_ctx *ictx,
					    size_t size, struct module *owner,
					    void (*destroy)(struct fdx_ext_object *));
void fdx_ext_object_destroy(struct fdx_object *obj);

#endif /* __IOMMUFDX_EXTENSION_H */
