/* SPDX-License-Identifier: Apache-2.0 */
/* html-tags -- what a tag of an HTML mail means for its text.
 *
 * Shared by html_text.c (the walk) and html_tags.c (the tables). All strings
 * are borrowed pieces of the input, not NUL-terminated. */
#ifndef TRACKING_HTML_TAGS_H
#define TRACKING_HTML_TAGS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    HTML_TAG_A,
    HTML_TAG_BLOCKQUOTE,
    HTML_TAG_BODY,
    HTML_TAG_BR,
    HTML_TAG_DIV,
    HTML_TAG_HR,
    HTML_TAG_IMG,
    HTML_TAG_LI,
    HTML_TAG_OL,
    HTML_TAG_P,
    HTML_TAG_PRE,
    HTML_TAG_TABLE,
    HTML_TAG_TD,
    HTML_TAG_TH,
    HTML_TAG_TR,
    HTML_TAG_UL,
    HTML_TAG_NAMED, /* the rows from here on have no name of their own */
    HTML_TAG_MAX = 80,
} HtmlTag;

typedef enum {
    HTML_BLOCK = 1 << 0,     /* begins and ends a line */
    HTML_PARAGRAPH = 1 << 1, /* and is set apart by a blank line */
    HTML_VOID = 1 << 2,      /* has no end tag */
    HTML_RAW = 1 << 3,       /* what follows is not text: skip to its end tag */
    HTML_FENCE = 1 << 4,     /* stray end tags inside close nothing outside */
} HtmlTagFlags;

typedef struct {
    const char *at;
    size_t length;
} HtmlSpan;

typedef struct {
    HtmlSpan class_, id, style, name, href, type, alt, color;
    bool hidden;
} HtmlAttributes;

typedef enum {
    HTML_ROLE_NONE,
    HTML_ROLE_QUOTE,     /* all of it was written by somebody else */
    HTML_ROLE_SIGNATURE, /* marked as signature by the mail program */
    HTML_ROLE_SPLIT,     /* what follows, to the end, is the older mail */
    HTML_ROLE_RULE,      /* a line above it, drawn as a border */
} HtmlRole;

/* Returns: a row, known to html_tag_flags() and html_tag_name(); -1. */
int html_tag_find(const char *name, size_t length);
unsigned html_tag_flags(int tag);
const char *html_tag_name(int tag);

/* Reads attributes from `at` (behind the tag's name) to the closing '>'.
 * `unclosed` remembers, for the whole document, that a kind of quotation mark
 * has no partner any more: without it each would be searched to the end.
 * Returns: behind the '>', or `end`. */
const char *html_attributes_parse(const char *at, const char *end,
                                  HtmlAttributes *out, bool unclosed[2],
                                  size_t *steps);
bool html_attributes_hide(const HtmlAttributes *attributes);
bool html_attributes_preserve_space(const HtmlAttributes *attributes);
/* A paragraph without margin: Outlook's lines. */
bool html_attributes_tight(const HtmlAttributes *attributes);
HtmlRole html_attributes_role(int tag, const HtmlAttributes *attributes);

/* The colour of its text as 0xrrggbb, REPLY_PAINT_PLAIN for black and greys;
 * `inherited` where it says nothing. */
int html_attributes_colour(const HtmlAttributes *attributes, int inherited);

#endif
