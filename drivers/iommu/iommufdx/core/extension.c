// SPDX-License-Identifier: GPL-2.0-only
/* Ioctls and objects that another module brings to /dev/iommu. */
#include <linux/mutex.h>
#include <linux/nospec.h>
#include "extension.h"

#define FDX_EXT_COUNT	(FDX_EXT_LAST - FDX_EXT_FIRST + 1)

static DEFINE_MUTEX(ext_lock);
static const struct fdx_ioctl *ext_ioctls[FDX_EXT_COUNT];

static const struct fdx_ioctl **ext_slot(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (nr < FDX_EXT_FIRST || nr > FDX_EXT_LAST)
		return NULL;
	return &ext_ioctls[array_index_nospec(nr - FDX_EXT_FIRST,
					      FDX_EXT_COUNT)];
}

int fdx_ioctl_register(const struct fdx_ioctl *ioctl)
{
	const struct fdx_ioctl **slot = ext_slot(ioctl->cmd);
	int rc = 0;

	if (!slot || ioctl->size > FDX_CMD_MAX)
		return -EINVAL;
	mutex_lock(&ext_lock);
	if (*slot)
		rc = -EBUSY;
	else
		*slot = ioctl;
	mutex_unlock(&ext_lock);
	return rc;
}
EXPORT_SYMBOL_GPL(fdx_ioctl_register);

void fdx_ioctl_unregister(const struct fdx_ioctl *ioctl)
{
	mutex_lock(&ext_lock);
	*ext_slot(ioctl->cmd) = NULL;
	mutex_unlock(&ext_lock);
}
EXPORT_SYMBOL_GPL(fdx_ioctl_unregister);

const struct fdx_ioctl *fdx_ext_ioctl_get(unsigned int cmd)
{
	const struct fdx_ioctl **slot = ext_slot(cmd);
	const struct fdx_ioctl *ioctl = NULL;

	if (!slot)
		return NULL;
	mutex_lock(&ext_lock);
	if (*slot && (*slot)->cmd == cmd && try_module_get((*slot)->owner))
		ioctl = *slot;
	mutex_unlock(&ext_lock);
	return ioctl;
}

struct fdx_ext_object *fdx_ext_object_alloc(struct iommufdx_ctx *ictx,
					    size_t size, struct module *owner,
					    void (*destroy)(struct fdx_ext_object *))
{
	struct fdx_ext_object *ext;
	struct fdx_object *obj;

	obj = fdx_object_alloc(ictx, size, FDX_OBJ_EXTENSION);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	ext = container_of(obj, struct fdx_ext_object, obj);
	ext->destroy = destroy;
	ext->owner = owner;
	/* Called by the module's own handler, which holds it already. */
	__module_get(owner);
	return ext;
}
EXPORT_SYMBOL_GPL(fdx_ext_object_alloc);

void fdx_ext_object_destroy(struct fdx_object *obj)
{
	struct fdx_ext_object *ext =
		container_of(obj, struct fdx_ext_object, obj);

	ext->destroy(ext);
	module_put(ext->owner);
}
