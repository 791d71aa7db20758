// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Channels of a mock device's DMA engine.
 */
#include <time.h>

#include "iommufdx_mock.h"
#include "internal.h"

static int read_reg(struct iommufdx_device *dev, unsigned int channel,
		    uint32_t reg, uint64_t *value)
{
	if (channel >= IOMMUFDX_MOCK_CHANNELS)
		return -EINVAL;
	return iommufdx_region_read(dev, VFIO_PCI_BAR0_REGION_INDEX,
				    IOMMUFDX_MOCK_CH(channel) + reg, value,
				    sizeof(*value));
}

static int write_reg(struct iommufdx_device *dev, unsigned int channel,
		     uint32_t reg, uint64_t value)
{
	if (channel >= IOMMUFDX_MOCK_CHANNELS)
		return -EINVAL;
	return iommufdx_region_write(dev, VFIO_PCI_BAR0_REGION_INDEX,
				     IOMMUFDX_MOCK_CH(channel) + reg, &value,
				     sizeof(value));
}

static bool at_work(uint64_t status)
{
	status &= IOMMUFDX_MOCK_STATUS_STATE;
	return status == IOMMUFDX_MOCK_STATE_BUSY ||
	       status == IOMMUFDX_MOCK_STATE_PAUSED;
}

API int iommufdx_channel_command(struct iommufdx_device *dev,
				 unsigned int channel, uint32_t cmd)
{
	uint64_t status;
	int rc;

	rc = write_reg(dev, channel, IOMMUFDX_MOCK_CH_CMD, cmd);
	if (rc)
		return rc;
	rc = read_reg(dev, channel, IOMMUFDX_MOCK_CH_STATUS, &status);
	if (rc)
		return rc;
	return status & IOMMUFDX_MOCK_STATUS_REJECTED ? -EINVAL : 0;
}

API int iommufdx_channel_start(struct iommufdx_device *dev,
			       unsigned int channel,
			       const struct iommufdx_channel_job *job)
{
	const struct { uint32_t reg; uint64_t value; } regs[] = {
		{ IOMMUFDX_MOCK_CH_CTRL, job->ctrl },
		{ IOMMUFDX_MOCK_CH_PASID,
		  job->pasid ? job->pasid | IOMMUFDX_MOCK_PASID_VALID : 0 },
		{ IOMMUFDX_MOCK_CH_SRC, job->src },
		{ IOMMUFDX_MOCK_CH_SRC_SIZE, job->src_size },
		{ IOMMUFDX_MOCK_CH_DST, job->dst },
		{ IOMMUFDX_MOCK_CH_DST_SIZE, job->dst_size },
		{ IOMMUFDX_MOCK_CH_LEN, job->len },
		{ IOMMUFDX_MOCK_CH_PATTERN, job->pattern },
		{ IOMMUFDX_MOCK_CH_COUNT, job->count },
		{ IOMMUFDX_MOCK_CH_RATE, job->rate },
		{ IOMMUFDX_MOCK_CH_SEED, job->seed },
		{ IOMMUFDX_MOCK_CH_STAMP, job->stamp },
		{ IOMMUFDX_MOCK_CH_PAGE, job->page },
		{ IOMMUFDX_MOCK_CH_PAGE_TIMEOUT, job->page_timeout },
	};
	uint64_t status;
	int rc;

	/* CTRL and RATE act at once: leave a channel that works alone. */
	rc = read_reg(dev, channel, IOMMUFDX_MOCK_CH_STATUS, &status);
	if (rc)
		return rc;
	if (at_work(status))
		return -EINVAL;
	if (job->cmd == IOMMUFDX_MOCK_CMD_NONE ||
	    (job->cmd > IOMMUFDX_MOCK_CMD_AUTO &&
	     job->cmd != IOMMUFDX_MOCK_CMD_TRANSLATE &&
	     job->cmd != IOMMUFDX_MOCK_CMD_PAGE_REQUEST))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		rc = write_reg(dev, channel, regs[i].reg, regs[i].value);
		if (rc)
			return rc;
	}
	return iommufdx_channel_command(dev, channel, job->cmd);
}

