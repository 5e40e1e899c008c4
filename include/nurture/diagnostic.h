/* SPDX-License-Identifier: Apache-2.0 */
/* diagnostic -- what is wrong with an author's file, where, and how to mend it.
 *
 *     segments/senior.seg:1:14: error[E304]: 'snior' is not a value of ..
 *         1 | seniority >= snior
 *           |              ^^^^^ did you mean 'senior'?
 *           = help: possible values: intern, junior, mid, senior
 *
 * A code is E (error: somebody would receive something broken, illegal or not
 * meant), W (warning) or N (note) and a number that never changes its
 * meaning. All problems of a file are reported in one run. */
#ifndef NURTURE_DIAGNOSTIC_H
#define NURTURE_DIAGNOSTIC_H

#include "nurture/source.h"

#include <stdbool.h>

typedef enum { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR } Severity;

/* A change of text that mends the problem: replace `length` bytes at `offset`
 * of the file by `text`. */
typedef struct {
    gsize offset, length;
    char *text;
} DiagnosticFix;

typedef struct {
    char code[5]; /* "E203" */
    Severity severity;
    char *path;
    int line, column, end_column; /* 0,0,0: the file as a whole */
    gsize offset, length; /* in bytes of the file; 0,0: the file as a whole */
    char *message;
    char *note;    /* after the carets; NULL = none */
    char *help;    /* NULL = none */
    char *text;    /* the line of the file; NULL when line is 0 */
    GArray *fixes; /* DiagnosticFix */
} Diagnostic;

typedef struct Diagnostics Diagnostics;

Diagnostics *diagnostics_new(void);
void diagnostics_free(Diagnostics *list);

/* Add one problem at source[offset..offset+length). The span is cut at the end
 * of its first line. Returns: the new entry, borrowed, to add a note, a help
 * or a fix to. */
Diagnostic *diagnostics_add(Diagnostics *list, const char *code,
                            const Source *source, gsize offset, gsize length,
                            const char *format, ...) G_GNUC_PRINTF(6, 7);
/* The same about a file as a whole, or something that is no file. */
Diagnostic *diagnostics_add_file(Diagnostics *list, const char *code,
                                 const char *path, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void diagnostic_note(Diagnostic *d, const char *format, ...)
    G_GNUC_PRINTF(2, 3);
void diagnostic_help(Diagnostic *d, const char *format, ...)
    G_GNUC_PRINTF(2, 3);
void diagnostic_fix(Diagnostic *d, gsize offset, gsize length,
                    const char *text);

/* The same for what was reported: d->offset and d->length. */
void diagnostic_fix_all(Diagnostic *d, const char *text);

guint diagnostics_count(const Diagnostics *list, Severity severity);
guint diagnostics_length(const Diagnostics *list);
const Diagnostic *diagnostics_get(const Diagnostics *list, guint index);

/* By file in the order the files were met, then line, column, code. Doubles
 * (same code and place) are dropped. */
void diagnostics_sort(Diagnostics *list);
/* Drop the warnings and notes of `path` whose code is in `codes`; remember
 * which codes dropped something in `used` (same length; may be NULL). */
void diagnostics_allow(Diagnostics *list, const char *path,
                       const char *const *codes, bool *used);

/* Keep only what is about one of these paths, or a file below one of them. */
void diagnostics_keep(Diagnostics *list, const char *const *paths);

typedef enum { FORMAT_HUMAN, FORMAT_JSON, FORMAT_GITHUB } DiagnosticFormat;

/* Append one diagnostic, or all with a closing summary (human form only, at
 * most 20 per file and then "and N more"). */
void diagnostic_format(const Diagnostic *d, DiagnosticFormat format,
                       bool colour, GString *out);
void diagnostics_format(const Diagnostics *list, DiagnosticFormat format,
                        bool colour, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Diagnostics, diagnostics_free)

#endif
