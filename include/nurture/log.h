/* SPDX-License-Identifier: Apache-2.0 */
/* log -- one event, one line, on stderr: key=value in a fixed order, id first.
 *
 *     msg=k3v9... relay=mx1.example.org delay=2.1 dsn=2.0.0 status=sent
 *
 * Nothing in a line lets a reader act as a candidate (no tokens) or names one
 * (no addresses); bodies are never logged. Lines are written whole, so that
 * processes may share a file. Thread-safe. */
#ifndef NURTURE_LOG_H
#define NURTURE_LOG_H

#include <glib.h>

typedef enum { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;

typedef enum { LOG_TEXT, LOG_JSON } LogFormat;

void log_set_level(LogLevel level); /* LOG_WARN until set */
/* LOG_JSON: each line is an object with "at" (UTC milliseconds), "level", and
 * the pairs as strings; words outside of pairs are "text". LOG_TEXT until set.
 */
void log_set_format(LogFormat format);
/* Send GLib's and GMime's messages through the same writer. */
void log_init(void);
void log_write(LogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
