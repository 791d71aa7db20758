// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry per ioctl. An ioctl that is not here is not tested for bad input.
 */
#include "abi_ops.h"

#include <errno.h>

uint32_t hwpt_plain, hwpt_dirty;
uint64_t bitmap[64];
char *memory;
static struct iommu_iova_range one_range = { MB, 1024 * MB };

#define F(type, member) { offsetof(struct type, member), \
			  sizeof(((struct type *)0)->member) }
#define AT(type, member) offsetof(struct type, member)
#define UPTO(type, member) (offsetof(struct type, member) + \
			    sizeof(((struct type *)0)->member))

static void fill_destroy(struct rig *r, void *p)
{
	struct iommu_destroy *cmd = p;

	if (iommufdx_ioas_alloc(r->iommu, &cmd->id))
		cmd->id = 0;
}

static void fill_nothing(struct rig *r, void *p)
{
}

static void fill_allow(struct rig *r, void *p)
{
	struct iommu_ioas_allow_iovas *cmd = p;

	cmd->ioas_id = r->ioas;
	cmd->num_iovas = 1;
	cmd->allowed_iovas = (uintptr_t)&one_range;
}

static void fill_ranges(struct rig *r, void *p)
{
	struct iommu_ioas_iova_ranges *cmd = p;
	static struct iommu_iova_range answer[16];

	cmd->ioas_id = r->ioas;
	cmd->num_iovas = 16;
	cmd->allowed_iovas = (uintptr_t)answer;
}

static void fill_map(struct rig *r, void *p)
{
	struct iommu_ioas_map *cmd = p;

	cmd->flags = RW;
	cmd->ioas_id = r->ioas;
	cmd->user_va = (uintptr_t)memory;
	cmd->length = PAGE;
}

static void fill_copy(struct rig *r, void *p)
{
	struct iommu_ioas_copy *cmd = p;

	cmd->flags = RW;
	cmd->dst_ioas_id = r->ioas;
	cmd->src_ioas_id = r->ioas;
	cmd->src_iova = SRC_IOVA;
	cmd->length = PAGE;
}

static void fill_unmap(struct rig *r, void *p)
{
	struct iommu_ioas_unmap *cmd = p;
	uint64_t iova = 0;

	cmd->ioas_id = r->ioas;
	cmd->length = PAGE;
	if (!iommufdx_ioas_map(r->iommu, r->ioas, RW, memory, PAGE, &iova))
		cmd->iova = iova;
}

static void fill_option(struct rig *r, void *p)
{
	struct iommu_option *cmd = p;

	cmd->option_id = IOMMU_OPTION_HUGE_PAGES;
	cmd->op = IOMMU_OPTION_OP_GET;
	cmd->object_id = r->ioas;
}

static void fill_hw_info(struct rig *r, void *p)
{
	struct iommu_hw_info *cmd = p;
	static char data[64];

	cmd->dev_id = r->dev_id;
	cmd->data_len = sizeof(data);
	cmd->data_uptr = (uintptr_t)data;
}

static void fill_hwpt_alloc(struct rig *r, void *p)
{
	struct iommu_hwpt_alloc *cmd = p;

	cmd->dev_id = r->dev_id;
	cmd->pt_id = r->ioas;
}

static void fill_set_dirty(struct rig *r, void *p)
{
	struct iommu_hwpt_set_dirty_tracking *cmd = p;

	cmd->hwpt_id = hwpt_dirty;
	cmd->flags = IOMMU_HWPT_DIRTY_TRACKING_ENABLE;
}

static void fill_get_dirty(struct rig *r, void *p)
{
	struct iommu_hwpt_get_dirty_bitmap *cmd = p;

	cmd->hwpt_id = hwpt_dirty;
	cmd->iova = SRC_IOVA;
	cmd->length = PAGE;
	cmd->page_size = PAGE;
	cmd->data = (uintptr_t)bitmap;
}

static void fill_caps(struct rig *r, void *p)
{
	struct iommufdx_get_caps *cmd = p;

	cmd->dev_id = r->dev_id;
}

