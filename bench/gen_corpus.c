/* SPDX-License-Identifier: ISC */
/*
 * Writes the corpus that the benchmarks read: the journal of a busy host, as
 * journalctl 252 prints it (-o json or -o export) or as bare lines.  A seed
 * gives the same bytes each time; the form chosen does not change the lines.
 *
 * Eight operations are in flight at once, their lines interleaved by time.
 * The daemon is killed and started again eight times within the corpus; what
 * was in flight then is closed by the next run, as the contract says.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/event.h"

#define IN_FLIGHT 8
#define RESTARTS 8
#define VMS 5000
#define FLUSH_BYTES (4 << 20)
#define FIELDS_MAX 32
#define EPOCH_NS (INT64_C(1777241583) * NSEC_PER_SEC)
#define BOOT_NS (INT64_C(4998) * NSEC_PER_SEC)
#define BOOT_ID "7c1e0f6b52d94a3f8e60b1d2c3a4f596"

/* ---- what operations do -------------------------------------------------- */

enum step_kind { STEP_STARTED, STEP_STAGE, STEP_CALL, STEP_END, STEP_RPC };

struct step {
	enum step_kind kind;
	const char *name; /* the stage, or the helper's method */
	int after_us;     /* since the step before, give or take half */
};

static const struct step start_steps[] = {
	{ STEP_STARTED, NULL, 80 },
	{ STEP_STAGE, "validate", 190 },
	{ STEP_STAGE, "tap_create", 2100 },
	{ STEP_CALL, "tap.create", 7800 },
	{ STEP_STAGE, "nat_apply", 120 },
	{ STEP_CALL, "nat.apply", 15000 },
	{ STEP_STAGE, "vmm_spawn", 140 },
	{ STEP_CALL, "vmm.launch", 12500 },
	{ STEP_STAGE, "guest_wait", 160000 },
	{ STEP_END, NULL, 950000 },
	{ STEP_RPC, NULL, 60 },
};
static const struct step stop_steps[] = {
	{ STEP_STARTED, NULL, 80 },
	{ STEP_STAGE, "validate", 150 },
	{ STEP_STAGE, "guest_shutdown", 310 },
	{ STEP_STAGE, "nat_remove", 420000 },
	{ STEP_CALL, "nat.remove", 9500 },
	{ STEP_STAGE, "tap_delete", 110 },
	{ STEP_CALL, "tap.delete", 21000 },
	{ STEP_END, NULL, 900 },
	{ STEP_RPC, NULL, 60 },
};
static const struct step create_steps[] = {
	{ STEP_STARTED, NULL, 80 },
	{ STEP_STAGE, "image_resolve", 240 },
	{ STEP_STAGE, "disk_create", 450 },
	{ STEP_END, NULL, 38000 },
	{ STEP_RPC, NULL, 60 },
};

/* Out of 100 operations so many are of this kind, and so many of 1000 fail. */
static const struct plan {
	const char *operation;
	const struct step *steps;
	size_t n;
	unsigned share, fails;
} plans[] = {
	{ "vm.start", start_steps, ARRAY_LEN(start_steps), 62, 30 },
	{ "vm.stop", stop_steps, ARRAY_LEN(stop_steps), 25, 8 },
	{ "vm.create", create_steps, ARRAY_LEN(create_steps), 13, 12 },
};

static const struct {
	const char *code, *error;
} failures[] = {
	{ "operation_failed",
	    "the VMM exited with status 1: qemu: invalid kernel header; "
	    "inspect /var/lib/banger/vms/vmm.log" },
	{ "timeout", "the guest said nothing within 30s" },
	{ "canceled", "canceled by the client" },
	{ "invalid_state", "the VM is \"starting\", not stopped" },
};

/* ---- the state of the host ----------------------------------------------- */

struct op {
	const struct plan *plan; /* NULL: the place is free */
	size_t step;
	size_t fails_at; /* the step that fails, or plan->n */
	int64_t next_ns, start_ns, mark_ns;
	const char *stage;
	int failure, call, peer_pid;
	char id[24], vm_id[16], vm_name[16], ip[24], image_id[16];
};

/* A process that logs, and the journal's fields that stay the same for it. */
struct emitter {
	const char *name;
	char run[16];
	int64_t seq;
	int pid;
	struct buf field[FIELDS_MAX]; /* "KEY":"value", or KEY=value\n */
	size_t n;
};

