/* SPDX-License-Identifier: Apache-2.0 */
/* addresses -- addr-specs picked out of any text, each once. */
#ifndef TRACKING_ADDRESSES_H
#define TRACKING_ADDRESSES_H

#include <glib.h>

#define ADDRESSES_MAX 1000

/* Add `text` (owned, may be NULL) unless the list has it, case-folded. */
void addresses_add(GPtrArray *list, char *text);

/* Add everything in `value` that has the form local@domain. `value` may be
 * NULL. */
void addresses_add_from(GPtrArray *list, const char *value);

#endif
