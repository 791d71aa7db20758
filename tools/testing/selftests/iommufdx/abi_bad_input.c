// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every ioctl against every kind of bad input, generated from one table. An
 * entry says how to make a call that works; each test spoils one thing in it.
 * The first test makes all calls unspoilt, so that no error is accepted for
 * another reason than the one meant.
 */
#include "kselftest_harness.h"
#include "abi_ops.h"

#include <sys/ioctl.h>

/* The struct at the end of a page, so that a longer size meets what follows. */
#define ROOM	(2 * PAGE)
static char *room;

static int call(struct rig *r, const struct op *op, void *cmd)
{
	struct iommufdx *iommu = op->elsewhere ? abi_ops_elsewhere() : r->iommu;

	return ioctl(iommufdx_fd(iommu), op->request, cmd) ? errno : 0;
}

static void *fresh(struct rig *r, const struct op *op)
{
	memset(room, 0, ROOM);
	abi_ops_forget(r);
	op->fill(r, room);
	*(uint32_t *)room = op->size;
	return room;
}

static void put_field(void *cmd, struct field field, uint64_t value)
{
	memcpy((char *)cmd + field.offset, &value, field.size);
}

static void put_id(void *cmd, const struct id_field *id, uint32_t value)
{
	memcpy((char *)cmd + id->offset, &value, sizeof(value));
}

#define EXPECT_CALL(want, op, cmd) do {					\
	int got = call(&self->r, op, cmd);				\
									\
	EXPECT_EQ(want, got) {						\
		TH_LOG("%s: %s, expected %s", (op)->name, strerror(got), \
		       strerror(want));					\
	}								\
} while (0)

FIXTURE(bad_input) {
	struct rig r;
};

FIXTURE_SETUP(bad_input)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, abi_ops_prepare(&self->r));
	room = mem_get(ROOM);
	ASSERT_NE(NULL, room);
}

FIXTURE_TEARDOWN(bad_input)
{
	rig_break(&self->r);
	abi_ops_done();
	mem_put(room, ROOM);
}

TEST_F(bad_input, nothing_wrong)
{
	for_each_op(op)
		EXPECT_CALL(0, op, fresh(&self->r, op));
}

TEST_F(bad_input, size_too_small)
{
	for_each_op(op) {
		uint32_t *cmd = fresh(&self->r, op);

		cmd[0] = 0;
		EXPECT_CALL(EINVAL, op, cmd);
		cmd[0] = op->min_size - 1;
		EXPECT_CALL(EINVAL, op, cmd);
	}
}

TEST_F(bad_input, first_version_is_enough)
{
	for_each_op(op) {
		uint32_t *cmd = fresh(&self->r, op);

		cmd[0] = op->min_size;
		memset((char *)cmd + op->min_size, 0xff, 64);
		EXPECT_CALL(0, op, cmd);
	}
}

TEST_F(bad_input, longer_struct)
{
	for_each_op(op) {
		uint32_t *cmd = fresh(&self->r, op);

		cmd[0] = op->size + 64;
		EXPECT_CALL(0, op, cmd);

		cmd = fresh(&self->r, op);
		cmd[0] = op->size + 1;
		((char *)cmd)[op->size] = 1;
		EXPECT_CALL(E2BIG, op, cmd);

		cmd[0] = UINT32_MAX;
		EXPECT_CALL(E2BIG, op, cmd);
	}
}

TEST_F(bad_input, struct_pointer)
{
	for_each_op(op) {
		char *hole = mem_get(2 * PAGE), *edge;

		ASSERT_NE(NULL, hole);
		ASSERT_EQ(0, mprotect(hole + PAGE, PAGE, PROT_NONE));
		EXPECT_CALL(EFAULT, op, NULL);
		EXPECT_CALL(EFAULT, op, hole + PAGE);
		/* The size can be read, the rest cannot. */
		edge = hole + PAGE - sizeof(uint32_t);
		memcpy(edge, &op->size, sizeof(uint32_t));
		EXPECT_CALL(EFAULT, op, edge);
		mem_put(hole, 2 * PAGE);
	}
}

TEST_F(bad_input, answer_cannot_be_written)
{
	/* What answers nothing has nothing to write. */
	static const unsigned long silent[] = {
		IOMMU_DESTROY, IOMMU_IOAS_ALLOW_IOVAS,
		IOMMU_HWPT_SET_DIRTY_TRACKING, IOMMU_HWPT_GET_DIRTY_BITMAP,
		IOMMU_IOAS_CHANGE_PROCESS, IOMMU_VFIO_IOAS,
	};

	for_each_op(op) {
		void *cmd = fresh(&self->r, op);
		int want = EFAULT;

		for (size_t s = 0; s < ARRAY_SIZE(silent); s++)
			if (silent[s] == op->request)
				want = 0;
		ASSERT_EQ(0, mprotect(room, ROOM, PROT_READ));
		EXPECT_CALL(want, op, cmd);
		ASSERT_EQ(0, mprotect(room, ROOM, PROT_READ | PROT_WRITE));
	}
}

