/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page requests: devices that ask for memory that is not mapped (PCIe PRI, AMD
 * PPR, SMMUv3 stalls), and the answers they get.
 *
 * Requests of one group (same device, PASID and group index) are collected
 * until the one marked last arrives, then delivered together; one answer goes
 * back for all of them. A device is owed an answer for every group, whatever
 * happens to its translation meanwhile: detaching answers what is outstanding
 * with IOMMUFDX_PAGE_INVALID.
 */
#ifndef __LINUX_IOMMUFDX_FAULT_H
#define __LINUX_IOMMUFDX_FAULT_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/iommufdx/driver.h>

/* struct iommufdx_page_request::flags: values of the uAPI */
#define IOMMUFDX_PAGE_PASID_VALID	BIT(0)
#define IOMMUFDX_PAGE_LAST		BIT(1)

/* struct iommufdx_page_request::perm: values of the uAPI */
#define IOMMUFDX_PAGE_READ	BIT(0)
#define IOMMUFDX_PAGE_WRITE	BIT(1)
#define IOMMUFDX_PAGE_EXEC	BIT(2)
#define IOMMUFDX_PAGE_PRIV	BIT(3)

/* Answers: values of the uAPI and of PCIe's page response codes. */
enum iommufdx_page_response {
	IOMMUFDX_PAGE_SUCCESS = 0,
	IOMMUFDX_PAGE_INVALID = 1,
};

/**
 * struct iommufdx_page_request - one page a device asks for
 * @flags: IOMMUFDX_PAGE_PASID_VALID, IOMMUFDX_PAGE_LAST
 * @pasid: PASID if valid
 * @grpid: page request group index
 * @perm: IOMMUFDX_PAGE_READ and so on
 * @addr: IOVA, page aligned
 */
struct iommufdx_page_request {
	u32 flags;
	u32 pasid;
	u32 grpid;
	u32 perm;
	u64 addr;
};

/**
 * iommufdx_report_page_request() - a backend's queue holds a page request
 * @master: the device that asks
 * @req: what it asks for
 *
 * Where nobody can take the group (no fault queue on the device's translation),
 * or the device waits for the answers to many others, it is answered with
 * IOMMUFDX_PAGE_INVALID at once.
 * Context: process context, may sleep; not from page_response.
 * Return: 0, also when the request was answered with a refusal; -ENOMEM (the
 * group was refused).
 */
int iommufdx_report_page_request(struct iommufdx_master *master,
				 const struct iommufdx_page_request *req);

#endif /* __LINUX_IOMMUFDX_FAULT_H */
