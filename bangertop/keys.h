/* SPDX-License-Identifier: ISC */
/* The keys of keys.def: what a code means, and what to tell people of it. */
#ifndef TOP_KEYS_H
#define TOP_KEYS_H

enum keys_id {
#define KEY(id, code, other, keys, label, about) KEYS_##id,
#include "keys.def"
#undef KEY
	KEYS_MAX
};

struct keys_info {
	int code, other; /* of screen.h; 0: none */
	const char *keys, *label, *about;
};

/* What the code is bound to, or KEYS_MAX. */
enum keys_id keys_find(int code);
const struct keys_info *keys_info(enum keys_id id);

#endif
