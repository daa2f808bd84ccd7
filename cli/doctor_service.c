/* SPDX-License-Identifier: ISC */
/* The programs that make up banger, what runs them, and where their log goes.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/command.h"
#include "doctor.h"
#include "wire/rpc.h"

#define SERVICE_ASK_NS (10 * NSEC_PER_SEC)
/* What an index may be behind before anybody is told. */
#define SERVICE_BEHIND_BYTES (16 << 20)
#define SERVICE_BEHIND_NS (60 * NSEC_PER_SEC)

void
doctor_daemon(const struct doctor *d, struct finding *f)
{
	if (d->host != NULL) {
		doctor_say(f, DOCTOR_OK, "bangerd answers on %s", d->socket);
		return;
	}
	doctor_say(f, DOCTOR_FAIL, "%s", d->why.text);
	doctor_mend(f,
	    "journalctl -u bangerd says why, where it did not start");
}

void
doctor_helper(const struct doctor *d, struct finding *f)
{
	const char *why = json_string_value(
	    doctor_host(d, NULL, "helper_error"));

	if (d->host == NULL) {
		doctor_say(f, DOCTOR_WARN,
		    "not known without the daemon, whom alone it answers");
		doctor_mend(f, "mend the daemon first");
	} else if (why != NULL) {
		doctor_say(f, DOCTOR_FAIL, "%s", why);
		doctor_mend(f,
		    "systemctl start banger-helper; its log says why, where "
		    "it did not start");
	} else {
		doctor_say(f, DOCTOR_OK, "banger-helper answers the daemon");
	}
}

void
doctor_versions(const struct doctor *d, struct finding *f)
{
	const char *daemon = json_string_value(doctor_host(d, NULL, "daemon"));
	const char *helper = json_string_value(
	    doctor_host(d, "helper", "version"));
	struct utsname uts;

	uname(&uts);
	doctor_say(f, DOCTOR_OK,
	    "banger %s, bangerd %s, banger-helper %s, "
	    "Linux %s",
	    BANGER_VERSION, daemon != NULL ? daemon : "unknown",
	    helper != NULL ? helper : "unknown", uts.release);
	if ((daemon != NULL && strcmp(daemon, BANGER_VERSION) != 0) ||
	    (helper != NULL && strcmp(helper, BANGER_VERSION) != 0)) {
		f->level = DOCTOR_WARN;
		doctor_mend(f,
		    "systemctl restart bangerd banger-helper, which hurts no "
		    "VM, so that all are of one version");
	}
}

void
doctor_socket(const struct doctor *d, struct finding *f)
{
	const struct group *gr;
	struct stat st;

	if (stat(d->socket, &st) < 0) {
		doctor_say(f, DOCTOR_FAIL, "%s: %s", d->socket,
		    strerror(errno));
		if (errno == EACCES)
			doctor_mend(f,
			    "join the group that may use it: "
			    "usermod -aG banger USER");
		else
			doctor_mend(f, "systemctl start bangerd");
		return;
	}
	gr = getgrgid(st.st_gid);
	if ((st.st_mode & S_IRWXO) != 0) {
		doctor_say(f, DOCTOR_FAIL,
		    "%s: anybody may use it (mode %04o), and so run VMs",
		    d->socket, (unsigned)st.st_mode & 07777);
		doctor_mend(f, "restart bangerd, which makes it 0660");
	} else if (access(d->socket, W_OK) < 0) {
		doctor_say(f, DOCTOR_FAIL, "%s: you may not use it", d->socket);
		doctor_mend(f, "usermod -aG %s USER, then log in again",
		    gr != NULL ? gr->gr_name : "banger");
	} else {
		doctor_say(f, DOCTOR_OK, "root and group %s may use %s",
		    gr != NULL ? gr->gr_name : "of no name", d->socket);
	}
}

/* ---- systemd ---------------------------------------------------------------
 */

static const char *const service_units[] = { "bangerd.service",
	"banger-helper.service", "bangerlog-index.service" };

/* Asks a tool; false, and said in f: it could not be asked. */
static bool
service__ask(const char *const *argv, struct buf *out, int *ret_status,
    struct finding *f)
{
	struct error why = ERROR_INIT;

	if (command_ask(argv, clock_mono_ns() + SERVICE_ASK_NS, out, ret_status,
		&why) == 0)
		return true;
	doctor_say(f, DOCTOR_WARN, "%s", why.text);
	doctor_mend(f, "install %s, or see that it is in PATH", argv[0]);
	return false;
}

/* Without systemd there is nothing of it to be wrong. */
static bool
service__is_there(const struct doctor *d, struct finding *f)
{
	if (!d->systemd)
		doctor_say(f, DOCTOR_OK,
		    "systemd does not run here; nothing to look at");
	return d->systemd;
}

/* The next line of text, cut off; NULL at its end. */
static char *
service__line(char **text)
{
	char *line;

	while ((line = strsep(text, "\n")) != NULL && *line == '\0')
		continue;
	return line;
}

/*
 * Asks systemctl, which has a line for each of the first n units, and puts
 * "UNIT is LINE" into odd for those that do not say what they should.  False:
 * there was nothing to ask, which f says.
 */
static bool
service__odd(const struct doctor *d, const char *const *argv, size_t n,
    const char *good, struct buf *odd, struct finding *f)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *text, *line;
	int status;

	if (!service__is_there(d, f) || !service__ask(argv, &out, &status, f))
		return false;
	text = out.data;
	for (size_t i = 0; i < n; i++) {
		line = service__line(&text);
		if (line == NULL || strcmp(line, good) != 0)
			buf_printf(odd, "%s%s is %s", odd->len > 0 ? ", " : "",
			    service_units[i], line != NULL ? line : "unknown");
	}
	return true;
}

