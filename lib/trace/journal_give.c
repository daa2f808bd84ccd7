/* SPDX-License-Identifier: ISC */
#include "trace/journal_give.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/*
 * libsystemd's matches cost more than reading an entry that is not wanted, so
 * where at least half of the entries are wanted it goes without.  Each way is
 * judged by so many entries; the trials without matches become ever rarer
 * where they fail.
 */
#define GIVE_TRIAL 256
#define GIVE_REST 4096
#define GIVE_REST_MAX (64 * GIVE_REST)

/* ---- writing ----------------------------------------------------------- */

static void
give__write(struct journal_give *g, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(g->fd, g->out.data + done, len - done);
		if (n < 0 && errno != EINTR)
			_exit(0); /* nobody reads */
		done += n > 0 ? (size_t)n : 0;
	}
	if (len > 0)
		buf_consume(&g->out, len);
}

void
journal_give_flush(struct journal_give *g)
{
	give__write(g, g->out.len);
	g->last = 0;
}

void
journal_give_flush_but_last(struct journal_give *g)
{
	give__write(g, g->last);
	g->last = 0;
}

void
journal_give_close(struct journal_give *g, bool last)
{
	if (!g->open)
		return;
	/* Where it cannot be had, reading on begins somewhat earlier. */
	if (last && g->cursor == NULL)
		sd_journal_get_cursor(g->journal, &g->cursor);
	g->without++;
	if (g->cursor != NULL) {
		journal_frame_put(&g->out, ENTRY_CURSOR, 0, g->cursor,
		    strlen(g->cursor));
		g->without = 0;
		g->begun = true;
	}
	free(g->cursor);
	g->cursor = NULL;
	journal_frame_put(&g->out, JOURNAL_ENTRY, 0, "", 0);
	g->open = false;
}

void
journal_give_say(struct journal_give *g, enum journal_what what, unsigned aux,
    const char *text)
{
	journal_give_close(g, false);
	journal_frame_put_text(&g->out, what, aux, text);
}

void
journal_give_say_first(struct journal_give *g, enum journal_what what,
    const char *text)
{
	size_t len = g->out.len - g->last;
	_cleanup_free_ char *entry = len > 0
	    ? xmemdup(g->out.data + g->last, len)
	    : NULL;

	g->out.len = g->last;
	journal_frame_put_text(&g->out, what, 0, text);
	g->last = g->out.len;
	buf_put(&g->out, entry, len);
}

void
journal_give_lost(struct journal_give *g, const char *what, int rc)
{
	_cleanup_free_ char *text = xasprintf("%s: %s", what, strerror(-rc));

	journal_give_say(g, JOURNAL_LOST, 0, text);
}

/* ---- matches ----------------------------------------------------------- */

/* With libsystemd's matches, or by looking at each entry. */
static void
give__match(struct journal_give *g, bool plain)
{
	g->plain = plain;
	g->seen = g->ours = 0;
	sd_journal_flush_matches(g->journal);
	if (g->units == NULL)
		g->plain = true;
	if (g->plain || journal_match_units(g->journal, g->units) >= 0)
		return;
	/* Half of them would hide entries. */
	sd_journal_flush_matches(g->journal);
	g->plain = true;
	g->single = false;
}

void
journal_give_match(struct journal_give *g, bool plain)
{
	g->rest = 1; /* the first trial comes soon */
	give__match(g, plain);
}

/* Goes the other way where that promises more. */
static void
give__adapt(struct journal_give *g)
{
	if (!g->single || g->seen < (g->plain ? GIVE_TRIAL : g->rest))
		return;
	if (g->plain && g->ours >= g->seen / 2) {
		g->seen = g->ours = 0;
		g->rest = GIVE_REST / 2;
		return;
	}
	/* Where the journal stood is forgotten with the way. */
	journal_give_close(g, true);
	if (g->plain) {
		g->rest = g->rest < GIVE_REST / 2 ? GIVE_REST : 2 * g->rest;
		if (g->rest > GIVE_REST_MAX)
			g->rest = GIVE_REST_MAX;
	}
	give__match(g, !g->plain);
}

/* ---- an entry ---------------------------------------------------------- */

/* What is known of it besides its fields. */
static int
give__stamps(struct journal_give *g)
{
	uint64_t real, mono;
	sd_id128_t boot;
	int rc = sd_journal_get_realtime_usec(g->journal, &real);

	if (rc >= 0)
		rc = sd_journal_get_monotonic_usec(g->journal, &mono, &boot);
	if (rc < 0)
		return rc;
	g->last_us = real;
	if (g->boot_text[0] == '\0' || !sd_id128_equal(boot, g->boot)) {
		g->boot = boot;
		memcpy(g->boot_text, "_BOOT_ID=", GIVE_BOOT);
		sd_id128_to_string(boot, g->boot_text + GIVE_BOOT);
	}
	journal_frame_put_stamp(&g->out, ENTRY_REALTIME, real);
	journal_frame_put_stamp(&g->out, ENTRY_MONOTONIC, mono);
	journal_pick_boot(&g->pick, &g->out, g->boot_text,
	    sizeof(g->boot_text) - 1);
	return 0;
}

/* True for a field that libsystemd has but cannot give. */
static bool
give__is_unavailable(int rc)
{
	return rc == -E2BIG || rc == -ENOBUFS || rc == -EPROTONOSUPPORT;
}

static int
give__fields(struct journal_give *g)
{
	sd_journal *j = g->journal;
	const void *data;
	size_t len;
	int rc;

	sd_journal_restart_data(j);
	while ((rc = sd_journal_enumerate_data(j, &data, &len)) != 0) {
		if (give__is_unavailable(rc)) {
			g->pick.cut = true;
			rc = sd_journal_enumerate_available_data(j, &data,
			    &len);
		}
		if (rc <= 0)
			return rc;
		journal_pick_field(&g->pick, &g->out, data, len);
	}
	return 0;
}

/* Puts it into out, but for its end: 1, 0 when it is another unit's, -errno. */
static int
give__put(struct journal_give *g)
{
	int rc;

	journal_pick_begin(&g->pick, g->units);
	rc = give__stamps(g);
	if (rc >= 0)
		rc = give__fields(g);
	if (rc < 0)
		return rc;
	if (g->plain && !journal_pick_is_ours(&g->pick))
		return 0;
	if (g->careful || !g->begun || g->without + 1 >= JOURNAL_CURSOR_EVERY)
		rc = sd_journal_get_cursor(g->journal, &g->cursor);
	if (rc < 0)
		return rc;
	journal_pick_end(&g->pick, &g->out);
	return 1;
}

int
journal_give_entry(struct journal_give *g)
{
	size_t start = g->out.len;
	int rc = give__put(g);

	g->seen++;
	if (rc <= 0)
		g->out.len = start;
	else
		g->last = start;
	if (rc < 0)
		return rc;
	g->open = rc > 0;
	g->ours += g->open;
	if (g->pick.cut)
		journal_give_say(g, JOURNAL_LOST, 0,
		    "an entry of the journal is too large or not readable; "
		    "some of its fields are left out");
	give__adapt(g);
	return 0;
}
