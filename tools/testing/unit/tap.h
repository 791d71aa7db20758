/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP on standard output for unit tests.
 *
 *	static void maps_one_page(void) { CHECK(x == 1); }
 *	int main(void)
 *	{
 *		TAP_RUN(maps_one_page);
 *		return tap_done();
 *	}
 *
 * A failed CHECK prints where and lets the test go on; REQUIRE ends the test
 * function. tap_done() also fails the run on a WARN.
 */
#ifndef __UNIT_TAP_H
#define __UNIT_TAP_H

#include <shim.h>
#include <stdarg.h>
#include <stdbool.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>

/* One of each in a program, whichever of its sources a check is in. */
__attribute__((__weak__)) int tap_number, tap_failed, tap_checks_failed;

__attribute__((__format__(printf, 3, 4), __unused__))
static void tap_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	/* A broken loop must not fill the disk. */
	if (__atomic_add_fetch(&tap_checks_failed, 1, __ATOMIC_RELAXED) > 20)
		return;
	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			tap_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)
#define REQUIRE(cond) \
	do { \
		if (!(cond)) { \
			tap_fail(__FILE__, __LINE__, "%s", #cond); \
			return; \
		} \
	} while (0)
/* Compare two integers and print both. */
#define CHECK_EQ(a, b) \
	do { \
		unsigned long long __a = (a), __b = (b); \
		if (__a != __b) \
			tap_fail(__FILE__, __LINE__, \
				 "%s is %#llx, %s is %#llx", #a, __a, #b, __b); \
	} while (0)

#define TAP_RUN(fn) tap_run(#fn, fn)

/* The checks since the last result were the test @name. */
__attribute__((__unused__))
static void tap_result(const char *name)
{
	tap_failed += !!tap_checks_failed;
	printf("%sok %d %s\n", tap_checks_failed ? "not " : "", ++tap_number,
	       name);
	fflush(stdout);
	tap_checks_failed = 0;
}

__attribute__((__unused__))
static void tap_run(const char *name, void (*fn)(void))
{
	fn();
	tap_result(name);
}

__attribute__((__unused__))
static void tap_skip(const char *name, const char *why)
{
	printf("ok %d %s # SKIP %s\n", ++tap_number, name, why);
}

__attribute__((__unused__))
static int tap_done(void)
{
	if (shim_warnings()) {
		printf("# %ld warnings\n", shim_warnings());
		tap_failed++;
	}
	printf("1..%d\n", tap_number);
	return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* An environment variable as a number, e.g. SEED or OPS. */
__attribute__((__unused__))
static u64 tap_env(const char *name, u64 fallback)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : fallback;
}

/* A small generator (splitmix64), the same on every machine. */
struct tap_rng {
	u64 state;
};

__attribute__((__unused__))
static u64 tap_rand(struct tap_rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Below @n, which is not 0. */
__attribute__((__unused__))
static u64 tap_below(struct tap_rng *rng, u64 n)
{
	return tap_rand(rng) % n;
}

#endif /* __UNIT_TAP_H */
