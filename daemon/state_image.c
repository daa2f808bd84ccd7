/* SPDX-License-Identifier: ISC */
#include "base/mem.h"
#include "image.h"
#include "state_int.h"

int
state_image_save(struct state *st, const struct image *image, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st, "INSERT INTO image VALUES (?,?,?,?,?,?)", &stmt,
	    err);
	if (rc == 0) {
		state__text(stmt, &pos, image->id);
		state__text(stmt, &pos, image->name);
		state__text(stmt, &pos, image->cmdline);
		state__int(stmt, &pos, image->has_initrd);
		state__int(stmt, &pos, image->rootfs_bytes);
		state__int(stmt, &pos, image->created_ns);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

static struct image *
state__image(sqlite3_stmt *stmt)
{
	struct image *im = xcalloc(1, sizeof(*im));
	int pos = 0;

	im->id = state__column(stmt, &pos);
	im->name = state__column(stmt, &pos);
	im->cmdline = state__column(stmt, &pos);
	im->has_initrd = sqlite3_column_int(stmt, pos++) != 0;
	im->rootfs_bytes = sqlite3_column_int64(stmt, pos++);
	im->created_ns = sqlite3_column_int64(stmt, pos++);
	return im;
}

int
state_image_find(struct state *st, const char *ref, struct image **ret,
    struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "SELECT * FROM image WHERE name = ?1 OR id = ?1", &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, ref);
		switch (sqlite3_step(stmt)) {
		case SQLITE_ROW:
			*ret = state__image(stmt);
			break;
		case SQLITE_DONE:
			rc = 1;
			break;
		default:
			rc = state__fail(st, err);
		}
	}
	return rc;
}

int
state_image_load(struct state *st, void (*fn)(void *arg, struct image *image),
    void *arg, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st, "SELECT * FROM image ORDER BY created_ns",
	    &stmt, err);
	if (rc == 0) {
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			fn(arg, state__image(stmt));
		rc = rc == SQLITE_DONE ? 0 : state__fail(st, err);
	}
	return rc;
}

int
state_image_delete(struct state *st, const char *image_id, struct error *err)
{
	_state_locked_(st);

	return state__delete(st, "DELETE FROM image WHERE id = ?", image_id,
	    err);
}