enum form { FORM_JSON, FORM_EXPORT, FORM_BARE };

struct corpus {
	enum form form;
	int fd;
	uint64_t rng;     /* what happens */
	uint64_t dressed; /* in which order a line's fields stand */
	struct emitter daemon, helper;
	struct op ops[IN_FLIGHT];
	int64_t journal_us, entries, begun;
	struct buf out, line, dynamic[4];
};

/* splitmix64 */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
draw_below(uint64_t *state, unsigned n)
{
	return (unsigned)(draw(state) % n);
}

/* ---- the journal's part of a line ---------------------------------------- */

static void
flush(struct corpus *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->out.len) {
		n = write(c->fd, c->out.data + done, c->out.len - done);
		if (n < 0)
			err(1, "write");
		done += (size_t)n;
	}
	buf_reset(&c->out);
}

/* As journalctl escapes; our values hold no controls, and UTF-8 stays raw. */
static void
put_escaped(struct buf *out, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] != '"' && s[i] != '\\')
			continue;
		buf_put(out, s + from, i - from);
		buf_putc(out, '\\');
		from = i;
	}
	buf_put(out, s + from, len - from);
}

static void
put_field(const struct corpus *c, struct buf *out, const char *key,
    const char *value, size_t len)
{
	if (c->form == FORM_EXPORT) {
		buf_puts(out, key);
		buf_putc(out, '=');
		buf_put(out, value, len);
		buf_putc(out, '\n');
		return;
	}
	buf_putc(out, '"');
	buf_puts(out, key);
	buf_put(out, "\":\"", 3);
	put_escaped(out, value, len);
	buf_putc(out, '"');
}

/* The fields of a process; `field` keeps its memory from life to life. */
static void
emitter_dress(struct corpus *c, struct emitter *e)
{
	const char *name = e->name;
	bool root = strcmp(name, "bangerd") != 0;
	char text[16][64];
	const char *rows[][2] = {
		{ "_TRANSPORT", "stdout" },
		{ "PRIORITY", "6" },
		{ "SYSLOG_FACILITY", "3" },
		{ "SYSLOG_IDENTIFIER", name },
		{ "_UID", root ? "0" : "990" },
		{ "_GID", root ? "0" : "990" },
		{ "_COMM", name },
		{ "_EXE", text[0] },
		{ "_CMDLINE", text[0] },
		{ "_CAP_EFFECTIVE", root ? "1ffffffffff" : "0" },
		{ "_SYSTEMD_CGROUP", text[1] },
		{ "_SYSTEMD_UNIT", text[2] },
		{ "_SYSTEMD_SLICE", "system.slice" },
		{ "_SYSTEMD_INVOCATION_ID", text[3] },
		{ "_STREAM_ID", text[4] },
		{ "_MACHINE_ID", "2f5d1c7e90b34a6f8d21e3c4b5a69788" },
		{ "_HOSTNAME", "vmhost1" },
		{ "_BOOT_ID", BOOT_ID },
		{ "_PID", text[5] },
		{ "_SELINUX_CONTEXT", "unconfined" },
	};

	snprintf(text[0], sizeof(text[0]), "/usr/bin/%s", name);
	snprintf(text[1], sizeof(text[1]), "/system.slice/%s.service", name);
	snprintf(text[2], sizeof(text[2]), "%s.service", name);
	for (int i = 3; i <= 4; i++)
		snprintf(text[i], sizeof(text[i]), "%016" PRIx64 "%016" PRIx64,
		    draw(&c->rng), draw(&c->rng));
	snprintf(text[5], sizeof(text[5]), "%d", e->pid);
	for (e->n = 0; e->n < ARRAY_LEN(rows); e->n++) {
		buf_reset(&e->field[e->n]);
		put_field(c, &e->field[e->n], rows[e->n][0], rows[e->n][1],
		    strlen(rows[e->n][1]));
	}
}

