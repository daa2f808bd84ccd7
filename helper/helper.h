/* SPDX-License-Identifier: ISC */
/* All the state there is; main.c owns it and everything else is handed it. */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include <stdbool.h>

#include "base/loop.h"

#include "wire/logger.h"
#include "wire/service.h"

#include "config.h"
#include "host.h"
#include "vmm.h"
#include "work.h"

struct helper {
	struct service service;
	struct config cfg;
	struct host host;
	struct loop *loop;
	struct logger *log;
	struct vmm_table *vms;
	struct work_table *works;
	bool ending; /* what is still under way is cut off */
};

#endif