TEST_F(bad_input, other_direction_bits)
{
	for_each_op(op) {
		struct op other = *op;
		void *cmd = fresh(&self->r, op);

		other.request |= _IOC_READ << _IOC_DIRSHIFT;
		EXPECT_CALL(ENOTTY, &other, cmd);
		other.request = op->request ^ (1 << _IOC_TYPESHIFT);
		EXPECT_CALL(ENOTTY, &other, cmd);
	}
}

TEST_F(bad_input, no_such_command)
{
	struct { uint32_t size, rest[15]; } cmd = { .size = 8 };
	int fd = iommufdx_fd(self->r.iommu);

	EXPECT_EQ(-1, ioctl(fd, _IO(IOMMUFD_TYPE, 0x9f), &cmd));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, _IO(IOMMUFD_TYPE, 0xff), &cmd));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(bad_input, reserved_not_zero)
{
	for_each_op(op) {
		for (int f = 0; f < 2; f++) {
			void *cmd;

			if (!op->reserved[f].size)
				continue;
			cmd = fresh(&self->r, op);
			put_field(cmd, op->reserved[f], 1);
			EXPECT_CALL(EOPNOTSUPP, op, cmd);
			cmd = fresh(&self->r, op);
			put_field(cmd, op->reserved[f],
				  1ull << (8 * op->reserved[f].size - 1));
			EXPECT_CALL(EOPNOTSUPP, op, cmd);
		}
	}
}

TEST_F(bad_input, unknown_flags)
{
	for_each_op(op) {
		void *cmd;

		if (!op->flags.size)
			continue;
		for (int bit = 8; bit < 8 * op->flags.size; bit++) {
			cmd = fresh(&self->r, op);
			put_field(cmd, op->flags, 1u << bit);
			EXPECT_CALL(EOPNOTSUPP, op, cmd);
		}
	}
}

TEST_F(bad_input, unknown_ids)
{
	struct rig *r = &self->r;

	for_each_op(op) {
		for (int f = 0; f < 3; f++) {
			const struct id_field *id = &op->ids[f];
			uint32_t stale = 0;
			void *cmd;

			if (!id->offset)
				continue;
			cmd = fresh(r, op);
			put_id(cmd, id, 0);
			EXPECT_CALL(id->zero_is_fine ? 0 : id->unknown,
				    op, cmd);
			put_id(cmd, id, UINT32_MAX);
			EXPECT_CALL(id->unknown, op, cmd);
			ASSERT_EQ(0, iommufdx_ioas_alloc(r->iommu, &stale));
			ASSERT_EQ(0, iommufdx_destroy(r->iommu, stale));
			put_id(cmd, id, stale);
			EXPECT_CALL(id->unknown, op, cmd);
		}
	}
}

TEST_F(bad_input, ids_of_another_kind)
{
	struct rig *r = &self->r;

	for_each_op(op) {
		for (int f = 0; f < 3; f++) {
			const struct id_field *id = &op->ids[f];
			uint32_t ids[] = { r->ioas, r->dev_id };
			void *cmd;

			if (!id->offset || id->wants == WANTS_ANY)
				continue;
			for (int k = 0; k < 2; k++) {
				if (id->wants == (k ? WANTS_DEVICE : WANTS_IOAS))
					continue;
				cmd = fresh(r, op);
				put_id(cmd, id, ids[k]);
				EXPECT_CALL(id->other, op, cmd);
			}
		}
	}
}

/* A HWPT that is no nesting parent is a kind of its own for HWPT_ALLOC. */
TEST_F(bad_input, hwpt_is_no_address_space)
{
	uint32_t out;
	uint64_t iova = 0;

	EXPECT_EQ(-ENOENT, iommufdx_ioas_map(self->r.iommu, hwpt_plain, RW,
					     memory, PAGE, &iova));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
						   hwpt_plain, 0, &out));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_dirty_set(self->r.iommu, hwpt_plain,
						  true));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_dirty_get(self->r.iommu, hwpt_plain, 0,
						  SRC_IOVA, PAGE, PAGE, bitmap));
}

TEST_F(bad_input, pointers_inside_structs)
{
	for_each_op(op) {
		void *cmd;

		if (!op->user_pointer.size)
			continue;
		cmd = fresh(&self->r, op);
		put_field(cmd, op->user_pointer, PAGE);
		EXPECT_CALL(EFAULT, op, cmd);
	}
}

TEST_HARNESS_MAIN
