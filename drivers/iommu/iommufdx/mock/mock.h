/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mock IOMMUs and mock devices.
 *
 * A *mock IOMMU* is a model together with the memory and the thread of
 * execution that the kernel lends it; a backend drives it through hw.h and
 * cannot tell it from hardware. A *mock device* is a master behind it, a
 * character device in the shape of a VFIO cdev, and an *engine* of channels
 * that do DMA through the model under the device's RID.
 *
 * Life. The registry (control.c) lists what exists. A mock IOMMU is counted by
 * the registry and by its devices; a mock device by the registry and by open
 * files (its struct device; the cdev is its child). Surprise removal takes a
 * device out of the registry and stops, detaches and unbinds it at once;
 * @gone then turns all that open files ask for into ENODEV, until the last one
 * closes and the memory goes.
 *
 * Locks, outermost first:
 *	mock_registry_lock	what exists; adding and removing it
 *	mock_dev::lock		a device's registers and its binding
 *	mock_iommu::page_lock	who waits for an answer to page requests (spinlock,
 *				interrupts off; the model calls with answers)
 *	mock_dev::irq_lock	its eventfds (spinlock)
 * The channels' works take the two spinlocks only.
 * Core's and the backends' locks come inside mock_dev::lock.
 */
#ifndef __IOMMUFDX_MOCK_H
#define __IOMMUFDX_MOCK_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/iommufdx/device.h>
#include <uapi/linux/iommufdx_mock.h>

#include "../model/atc.h"
#include "../model/model.h"

struct eventfd_ctx;
struct file;
struct mock_dev;

extern struct mutex mock_registry_lock;

/* --- iommu.c: a model and what the kernel lends it ------------------------ */

/**
 * struct mock_iommu - a model under a backend
 * @ref: the registry, its devices, and transactions under way
 * @id: in the registry
 * @flags: enum iommufdx_mock_iommu_flags
 * @kind: enum iommufdx_mock_kind
 * @caps: enum iommufdx_mock_caps as asked for
 * @owner: control file whose close removes it, NULL if persistent
 * @devs: devices behind it (registry lock)
 * @nr_devs: how many (registry lock)
 * @env: the model's surroundings
 * @model: the machine
 * @iommu: core's view of it; NULL once removed (registry lock)
 * @run: executes the model's commands
 * @host_page: what its devices' own drivers in the host do DMA to
 * @host_lock: guards what is in it; not taken with any other held
 * @page_lock: guards @requesters and mock_channel::page
 * @requesters: devices that can send page requests
 * @name: for messages
 */
struct mock_iommu {
	struct kref ref;
	u32 id;
	u32 flags;
	u32 kind;
	u32 caps;
	struct file *owner;
	struct list_head devs;
	u32 nr_devs;
	struct model_env env;
	struct model *model;
	struct iommufdx_iommu *iommu;
	struct work_struct run;
	struct page *host_page;
	struct mutex host_lock;
	spinlock_t page_lock;
	struct list_head requesters;
	char name[IOMMUFDX_MOCK_NAME_LEN];
};

int mock_iommu_init(void);
void mock_iommu_exit(void);
struct mock_iommu *mock_iommu_create(u32 id,
				     const struct iommufdx_mock_iommu_add *cmd);
void mock_iommu_remove(struct mock_iommu *iommu);
void mock_iommu_put(struct mock_iommu *iommu);

/* --- engine.c: channels ---------------------------------------------------- */

/**
 * struct mock_job - the registers of one command, as they were at its start
 * @cmd: enum iommufdx_mock_cmd
 * @pasid: valid if @has_pasid
 * @has_pasid: requests carry it
 * @src: register SRC; likewise the others
 * @src_size: SRC_SIZE
 * @dst: DST
 * @dst_size: DST_SIZE
 * @len: LEN
 * @pattern: PATTERN
 * @count: COUNT
 * @page: PAGE
 * @page_timeout: PAGE_TIMEOUT
 */
struct mock_job {
	u32 cmd;
	u32 pasid;
	bool has_pasid;
	u64 src;
	u64 src_size;
	u64 dst;
	u64 dst_size;
	u64 len;
	u64 pattern;
	u64 count;
	u64 page;
	u64 page_timeout;
};

#define MOCK_CH_REGS	(IOMMUFDX_MOCK_CH_STRIDE / 8)
#define MOCK_CH_REG(r)	((r) / 8)

