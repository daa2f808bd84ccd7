/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"
#include "doctor.h"
#include "wire/client.h"

static const struct {
	const char *name;
	doctor_look *look;
} doctor_checks[] = {
	{ "daemon", doctor_daemon },
	{ "helper", doctor_helper },
	{ "versions", doctor_versions },
	{ "socket", doctor_socket },
	{ "kvm", doctor_kvm },
	{ "tun", doctor_tun },
	{ "bridge", doctor_bridge },
	{ "nft", doctor_nft },
	{ "qemu", doctor_qemu },
	{ "firecracker", doctor_firecracker },
	{ "disk", doctor_disk },
	{ "files", doctor_files },
	{ "units", doctor_units },
	{ "journald", doctor_journald },
	{ "index", doctor_index },
};

static const char *const doctor_levels[] = { "ok", "warn", "fail" };

void
doctor_say(struct finding *f, enum doctor_level level, const char *fmt, ...)
{
	va_list ap;

	f->level = level;
	buf_reset(&f->seen);
	va_start(ap, fmt);
	buf_vprintf(&f->seen, fmt, ap);
	va_end(ap);
}

void
doctor_mend(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	if (f->mend.len > 0)
		buf_puts(&f->mend, "; ");
	va_start(ap, fmt);
	buf_vprintf(&f->mend, fmt, ap);
	va_end(ap);
}

const json_t *
doctor_host(const struct doctor *d, const char *part, const char *key)
{
	const json_t *of = d->host;

	if (of != NULL && part != NULL)
		of = json_object_get(of, part);
	of = of != NULL ? json_object_get(of, key) : NULL;
	return json_is_null(of) ? NULL : of;
}

/* ---- printing --------------------------------------------------------------
 */

static void
doctor__print(const char *name, const struct finding *f)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%-4s  %-11s  ", doctor_levels[f->level], name);
	text_escape(&line, buf_str(&f->seen), f->seen.len, false);
	buf_putc(&line, '\n');
	if (f->mend.len > 0) {
		buf_puts(&line, "                   > ");
		text_escape(&line, buf_str(&f->mend), f->mend.len, false);
		buf_putc(&line, '\n');
	}
	fwrite(buf_str(&line), 1, line.len, stdout);
}

/* What is no UTF-8 is shown as it would be on a terminal. */
static json_t *
doctor__text(const struct buf *b)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	json_t *text = json_stringn(buf_str(b), b->len);

	if (text != NULL)
		return text;
	text_escape(&safe, buf_str(b), b->len, false);
	return json_stringn(buf_str(&safe), safe.len);
}

static void
doctor__print_json(const char *name, const struct finding *f)
{
	json_t *object = json_pack("{s:s, s:s, s:o}", "check", name, "level",
	    doctor_levels[f->level], "seen", doctor__text(&f->seen));

	json_object_set_new(object, "mend",
	    f->mend.len > 0 ? doctor__text(&f->mend) : json_null());
	cli_print_json(object);
	json_decref(object);
}

/* ---- looking ---------------------------------------------------------------
 */

/* All checks; the worst level there is. */
static enum doctor_level
doctor__look(const struct doctor *d, bool json)
{
	enum doctor_level worst = DOCTOR_OK;

	for (size_t i = 0; i < ARRAY_LEN(doctor_checks); i++) {
		struct finding f = { DOCTOR_OK, BUF_INIT, BUF_INIT };

		doctor_checks[i].look(d, &f);
		if (json)
			doctor__print_json(doctor_checks[i].name, &f);
		else
			doctor__print(doctor_checks[i].name, &f);
		/* A check may take its time: what is known is shown. */
		fflush(stdout);
		if (f.level > worst)
			worst = f.level;
		buf_done(&f.seen);
		buf_done(&f.mend);
	}
	return worst;
}

static int
doctor__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "table", "json", NULL };
	_cleanup_free_ char *socket = client_daemon_socket(
	    cmd_value(ctx, "socket"));
	_cleanup_answer_ struct cli_answer a = { 0 };
	struct doctor d = { .socket = socket,
		.why = ERROR_INIT,
		.systemd = access("/run/systemd/system", F_OK) == 0 };
	int format, rc = cmd_choice(ctx, "format", formats, &format, err);

	if (rc < 0)
		return rc;
	if (cli_call(ctx, "host.info", NULL, &a, &d.why) == 0)
		d.host = a.result;
	return doctor__look(&d, format == 1) == DOCTOR_FAIL ? CMD_FAILED
							    : CMD_OK;
}

const struct cmd_entry cmd_doctor = {
	.name = "doctor",
	.about = "Look for what could keep banger from working on this host, "
		 "and say how to mend it; the exit status is 1 when something "
		 "does.",
	.exec = doctor__exec,
};
