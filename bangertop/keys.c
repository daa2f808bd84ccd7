/* SPDX-License-Identifier: ISC */
#include "keys.h"

#include "screen.h"

static const struct keys_info keys_table[KEYS_MAX] = {
#define KEY(id, code, other, keys, label, about) \
	[KEYS_##id] = { code, other, keys, label, about },
#include "keys.def"
#undef KEY
};

enum keys_id
keys_find(int code)
{
	int i;

	for (i = 0; i < KEYS_MAX; i++)
		if (code > 0 &&
		    (keys_table[i].code == code || keys_table[i].other == code))
			break;
	return (enum keys_id)i;
}

const struct keys_info *
keys_info(enum keys_id id)
{
	return &keys_table[id];
}