/**
 * enum mock_step - what came of a step of a command
 * @MOCK_STEP_OK: it is done
 * @MOCK_STEP_FAULT: it failed, which the fault registers tell
 * @MOCK_STEP_CANCELED: it stalled, and was given up on behalf of whoever is about
 *	to stop the channel
 * @MOCK_STEP_WAITS: it waits for what will start the work again
 */
enum mock_step {
	MOCK_STEP_OK,
	MOCK_STEP_FAULT,
	MOCK_STEP_CANCELED,
	MOCK_STEP_WAITS,
};

/**
 * struct mock_page_wait - the page request group that a channel sent last
 * @sent: it is sent (work)
 * @deadline: when to give up, in ns; 0: never (work)
 * @waits: an answer is due
 * @wake: it has to wake the work, which waits for it
 * @answered: it has come
 * @code: the answer, enum model_page_code
 */
struct mock_page_wait {
	bool sent;
	u64 deadline;
	bool waits;
	bool wake;
	bool answered;
	u32 code;
};

/**
 * struct mock_channel - one DMA channel
 * @dev: whose
 * @index: number
 * @work: one slice of the command; runs only while @state is BUSY
 * @state: enum iommufdx_mock_ch_state. The work leaves BUSY, dev->lock enters
 *	it, and leaves it after the work was cancelled.
 * @rejected: the last command was not accepted (dev->lock)
 * @cancel: DMA that stalls is given up (dev->lock writes)
 * @job: what runs (constant while @state is BUSY or PAUSED)
 * @pos: bytes of the iteration that are done (work)
 * @due: when AUTO may do the next iteration, in ns (work)
 * @page: the page request that it sent
 * @buf: what is in flight; allocated at the first start
 * @regs: register file. The work writes SEED, STAMP and the results; dev->lock
 *	covers the others, and those while the channel is neither BUSY nor
 *	PAUSED. Read with READ_ONCE() from either side.
 */
struct mock_channel {
	struct mock_dev *dev;
	unsigned int index;
	struct delayed_work work;
	u32 state;
	bool rejected;
	bool cancel;
	struct mock_job job;
	u64 pos;
	u64 due;
	struct mock_page_wait page;
	u8 *buf;
	u64 regs[MOCK_CH_REGS];
};

int mock_engine_init(void);
void mock_engine_exit(void);
void mock_channel_init(struct mock_channel *ch, struct mock_dev *dev,
		       unsigned int index);
int mock_channel_command(struct mock_channel *ch, u32 cmd);
void mock_channel_reset(struct mock_channel *ch);
u64 mock_channel_status(const struct mock_channel *ch);
bool mock_channel_running(const struct mock_channel *ch);
void mock_channel_wake(struct mock_channel *ch, u64 ns);
void mock_channel_fault(struct mock_channel *ch, u64 iova, u64 code);
void mock_channel_result(struct mock_channel *ch, u64 result);

/* --- page_request.c: page requests of channels ------------------------------- */

void mock_page_start(struct mock_channel *ch);
enum mock_step mock_page_step(struct mock_channel *ch);
void mock_page_keep(struct mock_channel *ch);
void mock_page_forget(struct mock_channel *ch);
void mock_page_response(struct model_env *env,
			const struct model_page_response *resp);

/* --- device.c: the character device ---------------------------------------- */

#define MOCK_CONFIG_SIZE	256
#define MOCK_MSIX_BYTES		(IOMMUFDX_MOCK_CHANNELS * 16)

/* Eventfds of one device, all interrupt indexes in one array. */
enum mock_trigger {
	MOCK_TRIGGER_INTX,
	MOCK_TRIGGER_MSIX,
	MOCK_TRIGGER_REQ = MOCK_TRIGGER_MSIX + IOMMUFDX_MOCK_CHANNELS,
	MOCK_TRIGGERS,
};

