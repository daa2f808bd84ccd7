/* SPDX-License-Identifier: ISC */
#include "ref.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#include "bangerlog.h"

/* Candidates that are listed when a prefix fits several. */
#define REF_CANDIDATES 20

/* Says which operations the prefix could mean. */
static void
ref__ambiguous(const char *ref, const struct query_rows *rows)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	size_t shown = rows->n < REF_CANDIDATES ? rows->n : REF_CANDIDATES;

	buf_puts(&out, "bangerlog: \"");
	text_escape(&out, ref, strlen(ref), false);
	buf_puts(&out, "\" could be any of\n");
	for (size_t i = 0; i < shown; i++) {
		const struct query_row *row = &rows->rows[i];
		const char *name = row->name != NULL ? row->name : "?";
		const char *vm = row->vm_name != NULL ? row->vm_name : "";

		buf_printf(&out, "  %s  ", row->op_id);
		text_escape(&out, name, strlen(name), false);
		buf_putc(&out, ' ');
		text_escape(&out, vm, strlen(vm), false);
		buf_printf(&out, "%s%s\n", vm[0] != '\0' ? " " : "",
		    row->status);
	}
	if (rows->n > shown)
		buf_puts(&out, "  and others\n");
	fputs(buf_str(&out), stderr);
}

int
ref_find(struct store *s, const char *ref, struct query_rows *ret,
    struct error *err)
{
	if (query_match(s, ref, REF_CANDIDATES + 1, ret, err) < 0)
		return -1;
	if (ret->n > 1) {
		ref__ambiguous(ref, ret);
		return CMD_USAGE;
	}
	if (ret->n == 0)
		return error_set(err, -1,
		    "no operation \"%s\" in %s; if its log is newer than the "
		    "index: bangerlog index --db %s FILE...",
		    ref, store_path(s), store_path(s));
	return CMD_OK;
}
