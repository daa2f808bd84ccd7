/* SPDX-License-Identifier: ISC */
/* What is written into a work disk, and read back from it. */
#include "ext4_int.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

/* The directory of what we write, one name a level. */
static const char *const ext4__dir[] = { "etc", "banger" };

struct ext4__file {
	const char *name, *text;
	uint16_t mode;
};

static void
ext4__files(const struct ext4_request *req, struct ext4__file f[EXT4_FILE_MAX])
{
	f[0] = (struct ext4__file){ "hostname", req->hostname, 0644 };
	f[1] = (struct ext4__file){ "authorized_keys", req->ssh_key, 0600 };
	f[2] = (struct ext4__file){ "network", req->network, 0644 };
}

/* ---- writing into one --------------------------------------------------- */

/* A directory's inode, by its name in another; 0 in *ret when not there. */
static errcode_t
ext4__lookup(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t *ret)
{
	errcode_t e = ext2fs_lookup(fs, dir, name, (int)strlen(name), NULL,
	    ret);

	if (e != EXT2_ET_FILE_NOT_FOUND)
		return e;
	*ret = 0;
	return 0;
}

/* Puts a name into a directory, which grows when it is full. */
static errcode_t
ext4__link(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t ino)
{
	errcode_t e = ext2fs_link(fs, dir, name, ino, EXT2_FT_REG_FILE);

	if (e != EXT2_ET_DIR_NO_SPACE)
		return e;
	e = ext2fs_expand_dir(fs, dir);
	return e != 0 ? e : ext2fs_link(fs, dir, name, ino, EXT2_FT_REG_FILE);
}

/* The directory of ext4__dir: made when missing, refused when it is a link. */
static errcode_t
ext4__enter(ext2_filsys fs, bool make, ext2_ino_t *ret)
{
	ext2_ino_t dir = EXT2_ROOT_INO, next;
	errcode_t e = ext2fs_check_directory(fs, dir);
	size_t i;

	for (i = 0; e == 0 && i < ARRAY_LEN(ext4__dir); i++) {
		e = ext4__lookup(fs, dir, ext4__dir[i], &next);
		if (e == 0 && next == 0) {
			if (!make)
				return EXT2_ET_FILE_NOT_FOUND;
			e = ext2fs_mkdir(fs, dir, 0, ext4__dir[i]);
			if (e == EXT2_ET_DIR_NO_SPACE) {
				e = ext2fs_expand_dir(fs, dir);
				if (e == 0)
					e = ext2fs_mkdir(fs, dir, 0,
					    ext4__dir[i]);
			}
			if (e == 0)
				e = ext4__lookup(fs, dir, ext4__dir[i], &next);
		}
		if (e == 0)
			e = ext2fs_check_directory(fs, next);
		dir = next;
	}
	*ret = dir;
	return e;
}

/* Takes a plain file of one name away; any other thing is not ours to take. */
static errcode_t
ext4__remove(ext2_filsys fs, ext2_ino_t dir, const char *name, ext2_ino_t ino)
{
	struct ext2_inode inode;
	errcode_t e = ext2fs_read_inode(fs, ino, &inode);

	if (e != 0)
		return e;
	if (ino < EXT2_FIRST_INODE(fs->super) || !LINUX_S_ISREG(inode.i_mode) ||
	    inode.i_links_count != 1)
		return EEXIST;
	e = ext2fs_unlink(fs, dir, name, ino, 0);
	if (e != 0)
		return e;
	inode.i_links_count = 0;
	inode.i_dtime = fs->now != 0 ? (uint32_t)fs->now : 1;
	e = ext2fs_punch(fs, ino, &inode, NULL, 0, ~0ULL);
	if (e == 0)
		e = ext2fs_write_inode(fs, ino, &inode);
	if (e == 0)
		ext2fs_inode_alloc_stats2(fs, ino, -1, 0);
	return e;
}

