/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/cmd.h"

/* A program like banger, whose one function prints what it was given. */

static int
show(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "table", "json", NULL };
	unsigned long n;
	int format, r;

	r = cmd_number(ctx, "timeout", 1, 100, &n, err);
	if (r < 0)
		return r;
	r = cmd_choice(ctx, "format", formats, &format, err);
	if (r < 0)
		return r;
	if (ctx->argc > 0 && strcmp(ctx->argv[0], "fail") == 0)
		return error_set(err, -5, "no \x1b[31mVM");
	if (ctx->argc > 0 && strcmp(ctx->argv[0], "gone") == 0)
		return error_kind(err, "missing", -2, "no such file");
	if (ctx->argc > 0 && strcmp(ctx->argv[0], "three") == 0)
		return 3;
	printf("%s %s %lu %d", ctx->entry->name != NULL ? ctx->entry->name : "",
	    cmd_value(ctx, "format"), n, cmd_given(ctx, "force"));
	for (int i = 0; i < ctx->argc; i++)
		printf(" <%s>", ctx->argv[i]);
	printf("\n");
	return 0;
}

static const struct cmd_opt common[] = {
	{ 0, "format", "FORMAT", "TEST_FORMAT", "table", "Table or json." },
	{ 't', "timeout", "SEC", NULL, "60", "How long to wait." },
	CMD_OPT_END,
};
static const struct cmd_opt force[] = {
	{ 'f', "force", NULL, "TEST_FORCE", NULL, "Do it by force." },
	CMD_OPT_END,
};
static const struct cmd_entry vm_start = { "vm start", "VM [COMMAND ...]", 1,
	-1, force, "Starts a VM.", show, false };
static const struct cmd_entry start = { "start", "VM", 1, 1, force,
	"Starts a VM too.", show, false };
static const struct cmd_entry vm = { "vm", "", 0, 0, force, "All VMs.", show,
	false };
static const struct cmd_entry complete = { "complete", "KIND PREFIX", 2, 2,
	force, "Prints what fits.", show, true };
static const struct cmd_entry image_list = { "image list", "", 0, 0, force,
	"Lists images.", show, false };
static const struct cmd_entry *const entries[] = { &vm, &vm_start, &start,
	&image_list, &complete, NULL };
static const struct cmd_words completed[] = {
	{ "FORMAT", "table json" },
	{ "VM", "?vm" },
	CMD_WORDS_END,
};
static const struct cmd_exit exits[] = {
	{ 69, "missing", "There is none." },
	{ 130, NULL, "Ctrl-C cut it short." },
	CMD_EXIT_END,
};
static const struct cmd_program program = { "banger", "Runs microVMs.", "1",
	entries, common, ".Pp\nMore of it.\n", exits, completed, true };

static const struct cmd_entry lone = { NULL, "FILE ...", 1, -1, force,
	"Looks at files.", show, false };
static const struct cmd_entry *const lone_entries[] = { &lone, NULL };
static const struct cmd_program single = { "bangertop", "Looks at files.", "1",
	lone_entries, common, NULL, NULL, NULL, false };

struct outcome {
	int status;
	char out[16384], err[2048];
};

/* Moves fd to a memory file and gives a copy of what it was. */
static int
redirect(int fd, int *ret_file)
{
	int saved = dup(fd);

	*ret_file = memfd_create("out", MFD_CLOEXEC);
	assert_true(saved >= 0 && *ret_file >= 0);
	assert_true(dup2(*ret_file, fd) >= 0);
	return saved;
}

