/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of core. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iommufdx

#if !defined(__IOMMUFDX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define __IOMMUFDX_TRACE_H

#include <linux/tracepoint.h>
#include <linux/iommufdx/driver.h>

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

#endif /* __IOMMUFDX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
