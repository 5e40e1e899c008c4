/* SPDX-License-Identifier: Apache-2.0 */
/* lint.h - what is wrong with a mail that is otherwise well formed */
#ifndef TEMPLATES_LINT_H
#define TEMPLATES_LINT_H

#include "links.h"

/* Text, links and images (group 4). */
void lint_tree(Compiler *compiler, const Tree *tree, const MailText *mail);
void lint_links(Compiler *compiler, const Tree *tree);
void lint_images(Compiler *compiler, const Tree *tree);
/* Every node of one type, while there is room for more problems. */
typedef void (*LintNode)(Compiler *compiler, const Tree *tree,
                         cmark_node *node);
void lint_each(Compiler *compiler, const Tree *tree, cmark_node_type type,
               LintNode check);
/* Subject, preheader, attachments and size (group 5). The checks that need a
 * mail without errors come last, and only then. */
void lint_mail(Compiler *compiler, const Tree *tree, const MailText *mail,
               bool has_errors);

/* A note to oneself such as TBD that was left in; NULL: none. */
const char *placeholder_find(const char *text, gsize *out_length);

/* The team's words.txt (W428); NULL: there is none. */
typedef struct WordList WordList;
WordList *word_list_read(const TemplateFiles *files);
void word_list_free(WordList *list);
/* The next phrase from row *at on that stands in `text`. */
bool word_list_find(const WordList *list, guint *at, const char *text,
                    gsize *out_offset, gsize *out_length,
                    const char **out_reason);

#endif
