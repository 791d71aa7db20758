// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * An open /dev/iommu: the handle, and what concerns the whole of it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommufdx.h"
#include "internal.h"

struct iommufdx {
	int fd;
};

API unsigned int iommufdx_version(void)
{
	return IOMMUFDX_VERSION_MAJOR << 16 | IOMMUFDX_VERSION_MINOR << 8 |
	       IOMMUFDX_VERSION_PATCH;
}

int fdx_open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

API int iommufdx_from_fd(int fd, struct iommufdx **out)
{
	struct iommufdx *iommu;

	if (fcntl(fd, F_GETFD) < 0)
		return -errno;
	iommu = malloc(sizeof(*iommu));
	if (!iommu)
		return -ENOMEM;
	iommu->fd = fd;
	*out = iommu;
	return 0;
}

API int iommufdx_open(const char *path, struct iommufdx **out)
{
	int fd, rc;

	fd = fdx_open_node(path ? path : "/dev/iommu");
	if (fd < 0)
		return fd;
	rc = iommufdx_from_fd(fd, out);
	if (rc)
		close(fd);
	return rc;
}

API void iommufdx_close(struct iommufdx *iommu)
{
	if (!iommu)
		return;
	close(iommu->fd);
	free(iommu);
}

API int iommufdx_fd(const struct iommufdx *iommu)
{
	return iommu->fd;
}

API int iommufdx_destroy(struct iommufdx *iommu, uint32_t id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return fdx_ioctl(iommu->fd, IOMMU_DESTROY, &cmd);
}

API int iommufdx_option_get(struct iommufdx *iommu, uint32_t option,
			    uint32_t object, uint64_t *value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_GET,
		.object_id = object,
	};
	int rc = fdx_ioctl(iommu->fd, IOMMU_OPTION, &cmd);

	if (!rc)
		*value = cmd.val64;
	return rc;
}

API int iommufdx_option_set(struct iommufdx *iommu, uint32_t option,
			    uint32_t object, uint64_t value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_SET,
		.object_id = object,
		.val64 = value,
	};

	return fdx_ioctl(iommu->fd, IOMMU_OPTION, &cmd);
}

API int iommufdx_caps(struct iommufdx *iommu, uint32_t dev_id,
		      struct iommufdx_get_caps *caps)
{
	*caps = (struct iommufdx_get_caps){
		.size = sizeof(*caps),
		.dev_id = dev_id,
	};
	return fdx_ioctl(iommu->fd, IOMMUFDX_GET_CAPS, caps);
}

API int iommufdx_table_caps(struct iommufdx *iommu, uint32_t dev_id,
			    struct iommufdx_table_caps *tables, uint32_t *num)
{
	struct iommufdx_get_caps cmd = {
		.size = sizeof(cmd),
		.dev_id = dev_id,
		.tables_uptr = (uintptr_t)tables,
		.table_len = sizeof(*tables),
		.table_num = *num,
	};
	int rc = fdx_ioctl(iommu->fd, IOMMUFDX_GET_CAPS, &cmd);

	if (!rc)
		*num = cmd.table_num;
	return rc;
}
