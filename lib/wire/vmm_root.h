/* SPDX-License-Identifier: ISC */
/*
 * The files that a VMM finds in the root directory of its jail.  The helper
 * puts them there, and bangerd names them to a VMM that is told by messages.
 */
#ifndef WIRE_VMM_ROOT_H
#define WIRE_VMM_ROOT_H

#define VMM_ROOT_KERNEL "kernel"
#define VMM_ROOT_INITRD "initrd"
#define VMM_ROOT_IMAGE "rootfs.raw" /* read-only, under the overlay */
#define VMM_ROOT_OVERLAY "disk.qcow2"
#define VMM_ROOT_DISK "disk.raw" /* of a VMM that knows no overlays */
#define VMM_ROOT_WORK "work.raw" /* if it has one */
/* Where Firecracker makes its sockets: of its API, and of its vsock. */
#define VMM_ROOT_SOCKETS "run"
#define VMM_ROOT_API VMM_ROOT_SOCKETS "/api.sock"
#define VMM_ROOT_VSOCK VMM_ROOT_SOCKETS "/vsock.sock"

/* The vsock port on which the guest's agent listens. */
#define VMM_AGENT_PORT 1024

#endif
