/* SPDX-License-Identifier: Apache-2.0 */
/* desk-charts -- numbers of one campaign, or of all, as pictures.
 *
 * A chart is a row of a table: a title, what its colours mean, and a query
 * whose first column is the label and whose others are the values. */
#ifndef TRACKING_DESK_CHARTS_H
#define TRACKING_DESK_CHARTS_H

#include "desk-private.h"

typedef enum {
    DESK_CHART_STEPS,   /* how far people went, per step */
    DESK_CHART_HITS,    /* opens and clicks, people and machines */
    DESK_CHART_LINKS,   /* clicks per link */
    DESK_CHART_INTENTS, /* answers by what they mean */
    DESK_CHART_BOUNCES, /* by reason */
    DESK_CHART_DOMAINS, /* delivered, deferred, bounced by domain */
    DESK_CHART_DEFERRALS,
    DESK_CHART_COMPLAINTS,
    DESK_CHART_DAYS, /* mails per day */
} DeskChartKind;

/* Append it as a card. `campaign` NULL: all; `since`: not before. */
bool desk_chart(Visit *visit, DeskChartKind kind, const char *campaign,
                int64_t since, GError **error);
/* A square per day, from the first mail to the last that is planned. */
bool desk_calendar(Visit *visit, const char *campaign, GError **error);

#endif
