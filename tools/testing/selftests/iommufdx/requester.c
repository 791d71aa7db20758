// SPDX-License-Identifier: GPL-2.0-only
/* A rig whose device asks for pages. */
#include "requester.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fault_queue(struct requester *q)
{
	struct iommu_fault_alloc cmd = { .size = sizeof(cmd) };

	if (ioctl(iommufdx_fd(q->r.iommu), IOMMU_FAULT_QUEUE_ALLOC, &cmd))
		return -errno;
	q->fault_id = cmd.out_fault_id;
	q->fault_fd = cmd.out_fault_fd;
	return 0;
}

int queued_hwpt(struct requester *q, uint32_t flags, uint32_t *hwpt)
{
	const struct iommufdx_hwpt_request want = {
		.flags = flags | IOMMUFDX_HWPT_FAULT_ID_VALID,
		.fault_id = q->fault_id,
		.format = flags & IOMMUFDX_HWPT_PASID ? IOMMUFDX_FORMAT_ANY :
							rig_vendor()->format,
	};
	struct iommufdx_hwpt_choice got;
	int rc = iommufdx_hwpt_request(q->r.iommu, q->r.dev_id, q->r.ioas,
				       &want, &got);

	if (!rc)
		*hwpt = got.hwpt;
	return rc;
}

int requester_make(struct requester *q, uint32_t flags)
{
	struct iommufdx_mock_dev_config config = {
		.rid = RIG_RID,
		.flags = flags,
		.pasid_bits = 8,
	};
	const struct iommufdx_mock_iommu_config iommu = {
		.kind = rig_vendor()->kind,
		.flags = IOMMUFDX_MOCK_IOMMU_CHECK_HITS,
		.caps = ~0u,
	};
	const uint64_t need = IOMMUFDX_DEV_FEATURE_PASID |
			      (flags & IOMMUFDX_MOCK_DEV_PRI ?
			       IOMMUFDX_DEV_FEATURE_PRI : 0);
	struct iommufdx_get_caps caps;
	struct rig *r = &q->r;
	int rc;

	memset(q, 0, sizeof(*q));
	q->fault_fd = -1;
	rc = rig_open(r);
	if (!rc)
		rc = iommufdx_mock_iommu_add(r->mock, &iommu, &r->mock_iommu);
	config.iommu = r->mock_iommu;
	if (!rc)
		rc = iommufdx_mock_dev_add(r->mock, &config, &r->mock_dev);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, r->mock_dev, &r->dev);
	if (!rc)
		rc = iommufdx_device_bind(r->dev, r->iommu, &r->dev_id);
	if (!rc)
		rc = iommufdx_ioas_alloc(r->iommu, &r->ioas);
	if (!rc)
		rc = iommufdx_caps(r->iommu, r->dev_id, &caps);
	if (!rc && (caps.out_dev_features & need) != need)
		rc = 1;
	if (!rc)
		rc = fault_queue(q);
	q->mem = mem_get(4 * PAGE);
	return rc;
}

int requester_make_attached(struct requester *q)
{
	int rc = requester_make(q, IOMMUFDX_MOCK_DEV_ATS |
				   IOMMUFDX_MOCK_DEV_PRI);
	uint32_t pt_id;

	if (rc)
		return rc;
	rc = queued_hwpt(q, 0, &q->hwpt);
	pt_id = q->hwpt;
	return rc ? rc : iommufdx_device_attach(q->r.dev, &pt_id);
}

void requester_break(struct requester *q)
{
	close(q->fault_fd);
	rig_break(&q->r);
	mem_put(q->mem, 4 * PAGE);
}

int ask(struct requester *q, unsigned int channel, uint32_t pasid, uint64_t iova,
	uint64_t page, uint64_t timeout)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_PAGE_REQUEST,
		.pasid = pasid,
		.src = iova,
		.page = page,
		.page_timeout = timeout,
	};

	return iommufdx_channel_start(q->r.dev, channel, &job);
}

int outcome(struct requester *q, unsigned int channel,
	    struct iommufdx_channel_status *status)
{
	int rc = iommufdx_channel_wait(q->r.dev, channel, PATIENCE_MS,
				       status);

	return rc ? rc : status->state;
}

int requests(struct requester *q, struct iommu_hwpt_pgfault *faults, size_t num)
{
	ssize_t got;

	if (!queue_fills(q))
		return 0;
	got = read(q->fault_fd, faults, num * sizeof(*faults));
	return got < 0 ? -errno : got / sizeof(*faults);
}

bool queue_is_empty(struct requester *q)
{
	struct pollfd p = { .fd = q->fault_fd, .events = POLLIN };

	return poll(&p, 1, 50) == 0;
}

bool queue_fills(struct requester *q)
{
	struct pollfd p = { .fd = q->fault_fd, .events = POLLIN };

	return poll(&p, 1, PATIENCE_MS) == 1;
}

int answer(struct requester *q, uint32_t cookie, uint32_t code)
{
	const struct iommu_hwpt_page_response response = {
		.cookie = cookie,
		.code = code,
	};
	ssize_t put = write(q->fault_fd, &response, sizeof(response));

	return put < 0 ? -errno : put == sizeof(response) ? 0 : -EIO;
}