/* The four fields that each entry has for itself. */
static void
put_dynamic(struct corpus *c, int64_t real_us)
{
	int64_t mono_us = real_us - (EPOCH_NS - BOOT_NS) / NSEC_PER_USEC;
	char text[192];

	for (size_t i = 0; i < ARRAY_LEN(c->dynamic); i++)
		buf_reset(&c->dynamic[i]);
	snprintf(text, sizeof(text),
	    "s=18017e4578e44c3a9a59c0eda1dc3e4e;i=%" PRIx64 ";b=" BOOT_ID
	    ";m=%" PRIx64 ";t=%" PRIx64 ";x=%" PRIx64,
	    (uint64_t)c->entries, (uint64_t)mono_us, (uint64_t)real_us,
	    draw(&c->dressed));
	put_field(c, &c->dynamic[0], "__CURSOR", text, strlen(text));
	snprintf(text, sizeof(text), "%" PRId64, real_us);
	put_field(c, &c->dynamic[1], "__REALTIME_TIMESTAMP", text,
	    strlen(text));
	snprintf(text, sizeof(text), "%" PRId64, mono_us);
	put_field(c, &c->dynamic[2], "__MONOTONIC_TIMESTAMP", text,
	    strlen(text));
	put_field(c, &c->dynamic[3], "MESSAGE", c->line.data, c->line.len - 1);
}

/*
 * One entry around c->line.  journalctl -o json prints the fields in the order
 * of a hash table that is seeded anew for each entry, so here they are shuffled
 * too: no reader can lean on an order.
 */
static void
put_entry(struct corpus *c, const struct emitter *e, int64_t real_us)
{
	const struct buf *order[FIELDS_MAX + 4];
	size_t n = 0, other;
	const struct buf *held;

	put_dynamic(c, real_us);
	for (size_t i = 0; i < ARRAY_LEN(c->dynamic); i++)
		order[n++] = &c->dynamic[i];
	for (size_t i = 0; i < e->n; i++)
		order[n++] = &e->field[i];
	for (size_t i = n; c->form == FORM_JSON && --i > 0;) {
		other = draw_below(&c->dressed, (unsigned)i + 1);
		held = order[i];
		order[i] = order[other];
		order[other] = held;
	}
	for (size_t i = 0; i < n; i++) {
		if (c->form == FORM_JSON)
			buf_putc(&c->out, i == 0 ? '{' : ',');
		buf_put(&c->out, order[i]->data, order[i]->len);
	}
	buf_puts(&c->out, c->form == FORM_JSON ? "}\n" : "\n");
}

/* Stamps the event as the logger would, and lets journald take it. */
static void
emit(struct corpus *c, struct emitter *e, struct event *ev, int64_t at_ns)
{
	int64_t real_us = at_ns / NSEC_PER_USEC + 30 + draw_below(&c->rng, 90);

	ev->time_ns = at_ns;
	event_set_str(ev, FIELD_RUN, e->run);
	event_set_int(ev, FIELD_SEQ, ++e->seq);
	buf_reset(&c->line);
	event_encode(ev, &c->line);
	if (real_us <= c->journal_us)
		real_us = c->journal_us + 1;
	c->journal_us = real_us;
	c->entries++;
	if (c->form == FORM_BARE)
		buf_put(&c->out, c->line.data, c->line.len);
	else
		put_entry(c, e, real_us);
	if (c->out.len >= FLUSH_BYTES)
		flush(c);
}

/* ---- operations ---------------------------------------------------------- */

static int64_t
jitter_ns(struct corpus *c, int us)
{
	return (int64_t)us * 500 + draw_below(&c->rng, (unsigned)us * 1000) + 1;
}

static void
op_begin(struct corpus *c, struct op *op, int64_t now)
{
	unsigned pick = draw_below(&c->rng, 100);
	unsigned vm = draw_below(&c->rng, VMS);

	*op = (struct op){ .plan = plans };
	for (; pick >= op->plan->share; op->plan++)
		pick -= op->plan->share;
	op->fails_at = op->plan->n;
	if (draw_below(&c->rng, 1000) < op->plan->fails)
		op->fails_at = 2 +
		    draw_below(&c->rng, (unsigned)op->plan->n - 3);
	op->failure = (int)draw_below(&c->rng, ARRAY_LEN(failures));
	op->peer_pid = 20000 + (int)draw_below(&c->rng, 40000);
	op->next_ns = now + jitter_ns(c, 9000);
	snprintf(op->id, sizeof(op->id), "op-%016" PRIx64, draw(&c->rng));
	snprintf(op->vm_id, sizeof(op->vm_id), "vm-%08x",
	    (vm + 1) * 2654435761U);
	snprintf(op->vm_name, sizeof(op->vm_name), "web%u", vm);
	snprintf(op->ip, sizeof(op->ip), "172.30.%u.%u", vm / 250,
	    vm % 250 + 2);
	snprintf(op->image_id, sizeof(op->image_id), "im-77aa01c%u", vm % 7);
	c->begun++;
}

