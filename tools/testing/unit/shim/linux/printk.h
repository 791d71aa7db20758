/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages become TAP diagnostics on standard error. */
#ifndef __SHIM_LINUX_PRINTK_H
#define __SHIM_LINUX_PRINTK_H

#include <shim.h>

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define KERN_ERR	""
#define KERN_WARNING	""
#define KERN_INFO	""
#define KERN_DEBUG	""
#define printk(fmt, ...)	shim_print("printk", fmt, ##__VA_ARGS__)
#define pr_err(fmt, ...)	shim_print("err", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	shim_print("warn", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	shim_print("notice", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	shim_print("info", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn
#define pr_err_once		pr_err
#define pr_warn_once		pr_warn
#define pr_info_once		pr_info
#define pr_debug(fmt, ...) \
	do { \
		if (0) \
			shim_print("debug", pr_fmt(fmt), ##__VA_ARGS__); \
	} while (0)

#endif /* __SHIM_LINUX_PRINTK_H */
