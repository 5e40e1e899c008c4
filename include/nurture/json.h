/* SPDX-License-Identifier: Apache-2.0 */
/* json -- writing JSON text, one string at a time.
 *
 * Objects are written by hand where they are used; the only part that can go
 * wrong is the string, so it lives here. RFC 8259. */
#ifndef NURTURE_JSON_H
#define NURTURE_JSON_H

#include <glib.h>

/* Append `text` as a JSON string with its quotes; NULL becomes null. Control
 * characters are escaped, also U+007F, U+2028 and U+2029, so that a line
 * stays a line for every reader; bytes that are not UTF-8 become U+FFFD. */
void json_append_string(GString *out, const char *text);

#endif
