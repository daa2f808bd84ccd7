/* SPDX-License-Identifier: ISC */
#include "ext4_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

#include "confine.h"

#define EXT4_BLOCK 4096
#define EXT4_BYTES_PER_INODE 16384
#define EXT4_NAME_MAX 12
#define EXT4_LABEL "banger-work"

enum ext4_step {
	EXT4_STEP_REQUEST,
	EXT4_STEP_CONFINE,
	EXT4_STEP_OPEN,
	EXT4_STEP_JUDGE,
	EXT4_STEP_WRITE,
	EXT4_STEP_CLOSE,
	EXT4_STEP_VERIFY,
	EXT4_STEP_MAX
};

static const char *const ext4__step_names[EXT4_STEP_MAX] = {
	[EXT4_STEP_REQUEST] = "taking the request",
	[EXT4_STEP_CONFINE] = "confining the parser",
	[EXT4_STEP_OPEN] = "opening the file system",
	[EXT4_STEP_JUDGE] = "the file system was not left clean",
	[EXT4_STEP_WRITE] = "writing",
	[EXT4_STEP_CLOSE] = "closing the file system",
	[EXT4_STEP_VERIFY] = "reading back",
};

/* A version 4 UUID (RFC 4122). */
static void
ext4__uuid(uint8_t out[16])
{
	if (getrandom(out, 16, 0) != 16)
		memset(out, 0, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

/*
 * A name by which unixfd_io_manager takes the disk: the number of a descriptor
 * of its own, since it closes that with the file system.
 */
static errcode_t
ext4__name(char out[EXT4_NAME_MAX])
{
	int fd = fcntl(EXT4_FD_DISK, F_DUPFD_CLOEXEC, EXT4_FD_RESULT + 1);

	if (fd < 0)
		return errno;
	snprintf(out, EXT4_NAME_MAX, "%d", fd);
	return 0;
}

errcode_t
ext4__open(int flags, ext2_filsys *ret)
{
	char name[EXT4_NAME_MAX];
	errcode_t e = ext4__name(name);

	if (e != 0)
		return e;
	return ext2fs_open(name, flags | EXT2_FLAG_64BITS, 0, 0,
	    unixfd_io_manager, ret);
}

/* ---- making one --------------------------------------------------------- */

/* The reserved inodes and the two directories that every ext4 has. */
static errcode_t
ext4__populate(ext2_filsys fs)
{
	errcode_t e;
	ext2_ino_t ino;

	e = ext2fs_mkdir(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, NULL);
	for (ino = 1; ino < EXT2_FIRST_INODE(fs->super); ino++)
		if (ino != EXT2_ROOT_INO)
			ext2fs_inode_alloc_stats2(fs, ino, 1, 0);
	if (e == 0)
		e = ext2fs_mkdir(fs, EXT2_ROOT_INO, 0, "lost+found");
	return e;
}

static errcode_t
ext4__format(uint64_t size)
{
	char name[EXT4_NAME_MAX];
	struct ext2_super_block p;
	ext2_filsys fs = NULL;
	errcode_t e, closed;
	int journal;

	memset(&p, 0, sizeof(p));
	p.s_rev_level = EXT2_DYNAMIC_REV;
	p.s_log_block_size = 2; /* EXT4_BLOCK */
	p.s_log_cluster_size = 2;
	p.s_inode_size = 256;
	p.s_inodes_count = (uint32_t)(size / EXT4_BYTES_PER_INODE);
	ext2fs_blocks_count_set(&p, size / EXT4_BLOCK);
	p.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE |
	    EXT3_FEATURE_INCOMPAT_EXTENTS;
	p.s_feature_ro_compat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
	    EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
	    EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE;
	p.s_feature_compat = EXT2_FEATURE_COMPAT_EXT_ATTR;
	e = ext4__name(name);
	if (e == 0)
		e = ext2fs_initialize(name, EXT2_FLAG_64BITS, &p,
		    unixfd_io_manager, &fs);
	if (e != 0)
		return e;
	ext4__uuid(fs->super->s_uuid);
	ext4__uuid((uint8_t *)fs->super->s_hash_seed);
	fs->super->s_def_hash_version = EXT2_HASH_HALF_MD4;
	fs->super->s_min_extra_isize = 32;
	fs->super->s_want_extra_isize = 32;
	memcpy(fs->super->s_volume_name, EXT4_LABEL, sizeof(EXT4_LABEL));
	fs->super->s_state |= EXT2_VALID_FS;
	e = ext2fs_allocate_tables(fs);
	if (e == 0)
		e = ext4__populate(fs);
	journal = ext2fs_default_journal_size(size / EXT4_BLOCK);
	if (e == 0 && journal > 0)
		e = ext2fs_add_journal_inode2(fs, (blk_t)journal, ~0ULL, 0);
	closed = ext2fs_close_free(&fs);
	return e != 0 ? e : closed;
}

/* ---- the child ---------------------------------------------------------- */

/*
 * Not one with a journal to replay, which would undo what we write, nor one
 * that says itself that it is broken.
 */
static errcode_t
ext4__is_clean(ext2_filsys fs)
{
	if (ext2fs_has_feature_journal_needs_recovery(fs->super) ||
	    ext2fs_has_feature_journal_dev(fs->super) ||
	    (fs->super->s_state & EXT2_ERROR_FS) != 0 ||
	    (fs->super->s_state & EXT2_VALID_FS) == 0)
		return EXT2_ET_FILESYSTEM_CORRUPTED;
	return 0;
}

static errcode_t
ext4__update(const struct ext4_request *req, uint32_t *step)
{
	ext2_filsys fs;
	errcode_t e;

	*step = EXT4_STEP_OPEN;
	e = ext4__open(EXT2_FLAG_RW, &fs);
	if (e != 0)
		return e;
	*step = EXT4_STEP_JUDGE;
	e = ext4__is_clean(fs);
	if (e == 0) {
		*step = EXT4_STEP_WRITE;
		e = ext4__write(fs, req);
	}
	if (e == EEXIST || e == EXT2_ET_NO_DIRECTORY) {
		/* Refused what stood in the way; all before was whole. */
		fs->super->s_state |= EXT2_VALID_FS;
		ext2fs_mark_super_dirty(fs);
		ext2fs_close_free(&fs);
		return e;
	}
	if (e != 0) {
		/* What was changed in memory stays there. */
		ext2fs_free(fs);
		return e;
	}
	*step = EXT4_STEP_CLOSE;
	return ext2fs_close_free(&fs);
}

static errcode_t
ext4__serve(uint32_t *step)
{
	struct ext4_request req;
	errcode_t e;

	*step = EXT4_STEP_REQUEST;
	if (read(EXT4_FD_REQUEST, &req, sizeof(req)) != (ssize_t)sizeof(req))
		return EPROTO;
	*step = EXT4_STEP_CONFINE;
	if (confine_parser(NULL) < 0)
		return EPERM;
	if (req.task == EXT4_FORMAT) {
		*step = EXT4_STEP_WRITE;
		e = ext4__format(req.size);
	} else if (ext4__verify(&req) == 0) {
		*step = EXT4_STEP_MAX;
		return 1;
	} else {
		e = ext4__update(&req, step);
	}
	if (e == 0) {
		*step = EXT4_STEP_VERIFY;
		e = ext4__verify(&req);
	}
	if (e == 0 && fdatasync(EXT4_FD_DISK) < 0)
		e = errno;
	if (e == 0)
		*step = EXT4_STEP_MAX;
	return e;
}

int
ext4_child(void)
{
	struct ext4_result res = { 0, 0 };

	res.code = ext4__serve(&res.step);
	if (write(EXT4_FD_RESULT, &res, sizeof(res)) != (ssize_t)sizeof(res))
		return 1;
	return res.step == EXT4_STEP_MAX ? 0 : 1;
}

int
ext4_judge(const struct ext4_result *res, struct error *err)
{
	if (res->step == EXT4_STEP_MAX)
		return res->code == 1 ? 1 : 0;
	if (res->step > EXT4_STEP_MAX)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "the disk's parser makes no sense");
	initialize_ext2_error_table();
	return rpc_fail(err,
	    res->step == EXT4_STEP_OPEN || res->step == EXT4_STEP_JUDGE
		? RPC_INVALID_STATE
		: RPC_OPERATION_FAILED,
	    "work disk: %s: %s", ext4__step_names[res->step],
	    error_message((errcode_t)res->code));
}
