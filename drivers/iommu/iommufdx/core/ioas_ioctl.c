// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls of an IOAS: check what the user said, then call what does it. */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "area.h"
#include "compat.h"
#include "dmabuf.h"
#include "ioas_map.h"
#include "itree.h"

#define MAP_FLAGS (IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | \
		   IOMMU_IOAS_MAP_READABLE)

static u8 map_prot(u32 flags)
{
	u8 prot = 0;

	if (flags & IOMMU_IOAS_MAP_WRITEABLE)
		prot |= PGTABLE_WRITE;
	if (flags & IOMMU_IOAS_MAP_READABLE)
		prot |= PGTABLE_READ;
	return prot;
}

int fdx_ioas_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_alloc *cmd = ucmd->cmd;
	struct fdx_object *obj;

	int rc;

	if (cmd->flags)
		return -EOPNOTSUPP;

	obj = fdx_object_alloc(ucmd->ictx, sizeof(struct fdx_ioas),
			       FDX_OBJ_IOAS);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	fdx_ioas_init(container_of(obj, struct fdx_ioas, obj));

	cmd->out_ioas_id = obj->id;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc) {
		fdx_object_abort(ucmd->ictx, obj);
		return rc;
	}
	/* CHANGE_PROCESS sees all there are, or waits. */
	down_read(&ucmd->ictx->ioas_lock);
	fdx_object_finalize(ucmd->ictx, obj);
	up_read(&ucmd->ictx->ioas_lock);
	return 0;
}

