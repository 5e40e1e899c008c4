/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - the parsed Markdown, with places in the authors' files */
#ifndef TEMPLATES_TREE_H
#define TEMPLATES_TREE_H

#include "expanded.h"

#include <cmark.h>

typedef struct {
    cmark_node *root;
    const Expanded *doc;
    GArray *lines; /* gsize: where each line of the text starts */
} Tree;

/* What `{button}` and its kind behind a link or image say. */
typedef enum {
    SUFFIX_BUTTON = 1 << 0,
    SUFFIX_DECORATIVE = 1 << 1,
    SUFFIX_NOTRACK = 1 << 2,
} Suffix;

/* Parse with caps against the inputs that make libcmark quadratic. NULL when
 * one is passed, or a block tag does not end in the paragraph in which it
 * begins: reported. `problems` may be NULL. */
Tree *tree_parse(const Expanded *doc, Diagnostics *problems);
void tree_free(Tree *tree);

unsigned node_suffix(cmark_node *node); /* Suffix bits */
int node_width(cmark_node *node);       /* of {width=540}; 0 = not said */
/* Bytes of the node's text in the file before what is left of it. */
gsize node_skipped(cmark_node *node);
/* A condition around all of a list item: its first and last mark. */
bool item_condition(const Tree *tree, cmark_node *item, const Mark **out_open,
                    const Mark **out_close);
/* Nothing but marks of block tags: stands between blocks. */
bool node_is_marker(cmark_node *node);
/* Nothing but buttons and marks. */
bool node_is_buttons(cmark_node *node);

gsize tree_offset(const Tree *tree, int line, int column);
gsize node_start(const Tree *tree, cmark_node *node);
gsize node_end(const Tree *tree, cmark_node *node); /* one past */
/* Where the node's address stands; the node itself if that is elsewhere. */
void node_url_place(const Tree *tree, cmark_node *node, gsize *out_at,
                    gsize *out_length);

Diagnostic *tree_report(const Tree *tree, Diagnostics *problems,
                        const char *code, gsize at, gsize length,
                        const char *format, ...) G_GNUC_PRINTF(6, 7);

/* All visible text below a node, marks left out. */
char *node_text(cmark_node *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

#endif
