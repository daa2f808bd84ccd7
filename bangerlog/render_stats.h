/* SPDX-License-Identifier: ISC */
/*
 * Figures as text and as JSON, alone or beside those of another window, with a
 * word where the difference matters (docs/statistics.md).
 */
#ifndef BANGERLOG_RENDER_STATS_H
#define BANGERLOG_RENDER_STATS_H

#include <stdbool.h>

#include "base/buf.h"
#include "trace/query_stats.h"

/* before is NULL where nothing is compared. */
void render_stats_text(const struct stats *now, const struct stats *before,
    enum stats_by by, struct buf *out);
void render_stats_json(const struct stats *now, const struct stats *before,
    enum stats_by by, struct buf *out);
/* Did anything become slower, as these say? */
bool render_stats_slower(const struct stats *now, const struct stats *before,
    enum stats_by by);

#endif
