/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h - the shell around a mail */
#ifndef TEMPLATES_LAYOUT_H
#define TEMPLATES_LAYOUT_H

#include "render.h"

/* What fills a layout's own slots, already escaped for HTML or for text. */
typedef struct {
    const Code *subject, *preheader, *content;
} LayoutParts;

/* Append the expanded layout to `out`, as HTML or as text. Slots in places
 * where no value may stand are reported (E224). */
void layout_html(Compiler *compiler, const Expanded *layout,
                 const LayoutParts *parts, Code *out);
void layout_text(Compiler *compiler, const Expanded *layout,
                 const LayoutParts *parts, Code *out);
/* Does the layout lead out of the list, and say where we live (E501 E502)? */
void layout_check(Compiler *compiler, const Expanded *layout, const char *path);
/* The layout's file, or the built-in one: then *out_owned is to be freed. */
const Source *layout_source(const TemplateContext *context, const char *path,
                            const char *built_in, Source **out_owned);

#endif
