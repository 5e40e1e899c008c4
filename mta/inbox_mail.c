/* SPDX-License-Identifier: Apache-2.0 */
/* inbox_mail.c - finding, guarding and taking apart caught messages */
#include "inbox-mail.h"

#include "nurture/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLONS_MAX 64

bool
inbox_name_is_plain(const char *name)
{
    gsize length = strlen(name);

    if (*name == '.' || length > 200 || !g_str_has_suffix(name, ".eml"))
        return false;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("._+=@-", *p))
            return false;
    return true;
}

static void
file_free(gpointer data)
{
    InboxFile *file = data;

    g_free(file->name);
    g_free(file);
}

static gint
file_order(gconstpointer a, gconstpointer b)
{
    const InboxFile *left = *(InboxFile *const *)a;
    const InboxFile *right = *(InboxFile *const *)b;

    if (left->changed_ns != right->changed_ns)
        return left->changed_ns < right->changed_ns ? 1 : -1;
    return strcmp(right->name, left->name);
}

GPtrArray *
inbox_list(const char *directory)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(file_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (const char *name; dir && fd >= 0 && (name = g_dir_read_name(dir));) {
        struct stat st;
        if (!inbox_name_is_plain(name) ||
            fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(st.st_mode))
            continue;
        InboxFile *file = g_new0(InboxFile, 1);
        file->name = g_strdup(name);
        file->changed_ns =
            (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        file->size_bytes = st.st_size;
        g_ptr_array_add(files, file);
    }
    if (fd >= 0)
        close(fd);
    g_ptr_array_sort(files, file_order);
    return files;
}

GBytes *
inbox_read(const char *directory, const char *name, gsize max)
{
    int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = -1;
    struct stat st;

    if (dir >= 0 && inbox_name_is_plain(name))
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0)
        close(dir);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    gsize want = MIN((gsize)st.st_size, max), got = 0;
    g_autofree char *bytes = g_malloc(want + 1);
    for (ssize_t n = 1; got < want && n > 0; got += n > 0 ? (gsize)n : 0)
        n = read(fd, bytes + got, want - got);
    close(fd);
    return g_bytes_new_take(g_steal_pointer(&bytes), got);
}

static bool
is_address_field(const char *line, gsize length)
{
    static const char *const names[] = {
        "From:", "To:", "Cc:", "Bcc:", "Sender:", "Reply-To:", "Resent-"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (length >= strlen(names[i]) &&
            g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* GMime 3.2.13 recurses once per "a:" of an address field. Anywhere in the
 * file: parts may be messages themselves. */
static bool
is_harmless(const char *text, gsize length)
{
    const char *end = text + length;
    bool in_field = false;
    int colons = 0;

    for (const char *p = text; p < end;) {
        const char *stop = memchr(p, '\n', (gsize)(end - p));
        const char *last = stop ? stop : end;
        if (*p != ' ' && *p != '\t') {
            in_field = is_address_field(p, (gsize)(last - p));
            colons = 0;
        }
        for (const char *c = p; in_field && c < last; c++)
            colons += *c == ':';
        if (colons > COLONS_MAX)
            return false;
        p = last + 1;
    }
    return true;
}

GMimeMessage *
inbox_parse(GBytes *bytes)
{
    gsize length;
    const char *text = g_bytes_get_data(bytes, &length);

    if (!length || !is_harmless(text, length))
        return NULL;
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_buffer(text, length);
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    return g_mime_parser_construct_message(parser, NULL);
}

static void
add_leaf(GMimeObject *parent, GMimeObject *part, gpointer data)
{
    (void)parent;
    if (GMIME_IS_PART(part))
        g_ptr_array_add(data, part);
}

GPtrArray *
inbox_parts(GMimeMessage *message)
{
    GPtrArray *parts = g_ptr_array_new();

    g_mime_message_foreach(message, add_leaf, parts);
    return parts;
}

static bool
is_attachment(GMimeObject *part)
{
    const char *disposition = g_mime_object_get_disposition(part);

    return disposition && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

char *
inbox_text(const GPtrArray *parts, const char *subtype)
{
    for (guint i = 0; i < parts->len; i++) {
        GMimeObject *part = g_ptr_array_index(parts, i);
        GMimeContentType *type = g_mime_object_get_content_type(part);
        if (!is_attachment(part) && GMIME_IS_TEXT_PART(part) &&
            g_mime_content_type_is_type(type, "text", subtype)) {
            g_autofree char *text =
                g_mime_text_part_get_text(GMIME_TEXT_PART(part));
            return text ? g_utf8_make_valid(text, -1) : NULL;
        }
    }
    return NULL;
}

GBytes *
inbox_part_bytes(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_byte_array(bytes);

    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    if (content)
        g_mime_data_wrapper_write_to_stream(content, stream);
    return g_byte_array_free_to_bytes(bytes);
}

static int
part_with_id(const GPtrArray *parts, const char *id, gsize length)
{
    for (guint i = 0; i < parts->len; i++) {
        const char *own =
            g_mime_object_get_content_id(g_ptr_array_index(parts, i));
        if (own && strlen(own) == length && strncmp(own, id, length) == 0)
            return (int)i;
    }
    return -1;
}

/* Where a <base> may stand: behind <head ..>, or at the very beginning. */
static gsize
base_position(const char *html)
{
    const char *head = strcasestr(html, "<head");
    const char *close = head ? strchr(head, '>') : NULL;

    return close ? (gsize)(close + 1 - html) : 0;
}

char *
inbox_html(const GPtrArray *parts, const char *html, const char *name)
{
    gsize base = base_position(html);
    GString *out = g_string_new_len(html, (gssize)base);

    g_string_append(out, "<base target=\"_blank\">");
    for (const char *p = html + base; *p;) {
        const char *found = strstr(p, "\"cid:");
        const char *quote = found ? strchr(found + 1, '"') : NULL;
        if (!quote) {
            g_string_append(out, p);
            break;
        }
        int part = part_with_id(parts, found + 5, (gsize)(quote - found - 5));
        g_string_append_len(out, p, found + 1 - p);
        if (part >= 0)
            g_string_append_printf(out, "/part/%s/%d", name, part);
        p = quote;
        g_string_append_c(out, *p++);
    }
    return g_string_free(out, FALSE);
}
