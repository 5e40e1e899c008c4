/* SPDX-License-Identifier: Apache-2.0 */
/* analytics -- what nurturing comes to: people, applications, hires, money.
 *
 * Counted from events (event.h), the outbox, enrolments, applications of the
 * ATS and imported costs; `nurture events export` writes all of that, so that
 * every figure can be made again elsewhere. What a figure is, stands on the
 * report (its rules). Reports make temporary tables, and write nothing. */
#ifndef NURTURE_ANALYTICS_H
#define NURTURE_ANALYTICS_H

#include "nurture/sheets.h"
#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t from;  /* UTC ms; 0 = since ever */
    int64_t until; /* nothing of this moment or later counts */
} Period;

/* "pipeline", "sources", "segments", "cohorts"; NULL-ended. */
const char *const *analytics_names(void);
/* ERROR_NOT_FOUND for another name, with the nearest. */
Sheets *analytics_make(Store *store, const Workspace *workspace,
                       const char *name, Period period, GError **error);

/* One JSON object a line, each with a "type": event, message, enrolment,
 * application, cost; of events without their private details, and of nobody a
 * name or an address. `write` gets a line with its end; false stops. */
bool analytics_export(Store *store, Period period,
                      bool (*write)(const char *line, gpointer data),
                      gpointer data, GError **error);

#endif