static void
op_event(const struct op *op, struct event *ev, enum event_kind kind)
{
	event_init(ev, kind);
	event_set_str(ev, FIELD_OPERATION, op->plan->operation);
	event_set_str(ev, FIELD_METHOD, op->plan->operation);
	event_set_str(ev, FIELD_OP_ID, op->id);
	event_set_str(ev, FIELD_VM_ID, op->vm_id);
	event_set_str(ev, FIELD_VM_NAME, op->vm_name);
	event_set_str(ev, FIELD_IMAGE_ID, op->image_id);
	event_set_str(ev, FIELD_IMAGE_NAME, "tiny");
	event_set_str(ev, FIELD_GUEST_IP, op->ip);
	event_set_str(ev, FIELD_STAGE, op->stage);
	event_set_int(ev, FIELD_PEER_UID, 1000);
	event_set_int(ev, FIELD_PEER_PID, op->peer_pid);
	event_set_str(ev, FIELD_CODE, failures[op->failure].code);
	event_set_str(ev, FIELD_ERROR, failures[op->failure].error);
}

static void
emit_call(struct corpus *c, struct op *op, const struct step *st, bool fails)
{
	struct event ev;

	op_event(op, &ev, fails ? EVENT_HELPER_FAILED : EVENT_HELPER_COMPLETED);
	event_set_str(&ev, FIELD_METHOD, st->name);
	event_set_int(&ev, FIELD_CALL, ++op->call);
	event_set_ms(&ev, FIELD_DURATION, (op->next_ns - op->mark_ns) * 9 / 10);
	/* The helper is told of the VM only. */
	ev.set &= ~(UINT64_C(1) << FIELD_VM_NAME |
	    UINT64_C(1) << FIELD_IMAGE_ID | UINT64_C(1) << FIELD_IMAGE_NAME |
	    UINT64_C(1) << FIELD_GUEST_IP);
	emit(c, &c->helper, &ev, op->next_ns);
}

static void
emit_step(struct corpus *c, struct op *op, const struct step *st, bool failed)
{
	static const enum event_kind good[] = { EVENT_OP_STARTED,
		EVENT_OP_STAGE, EVENT_OTHER, EVENT_OP_COMPLETED,
		EVENT_RPC_COMPLETED };
	enum event_kind kind = good[st->kind];
	struct event ev;

	if (st->kind == STEP_STARTED)
		op->start_ns = op->mark_ns = op->next_ns;
	else if (st->kind == STEP_STAGE)
		op->stage = st->name;
	else if (failed)
		kind = st->kind == STEP_END ? EVENT_OP_FAILED
					    : EVENT_RPC_FAILED;
	op_event(op, &ev, kind);
	event_set_ms(&ev, FIELD_SINCE_START, op->next_ns - op->start_ns);
	event_set_ms(&ev, FIELD_SINCE_LAST, op->next_ns - op->mark_ns);
	event_set_ms(&ev, FIELD_DURATION, op->next_ns - op->start_ns);
	emit(c, &c->daemon, &ev, op->next_ns);
	op->mark_ns = op->next_ns;
}

/* Writes the operation's next line; false when that was its last. */
static bool
op_step(struct corpus *c, struct op *op)
{
	const struct step *st = &op->plan->steps[op->step];
	bool failed = op->fails_at < op->plan->n;
	bool now = op->step == op->fails_at;

	if (st->kind == STEP_CALL)
		emit_call(c, op, st, now);
	else
		emit_step(c, op, st, failed);
	op->step = now && op->step + 2 < op->plan->n ? op->plan->n - 2
						     : op->step + 1;
	if (op->step == op->plan->n)
		return false;
	op->next_ns += jitter_ns(c, op->plan->steps[op->step].after_us);
	return true;
}

