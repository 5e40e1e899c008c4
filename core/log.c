/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - whole lines on stderr */
#include "nurture/log.h"

#include "nurture/clock.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int threshold = LOG_WARN;
static LogFormat format_of_lines = LOG_TEXT;

void
log_set_level(LogLevel level)
{
    threshold = (int)level;
}

void
log_set_format(LogFormat format)
{
    format_of_lines = format;
}

/* Does a key and its = stand at `c`? Its length, else 0. */
static gsize
key_length(const char *c)
{
    gsize length = strspn(c, "abcdefghijklmnopqrstuvwxyz_");

    return c[length] == '=' ? length : 0;
}

/* The end of a value that begins at `c`: a space, or of a quoted one the
 * quote after which the line ends or a key follows (messages have quotes). */
static const char *
value_end(const char *c)
{
    if (*c == '"')
        for (const char *q = strchr(c + 1, '"'); q; q = strchr(q + 1, '"'))
            if (q[1] == '\0' || (q[1] == ' ' && key_length(q + 2)))
                return q + 1;
    return c + strcspn(c, " ");
}

static void
append_field(GString *out, const char *key, gsize key_size, const char *value,
             gsize length)
{
    bool quoted = length >= 2 && *value == '"' && value[length - 1] == '"';
    g_autofree char *name = g_strndup(key, key_size);
    g_autofree char *text =
        g_strndup(value + quoted, length - (quoted ? 2 : 0));

    g_string_append_c(out, ',');
    json_append_string(out, name);
    g_string_append_c(out, ':');
    json_append_string(out, text);
}

/* key=value pairs become members; other words together become "text". */
static char *
json_line(const char *level, const char *text)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GString) words = g_string_new(NULL);

    g_string_append_printf(out, "{\"at\":%" G_GINT64_FORMAT ",\"level\":\"%s\"",
                           clock_now(), level);
    for (const char *c = text; *c;) {
        gsize key = key_length(c);
        bool pair = key > 0;
        const char *end = pair ? value_end(c + key + 1) : c + strcspn(c, " ");
        if (pair)
            append_field(out, c, key, c + key + 1, (gsize)(end - c) - key - 1);
        else
            g_string_append_printf(words, "%s%.*s", words->len ? " " : "",
                                   (int)(end - c), c);
        c = end + strspn(end, " ");
    }
    if (words->len)
        append_field(out, "text", 4, words->str, words->len);
    g_string_append(out, "}\n");
    return g_string_free(out, FALSE);
}

static void
write_line(LogLevel level, const char *text)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) line = g_string_new(NULL);

    /* What servers say may hold line ends and sequences for a terminal. */
    if (format_of_lines == LOG_JSON) {
        g_autofree char *object = json_line(names[level], valid);
        g_string_append(line, object);
    } else {
        g_string_append_printf(line, "level=%s ", names[level]);
        plain_append_text(line, valid);
        g_string_append_c(line, '\n');
    }
    /* One write, so that lines of several processes do not mix. */
    if (write(STDERR_FILENO, line->str, line->len) < 0)
        return; /* nowhere left to say it */
}

void
log_write(LogLevel level, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if ((int)level > threshold)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    write_line(level, text);
}

static GLogWriterOutput
from_glib(GLogLevelFlags flags, const GLogField *fields, gsize n,
          gpointer unused)
{
    LogLevel level = flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)
                         ? LOG_ERROR
                     : flags & G_LOG_LEVEL_WARNING ? LOG_WARN
                                                   : LOG_DEBUG;
    const char *message = "", *domain = "app";

    (void)unused;
    for (gsize i = 0; i < n; i++) {
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            message = fields[i].value;
        else if (strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
            domain = fields[i].value;
    }
    log_write(level, "library=%s message=\"%s\"", domain, message);
    return G_LOG_WRITER_HANDLED;
}

void
log_init(void)
{
    g_log_set_writer_func(from_glib, NULL, NULL);
}