int fdx_ioas_iova_ranges(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_iova_ranges *cmd = ucmd->cmd;
	struct iommu_iova_range __user *ranges =
		u64_to_user_ptr(cmd->allowed_iovas);
	unsigned long first = 0, hole_last;
	u32 room = cmd->num_iovas;
	struct fdx_ioas *ioas;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	down_read(&ioas->iova_rwsem);
	cmd->out_iova_alignment = ioas->iova_alignment;
	cmd->num_iovas = 0;
	fdx_for_each_hole(&ioas->reserved, first, ULONG_MAX, hole_last) {
		struct iommu_iova_range range = {
			.start = first,
			.last = hole_last,
		};

		if (cmd->num_iovas < room &&
		    copy_to_user(&ranges[cmd->num_iovas], &range,
				 sizeof(range))) {
			rc = -EFAULT;
			goto out_put;
		}
		cmd->num_iovas++;
	}
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (!rc && cmd->num_iovas > room)
		rc = -EMSGSIZE;
out_put:
	up_read(&ioas->iova_rwsem);
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

static int load_ranges(struct rb_root_cached *root,
		       struct iommu_iova_range __user *ranges, u32 num)
{
	u32 i;
	int rc;

	for (i = 0; i < num; i++) {
		struct iommu_iova_range range;

		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_from_user(&range, &ranges[i], sizeof(range)))
			return -EFAULT;
		if (range.start >= range.last)
			return -EINVAL;
		if (interval_tree_iter_first(root, range.start, range.last))
			return -EINVAL;
		rc = fdx_iova_range_add(root, range.start, range.last, NULL);
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}

/* Do @allowed and what is reserved meet? */
static bool meets_reserved(struct fdx_ioas *ioas,
			   struct rb_root_cached *allowed)
{
	struct interval_tree_node *node;

	lockdep_assert_held(&ioas->iova_rwsem);

	for (node = interval_tree_iter_first(allowed, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX))
		if (interval_tree_iter_first(&ioas->reserved, node->start,
					     node->last))
			return true;
	return false;
}

int fdx_ioas_allow_iovas(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_allow_iovas *cmd = ucmd->cmd;
	struct rb_root_cached other = RB_ROOT_CACHED;
	struct fdx_ioas *ioas;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	rc = load_ranges(&other, u64_to_user_ptr(cmd->allowed_iovas),
			 cmd->num_iovas);
	if (!rc) {
		down_write(&ioas->iova_rwsem);
		if (meets_reserved(ioas, &other))
			rc = -EADDRINUSE;
		else
			swap(ioas->allowed, other);
		up_write(&ioas->iova_rwsem);
	}
	/* The new list where it failed, the old one where it did not. */
	fdx_iova_ranges_free(&other, NULL);
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

/* Map the @length bytes that @pages, which is taken over, was made for. */
static int map_pages(struct fdx_ioas *ioas, struct fdx_pages *pages,
		     unsigned long offset, unsigned long length, u32 flags,
		     unsigned long *iova)
{
	struct fdx_area *area;
	LIST_HEAD(areas);

	area = fdx_area_alloc(pages, offset, length, map_prot(flags));
	if (!area) {
		fdx_pages_put(pages);
		return -ENOMEM;
	}
	list_add(&area->link, &areas);
	return fdx_ioas_map_areas(ioas, &areas,
				  !(flags & IOMMU_IOAS_MAP_FIXED_IOVA), iova);
}

int fdx_ioas_map_user(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		      unsigned long uaddr, unsigned long length, u32 flags,
		      unsigned long *iova)
{
	struct fdx_pages *pages;

	pages = fdx_pages_alloc(ictx, uaddr, length,
				flags & IOMMU_IOAS_MAP_WRITEABLE);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	return map_pages(ioas, pages, offset_in_page(uaddr), length, flags,
			 iova);
}

/* What MAP and MAP_FILE, alike up to there, cannot take. */
static int check_map(u32 flags, u64 iova, u64 length)
{
	if (flags & ~MAP_FLAGS)
		return -EOPNOTSUPP;
	if (iova >= ULONG_MAX || length >= ULONG_MAX)
		return -EOVERFLOW;
	return map_prot(flags) ? 0 : -EINVAL;
}

int fdx_ioas_map(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_map *cmd = ucmd->cmd;
	unsigned long iova = cmd->iova;
	struct fdx_ioas *ioas;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	rc = check_map(cmd->flags, cmd->iova, cmd->length);
	if (rc)
		return rc;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	rc = fdx_ioas_map_user(ucmd->ictx, ioas, cmd->user_va, cmd->length,
			       cmd->flags, &iova);
	if (!rc) {
		cmd->iova = iova;
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	}
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

static struct fdx_pages *file_pages(struct iommufdx_ctx *ictx, int fd,
				    u64 start, unsigned long length,
				    bool writable)
{
	struct fdx_pages *pages;
	struct file *file;

	pages = fdx_pages_alloc_dmabuf(ictx, fd, start, length, writable);
	if (pages != ERR_PTR(-ENOTTY))
		return pages;
	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	if (COMPAT_HAS_MEMFD_PIN)
		pages = fdx_pages_alloc_file(ictx, file, start, length,
					     writable);
	else
		pages = ERR_PTR(-EOPNOTSUPP);
	fput(file);
	return pages;
}

static int map_file(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas, int fd,
		    u64 start, unsigned long length, u32 flags,
		    unsigned long *iova)
{
	struct fdx_pages *pages;

	pages = file_pages(ictx, fd, start, length,
			   flags & IOMMU_IOAS_MAP_WRITEABLE);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	return map_pages(ioas, pages, offset_in_page(start), length, flags,
			 iova);
}

int fdx_ioas_map_file(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_map_file *cmd = ucmd->cmd;
	unsigned long iova = cmd->iova;
	struct fdx_ioas *ioas;
	int rc;

	rc = check_map(cmd->flags, cmd->iova, cmd->length);
	if (rc)
		return rc;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = map_file(ucmd->ictx, ioas, cmd->fd, cmd->start, cmd->length,
		      cmd->flags, &iova);
	if (!rc) {
		cmd->iova = iova;
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	}
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

int fdx_ioas_copy(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	unsigned long iova = cmd->dst_iova;
	struct fdx_ioas *src, *dst;
	LIST_HEAD(areas);
	int rc;

	rc = check_map(cmd->flags, cmd->dst_iova, cmd->length);
	if (rc)
		return rc;
	if (cmd->src_iova >= ULONG_MAX)
		return -EOVERFLOW;

	dst = fdx_get_ioas(ucmd->ictx, cmd->dst_ioas_id);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	src = fdx_get_ioas(ucmd->ictx, cmd->src_ioas_id);
	if (IS_ERR(src)) {
		rc = PTR_ERR(src);
		goto out_put_dst;
	}
	rc = fdx_ioas_clone_areas(src, cmd->src_iova, cmd->length,
				  map_prot(cmd->flags), &areas);
	fdx_put_object(ucmd->ictx, &src->obj);
	if (rc)
		goto out_put_dst;

	rc = fdx_ioas_map_areas(dst, &areas,
				!(cmd->flags & IOMMU_IOAS_MAP_FIXED_IOVA),
				&iova);
	if (!rc) {
		cmd->dst_iova = iova;
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	}
out_put_dst:
	fdx_put_object(ucmd->ictx, &dst->obj);
	return rc;
}

static int unmap_user(struct fdx_ioas *ioas, u64 iova, u64 length,
		      unsigned long *unmapped)
{
	unsigned long last;
	int rc;

	if (iova == 0 && length == U64_MAX)
		return fdx_ioas_unmap_range(ioas, 0, ULONG_MAX, unmapped);
	if (iova >= ULONG_MAX || length >= ULONG_MAX)
		return -EOVERFLOW;
	if (!length)
		return -EINVAL;
	if (check_add_overflow((unsigned long)iova, (unsigned long)length - 1,
			       &last))
		return -EOVERFLOW;
	rc = fdx_ioas_unmap_range(ioas, iova, last, unmapped);
	return !rc && !*unmapped ? -ENOENT : rc;
}

int fdx_ioas_unmap(struct fdx_ucmd *ucmd)
{
	struct iommu_ioas_unmap *cmd = ucmd->cmd;
	unsigned long unmapped;
	struct fdx_ioas *ioas;
	int rc;

	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = unmap_user(ioas, cmd->iova, cmd->length, &unmapped);
	if (!rc || rc == -EIO) {
		cmd->length = unmapped;
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd)) ?: rc;
	}
	fdx_put_object(ucmd->ictx, &ioas->obj);
	return rc;
}

/* ------------------------------------------------------------------- options */

static int option_rlimit_mode(struct iommufdx_ctx *ictx,
			      struct iommu_option *cmd)
{
	int rc = 0;

	if (cmd->object_id)
		return -EOPNOTSUPP;

	switch (cmd->op) {
	case IOMMU_OPTION_OP_GET:
		cmd->val64 = ictx->account_mode == FDX_ACCOUNT_MM;
		return 0;
	case IOMMU_OPTION_OP_SET:
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
		/* The lock keeps a first object from being made meanwhile. */
		xa_lock(&ictx->objects);
		if (!xa_empty(&ictx->objects))
			rc = -EBUSY;
		else if (cmd->val64 == 0)
			ictx->account_mode = FDX_ACCOUNT_USER;
		else if (cmd->val64 == 1)
			ictx->account_mode = FDX_ACCOUNT_MM;
		else
			rc = -EINVAL;
		xa_unlock(&ictx->objects);
		return rc;
	default:
		return -EOPNOTSUPP;
	}
}

int fdx_ioas_set_large_pages(struct fdx_ioas *ioas, bool enable)
{
	int rc = 0;

	down_write(&ioas->domains_rwsem);
	down_write(&ioas->iova_rwsem);
	if (ioas->no_large_pages == !enable)
		goto out_unlock;
	/* Large leaves that exist would stay. */
	if (!enable && !xa_empty(&ioas->domains) &&
	    !RB_EMPTY_ROOT(&ioas->areas.rb_root)) {
		rc = -EINVAL;
		goto out_unlock;
	}
	ioas->no_large_pages = !enable;
	rc = fdx_iova_update_alignment(ioas);
	if (rc)
		ioas->no_large_pages = enable;
out_unlock:
	up_write(&ioas->iova_rwsem);
	up_write(&ioas->domains_rwsem);
	return rc;
}

static int option_huge_pages(struct fdx_ioas *ioas, struct iommu_option *cmd)
{
	switch (cmd->op) {
	case IOMMU_OPTION_OP_GET:
		down_read(&ioas->iova_rwsem);
		cmd->val64 = !ioas->no_large_pages;
		up_read(&ioas->iova_rwsem);
		return 0;
	case IOMMU_OPTION_OP_SET:
		if (cmd->val64 > 1)
			return -EINVAL;
		return fdx_ioas_set_large_pages(ioas, cmd->val64);
	default:
		return -EOPNOTSUPP;
	}
}

int fdx_ioas_option(struct fdx_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;
	struct fdx_ioas *ioas;
	int rc;

	switch (cmd->option_id) {
	case IOMMU_OPTION_RLIMIT_MODE:
		return option_rlimit_mode(ucmd->ictx, cmd);
	case IOMMU_OPTION_HUGE_PAGES:
		ioas = fdx_get_ioas(ucmd->ictx, cmd->object_id);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		rc = option_huge_pages(ioas, cmd);
		fdx_put_object(ucmd->ictx, &ioas->obj);
		return rc;
	default:
		return -EOPNOTSUPP;
	}
}
