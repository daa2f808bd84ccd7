/* SPDX-License-Identifier: ISC */
/*
 * A log of operations of all kinds, drawn at random: what ends in every way,
 * what is missing, and names that are hostile to SQL and to a terminal.
 */
#ifndef TESTS_UNIT_POPULATION_H
#define TESTS_UNIT_POPULATION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#include "draw.h"

#define OPS 240
/* 2026-04-26 20:00:00 UTC; the operations are of the three hours after it. */
#define FIRST_NS (1777233600LL * NSEC_PER_SEC)

/* As JSON has them; what is hostile in the log, and hostile to SQL. */
static const char *const methods[] = { "vm.start", "vm.start", "vm.stop",
	"vm.create", "image.register", "VM.Start", "' OR 1=1 --", "vm.\\u0000x",
	"" };
static const char *const names[] = { "web-1", "web-2", "Web-1", "db_1", "",
	"a\\\"b\\\\c", "'; DROP TABLE op; --", "\\u001b[31mred", "%s%n",
	"r\\u00e9sum\\u00e9", "\\ud83d\\ude00", "?1", "@", "\\ufffd", "12",
	"line\\nbreak" };
static const char *const errors[] = { "device is busy", "Device is BUSY",
	"timeout after 5s", "nft: rule \\\"x\\\" \\\\ y", "\\u0007\\u202e", "",
	"aaaaaaaaaaaaaaaaaaaaaaaa" };
static const char *const codes[] = { "operation_failed", "canceled",
	"interrupted", "busy", "" };
static const char *const stage_names[] = { "validate", "nat_apply",
	"boot_guest", "odd name", "a\\\"b", "", "vmm_handshake" };
static const char *const call_methods[] = { "nat.apply", "vmm.launch",
	"tap.create", "x' y", "" };

struct log {
	FILE *file;
	unsigned seq;
	const char *run;
};

/* The beginning of a line, up to its op_id. */
static inline void
begin(struct log *l, int64_t at, const char *level, const char *msg, int op)
{
	char when[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(at, when);
	fprintf(l->file,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"%s\",\"run\":\"%s\","
	    "\"seq\":%u",
	    when, level, msg, l->run, ++l->seq);
	if (op >= 0)
		fprintf(l->file, ",\"op_id\":\"op-%016x\"",
		    0x1000 + 0x111 * op);
}

/* Mostly there, sometimes negative, sometimes not there. */
static inline int64_t
duration(struct log *l)
{
	int64_t us = draw(4) == 0 ? draw(1000) : draw(4000) * 1000;

	if (draw(6) == 0)
		return us;
	fprintf(l->file, ",\"duration_ms\":%s%u.%03u", draw(25) == 0 ? "-" : "",
	    (unsigned)(us / 1000), (unsigned)(us % 1000));
	return us;
}

static inline void
subject(struct log *l, const char *vm, const char *image)
{
	if (vm != NULL)
		fprintf(l->file, ",\"vm_name\":\"%s\",\"vm_id\":\"id-%s\"", vm,
		    vm);
	if (image != NULL)
		fprintf(l->file, ",\"image_name\":\"%s\"", image);
}

static inline void
failure(struct log *l)
{
	if (draw(4) != 0)
		fprintf(l->file, ",\"error\":\"%s\"", PICK(errors));
	if (draw(4) != 0)
		fprintf(l->file, ",\"code\":\"%s\"", PICK(codes));
	if (draw(2) == 0)
		fprintf(l->file, ",\"stage\":\"%s\"", PICK(stage_names));
}

/* Stages and calls, in any number, some without what they should have. */
static inline int64_t
write_parts(struct log *daemon, struct log *helper, int op, int64_t at)
{
	for (unsigned i = draw(6); i > 0; i--) {
		at += 1000 * (int64_t)draw(900000);
		if (draw(3) > 0) {
			begin(daemon, at, "INFO", "operation stage", op);
			if (draw(10) > 0)
				fprintf(daemon->file, ",\"stage\":\"%s\"",
				    PICK(stage_names));
			if (draw(4) == 0)
				fprintf(daemon->file,
				    ",\"since_start_ms\":%u.5", draw(3000));
			fputs("}\n", daemon->file);
		} else {
			bool failed = draw(3) == 0;

			begin(helper, at, failed ? "ERROR" : "INFO",
			    failed ? "helper rpc failed"
				   : "helper rpc completed",
			    op);
			if (draw(10) > 0)
				fprintf(helper->file, ",\"method\":\"%s\"",
				    PICK(call_methods));
			fprintf(helper->file, ",\"call\":%u", i);
			duration(helper);
			if (failed)
				failure(helper);
			fputs("}\n", helper->file);
		}
	}
	return at;
}

static inline void
write_op(struct log *daemon, struct log *helper, int op, int64_t at)
{
	const char *vm = draw(3) > 0 ? PICK(names) : NULL;
	const char *image = draw(3) == 0 ? PICK(names) : NULL;
	bool own = draw(8) > 0, failed = draw(3) == 0;

	if (own && draw(6) > 0) {
		/* A clock that was centuries off. */
		begin(daemon, draw(30) == 0 ? -8520336000LL * NSEC_PER_SEC : at,
		    "INFO", "operation started", op);
		if (draw(8) > 0)
			fprintf(daemon->file, ",\"operation\":\"%s\"",
			    PICK(methods));
		subject(daemon, vm, image);
		fputs("}\n", daemon->file);
	}
	at = write_parts(daemon, helper, op, at);
	for (unsigned ends = own ? draw(8) == 0 ? 0 : 1 + !draw(12) : 0;
	     ends > 0; ends--) {
		begin(daemon, at, failed ? "ERROR" : "INFO",
		    failed ? "operation failed" : "operation completed", op);
		at += 1000 * duration(daemon);
		if (failed)
			failure(daemon);
		fputs("}\n", daemon->file);
	}
	if (!own || draw(3) == 0) {
		begin(daemon, at, failed ? "WARN" : "INFO",
		    failed ? "rpc failed" : "rpc completed", op);
		fprintf(daemon->file, ",\"method\":\"%s\"", PICK(methods));
		duration(daemon);
		if (failed)
			failure(daemon);
		fputs("}\n", daemon->file);
	}
}

static inline void
write_population(const char *path)
{
	struct log daemon = { fopen(path, "w"), 0, "d0d0d0d0" };
	struct log helper = { daemon.file, 0, "4e1fe4b0" };
	int64_t at = FIRST_NS;

	assert_non_null(daemon.file);
	for (int i = 0; i < OPS; i++) {
		if (i == OPS / 2) {
			/* A new life: those in flight were interrupted. */
			daemon.run = "d1d1d1d1";
			daemon.seq = 0;
			begin(&daemon, at, "INFO", "daemon started", -1);
			fputs("}\n", daemon.file);
		}
		write_op(&daemon, &helper, i, at);
		at += (int64_t)draw(90) * NSEC_PER_SEC;
	}
	fclose(daemon.file);
}

#endif
