/* SPDX-License-Identifier: ISC */
/*
 * pty_top PROGRAM LOG ACTIONS [SEED]: bangertop on a terminal, with random
 * keys, clicks, resizes, signals and lines of a hostile log.  Settings, bangerd
 * (there is none) and a hostile console log are beside LOG.  Whatever is
 * written to the terminal must be what terminfo or we put there: no other
 * escape sequence, no control byte, nothing that text_is_hostile().  Each life
 * must end as it was asked to, with the terminal as it was found.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "pty.h"

#define ENDS_WITHIN_NS (20 * 1000000000LL)
#define LINE_ODDS 8 /* one action in so many writes a line */

/* ---- what is allowed on the terminal --------------------------------------
 */

struct checker {
	enum { PLAIN, ESCAPE, CHARSET, CSI, OSC, UTF8 } state;
	char seq[64]; /* what the state has seen */
	size_t len;
	size_t want; /* bytes of a character */
	uint64_t bytes, sequences;
};

static void
foreign(const struct checker *c, const char *what)
{
	fprintf(stderr, "foreign on the terminal: %s:", what);
	for (size_t i = 0; i < c->len; i++)
		fprintf(stderr, " %02x", (unsigned char)c->seq[i]);
	fprintf(stderr, "\n");
	exit(1);
}

/* Parameters and final byte of what terminfo has for xterm-256color. */
static void
check_csi(struct checker *c)
{
	char final = c->seq[c->len - 1];
	long n = 0;

	if (final == 't' && c->len > 3 && strncmp(c->seq, "22;0;0t", 7) != 0 &&
	    strncmp(c->seq, "23;0;0t", 7) != 0)
		foreign(c, "CSI");
	if (strchr("ABCDGHIJKLMPSTXZ@bdhlmrt", final) == NULL)
		foreign(c, "CSI");
	for (size_t i = 0; i < c->len; i++) {
		n = c->seq[i] >= '0' && c->seq[i] <= '9'
		    ? n * 10 + c->seq[i] - '0'
		    : 0;
		if (n > 1049)
			foreign(c, "CSI");
	}
	c->sequences++;
}

static void
check_plain(struct checker *c, unsigned char b)
{
	c->len = 0;
	c->seq[c->len++] = (char)b;
	if (b == 0x1b)
		c->state = ESCAPE;
	else if (b >= 0xc2 && b < 0xf5) {
		c->state = UTF8;
		c->want = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
	} else if (b >= 0x7f || (b < ' ' && strchr("\r\n\b\t", b) == NULL))
		foreign(c, "byte");
}

static void
check_byte(struct checker *c, unsigned char b)
{
	uint32_t cp;

	c->bytes++;
	if (c->state == PLAIN) {
		check_plain(c, b);
		return;
	}
	if (c->state == ESCAPE && (b == '[' || b == ']')) {
		c->state = b == '[' ? CSI : OSC;
		c->len = 0;
		return;
	}
	if (c->len == sizeof(c->seq))
		foreign(c, "sequence without an end");
	c->seq[c->len++] = (char)b;
	if (c->state == ESCAPE) {
		c->state = strchr("()", b) != NULL ? CHARSET : PLAIN;
		if (strchr("()=>78M", b) == NULL)
			foreign(c, "escape");
	} else if (c->state == OSC) {
		/* terminfo's "oc", the colours as they were, and no other. */
		if (c->len > 4 || memcmp(c->seq, "104\a", c->len) != 0)
			foreign(c, "OSC");
		c->state = c->len == 4 ? PLAIN : OSC;
		c->sequences += c->len == 4;
	} else if (c->state == CHARSET) {
		c->state = PLAIN;
		if (strchr("B0", b) == NULL)
			foreign(c, "charset");
	} else if (c->state == CSI && b >= 0x40) {
		check_csi(c);
		c->state = PLAIN;
	} else if (c->state == CSI && (b < '0' || b > '?')) {
		foreign(c, "CSI");
	} else if (c->state == UTF8 && c->len == c->want) {
		c->state = PLAIN;
		if (text_utf8_next(c->seq, c->len, &cp) != c->len ||
		    text_is_hostile(cp))
			foreign(c, "character");
	}
}

/* ---- what happens to the program ------------------------------------------
 */

struct fuzz {
	char *const *argv;
	const char *log;
	char vmm_log[4096]; /* beside it; the console log is there too */
	char settings[4096];
	struct pty pty;
	struct checker checker;
	uint64_t random, lives, lines;
	char tail[8192]; /* of what was written */
	size_t n_tail;
};

/* What it said before it ended: a sanitizer's report, perhaps. */
static void
say_tail(const struct fuzz *f)
{
	for (size_t i = 0; i < sizeof(f->tail); i++) {
		char c = f->tail[(f->n_tail + i) % sizeof(f->tail)];

		if (c == '\n' || (c >= ' ' && c < 0x7f))
			fputc(c, stderr);
	}
	fputc('\n', stderr);
}

