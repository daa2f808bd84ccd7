/* SPDX-License-Identifier: ISC */
#include "trace/query_parts.h"

#include <string.h>

/* An operation that has more of either is read the general way. */
#define PARTS_MAX 128
/* No duration of ours has as many digits. */
#define PARTS_DIGITS 15

struct part {
	const char *name, *method; /* in scratch */
	int64_t us;
	bool failed;
};

/* ---- the lists as text -------------------------------------------------- */

static bool
parts__char(char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

/* "name" or null, which is ""; ends it in place. */
static bool
parts__text(char **at, const char **ret)
{
	char *end;

	if (strncmp(*at, "null", 4) == 0) {
		*at += 4;
		*ret = "";
		return true;
	}
	if (!parts__char(at, '"'))
		return false;
	end = *at + strcspn(*at, "\"\\");
	if (*end != '"')
		return false;
	*end = '\0';
	*ret = *at;
	*at = end + 1;
	return true;
}

/* A number, or null, which is -1. */
static bool
parts__number(char **at, int64_t *ret)
{
	int64_t n = 0;
	size_t digits;

	if (strncmp(*at, "null", 4) == 0) {
		*at += 4;
		*ret = -1;
		return true;
	}
	digits = strspn(*at, "0123456789");
	if (digits == 0 || digits > PARTS_DIGITS)
		return false;
	for (; digits > 0; digits--, ++*at)
		n = 10 * n + (**at - '0');
	*ret = n;
	return true;
}

static bool
parts__comma_number(char **at, int64_t *ret)
{
	return parts__char(at, ',') && parts__number(at, ret);
}

/* ["name",start,duration,failed] */
static bool
parts__stage(char **at, struct part *p)
{
	int64_t start, failed;

	if (!parts__char(at, '[') || !parts__text(at, &p->name) ||
	    !parts__comma_number(at, &start) ||
	    !parts__comma_number(at, &p->us) ||
	    !parts__comma_number(at, &failed))
		return false;
	p->method = "";
	p->failed = failed > 0;
	return parts__char(at, ']');
}

/* ["method",number,stage,start,duration,failed,error,code] */
static bool
parts__call(char **at, const struct part *stages, size_t n, struct part *p)
{
	int64_t number, stage, start, failed;
	const char *error, *code;

	if (!parts__char(at, '[') || !parts__text(at, &p->method) ||
	    !parts__comma_number(at, &number) ||
	    !parts__comma_number(at, &stage) ||
	    !parts__comma_number(at, &start) ||
	    !parts__comma_number(at, &p->us) ||
	    !parts__comma_number(at, &failed) || !parts__char(at, ',') ||
	    !parts__text(at, &error) || !parts__char(at, ',') ||
	    !parts__text(at, &code) || stage >= (int64_t)n)
		return false;
	p->name = stage < 0 ? "" : stages[stage].name;
	p->failed = failed > 0;
	return parts__char(at, ']');
}

/* All of a list, behind its first bracket; calls: of `stages`. */
static bool
parts__list(char *at, bool calls, const struct part *stages, size_t n_stages,
    struct part *ret, size_t *n)
{
	*n = 0;
	if (!parts__char(&at, '['))
		return false;
	if (parts__char(&at, ']'))
		return *at == '\0';
	do {
		if (*n == PARTS_MAX ||
		    !(calls ? parts__call(&at, stages, n_stages, &ret[*n])
			    : parts__stage(&at, &ret[*n])))
			return false;
		++*n;
	} while (parts__char(&at, ','));
	return parts__char(&at, ']') && *at == '\0';
}

/* ---- as parts ----------------------------------------------------------- */

static void
parts__give(const struct part *parts, size_t n, enum summary_kind kind,
    struct summary_part *p, summary_part_fn *fn, void *arg)
{
	p->kind = kind;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].us < 0)
			continue;
		p->name = parts[i].name;
		p->method = parts[i].method;
		p->us = parts[i].us;
		p->failed = parts[i].failed;
		fn(arg, p);
	}
}

bool
query_parts(const char *stages, const char *calls, struct summary_part *part,
    struct buf *scratch, summary_part_fn *fn, void *arg)
{
	struct part of_stages[PARTS_MAX], of_calls[PARTS_MAX];
	size_t n_stages, n_calls, second;

	if (stages == NULL)
		stages = "[]";
	if (calls == NULL)
		calls = "[]";
	buf_reset(scratch);
	second = strlen(stages) + 1;
	buf_put(scratch, stages, second);
	buf_put(scratch, calls, strlen(calls) + 1);
	if (!parts__list(scratch->data, false, NULL, 0, of_stages, &n_stages) ||
	    !parts__list(scratch->data + second, true, of_stages, n_stages,
		of_calls, &n_calls))
		return false;
	parts__give(of_stages, n_stages, SUMMARY_STAGE, part, fn, arg);
	parts__give(of_calls, n_calls, SUMMARY_CALL, part, fn, arg);
	return true;
}
