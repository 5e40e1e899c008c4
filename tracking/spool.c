/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c - temp file, fsync, rename, fsync of the directory */
#include "spool.h"

#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/inbound.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
spool_path(const char *state_dir, const char *where, const char *name)
{
    return g_build_filename(state_dir, "spool", where, name, NULL);
}

static bool
temporary(GError **error, const char *path)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                g_strerror(errno));
    return false;
}

char *
spool_id(const char *head, GBytes *raw)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t hash[EVP_MAX_MD_SIZE];
    gsize size;
    const void *data = g_bytes_get_data(raw, &size);

    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, head, strlen(head));
    if (size > 0)
        EVP_DigestUpdate(context, data, size);
    EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    return hex_encode(hash, 32);
}

char *
spool_body_hash(GBytes *raw)
{
    gsize size, at = 0;
    const char *bytes = g_bytes_get_data(raw, &size);
    g_autoptr(GBytes) body = NULL;

    while (at < size) {
        const char *lf = memchr(bytes + at, '\n', size - at);
        bool blank = bytes[at] == '\n' || (bytes[at] == '\r' && at + 1 < size &&
                                           bytes[at + 1] == '\n');
        at = lf ? (gsize)(lf - bytes) + 1 : size;
        if (blank)
            break;
    }
    body = g_bytes_new_from_bytes(raw, at, size - at);
    return spool_id("", body);
}

/* The envelope is the one thing that is not in the message. */
static char *
envelope_head(const Envelope *e)
{
    g_autoptr(GString) head = g_string_new(NULL);

    if (e->sender && !strpbrk(e->sender, "\r\n"))
        g_string_append_printf(head, "Return-Path: <%s>\r\n", e->sender);
    for (const char *const *to = e->recipients; *to; to++)
        if (!strpbrk(*to, "\r\n"))
            g_string_append_printf(head, "Delivered-To: %s\r\n", *to);
    return g_string_free(g_steal_pointer(&head), FALSE);
}

bool
inbound_spool(const char *state_dir, GBytes *raw, const char *recipient,
              GError **error)
{
    const char *const one[] = {recipient, NULL};

    return inbound_spool_envelope(state_dir, raw,
                                  &(Envelope){.recipients = one}, error);
}

bool
inbound_spool_envelope(const char *state_dir, GBytes *raw,
                       const Envelope *envelope, GError **error)
{
    g_autofree char *head = envelope_head(envelope);
    g_autofree char *id = spool_id(head, raw);
    g_autofree char *name = g_strconcat(id, ".eml", NULL);
    g_autofree char *directory = spool_path(state_dir, "new", NULL);
    g_autofree char *final = spool_path(state_dir, "new", name);
    g_autofree char *aside =
        g_strdup_printf("%s/tmp-%d-XXXXXX", directory, (int)getpid());
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);
    bool kept;
    int fd;

    if (g_mkdir_with_parents(directory, 0700) != 0)
        return temporary(error, directory);
    fd = g_mkstemp_full(aside, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return temporary(error, aside);
    kept = file_write_all(fd, head, strlen(head)) &&
           file_write_all(fd, bytes, size) && fsync(fd) == 0;
    kept = close(fd) == 0 && kept;
    if (!kept || g_rename(aside, final) != 0 ||
        !file_sync_directory(directory)) {
        temporary(error, final);
        g_unlink(aside);
        return false;
    }
    return true;
}

typedef struct {
    char *name;
    struct timespec came;
} Waiting;

static int
compare_arrivals(gconstpointer a, gconstpointer b)
{
    const Waiting *x = a, *y = b;

    if (x->came.tv_sec != y->came.tv_sec)
        return x->came.tv_sec < y->came.tv_sec ? -1 : 1;
    if (x->came.tv_nsec != y->came.tv_nsec)
        return x->came.tv_nsec < y->came.tv_nsec ? -1 : 1;
    return strcmp(x->name, y->name);
}

char **
spool_waiting(const char *state_dir)
{
    g_autofree char *directory = spool_path(state_dir, "new", NULL);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    GStrvBuilder *names = g_strv_builder_new();
    const char *name;
    char **sorted;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        struct stat about;
        Waiting one;

        /* What is gone was taken by another process. */
        if (!g_str_has_suffix(name, ".eml") || stat(path, &about) != 0)
            continue;
        one = (Waiting){g_strdup(name), about.st_mtim};
        g_array_append_val(waiting, one);
    }
    g_array_sort(waiting, compare_arrivals);
    for (guint i = 0; i < waiting->len; i++) {
        g_autofree char *taken = g_array_index(waiting, Waiting, i).name;

        g_strv_builder_add(names, taken);
    }
    sorted = g_strv_builder_end(names);
    g_strv_builder_unref(names);
    return sorted;
}

/* Not by closing alone: a child may have a copy. */
void
spool_let_go(int hold)
{
    flock(hold, LOCK_UN);
    close(hold);
}

int
spool_hold(const char *state_dir, const char *name)
{
    g_autofree char *path = spool_path(state_dir, "new", name);
    int hold = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (hold >= 0 &&
        (flock(hold, LOCK_EX | LOCK_NB) != 0 || access(path, F_OK) != 0)) {
        spool_let_go(hold);
        return -1;
    }
    return hold;
}

GBytes *
spool_read(const char *state_dir, const char *name, GError **error)
{
    g_autofree char *path = spool_path(state_dir, "new", name);
    char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, NULL)) {
        temporary(error, path);
        return NULL;
    }
    return g_bytes_new_take(text, size);
}

GBytes *
spool_kept(const char *state_dir, const char *name, GError **error)
{
    g_autofree char *path = spool_path(state_dir, "done", name);
    g_autofree char *bytes = NULL;
    gsize length;

    if (strchr(name, '/') ||
        !g_file_get_contents(path, &bytes, &length, NULL)) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "this mail is not kept any more");
        return NULL;
    }
    return g_bytes_new_take(g_steal_pointer(&bytes), length);
}

bool
spool_move(const char *state_dir, const char *name, const char *where,
           GError **error)
{
    g_autofree char *from = spool_path(state_dir, "new", name);
    g_autofree char *directory = spool_path(state_dir, where, NULL);
    g_autofree char *to = spool_path(state_dir, where, name);

    if (g_mkdir_with_parents(directory, 0700) != 0)
        return temporary(error, directory);
    if (g_rename(from, to) != 0 && errno != ENOENT)
        return temporary(error, from);
    return true;
}
