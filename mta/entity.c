/* SPDX-License-Identifier: Apache-2.0 */
/* entity.c - the parts of a message, built by GMime
 *
 *     mixed                      when something is attached
 *       alternative
 *         text/plain             always first: readers show the last they can
 *         related                when the HTML has inline images
 *           text/html
 *           image ..
 *       attachment ..
 */
#include "mime.h"
#include "nurture/autoptr.h"
#include "nurture/text.h"

#include <string.h>

static GMimePart *
part_new(const char *type, const char *subtype, GMimeContentEncoding encoding,
         const char *bytes, gsize length)
{
    GMimePart *part = g_mime_part_new_with_type(type, subtype);
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_buffer(bytes, length);
    g_autoptr(GMimeDataWrapper) content =
        g_mime_data_wrapper_new_with_stream(stream, encoding);

    g_mime_part_set_content_encoding(part, encoding);
    g_mime_part_set_content(part, content);
    return part;
}

/* A body, and how it travels; `words` NULL: the mail has no such part. */
typedef struct {
    const char *subtype;
    TextEncoding encoding;
    const char *words;
} Text;

static Text
text_for_wire(const char *subtype, const char *words)
{
    return (Text){subtype, words ? text_encoding(words) : TEXT_7BIT, words};
}

static GMimeObject *
text_part(const Text *text)
{
    g_autofree char *bytes = text_encode(text->words, text->encoding);
    GMimePart *part = part_new("text", text->subtype,
                               text->encoding == TEXT_7BIT
                                   ? GMIME_CONTENT_ENCODING_7BIT
                                   : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
                               bytes, strlen(bytes));

    /* GMime would pick a charset of its own for the content */
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
                                             "utf-8");
    return GMIME_OBJECT(part);
}

/* Base64 in lines of 76, as RFC 2045 wants them. */
static char *
base64_lines(GBytes *bytes)
{
    gsize length;
    const guchar *data = g_bytes_get_data(bytes, &length);
    GString *out = g_string_sized_new(length * 4 / 3 + length / 50 + 8);

    for (gsize at = 0; at < length; at += 57) {
        g_autofree char *line =
            g_base64_encode(data + at, MIN(57, length - at));
        g_string_append(out, line);
        g_string_append(out, "\r\n");
    }
    return g_string_free(out, FALSE);
}

/* Only letters, digits and a few signs: what a media type is made of. */
static bool
is_media_type(const char *type)
{
    const char *slash = strchr(type, '/');

    return slash && slash != type && slash[1] && !strchr(slash + 1, '/') &&
           strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789!#$&^_.+-/") == strlen(type);
}

/* A file name without directory and controls. GMime writes parameters as they
 * are, so a CRLF in one would be a header field. */
static char *
clean_file_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    g_autoptr(GString) clean = g_string_new(NULL);

    plain_append_text(clean, slash ? slash + 1 : name);
    for (char *p = clean->str; *p; p++)
        if (*p == '\\' || *p == '"')
            *p = '_';
    return text_is_blank(clean->str) ? g_strdup("attachment")
                                     : g_strdup(clean->str);
}

static bool
is_token(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("!#$%&'*+-/=?^_`{|}~.@", *p))
            return false;
    return *text != '\0';
}

static GMimeObject *
attachment_part(const MailAttachment *file)
{
    const char *type = file->type && is_media_type(file->type)
                           ? file->type
                           : "application/octet-stream";
    const char *slash = strchr(type, '/');
    g_autofree char *main_type = g_strndup(type, (gsize)(slash - type));
    g_autofree char *encoded = base64_lines(file->bytes);
    GMimePart *part =
        part_new(main_type, slash + 1, GMIME_CONTENT_ENCODING_BASE64, encoded,
                 strlen(encoded));
    g_autofree char *name = file->name ? clean_file_name(file->name) : NULL;

    g_mime_object_set_disposition(GMIME_OBJECT(part),
                                  file->cid ? "inline" : "attachment");
    if (file->method) { /* RFC 6047 2.4: the same as METHOD inside */
        g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
                                                 "utf-8");
        g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "method",
                                                 file->method);
    }
    if (name)
        g_mime_part_set_filename(part, name);
    if (file->cid && is_token(file->cid))
        g_mime_part_set_content_id(part, file->cid);
    return GMIME_OBJECT(part);
}

/* The boundary starts with "=_", which neither quoted-printable nor base64
 * can contain, and 7bit text is checked for. */
static GMimeMultipart *
multipart_new(const char *subtype, const char *message_id)
{
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);
    g_autofree char *boundary = g_strdup_printf("=_%s_%s", subtype, message_id);

    g_mime_multipart_set_boundary(multipart, boundary);
    return multipart;
}

static void
multipart_take(GMimeMultipart *multipart, GMimeObject *part)
{
    g_mime_multipart_add(multipart, part);
    g_object_unref(part);
}

static guint
count_attachments(const ComposedMail *mail, bool inline_ones)
{
    guint n = 0;

    for (guint i = 0; mail->attachments && i < mail->attachments->len; i++) {
        const MailAttachment *file = mail->attachments->pdata[i];
        n += (file->cid != NULL) == inline_ones;
    }
    return n;
}

