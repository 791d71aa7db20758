// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Control of mock IOMMUs and mock devices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iommufdx_mock.h"
#include "internal.h"

struct iommufdx_mock {
	int fd;
};

API int iommufdx_mock_open(const char *path, struct iommufdx_mock **out)
{
	struct iommufdx_mock *mock;
	int fd;

	fd = fdx_open_node(path ? path : IOMMUFDX_MOCK_CONTROL_PATH);
	if (fd < 0)
		return fd;
	mock = malloc(sizeof(*mock));
	if (!mock) {
		close(fd);
		return -ENOMEM;
	}
	mock->fd = fd;
	*out = mock;
	return 0;
}

API void iommufdx_mock_close(struct iommufdx_mock *mock)
{
	if (!mock)
		return;
	close(mock->fd);
	free(mock);
}

API int iommufdx_mock_fd(const struct iommufdx_mock *mock)
{
	return mock->fd;
}

API int iommufdx_mock_iommu_add(struct iommufdx_mock *mock,
				const struct iommufdx_mock_iommu_config *config,
				uint32_t *id)
{
	struct iommufdx_mock_iommu_add cmd = {
		.size = sizeof(cmd),
		.flags = config->flags,
		.kind = config->kind,
		.caps = config->caps,
		.tlb_entries = config->tlb_entries,
	};
	int rc = fdx_ioctl(mock->fd, IOMMUFDX_MOCK_IOMMU_ADD, &cmd);

	if (!rc)
		*id = cmd.out_iommu_id;
	return rc;
}

API int iommufdx_mock_iommu_remove(struct iommufdx_mock *mock, uint32_t id)
{
	struct iommufdx_mock_iommu_remove cmd = {
		.size = sizeof(cmd),
		.iommu_id = id,
	};

	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_IOMMU_REMOVE, &cmd);
}

API int iommufdx_mock_dev_add(struct iommufdx_mock *mock,
			      const struct iommufdx_mock_dev_config *config,
			      uint32_t *id)
{
	struct iommufdx_mock_dev_add cmd = {
		.size = sizeof(cmd),
		.flags = config->flags,
		.iommu_id = config->iommu,
		.rid = config->rid,
		.pasid_bits = config->pasid_bits,
		.group_with = config->group_with,
	};
	int rc = fdx_ioctl(mock->fd, IOMMUFDX_MOCK_DEV_ADD, &cmd);

	if (!rc)
		*id = cmd.out_dev_id;
	return rc;
}

API int iommufdx_mock_dev_remove(struct iommufdx_mock *mock, uint32_t id)
{
	struct iommufdx_mock_dev_remove cmd = {
		.size = sizeof(cmd),
		.dev_id = id,
	};

	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_DEV_REMOVE, &cmd);
}

/*
 * The whole list, a batch at a time: it may change meanwhile, and then shows
 * each thing either as it was or as it is.
 */
static int list_all(struct iommufdx_mock *mock, uint32_t what, size_t entry_len,
		    void **entries, size_t *num)
{
	const uint32_t batch = 64;
	struct iommufdx_mock_list cmd;
	char *all = NULL, *grown;
	uint32_t after = 0;
	size_t have = 0;
	int rc;

	do {
		grown = realloc(all, (have + batch) * entry_len);
		if (!grown) {
			rc = -ENOMEM;
			goto fail;
		}
		all = grown;
		cmd = (struct iommufdx_mock_list){
			.size = sizeof(cmd),
			.what = what,
			.entry_len = entry_len,
			.entry_num = batch,
			.entries_uptr = (uintptr_t)(all + have * entry_len),
			.after_id = after,
		};
		rc = fdx_ioctl(mock->fd, IOMMUFDX_MOCK_LIST, &cmd);
		if (rc)
			goto fail;
		have += cmd.entry_num;
		/* Both kinds of entry begin with their ID. */
		if (have)
			memcpy(&after, all + (have - 1) * entry_len,
			       sizeof(after));
	} while (cmd.entry_num == batch);
	*entries = all;
	*num = have;
	return 0;
fail:
	free(all);
	return rc;
}

