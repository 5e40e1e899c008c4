/* SPDX-License-Identifier: Apache-2.0 */
/* expanded.h - building the one text */
#ifndef TEMPLATES_EXPANDED_H
#define TEMPLATES_EXPANDED_H

#include "document.h"

/* in->text[from..to) as it is. */
void expanded_copy(Expanded *out, const TagText *in, gsize from, gsize to);
/* `text` in its stead. */
void expanded_insert(Expanded *out, const TagText *in, gsize from, gsize to,
                     const char *text, gssize length);
/* A mark in its stead; false when there are too many. */
bool expanded_mark(Expanded *out, const TagText *in, gsize from, gsize to,
                   Mark mark);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expanded, expanded_free)

#endif
