/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libiommufdx: software IOMMUs and mock devices.
 *
 * struct iommufdx_mock is the open control device. What it makes is named by
 * IDs, and goes away when it is closed unless it was made persistent. A mock
 * device is used through struct iommufdx_device of <iommufdx.h>; its DMA engine
 * has IOMMUFDX_MOCK_CHANNELS channels, which are started and watched with the
 * functions at the end. The rules of <iommufdx.h> hold here too.
 */
#ifndef IOMMUFDX_MOCK_H
#define IOMMUFDX_MOCK_H

#include <iommufdx.h>
#include <linux/iommufdx_mock.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------------- the control */

struct iommufdx_mock;

/**
 * iommufdx_mock_open() - open the control of mock IOMMUs
 * @path: device node, NULL for /dev/iommufdx-mock
 * @out: the handle; free it with iommufdx_mock_close()
 *
 * Return: 0; -ENOENT (the module iommufdx_model is not loaded); -EACCES (only
 * root may); -ENOMEM.
 */
int iommufdx_mock_open(const char *path, struct iommufdx_mock **out);

/**
 * iommufdx_mock_close() - close the control
 * @mock: the handle, or NULL
 *
 * Removes, by surprise if need be, what this handle made and was not made
 * persistent.
 */
void iommufdx_mock_close(struct iommufdx_mock *mock);

/**
 * iommufdx_mock_fd() - the descriptor of the control
 * @mock: the handle, which keeps owning it
 *
 * Return: the descriptor.
 */
int iommufdx_mock_fd(const struct iommufdx_mock *mock);

/**
 * struct iommufdx_mock_iommu_config - which IOMMU to make
 * @kind: enum iommufdx_mock_kind
 * @flags: enum iommufdx_mock_iommu_flags
 * @caps: enum iommufdx_mock_caps, ~0u for all that the model has
 * @tlb_entries: capacity of its IOTLB, 0 for the default
 */
struct iommufdx_mock_iommu_config {
	uint32_t kind;
	uint32_t flags;
	uint32_t caps;
	uint32_t tlb_entries;
};

/**
 * iommufdx_mock_iommu_add() - make an IOMMU
 * @mock: the control
 * @config: which
 * @id: its ID
 *
 * Return: 0; -EOPNOTSUPP (no model of this kind, or an unknown flag); -ENODEV
 * (no backend for this kind is loaded); -EINVAL.
 */
int iommufdx_mock_iommu_add(struct iommufdx_mock *mock,
			    const struct iommufdx_mock_iommu_config *config,
			    uint32_t *id);

/**
 * iommufdx_mock_iommu_remove() - remove an IOMMU
 * @mock: the control
 * @id: which
 *
 * Return: 0; -ENOENT; -EBUSY (devices are behind it).
 */
int iommufdx_mock_iommu_remove(struct iommufdx_mock *mock, uint32_t id);

/**
 * struct iommufdx_mock_dev_config - which device to make
 * @iommu: ID of the IOMMU it is behind
 * @rid: requester or stream ID
 * @flags: enum iommufdx_mock_dev_flags
 * @pasid_bits: width of its PASIDs, 0 for none, at most 20
 * @group_with: ID of a device it shares a group with, 0 for none
 */
struct iommufdx_mock_dev_config {
	uint32_t iommu;
	uint32_t rid;
	uint32_t flags;
	uint32_t pasid_bits;
	uint32_t group_with;
};

/**
 * iommufdx_mock_dev_add() - make a device
 * @mock: the control
 * @config: which
 * @id: its ID
 *
 * Return: 0; -ENOENT (no such IOMMU or device to group with); -EEXIST (the RID
 * is taken); -EINVAL; -EOPNOTSUPP (unknown flags).
 */
int iommufdx_mock_dev_add(struct iommufdx_mock *mock,
			  const struct iommufdx_mock_dev_config *config,
			  uint32_t *id);

/**
 * iommufdx_mock_dev_remove() - pull a device out, whatever it is doing
 * @mock: the control
 * @id: which
 *
 * Return: 0; -ENOENT.
 */
int iommufdx_mock_dev_remove(struct iommufdx_mock *mock, uint32_t id);

/**
 * iommufdx_mock_dev_open() - open a device by its ID
 * @mock: the control
 * @id: which
 * @out: the handle; free it with iommufdx_device_close()
 *
 * Return: 0; -ENOENT (no such device, or its node is missing below /dev);
 * -ENOMEM.
 */
