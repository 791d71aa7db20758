/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of core. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iommufdx

#if !defined(__IOMMUFDX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define __IOMMUFDX_TRACE_H

#include <linux/tracepoint.h>
#include <linux/iommufdx/driver.h>
#include "core/refusal.h"

/* A DMA that an IOMMU refused, as its backend read it from the event log. */
TRACE_EVENT(iommufdx_fault,
	TP_PROTO(int kind, const struct iommufdx_fault *fault),
	TP_ARGS(kind, fault),
	TP_STRUCT__entry(
		__field(int, kind)
		__field(u32, rid)
		__field(u32, pasid)
		__field(u64, iova)
		__field(bool, write)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->rid = fault->rid;
		__entry->pasid = fault->pasid;
		__entry->iova = fault->iova;
		__entry->write = fault->write;
		__entry->reason = fault->reason;
	),
	TP_printk("hw=%d rid=%#x pasid=%u iova=%#llx %s reason=%#x",
		  __entry->kind, __entry->rid, __entry->pasid, __entry->iova,
		  __entry->write ? "write" : "read", __entry->reason)
);

/* An attach or replace that answers EINVAL, and why. */
TRACE_EVENT(iommufdx_attach_refused,
	TP_PROTO(const struct iommufdx_master *master, u32 pasid, u32 hwpt,
		 int why),
	TP_ARGS(master, pasid, hwpt, why),
	TP_STRUCT__entry(
		__field(int, kind)
		__field(u32, rid)
		__field(u32, pasid)
		__field(u32, hwpt)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->kind = master->iommu->ops->kind;
		__entry->rid = master->rid;
		__entry->pasid = pasid;
		__entry->hwpt = hwpt;
		__entry->why = why;
	),
	TP_printk("hw=%d rid=%#x pasid=%u hwpt=%u: %s", __entry->kind,
		  __entry->rid, __entry->pasid, __entry->hwpt,
		  __print_symbolic(__entry->why,
			{ FDX_REFUSED_RID_HAS_PASIDS,
			  "HWPT was not made for PASIDs, which the device has" },
			{ FDX_REFUSED_NOT_FOR_PASID,
			  "HWPT was not made for PASIDs" },
			{ FDX_REFUSED_PASID_WIDTH,
			  "device has no such PASID" },
			{ FDX_REFUSED_RID_NOT_FOR_PASID,
			  "HWPT of the device's RID was not made for PASIDs" },
			{ FDX_REFUSED_GROUP,
			  "the group has another HWPT" },
			{ FDX_REFUSED_SVA,
			  "a process's addresses are for PASIDs" },
			{ FDX_REFUSED_IOMMU, "other kind of IOMMU" },
			{ FDX_REFUSED_FORMAT, "format" },
			{ FDX_REFUSED_GRANULE, "granule" },
			{ FDX_REFUSED_DIRTY, "dirty tracking" },
			{ FDX_REFUSED_PAGE_SIZES, "page sizes" },
			{ FDX_REFUSED_VA_BITS, "width" },
			{ FDX_REFUSED_QUIRKS, "quirks" },
			{ FDX_REFUSED_HARDWARE,
			  "backend: hardware, or what else is attached" }))
);

#endif /* __IOMMUFDX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
