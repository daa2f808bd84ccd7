/* SPDX-License-Identifier: ISC */
/*
 * Prints what the tables say as Markdown, so that docs/ cannot say otherwise:
 * gen_docs events (events.def, fields.def), methods (methods.def, privops.def,
 * codes.def) or config (config.def); and the configuration file that is
 * installed: gen_docs bangerd.conf.
 */
#include <stdio.h>
#include <string.h>

#include "../../daemon/config.h"
#include "base/cleanup.h"
#include "wire/event.h"

struct method {
	const char *name, *kind, *subject, *params, *about;
};

static const struct method methods[] = {
#define METHOD(id, name, fn, kind, subject, params, about) \
	{ name, #kind, #subject, params, about },
#include "wire/methods.def"
#undef METHOD
};

static const struct method privops[] = {
#define PRIVOP(id, name, fn, params, about) { name, "", "", params, about },
#include "wire/privops.def"
#undef PRIVOP
};

static const struct {
	const char *name, *about;
} codes[] = {
#define CODE(id, name, about) { name, about },
#include "wire/codes.def"
#undef CODE
};

/* The word's sentence, from a list of pairs that ends in NULL. */
static const char *
gloss(const char *const (*words)[2], const char *word)
{
	while ((*words)[0] != NULL && strcmp((*words)[0], word) != 0)
		words++;
	return (*words)[1];
}

/* ---- events -------------------------------------------------------------- */

/* The row's attributes, with one word for all that name the subject. */
static void
print_attributes(const uint8_t *slot)
{
	bool subject = false;
	const char *between = "";

	for (; *slot != EVENT_SLOT_END; slot++) {
		if (*slot == EVENT_SLOT_EXTRA) {
			printf("%s*extras*", between);
		} else if (!field_is_subject((enum field_id) * slot)) {
			printf("%s`%s`", between,
			    field_key((enum field_id) * slot));
		} else if (!subject) {
			printf("%s*subject*", between);
			subject = true;
		} else {
			continue;
		}
		between = ", ";
	}
}

static void
print_event_rows(void)
{
	const struct event_info *info;
	char level[16];

	puts("| msg | level | by | attributes, in order | meaning |\n"
	     "|---|---|---|---|---|");
	for (int k = EVENT_OTHER + 1; k < EVENT_MAX; k++) {
		info = event_info((enum event_kind)k);
		line_format_level(info->level, level);
		printf("| `%s` | %s | %s | ", info->msg, level,
		    strcmp(info->by, "both") == 0 ? "bangerd, banger-helper"
						  : info->by);
		print_attributes(info->fields);
		printf(" | %s |\n", info->about);
	}
}

static void
print_field_rows(void)
{
	static const char *const types[] = {
		[FIELD_STR] = "string",
		[FIELD_INT] = "whole number",
		[FIELD_MS] = "milliseconds, with microseconds as a fraction",
	};

	puts("| attribute | type | of the subject |\n|---|---|---|");
	for (int i = 0; i < FIELD_MAX; i++)
		printf("| `%s` | %s | %s |\n", field_key((enum field_id)i),
		    types[field_type((enum field_id)i)],
		    field_is_subject((enum field_id)i) ? "yes" : "");
}

static void
print_events(void)
{
	puts("# Log events\n\n"
	     "Made by `make docs` from `lib/wire/events.def` and "
	     "`lib/wire/fields.def`; edit those.\n\n"
	     "Each line is one JSON object: `time`, `level`, `msg`, `run` and "
	     "`seq`, then the attributes of its row.\n"
	     "An attribute without a value is left out.\n"
	     "*subject* stands for the attributes that say what the operation "
	     "is about, in the order of the second table; *extras* for those "
	     "that only one stage or method has.\n");
	print_event_rows();
	puts("\n## Attributes\n");
	print_field_rows();
}

/* ---- methods ------------------------------------------------------------- */

/* Parameters as code; in brackets are those that may be left out. */
static void
print_params(const char *params)
{
	const char *between = "";
	size_t n;

	for (; *params != '\0'; params += n) {
		n = strcspn(params, " ");
		printf("%s`%.*s`", between, (int)n, params);
		between = " ";
		n += strspn(params + n, " ");
	}
}

static void
print_methods(void)
{
	static const char *const kinds[][2] = { { "NOW", "read" },
		{ "READ", "read" }, { "STREAM", "stream" },
		{ "OP", "operation" }, { NULL, "" } };
	static const char *const subjects[][2] = { { "VM", "the VM `vm`" },
		{ "NEW_VM", "a new VM" }, { "NEW_IMAGE", "a new image" },
		{ NULL, "" } };

	puts("# RPC methods\n\n"
	     "Made by `make docs` from `lib/wire/methods.def`, "
	     "`lib/wire/privops.def` and `lib/wire/codes.def`; edit those.\n"
	     "Parameters in brackets may be left out.\n\n"
	     "## bangerd\n\n"
	     "A *read* method only looks, a *stream* does so over time; an "
	     "*operation* has stages and an end in the log.\n\n"
	     "| method | kind | parameters | about | meaning |\n"
	     "|---|---|---|---|---|");
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		printf("| `%s` | %s | ", methods[i].name,
		    gloss(kinds, methods[i].kind));
		print_params(methods[i].params);
		printf(" | %s | %s |\n", gloss(subjects, methods[i].subject),
		    methods[i].about);
	}
	puts("\n## banger-helper\n\n"
	     "These are all the things that are done as root; bangerd alone "
	     "may ask for them.\n\n"
	     "| method | parameters | meaning |\n|---|---|---|");
	for (size_t i = 0; i < ARRAY_LEN(privops); i++) {
		printf("| `%s` | ", privops[i].name);
		print_params(privops[i].params);
		printf(" | %s |\n", privops[i].about);
	}
	puts("\n## Error codes\n\n| code | given when |\n|---|---|");
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		printf("| `%s` | %s |\n", codes[i].name, codes[i].about);
}