static errcode_t
ext4__fill(ext2_filsys fs, ext2_ino_t ino, const char *text)
{
	ext2_file_t file;
	unsigned done = 0;
	errcode_t e, closed;

	e = ext2fs_file_open(fs, ino, EXT2_FILE_WRITE, &file);
	if (e != 0)
		return e;
	e = ext2fs_file_write(file, text, (unsigned)strlen(text), &done);
	if (e == 0 && done != strlen(text))
		e = ENOSPC;
	closed = ext2fs_file_close(file);
	return e != 0 ? e : closed;
}

/* A new file in place of what bore the name. */
static errcode_t
ext4__put(ext2_filsys fs, ext2_ino_t dir, const struct ext4__file *f)
{
	struct ext2_inode inode;
	ext2_extent_handle_t extents;
	ext2_ino_t ino, old;
	errcode_t e;

	e = ext4__lookup(fs, dir, f->name, &old);
	if (e == 0 && old != 0)
		e = ext4__remove(fs, dir, f->name, old);
	if (e == 0)
		e = ext2fs_new_inode(fs, dir, 0100000 | f->mode, NULL, &ino);
	if (e != 0)
		return e;
	memset(&inode, 0, sizeof(inode));
	inode.i_mode = (uint16_t)(0100000 | f->mode);
	inode.i_links_count = 1;
	e = ext2fs_write_new_inode(fs, ino, &inode);
	if (e == 0)
		ext2fs_inode_alloc_stats2(fs, ino, 1, 0);
	if (e == 0 && ext2fs_has_feature_extents(fs->super)) {
		e = ext2fs_extent_open2(fs, ino, &inode, &extents);
		if (e == 0) {
			ext2fs_extent_free(extents);
			e = ext2fs_write_inode(fs, ino, &inode);
		}
	}
	if (e == 0)
		e = ext4__fill(fs, ino, f->text);
	return e != 0 ? e : ext4__link(fs, dir, f->name, ino);
}

errcode_t
ext4__write(ext2_filsys fs, const struct ext4_request *req)
{
	struct ext4__file files[EXT4_FILE_MAX];
	ext2_ino_t dir;
	errcode_t e;
	int i;

	ext4__files(req, files);
	e = ext2fs_read_bitmaps(fs);
	/* One that was cut off in the middle is not taken for clean later. */
	fs->super->s_state &= (uint16_t)~EXT2_VALID_FS;
	ext2fs_mark_super_dirty(fs);
	if (e == 0)
		e = ext2fs_flush(fs);
	if (e == 0)
		e = ext4__enter(fs, true, &dir);
	for (i = 0; e == 0 && i < EXT4_FILE_MAX; i++)
		e = ext4__put(fs, dir, &files[i]);
	if (e != 0)
		return e;
	fs->super->s_state |= EXT2_VALID_FS;
	ext2fs_mark_super_dirty(fs);
	return 0;
}

/* ---- reading back ------------------------------------------------------- */

static errcode_t
ext4__same(ext2_filsys fs, ext2_ino_t dir, const struct ext4__file *f)
{
	char text[CHECK_KEY_MAX + 3];
	ext2_file_t file;
	ext2_ino_t ino;
	unsigned got = 0;
	errcode_t e;

	e = ext2fs_lookup(fs, dir, f->name, (int)strlen(f->name), NULL, &ino);
	if (e == 0)
		e = ext2fs_file_open(fs, ino, 0, &file);
	if (e != 0)
		return e;
	e = ext2fs_file_read(file, text, sizeof(text), &got);
	ext2fs_file_close(file);
	if (e != 0)
		return e;
	return got == strlen(f->text) && memcmp(text, f->text, got) == 0 ? 0
									 : EIO;
}

errcode_t
ext4__verify(const struct ext4_request *req)
{
	struct ext4__file files[EXT4_FILE_MAX];
	ext2_filsys fs;
	ext2_ino_t dir;
	errcode_t e;
	int i;

	ext4__files(req, files);
	e = ext4__open(0, &fs);
	if (e != 0 || req->task == EXT4_FORMAT) {
		if (e == 0)
			ext2fs_close_free(&fs);
		return e;
	}
	e = ext4__enter(fs, false, &dir);
	for (i = 0; e == 0 && i < EXT4_FILE_MAX; i++)
		e = ext4__same(fs, dir, &files[i]);
	ext2fs_close_free(&fs);
	return e;
}