int iommufdx_mock_dev_open(struct iommufdx_mock *mock, uint32_t id,
			   struct iommufdx_device **out);

/**
 * iommufdx_mock_iommus() - list IOMMUs
 * @mock: the control
 * @entries: all there are, whoever made them, ascending by ID; the caller
 *	frees it with free()
 * @num: how many
 *
 * Return: 0; -ENOMEM.
 */
int iommufdx_mock_iommus(struct iommufdx_mock *mock,
			 struct iommufdx_mock_iommu_entry **entries,
			 size_t *num);

/**
 * iommufdx_mock_devs() - list devices
 * @mock: the control
 * @entries: all there are, whoever made them, ascending by ID; the caller
 *	frees it with free()
 * @num: how many
 *
 * Return: 0; -ENOMEM.
 */
int iommufdx_mock_devs(struct iommufdx_mock *mock,
		       struct iommufdx_mock_dev_entry **entries, size_t *num);

/**
 * iommufdx_mock_dev_get() - one line of that list
 * @mock: the control
 * @id: which device
 * @entry: its state
 *
 * Return: 0; -ENOENT (no such device).
 */
int iommufdx_mock_dev_get(struct iommufdx_mock *mock, uint32_t id,
			  struct iommufdx_mock_dev_entry *entry);

/**
 * iommufdx_mock_stats() - read an IOMMU's counters
 * @mock: the control
 * @iommu: which
 * @stats: the counters since it was made
 *
 * Return: 0; -ENOENT.
 */
int iommufdx_mock_stats(struct iommufdx_mock *mock, uint32_t iommu,
			struct iommufdx_mock_iommu_stats *stats);

/**
 * iommufdx_mock_knob() - inject a fault into an IOMMU
 * @mock: the control
 * @iommu: which
 * @knob: enum iommufdx_mock_knobs
 * @value: its meaning depends on @knob, 0 is off
 *
 * Return: 0; -ENOENT; -EOPNOTSUPP (the model has no such knob).
 */
int iommufdx_mock_knob(struct iommufdx_mock *mock, uint32_t iommu,
		       uint32_t knob, uint64_t value);

/**
 * iommufdx_mock_check() - compare all that an IOMMU caches with memory
 * @mock: the control
 * @iommu: which
 * @stale: how many cached translations memory does not give
 *
 * Exact only while nothing is being mapped, unmapped, attached or detached.
 *
 * Return: 0; -ENOENT.
 */
int iommufdx_mock_check(struct iommufdx_mock *mock, uint32_t iommu,
			uint64_t *stale);

/**
 * iommufdx_mock_dma() - send one transaction, as a device would
 * @mock: the control
 * @txn: all fields but @size are the caller's; fields named out_* are filled
 *
 * Return: 0 when it was carried out, whatever became of it (see
 * @txn->out_status); -EINVAL; -ENOENT; -EOPNOTSUPP.
 */
int iommufdx_mock_dma(struct iommufdx_mock *mock, struct iommufdx_mock_dma *txn);

/**
 * iommufdx_mock_host_dma() - DMA of a device's own driver in the host
 * @mock: the control
 * @dev: ID of the device
 * @op: IOMMUFDX_MOCK_DMA_READ or IOMMUFDX_MOCK_DMA_WRITE
 * @result: fields named out_* are filled
 *
 * Return: 0 when it was carried out, whatever became of it (see
 * @result->out_status); -ENOENT; -EOPNOTSUPP; -EINTR.
 */
int iommufdx_mock_host_dma(struct iommufdx_mock *mock, uint32_t dev, uint32_t op,
			   struct iommufdx_mock_host_dma *result);

/* ------------------------------------------------- channels of the DMA engine */

/**
 * struct iommufdx_channel_job - what a channel shall do
 * @cmd: IOMMUFDX_MOCK_CMD_COPY to _AUTO, _TRANSLATE or _PAGE_REQUEST
 * @ctrl: IOMMUFDX_MOCK_CTRL_*
 * @pasid: PASID of its requests, 0 for requests without one
 * @src: IOVA of the source
 * @src_size: AUTO: bytes of the source window
 * @dst: IOVA of the destination
 * @dst_size: AUTO: bytes of the destination window
 * @len: bytes of one iteration
 * @pattern: data of FILL, addend of FETCH_ADD
 * @count: AUTO: iterations, 0 for no end
 * @rate: AUTO: iterations per second, 0 for as many as possible
 * @seed: AUTO: state of the random generator
 * @stamp: AUTO with CTRL_STAMP: the first stamp
 * @page: TRANSLATE, PAGE_REQUEST: IOMMUFDX_MOCK_PAGE_*
 * @page_timeout: PAGE_REQUEST: milliseconds to wait for an answer, 0 for no end
 */