/* ---- runs ---------------------------------------------------------------- */

static void
emitter_start(struct corpus *c, struct emitter *e, enum event_kind kind,
    int64_t now)
{
	struct event ev;

	snprintf(e->run, sizeof(e->run), "%08x", (unsigned)draw(&c->rng));
	e->seq = 0;
	e->pid = 700 + (int)draw_below(&c->rng, 30000);
	emitter_dress(c, e);
	event_init(&ev, kind);
	event_set_str(&ev, FIELD_VERSION, BANGER_VERSION);
	event_set_int(&ev, FIELD_PID, e->pid);
	emit(c, e, &ev, now);
}

/* The daemon was killed: its next run closes what was in flight. */
static void
restart(struct corpus *c, int64_t now)
{
	struct event ev;

	now += jitter_ns(c, 400000);
	emitter_start(c, &c->daemon, EVENT_DAEMON_STARTED, now);
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		struct op *op = &c->ops[i];

		if (op->plan != NULL && op->step > 0) {
			now += jitter_ns(c, 300);
			op_event(op, &ev, EVENT_OP_FAILED);
			event_set_str(&ev, FIELD_CODE, "interrupted");
			event_set_str(&ev, FIELD_ERROR,
			    "bangerd ended in mid-operation");
			event_set_ms(&ev, FIELD_DURATION, now - op->start_ns);
			emit(c, &c->daemon, &ev, now);
			op->plan = NULL;
		} else if (op->plan != NULL) {
			op->next_ns += NSEC_PER_SEC;
		}
	}
	for (size_t i = 0; i < IN_FLIGHT; i++)
		if (c->ops[i].plan == NULL)
			op_begin(c, &c->ops[i], now);
}

static struct op *
op_due(struct corpus *c)
{
	struct op *due = NULL;

	for (size_t i = 0; i < IN_FLIGHT; i++)
		if (c->ops[i].plan != NULL &&
		    (due == NULL || c->ops[i].next_ns < due->next_ns))
			due = &c->ops[i];
	return due;
}

static void
generate(struct corpus *c, int64_t total)
{
	int64_t now = EPOCH_NS, per_run = total / (RESTARTS + 1) + 1;
	int64_t next_restart = per_run;
	struct op *op;

	emitter_start(c, &c->helper, EVENT_HELPER_STARTED, now);
	emitter_start(c, &c->daemon, EVENT_DAEMON_STARTED, now + NSEC_PER_MSEC);
	for (size_t i = 0; i < IN_FLIGHT && c->begun < total; i++)
		op_begin(c, &c->ops[i], now + 2 * NSEC_PER_MSEC);
	while ((op = op_due(c)) != NULL) {
		now = op->next_ns;
		if (!op_step(c, op)) {
			op->plan = NULL;
			if (c->begun < total)
				op_begin(c, op, now);
		}
		if (c->begun >= next_restart && c->begun + IN_FLIGHT <= total) {
			restart(c, now);
			next_restart += per_run;
		}
	}
	flush(c);
}

static _Noreturn void
usage(void)
{
	fputs("usage: gen_corpus [-n OPS] [-f json|export|bare] [-s SEED] "
	      "[-o FILE]\n",
	    stderr);
	exit(2);
}

static enum form
form_of(const char *name)
{
	static const char *const names[] = { "json", "export", "bare" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum form)i;
	usage();
}

int
main(int argc, char **argv)
{
	static struct corpus c = { .fd = STDOUT_FILENO,
		.daemon.name = "bangerd",
		.helper.name = "banger-helper" };
	int64_t total = 200000;
	uint64_t seed = 1;
	int opt;

	while ((opt = getopt(argc, argv, "n:f:s:o:")) != -1) {
		if (opt == 'n')
			total = strtoll(optarg, NULL, 10);
		else if (opt == 'f')
			c.form = form_of(optarg);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (opt != 'o')
			usage();
		else if ((c.fd = open(optarg,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) <
		    0)
			err(1, "%s", optarg);
	}
	if (optind < argc || total < 1)
		usage();
	c.rng = seed;
	c.dressed = ~seed;
	generate(&c, total);
	fprintf(stderr, "%" PRId64 " operations, %" PRId64 " records\n",
	    c.begun, c.entries);
	return 0;
}
