/* SPDX-License-Identifier: ISC */
#include "hook.h"

#include "base/cleanup.h"
#include "image.h"
#include "op.h"

static const struct hook *const hooks[] = {
	&hook_disk,
	&hook_net,
	&hook_nat,
	&hook_ports,
	&hook_name,
	&hook_vmm,
	&hook_agent,
};

static int
hook__step(struct life *l, const struct hook_step *step, struct error *err)
{
	struct line_attr extra;
	char scratch[24];

	if (step->extra != NULL && step->extra(l, &extra, scratch))
		op_stage_with(l->op, step->stage, &extra, 1);
	else
		op_stage(l->op, step->stage);
	return step->run(l, err);
}

/* Between steps, and nowhere else, the operation may be called off. */
static int
hook__steps(struct life *l, const struct hook_step *steps, struct error *err)
{
	int rc = 0;

	for (; rc == 0 && steps != NULL && steps->stage != NULL; steps++) {
		if (steps->applies != NULL && !steps->applies(l))
			continue;
		rc = op_check(l->op, err);
		if (rc == 0)
			rc = hook__step(l, steps, err);
	}
	return rc;
}

int
hooks_start(struct life *l, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(hooks); i++)
		rc = hook__steps(l, hooks[i]->prepare, err);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(hooks); i++)
		rc = hook__steps(l, hooks[i]->start, err);
	return rc;
}

int
hooks_stop(struct life *l, struct error *err)
{
	int rc = 0;

	for (size_t i = ARRAY_LEN(hooks); rc == 0 && !l->ended && i > 0; i--)
		rc = hook__steps(l, hooks[i - 1]->stop, err);
	return rc;
}

int
hooks_clean(struct life *l, struct error *err)
{
	int rc = 0;

	op_shield(l->op);
	for (size_t i = ARRAY_LEN(hooks); rc == 0 && i > 0; i--)
		rc = hook__steps(l, hooks[i - 1]->clean, err);
	return rc;
}

void
hooks_clean_quietly(struct life *l)
{
	const struct hook_step *step;

	op_shield(l->op);
	l->quiet = true;
	for (size_t i = ARRAY_LEN(hooks); i > 0; i--) {
		step = hooks[i - 1]->clean;
		for (; step != NULL && step->stage != NULL; step++)
			if ((step->applies == NULL || step->applies(l)) &&
			    step->run(l, NULL) < 0)
				l->left = true;
	}
}

void
life_done(struct life *l)
{
	image_free(l->image);
	json_decref(l->net);
	l->image = NULL;
	l->net = NULL;
}
