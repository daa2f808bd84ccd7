/* SPDX-License-Identifier: ISC */
#include "ref.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include "bangerlog.h"

/* Candidates that are listed when a prefix fits several. */
#define REF_CANDIDATES 20
#define REF_BACK_MAX 1000000

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

/* ---- what may have been meant ------------------------------------------- */

/* The newest operations are looked through. */
#define REF_NEAR_ROWS 10000

/* Edits to the name, or to the id as far as the reference goes. */
static size_t
ref__distance(const char *ref, const char *name, bool beginning)
{
	char cut[TEXT_DISTANCE_MAX + 1];
	size_t len = strlen(ref);

	if (name == NULL || len >= sizeof(cut))
		return SIZE_MAX;
	if (!beginning)
		return text_distance(ref, name);
	snprintf(cut, sizeof(cut), "%.*s", (int)len, name);
	return text_distance(ref, cut);
}

/* Adds to err the id, or "vm:" and the VM, that is most like what was asked. */
static void
ref__suggest(struct store *s, const char *ref, bool vm, struct error *err)
{
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	struct query_want want = QUERY_WANT_INIT;
	const char *digits = strncmp(ref, "op-", 3) == 0 ? ref + 3 : ref;
	const char *near = NULL;
	bool near_vm = false;
	size_t least = 3, d; /* more edits than two are another word */

	want.limit = REF_NEAR_ROWS;
	want.everything = true;
	if (query_find(s, &want, &rows, NULL) < 0)
		return;
	for (size_t i = 0; i < rows.n; i++) {
		const struct query_row *row = &rows.rows[i];

		d = ref__distance(ref, row->vm_name, false);
		/* A VM's name alone is a likely slip, a similar one is not. */
		if (d < least && d < strlen(ref) && (vm || d == 0)) {
			least = d;
			near = row->vm_name;
			near_vm = true;
		}
		/* Without the "op-" that all of them have. */
		d = vm ? SIZE_MAX : ref__distance(digits, row->op_id + 3, true);
		if (d < least && 2 * d < strlen(digits)) {
			least = d;
			near = row->op_id;
			near_vm = false;
		}
	}
	if (near != NULL)
		error_hint(err, "did you mean \"%s%s\"?", near_vm ? "vm:" : "",
		    near);
	else
		error_hint(err,
		    "if its log is newer than the index: "
		    "bangerlog index --db %s FILE...",
		    store_path(s));
}

/* ---- the newest of some ------------------------------------------------ */

/* The VM of that name, in the filter language. */
static void
ref__of_vm(const char *name, struct buf *out)
{
	_cleanup_buf_ struct buf quoted = BUF_INIT;

	buf_putc(&quoted, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_putc(&quoted, '\\');
		buf_putc(&quoted, *name);
	}
	buf_putc(&quoted, '"');
	buf_printf(out, "vm = %s or vm_id = %s", buf_str(&quoted),
	    buf_str(&quoted));
}

/*
 * Takes "^N" off the end.  1: it was there, 0: it was not, negative: what
 * stands behind the ^ is no number.
 */
static int
ref__back(char *ref, size_t *ret, struct error *err)
{
	char *caret = strrchr(ref, '^');
	uint64_t n;

	if (caret == NULL)
		return 0;
	if (!text_parse_u64(caret + 1, 0, REF_BACK_MAX, &n))
		return cmd_usage_error(err,
		    "\"%s\": a number from 0 to %d is wanted behind the ^", ref,
		    REF_BACK_MAX);
	*caret = '\0';
	*ret = n;
	return 1;
}

/* The one that lies `back` before the newest of those that match. */
static int
ref__newest(struct store *s, const char *expression, size_t back,
    struct query_rows *ret, struct error *err)
{
	_cleanup_(filter_freep) struct filter *f = NULL;
	struct query_want want = QUERY_WANT_INIT;
	size_t at;

	if (expression[0] != '\0' &&
	    filter_parse(expression, 0, &f, &at, err) < 0)
		return -1;
	want.limit = 1;
	want.skip = back;
	want.filter = f;
	return query_find(s, &want, ret, err) < 0 ? -1 : CMD_OK;
}

/* ---- all forms --------------------------------------------------------- */

/* An id, or the beginning of one. */
static int
ref__id(struct store *s, const char *ref, struct query_rows *ret,
    struct error *err)
{
	if (query_match(s, ref, REF_CANDIDATES + 1, ret, err) < 0)
		return -1;
	if (ret->n > 1) {
		ref__ambiguous(ref, ret);
		return CMD_USAGE;
	}
	if (ret->n == 0) {
		error_set(err, -1, "no operation \"%s\" in %s", ref,
		    store_path(s));
		ref__suggest(s, ref, false, err);
		return -1;
	}
	return CMD_OK;
}

int
ref_find(struct store *s, const char *ref, struct query_rows *ret,
    struct error *err)
{
	_cleanup_free_ char *base = xstrdup(ref);
	_cleanup_buf_ struct buf expression = BUF_INIT;
	bool vm = strncmp(ref, "vm:", 3) == 0;
	size_t back = 0;
	int has_back = ref__back(base, &back, err);

	if (has_back < 0)
		return has_back;
	if (strcmp(base, "last-failed") == 0)
		buf_puts(&expression, "failed");
	else if (vm)
		ref__of_vm(base + 3, &expression);
	else if (has_back > 0 && base[0] != '\0' && strcmp(base, "last") != 0)
		return cmd_usage_error(err,
		    "\"%s\": ^ goes behind last, last-failed or vm:NAME, or "
		    "stands alone",
		    ref);
	else if (has_back == 0 && strcmp(base, "last") != 0)
		return ref__id(s, ref, ret, err);
	if (ref__newest(s, buf_str(&expression), back, ret, err) < 0)
		return -1;
	if (ret->n > 0)
		return CMD_OK;
	error_set(err, -1, "no operation \"%s\" in %s", ref, store_path(s));
	if (vm && back == 0)
		ref__suggest(s, base + 3, true, err);
	return -1;
}
