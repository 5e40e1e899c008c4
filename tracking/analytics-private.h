/* SPDX-License-Identifier: Apache-2.0 */
/* analytics-private -- what the reports share: temporary tables, and ways to
 * fill sheets from them.
 *
 *   a_touch        a campaign mail that did not bounce, an answer to one, a
 *                  click of a person, or a contact that was logged
 *   a_first        the first mail or contact of a person, and what followed
 *   a_application  an application with the touch it is credited to; people
 *                  without one in the ATS whose application or hire was logged
 *                  by hand have one here too */
#ifndef TRACKING_ANALYTICS_PRIVATE_H
#define TRACKING_ANALYTICS_PRIVATE_H

#include "nurture/analytics.h"

typedef struct {
    Store *store;
    const Workspace *workspace;
    Period period;
} Analysis;

/* Make the tables; those of an earlier report go. */
bool analysis_prepare(const Analysis *a, GError **error);

/* A literal of SQL whose parameters, of those that it has, are :from, :until
 * and :window. */
Statement *analysis_query(const Analysis *a, const char *sql, GError **error);
/* Append every row of the query to the sheet, column by column; NULL is not
 * known. The query has as many columns as the sheet. */
bool analysis_fill(const Analysis *a, Sheet *sheet, const char *sql,
                   GError **error);
/* The one number the query answers; *known is false when it is NULL. */
bool analysis_number(const Analysis *a, const char *sql, double *out,
                     bool *known, GError **error);

bool analytics_pipeline(const Analysis *a, Sheets *out, GError **error);
bool analytics_sources(const Analysis *a, Sheets *out, GError **error);
bool analytics_segments(const Analysis *a, Sheets *out, GError **error);
bool analytics_cohorts(const Analysis *a, Sheets *out, GError **error);

/* The quartiles of the sorted numbers (gdouble), interpolated between the two
 * nearest (method 7 of Hyndman and Fan 1996, as spreadsheets do). Nothing is
 * appended for an empty array but unknowns. Appends count, least, quartile,
 * median, quartile, most. */
void sheet_quartiles(Sheet *sheet, GArray *numbers);

#endif
