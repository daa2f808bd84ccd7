/* SPDX-License-Identifier: ISC */
/*
 * What takes part in a VM's life, one feature a file (hook_NAME.c) and a row
 * of the table in hook.c.  A feature says what it does in four phases, each a
 * list of steps; every step is a stage of the operation in the log:
 *
 *	prepare  before there is a VMM          in the order of the table
 *	start    the VMM, and what it runs      in the order of the table
 *	stop     has it end                     in the reverse order
 *	clean    takes away what was made       in the reverse order
 *
 * vm.start is the sum of the first two, vm.stop that of the others.  A start
 * that fails or is called off cleans too, without stages: the last stage of a
 * failed operation is the one that failed.  So every clean step must be fine
 * with nothing to do, and with being done twice.
 */
#ifndef DAEMON_HOOK_H
#define DAEMON_HOOK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "daemon.h"
#include "wire/line.h"

struct image;
struct op;
struct vm;

/* One start or stop of a VM; the operation holds it. */
struct life {
	struct op *op;
	struct daemon *daemon;
	struct vm *vm;
	/* A start. */
	bool no_ready;       /* nobody waits for the guest */
	struct image *image; /* hook_disk.c's */
	json_t *net;         /* what tap.create said; hook_net.c's */
	bool work;           /* the VMM has a work disk; hook_vmm.c's */
	bool dirty;          /* something was made */
	/* A stop. */
	bool force;      /* the guest is not asked */
	const char *how; /* what ended it: "guest", "quit" or "kill" */
	bool ended;      /* the VMM is known to have ended */
	/* A clean. */
	bool quiet;   /* after a failure; nobody waits for a gentle end */
	bool left;    /* something could not be taken away */
	bool may_run; /* a VMM may run that nobody has seen the end of */
};

struct hook_step {
	const char *stage; /* NULL ends the list */
	int (*run)(struct life *l, struct error *err);
	/* Is there anything to do?  NULL: always. */
	bool (*applies)(const struct life *l);
	/* An attribute of this stage's line; false: none.  NULL: never. */
	bool (*extra)(const struct life *l, struct line_attr *ret,
	    char scratch[24]);
};

#define HOOK_STEPS_END        \
	{                     \
		.stage = NULL \
	}

/* NULL: the feature has nothing to do in that phase. */
struct hook {
	const char *name;
	const struct hook_step *prepare, *start, *stop, *clean;
};

/* Prepare and start, as far as it goes. */
int hooks_start(struct life *l, struct error *err);
/* Stop; once the VMM has ended no more is asked of it. */
int hooks_stop(struct life *l, struct error *err);
/* Clean, in stages: the first that fails ends it. */
int hooks_clean(struct life *l, struct error *err);
/* The same without stages: goes on over errors. */
void hooks_clean_quietly(struct life *l);
/* What the hooks keep in l. */
void life_done(struct life *l);

extern const struct hook hook_disk, hook_net, hook_nat, hook_ports, hook_name,
    hook_vmm, hook_agent;

#endif