/**
 * struct mock_dev - a mock device
 * @dev: its class device; counts references
 * @cdev: its node
 * @id: in the registry; also its minor
 * @rid: its requester or stream ID
 * @flags: enum iommufdx_mock_dev_flags
 * @iommu: what it is behind (a reference)
 * @iommu_node: in @iommu->devs (registry lock)
 * @page_node: in @iommu->requesters, if it can send page requests
 * @page_unexpected: answers that no channel waited for (page_lock)
 * @atc: its address translation cache, NULL for none; gone with @gone
 * @owner: control file whose close removes it, NULL if persistent
 * @master: core's view of it; gone with @gone
 * @lock: guards what follows, up to @irq_lock
 * @gone: it was removed
 * @opens: open files
 * @user: the file that bound it, NULL if unbound
 * @idev: core's binding, valid with @user
 * @bound_id: object ID of @idev
 * @hwpt_id: object ID of what RID requests are attached to, 0 for nothing
 * @pasids: the same for each attached PASID, as xa_mk_value()
 * @nr_pasids: how many are in @pasids
 * @config: configuration space
 * @msix: MSI-X table, memory without effect
 * @ch: the engine
 * @int_status: register INT_STATUS
 * @irq_lock: guards @trigger
 * @trigger: eventfds, by enum mock_trigger
 */
struct mock_dev {
	struct device dev;
	struct cdev cdev;
	u32 id;
	u32 rid;
	u32 flags;
	struct mock_iommu *iommu;
	struct list_head iommu_node;
	struct list_head page_node;
	u64 page_unexpected;
	struct model_atc *atc;
	struct file *owner;
	struct iommufdx_master *master;

	struct mutex lock;
	bool gone;
	unsigned int opens;
	struct file *user;
	struct iommufdx_device *idev;
	u32 bound_id;
	u32 hwpt_id;
	struct xarray pasids;
	u32 nr_pasids;
	u8 config[MOCK_CONFIG_SIZE];
	u8 msix[MOCK_MSIX_BYTES];
	struct mock_channel ch[IOMMUFDX_MOCK_CHANNELS];

	atomic_t int_status;
	spinlock_t irq_lock;
	struct eventfd_ctx *trigger[MOCK_TRIGGERS];
};

#define MOCK_MAX_DEVS	4096

int mock_device_init(void);
void mock_device_exit(void);
struct mock_dev *mock_dev_create(u32 id, struct mock_iommu *iommu,
				 struct mock_dev *group_with,
				 const struct iommufdx_mock_dev_add *cmd);
void mock_dev_remove(struct mock_dev *dev);
void mock_dev_node(const struct mock_dev *dev, u8 *name);
void mock_dev_describe(struct mock_dev *dev,
		       struct iommufdx_mock_dev_entry *entry);

/* --- binding.c: bind, attach, detach ---------------------------------------- */

long mock_binding_bind(struct mock_dev *dev, struct file *file,
		       void __user *arg);
long mock_binding_attach(struct mock_dev *dev, void __user *arg);
long mock_binding_detach(struct mock_dev *dev, void __user *arg);
void mock_binding_release(struct mock_dev *dev);

/* --- irq.c: interrupts as eventfds ------------------------------------------- */

long mock_irq_get_info(void __user *arg);
long mock_irq_set(struct mock_dev *dev, void __user *arg);
void mock_irq_channel(struct mock_dev *dev, unsigned int channel);
void mock_irq_signal(struct mock_dev *dev, unsigned int trigger);
void mock_irq_release(struct mock_dev *dev);

/* --- bar.c and config.c: regions --------------------------------------------- */

u64 mock_bar_read(struct mock_dev *dev, u32 reg);
int mock_bar_write(struct mock_dev *dev, u32 reg, u64 val, u64 mask);
u32 mock_bar_running(const struct mock_dev *dev);
void mock_config_reset(struct mock_dev *dev);
u64 mock_config_read(const struct mock_dev *dev, u32 reg);
void mock_config_write(struct mock_dev *dev, u32 reg, u64 val, u64 mask);

/* --- control.c: /dev/iommufdx-mock and the registry ---------------------------- */

struct mock_iommu *mock_iommu_get(u32 id);
struct mock_iommu *mock_iommu_of_dev(u32 dev_id, u32 *rid);
int mock_control_init(void);
void mock_control_exit(void);

/* --- model_cmds.c: commands that only need a model ------------------------------- */

int mock_cmd_iommu_stats(struct file *file, void *arg);
int mock_cmd_iommu_knob(struct file *file, void *arg);
int mock_cmd_iommu_check(struct file *file, void *arg);
int mock_cmd_dma(struct file *file, void *arg);
int mock_dma_status(int ret, u32 *status);

/* --- host_dma.c: DMA of the host's own drivers ------------------------------------ */

int mock_cmd_host_dma(struct file *file, void *arg);

#endif /* __IOMMUFDX_MOCK_H */
