/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of KUnit as our suites use. A file with kunit_test_suite() becomes a
 * program that prints TAP: a line for each case and parameter. Module parameters
 * are read from the environment by their names, e.g. seed=7.
 *
 * An assertion that failed ends the case, by a jump; suites own no resources
 * but those of kunit_kzalloc() and of their init() and exit().
 */
#ifndef __SHIM_KUNIT_TEST_H
#define __SHIM_KUNIT_TEST_H

#include <linux/array_size.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <setjmp.h>
#include <tap.h>

#define KUNIT_PARAM_DESC_SIZE	128
#define SHIM_KUNIT_ALLOCS	4

struct kunit {
	void *priv;
	const void *param_value;
	jmp_buf out;
	void *allocs[SHIM_KUNIT_ALLOCS];
	unsigned int nr_allocs;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn)			{ .run_case = fn, .name = #fn }
#define KUNIT_CASE_PARAM(fn, params) \
	{ .run_case = fn, .name = #fn, .generate_params = params }
#define KUNIT_ARRAY_PARAM(name, array, get_desc) \
	static const void *name##_gen_params(const void *prev, char *desc) \
	{ \
		typeof((array)[0]) *next = \
			prev ? ((typeof(next))prev) + 1 : (array); \
		\
		if (next - (array) >= (long)ARRAY_SIZE(array)) \
			return NULL; \
		get_desc(next, desc); \
		return next; \
	}

#define KUNIT_FAIL(test, ...)	tap_fail(__FILE__, __LINE__, __VA_ARGS__)
#define kunit_info(test, ...)	({ (void)(test); printf("# " __VA_ARGS__); })

#define SHIM_KUNIT_EXPECT(test, ok, text) \
	((void)(test), (ok) ? true : \
			      (tap_fail(__FILE__, __LINE__, "%s", text), false))
#define SHIM_KUNIT_ASSERT(test, ok, text) \
	do { \
		if (!SHIM_KUNIT_EXPECT(test, ok, text)) \
			longjmp((test)->out, 1); \
	} while (0)

#define KUNIT_EXPECT_TRUE(test, x)	SHIM_KUNIT_EXPECT(test, x, #x)
#define KUNIT_EXPECT_FALSE(test, x)	SHIM_KUNIT_EXPECT(test, !(x), "!" #x)
#define KUNIT_EXPECT_EQ(test, a, b)	SHIM_KUNIT_EXPECT(test, (a) == (b), #a " == " #b)
#define KUNIT_EXPECT_PTR_EQ(test, a, b)	KUNIT_EXPECT_EQ(test, a, b)
#define KUNIT_EXPECT_GT(test, a, b)	SHIM_KUNIT_EXPECT(test, (a) > (b), #a " > " #b)
#define KUNIT_ASSERT_EQ(test, a, b)	SHIM_KUNIT_ASSERT(test, (a) == (b), #a " == " #b)
#define KUNIT_ASSERT_LT(test, a, b)	SHIM_KUNIT_ASSERT(test, (a) < (b), #a " < " #b)
#define KUNIT_ASSERT_NOT_NULL(test, a)	SHIM_KUNIT_ASSERT(test, (a) != NULL, #a)

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	void *p = kzalloc(size, gfp);

	SHIM_KUNIT_ASSERT(test, test->nr_allocs < SHIM_KUNIT_ALLOCS,
			  "more allocations than this shim keeps");
	test->allocs[test->nr_allocs++] = p;
	return p;
}

static inline void shim_kunit_case(const struct kunit_suite *suite,
				   const struct kunit_case *c,
				   const void *param, const char *desc)
{
	static struct kunit test;
	char name[256];

	memset(&test, 0, sizeof(test));
	test.param_value = param;
	if (!setjmp(test.out)) {
		if (suite->init)
			KUNIT_ASSERT_EQ(&test, 0, suite->init(&test));
		c->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	while (test.nr_allocs)
		kfree(test.allocs[--test.nr_allocs]);
	snprintf(name, sizeof(name), "%s%s%s", c->name, *desc ? ": " : "", desc);
	tap_result(name);
}

static inline int shim_kunit_main(const struct kunit_suite *suite)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const struct kunit_case *c;
	const void *param;

	for (c = suite->test_cases; c->run_case; c++) {
		if (!c->generate_params) {
			shim_kunit_case(suite, c, NULL, "");
			continue;
		}
		for (param = c->generate_params(NULL, desc); param;
		     param = c->generate_params(param, desc))
			shim_kunit_case(suite, c, param, desc);
	}
	return tap_done();
}

#define kunit_test_suite(suite) \
	int main(void) \
	{ \
		return shim_kunit_main(&(suite)); \
	}

#endif /* __SHIM_KUNIT_TEST_H */
