/* SPDX-License-Identifier: Apache-2.0 */
/* hit_log.c - answered clicks and opens, on the disk before the answers */
#include "hit-log.h"

#include "nurture/error.h"
#include "nurture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SEGMENT_BYTES (16 * 1024 * 1024)
#define AHEAD_BYTES   (512 * 1024)
#define HEAD_BYTES    12
#define PAYLOAD_MAX   512

struct HitLog {
    char *folder;
    int fd;        /* of the segment, locked; -1 = none */
    gsize written; /* bytes of it that count */
    gsize ahead;   /* bytes of it that are there: zeros behind the others */
    unsigned made; /* segments, for their names */
};

/* Records ---------------------------------------------------------------- */

static uint64_t
checksum(const uint8_t *bytes, gsize length)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (gsize i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

static void
put_text(uint8_t **p, const char *text)
{
    gsize length = strlen(text);

    *(*p)++ = (uint8_t)length;
    memcpy(*p, text, length);
    *p += length;
}

static bool
get_text(const uint8_t **p, const uint8_t *end, char *out, gsize size)
{
    gsize length = *p < end ? *(*p)++ : size;

    if (length >= size || length > (gsize)(end - *p))
        return false;
    memcpy(out, *p, length);
    out[length] = '\0';
    *p += length;
    return true;
}

void
hit_record_append(GByteArray *out, const HitRecord *record)
{
    uint8_t bytes[HEAD_BYTES + PAYLOAD_MAX], *p = bytes + HEAD_BYTES;

    memcpy(p, &record->at, 8);
    memcpy(p + 8, &record->link, 2);
    p[10] = record->click;
    p[11] = record->facts;
    p += 12;
    put_text(&p, record->message_id);
    put_text(&p, record->network);
    put_text(&p, record->range);
    put_text(&p, record->agent);
    uint32_t length = (uint32_t)(p - bytes - HEAD_BYTES);
    uint64_t sum = checksum(bytes + HEAD_BYTES, length);
    memcpy(bytes, &length, 4);
    memcpy(bytes + 4, &sum, 8);
    g_byte_array_append(out, bytes, HEAD_BYTES + length);
}

gsize
hit_record_read(const uint8_t *bytes, gsize length, HitRecord *out)
{
    uint32_t size;
    uint64_t sum;

    if (length < HEAD_BYTES)
        return 0;
    memcpy(&size, bytes, 4);
    memcpy(&sum, bytes + 4, 8);
    const uint8_t *p = bytes + HEAD_BYTES, *end = p + size;
    if (size < 12 || size > PAYLOAD_MAX || size > length - HEAD_BYTES ||
        sum != checksum(p, size))
        return 0;
    memcpy(&out->at, p, 8);
    memcpy(&out->link, p + 8, 2);
    out->click = p[10] != 0;
    out->facts = p[11];
    p += 12;
    return get_text(&p, end, out->message_id, sizeof out->message_id) &&
                   get_text(&p, end, out->network, sizeof out->network) &&
                   get_text(&p, end, out->range, sizeof out->range) &&
                   get_text(&p, end, out->agent, sizeof out->agent)
               ? HEAD_BYTES + size
               : 0;
}

void
hit_record_set_agent(HitRecord *record, const char *user_agent)
{
    char *out = record->agent;
    const char *limit = out + sizeof record->agent - 1, *end;

    for (const char *p = user_agent ? user_agent : ""; *p && out < limit; p++)
        *out++ = g_ascii_iscntrl(*p) ? ' ' : *p;
    *out = '\0';
    if (!g_utf8_validate(record->agent, -1, &end))
        record->agent[end - record->agent] = '\0';
}

/* The folder ------------------------------------------------------------- */

char *
hit_log_folder(const char *database)
{
    return g_strconcat(database, "-hits", NULL);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
hit_log_segments(const char *database)
{
    g_autofree char *folder = hit_log_folder(database);
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".log"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, compare_names);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_steal(paths, NULL);
}

bool
hit_log_is_left(int fd)
{
    /* Kept until the file is closed: nobody begins to write an old one. */
    return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Writing ---------------------------------------------------------------- */

static bool
fail(const HitLog *log, GError **error)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", log->folder,
                g_strerror(errno));
    return false;
}

HitLog *
hit_log_open(const char *database, GError **error)
{
    g_autoptr(HitLog) log = g_new0(HitLog, 1);

    log->fd = -1;
    log->folder = hit_log_folder(database);
    if (g_mkdir(log->folder, 0700) < 0 && errno != EEXIST) {
        fail(log, error);
        return NULL;
    }
    g_autofree char *parent = g_path_get_dirname(log->folder);
    if (!file_sync_directory(parent)) {
        fail(log, error);
        return NULL;
    }
    return g_steal_pointer(&log);
}

static void
leave_segment(HitLog *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

/* Locked before it has a name that readers look for: one that found it unlocked
 * would take it for left, and unlink it. */
static bool
begin_segment(HitLog *log, GError **error)
{
    g_autofree char *path =
        g_strdup_printf("%s/%016" G_GINT64_MODIFIER "x-%d-%u.log", log->folder,
                        g_get_real_time(), (int)getpid(), log->made++);
    g_autofree char *unnamed = g_strconcat(path, ".new", NULL);

    log->written = log->ahead = 0;
    log->fd = open(unnamed, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (log->fd >= 0 && flock(log->fd, LOCK_EX | LOCK_NB) == 0 &&
        rename(unnamed, path) == 0 && file_sync_directory(log->folder))
        return true;
    fail(log, error);
    leave_segment(log);
    return false;
}

/* A file that grows needs the file system's journal at every sync, and waits
 * for whatever else is in it; bytes that were there are only written. */
static bool
write_ahead(HitLog *log, gsize more)
{
    if (log->written + more <= log->ahead)
        return true;
    gsize size = AHEAD_BYTES + more;
    g_autofree uint8_t *zeros = g_malloc0(size);
    if (pwrite(log->fd, zeros, size, (off_t)log->written) != (ssize_t)size)
        return false;
    log->ahead = log->written + size;
    return true;
}

bool
hit_log_append(HitLog *log, const GByteArray *bytes, GError **error)
{
    if (log->fd >= 0 && log->written >= SEGMENT_BYTES)
        leave_segment(log);
    if (log->fd < 0 && !begin_segment(log, error))
        return false;
    if (write_ahead(log, bytes->len) &&
        file_write_all(log->fd, bytes->data, bytes->len) &&
        fdatasync(log->fd) == 0) {
        log->written += bytes->len;
        return true;
    }
    /* What of it is there is not answered. After a failed sync nobody knows
     * what is on the disk: the next group goes elsewhere. */
    fail(log, error);
    if (ftruncate(log->fd, (off_t)log->written) < 0)
        g_clear_error(error), fail(log, error);
    leave_segment(log);
    return false;
}

void
hit_log_close(HitLog *log)
{
    if (!log)
        return;
    leave_segment(log);
    g_free(log->folder);
    g_free(log);
}
