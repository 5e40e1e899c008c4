/* SPDX-License-Identifier: Apache-2.0 */
/* http_form -- values out of queries and form bodies, as strangers send them.
 *
 * Every function is pure and linear. Values are UTF-8 without NUL; one that
 * is not is treated as absent. Results are owned by the caller. */
#ifndef CORE_HTTP_FORM_H
#define CORE_HTTP_FORM_H

#include <glib.h>
#include <stdbool.h>

/* %xx decoded; NULL for a broken escape, a NUL or bad UTF-8. `plus` reads '+'
 * as a space, as forms mean it. */
char *form_decode(const char *text, gsize length, bool plus);

/* The first value of `name` in a=b&c=d (WHATWG URL, 5.1). */
char *form_urlencoded(const char *text, gsize length, const char *name);

/* The first value of the part called `name` (RFC 7578); `type` is the whole
 * Content-Type, whose boundary parameter counts. */
char *form_multipart(const char *type, const char *body, gsize length,
                     const char *name);

#endif
