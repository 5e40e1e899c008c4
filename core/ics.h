/* SPDX-License-Identifier: Apache-2.0 */
/* ics -- the content lines of an iCalendar file (RFC 5545 3.1), unfolded. */
#ifndef CORE_ICS_H
#define CORE_ICS_H

#include "nurture/diagnostic.h"

#define ICS_MAX_LINE (16 * 1024) /* octets of a line after unfolding */

typedef struct {
    const Source *source;
    Diagnostics *problems;
    gsize at;         /* of the next line */
    gsize line;       /* offset of this one */
    gsize first_part; /* octets of it before it was folded */
    GString *text;
    /* of this line; parts of `text` */
    char *name;   /* in capitals, "DTSTART" */
    char *params; /* "VALUE=DATE;TZID=..", "" = none */
    char *value;
} Ics;

void ics_init(Ics *ics, const Source *source, Diagnostics *problems);
void ics_clear(Ics *ics);
/* The next line that is one; those that are not are reported. */
bool ics_next(Ics *ics);

/* E621 at this line's value, or at the line that starts at `line`. */
void ics_report(Ics *ics, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ics_report_at(Ics *ics, gsize line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ics, ics_clear)

#endif