API int iommufdx_channel_save(struct iommufdx_device *dev, unsigned int channel,
			      struct iommufdx_channel_job *job)
{
	uint64_t ctrl, pasid, status;
	const struct { uint32_t reg; uint64_t *value; } regs[] = {
		{ IOMMUFDX_MOCK_CH_CTRL, &ctrl },
		{ IOMMUFDX_MOCK_CH_PASID, &pasid },
		{ IOMMUFDX_MOCK_CH_SRC, &job->src },
		{ IOMMUFDX_MOCK_CH_SRC_SIZE, &job->src_size },
		{ IOMMUFDX_MOCK_CH_DST, &job->dst },
		{ IOMMUFDX_MOCK_CH_DST_SIZE, &job->dst_size },
		{ IOMMUFDX_MOCK_CH_LEN, &job->len },
		{ IOMMUFDX_MOCK_CH_PATTERN, &job->pattern },
		{ IOMMUFDX_MOCK_CH_COUNT, &job->count },
		{ IOMMUFDX_MOCK_CH_RATE, &job->rate },
		{ IOMMUFDX_MOCK_CH_SEED, &job->seed },
		{ IOMMUFDX_MOCK_CH_STAMP, &job->stamp },
		{ IOMMUFDX_MOCK_CH_PAGE, &job->page },
		{ IOMMUFDX_MOCK_CH_PAGE_TIMEOUT, &job->page_timeout },
	};
	int rc;

	rc = read_reg(dev, channel, IOMMUFDX_MOCK_CH_STATUS, &status);
	if (rc)
		return rc;
	if (at_work(status))
		return -EBUSY;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		rc = read_reg(dev, channel, regs[i].reg, regs[i].value);
		if (rc)
			return rc;
	}
	job->cmd = IOMMUFDX_MOCK_CMD_AUTO;
	job->ctrl = ctrl;
	job->pasid = pasid & IOMMUFDX_MOCK_PASID_VALID ?
			     pasid & ~IOMMUFDX_MOCK_PASID_VALID : 0;
	return 0;
}

API int iommufdx_channel_status(struct iommufdx_device *dev,
				unsigned int channel,
				struct iommufdx_channel_status *status)
{
	uint64_t state;
	const struct { uint32_t reg; uint64_t *value; } regs[] = {
		{ IOMMUFDX_MOCK_CH_STATUS, &state },
		{ IOMMUFDX_MOCK_CH_DONE, &status->done },
		{ IOMMUFDX_MOCK_CH_FAULTS, &status->faults },
		{ IOMMUFDX_MOCK_CH_BYTES, &status->bytes },
		{ IOMMUFDX_MOCK_CH_RESULT, &status->result },
		{ IOMMUFDX_MOCK_CH_FAULT_ADDR, &status->fault_iova },
		{ IOMMUFDX_MOCK_CH_FAULT_CODE, &status->fault_code },
	};

	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		int rc = read_reg(dev, channel, regs[i].reg, regs[i].value);

		if (rc)
			return rc;
	}
	status->state = state & IOMMUFDX_MOCK_STATUS_STATE;
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

API int iommufdx_channel_wait(struct iommufdx_device *dev,
			      unsigned int channel, unsigned int timeout_ms,
			      struct iommufdx_channel_status *status)
{
	uint64_t end = now_ns() + timeout_ms * 1000000ull;
	struct timespec nap = { .tv_nsec = 20000 };
	struct iommufdx_channel_status seen;
	uint64_t state;
	bool late, busy;
	int rc;

	do {
		late = now_ns() >= end;
		rc = read_reg(dev, channel, IOMMUFDX_MOCK_CH_STATUS, &state);
		if (rc)
			return rc;
		busy = at_work(state);
		if (!busy || late)
			break;
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 2000000)
			nap.tv_nsec *= 2;
	} while (true);

	rc = iommufdx_channel_status(dev, channel, status ? status : &seen);
	if (rc)
		return rc;
	return busy ? -ETIMEDOUT : 0;
}
