/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define PROGRESS_EVERY_NS (NSEC_PER_SEC / 10)
/* What takes less shows no bar. */
#define PROGRESS_PATIENCE_NS (NSEC_PER_SEC / 2)
#define PROGRESS_TICKS 256
#define PROGRESS_BAR 24

void
progress_init(struct progress *p, bool wanted)
{
	memset(p, 0, sizeof(*p));
	p->on = wanted && isatty(STDERR_FILENO);
	p->began_ns = clock_mono_ns();
}

/* "1.2 GiB". */
static void
progress__bytes(struct buf *out, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	for (; bytes >= 1024 && i + 1 < sizeof(units) / sizeof(*units); i++)
		bytes /= 1024;
	buf_printf(out, i == 0 ? "%.0f %s" : "%.1f %s", bytes, units[i]);
}

static void
progress__draw(struct progress *p, const struct source_stats *st, int64_t now)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	double seconds = (double)(now - p->began_ns) / NSEC_PER_SEC;
	double rate = (double)st->read / seconds;
	double done = st->total > 0 ? (double)st->read / (double)st->total : 0;
	char left[CLOCK_DURATION_MAX];
	int full;

	done = done > 1 ? 1 : done;
	buf_puts(&line, "\r\x1b[K");
	if (st->total > 0) {
		full = (int)(done * PROGRESS_BAR);
		buf_printf(&line, "[%.*s%.*s] %3.0f %%  ", full,
		    "########################", PROGRESS_BAR - full,
		    "........................", done * 100);
	}
	progress__bytes(&line, (double)st->read);
	buf_puts(&line, "  ");
	progress__bytes(&line, rate);
	buf_printf(&line, "/s  %" PRIu64 " lines", st->lines);
	if (st->total > st->read && rate > 0)
		buf_printf(&line, "  %s left",
		    clock_format_duration((int64_t)((double)(st->total -
							st->read) /
					      rate) *
			    NSEC_PER_SEC,
			left));
	/* A bar that is wider than the terminal would scroll it. */
	if (text_terminal_width(STDERR_FILENO, 80) + 4 < line.len)
		line.len = text_terminal_width(STDERR_FILENO, 80) + 4;
	fwrite(line.data, 1, line.len, stderr);
	fflush(stderr);
	p->drawn = true;
	p->drawn_ns = now;
}

void
progress_tick(struct progress *p, const struct source *src)
{
	struct source_stats st;
	int64_t now;

	if (!p->on || ++p->ticks < PROGRESS_TICKS)
		return;
	p->ticks = 0;
	now = clock_mono_ns();
	if (now - p->began_ns < PROGRESS_PATIENCE_NS ||
	    now - p->drawn_ns < PROGRESS_EVERY_NS)
		return;
	source_stats(src, &st);
	progress__draw(p, &st, now);
}

void
progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\x1b[K", stderr);
	p->drawn = false;
}