API int iommufdx_mock_iommus(struct iommufdx_mock *mock,
			     struct iommufdx_mock_iommu_entry **entries,
			     size_t *num)
{
	void *all;
	int rc = list_all(mock, IOMMUFDX_MOCK_LIST_IOMMUS, sizeof(**entries),
			  &all, num);

	if (!rc)
		*entries = all;
	return rc;
}

API int iommufdx_mock_devs(struct iommufdx_mock *mock,
			   struct iommufdx_mock_dev_entry **entries,
			   size_t *num)
{
	void *all;
	int rc = list_all(mock, IOMMUFDX_MOCK_LIST_DEVS, sizeof(**entries),
			  &all, num);

	if (!rc)
		*entries = all;
	return rc;
}

API int iommufdx_mock_dev_get(struct iommufdx_mock *mock, uint32_t id,
			      struct iommufdx_mock_dev_entry *entry)
{
	struct iommufdx_mock_list cmd = {
		.size = sizeof(cmd),
		.what = IOMMUFDX_MOCK_LIST_DEVS,
		.entry_len = sizeof(*entry),
		.entry_num = 1,
		.entries_uptr = (uintptr_t)entry,
		.after_id = id - 1,
	};
	int rc = fdx_ioctl(mock->fd, IOMMUFDX_MOCK_LIST, &cmd);

	if (rc)
		return rc;
	return id && cmd.entry_num && entry->dev_id == id ? 0 : -ENOENT;
}

API int iommufdx_mock_dev_open(struct iommufdx_mock *mock, uint32_t id,
			       struct iommufdx_device **out)
{
	struct iommufdx_mock_dev_entry entry;
	char path[sizeof("/dev/") + sizeof(entry.name)];
	int rc = iommufdx_mock_dev_get(mock, id, &entry);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/dev/%.*s", (int)sizeof(entry.name),
		 (const char *)entry.name);
	return iommufdx_device_open(path, out);
}

API int iommufdx_mock_stats(struct iommufdx_mock *mock, uint32_t iommu,
			    struct iommufdx_mock_iommu_stats *stats)
{
	*stats = (struct iommufdx_mock_iommu_stats){
		.size = sizeof(*stats),
		.iommu_id = iommu,
	};
	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_IOMMU_STATS, stats);
}

API int iommufdx_mock_knob(struct iommufdx_mock *mock, uint32_t iommu,
			   uint32_t knob, uint64_t value)
{
	struct iommufdx_mock_iommu_knob cmd = {
		.size = sizeof(cmd),
		.iommu_id = iommu,
		.knob = knob,
		.value = value,
	};

	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_IOMMU_KNOB, &cmd);
}

API int iommufdx_mock_check(struct iommufdx_mock *mock, uint32_t iommu,
			    uint64_t *stale)
{
	struct iommufdx_mock_iommu_check cmd = {
		.size = sizeof(cmd),
		.iommu_id = iommu,
	};
	int rc = fdx_ioctl(mock->fd, IOMMUFDX_MOCK_IOMMU_CHECK, &cmd);

	if (!rc)
		*stale = cmd.out_stale;
	return rc;
}

API int iommufdx_mock_dma(struct iommufdx_mock *mock,
			  struct iommufdx_mock_dma *txn)
{
	txn->size = sizeof(*txn);
	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_DMA, txn);
}

API int iommufdx_mock_host_dma(struct iommufdx_mock *mock, uint32_t dev,
			       uint32_t op,
			       struct iommufdx_mock_host_dma *result)
{
	*result = (struct iommufdx_mock_host_dma){
		.size = sizeof(*result),
		.dev_id = dev,
		.op = op,
	};
	return fdx_ioctl(mock->fd, IOMMUFDX_MOCK_HOST_DMA, result);
}
