/* SPDX-License-Identifier: ISC */
/* A bundle as a page, and as an object. */
#include <string.h>

#include "base/jsonw.h"
#include "wire/line.h"

#include "bundle.h"
#include "markup.h"
#include "page_html.h"

/* What one of the renderers makes of it. */
static void
bundle__render(const struct bundle *b, const struct renderer *how,
    struct buf *out)
{
	const struct render_style style = { .width = 100 };
	const struct render_job job = { &b->trace, &b->lines, &style };
	_cleanup_render_ struct render r = { NULL };

	render_begin(&r, how, out);
	render_job(&r, &job);
	render_end(&r);
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

/*
 * JSON within an element that browsers do not run: a "<" can stand only in
 * its strings, where it goes as an escape, so that nothing ends the element.
 */
static void
bundle__embed(const struct bundle *b, const struct renderer *how,
    struct buf *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	bundle__render(b, how, &text);
	buf_printf(out, "<script type=\"application/json\" id=\"%s\">\n",
	    how->name);
	for (const char *s = buf_str(&text); *s != '\0'; s++) {
		if (*s == '<')
			buf_puts(out, "\\u003c");
		else
			buf_putc(out, *s);
	}
	buf_puts(out, "\n</script>\n");
}

/* "bangerlog 0.1.0, schema 5, …". */
static void
bundle__versions(const struct bundle *b, struct buf *out)
{
	_cleanup_(line_done) struct line ln = LINE_INIT;

	buf_puts(out, "<h2>Versions</h2>\n<table>\n");
	if (line_read(buf_str(&b->versions), b->versions.len, &ln, NULL) < 0)
		ln.n = 0;
	for (size_t i = 0; i < ln.n; i++) {
		buf_puts(out, "<tr>");
		markup_element(out, "th", "", ln.attrs[i].key);
		markup_element(out, "td", " class=\"mono\"", ln.attrs[i].text);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static void
bundle__pre(const char *title, const char *text, size_t len, struct buf *out)
{
	const char *end;

	markup_element(out, "h2", "", title);
	buf_puts(out, "\n<pre>");
	/* Line by line, since an escaped newline would be none. */
	for (; len > 0; len -= (size_t)(end - text) + 1, text = end + 1) {
		end = memchr(text, '\n', len);
		if (end == NULL) {
			markup_bytes(out, text, len);
			break;
		}
		markup_bytes(out, text, (size_t)(end - text));
		buf_putc(out, '\n');
	}
	buf_puts(out, "</pre>\n");
}

void
bundle_html(const struct bundle *b, struct buf *out)
{
	_cleanup_buf_ struct buf starts = BUF_INIT, text = BUF_INIT;

	for (size_t i = 0; i < b->starts.n; i++) {
		buf_put(&starts, b->starts.lines[i].text,
		    b->starts.lines[i].len);
		buf_putc(&starts, '\n');
	}
	page_html_open(b->trace.op, out);
	if (b->redacted)
		buf_puts(out,
		    "<p class=\"note\">Names, paths, addresses and ids are "
		    "replaced; the same token is the same original.</p>\n");
	page_html_trace(&b->trace, out);
	bundle__pre("Gaps in the log, to a minute before and after",
	    b->gaps.len > 0 ? buf_str(&b->gaps) : "none",
	    b->gaps.len > 0 ? b->gaps.len : strlen("none"), out);
	bundle__versions(b, out);
	bundle__pre("Processes before its end", buf_str(&starts), starts.len,
	    out);
	page_html_lines(b->trace.op, &b->lines, out);
	bundle__render(b, &render_text, &text);
	page_html_fold(out, "The timeline as text");
	bundle__pre("", buf_str(&text), text.len, out);
	page_html_fold_end(out);
	bundle__embed(b, &render_json, out);
	bundle__embed(b, &render_otlp, out);
	page_html_close(out);
}

static void
bundle__member(const struct bundle *b, const struct renderer *how,
    struct buf *out)
{
	buf_printf(out, ",\"%s\":", how == &render_json ? "trace" : how->name);
	bundle__render(b, how, out);
}

static void
bundle__json_lines(struct jsonw *w, const char *key,
    const struct render_lines *l)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < l->n; i++)
		jsonw_text(w, NULL, l->lines[i].text, l->lines[i].len);
	jsonw_array_end(w);
}

void
bundle_json(const struct bundle *b, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "redacted", b->redacted);
	bundle__json_lines(&w, "lines", &b->lines);
	bundle__json_lines(&w, "processes", &b->starts);
	buf_printf(out, ",\"versions\":%s,\"gaps\":[", buf_str(&b->versions));
	for (const char *s = buf_str(&b->gaps); *s != '\0'; s++)
		buf_putc(out, *s != '\n' ? *s : s[1] != '\0' ? ',' : ' ');
	buf_putc(out, ']');
	bundle__member(b, &render_json, out);
	bundle__member(b, &render_otlp, out);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}
