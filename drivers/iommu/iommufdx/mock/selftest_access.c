// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations on accesses.
 *
 * A test access is a file; closing it ends the access. The descriptor is what
 * the operations name it by. Ranges that were pinned are *items*, until user
 * space destroys them or core wants them back.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/iommufdx/access.h>

#include "core/access.h"
#include "core/area.h"
#include "selftest_mock.h"

/* As much as one operation may pin or copy. */
#define SELFTEST_ACCESS_MAX	SZ_16M

/**
 * struct selftest_access - a test access
 * @access: the access
 * @pins: it was made to pin
 * @lock: guards the items; held over each pin, so that an unmap which comes
 *	right after it finds the item
 * @items: what is pinned
 * @next_id: ID of the next item
 */
struct selftest_access {
	struct iommufdx_access *access;
	bool pins;
	struct mutex lock;
	struct list_head items;
	u32 next_id;
};

struct selftest_item {
	struct list_head node;
	unsigned long iova;
	unsigned long length;
	u32 id;
};

static void selftest_item_free(struct selftest_access *sa,
			       struct selftest_item *item)
{
	lockdep_assert_held(&sa->lock);

	list_del(&item->node);
	iommufdx_access_unpin_pages(sa->access, item->iova, item->length);
	kfree(item);
}

static void selftest_access_unmap(void *data, unsigned long iova,
				  unsigned long length)
{
	struct selftest_access *sa = data;
	unsigned long last = iova + length - 1;
	struct selftest_item *item, *next;

	mutex_lock(&sa->lock);
	list_for_each_entry_safe(item, next, &sa->items, node)
		if (iova <= item->iova + item->length - 1 && item->iova <= last)
			selftest_item_free(sa, item);
	mutex_unlock(&sa->lock);
}

static const struct iommufdx_access_ops selftest_access_ops = {
	.unmap = selftest_access_unmap,
};

static const struct iommufdx_access_ops selftest_access_pin_ops = {
	.needs_pin_pages = true,
	.unmap = selftest_access_unmap,
};

/* ---------------------------------------------------------------------- files */

static int selftest_access_release(struct inode *inode, struct file *file)
{
	struct selftest_access *sa = file->private_data;

	if (sa->access) {
		selftest_access_unmap(sa, 0, ULONG_MAX);
		iommufdx_access_destroy(sa->access);
	}
	mutex_destroy(&sa->lock);
	kfree(sa);
	return 0;
}

static const struct file_operations selftest_access_fops = {
	.owner = THIS_MODULE,
	.release = selftest_access_release,
};

static struct file *selftest_access_file(bool pins)
{
	struct selftest_access *sa;
	struct file *file;

	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->pins = pins;
	mutex_init(&sa->lock);
	INIT_LIST_HEAD(&sa->items);
	file = anon_inode_getfile("[iommufdx-selftest-access]",
				  &selftest_access_fops, sa, O_RDWR);
	if (IS_ERR(file)) {
		mutex_destroy(&sa->lock);
		kfree(sa);
	}
	return file;
}

/* Held by its file, which the caller puts. */
static struct selftest_access *selftest_access_get(u32 fd, struct file **file)
{
	*file = fget(fd);
	if (!*file)
		return ERR_PTR(-EBADFD);
	if ((*file)->f_op != &selftest_access_fops) {
		fput(*file);
		return ERR_PTR(-EBADFD);
	}
	return (*file)->private_data;
}

static int selftest_access_setup(struct fdx_ucmd *ucmd,
				 struct selftest_access *sa, int fd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufdx_access *access;
	u32 id;
	int rc;

	access = iommufdx_access_create(ucmd->ictx,
					sa->pins ? &selftest_access_pin_ops :
						   &selftest_access_ops,
					sa, &id);
	if (IS_ERR(access))
		return PTR_ERR(access);
	rc = iommufdx_access_attach(access, cmd->id);
	if (rc)
		goto err_destroy;
	cmd->create_access.out_access_fd = fd;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto err_destroy;
	sa->access = access;
	return 0;

err_destroy:
	iommufdx_access_destroy(access);
	return rc;
}

int selftest_create_access(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 flags = cmd->create_access.flags;
	struct file *file;
	int fd, rc;

	if (flags & ~MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES)
		return -EOPNOTSUPP;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = selftest_access_file(flags &
				    MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES);
	if (IS_ERR(file)) {
		rc = PTR_ERR(file);
		goto err_fd;
	}
	rc = selftest_access_setup(ucmd, file->private_data, fd);
	if (rc)
		goto err_file;
	fd_install(fd, file);
	return 0;

err_file:
	fput(file);
err_fd:
	put_unused_fd(fd);
	return rc;
}

int selftest_access_replace_ioas(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_access *sa;
	struct file *file;
	int rc;

	sa = selftest_access_get(cmd->id, &file);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	rc = iommufdx_access_replace(sa->access,
				     cmd->access_replace_ioas.ioas_id);
	fput(file);
	return rc;
}

/* ----------------------------------------------------------- pinning, copying */

/*
 * Fuzzers cannot guess IOVAs that were allocated. With the flag they name the
 * n-th area, in the low half, and an offset into it, in the high half.
 */
static void selftest_nth_area(struct iommufdx_access *access, u64 *iova)
{
	u32 nth = lower_32_bits(*iova);
	u32 offset = upper_32_bits(*iova);
	struct fdx_area *area;
	struct fdx_ioas *ioas;

	*iova = 0;
	mutex_lock(&access->lock);
	ioas = access->ioas;
	if (ioas) {
		down_read(&ioas->iova_rwsem);
		fdx_for_each_area(ioas, area, 0, ULONG_MAX) {
			if (nth--)
				continue;
			*iova = area->node.start + offset;
			break;
		}
		up_read(&ioas->iova_rwsem);
	}
	mutex_unlock(&access->lock);
}

