/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of rig.h on a thread of its own, as in the kernel. */
#ifndef __UNIT_MODEL_MACHINE_H
#define __UNIT_MODEL_MACHINE_H

#include <pthread.h>
#include <unistd.h>

#include "rig.h"

static pthread_t machine_thread;
static bool stop_machine, stop_devices;

static void nap(void)
{
	usleep(50);
}

static void *machine(void *arg)
{
	while (!READ_ONCE(stop_machine)) {
		if (!__atomic_exchange_n(&rig.kicks, 0, __ATOMIC_ACQ_REL))
			nap();
		model_run(rig.m);
	}
	return NULL;
}

static void start_machine(void)
{
	stop_machine = false;
	stop_devices = false;
	pthread_create(&machine_thread, NULL, machine, NULL);
}

static void end_machine(void)
{
	WRITE_ONCE(stop_machine, true);
	pthread_join(machine_thread, NULL);
}

#endif /* __UNIT_MODEL_MACHINE_H */
