/* SPDX-License-Identifier: Apache-2.0 */
/* expansion.h - one file's tags on their way to the one text */
#ifndef TEMPLATES_EXPANSION_H
#define TEMPLATES_EXPANSION_H

#include "expanded.h"

#define BLOCK_DEPTH_MAX 8

typedef struct {
    Compiler *compiler;
    const TagText *in;
    GArray *pieces;
    Expanded *out;
    bool live;          /* false: only checked, nothing comes of it */
    const char *prefix; /* of every line: quotes and indents around a snippet */
    gsize swallowed;    /* text before this offset is left out */
    bool is_torn;       /* a tag of it is broken (E201, E202, E212) */
} Expansion;

/* A branch of a block, and what is known about its condition. */
typedef struct {
    guint piece;    /* the tag that opens it */
    guint from, to; /* the pieces inside */
    bool is_else;
    Expression *full; /* as written; NULL: else, or not understood */
    Expression *live; /* what is left of it */
    bool is_decided, value;
} Branch;

const Piece *piece_at(const Expansion *x, guint index);
Diagnostic *expansion_report(Expansion *x, const char *code, gsize from,
                             gsize to, const char *message);
/* A limit was passed: nothing more is expanded (E006). */
void expansion_full(Expansion *x, const Piece *piece, const char *message);
/* The first word of a block tag, and where what follows it starts. */
char *block_keyword(const Expansion *x, const Piece *piece, gsize *out_rest);
/* Is the tag alone on its line but for quote marks and indent? Then
 * out_prefix is what stands before it. */
bool is_own_line(const Expansion *x, const Piece *piece, char **out_prefix);
void emit_mark(Expansion *x, const Piece *piece, Mark mark);
/* Finds the end of the block that opens at `open`, and its branches. Returns
 * the closing piece, or `to` when there is none (E209). */
guint find_branches(Expansion *x, guint open, guint to, const char *word,
                    GArray *branches);
void expand_branch(Expansion *x, const Branch *branch, bool live);
void expand_range(Expansion *x, guint from, guint to);

/* {% for NAME in LIST limit N %} */
typedef struct {
    char *name, *list;
    gsize list_at;
    int limit;
    const Field *field; /* NULL: the open roles */
} Loop;

/* Both return the last piece they used up. */
guint expand_for(Expansion *x, guint open, guint to);
/* Roles that are open and share an interest with the person. */
void expand_roles(Expansion *x, const Loop *loop, const Branch *body,
                  const Branch *empty, const Piece *close);
void expand_include(Expansion *x, const Piece *piece);

#endif
