/* SPDX-License-Identifier: Apache-2.0 */
/* markup -- HTML from a pattern and values that cannot break out of it.
 *
 * The pattern is a literal of ours; every value goes through the function that
 * escapes for its place. There is no directive that inserts a value as it is.
 *
 *     %s  const char *  text, or inside a double-quoted attribute; NULL = ""
 *     %u  const char *  one part of a URL, percent-encoded
 *     %d  int64_t       a number to read: 1,132
 *     %i  int64_t       a number for a machine: 1132
 *     %%                a percent sign */
#ifndef TRACKING_MARKUP_H
#define TRACKING_MARKUP_H

#include <glib.h>
#include <stdint.h>

void markup(GString *html, const char *pattern, ...);
/* Text of several lines for <pre> or white-space: pre-wrap, at most `max`
 * bytes of it; "[...]" stands for the rest. */
void markup_lines(GString *html, const char *text, gsize max);

#endif
