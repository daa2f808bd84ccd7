/* SPDX-License-Identifier: ISC */
#include "detail.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *
detail__str(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

/* A copy of n elements; NULL for none. */
static void *
detail__array(const void *from, size_t n, size_t size)
{
	void *to;

	if (n == 0)
		return NULL;
	to = xcalloc(n, size);
	memcpy(to, from, n * size);
	return to;
}

struct op *
detail_copy(const struct op *op)
{
	struct op *d = xmalloc(sizeof(*d));

	*d = *op;
	d->work = NULL;
	d->name = detail__str(op->name);
	d->error = detail__str(op->error);
	d->code = detail__str(op->code);
	d->failed_stage = detail__str(op->failed_stage);
	d->stages = detail__array(op->stages, op->n_stages, sizeof(*d->stages));
	d->calls = detail__array(op->calls, op->n_calls, sizeof(*d->calls));
	d->subject = detail__array(op->subject, op->n_subject,
	    sizeof(*d->subject));
	for (size_t i = 0; i < d->n_stages; i++)
		d->stages[i].name = detail__str(d->stages[i].name);
	for (size_t i = 0; i < d->n_calls; i++) {
		d->calls[i].method = detail__str(d->calls[i].method);
		d->calls[i].error = detail__str(d->calls[i].error);
		d->calls[i].code = detail__str(d->calls[i].code);
	}
	for (size_t i = 0; i < d->n_subject; i++)
		d->subject[i].value = detail__str(d->subject[i].value);
	return d;
}

struct op *
detail_free(struct op *op)
{
	if (op == NULL)
		return NULL;
	for (size_t i = 0; i < op->n_stages; i++)
		free(op->stages[i].name);
	for (size_t i = 0; i < op->n_calls; i++) {
		free(op->calls[i].method);
		free(op->calls[i].error);
		free(op->calls[i].code);
	}
	for (size_t i = 0; i < op->n_subject; i++)
		free(op->subject[i].value);
	free(op->stages);
	free(op->calls);
	free(op->subject);
	free(op->name);
	free(op->error);
	free(op->code);
	free(op->failed_stage);
	free(op);
	return NULL;
}
