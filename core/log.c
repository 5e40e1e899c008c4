/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - whole lines on stderr */
#include "nurture/log.h"

#include "nurture/text.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static int threshold = LOG_WARN;

void
log_set_level(LogLevel level)
{
    threshold = (int)level;
}

static void
write_line(LogLevel level, const char *text)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) line = g_string_new(NULL);

    /* What servers say may hold line ends and sequences for a terminal. */
    g_string_append_printf(line, "level=%s ", names[level]);
    plain_append_text(line, valid);
    g_string_append_c(line, '\n');
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