static uint32_t
draw(struct fuzz *f, uint32_t below)
{
	/* xorshift64* */
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return (uint32_t)((f->random * 0x2545f4914f6cdd1dULL) >> 32) % below;
}

/* Checks what is there; 0 bytes: nothing was. */
static size_t
drain(struct fuzz *f, int ms)
{
	char out[65536];
	size_t n = pty_read(&f->pty, out, sizeof(out), ms);

	for (size_t i = 0; i < n; i++)
		f->tail[f->n_tail++ % sizeof(f->tail)] = out[i];
	for (size_t i = 0; i < n; i++)
		check_byte(&f->checker, (unsigned char)out[i]);
	return n;
}

static void
append_line(struct fuzz *f)
{
	static const char *const texts[] = { "\\u001b]0;owned\\u0007",
		"\\u001b[31337m\\u001b[6n", "\\u009b31337h",
		"\\u001bP1$r\\u001b", "\\u202egnp", "e\\u0301\\u0301\\u0301",
		"\\u0301", "\\u6f22\\u5b57", "%s%n%n", "\\u0000\\r\\n\\b",
		"\\u001bc\\u001b[2J", "\\u200b\\ufeff", "-", "",
		"\\ud83d\\ude00\\ud83d\\ude00", "web 1" };
	static const char *const events[] = { "operation started",
		"operation stage", "operation completed", "operation failed",
		"helper rpc completed", "helper rpc failed",
		"log records dropped", "rpc failed" };
	const char *a = texts[draw(f, 16)], *b = texts[draw(f, 16)];
	FILE *log = fopen(f->log, draw(f, 500) == 0 ? "w" : "a");

	if (log == NULL)
		err(1, "%s", f->log);
	fprintf(log,
	    "{\"time\":\"2026-03-%02uT%02u:00:%02uZ\",\"level\":\"INFO\","
	    "\"msg\":\"%s\",\"operation\":\"vm.start%s\",\"op_id\":\"op-%x\","
	    "\"vm_name\":\"%s\",\"log_path\":\"%s\",\"stage\":\"%s\","
	    "\"method\":\"%s\","
	    "\"error\":\"%s %s\",\"since_start_ms\":%u,\"duration_ms\":%u,"
	    "\"n\":3}\n",
	    draw(f, 28) + 1, draw(f, 24), draw(f, 60), events[draw(f, 8)], a,
	    draw(f, 300), b, draw(f, 4) > 0 ? f->vmm_log : a, b, a, a, b,
	    draw(f, 100000), draw(f, 100000));
	if (draw(f, 20) == 0)
		fputs("{\"msg\":\"\x1b]0;raw\x07\x9b\xff \x1b[31337m\n", log);
	fclose(log);
	f->lines++;
}

static void
press(struct fuzz *f)
{
	static const char *const keys[] = { "j", "k", "g", "G", "\r", "\x1b",
		"\x1b[A", "\x1b[B", "\x1bOA", "\x1bOB", "\x1b[5~", "\x1b[6~",
		"\x1b[", "/", "n", "N", "f", "\\", "<", ">", "i", " ", "a", "A",
		"1", "2", "3", "4", "\t", "?", "\x0c", "\x7f", "\x15", "\x17",
		"c", "cy", "y", "t", "C", "r", "l", "S", "\r\rl",
		"\x1b[<0;9;5M", "\x1b[<0;3;4M", "\x1b[<0;400;300M",
		"\x1b[<64;9;9M", "\x1b[<65;9;9M", ".", "!", "[", "]", "0", "+",
		"-", "failed\r", "took > 1s\r", "vm ~ \"^w\"\r", "((((",
		"\xe2\x96\x88", "\xff", "\xc3", "\xf0\x9f\x98\x80", "\x1b[200~",
		"\x1b]0;x\x07" };
	char one;

	if (draw(f, 3) > 0) {
		const char *k = keys[draw(f, sizeof(keys) / sizeof(keys[0]))];

		pty_type(&f->pty, k, strlen(k));
		return;
	}
	/* Any byte but those that make the terminal end or stop it, and q. */
	one = (char)draw(f, 256);
	if (one != 'q' && one != 3 && one != 4 && one != 26 && one != 28 &&
	    one != 17 && one != 19)
		pty_type(&f->pty, &one, 1);
}

static void
resize(struct fuzz *f)
{
	for (uint32_t n = draw(f, 4) == 0 ? draw(f, 20) : 1; n > 0; n--)
		pty_size(&f->pty, 1 + (int)draw(f, draw(f, 4) == 0 ? 500 : 140),
		    1 + (int)draw(f, draw(f, 4) == 0 ? 200 : 50));
}