static void
restore(int fd, int saved, int file, char *text, size_t size)
{
	ssize_t n;

	dup2(saved, fd);
	close(saved);
	n = pread(file, text, size - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	close(file);
}

static int
optional_exec(struct cmd_ctx *ctx, struct error *err)
{
	(void)err;
	if (cmd_value(ctx, "from") == NULL)
		printf("(none) %d\n", ctx->argc);
	else
		printf("\"%s\" %d\n", cmd_value(ctx, "from"), ctx->argc);
	return CMD_OK;
}

static const struct cmd_opt optional_opts[] = {
	{ 0, "from", "[=PATH]", NULL, NULL, "Where from." },
	CMD_OPT_END,
};
static const struct cmd_entry optional_entry = {
	.args = "[FILE...]",
	.max = -1,
	.opts = optional_opts,
	.exec = optional_exec,
};
static const struct cmd_entry *const optional_entries[] = {
	&optional_entry,
	NULL,
};
static const struct cmd_program optional = {
	.name = "optional",
	.about = "Tests an argument that may be left out.",
	.section = "1",
	.entries = optional_entries,
};

/* Runs a program on words that are separated by blanks. */
static struct outcome
run(const struct cmd_program *p, const char *words)
{
	char line[256], *argv[16] = { NULL }, *save = NULL;
	int argc = 0, out, err, saved_out, saved_err;
	struct outcome o = { 0 };

	snprintf(line, sizeof(line), "%s %s", p->name, words);
	for (char *w = strtok_r(line, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(stdout);
	saved_out = redirect(STDOUT_FILENO, &out);
	saved_err = redirect(STDERR_FILENO, &err);
	o.status = cmd_main(p, argc, argv);
	restore(STDOUT_FILENO, saved_out, out, o.out, sizeof(o.out));
	restore(STDERR_FILENO, saved_err, err, o.err, sizeof(o.err));
	return o;
}

static void
expect(const struct cmd_program *p, const char *words, int status,
    const char *out, const char *err)
{
	struct outcome o = run(p, words);

	assert_string_equal(o.out, out);
	assert_string_equal(o.err, err);
	assert_int_equal(o.status, status);
}

static void
test_dispatch(void **state)
{
	(void)state;
	/* Two words are matched before one. */
	expect(&program, "vm start web1", 0, "vm start table 60 0 <web1>\n",
	    "");
	expect(&program, "vm", 0, "vm table 60 0\n", "");
	expect(&program, "start web1", 0, "start table 60 0 <web1>\n", "");
	expect(&single, "a b", 0, " table 60 0 <a> <b>\n", "");
}

static void
test_options(void **state)
{
	(void)state;
	expect(&program, "--format json -t 5 start web1 -f", 0,
	    "start json 5 1 <web1>\n", "");
	expect(&program, "start --force web1 --timeout=7 --form json", 0,
	    "start json 7 1 <web1>\n", "");
	expect(&program, "vm start -- -f --format", 0,
	    "vm start table 60 0 <-f> <--format>\n", "");
	expect(&single, "a -f --timeout 9 -- -t", 0, " table 9 1 <a> <-t>\n",
	    "");
}

/* An argument that may be left out is only taken behind a "=". */
static void
test_optional_argument(void **state)
{
	(void)state;
	expect(&optional, "", 0, "(none) 0\n", "");
	expect(&optional, "--from a", 0, "\"\" 1\n", "");
	expect(&optional, "--from=x a", 0, "\"x\" 1\n", "");
	expect(&optional, "--from= a", 0, "\"\" 1\n", "");
}

/* The last one given counts; then the environment; then the fallback. */
static void
test_precedence(void **state)
{
	(void)state;
	setenv("TEST_FORMAT", "json", 1);
	setenv("TEST_FORCE", "1", 1);
	expect(&program, "start a", 0, "start json 60 1 <a>\n", "");
	expect(&program, "--format json start a --format table", 0,
	    "start table 60 1 <a>\n", "");
	setenv("TEST_FORMAT", "", 1);
	setenv("TEST_FORCE", "0", 1);
	expect(&program, "start a", 0, "start table 60 0 <a>\n", "");
	setenv("TEST_FORMAT", "xml", 1);
	expect(&program, "start a", 2, "",
	    "banger: TEST_FORMAT \"xml\": use table or json\n");
	unsetenv("TEST_FORMAT");
	unsetenv("TEST_FORCE");
}

static void
test_usage_errors(void **state)
{
	static const struct {
		const char *words, *err;
	} rows[] = {
		{ "", "no command given (see banger --help)" },
		{ "x", "unknown command \"x\" (see banger --help)" },
		{ "status", "unknown command \"status\" (see banger --help)" },
		{ "strat",
		    "unknown command \"strat\" (see banger --help); "
		    "did you mean \"start\"?" },
		{ "image",
		    "\"image\" needs one more word "
		    "(see banger image --help)" },
		{ "image lst",
		    "unknown command \"image lst\" "
		    "(see banger --help); "
		    "did you mean \"image list\"?" },
		{ "--bogus",
		    "unknown option \"--bogus\" "
		    "(see banger --help)" },
		{ "vm start --bogus",
		    "unknown option \"--bogus\" "
		    "(see banger vm start --help)" },
		{ "start -z",
		    "unknown option \"-z\" "
		    "(see banger start --help)" },
		{ "start a -t", "-t needs a value" },
		{ "start a --timeout", "--timeout needs a value" },
		{ "start a --force=1", "--force takes no value" },
		{ "start a -t 0",
		    "--timeout \"0\": "
		    "not a number from 1 to 100" },
		{ "start a -t 1x",
		    "--timeout \"1x\": "
		    "not a number from 1 to 100" },
		{ "start a --format x", "--format \"x\": use table or json" },
		{ "start",
		    "too few operands "
		    "(usage: banger start [option ...] VM)" },
		{ "start a b",
		    "unexpected operand \"b\" "
		    "(usage: banger start [option ...] VM)" },
		{ "help nope",
		    "unknown command \"nope\" "
		    "(see banger --help)" },
		{ "--completion tcsh",
		    "--completion \"tcsh\": "
		    "use bash or zsh" },
	};
	char want[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(want, sizeof(want), "banger: %s\n", rows[i].err);
		expect(&program, rows[i].words, 2, "", want);
	}
}

static void
test_failures(void **state)
{
	(void)state;
	expect(&program, "start fail", 1, "", "banger: no \\x1b[31mVM\n");
	expect(&program, "start gone", 69, "", "banger: no such file\n");
	expect(&single, "gone", 1, "", "bangertop: no such file\n");
	expect(&program, "start three", 3, "", "");
	expect(&program, "a\x1b[2J", 2, "",
	    "banger: unknown command \"a\\x1b[2J\" (see banger --help)\n");
}

/* A full disk behind stdout is an error of the program. */
static void
test_stdout_full(void **state)
{
	char *argv[] = { (char[]){ "banger" }, (char[]){ "--version" }, NULL };
	char text[256];
	int full, saved, saved_err, err, status;

	(void)state;
	fflush(stdout);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	saved = dup(STDOUT_FILENO);
	dup2(full, STDOUT_FILENO);
	close(full);
	saved_err = redirect(STDERR_FILENO, &err);
	status = cmd_main(&program, 2, argv);
	restore(STDERR_FILENO, saved_err, err, text, sizeof(text));
	dup2(saved, STDOUT_FILENO);
	close(saved);
	clearerr(stdout);
	assert_int_equal(status, 1);
	assert_string_equal(text,
	    "banger: writing to standard output: "
	    "No space left on device\n");
}

static void
test_help(void **state)
{
	static const char entry_help[] =
	    "usage: banger start [option ...] VM\n"
	    "Starts a VM too.\n"
	    "\n"
	    "options:\n"
	    "  -f, --force             Do it by force. [$TEST_FORCE]\n"
	    "\n"
	    "common options:\n"
	    "      --format FORMAT     Table or json. [$TEST_FORMAT] "
	    "(default: table)\n"
	    "  -t, --timeout SEC       How long to wait. (default: 60)\n"
	    "      --help              Print this help.\n";
	struct outcome o;

	(void)state;
	unsetenv("COLUMNS");
	expect(&program, "start --help", 0, entry_help, "");
	expect(&program, "start -h", 0, entry_help, "");
	expect(&program, "help start", 0, entry_help, "");
	o = run(&program, "--help");
	assert_int_equal(o.status, 0);
	for (size_t i = 0; entries[i] != NULL; i++)
		assert_true((strstr(o.out, entries[i]->about) == NULL) ==
		    entries[i]->hidden);
	o = run(&program, "image --help");
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.out, "image list"));
	assert_null(strstr(o.out, "vm start"));
	o = run(&single, "--help");
	assert_non_null(
	    strstr(o.out, "usage: bangertop [option ...] FILE ...\n"));
	expect(&program, "--version", 0, "banger " BANGER_VERSION "\n", "");
	expect(&program, "start --version", 0, "banger " BANGER_VERSION "\n",
	    "");
}

/* Help stays within the screen. */
static void
test_help_is_wrapped(void **state)
{
	struct outcome o;

	(void)state;
	setenv("COLUMNS", "50", 1);
	o = run(&program, "start --help");
	unsetenv("COLUMNS");
	for (char *s = o.out; *s != '\0'; s += strcspn(s, "\n") + 1)
		assert_true(strcspn(s, "\n") <= 50);
	assert_non_null(strstr(o.out,
	    "\n                          [$TEST_FORMAT] (default:\n"));
}

static void
test_man(void **state)
{
	struct outcome o;

	(void)state;
	setenv("SOURCE_DATE_EPOCH", "86400", 1);
	o = run(&program, "--man");
	unsetenv("SOURCE_DATE_EPOCH");
	assert_int_equal(o.status, 0);
	assert_ptr_equal(strstr(o.out,
			     ".Dd January 2, 1970\n"
			     ".Dt BANGER 1\n.Os\n.Sh NAME\n"
			     ".Nm banger\n.Nd runs microVMs\n"),
	    o.out);
	assert_non_null(strstr(o.out,
	    ".Nm banger\n.Cm vm start\n"
	    ".Op Fl -force\n"
	    ".Ar VM Oo Ar COMMAND ... Oc\n"));
	assert_non_null(strstr(o.out, ".Pp\nMore of it.\n"));
	assert_non_null(strstr(o.out,
	    ".It Fl t , Fl -timeout Ar SEC\n"
	    "How long to wait.\n"
	    "The default is\n.Dq 60 .\n"));
	assert_non_null(strstr(o.out, ".It Ev TEST_FORMAT\n"));
	assert_non_null(strstr(o.out,
	    ".It 69\nThere is none.\n.It 130\nCtrl-C cut it short.\n.El\n"));
	/* Each variable is listed once, though four entries have it. */
	assert_null(strstr(strstr(o.out, ".It Ev TEST_FORCE\n") + 1,
	    ".It Ev TEST_FORCE\n"));
}

static void
test_completion(void **state)
{
	struct outcome o;

	(void)state;
	o = run(&program, "--completion bash");
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.out,
	    "all='vm start image help' opts='--format --timeout --help "
	    "--version' ;;"));
	assert_non_null(strstr(o.out, "'image')\n\t\tall='list' ;;"));
	assert_non_null(strstr(o.out,
	    "'vm start'|'vm start '*)\n\t\task='vm' "
	    "opts='--force --format --timeout --help' ;;"));
	assert_non_null(strstr(o.out, "--format) all='table json' ;;"));
	assert_null(strstr(o.out, "'complete'"));
	assert_non_null(
	    strstr(o.out, "complete -o default -F _banger banger\n"));
	o = run(&single, "--completion zsh");
	assert_ptr_equal(strstr(o.out, "#compdef bangertop\n"), o.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dispatch),
		cmocka_unit_test(test_optional_argument),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_usage_errors),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_stdout_full),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_is_wrapped),
		cmocka_unit_test(test_man),
		cmocka_unit_test(test_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
