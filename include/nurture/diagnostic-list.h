/* SPDX-License-Identifier: Apache-2.0 */
/* diagnostic-list -- every problem nurture can report, and what it means.
 *
 * One row per code, sorted by its number; codes are never reused. The texts
 * are what `nurture explain E211` shows. */
#ifndef NURTURE_DIAGNOSTIC_LIST_H
#define NURTURE_DIAGNOSTIC_LIST_H

#include "nurture/diagnostic.h"

typedef struct {
    const char *code; /* "E211" */
    const char *mistake;
    const char *why;   /* what would happen to candidates or to the mail */
    const char *wrong; /* a small example; NULL where none makes sense */
    const char *right;
} DiagnosticEntry;

guint diagnostic_list_size(void);
const DiagnosticEntry *diagnostic_list_get(guint index);
const DiagnosticEntry *diagnostic_find(const char *code); /* any case; NULL */
Severity diagnostic_severity(const char *code);
/* The page for `nurture explain`: what, why, wrong, right. */
void diagnostic_explain(const DiagnosticEntry *entry, GString *out);

#endif