static void
send(struct fuzz *f)
{
	static const int signals[] = { SIGWINCH, SIGCONT, SIGWINCH, SIGTSTP };
	int signo = signals[draw(f, 4)];

	kill(f->pty.pid, signo);
	if (signo == SIGTSTP) {
		drain(f, 1);
		kill(f->pty.pid, SIGCONT);
	}
}

/* Asks it to end in some way, and looks at how it did. */
static void
end_life(struct fuzz *f)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	int64_t until = pty_now_ns() + ENDS_WITHIN_NS;
	struct termios after;
	int status;

	kill(f->pty.pid, SIGCONT);
	kill(f->pty.pid, signals[draw(f, 4)]);
	while (waitpid(f->pty.pid, &status, WNOHANG) == 0) {
		drain(f, 10);
		if (pty_now_ns() < until)
			continue;
		kill(f->pty.pid, SIGABRT);
		errx(1, "it does not end");
	}
	while (drain(f, 0) > 0)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		say_tail(f);
		errx(1, "it ended with status 0x%x", (unsigned)status);
	}
	if (tcgetattr(f->pty.slave, &after) < 0 ||
	    after.c_lflag != f->pty.before.c_lflag ||
	    after.c_iflag != f->pty.before.c_iflag ||
	    after.c_oflag != f->pty.before.c_oflag)
		errx(1, "it left the terminal in another state");
	pty_close(&f->pty);
	f->lives++;
}

static void
begin_life(struct fuzz *f)
{
	f->checker.state = PLAIN;
	/* With what the life before saved, or as at first. */
	if (draw(f, 2) == 0)
		unlink(f->settings);
	pty_start(&f->pty, f->argv, 80, 24);
	/* Signals before it is ready would end it as they end any program. */
	for (int i = 0; i < 2000 && drain(f, 10) == 0; i++)
		;
}

/* What lies beside the log. */
static void
set_up(struct fuzz *f)
{
	const char *slash = strrchr(f->log, '/');
	int dir = slash != NULL ? (int)(slash - f->log) : 0;
	char path[4096];
	FILE *console;

	if (slash == NULL || slash == f->log)
		errx(2, "%s: name the log by a path of some length", f->log);
	snprintf(f->vmm_log, sizeof(f->vmm_log), "%.*s/vmm.log", dir, f->log);
	snprintf(path, sizeof(path), "%.*s/console.log", dir, f->log);
	console = fopen(path, "w");
	if (console == NULL)
		err(1, "%s", path);
	for (int i = 0; i < 40; i++)
		fprintf(console,
		    "[%d] \x1b]0;owned\x07\x1b[2J\x9b"
		    "31m \xe2\x80\xae "
		    "e\xcc\x81 \xe6\xbc\xa2 \xff\r\n",
		    i);
	fclose(console);
	snprintf(path, sizeof(path), "%.*s/settings", dir, f->log);
	setenv("XDG_CONFIG_HOME", path, 1);
	snprintf(f->settings, sizeof(f->settings),
	    "%.*s/settings/banger/bangertop.conf", dir, f->log);
	snprintf(path, sizeof(path), "%.*s/no.sock", dir, f->log);
	setenv("BANGER_SOCKET", path, 1);
}

int
main(int argc, char **argv)
{
	struct fuzz f = { 0 };
	char *child[] = { argv[1], (char[]){ "--mouse" }, (char[]){ "--file" },
		argv[2], NULL };
	uint64_t actions, seed;

	if (argc < 4)
		errx(2, "usage: pty_top PROGRAM LOG ACTIONS [SEED]");
	actions = strtoull(argv[3], NULL, 10);
	seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
	f.argv = child;
	f.log = argv[2];
	set_up(&f);
	f.random = seed * 0x9e3779b97f4a7c15ULL + 1;
	append_line(&f);
	begin_life(&f);
	for (uint64_t i = 0; i < actions; i++) {
		uint32_t what = draw(&f, 100);

		if (what < 80)
			press(&f);
		else if (what < 90)
			resize(&f);
		else
			send(&f);
		if (draw(&f, LINE_ODDS) == 0)
			append_line(&f);
		drain(&f, draw(&f, 8) == 0);
		if (draw(&f, 2000) == 0 || kill(f.pty.pid, 0) < 0) {
			end_life(&f);
			begin_life(&f);
		}
	}
	end_life(&f);
	printf("%" PRIu64 " actions, %" PRIu64 " lines, %" PRIu64
	       " lives, %" PRIu64 " bytes and %" PRIu64
	       " sequences looked at, seed %" PRIu64 ": nothing found\n",
	    actions, f.lines, f.lives, f.checker.bytes, f.checker.sequences,
	    seed);
	return 0;
}
