/* SPDX-License-Identifier: ISC */
/*
 * A VM's work disk: an ext4 of its own beside its root disk, made and written
 * by a process in a sandbox (parser.h) while the helper goes on serving.  One
 * such process a VM.
 *
 * The table owns its jobs.  One thread, that of the loop.
 */
#ifndef HELPER_WORK_H
#define HELPER_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"

#include "check.h"
#include "config.h"

struct work_table;

struct work_done {
	bool changed;  /* false: it was there already */
	uint64_t size; /* bytes */
};

/* failure NULL: done is filled. */
typedef void work_fn(void *arg, const struct work_done *done,
    struct error *failure);

/* Both are borrowed and outlive the table. */
struct work_table *work_table_new(const struct config *cfg, struct loop *loop);
/* What is under way is cut off and told so (interrupted). */
struct work_table *work_table_free(struct work_table *t);
/* A process has the VM's work disk. */
bool work_busy(const struct work_table *t, const char *vm_id);

/*
 * 0: it is there, *ret says what; 1: fn will be called once.  The disk gets
 * its name when it is whole; until then, and when that fails, there is none.
 */
int work_create(struct work_table *t, const struct check_params *p,
    struct work_done *ret, work_fn *fn, void *arg, struct error *err);
/* 1: fn will be called once.  The VM must not run. */
int work_seed(struct work_table *t, const struct check_params *p, work_fn *fn,
    void *arg, struct error *err);

DEFINE_FREEP(struct work_table *, work_table_free);

#endif
