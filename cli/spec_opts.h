/* SPDX-License-Identifier: ISC */
/* The options of a VM that can be said when it is made and later. */
#ifndef CLI_SPEC_OPTS_H
#define CLI_SPEC_OPTS_H

/* clang-format off */
#define SPEC_OPTS \
	{ 'm', "memory", "MIB", NULL, NULL, "The guest's memory." }, \
	{ 'c', "vcpus", "N", NULL, NULL, "How many processors it has." }, \
	{ 0, "machine", "TYPE", NULL, NULL, \
	    "The machine: microvm or q35, which are QEMU's, or firecracker, " \
	    "which has been tested with a stand-in for it alone." }, \
	{ 0, "cmdline", "TEXT", NULL, NULL, \
	    "Words for the kernel's command line, behind the image's." }, \
	{ 'p', "ports", "LIST", NULL, NULL, \
	    "Ports to hand on, HOST:GUEST[/tcp|udp] separated by commas." }, \
	{ 0, "ssh-key", "FILE", NULL, NULL, \
	    "A public key that the guest's root is given at each start, " \
	    "through the guest's agent." }
/* clang-format on */

#endif
