/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SCHED_USER_H
#define __SHIM_LINUX_SCHED_USER_H

#include <stddef.h>

struct user_struct;
#define current_user()	((struct user_struct *)NULL)
#define get_uid(user)	(user)
#define free_uid(user)	((void)(user))

#endif /* __SHIM_LINUX_SCHED_USER_H */