static void
take_attachments(GMimeMultipart *into, const ComposedMail *mail,
                 bool inline_ones)
{
    for (guint i = 0; mail->attachments && i < mail->attachments->len; i++) {
        const MailAttachment *file = mail->attachments->pdata[i];
        if ((file->cid != NULL) == inline_ones)
            multipart_take(into, attachment_part(file));
    }
}

static GMimeObject *
html_part(const ComposedMail *mail, const Text *body, const char *message_id)
{
    GMimeObject *html = text_part(body);
    GMimeMultipart *related;

    if (count_attachments(mail, true) == 0)
        return html;
    related = multipart_new("related", message_id);
    /* RFC 2387: the type of the root part is required */
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(related), "type",
                                             "text/html");
    multipart_take(related, html);
    take_attachments(related, mail, true);
    return GMIME_OBJECT(related);
}

static GMimeObject *
body_part(const ComposedMail *mail, const Text *plain, const Text *html,
          const char *message_id)
{
    GMimeMultipart *alternative;

    if (!html->words)
        return text_part(plain);
    if (!plain->words)
        return html_part(mail, html, message_id);
    alternative = multipart_new("alternative", message_id);
    multipart_take(alternative, text_part(plain));
    multipart_take(alternative, html_part(mail, html, message_id));
    return GMIME_OBJECT(alternative);
}

static char *
build(const ComposedMail *mail, const Text *plain, const Text *html,
      const char *message_id)
{
    g_autoptr(GMimeFormatOptions) format = g_mime_format_options_new();
    g_autoptr(GMimeObject) root = body_part(mail, plain, html, message_id);

    if (count_attachments(mail, false) > 0) {
        GMimeMultipart *mixed = multipart_new("mixed", message_id);
        multipart_take(mixed, g_steal_pointer(&root));
        take_attachments(mixed, mail, false);
        root = GMIME_OBJECT(mixed);
    }
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    return g_mime_object_to_string(root, format);
}

/* --- shapes: an entity with slots, for the many mails that differ only in
 * their texts ------------------------------------------------------------- */

#define SLOT_ID    "!nurture-msg-id!" /* as long as a message id */
#define SLOT_PLAIN "!plain!\r\n"
#define SLOT_HTML  "!html!\r\n"

/* The entity that GMime builds around the slots; made once, kept for ever. */
static const char *
shape_for(const Text *plain, const Text *html)
{
    static GMutex lock;
    static char *shapes[3][3]; /* [plain][html]: 0 none, 1 + encoding */
    const ComposedMail bare = {0};
    char **shape;

    g_mutex_lock(&lock);
    shape = &shapes[plain->words ? 1 + plain->encoding : 0]
                   [html->words ? 1 + html->encoding : 0];
    if (!*shape) {
        Text p = *plain, h = *html;
        p.words = plain->words ? SLOT_PLAIN : NULL;
        h.words = html->words ? SLOT_HTML : NULL;
        *shape = build(&bare, &p, &h, SLOT_ID);
    }
    g_mutex_unlock(&lock);
    return *shape;
}

static void
fill_shape(GString *out, const char *shape, const Text *plain, const Text *html,
           const char *message_id)
{
    const struct {
        const char *slot;
        const Text *content;
    } slots[] = {{SLOT_ID, NULL}, {SLOT_PLAIN, plain}, {SLOT_HTML, html}};
    const char *mark;

    while ((mark = strchr(shape, '!'))) {
        gsize i = 0;
        while (i + 1 < G_N_ELEMENTS(slots) &&
               !g_str_has_prefix(mark, slots[i].slot))
            i++;
        g_assert(g_str_has_prefix(mark, slots[i].slot));
        g_string_append_len(out, shape, mark - shape);
        if (i == 0)
            g_string_append(out, message_id);
        else
            text_append_encoded(out, slots[i].content->words,
                                slots[i].content->encoding);
        shape = mark + strlen(slots[i].slot);
    }
    g_string_append(out, shape);
}

static bool
has_shape(const ComposedMail *mail, const Text *plain, const Text *html,
          const char *message_id)
{
    return (!mail->attachments || mail->attachments->len == 0) &&
           strlen(message_id) == strlen(SLOT_ID) &&
           (!plain->words || *plain->words) && (!html->words || *html->words);
}

void
entity_append(GString *out, const ComposedMail *mail, const char *message_id)
{
    Text plain = text_for_wire("plain", mail->text);
    Text html = text_for_wire("html", mail->html);
    g_autofree char *built = NULL;

    if (has_shape(mail, &plain, &html, message_id)) {
        fill_shape(out, shape_for(&plain, &html), &plain, &html, message_id);
        return;
    }
    built = build(mail, &plain, &html, message_id);
    g_string_append(out, built);
}

char *
entity_build(const ComposedMail *mail, const char *message_id)
{
    Text plain = text_for_wire("plain", mail->text);
    Text html = text_for_wire("html", mail->html);

    return build(mail, &plain, &html, message_id);
}