struct iommufdx_channel_job {
	uint32_t cmd;
	uint32_t ctrl;
	uint32_t pasid;
	uint64_t src;
	uint64_t src_size;
	uint64_t dst;
	uint64_t dst_size;
	uint64_t len;
	uint64_t pattern;
	uint64_t count;
	uint64_t rate;
	uint64_t seed;
	uint64_t stamp;
	uint64_t page;
	uint64_t page_timeout;
};

/**
 * struct iommufdx_channel_status - what became of it
 * @state: enum iommufdx_mock_ch_state
 * @done: iterations completed
 * @faults: iterations that faulted
 * @bytes: bytes written (READ: read)
 * @result: checksum of READ, old value of FETCH_ADD, IOMMUFDX_MOCK_XLAT_* of
 *	TRANSLATE, answer to PAGE_REQUEST
 * @fault_iova: IOVA of the last fault
 * @fault_code: IOMMUFDX_MOCK_CH_FAULT_CODE, 0 for no fault
 */
struct iommufdx_channel_status {
	uint32_t state;
	uint64_t done;
	uint64_t faults;
	uint64_t bytes;
	uint64_t result;
	uint64_t fault_iova;
	uint64_t fault_code;
};

/**
 * iommufdx_channel_start() - start a channel
 * @dev: a bound mock device
 * @channel: 0 to IOMMUFDX_MOCK_CHANNELS - 1
 * @job: what to do
 *
 * Two threads must not start one channel at once.
 *
 * Return: 0; -EINVAL (the engine did not accept it: the channel is busy, or the
 * job makes no sense); -ENODEV (the device is gone).
 */
int iommufdx_channel_start(struct iommufdx_device *dev, unsigned int channel,
			   const struct iommufdx_channel_job *job);

/**
 * iommufdx_channel_command() - stop, pause or resume a channel
 * @dev: a bound mock device
 * @channel: 0 to IOMMUFDX_MOCK_CHANNELS - 1
 * @cmd: IOMMUFDX_MOCK_CMD_STOP, _PAUSE or _RESUME
 *
 * After STOP and PAUSE the channel has no DMA under way.
 *
 * Return: 0; -EINVAL (RESUME of what is not paused); -ENODEV.
 */
int iommufdx_channel_command(struct iommufdx_device *dev, unsigned int channel,
			     uint32_t cmd);

/**
 * iommufdx_channel_save() - what a channel that was stopped would go on with
 * @dev: a bound mock device
 * @channel: 0 to IOMMUFDX_MOCK_CHANNELS - 1
 * @job: as it was started, but for random generator and stamp. @cmd is
 *	IOMMUFDX_MOCK_CMD_AUTO: what is one iteration only has nothing to go on with
 *
 * Another device that is started with @job, over the same memory, does what this
 * one would have done. That is how a device is migrated. The registers that a job
 * is made of must not have been written since the channel was started.
 *
 * Return: 0; -EBUSY (it is running or paused); -EINVAL (no such channel); -ENODEV.
 */
int iommufdx_channel_save(struct iommufdx_device *dev, unsigned int channel,
			  struct iommufdx_channel_job *job);

/**
 * iommufdx_channel_status() - look at a channel
 * @dev: a bound mock device
 * @channel: 0 to IOMMUFDX_MOCK_CHANNELS - 1
 * @status: what it says; its fields are read one after the other
 *
 * Return: 0; -EINVAL (no such channel); -ENODEV.
 */
int iommufdx_channel_status(struct iommufdx_device *dev, unsigned int channel,
			    struct iommufdx_channel_status *status);

/**
 * iommufdx_channel_wait() - wait until a channel is neither busy nor paused
 * @dev: a bound mock device
 * @channel: 0 to IOMMUFDX_MOCK_CHANNELS - 1
 * @timeout_ms: milliseconds to wait at most
 * @status: what became of the job, may be NULL; written also with -ETIMEDOUT
 *
 * Return: 0; -ETIMEDOUT; -EINVAL (no such channel); -ENODEV.
 */
int iommufdx_channel_wait(struct iommufdx_device *dev, unsigned int channel,
			  unsigned int timeout_ms,
			  struct iommufdx_channel_status *status);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_MOCK_H */
