/* SPDX-License-Identifier: Apache-2.0 */
/* html_state.h - where in an HTML text one is, byte by byte
 *
 * Enough of a tokenizer to know what a value must be escaped for: text, a
 * quoted attribute, an address; everything else is no place for a value. */
#ifndef TEMPLATES_HTML_STATE_H
#define TEMPLATES_HTML_STATE_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    PLACE_TEXT,
    PLACE_ATTRIBUTE,
    PLACE_ADDRESS, /* href, src and the like */
    PLACE_STYLE,   /* a style attribute */
    PLACE_FORBIDDEN,
} HtmlPlace;

typedef struct {
    int state;
    char name[32];      /* of the tag, lower case */
    char attribute[32]; /* the last one's name */
    guint length;       /* of the name being read */
    gsize value_bytes;  /* of the attribute's value so far */
    bool closing;
} HtmlState;

void html_state_init(HtmlState *state);
void html_state_feed(HtmlState *state, char c);
HtmlPlace html_state_place(const HtmlState *state);
/* "inside <style>", for messages. */
const char *html_state_words(const HtmlState *state);

#endif
