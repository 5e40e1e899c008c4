/* SPDX-License-Identifier: Apache-2.0 */
/* html-text -- what a reader sees of an HTML mail, as plain text.
 *
 * One pass of a tokenizer, no tree and no recursion: HTML arrives from
 * strangers, and parsers that build a tree can be made quadratic by a few
 * kilobytes of nested tags. The work is proportional to the input, of which
 * only the first megabyte is read; the result is at most a small multiple of
 * it and always valid UTF-8.
 *
 * Blocks become lines, paragraphs are set apart by a blank line, list items
 * start with "- " or a number, a rule is a line of underscores and a
 * blockquote's lines start with "> ". What is not shown (style, script,
 * comments, hidden preheaders) is left out. */
#ifndef TRACKING_HTML_TEXT_H
#define TRACKING_HTML_TEXT_H

#include "reply-text.h"

#include <stddef.h>
#include <stdint.h>

#define HTML_TEXT_MAX_BYTES (1024 * 1024)

/* The readable text, with the address of a link behind its words.
 * Returns: text to g_free(), never NULL. */
char *html_to_text(const char *html, size_t length);

/* Only what the author of a reply wrote anew: what mail programs mark as
 * quoted (blockquotes, gmail_quote, divRplyFwdMsg ...) or as signature is left
 * out, answers between two quotes stay, and the rest is read as
 * reply_text_extract() reads plain text.
 * Returns: text to g_free(), never NULL, empty when nothing is new. */
char *html_reply_text(const char *html, size_t length);

/* The same with all that is known: reply_text_read() for HTML. */
char *html_reply_read(const ReplySource *source, ReplyReading *out);

/* For tests: steps this thread's last conversion took. */
size_t html_text_steps(void);

/* The character of "name" in "&name;", 0 if there is none. */
uint32_t html_entity(const char *name, size_t length);

#endif
