/* SPDX-License-Identifier: Apache-2.0 */
/* folded -- text brought to one spelling before rules look at it.
 *
 * Lower case; Latin letters lose their accents (é e, ß ss, ł l, ø o), because
 * hurried people leave them out; every quotation mark becomes ' or ", every
 * dash -, every run of blanks one space. Other scripts keep their letters.
 * Rule tables are written in this spelling. */
#ifndef TRACKING_FOLDED_H
#define TRACKING_FOLDED_H

#include <glib.h>

/* At most `limit` bytes of `text` (valid UTF-8) are read. Newlines stay. */
char *text_fold(const char *text, gsize limit);

/* The sentences of a folded text, in order, trimmed, none empty. A question
 * keeps its mark; other ends are dropped. A line break ends a sentence when
 * the line is short or a blank one follows: mail is wrapped by hand. */
GPtrArray *text_sentences(const char *folded);

/* The languages a folded text may be written in, likeliest first, as ISO 639
 * codes; NULL-terminated, at most 3, empty if nothing tells. */
#define LANGUAGES_MAX 3
void text_languages(const char *folded, const char *out[LANGUAGES_MAX + 1]);

#endif
