/* SPDX-License-Identifier: Apache-2.0 */
/* lint.h - what is wrong with a mail that is otherwise well formed */
#ifndef TEMPLATES_LINT_H
#define TEMPLATES_LINT_H

#include "links.h"

/* Text, links and images (group 4). */
void lint_tree(Compiler *compiler, const Tree *tree, const MailText *mail);
void lint_links(Compiler *compiler, const Tree *tree);
void lint_images(Compiler *compiler, const Tree *tree);
/* Subject, preheader, attachments and size (group 5). The checks that need a
 * mail without errors come last, and only then. */
void lint_mail(Compiler *compiler, const Tree *tree, const MailText *mail,
               bool has_errors);

#endif