/* ---- configuration ------------------------------------------------------- */

static void
print_config(void)
{
	const struct conf_key *key;

	puts("# The configuration of bangerd\n\n"
	     "Made by `make docs` from `daemon/config.def`; edit that.\n\n"
	     "`" CONFIG_FILE "`, or the file that `bangerd --config` names, "
	     "has lines of the form `KEY = VALUE`; blank ones, and those that "
	     "begin with `#`, say nothing.\n"
	     "Each key may stand there once, and one that does not has its "
	     "default.\n"
	     "It is read when the daemon starts; one that is not understood "
	     "is refused, with the lines that are wrong.\n"
	     "`bangerd --check-config` says beforehand whether it is.\n"
	     "An option of the command line goes before the file.\n\n"
	     "A duration is written as `60s`, `1min 30s` or `500ms`.\n\n"
	     "| key | value | default | meaning |\n|---|---|---|---|");
	for (size_t i = 0; (key = config_key(i)) != NULL; i++) {
		_cleanup_buf_ struct buf value = BUF_INIT;

		conf_describe(key, &value);
		printf("| `%s` | %s | %s | %s |\n", key->name, buf_str(&value),
		    key->fallback != NULL ? key->fallback : "none", key->about);
	}
	puts("\n## Deadlines\n\n"
	     "A stage that takes longer than its `deadline.STAGE` ends the "
	     "operation with the code `timeout`, and what was made so far is "
	     "taken away again.\n"
	     "`guest_shutdown` and `vmm_quit` do not: there the next, less "
	     "gentle means is due.\n"
	     "A stage without a key asks only the helper or the disk; a call "
	     "to the helper takes no longer than `helper_call` anywhere.");
}

static void
print_config_file(void)
{
	const struct conf_key *key;

	puts("# Configuration of bangerd; see bangerd.conf(5).  What is "
	     "commented out is the\n"
	     "# default.  bangerd --check-config looks whether it is "
	     "understood.");
	for (size_t i = 0; (key = config_key(i)) != NULL; i++) {
		_cleanup_buf_ struct buf value = BUF_INIT;

		conf_describe(key, &value);
		printf("\n# %s\n# (%s)\n#%s =%s%s\n", key->about,
		    buf_str(&value), key->name,
		    key->fallback != NULL ? " " : "",
		    key->fallback != NULL ? key->fallback : "");
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "events") == 0) {
		print_events();
	} else if (argc == 2 && strcmp(argv[1], "methods") == 0) {
		print_methods();
	} else if (argc == 2 && strcmp(argv[1], "config") == 0) {
		print_config();
	} else if (argc == 2 && strcmp(argv[1], "bangerd.conf") == 0) {
		print_config_file();
	} else {
		fputs("usage: gen_docs events|methods|config|bangerd.conf\n",
		    stderr);
		return 2;
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
