/* SPDX-License-Identifier: Apache-2.0 */
/* letter-words -- the texts of letters.tsv in one language, with what their
 * {braces} stand for. */
#ifndef CAMPAIGNS_LETTER_WORDS_H
#define CAMPAIGNS_LETTER_WORDS_H

#include "nurture/datafile.h"
#include "nurture/workspace.h"

typedef struct {
    const DataFile *ours;
    DataFile *theirs;      /* the workspace's letters.tsv, or NULL */
    const char *language;  /* one that we know, else English */
    const char *date;      /* how it writes a day */
    const char *names[12]; /* what {braces} stand for; borrowed */
    const char *values[12];
    int count;
} Pen;

/* ERROR_INPUT: the workspace's letters.tsv is no table. */
bool pen_open(const Workspace *workspace, const char *language, Pen *out,
              GError **error);
void pen_clear(Pen *pen);
/* `value` is borrowed and must outlive the pen; NULL is empty. */
void pen_set(Pen *pen, const char *name, const char *value);
/* The text of `key`; what is filled in is not filled in again. */
char *pen_write(const Pen *pen, const char *key);
/* A day, as the language writes it; NULL for 0. */
char *pen_date(const Pen *pen, const Workspace *workspace, int64_t at);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pen, pen_clear)

#endif
