/* SPDX-License-Identifier: Apache-2.0 */
/* sink_store.c - accepted messages as files, and the log that proves them */
#include "sink-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
sink_store_open(Sink *sink, const SinkOptions *options, GError **error)
{
    sink->log_fd = -1;
    sink->store_dir = g_strdup(options->store_dir);
    if (options->store_dir && g_mkdir_with_parents(options->store_dir, 0700)) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s",
                    options->store_dir, g_strerror(errno));
        return false;
    }
    if (!options->log)
        return true;
    sink->log_fd =
        open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (sink->log_fd < 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", options->log,
                    g_strerror(errno));
        return false;
    }
    return true;
}

/* The value of the first Message-ID field without <>; NULL when there is none
 * that could stand in a line of the log. */
static char *
message_id_of(const GByteArray *body)
{
    const char *p = (const char *)body->data;
    const char *end = body->len ? p + body->len : p;

    while (p < end && *p != '\r') {
        const char *crlf = memmem(p, (gsize)(end - p), "\r\n", 2);
        if (!crlf)
            break;
        if (crlf - p > 11 && g_ascii_strncasecmp(p, "Message-ID:", 11) == 0) {
            g_autofree char *value = g_strndup(p + 11, (gsize)(crlf - p - 11));
            char *id = g_strstrip(value);
            gsize n = strlen(id);
            if (n > 2 && id[0] == '<' && id[n - 1] == '>' &&
                !strpbrk(id, " \t"))
                return g_strndup(id + 1, n - 2);
            return NULL;
        }
        p = crlf + 2;
    }
    return NULL;
}

/* "<local part>.eml" when that is a plain word, else a number. */
static char *
file_stem(Sink *sink, const char *id)
{
    gsize n = id ? strcspn(id, "@") : 0;

    if (n > 0 && n <= 64 &&
        strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789-_") >= n)
        return g_strndup(id, n);
    return g_strdup_printf("%08" G_GINT64_FORMAT, sink->sequence);
}

/* A second copy of the same message gets a name of its own: "x-2.eml". */
static char *
write_file(Sink *sink, const char *stem, const GByteArray *body)
{
    for (int copy = 1; copy < 10000; copy++) {
        g_autofree char *name = copy == 1
                                    ? g_strdup_printf("%s.eml", stem)
                                    : g_strdup_printf("%s-%d.eml", stem, copy);
        g_autofree char *path = g_build_filename(sink->store_dir, name, NULL);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            return NULL;
        bool ok = file_write_all(fd, body->data, body->len);
        close(fd);
        return ok ? g_steal_pointer(&name) : NULL;
    }
    return NULL;
}

bool
sink_keep(Sink *sink, const Peer *peer)
{
    g_autofree char *id = message_id_of(peer->body);
    g_autofree char *stem = NULL, *file = NULL, *hash = NULL;

    sink->sequence++;
    stem = file_stem(sink, id);
    if (sink->store_dir) {
        file = write_file(sink, stem, peer->body);
        if (!file)
            return false;
    }
    hash = sha256_hex(peer->body->data, peer->body->len);
    if (sink->log_fd < 0)
        return true;
    g_string_append_printf(sink->log_lines,
                           "%" G_GINT64_FORMAT " id=<%s> from=<%s>",
                           clock_now(), id ? id : "", peer->from);
    for (guint i = 0; i < peer->rcpts->len; i++)
        g_string_append_printf(sink->log_lines, " to=<%s>",
                               (char *)peer->rcpts->pdata[i]);
    g_string_append_printf(sink->log_lines, " size=%u sha256=%s file=%s\n",
                           peer->body->len, hash, file ? file : "-");
    return true;
}

bool
sink_sync(Sink *sink)
{
    if (sink->log_lines->len == 0)
        return true;
    if (!file_write_all(sink->log_fd, sink->log_lines->str,
                        sink->log_lines->len) ||
        fdatasync(sink->log_fd) != 0)
        return false;
    g_string_truncate(sink->log_lines, 0);
    return true;
}