const struct op ops[NR_OPS] = {
	{
		"DESTROY", IOMMU_DESTROY, sizeof(struct iommu_destroy),
		UPTO(iommu_destroy, id), fill_destroy,
		.ids = { { AT(iommu_destroy, id), WANTS_ANY, ENOENT, 0 } },
	}, {
		"IOAS_ALLOC", IOMMU_IOAS_ALLOC, sizeof(struct iommu_ioas_alloc),
		UPTO(iommu_ioas_alloc, out_ioas_id), fill_nothing,
		.flags = F(iommu_ioas_alloc, flags),
	}, {
		"IOAS_ALLOW_IOVAS", IOMMU_IOAS_ALLOW_IOVAS,
		sizeof(struct iommu_ioas_allow_iovas),
		UPTO(iommu_ioas_allow_iovas, allowed_iovas), fill_allow,
		.ids = { { AT(iommu_ioas_allow_iovas, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_ioas_allow_iovas, __reserved) },
		.user_pointer = F(iommu_ioas_allow_iovas, allowed_iovas),
	}, {
		"IOAS_IOVA_RANGES", IOMMU_IOAS_IOVA_RANGES,
		sizeof(struct iommu_ioas_iova_ranges),
		UPTO(iommu_ioas_iova_ranges, out_iova_alignment), fill_ranges,
		.ids = { { AT(iommu_ioas_iova_ranges, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_ioas_iova_ranges, __reserved) },
		.user_pointer = F(iommu_ioas_iova_ranges, allowed_iovas),
	}, {
		"IOAS_MAP", IOMMU_IOAS_MAP, sizeof(struct iommu_ioas_map),
		UPTO(iommu_ioas_map, iova), fill_map,
		.ids = { { AT(iommu_ioas_map, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_ioas_map, __reserved) },
		.flags = F(iommu_ioas_map, flags),
		.user_pointer = F(iommu_ioas_map, user_va),
	}, {
		"IOAS_COPY", IOMMU_IOAS_COPY, sizeof(struct iommu_ioas_copy),
		UPTO(iommu_ioas_copy, src_iova), fill_copy,
		.ids = { { AT(iommu_ioas_copy, dst_ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT },
			 { AT(iommu_ioas_copy, src_ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.flags = F(iommu_ioas_copy, flags),
	}, {
		"IOAS_UNMAP", IOMMU_IOAS_UNMAP, sizeof(struct iommu_ioas_unmap),
		UPTO(iommu_ioas_unmap, length), fill_unmap,
		.ids = { { AT(iommu_ioas_unmap, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
	}, {
		"OPTION", IOMMU_OPTION, sizeof(struct iommu_option),
		UPTO(iommu_option, val64), fill_option,
		.ids = { { AT(iommu_option, object_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_option, __reserved) },
		.flags = F(iommu_option, option_id),
	}, {
		"GET_HW_INFO", IOMMU_GET_HW_INFO, sizeof(struct iommu_hw_info),
		UPTO(iommu_hw_info, __reserved), fill_hw_info,
		.ids = { { AT(iommu_hw_info, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_hw_info, __reserved) },
		.flags = F(iommu_hw_info, flags),
		.user_pointer = F(iommu_hw_info, data_uptr),
	}, {
		"HWPT_ALLOC", IOMMU_HWPT_ALLOC, sizeof(struct iommu_hwpt_alloc),
		UPTO(iommu_hwpt_alloc, __reserved), fill_hwpt_alloc,
		.ids = { { AT(iommu_hwpt_alloc, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT },
			 { AT(iommu_hwpt_alloc, pt_id), WANTS_IOAS,
			   EINVAL, EINVAL } },
		.reserved = { F(iommu_hwpt_alloc, __reserved) },
		.flags = F(iommu_hwpt_alloc, flags),
	}, {
		"HWPT_SET_DIRTY_TRACKING", IOMMU_HWPT_SET_DIRTY_TRACKING,
		sizeof(struct iommu_hwpt_set_dirty_tracking),
		UPTO(iommu_hwpt_set_dirty_tracking, __reserved), fill_set_dirty,
		.ids = { { AT(iommu_hwpt_set_dirty_tracking, hwpt_id),
			   WANTS_HWPT, ENOENT, ENOENT } },
		.flags = F(iommu_hwpt_set_dirty_tracking, flags),
	}, {
		"HWPT_GET_DIRTY_BITMAP", IOMMU_HWPT_GET_DIRTY_BITMAP,
		sizeof(struct iommu_hwpt_get_dirty_bitmap),
		UPTO(iommu_hwpt_get_dirty_bitmap, data), fill_get_dirty,
		.ids = { { AT(iommu_hwpt_get_dirty_bitmap, hwpt_id),
			   WANTS_HWPT, ENOENT, ENOENT } },
		.reserved = { F(iommu_hwpt_get_dirty_bitmap, __reserved) },
		.flags = F(iommu_hwpt_get_dirty_bitmap, flags),
	}, {
		"GET_CAPS", IOMMUFDX_GET_CAPS,
		sizeof(struct iommufdx_get_caps),
		UPTO(iommufdx_get_caps, out_kernel_limits), fill_caps,
		.ids = { { AT(iommufdx_get_caps, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT, .zero_is_fine = true } },
		.reserved = { F(iommufdx_get_caps, __reserved) },
		.flags = F(iommufdx_get_caps, flags),
	},
};

int abi_ops_prepare(struct rig *r)
{
	int rc = iommufdx_hwpt_alloc(r->iommu, r->dev_id, r->ioas, 0,
				     &hwpt_plain);

	if (!rc)
		rc = iommufdx_hwpt_alloc(r->iommu, r->dev_id, r->ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &hwpt_dirty);
	if (rc)
		return rc;
	memory = mem_get(PAGE);
	return memory ? map_at(r, memory, PAGE, SRC_IOVA, RW) : -ENOMEM;
}

void abi_ops_done(void)
{
	mem_put(memory, PAGE);
	memory = NULL;
}
