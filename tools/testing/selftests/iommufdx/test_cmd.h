/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctl of Linux's own iommufd selftests, which the mock module answers: what
 * our tests need of it. Numbers and layouts are Linux's.
 */
#ifndef SELFTESTS_IOMMUFDX_TEST_CMD_H
#define SELFTESTS_IOMMUFDX_TEST_CMD_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <iommufdx.h>

#define TEST_CMD	_IO(IOMMUFD_TYPE, 0xa0)
#define OP_MOCK_DOMAIN		2
#define OP_MD_CHECK_IOTLB	14
#define OP_DEV_CHECK_CACHE	16
#define OP_DMABUF_GET		22
#define OP_DMABUF_REVOKE	23

/* Types of the mock IOMMU behind it. */
#define TYPE_VIOMMU		0xdeadbeef
#define TYPE_VEVENTQ		0xbeefbeef
#define TYPE_HW_QUEUE		0xdeadbeef
#define TYPE_GUEST_QUEUE	0xdeadbef0
#define TYPE_HWPT_DATA		0xdead
#define TYPE_HWPT_INVALIDATE	0xdeadbeef

struct test_cmd {
	uint32_t size;
	uint32_t op;
	uint32_t id;
	uint32_t reserved;
	union {
		struct {
			uint32_t stdev_id;
			uint32_t hwpt_id;
			uint32_t dev_id;
		} mock_domain;
		struct {
			uint32_t id;
			uint32_t value;
		} check_cache;
		struct {
			uint32_t length;
			uint32_t open_flags;
		} dmabuf_get;
		struct {
			int32_t fd;
			uint32_t revoked;
		} dmabuf_revoke;
		uint8_t rest[48];
	};
	uint64_t last;
};

static inline int test_cmd(struct iommufdx *iommu, struct test_cmd *cmd)
{
	int rc;

	cmd->size = sizeof(*cmd);
	rc = ioctl(iommufdx_fd(iommu), TEST_CMD, cmd);
	return rc < 0 ? -errno : rc;
}

/* A device of the mock IOMMU, attached to @ioas; 0 and its ID. */
static inline int test_device(struct iommufdx *iommu, uint32_t ioas,
			      uint32_t *dev_id)
{
	struct test_cmd cmd = { .op = OP_MOCK_DOMAIN, .id = ioas };
	int rc = test_cmd(iommu, &cmd);

	*dev_id = cmd.mock_domain.dev_id;
	return rc;
}

/* Does entry @entry of a nested HWPT's mock IOTLB hold @value? 0 or -EINVAL. */
static inline int test_check_iotlb(struct iommufdx *iommu, uint32_t nested,
				   uint32_t entry, uint32_t value)
{
	struct test_cmd cmd = {
		.op = OP_MD_CHECK_IOTLB,
		.id = nested,
		.check_cache = { entry, value },
	};

	return test_cmd(iommu, &cmd);
}

#define DEV_CACHE_DEFAULT	0x00baddad

/* Does entry @entry of a device's mock cache hold @value? 0 or -EINVAL. */
static inline int test_check_dev_cache(struct iommufdx *iommu, uint32_t dev,
				       uint32_t entry, uint32_t value)
{
	struct test_cmd cmd = {
		.op = OP_DEV_CHECK_CACHE,
		.id = dev,
		.check_cache = { entry, value },
	};

	return test_cmd(iommu, &cmd);
}

/* A DMA-BUF of @length bytes; its descriptor. */
static inline int test_dmabuf(struct iommufdx *iommu, uint32_t length)
{
	struct test_cmd cmd = {
		.op = OP_DMABUF_GET,
		.dmabuf_get = { length, O_CLOEXEC | O_RDWR },
	};

	return test_cmd(iommu, &cmd);
}

static inline int test_dmabuf_revoke(struct iommufdx *iommu, int fd,
				     bool revoked)
{
	struct test_cmd cmd = {
		.op = OP_DMABUF_REVOKE,
		.dmabuf_revoke = { fd, revoked },
	};

	return test_cmd(iommu, &cmd);
}

#endif /* SELFTESTS_IOMMUFDX_TEST_CMD_H */
