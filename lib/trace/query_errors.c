/* SPDX-License-Identifier: ISC */
#include "trace/query_errors.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "trace/mask.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

/* As in the condition of the index op_failed. */
#define ERRORS_ALSO "error IS NOT NULL OR status = 'failed'"

/* A family while it is gathered. */
struct family {
	struct error_family f;
	int64_t records; /* of the example */
	struct map *vms;
};

struct gather {
	struct map *families;
	struct mask *mask;
	struct buf text, key;
};

static void
errors__free(struct error_family *f)
{
	free(f->operation);
	free(f->stage);
	free(f->text);
	free(f->example);
	free(f->example_text);
	for (size_t i = 0; i < ERRORS_VMS; i++)
		free(f->vms[i]);
}

static void
errors__free_family(void *p)
{
	struct family *family = p;

	errors__free(&family->f);
	map_free(family->vms);
	free(family);
}

static void
errors__done(struct gather *g)
{
	map_free(g->families);
	mask_free(g->mask);
	buf_done(&g->text);
	buf_done(&g->key);
}

void
error_families_done(struct error_families *f)
{
	for (size_t i = 0; i < f->n; i++)
		errors__free(&f->families[i]);
	free(f->families);
	*f = (struct error_families){ NULL, 0 };
}

static char *
errors__dup(const char *text)
{
	return text != NULL && text[0] != '\0' ? xstrdup(text) : NULL;
}

/* The one of that name; the text is masked already. */
static struct family *
errors__family(struct gather *g, const char *operation, const char *stage,
    const char *text)
{
	struct family *family;

	if (operation == NULL)
		operation = "";
	if (stage == NULL)
		stage = "";
	buf_reset(&g->key);
	buf_printf(&g->key, "%zu:%zu:%s%s%s", strlen(operation), strlen(stage),
	    operation, stage, text);
	family = map_find(g->families, buf_str(&g->key));
	if (family == NULL) {
		family = xcalloc(1, sizeof(*family));
		family->f.operation = errors__dup(operation);
		family->f.stage = errors__dup(stage);
		family->f.text = xstrdup(text);
		family->f.first_ns = INT64_MAX;
		family->f.last_ns = INT64_MIN;
		family->vms = map_new(NULL);
		map_put(g->families, buf_str(&g->key), family);
	}
	return family;
}

static void
errors__vm(struct family *family, const char *vm)
{
	if (vm == NULL || map_find(family->vms, vm) != NULL)
		return;
	map_put(family->vms, vm, STORE_PRESENT);
	if (family->f.n_vms < ERRORS_VMS)
		family->f.vms[family->f.n_vms] = xstrdup(vm);
	family->f.n_vms++;
}

static void
errors__seen(struct family *family, int64_t first_ns, int64_t last_ns)
{
	if (first_ns < family->f.first_ns)
		family->f.first_ns = first_ns;
	if (last_ns > family->f.last_ns)
		family->f.last_ns = last_ns;
}

#define ERRORS_COLUMNS                                                \
	"operation, stage, error, last_ns, vm_name, op_id, records, " \
	"vm_id, image_name FROM op "

/* The masked text of a row of these. */
static const char *
errors__mask(struct gather *g, sqlite3_stmt *st)
{
	const char *text = (const char *)sqlite3_column_text(st, 2);
	const char *const names[] = { (const char *)sqlite3_column_text(st, 4),
		(const char *)sqlite3_column_text(st, 7),
		(const char *)sqlite3_column_text(st, 8) };

	buf_reset(&g->text);
	mask_text(g->mask, text != NULL ? text : "", names, ARRAY_LEN(names),
	    &g->text);
	return buf_str(&g->text);
}

static void
errors__op(void *arg, struct sqlite3_stmt *st)
{
	struct gather *g = arg;
	int64_t at = sqlite3_column_int64(st, 3),
		records = sqlite3_column_int64(st, 6);
	struct family *family = errors__family(g,
	    (const char *)sqlite3_column_text(st, 0),
	    (const char *)sqlite3_column_text(st, 1), errors__mask(g, st));

	family->f.n++;
	errors__seen(family, at, at);
	errors__vm(family, (const char *)sqlite3_column_text(st, 4));
	/* They come newest first. */
	if (records <= family->records)
		return;
	family->records = records;
	xset(&family->f.example, (const char *)sqlite3_column_text(st, 5));
	xset(&family->f.example_text, (const char *)sqlite3_column_text(st, 2));
}

/* Adds what was pruned, or only tells when it was. */
static int
errors__pruned(struct store *s, struct gather *g, bool count, struct error *err)
{
	struct family *family;
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT operation, stage, text, n, first_ns, last_ns FROM "
		"pruned_error",
		&st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		family = errors__family(g,
		    (const char *)sqlite3_column_text(st, 0),
		    (const char *)sqlite3_column_text(st, 1),
		    (const char *)sqlite3_column_text(st, 2));
		if (count)
			family->f.n += sqlite3_column_int64(st, 3);
		errors__seen(family, sqlite3_column_int64(st, 4),
		    sqlite3_column_int64(st, 5));
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading what was pruned");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static int
errors__by_n(const void *a, const void *b)
{
	const struct error_family *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	if (x->last_ns != y->last_ns)
		return x->last_ns > y->last_ns ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void
errors__take(struct gather *g, int64_t new_ns, struct error_families *ret)
{
	struct family *family;
	size_t pos = 0;

	ret->families = xcalloc(map_len(g->families) + 1,
	    sizeof(*ret->families));
	while ((family = map_next(g->families, &pos, NULL)) != NULL) {
		if (family->f.n == 0 || family->f.first_ns < new_ns)
			continue;
		ret->families[ret->n++] = family->f;
		memset(&family->f, 0, sizeof(family->f));
	}
	qsort(ret->families, ret->n, sizeof(*ret->families), errors__by_n);
}

int
query_errors(struct store *s, const struct errors_want *want,
    struct error_families *ret, struct error *err)
{
	_cleanup_(errors__done) struct gather g = { 0 };
	bool all = want->ops.since_ns == INT64_MIN &&
	    want->ops.until_ns == INT64_MAX && want->ops.filter == NULL;
	int rc;

	g.families = map_new(errors__free_family);
	g.mask = mask_new();
	if (store_exec(s, "BEGIN", err) < 0)
		return -EIO;
	rc = query_scan(s, &want->ops, ERRORS_COLUMNS, ERRORS_ALSO,
	    QUERY_NEWEST, errors__op, &g, err);
	if (rc == 0 && (all || want->new_ns != INT64_MIN))
		rc = errors__pruned(s, &g, all, err);
	if (store_exec(s, "COMMIT", rc == 0 ? err : NULL) < 0 || rc < 0)
		return rc < 0 ? rc : -EIO;
	errors__take(&g, want->new_ns, ret);
	return 0;
}
