/* SPDX-License-Identifier: ISC */
/*
 * What bangerd remembers across restarts, in one SQLite file: images, VMs and
 * their snapshots, and the operations that have begun and not ended.
 * Thread-safe; one connection, which alone writes and checkpoints.
 *
 * Images and VMs are durable when a call returns (synchronous FULL).  The mark
 * of an operation's stage need not survive a power loss, since a reboot ends
 * every operation anyway, so it costs no fsync.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct vm;
struct image;
struct snapshot;
struct state;

/* An operation that has begun; strings are borrowed, some may be NULL. */
struct state_op {
	const char *op_id, *operation, *vm_id, *vm_name, *image_id, *image_name;
	const char *stage;
	int64_t started_ns;
	unsigned calls;
};

/*
 * Opens or makes DIR/bangerd.db and takes DIR/lock; -EBUSY: another has it.  A
 * file of an older bangerd is brought up to date in place, one of a newer one
 * is refused.
 */
int state_open(const char *dir, struct state **ret, struct error *err);
/*
 * The same where DIR cannot be written: what is there is copied into `spare`
 * and read from that; all that would change it fails with state_unwritable.
 */
int state_open_copy(const char *dir, const char *spare, struct state **ret,
    struct error *err);
/* True of one that was opened so. */
bool state_is_copy(const struct state *st);
struct state *state_free(struct state *st);

int state_vm_save(struct state *st, const struct vm *vm, struct error *err);
/* With the records of its snapshots. */
int state_vm_delete(struct state *st, const char *vm_id, struct error *err);
/* Calls fn with each VM; it takes what it is given. */
int state_vm_load(struct state *st, void (*fn)(void *arg, struct vm *vm),
    void *arg, struct error *err);

int state_image_save(struct state *st, const struct image *image,
    struct error *err);
/*
 * The image of that name or id, owned; 1 when there is none.
 */
int state_image_find(struct state *st, const char *ref, struct image **ret,
    struct error *err);
int state_image_delete(struct state *st, const char *image_id,
    struct error *err);
int state_image_load(struct state *st,
    void (*fn)(void *arg, struct image *image), void *arg, struct error *err);

int state_snapshot_save(struct state *st, const struct snapshot *s,
    struct error *err);
int state_snapshot_delete(struct state *st, const char *id, struct error *err);
/* Calls fn with each of that VM, oldest first; it takes what it is given. */
int state_snapshot_load(struct state *st, const char *vm_id,
    void (*fn)(void *arg, struct snapshot *s), void *arg, struct error *err);

/*
 * An operation that cannot be written down is not begun: state_unwritable.
 * Its mark may be lost; a crash would then be told of an earlier stage.
 */
int state_op_begin(struct state *st, const struct state_op *op,
    struct error *err);
void state_op_mark(struct state *st, const char *op_id, const char *stage,
    unsigned calls);
/*
 * Takes it out.  When that cannot be written it fails, and is done with the
 * next write that can be: until then a crash would have it closed twice.
 */
int state_op_end(struct state *st, const char *op_id, struct error *err);
/* How long one took that went well; the last HISTORY_MAX of a kind stay. */
void state_history_add(struct state *st, const char *operation,
    int64_t duration_ns);
/* Hands over all of them, the oldest first. */
int state_history_load(struct state *st,
    void (*fn)(void *arg, const char *operation, int64_t duration_ns),
    void *arg, struct error *err);
/*
 * From now on nothing is written, and who wants to waits for ever: the last
 * thing before a process ends that leaves operations behind.
 */
void state_op_freeze(struct state *st);
/* Those an earlier run left; the strings are valid during the call only. */
int state_op_load(struct state *st,
    void (*fn)(void *arg, const struct state_op *op), void *arg,
    struct error *err);

DEFINE_FREEP(struct state *, state_free);

#endif