/* Are these the pages that the process has at @addr? */
static int selftest_compare_pages(unsigned long addr, struct page **pages,
				  unsigned long npages)
{
	struct page *page;
	unsigned long i;

	for (i = 0; i < npages; i++, addr += PAGE_SIZE) {
		if (get_user_pages_fast(addr, 1, 0, &page) != 1)
			return -EFAULT;
		put_page(page);
		if (page != pages[i])
			return -EBADE;
	}
	return 0;
}

/* Pin and remember. The caller holds the lock. */
static int selftest_pin(struct selftest_access *sa, struct fdx_ucmd *ucmd,
			struct page **pages, unsigned long npages)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long length = cmd->access_pages.length;
	unsigned long iova = cmd->access_pages.iova;
	unsigned long addr = cmd->access_pages.uptr;
	struct selftest_item *item;
	int rc;

	lockdep_assert_held(&sa->lock);

	item = kzalloc(sizeof(*item), GFP_KERNEL_ACCOUNT);
	if (!item)
		return -ENOMEM;
	rc = iommufdx_access_pin_pages(sa->access, iova, length, pages,
				       cmd->access_pages.flags &
						       MOCK_FLAGS_ACCESS_WRITE ?
					       IOMMUFDX_ACCESS_WRITE :
					       IOMMUFDX_ACCESS_READ);
	if (rc)
		goto err_free;
	/* Fuzzers do not know the address. */
	if (addr) {
		rc = selftest_compare_pages(addr - offset_in_page(iova), pages,
					    npages);
		if (rc)
			goto err_unpin;
	}
	item->iova = iova;
	item->length = length;
	item->id = sa->next_id++;
	cmd->access_pages.out_access_pages_id = item->id;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto err_unpin;
	list_add_tail(&item->node, &sa->items);
	return 0;

err_unpin:
	iommufdx_access_unpin_pages(sa->access, iova, length);
err_free:
	kfree(item);
	return rc;
}

int selftest_access_pages(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 flags = cmd->access_pages.flags;
	struct selftest_access *sa;
	unsigned long npages;
	struct page **pages;
	struct file *file;
	int rc;

	if (cmd->access_pages.length > SELFTEST_ACCESS_MAX)
		return -ENOMEM;
	if (flags & ~(MOCK_FLAGS_ACCESS_WRITE | MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	sa = selftest_access_get(cmd->id, &file);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (!sa->pins) {
		rc = -EOPNOTSUPP;
		goto out_put;
	}
	if (flags & MOCK_FLAGS_ACCESS_SYZ)
		selftest_nth_area(sa->access, &cmd->access_pages.iova);

	npages = (offset_in_page(cmd->access_pages.iova) +
		  cmd->access_pages.length + PAGE_SIZE - 1) / PAGE_SIZE;
	pages = kvcalloc(max(npages, 1UL), sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages) {
		rc = -ENOMEM;
		goto out_put;
	}
	mutex_lock(&sa->lock);
	rc = selftest_pin(sa, ucmd, pages, npages);
	mutex_unlock(&sa->lock);
	kvfree(pages);
out_put:
	fput(file);
	return rc;
}

int selftest_destroy_access_pages(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_access *sa;
	struct selftest_item *item;
	struct file *file;
	int rc = -ENOENT;

	sa = selftest_access_get(cmd->id, &file);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	mutex_lock(&sa->lock);
	list_for_each_entry(item, &sa->items, node) {
		if (item->id != cmd->destroy_access_pages.access_pages_id)
			continue;
		selftest_item_free(sa, item);
		rc = 0;
		break;
	}
	mutex_unlock(&sa->lock);
	fput(file);
	return rc;
}

static int selftest_rw(struct selftest_access *sa, struct iommu_test_cmd *cmd)
{
	void __user *uptr = u64_to_user_ptr(cmd->access_rw.uptr);
	unsigned long length = cmd->access_rw.length;
	unsigned int flags = IOMMUFDX_ACCESS_READ;
	bool write = cmd->access_rw.flags & MOCK_ACCESS_RW_WRITE;
	void *buf;
	int rc;

	if (write)
		flags = IOMMUFDX_ACCESS_WRITE;
	if (cmd->access_rw.flags & MOCK_ACCESS_RW_SLOW_PATH)
		flags |= IOMMUFDX_ACCESS_PIN;

	buf = kvzalloc(max(length, 1UL), GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	if (write && copy_from_user(buf, uptr, length)) {
		rc = -EFAULT;
		goto out_free;
	}
	rc = iommufdx_access_rw(sa->access, cmd->access_rw.iova, buf, length,
				flags);
	if (!rc && !write && copy_to_user(uptr, buf, length))
		rc = -EFAULT;
out_free:
	kvfree(buf);
	return rc;
}

int selftest_access_rw(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 flags = cmd->access_rw.flags;
	struct selftest_access *sa;
	struct file *file;
	int rc;

	if (cmd->access_rw.length > SELFTEST_ACCESS_MAX)
		return -ENOMEM;
	if (flags & ~(MOCK_ACCESS_RW_WRITE | MOCK_ACCESS_RW_SLOW_PATH |
		      MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	sa = selftest_access_get(cmd->id, &file);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (flags & MOCK_FLAGS_ACCESS_SYZ)
		selftest_nth_area(sa->access, &cmd->access_rw.iova);
	rc = selftest_rw(sa, cmd);
	fput(file);
	return rc;
}
