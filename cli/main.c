/* SPDX-License-Identifier: ISC */
/* banger: the command line to bangerd. */
#include <stddef.h>

#include "cmd.h"

static const struct cmd_opt main_opts[] = {
	{ 0, "format", "FORMAT", "BANGER_FORMAT", "table",
	    "Print a table, or json: the daemon's result, and of a list one "
	    "object a line." },
	{ 0, "socket", "PATH", "BANGER_SOCKET", NULL,
	    "The daemon's socket; by default bangerd.sock in the directory "
	    "that BANGER_RUN_DIR names, or in /run/banger." },
	{ 0, "timeout", "SEC", "BANGER_TIMEOUT", NULL,
	    "How long to wait for the answer." },
	{ 0, "no-wait", NULL, NULL, NULL,
	    "Print the operation's id as soon as it is accepted." },
	{ 'q', "quiet", NULL, NULL, NULL,
	    "Do not show the stages on standard error." },
	CMD_OPT_END,
};

static const struct cmd_entry *const main_entries[] = {
	&cmd_vm_create,
	&cmd_vm_start,
	&cmd_vm_stop,
	&cmd_vm_restart,
	&cmd_vm_kill,
	&cmd_vm_delete,
	&cmd_vm_list,
	&cmd_vm_show,
	&cmd_vm_stats,
	&cmd_vm_set,
	&cmd_vm_rename,
	&cmd_vm_prune,
	&cmd_vm_exec,
	&cmd_vm_ssh,
	&cmd_vm_console,
	&cmd_vm_logs,
	&cmd_vm_wait,
	&cmd_snapshot_create,
	&cmd_snapshot_list,
	&cmd_snapshot_restore,
	&cmd_snapshot_delete,
	&cmd_image_build,
	&cmd_image_register,
	&cmd_image_promote,
	&cmd_image_list,
	&cmd_image_show,
	&cmd_image_delete,
	&cmd_op_list,
	&cmd_op_show,
	&cmd_op_wait,
	&cmd_op_cancel,
	&cmd_op_watch,
	&cmd_trace,
	&cmd_why,
	&cmd_gc,
	&cmd_ping,
	&cmd_version,
	&cmd_doctor,
	&cmd_completion_entry,
	&cmd_create,
	&cmd_start,
	&cmd_stop,
	&cmd_restart,
	&cmd_kill,
	&cmd_delete,
	&cmd_list,
	&cmd_show,
	&cmd_stats,
	&cmd_set,
	&cmd_rename,
	&cmd_prune,
	&cmd_exec,
	&cmd_ssh,
	&cmd_console,
	&cmd_logs,
	&cmd_wait,
	&cmd_images,
	&cmd_ops,
	&cmd_complete,
	NULL,
};

static const char main_details[] =
    "Each command is one call to\n"
    ".Xr bangerd 8\n"
    "over its socket, and needs no rights but those to connect to it.\n"
    "A command that changes something prints one line with the time it took\n"
    "and the operation's id; an error names the id too, so that\n"
    ".Xr bangerlog 1\n"
    "can show what happened.\n"
    ".Pp\n"
    "A VM is named by its name or its id.\n"
    "What a guest command of\n"
    ".Cm vm exec\n"
    "writes goes to the standard output and error, and its exit status\n"
    "becomes that of\n"
    ".Nm .\n"
    ".Pp\n"
    "While\n"
    ".Cm console\n"
    "is attached, all keys go to the guest but Ctrl-], which leaves; the\n"
    "terminal's modes are put back however it ends.\n"
    "One can be attached at a time; anyone may follow\n"
    ".Cm console --log -f .\n"
    ".Pp\n"
    "A snapshot is a copy of a stopped VM's disk and depends on nothing but\n"
    "the image.\n"
    ".Pp\n"
    "While an operation is under way its stages are shown on standard error:\n"
    "on a terminal as one line that changes, elsewhere as a line each.\n"
    "An interrupt (Ctrl-C) asks the daemon to cancel it (exit status 130), a\n"
    "second one leaves it to itself (131).\n"
    "It is waited for as long as it lives, or for\n"
    ".Fl -timeout :\n"
    "a daemon that has said nothing for 30 seconds is asked whether it goes\n"
    "on, and given up when it does not answer for as long again.\n"
    "Of one that fails, its longest stages and the end of the guest's console\n"
    "come before the error.\n";

static const struct cmd_words main_words[] = {
	{ "FORMAT", "table json" },
	{ "VM", "?vm" },
	{ "IMAGE", "?image" },
	{ "TYPE", "microvm q35 firecracker" },
	{ "STATE", "creating stopped starting running stopping unknown" },
	{ "SHELL", "bash zsh" },
	CMD_WORDS_END,
};

static const struct cmd_program main_program = {
	.name = "banger",
	.about = "Runs microVMs on this host.",
	.section = "1",
	.entries = main_entries,
	.opts = main_opts,
	.details = main_details,
	.words = main_words,
};

int
main(int argc, char **argv)
{
	return cmd_main(&main_program, argc, argv);
}
