/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_value.c - what YAML would make of one value on one line */
#include "yaml-lines.h"

#include <string.h>
#include <yaml.h>

/* Inside a block, a plain value that begins with a letter or digit can only be
 * cut by a colon or a number sign. */
static bool
is_harmless(const char *value, gsize length)
{
    if (!g_ascii_isalnum(value[0]) && (guchar)value[0] < 0x80)
        return false;
    return !memchr(value, '#', length) && !memchr(value, ':', length);
}

static bool
next_is(yaml_parser_t *parser, yaml_event_type_t type)
{
    yaml_event_t event;
    bool same;

    if (!yaml_parser_parse(parser, &event))
        return false;
    same = event.type == type;
    yaml_event_delete(&event);
    return same;
}

static bool
next_is_text(yaml_parser_t *parser, const char *value, gsize length)
{
    yaml_event_t event;
    bool same;

    if (!yaml_parser_parse(parser, &event))
        return false;
    same = event.type == YAML_SCALAR_EVENT && !event.data.scalar.anchor &&
           !event.data.scalar.tag &&
           event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           event.data.scalar.length == length &&
           memcmp(event.data.scalar.value, value, length) == 0;
    yaml_event_delete(&event);
    return same;
}

bool
yaml_plain_is_exact(const char *value, gsize length)
{
    g_autofree char *line = NULL;
    yaml_parser_t parser;
    bool exact;

    if (length == 0)
        return false;
    if (is_harmless(value, length))
        return true;
    line = g_strdup_printf("k: %.*s\n", (int)length, value);
    g_assert(yaml_parser_initialize(&parser));
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)line,
                                 strlen(line));
    exact = next_is(&parser, YAML_STREAM_START_EVENT) &&
            next_is(&parser, YAML_DOCUMENT_START_EVENT) &&
            next_is(&parser, YAML_MAPPING_START_EVENT) &&
            next_is(&parser, YAML_SCALAR_EVENT) &&
            next_is_text(&parser, value, length) &&
            next_is(&parser, YAML_MAPPING_END_EVENT) &&
            next_is(&parser, YAML_DOCUMENT_END_EVENT);
    yaml_parser_delete(&parser);
    return exact;
}

char *
yaml_quote(const char *value, gsize length)
{
    GString *out = g_string_new(NULL);

    if (!memchr(value, '"', length) && !memchr(value, '\\', length)) {
        g_string_append_c(out, '"');
        g_string_append_len(out, value, (gssize)length);
        g_string_append_c(out, '"');
        return g_string_free(out, FALSE);
    }
    g_string_append_c(out, '\'');
    for (gsize i = 0; i < length; i++) {
        if (value[i] == '\'')
            g_string_append_c(out, '\'');
        g_string_append_c(out, value[i]);
    }
    g_string_append_c(out, '\'');
    return g_string_free(out, FALSE);
}

char *
yaml_write_text(const char *text)
{
    return yaml_plain_is_exact(text, strlen(text))
               ? g_strdup(text)
               : yaml_quote(text, strlen(text));
}

gsize
yaml_quote_end(const char *value, gsize length)
{
    char quote = value[0];

    for (gsize i = 1; i < length; i++)
        if (value[i] == '\\' && quote == '"')
            i++;
        else if (value[i] == quote && quote == '\'' && i + 1 < length &&
                 value[i + 1] == quote)
            i++;
        else if (value[i] == quote)
            return i + 1;
    return 0;
}

/* The place of the first " #", or of a "#" at the start; `length` if none. */
static gsize
find_comment(const char *value, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (value[i] == '#' &&
            (i == 0 || value[i - 1] == ' ' || value[i - 1] == '\t'))
            return i;
    return length;
}

/* What in the value has a meaning of its own, for the message. */
static void
find_token(const char *value, gsize length, gsize *out_at, gsize *out_length)
{
    *out_at = 0;
    *out_length = 1;
    if (length > 1 && value[0] == '{' && (value[1] == '{' || value[1] == '%'))
        *out_length = 2;
    else if (strchr("&*!|>'\"%@`[]{},?-:", value[0]) == NULL) {
        for (gsize i = 0; i < length; i++)
            if (value[i] == ':' && (i + 1 == length || value[i + 1] == ' ' ||
                                    value[i + 1] == '\t')) {
                *out_at = i;
                return;
            }
        *out_length = (gsize)(g_utf8_next_char(value) - value);
    }
}

/* The value as an example in a help line: up to its first merge tag. */
static char *
short_form(const char *value, gsize length)
{
    g_autofree char *text = g_strndup(value, length);
    char *tag = strstr(text, "{{");

    if (tag && tag > text) {
        const char *last;
        *tag = '\0';
        while (*text) {
            last = g_utf8_find_prev_char(text, text + strlen(text));
            if (g_unichar_isalnum(g_utf8_get_char(last)))
                break;
            text[last - text] = '\0';
        }
    }
    if (!*text)
        return yaml_quote(value, length);
    return yaml_quote(text, strlen(text));
}

void
yaml_value_misread(const Source *source, gsize offset, gsize length,
                   const char *key, bool is_text, Diagnostics *problems)
{
    const char *value = source_text(source) + offset;
    g_autofree char *quoted = yaml_quote(value, length);
    gsize comment = find_comment(value, length);
    Diagnostic *d;

    if (comment < length && (is_text || comment == 0)) {
        g_autofree char *shown = short_form(value, length);
        d = diagnostics_add(
            problems, "E113", source, offset + comment, 1,
            "everything after ' #' would be cut off as a comment");
        diagnostic_help(d, "put the value in quotes: %s%s%s", key ? key : "",
                        key ? ": " : "", shown);
    } else {
        gsize at, token;
        find_token(value, length, &at, &token);
        d = diagnostics_add(problems, "E119", source, offset + at, token,
                            "this value must be in quotes: YAML gives '%.*s' a "
                            "meaning of its own",
                            (int)token, value + at);
        diagnostic_help(d, "'nurture fmt' adds the quotes");
    }
    diagnostic_fix(d, offset, length, quoted);
}
