/* SPDX-License-Identifier: Apache-2.0 */
/* report-analytics -- reports over all campaigns, in four forms. */
#ifndef CLI_REPORT_ANALYTICS_H
#define CLI_REPORT_ANALYTICS_H

#include "period.h"

typedef struct {
    const char *from, *to; /* NULL: not said */
    bool csv;
    const char *table; /* of a CSV; NULL: all of them */
    const char *html;  /* a file, or "-"; NULL: not a page */
} ReportOptions;

int report_analytics(CliContext *cli, const char *name, const ReportOptions *o);

#endif
