/* SPDX-License-Identifier: ISC */
/*
 * banger doctor: what could keep banger from working on this host.  A check is
 * one function and one row of the table in cmd_doctor.c; it looks, changes
 * nothing, and says one thing.  All of them work without the daemon, as far as
 * they can.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

/* What all checks know. */
struct doctor {
	const char *socket;
	json_t *host;     /* bangerd's host.info; NULL: it did not answer */
	struct error why; /* then */
	bool systemd;     /* it runs this host */
};

struct finding {
	enum doctor_level level;
	struct buf seen, mend; /* mend is empty when nothing is to be done */
};

/* What was seen; the last call counts. */
void doctor_say(struct finding *f, enum doctor_level level, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* How to mend it; each call adds a sentence. */
void doctor_mend(struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A member of host, or of an object in it; NULL when it is not known. */
const json_t *doctor_host(const struct doctor *d, const char *part,
    const char *key);

typedef void doctor_look(const struct doctor *d, struct finding *f);

/* doctor_service.c: the programs, and what runs them */
doctor_look doctor_daemon, doctor_helper, doctor_versions, doctor_socket,
    doctor_units, doctor_journald, doctor_index;
/* doctor_host.c: kernel, devices, disk */
doctor_look doctor_kvm, doctor_tun, doctor_bridge, doctor_nft, doctor_qemu,
    doctor_firecracker, doctor_disk, doctor_files;

#endif
