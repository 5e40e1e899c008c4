/* SPDX-License-Identifier: Apache-2.0 */
/* html_state.c - where in an HTML text one is, byte by byte */
#include "html_state.h"

#include <string.h>

enum {
    IN_TEXT,
    IN_TAG_START,
    IN_TAG_NAME,
    IN_TAG, /* between attributes */
    IN_ATTRIBUTE_NAME,
    IN_ATTRIBUTE_EQUALS,
    IN_DOUBLE,
    IN_SINGLE,
    IN_UNQUOTED,
    IN_DECLARATION, /* <! and <? */
    IN_COMMENT,
    IN_RAW, /* style and script, to their end tag */
};

void
html_state_init(HtmlState *state)
{
    memset(state, 0, sizeof *state);
}

static void
add_byte(HtmlState *state, char *name, char c)
{
    if (state->length < sizeof state->name - 1) {
        name[state->length++] = g_ascii_tolower(c);
        name[state->length] = '\0';
    }
}

static bool
is_raw(const char *name)
{
    return !strcmp(name, "style") || !strcmp(name, "script");
}

static void
end_tag(HtmlState *state)
{
    state->state = !state->closing && is_raw(state->name) ? IN_RAW : IN_TEXT;
    state->length = 0;
}

static void
feed_tag_start(HtmlState *state, char c)
{
    if (c == '!' || c == '?') {
        state->state = IN_DECLARATION;
        state->length = 0;
    } else if (c == '/') {
        state->closing = true;
    } else if (g_ascii_isalpha(c)) {
        state->state = IN_TAG_NAME;
        state->length = 0;
        add_byte(state, state->name, c);
    } else {
        state->state = c == '<' ? IN_TAG_START : IN_TEXT;
    }
}

static void
feed_in_tag(HtmlState *state, char c)
{
    if (c == '>') {
        end_tag(state);
    } else if (!g_ascii_isspace(c) && c != '/') {
        state->state = IN_ATTRIBUTE_NAME;
        state->length = 0;
        add_byte(state, state->attribute, c);
    }
}

static void
feed_equals(HtmlState *state, char c)
{
    state->value_bytes = 0;
    if (c == '"')
        state->state = IN_DOUBLE;
    else if (c == '\'')
        state->state = IN_SINGLE;
    else if (c == '>')
        end_tag(state);
    else if (!g_ascii_isspace(c))
        state->state = IN_UNQUOTED;
}

static void
feed_attribute_name(HtmlState *state, char c)
{
    if (c == '=')
        state->state = IN_ATTRIBUTE_EQUALS;
    else if (c == '>')
        end_tag(state);
    else if (g_ascii_isspace(c) || c == '/')
        state->state = IN_TAG;
    else
        add_byte(state, state->attribute, c);
}

/* Counts dashes for "<!--" and "-->". */
static void
feed_declaration(HtmlState *state, char c)
{
    if (state->state == IN_DECLARATION) {
        if (c == '-' && ++state->length == 2) {
            state->state = IN_COMMENT;
            state->length = 0;
        } else if (c == '>') {
            state->state = IN_TEXT;
        } else if (c != '-') {
            state->length = 100; /* no comment any more */
        }
    } else if (c == '>' && state->length >= 2) {
        state->state = IN_TEXT;
    } else {
        state->length = c == '-' ? state->length + 1 : 0;
    }
}

/* Looks for "</style" or "</script"; the tag's attributes follow. */
static void
feed_raw(HtmlState *state, char c)
{
    g_autofree char *end = g_strconcat("</", state->name, NULL);

    if (g_ascii_tolower(c) == end[state->length])
        state->length++;
    else
        state->length = c == '<' ? 1 : 0;
    if (end[state->length] == '\0') {
        state->closing = true;
        state->state = IN_TAG;
        state->length = 0;
    }
}

void
html_state_feed(HtmlState *state, char c)
{
    switch (state->state) {
    case IN_TEXT:
        if (c == '<') {
            state->state = IN_TAG_START;
            state->closing = false;
        }
        break;
    case IN_TAG_START:
        feed_tag_start(state, c);
        break;
    case IN_TAG_NAME:
        if (c == '>')
            end_tag(state);
        else if (g_ascii_isspace(c) || c == '/')
            state->state = IN_TAG;
        else
            add_byte(state, state->name, c);
        break;
    case IN_TAG:
        feed_in_tag(state, c);
        break;
    case IN_ATTRIBUTE_NAME:
        feed_attribute_name(state, c);
        break;
    case IN_ATTRIBUTE_EQUALS:
        feed_equals(state, c);
        break;
    case IN_DOUBLE:
    case IN_SINGLE:
        state->value_bytes++;
        if (c == (state->state == IN_DOUBLE ? '"' : '\''))
            state->state = IN_TAG;
        break;
    case IN_UNQUOTED:
        if (c == '>')
            end_tag(state);
        else if (g_ascii_isspace(c))
            state->state = IN_TAG;
        break;
    case IN_DECLARATION:
    case IN_COMMENT:
        feed_declaration(state, c);
        break;
    default:
        feed_raw(state, c);
        break;
    }
}

static bool
is_address(const char *name)
{
    return !strcmp(name, "href") || !strcmp(name, "src") ||
           !strcmp(name, "background") || !strcmp(name, "cite");
}

HtmlPlace
html_state_place(const HtmlState *state)
{
    const char *name = state->attribute;

    switch (state->state) {
    case IN_TEXT:
        return PLACE_TEXT;
    case IN_DOUBLE:
    case IN_SINGLE:
        if (is_address(name))
            return PLACE_ADDRESS;
        if (!strcmp(name, "style"))
            return PLACE_STYLE;
        if (g_str_has_prefix(name, "on") || !strcmp(name, "srcdoc") ||
            !strcmp(name, "srcset") || !strcmp(name, "action") ||
            !strcmp(name, "formaction") || !strcmp(name, "http-equiv"))
            return PLACE_FORBIDDEN;
        return PLACE_ATTRIBUTE;
    default:
        return PLACE_FORBIDDEN;
    }
}

const char *
html_state_words(const HtmlState *state)
{
    switch (state->state) {
    case IN_RAW:
        return state->name[1] == 't' ? "inside <style>" : "inside <script>";
    case IN_COMMENT:
    case IN_DECLARATION:
        return "inside a comment";
    case IN_TAG_START:
    case IN_TAG_NAME:
        return "in a tag's name";
    case IN_TAG:
    case IN_ATTRIBUTE_NAME:
        return "in an attribute's name";
    case IN_ATTRIBUTE_EQUALS:
    case IN_UNQUOTED:
        return "in an attribute without quotes";
    default:
        return "in an attribute of this kind";
    }
}
