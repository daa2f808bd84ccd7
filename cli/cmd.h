/* SPDX-License-Identifier: ISC */
/*
 * banger's commands, one file a noun.  "vm start" and "start" are two entries
 * of one function.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/cmd.h"

/* cmd_vm.c */
extern const struct cmd_entry cmd_vm_create, cmd_create;
extern const struct cmd_entry cmd_vm_start, cmd_start;
extern const struct cmd_entry cmd_vm_stop, cmd_stop;
extern const struct cmd_entry cmd_vm_restart, cmd_restart;
extern const struct cmd_entry cmd_vm_kill, cmd_kill;
extern const struct cmd_entry cmd_vm_delete, cmd_delete;
/* cmd_vm_show.c */
extern const struct cmd_entry cmd_vm_list, cmd_list;
extern const struct cmd_entry cmd_vm_show, cmd_show;
extern const struct cmd_entry cmd_vm_stats, cmd_stats;
/* cmd_vm_change.c */
extern const struct cmd_entry cmd_vm_set, cmd_set;
extern const struct cmd_entry cmd_vm_rename, cmd_rename;
extern const struct cmd_entry cmd_vm_prune, cmd_prune;
/* cmd_gc.c */
extern const struct cmd_entry cmd_gc;
/* cmd_exec.c */
extern const struct cmd_entry cmd_vm_exec, cmd_exec;
/* cmd_ssh.c */
extern const struct cmd_entry cmd_vm_ssh, cmd_ssh;
/* cmd_console.c */
extern const struct cmd_entry cmd_vm_console, cmd_console;
extern const struct cmd_entry cmd_vm_logs, cmd_logs;
/* cmd_wait.c */
extern const struct cmd_entry cmd_vm_wait, cmd_wait;
/* cmd_snapshot.c */
extern const struct cmd_entry cmd_snapshot_create, cmd_snapshot_list;
extern const struct cmd_entry cmd_snapshot_restore, cmd_snapshot_delete;
/* cmd_image.c */
extern const struct cmd_entry cmd_image_register, cmd_image_build;
extern const struct cmd_entry cmd_image_list, cmd_images;
/* cmd_image_more.c */
extern const struct cmd_entry cmd_image_show, cmd_image_delete;
extern const struct cmd_entry cmd_image_promote;
/* cmd_complete.c */
extern const struct cmd_entry cmd_completion_entry, cmd_complete;
/* cmd_op.c */
extern const struct cmd_entry cmd_op_list, cmd_ops;
extern const struct cmd_entry cmd_op_show, cmd_op_wait, cmd_op_cancel,
    cmd_op_watch;
/* cmd_log.c */
extern const struct cmd_entry cmd_trace, cmd_why;
/* cmd_daemon.c */
extern const struct cmd_entry cmd_ping, cmd_version;
/* cmd_doctor.c */
extern const struct cmd_entry cmd_doctor;

/* Each verb of a VM once: the long and the short entry differ by name alone. */
#define CMD_VM_ENTRY(noun, verb, word, operands, least, most, options,     \
    sentence, fn)                                                          \
	const struct cmd_entry cmd_##noun##verb = { word, operands, least, \
		most, options, sentence, fn, false }
#define CMD_VM(verb, operands, least, most, options, sentence, fn)            \
	CMD_VM_ENTRY(vm_, verb, "vm " #verb, operands, least, most, options,  \
	    sentence, fn);                                                    \
	CMD_VM_ENTRY(, verb, #verb, operands, least, most, options, sentence, \
	    fn)

#endif
