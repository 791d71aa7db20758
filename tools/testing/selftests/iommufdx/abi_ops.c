// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry per ioctl of address spaces, HWPTs and devices; those of guests are
 * in abi_guest_ops.c. An ioctl that is in neither is not tested for bad input.
 */
#define _GNU_SOURCE
#include "abi_ops.h"
#include "test_cmd.h"

#include <errno.h>
#include <unistd.h>

uint32_t hwpt_plain, hwpt_dirty;
uint64_t bitmap[64];
char *memory;
static struct iommufdx *elsewhere;
static uint32_t first_free_id;
static int first_free_fd, dmabuf = -1;
static struct iommu_iova_range one_range = { MB, 1024 * MB };

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

static void fill_unmap_dirty(struct rig *r, void *p)
{
	static struct iommufdx_dirty_entry entry;
	struct iommufdx_ioas_unmap_dirty *cmd = p;
	uint64_t iova = 0;

	entry.hwpt_id = hwpt_dirty;
	entry.data = (uintptr_t)bitmap;
	iommufdx_dirty_set(r->iommu, hwpt_dirty, true);
	cmd->ioas_id = r->ioas;
	cmd->entry_num = 1;
	cmd->entry_len = sizeof(entry);
	cmd->length = PAGE;
	cmd->page_size = PAGE;
	cmd->entries_uptr = (uintptr_t)&entry;
	if (!iommufdx_ioas_map(r->iommu, r->ioas, RW, memory, PAGE, &iova))
		cmd->iova = iova;
}

static void fill_plan(struct rig *r, void *p)
{
	static struct iommufdx_plan_device device;
	static struct iommufdx_plan_group group;
	struct iommufdx_plan_domains *cmd = p;

	device = (struct iommufdx_plan_device){ .dev_id = r->dev_id };
	cmd->devices_uptr = (uintptr_t)&device;
	cmd->device_len = sizeof(device);
	cmd->device_num = 1;
	cmd->groups_uptr = (uintptr_t)&group;
	cmd->group_len = sizeof(group);
	cmd->group_num = 1;
}

static void fill_page_size(struct rig *r, void *p)
{
	struct iommufdx_hwpt_set_page_size *cmd = p;

	cmd->flags = IOMMUFDX_PAGE_SIZE_SPLIT;
	cmd->hwpt_id = hwpt_dirty;
	cmd->iova = SRC_IOVA;
	cmd->length = PAGE;
	cmd->page_size = PAGE;
}

static void fill_alloc_paging(struct rig *r, void *p)
{
	struct iommufdx_hwpt_alloc_paging *cmd = p;

	cmd->dev_id = r->dev_id;
	cmd->ioas_id = r->ioas;
}

static void fill_map_file(struct rig *r, void *p)
{
	struct iommu_ioas_map_file *cmd = p;

	cmd->flags = RW;
	cmd->ioas_id = r->ioas;
	cmd->fd = dmabuf;
	cmd->length = PAGE;
}

static void fill_vfio_ioas(struct rig *r, void *p)
{
	struct iommu_vfio_ioas *cmd = p;

	cmd->ioas_id = r->ioas;
	cmd->op = IOMMU_VFIO_IOAS_SET;
}

static void fill_caps(struct rig *r, void *p)
{
	struct iommufdx_get_caps *cmd = p;

	cmd->dev_id = r->dev_id;
}

