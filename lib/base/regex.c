/* SPDX-License-Identifier: ISC */
/* Patterns: the only file that knows PCRE2. */
#include "base/regex.h"

#include <errno.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"

/*
 * What one text may cost, of PCRE2's own units: about a millisecond.  Texts
 * come from a log, so they may be made for being slow to match.
 */
#define REGEX_MATCH_LIMIT 100000
#define REGEX_DEPTH_LIMIT 10000
#define REGEX_HEAP_KIB 8192
#define REGEX_JIT_STACK_MIN (32 * 1024)
#define REGEX_JIT_STACK_MAX (512 * 1024)

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	uint64_t *undecided;
};

struct regex *
regex_free(struct regex *re)
{
	if (re == NULL)
		return NULL;
	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->limits);
	pcre2_jit_stack_free(re->stack);
	pcre2_code_free(re->code);
	free(re);
	return NULL;
}

/* Memory and limits; where there is no JIT the interpreter does it all. */
static struct regex *
regex__new(pcre2_code *code, uint64_t *undecided)
{
	struct regex *re = xcalloc(1, sizeof(*re));

	re->code = code;
	re->undecided = undecided;
	re->data = pcre2_match_data_create_from_pattern(code, NULL);
	re->limits = pcre2_match_context_create(NULL);
	if (re->data == NULL || re->limits == NULL)
		abort();
	pcre2_set_match_limit(re->limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(re->limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(re->limits, REGEX_HEAP_KIB);
	if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
		return re;
	re->stack = pcre2_jit_stack_create(REGEX_JIT_STACK_MIN,
	    REGEX_JIT_STACK_MAX, NULL);
	pcre2_jit_stack_assign(re->limits, NULL, re->stack);
	return re;
}

int
regex_new(const char *pattern, size_t len, bool caseless, uint64_t *undecided,
    struct regex **ret, size_t *ret_offset, struct error *err)
{
	unsigned char text[256];
	pcre2_code *code;
	PCRE2_SIZE offset;
	int code_err;

	/* \C could stop in the middle of a character. */
	code = pcre2_compile((PCRE2_SPTR)pattern, len,
	    PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
		PCRE2_NEVER_BACKSLASH_C | (caseless ? PCRE2_CASELESS : 0),
	    &code_err, &offset, NULL);
	if (code == NULL) {
		pcre2_get_error_message(code_err, text, sizeof(text));
		*ret_offset = offset;
		return error_set(err, -EINVAL, "%s", (const char *)text);
	}
	*ret = regex__new(code, undecided);
	return 0;
}

int
regex_find(struct regex *re, const char *text, size_t len, size_t from,
    struct regex_hit *ret)
{
	const PCRE2_SIZE *at;
	int rc = pcre2_match(re->code, (PCRE2_SPTR)text, len, from, 0, re->data,
	    re->limits);

	/* The interpreter has its stack on the heap, and goes further. */
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(re->code, (PCRE2_SPTR)text, len, from,
		    PCRE2_NO_JIT, re->data, re->limits);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0) {
		(*re->undecided)++;
		return -1;
	}
	at = pcre2_get_ovector_pointer(re->data);
	ret->start = at[0];
	/* \K can put the start behind the end. */
	ret->end = at[1] < at[0] ? at[0] : at[1];
	ret->mark = (const char *)pcre2_get_mark(re->data);
	return 1;
}

int
regex_match(struct regex *re, const char *text, size_t len)
{
	struct regex_hit hit;

	return regex_find(re, text, len, 0, &hit);
}
