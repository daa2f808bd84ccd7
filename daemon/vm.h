/* SPDX-License-Identifier: ISC */
/*
 * VMs: their records, states, and who works on each.  A VM is changed only by
 * the operation that holds it (vmset_acquire), within vmset_change() and
 * vmset_save(); everyone else sees copies as JSON.
 *
 * STATE/vm/ID/ holds the VM's overlay and its snapshots (disk.h, snapshot.h).
 */
#ifndef DAEMON_VM_H
#define DAEMON_VM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "daemon.h"

struct op;
struct vmm;
struct vmset;
struct watch;

enum vm_state {
#define VM_STATE(id, name) VM_##id,
#include "vm_states.def"
#undef VM_STATE
	VM_STATE_MAX
};

#define VM_SLOT_MAX 4093 /* guest addresses in the helper's /20 */

struct vm {
	char *id, *name, *image_id, *image_name, *machine;
	char *cmdline; /* words behind the image's own; may be "" */
	char *ports;   /* "8080:80/tcp,53:53/udp"; may be "" */
	char *ssh_key; /* for the guest's root; may be "" */
	int64_t memory_mib, vcpus, disk_bytes, slot;
	int64_t created_ns, stopped_ns; /* wall clock; since when it does not
					 * run */
	enum vm_state state;
	/* Known while it runs, else NULL and 0. */
	char *guest_ip, *api_socket, *agent_socket, *console_socket;
	int64_t pid;
	/* Of the last start; the console's log holds earlier ones as well, and
	 * that one begins at console_from. */
	char *log_path, *console_log;
	int64_t console_from;
	char *last_error;
	/* Not stored. */
	struct op *holder;
	struct vmm *vmm;     /* the monitor, open while it runs */
	struct watch *watch; /* on vmm, or NULL; watch.c's */
	bool gone; /* the VMM's end was seen; its holder leaves it so */
};

const char *vm_state_name(enum vm_state state);
enum vm_state vm_state_of(const char *name);
struct vm *vm_free(struct vm *vm);
/* As a reply shows it; the set's lock is held. */
json_t *vm_json(const struct vm *vm);
/* Some of its fields: who lists many VMs need not be told all of each. */
#define VM_FIELDS_MAX 64
struct vm_fields {
	size_t n, at[VM_FIELDS_MAX];
};
/* Finds them by their names, an array; invalid_argument. */
int vm_fields_read(const json_t *names, struct vm_fields *ret,
    struct error *err);
/* An array of just their values, in that order; the set's lock is held. */
json_t *vm_json_row(const struct vm *vm, const struct vm_fields *fields);

struct vmset *vmset_new(struct daemon *d);
struct vmset *vmset_free(struct vmset *s);
/* Reads all records; the set owns them. */
int vmset_load(struct vmset *s, struct error *err);

/* All VMs, oldest first: whole, or of each the row of these fields. */
json_t *vmset_list_json(struct vmset *s, const struct vm_fields *fields);
/* The VM of that name or id as JSON; not_found otherwise. */
int vmset_show_json(struct vmset *s, const char *ref, json_t **ret,
    struct error *err);
/* The VM's slot, which the helper wants with its id; not_found otherwise. */
int vmset_slot(struct vmset *s, const char *ref, int64_t *ret,
    struct error *err);
/* True when there is such a VM, by its id; *ret is its state. */
bool vmset_state(struct vmset *s, const char *vm_id, enum vm_state *ret);
/* Puts the subject of that VM into the op, if there is such a VM. */
void vmset_describe(struct vmset *s, const char *ref, struct op *op);

/*
 * Adds a new record and gives it a free slot; the op holds it.  already_exists
 * when another VM has its name or one of its ports of the host.
 */
int vmset_add(struct vmset *s, struct vm *vm, struct op *op, struct error *err);
/*
 * Takes the VM for the op: not_found, or vm_busy naming the holder.  An op may
 * take again what it holds (vm.restart is a stop and a start).  It is released
 * by vmset_release(), which dispatch calls for every op.
 */
int vmset_acquire(struct vmset *s, const char *ref, struct op *op,
    struct vm **ret, struct error *err);
void vmset_release(struct vmset *s, struct op *op);
/* The same of a VM that must be stopped; else invalid_state. */
int vmset_acquire_stopped(struct vmset *s, const char *ref, struct op *op,
    struct vm **ret, struct error *err);
/* Gives the held VM another name; already_exists. */
int vmset_rename(struct vmset *s, struct vm *vm, const char *name,
    struct error *err);
/*
 * Deletes the image's record; invalid_state names the VMs that were made from
 * it.  A VM that is being made looks again for its image once it is in the
 * set, so that neither goes on without the other.
 */
int vmset_delete_image(struct vmset *s, const char *image_id,
    struct error *err);
/* Names of the VMs that were made from the image. */
json_t *vmset_users_json(struct vmset *s, const char *image_id);
/* Removes the held VM for good. */
int vmset_remove(struct vmset *s, struct op *op, struct error *err);

/* The holder changes fields between these two; save writes the record. */
void vmset_change(struct vmset *s);
int vmset_save(struct vmset *s, struct vm *vm, struct error *err);
/*
 * As vmset_change(), when no other VM has one of these ports of the host; else
 * already_exists names it, and no change has begun.
 */
int vmset_change_ports(struct vmset *s, const struct vm *vm, const char *ports,
    struct error *err);
/*
 * The common change: another state, and the reason when it is a bad end.  When
 * it cannot be written, a state that is only planned (starting, stopping,
 * deleting) is not taken; one that tells what is so is.
 */
int vmset_set_state(struct vmset *s, struct vm *vm, enum vm_state state,
    const char *last_error, struct error *err);
/* Forgets what is only true while the VM runs; within a change. */
void vm_clear_running(struct vm *vm);
/* As JSON, for a reply of the op that holds it. */
json_t *vmset_vm_json(struct vmset *s, const struct vm *vm);
/* Calls fn with each VM's id; the set may change meanwhile. */
void vmset_each(struct vmset *s, void (*fn)(void *arg, const char *vm_id),
    void *arg);

/* Writes RUN_DIR/hosts, which follows each change of the set. */
int vmset_publish(struct vmset *s, struct error *err);

/* Ends the watch of every VM; nobody holds one any more. */
void vmset_unwatch(struct vmset *s);
/*
 * The VM's VMM is gone.  True: nobody holds the VM, the caller looks after it;
 * else its release starts a vm.exit, should it still be needed then.
 */
bool vmset_mark_gone(struct vmset *s, const char *vm_id);

#endif