static const struct op ops[] = {
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
		.reserved = { F(iommufdx_get_caps, __reserved),
			      F(iommufdx_get_caps, __reserved2) },
		.flags = F(iommufdx_get_caps, flags),
	}, {
		"HWPT_ALLOC_PAGING", IOMMUFDX_HWPT_ALLOC_PAGING,
		sizeof(struct iommufdx_hwpt_alloc_paging),
		UPTO(iommufdx_hwpt_alloc_paging, out_page_sizes),
		fill_alloc_paging,
		.ids = { { AT(iommufdx_hwpt_alloc_paging, dev_id), WANTS_DEVICE,
			   ENOENT, ENOENT },
			 { AT(iommufdx_hwpt_alloc_paging, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.flags = F(iommufdx_hwpt_alloc_paging, flags),
	}, {
		"IOAS_UNMAP_DIRTY", IOMMUFDX_IOAS_UNMAP_DIRTY,
		sizeof(struct iommufdx_ioas_unmap_dirty),
		UPTO(iommufdx_ioas_unmap_dirty, entries_uptr),
		fill_unmap_dirty,
		.ids = { { AT(iommufdx_ioas_unmap_dirty, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommufdx_ioas_unmap_dirty, __reserved) },
		.flags = F(iommufdx_ioas_unmap_dirty, flags),
		.user_pointer = F(iommufdx_ioas_unmap_dirty, entries_uptr),
	}, {
		"PLAN_DOMAINS", IOMMUFDX_PLAN_DOMAINS,
		sizeof(struct iommufdx_plan_domains),
		UPTO(iommufdx_plan_domains, __reserved), fill_plan,
		.reserved = { F(iommufdx_plan_domains, __reserved) },
		.flags = F(iommufdx_plan_domains, flags),
		.user_pointer = F(iommufdx_plan_domains, devices_uptr),
	}, {
		"HWPT_SET_PAGE_SIZE", IOMMUFDX_HWPT_SET_PAGE_SIZE,
		sizeof(struct iommufdx_hwpt_set_page_size),
		UPTO(iommufdx_hwpt_set_page_size, out_largest), fill_page_size,
		.ids = { { AT(iommufdx_hwpt_set_page_size, hwpt_id),
			   WANTS_HWPT, ENOENT, ENOENT } },
		.flags = F(iommufdx_hwpt_set_page_size, flags),
	}, {
		"IOAS_MAP_FILE", IOMMU_IOAS_MAP_FILE,
		sizeof(struct iommu_ioas_map_file),
		UPTO(iommu_ioas_map_file, iova), fill_map_file,
		.ids = { { AT(iommu_ioas_map_file, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.flags = F(iommu_ioas_map_file, flags),
	}, {
		"IOAS_CHANGE_PROCESS", IOMMU_IOAS_CHANGE_PROCESS,
		sizeof(struct iommu_ioas_change_process),
		UPTO(iommu_ioas_change_process, __reserved), fill_nothing,
		.reserved = { F(iommu_ioas_change_process, __reserved) },
		.elsewhere = true,
	}, {
		"VFIO_IOAS", IOMMU_VFIO_IOAS, sizeof(struct iommu_vfio_ioas),
		UPTO(iommu_vfio_ioas, __reserved), fill_vfio_ioas,
		.ids = { { AT(iommu_vfio_ioas, ioas_id), WANTS_IOAS,
			   ENOENT, ENOENT } },
		.reserved = { F(iommu_vfio_ioas, __reserved) },
		.flags = F(iommu_vfio_ioas, op),
	},
};

const struct op *op_next(const struct op *op)
{
	if (!op)
		return ops;
	if (op == ops + sizeof(ops) / sizeof(ops[0]) - 1)
		return guest_ops;
	return op[1].name ? op + 1 : NULL;
}

struct iommufdx *abi_ops_elsewhere(void)
{
	return elsewhere;
}

void abi_ops_forget(struct rig *r)
{
	uint32_t id;

	/* What refers to others was made after them. */
	for (id = first_free_id + 15; id >= first_free_id; id--)
		iommufdx_destroy(r->iommu, id);
	close_range(first_free_fd, ~0u, 0);
}

int abi_ops_prepare(struct rig *r)
{
	int rc = iommufdx_hwpt_alloc(r->iommu, r->dev_id, r->ioas, 0,
				     &hwpt_plain);

	if (!rc)
		rc = iommufdx_hwpt_alloc(r->iommu, r->dev_id, r->ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &hwpt_dirty);
	if (!rc)
		rc = iommufdx_open(NULL, &elsewhere);
	if (!rc)
		rc = abi_guest_ops_prepare(r);
	if (rc)
		return rc;
	memory = mem_get(PAGE);
	rc = memory ? map_at(r, memory, PAGE, SRC_IOVA, RW) : -ENOMEM;
	if (rc)
		return rc;

	dmabuf = test_dmabuf(r->iommu, PAGE);
	if (dmabuf < 0)
		return dmabuf;
	first_free_fd = dmabuf + 1;
	/* IDs are given out from the lowest up. */
	rc = iommufdx_ioas_alloc(r->iommu, &first_free_id);
	return rc ? rc : iommufdx_destroy(r->iommu, first_free_id);
}

void abi_ops_done(void)
{
	close(dmabuf);
	abi_guest_ops_done();
	iommufdx_close(elsewhere);
	mem_put(memory, PAGE);
	memory = NULL;
}
