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
	return ioctl(iommufdx_fd(r->iommu), op->request, cmd) ? errno : 0;
}

static void *fresh(struct rig *r, const struct op *op)
{
	memset(room, 0, ROOM);
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
	for (size_t i = 0; i < NR_OPS; i++)
		EXPECT_CALL(0, &ops[i], fresh(&self->r, &ops[i]));
}

TEST_F(bad_input, size_too_small)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		uint32_t *cmd = fresh(&self->r, &ops[i]);

		cmd[0] = 0;
		EXPECT_CALL(EINVAL, &ops[i], cmd);
		cmd[0] = ops[i].min_size - 1;
		EXPECT_CALL(EINVAL, &ops[i], cmd);
	}
}

TEST_F(bad_input, first_version_is_enough)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		uint32_t *cmd = fresh(&self->r, &ops[i]);

		cmd[0] = ops[i].min_size;
		memset((char *)cmd + ops[i].min_size, 0xff, 64);
		EXPECT_CALL(0, &ops[i], cmd);
	}
}

TEST_F(bad_input, longer_struct)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		uint32_t *cmd = fresh(&self->r, &ops[i]);

		cmd[0] = ops[i].size + 64;
		EXPECT_CALL(0, &ops[i], cmd);

		cmd = fresh(&self->r, &ops[i]);
		cmd[0] = ops[i].size + 1;
		((char *)cmd)[ops[i].size] = 1;
		EXPECT_CALL(E2BIG, &ops[i], cmd);

		cmd[0] = UINT32_MAX;
		EXPECT_CALL(E2BIG, &ops[i], cmd);
	}
}

TEST_F(bad_input, struct_pointer)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		char *hole = mem_get(2 * PAGE), *edge;

		ASSERT_NE(NULL, hole);
		ASSERT_EQ(0, mprotect(hole + PAGE, PAGE, PROT_NONE));
		EXPECT_CALL(EFAULT, &ops[i], NULL);
		EXPECT_CALL(EFAULT, &ops[i], hole + PAGE);
		/* The size can be read, the rest cannot. */
		edge = hole + PAGE - sizeof(uint32_t);
		memcpy(edge, &ops[i].size, sizeof(uint32_t));
		EXPECT_CALL(EFAULT, &ops[i], edge);
		mem_put(hole, 2 * PAGE);
	}
}

TEST_F(bad_input, answer_cannot_be_written)
{
	/* What answers nothing has nothing to write. */
	static const unsigned long silent[] = {
		IOMMU_DESTROY, IOMMU_IOAS_ALLOW_IOVAS,
		IOMMU_HWPT_SET_DIRTY_TRACKING, IOMMU_HWPT_GET_DIRTY_BITMAP,
	};

	for (size_t i = 0; i < NR_OPS; i++) {
		void *cmd = fresh(&self->r, &ops[i]);
		int want = EFAULT;

		for (size_t s = 0; s < 4; s++)
			if (silent[s] == ops[i].request)
				want = 0;
		ASSERT_EQ(0, mprotect(room, ROOM, PROT_READ));
		EXPECT_CALL(want, &ops[i], cmd);
		ASSERT_EQ(0, mprotect(room, ROOM, PROT_READ | PROT_WRITE));
	}
}

TEST_F(bad_input, other_direction_bits)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		struct op op = ops[i];
		void *cmd = fresh(&self->r, &ops[i]);

		op.request |= _IOC_READ << _IOC_DIRSHIFT;
		EXPECT_CALL(ENOTTY, &op, cmd);
		op.request = ops[i].request ^ (1 << _IOC_TYPESHIFT);
		EXPECT_CALL(ENOTTY, &op, cmd);
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
	for (size_t i = 0; i < NR_OPS; i++) {
		for (int f = 0; f < 2; f++) {
			void *cmd;

			if (!ops[i].reserved[f].size)
				continue;
			cmd = fresh(&self->r, &ops[i]);
			put_field(cmd, ops[i].reserved[f], 1);
			EXPECT_CALL(EOPNOTSUPP, &ops[i], cmd);
			cmd = fresh(&self->r, &ops[i]);
			put_field(cmd, ops[i].reserved[f],
				  1ull << (8 * ops[i].reserved[f].size - 1));
			EXPECT_CALL(EOPNOTSUPP, &ops[i], cmd);
		}
	}
}

TEST_F(bad_input, unknown_flags)
{
	for (size_t i = 0; i < NR_OPS; i++) {
		void *cmd;

		if (!ops[i].flags.size)
			continue;
		for (int bit = 8; bit < 32; bit++) {
			cmd = fresh(&self->r, &ops[i]);
			put_field(cmd, ops[i].flags, 1u << bit);
			EXPECT_CALL(EOPNOTSUPP, &ops[i], cmd);
		}
	}
}

TEST_F(bad_input, unknown_ids)
{
	struct rig *r = &self->r;

	for (size_t i = 0; i < NR_OPS; i++) {
		for (int f = 0; f < 3; f++) {
			const struct id_field *id = &ops[i].ids[f];
			uint32_t stale = 0;
			void *cmd;

			if (!id->offset)
				continue;
			cmd = fresh(r, &ops[i]);
			put_id(cmd, id, 0);
			EXPECT_CALL(id->zero_is_fine ? 0 : id->unknown,
				    &ops[i], cmd);
			put_id(cmd, id, UINT32_MAX);
			EXPECT_CALL(id->unknown, &ops[i], cmd);
			ASSERT_EQ(0, iommufdx_ioas_alloc(r->iommu, &stale));
			ASSERT_EQ(0, iommufdx_destroy(r->iommu, stale));
			put_id(cmd, id, stale);
			EXPECT_CALL(id->unknown, &ops[i], cmd);
		}
	}
}

TEST_F(bad_input, ids_of_another_kind)
{
	struct rig *r = &self->r;

	for (size_t i = 0; i < NR_OPS; i++) {
		for (int f = 0; f < 3; f++) {
			const struct id_field *id = &ops[i].ids[f];
			uint32_t ids[] = { r->ioas, r->dev_id };
			void *cmd;

			if (!id->offset || id->wants == WANTS_ANY)
				continue;
			for (int k = 0; k < 2; k++) {
				if (id->wants == (k ? WANTS_DEVICE : WANTS_IOAS))
					continue;
				cmd = fresh(r, &ops[i]);
				put_id(cmd, id, ids[k]);
				EXPECT_CALL(id->other, &ops[i], cmd);
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
	for (size_t i = 0; i < NR_OPS; i++) {
		void *cmd;

		if (!ops[i].user_pointer.size)
			continue;
		cmd = fresh(&self->r, &ops[i]);
		put_field(cmd, ops[i].user_pointer, PAGE);
		EXPECT_CALL(EFAULT, &ops[i], cmd);
	}
}

TEST_HARNESS_MAIN
