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
extern const struct cmd_entry cmd_vm_delete, cmd_delete;
extern const struct cmd_entry cmd_vm_list, cmd_list;
extern const struct cmd_entry cmd_vm_show, cmd_show;
/* cmd_exec.c */
extern const struct cmd_entry cmd_vm_exec, cmd_exec;
/* cmd_image.c */
extern const struct cmd_entry cmd_image_register;
extern const struct cmd_entry cmd_image_list, cmd_images;
/* cmd_op.c */
extern const struct cmd_entry cmd_op_list, cmd_ops;
extern const struct cmd_entry cmd_op_show, cmd_op_wait, cmd_op_cancel,
    cmd_op_watch;
/* cmd_log.c */
extern const struct cmd_entry cmd_trace, cmd_why;
/* cmd_daemon.c */
extern const struct cmd_entry cmd_ping, cmd_version;

#endif