void
doctor_units(const struct doctor *d, struct finding *f)
{
	static const char *const argv[] = { "systemctl", "is-active",
		service_units[0], service_units[1], service_units[2], NULL };
	_cleanup_buf_ struct buf odd = BUF_INIT;

	if (!service__odd(d, argv, 3, "active", &odd, f))
		return;
	if (odd.len == 0) {
		doctor_say(f, DOCTOR_OK, "all three units are active");
		return;
	}
	/* Whoever starts the daemon by hand may mean to. */
	doctor_say(f, d->host != NULL ? DOCTOR_WARN : DOCTOR_FAIL, "%s",
	    buf_str(&odd));
	doctor_mend(f,
	    "systemctl enable --now banger-helper bangerd bangerlog-index");
}

void
doctor_journald(const struct doctor *d, struct finding *f)
{
	static const char *const argv[] = { "systemctl", "show", "--property",
		"LogRateLimitIntervalUSec", "--value", service_units[0],
		service_units[1], NULL };
	_cleanup_buf_ struct buf odd = BUF_INIT;

	if (!service__odd(d, argv, 2, "0", &odd, f))
		return;
	if (odd.len == 0) {
		doctor_say(f, DOCTOR_OK,
		    "journald limits the rate of neither unit's lines");
		return;
	}
	doctor_say(f, DOCTOR_WARN,
	    "journald may drop lines when there are many; the interval of its "
	    "limit for %s",
	    buf_str(&odd));
	doctor_mend(f,
	    "systemctl edit each: [Service] "
	    "LogRateLimitIntervalSec=0, then restart it");
}

/* ---- the index -------------------------------------------------------------
 */

/* The newest line that the journal has of the two; 0: not known. */
static int64_t
service__newest_ns(void)
{
	static const char *const argv[] = { "journalctl", "-q", "-n", "1", "-o",
		"json", "-u", service_units[0], "-u", service_units[1], NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_json_ json_t *entry = NULL;
	const char *usec;
	int status;

	if (command_ask(argv, clock_mono_ns() + SERVICE_ASK_NS, &out, &status,
		NULL) < 0)
		return 0;
	entry = json_loadb(buf_str(&out), out.len, JSON_DISABLE_EOF_CHECK,
	    NULL);
	usec = json_string_value(
	    json_object_get(entry, "__REALTIME_TIMESTAMP"));
	return usec != NULL ? strtoll(usec, NULL, 10) * NSEC_PER_USEC : 0;
}

/* How far the newest line of the journal is before that of the index. */
static int64_t
service__behind_ns(const json_t *info)
{
	const char *last = json_string_value(json_object_get(info, "last"));
	int64_t newest = service__newest_ns(), ns = 0;

	if (newest == 0 ||
	    (last != NULL && !clock_parse_rfc3339(last, strlen(last), &ns)))
		return 0;
	return clock_diff(newest, ns);
}

static bool
service__is(const json_t *input, const char *state)
{
	const char *is = json_string_value(json_object_get(input, "state"));

	return is != NULL && strcmp(is, state) == 0;
}

/* What bangerlog info says of the inputs. */
static void
service__judge(const json_t *info, struct finding *f)
{
	const json_t *inputs = json_object_get(info, "inputs");
	char behind[CLOCK_DURATION_MAX];
	int64_t bytes = 0, ns = 0;
	size_t n = json_array_size(inputs), gone = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *in = json_array_get(inputs, i);

		bytes += json_integer_value(json_object_get(in, "behind"));
		gone += service__is(in, "gone");
		if (service__is(in, "journal"))
			ns = service__behind_ns(info);
	}
	if (bytes > SERVICE_BEHIND_BYTES || ns > SERVICE_BEHIND_NS) {
		doctor_say(f, DOCTOR_WARN,
		    "the index is behind the log: by %lld bytes of files, %s "
		    "of the journal",
		    (long long)bytes,
		    clock_format_duration(ns > 0 ? ns : 0, behind));
		doctor_mend(f,
		    "systemctl start bangerlog-index; its log says why, where "
		    "it does not get on");
	} else if (gone > 0) {
		doctor_say(f, DOCTOR_WARN,
		    "%zu of the index's %zu inputs are gone; what was read of "
		    "them stays",
		    gone, n);
		doctor_mend(f, "see bangerlog info");
	} else {
		doctor_say(f, DOCTOR_OK,
		    "the index has read its %zu input%s as far as %lld bytes "
		    "before their end",
		    n, n == 1 ? "" : "s", (long long)bytes);
	}
}

void
doctor_index(const struct doctor *d, struct finding *f)
{
	static const char *const argv[] = { "bangerlog", "info", "--format",
		"json", NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_json_ json_t *info = NULL;
	int status;

	(void)d;
	if (!service__ask(argv, &out, &status, f))
		return;
	info = json_loadb(buf_str(&out), out.len, JSON_DISABLE_EOF_CHECK, NULL);
	if (status == 0 && json_is_object(info)) {
		service__judge(info, f);
		return;
	}
	doctor_say(f, DOCTOR_WARN, "%.*s", (int)strcspn(buf_str(&out), "\n"),
	    out.len > 0 ? buf_str(&out) : "bangerlog info said nothing");
	doctor_mend(f,
	    "bangerlog index --journal makes one; systemctl enable --now "
	    "bangerlog-index keeps it");
}
