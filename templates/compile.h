/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - pieces of a compile that Markdown without tags needs too */
#ifndef TEMPLATES_COMPILE_H
#define TEMPLATES_COMPILE_H

#include "layout.h"

#define SIGNATURE_MAX (16 * 1024)

void compiler_init(Compiler *compiler, const TemplateContext *context,
                   Diagnostics *problems);
void compiler_clear(Compiler *compiler);

/* Put both layouts around their parts, into the program. The checks a mail
 * needs are made if `is_mail`. */
void compile_layouts(Compiler *compiler, const LayoutParts *html_parts,
                     const LayoutParts *text_parts, bool is_mail);

/* A whole file as Markdown in which {{ means nothing. */
void markdown_expand(const Source *source, Expanded *out);
/* A tree without marks in both forms. */
void markdown_tree_render(MailProgram *program, const Tree *tree,
                          bool break_lines, GString *html, GString *text);

#endif
