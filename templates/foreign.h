/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - merge tags of other products, which we would send as they stand
 */
#ifndef TEMPLATES_FOREIGN_H
#define TEMPLATES_FOREIGN_H

#include "nurture/diagnostic.h"

/* The length of such a tag at text[at..], 0 if there is none. */
gsize foreign_at(const char *text, gsize length, gsize at,
                 const char **out_product);
/* The length of "{word}" at text[at..] that is no suffix of a link; or 0. */
gsize foreign_single_braces(const char *text, gsize length, gsize at);
/* Is what stands between {{ and }} a Go template's (".Subscriber.Name")? */
bool foreign_in_slot(const char *inner, gsize length);
void foreign_report(Diagnostics *problems, const Source *source, gsize offset,
                    const char *text, gsize length, const char *product);

#endif
