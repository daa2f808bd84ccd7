/* SPDX-License-Identifier: ISC */
/* daemon/state: files of other versions are brought up to date, or refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../daemon/image.h"
#include "../../daemon/op.h"
#include "../../daemon/snapshot.h"
#include "../../daemon/state.h"
#include "../../daemon/vm.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"

#define V1 "tests/data/bangerd-v1.sql"
#define V2 "tests/data/bangerd-v2.sql"

struct fixture {
	char dir[64];
	char *db;
};

/* Of whoever holds a VM; here nobody does. */
const struct opid *
op_id(const struct op *op)
{
	(void)op;
	return NULL;
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/bgstate.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	f->db = xasprintf("%s/bangerd.db", f->dir);
	*state = f;
	return 0;
}

/* The directory is empty again. */
static void
clear(const struct fixture *f)
{
	static const char *const names[] = { "lock", "bangerd.db",
		"bangerd.db-wal", "bangerd.db-shm" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", f->dir,
		    names[i]);

		unlink(path);
	}
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int rc;

	clear(f);
	rc = rmdir(f->dir);
	free(f->db);
	free(f);
	return rc;
}

/* Changes the file behind bangerd's back. */
static void
change(const struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int64_t
ask(const struct fixture *f, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t answer;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

/* Makes bangerd.db of the SQL that is in the file. */
static void
make_old(const struct fixture *f, const char *sql_path)
{
	_cleanup_buf_ struct buf sql = BUF_INIT;
	FILE *in = fopen(sql_path, "re");
	char chunk[4096];
	size_t n;

	assert_non_null(in);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_put(&sql, chunk, n);
	fclose(in);
	change(f, buf_str(&sql));
}

static struct state *
open_state(const struct fixture *f)
{
	struct error err = ERROR_INIT;
	struct state *st = NULL;

	if (state_open(f->dir, &st, &err) < 0)
		fail_msg("%s", err.text);
	return st;
}

/* ---- what was in them ------------------------------------------------------
 */

/* What version 1 did not know has its value from the image, or none. */
static void
check_vm_1(void *arg, struct vm *vm)
{
	static const struct {
		const char *id, *name;
		int64_t slot, disk_bytes, stopped_ns;
	} want[] = {
		{ "vm-1", "web1", 7, 67108864, 11 },
		{ "vm-2", "web2", 8, 0, 12 },
	};
	int *n = arg;

	assert_true(*n < (int)ARRAY_LEN(want));
	assert_string_equal(vm->id, want[*n].id);
	assert_string_equal(vm->name, want[*n].name);
	assert_int_equal(vm->slot, want[*n].slot);
	assert_int_equal(vm->disk_bytes, want[*n].disk_bytes);
	assert_int_equal(vm->stopped_ns, want[*n].stopped_ns);
	assert_string_equal(vm->cmdline, "");
	assert_string_equal(vm->ports, "");
	assert_string_equal(vm->ssh_key, "");
	assert_null(vm->console_socket);
	(*n)++;
	vm_free(vm);
}

/* What version 2 knew stays as it was. */
static void
check_vm_2(void *arg, struct vm *vm)
{
	int *n = arg;

	assert_string_equal(vm->id, "vm-1");
	assert_int_equal(vm->slot, 7);
	assert_int_equal(vm->disk_bytes, 1 << 30);
	assert_int_equal(vm->stopped_ns, 99);
	assert_int_equal(vm->console_from, 4096);
	assert_string_equal(vm->cmdline, "quiet");
	assert_string_equal(vm->ports, "8080:80/tcp");
	assert_string_equal(vm->ssh_key, "ssh-ed25519 AAAA");
	assert_string_equal(vm->console_socket, "/r/console.sock");
	(*n)++;
	vm_free(vm);
}

static void
check_snapshot(void *arg, struct snapshot *s)
{
	int *n = arg;

	assert_string_equal(s->id, "snap-1");
	assert_string_equal(s->name, "before");
	assert_int_equal(s->bytes, 4096);
	(*n)++;
	free(s->id);
	free(s->vm_id);
	free(s->name);
	free(s);
}

static void
check_op(void *arg, const struct state_op *op)
{
	int *n = arg;

	assert_string_equal(op->op_id, "op-1");
	assert_string_equal(op->vm_id, "vm-1");
	assert_int_equal(op->calls, 4);
	(*n)++;
}

static void
check_history(void *arg, const char *operation, int64_t duration_ns)
{
	int *n = arg;

	assert_string_equal(operation, "vm.start");
	assert_int_equal(duration_ns, 5);
	(*n)++;
}

/* ---- older ones ------------------------------------------------------------
 */

/* Brought up to date once, by the first of two starts. */
static void
expect_up_to_date(struct fixture *f, const char *file,
    void (*check_vm)(void *arg, struct vm *vm), int n_vms, int n_snapshots)
{
	make_old(f, file);
	for (int i = 0; i < 2; i++) {
		int vms = 0, snapshots = 0, ops = 0, past = 0;
		struct image *im = NULL;
		struct state *st = open_state(f);

		assert_int_equal(state_vm_load(st, check_vm, &vms, NULL), 0);
		assert_int_equal(vms, n_vms);
		assert_int_equal(state_snapshot_load(st, "vm-1", check_snapshot,
				     &snapshots, NULL),
		    0);
		assert_int_equal(snapshots, n_snapshots);
		assert_int_equal(state_op_load(st, check_op, &ops, NULL), 0);
		assert_int_equal(ops, 1);
		assert_int_equal(state_image_find(st, "tiny", &im, NULL), 0);
		assert_int_equal(im->rootfs_bytes, 67108864);
		image_free(im);
		assert_int_equal(state_history_load(st, check_history, &past,
				     NULL),
		    0);
		assert_int_equal(past, i);
		/* Neither had a place for this. */
		state_history_add(st, "vm.start", 5);
		state_free(st);
	}
	assert_int_equal(ask(f, "PRAGMA user_version"), 3);
}

static void
test_version_1(void **state)
{
	expect_up_to_date(*state, V1, check_vm_1, 2, 0);
}

static void
test_version_2(void **state)
{
	expect_up_to_date(*state, V2, check_vm_2, 1, 1);
}

/* A step that cannot be done whole is not done at all. */
static void
test_step_fails(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct state *st = NULL;

	make_old(f, V1);
	/* The second of the step's changes finds its name taken. */
	change(f, "ALTER TABLE vm ADD COLUMN cmdline TEXT");
	assert_true(state_open(f->dir, &st, &err) < 0);
	assert_null(st);
	assert_non_null(strstr(err.text, "from version 1"));
	assert_int_equal(ask(f, "PRAGMA user_version"), 1);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM pragma_table_info('vm') "
			     "WHERE name = 'disk_bytes'"),
	    0);
	change(f, "ALTER TABLE vm DROP COLUMN cmdline");
	state_free(open_state(f));
	assert_int_equal(ask(f, "PRAGMA user_version"), 3);
}

/* ---- a newer one -----------------------------------------------------------
 */

static void
test_newer(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct state *st = NULL;

	state_free(open_state(f));
	change(f, "PRAGMA user_version=99");
	assert_int_equal(state_open(f->dir, &st, &err), -EPROTO);
	assert_null(st);
	assert_string_equal(err.text,
	    "bangerd.db was written by a newer bangerd (version 99, this one "
	    "knows 3); upgrade bangerd");
	assert_int_equal(ask(f, "PRAGMA user_version"), 99);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_version_1, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_version_2, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_step_fails, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_newer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
