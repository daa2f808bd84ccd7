/* SPDX-License-Identifier: ISC */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

#include "base/mem.h"

#define PATTERN_STEPS 1000000
#define PATTERN_HEAP_KIB 16384

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

int
pattern_new(const char *text, struct pattern **ret, struct error *err)
{
	_cleanup_(pattern_freep) struct pattern *p = xcalloc(1, sizeof(*p));
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;

	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0,
	    &code, &at, NULL);
	if (p->code == NULL) {
		pcre2_get_error_message(code, why, sizeof(why));
		return error_set(err, -EINVAL, "at character %zu: %s", at + 1,
		    (const char *)why);
	}
	p->data = pcre2_match_data_create_from_pattern(p->code, NULL);
	p->context = pcre2_match_context_create(NULL);
	if (p->data == NULL || p->context == NULL)
		abort();
	pcre2_set_match_limit(p->context, PATTERN_STEPS);
	pcre2_set_heap_limit(p->context, PATTERN_HEAP_KIB);
	*ret = steal(&p);
	return 0;
}

struct pattern *
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return NULL;
	pcre2_match_context_free(p->context);
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
	free(p);
	return NULL;
}

bool
pattern_matches(const struct pattern *p, const char *s, size_t len)
{
	return pcre2_match(p->code, (PCRE2_SPTR)s, len, 0, 0, p->data,
		   p->context) >= 0;
}
