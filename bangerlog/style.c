/* SPDX-License-Identifier: ISC */
#include "style.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define STYLE_WIDTH_MIN 20
#define STYLE_WIDTH_MAX 1000

int
style_read(const struct cmd_ctx *ctx, struct render_style *ret,
    struct error *err)
{
	static const char *const when[] = { "auto", "always", "never", NULL };
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	unsigned long width = 0;
	int color;

	if (cmd_choice(ctx, "color", when, &color, err) < 0)
		return -1;
	if (cmd_value(ctx, "width") != NULL &&
	    cmd_number(ctx, "width", STYLE_WIDTH_MIN, STYLE_WIDTH_MAX, &width,
		err) < 0)
		return -1;
	ret->width = width != 0 ? width
				: text_terminal_width(STDOUT_FILENO, 80);
	if (ret->width < STYLE_WIDTH_MIN)
		ret->width = STYLE_WIDTH_MIN;
	ret->terminal = isatty(STDOUT_FILENO) == 1;
	ret->ascii = cmd_given(ctx, "ascii") ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	ret->color = color == 1 ||
	    (color == 0 && isatty(STDOUT_FILENO) &&
		(none == NULL || none[0] == '\0') && term != NULL &&
		strcmp(term, "dumb") != 0);
	return 0;
}
