/* SPDX-License-Identifier: Apache-2.0 */
/* inbound_mail.c - taking one received message apart */
#include "inbound-mail.h"

#include "html-text.h"
#include "inbound-guard.h"
#include "inbound-part.h"
#include "nurture/autoptr.h"
#include "nurture/error.h"

#include <string.h>

#define TEXT_MAX  (1024 * 1024) /* of one body, decoded */
#define PARTS_MAX 500

static GMimeParserOptions *parser_options;

static void
gmime_start(void)
{
    static gsize started;
    static const char *charsets[] = {"utf-8", "windows-1252", NULL};

    if (!g_once_init_enter(&started))
        return;
    g_mime_init();
    parser_options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(parser_options, charsets);
    g_once_init_leave(&started, 1);
}

/* Own a text that GMime decoded: valid UTF-8 and of bounded length. */
char *
inbound_text_clean(char *text)
{
    size_t length = text ? strlen(text) : 0;
    char *valid;

    if (length > TEXT_MAX) {
        text[TEXT_MAX] = 0;
        length = TEXT_MAX;
    }
    if (!text || g_utf8_validate(text, (gssize)length, NULL))
        return text;
    valid = g_utf8_make_valid(text, (gssize)length);
    g_free(text);
    return valid;
}

static void
header_clear(void *data)
{
    InboundHeader *header = data;

    g_free(header->name);
    g_free(header->value);
}

/* Folding is a line break before white space (RFC 5322 2.2.3). */
static char *
unfold(const char *raw)
{
    char *flat = g_strdup(raw), *to = flat;

    for (const char *p = flat; *p; p++)
        if (*p != '\r' && *p != '\n')
            *to++ = *p;
    *to = 0;
    return g_strstrip(flat);
}

char *
inbound_header_decode(const char *raw)
{
    g_autofree char *flat = unfold(raw ? raw : "");

    /* Most have neither encoded words (RFC 2047) nor raw bytes. */
    if (!strstr(flat, "=?") && g_str_is_ascii(flat))
        return g_steal_pointer(&flat);
    gmime_start();
    return inbound_text_clean(
        g_mime_utils_header_decode_text(parser_options, flat));
}

static void
collect_headers(InboundMail *mail)
{
    GMimeHeaderList *list =
        g_mime_object_get_header_list(GMIME_OBJECT(mail->message));
    int n = g_mime_header_list_get_count(list);

    mail->headers = g_array_new(FALSE, FALSE, sizeof(InboundHeader));
    g_array_set_clear_func(mail->headers, header_clear);
    for (int i = 0; i < n; i++) {
        GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
        InboundHeader header = {
            inbound_text_clean(g_strdup(g_mime_header_get_name(h))),
            inbound_header_decode(g_mime_header_get_raw_value(h))};

        g_array_append_val(mail->headers, header);
    }
}

const char *
inbound_mail_header(const InboundMail *mail, const char *name)
{
    for (guint i = 0; i < mail->headers->len; i++) {
        InboundHeader *h = &g_array_index(mail->headers, InboundHeader, i);

        if (g_ascii_strcasecmp(h->name, name) == 0)
            return h->value;
    }
    return NULL;
}

static void
read_from(InboundMail *mail)
{
    InternetAddressList *list = g_mime_message_get_from(mail->message);
    int n = list ? internet_address_list_length(list) : 0;

    for (int i = 0; i < n && !mail->from_address; i++) {
        InternetAddress *a = internet_address_list_get_address(list, i);
        const char *addr, *name = internet_address_get_name(a);

        if (!INTERNET_ADDRESS_IS_MAILBOX(a))
            continue;
        addr = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a));
        if (!addr)
            continue;
        mail->from_address = inbound_text_clean(g_ascii_strdown(addr, -1));
        mail->from_name = name ? inbound_text_clean(g_strdup(name)) : NULL;
    }
}

static void
read_date(InboundMail *mail)
{
    g_autoptr(GDateTime) date = NULL;
    const char *value = inbound_mail_header(mail, "Date");

    if (value)
        date = g_mime_utils_header_decode_date(value);
    if (!date)
        return;
    mail->date = g_date_time_to_unix(date) * 1000;
    mail->date_offset_minutes =
        (int)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_MINUTE);
}

/* A leaf's bytes, transfer-decoded. */
static char *
part_bytes(GMimeObject *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
    GByteArray *bytes = g_byte_array_new();

    g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    if (content)
        g_mime_data_wrapper_write_to_stream(content, stream);
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(bytes, FALSE);
}

/* Are the bytes of the part its text as they are? */
static bool
is_plain_utf8(GMimeObject *part)
{
    const char *charset =
        g_mime_object_get_content_type_parameter(part, "charset");
    GMimeContentEncoding encoding =
        g_mime_part_get_content_encoding(GMIME_PART(part));

    return (encoding == GMIME_CONTENT_ENCODING_DEFAULT ||
            encoding == GMIME_CONTENT_ENCODING_7BIT ||
            encoding == GMIME_CONTENT_ENCODING_8BIT) &&
           (!charset || g_ascii_strcasecmp(charset, "utf-8") == 0 ||
            g_ascii_strcasecmp(charset, "us-ascii") == 0);
}

/* The text of a part that needs no decoding, without GMime's filters; NULL if
 * it does need some after all. */
static char *
part_plain(GMimeObject *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    GMimeStream *stream =
        content ? g_mime_data_wrapper_get_stream(content) : NULL;
    GByteArray *bytes;
    size_t length;

    if (!stream || !GMIME_IS_STREAM_MEM(stream) || !is_plain_utf8(part))
        return NULL;
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    if (!bytes || stream->bound_start != 0 || stream->bound_end != -1)
        return NULL;
    length = MIN(bytes->len, TEXT_MAX);
    if (!g_utf8_validate((const char *)bytes->data, (gssize)length, NULL))
        return NULL;
    return g_strndup((const char *)bytes->data, length);
}

/* Decoded, but HTML still HTML. */
static char *
part_source(GMimeObject *part)
{
    if (GMIME_IS_TEXT_PART(part)) {
        char *plain = part_plain(part);

        return plain ? plain
                     : inbound_text_clean(
                           g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
    }
    return GMIME_IS_PART(part) ? inbound_text_clean(part_bytes(part)) : NULL;
}

char *
inbound_part_text(GMimeObject *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(part);
    g_autofree char *source = part_source(part);

    if (source && g_mime_content_type_is_type(type, "text", "html"))
        return inbound_text_clean(html_to_text(source, strlen(source)));
    return g_steal_pointer(&source);
}

static bool
is_attachment(GMimeObject *part)
{
    const char *how = g_mime_object_get_disposition(part);

    return how && g_ascii_strcasecmp(how, "attachment") == 0;
}

/* The first readable text and the first HTML, depth first, not looking into
 * attached messages: their words are somebody else's. */
static void
pick_bodies(InboundMail *mail, GMimeObject *part, int *budget)
{
    GMimeContentType *type;

    if (!part || --*budget < 0 || (mail->text && mail->html))
        return;
    if (GMIME_IS_MULTIPART(part)) {
        int n = g_mime_multipart_get_count(GMIME_MULTIPART(part));

        for (int i = 0; i<n && * budget> 0; i++)
            pick_bodies(mail,
                        g_mime_multipart_get_part(GMIME_MULTIPART(part), i),
                        budget);
        return;
    }
    if (!GMIME_IS_TEXT_PART(part) || is_attachment(part))
        return;
    type = g_mime_object_get_content_type(part);
    if (g_mime_content_type_is_type(type, "text", "html")) {
        if (!mail->html)
            mail->html = part_source(part);
    } else if (!mail->text && g_mime_content_type_is_type(type, "text", "*") &&
               !g_mime_content_type_is_type(type, "text", "calendar") &&
               !g_mime_content_type_is_type(type, "text", "rfc822-headers")) {
        mail->text = part_source(part);
    }
}

static void
read_bodies(InboundMail *mail)
{
    int budget = PARTS_MAX;

    pick_bodies(mail, g_mime_message_get_mime_part(mail->message), &budget);
    if ((!mail->text || !*g_strchug(mail->text)) && mail->html) {
        g_free(mail->text);
        mail->text =
            inbound_text_clean(html_to_text(mail->html, strlen(mail->html)));
        mail->text_is_html = true;
    }
}

/* Skip what some spools put in front: blank lines, a "From " line. */
static const char *
skip_envelope(const char *p, const char *end)
{
    for (const char *q = p; q < end && g_ascii_isspace(*q); q++)
        if (*q == '\n')
            p = q + 1;
    if ((end - p > 5 && memcmp(p, "From ", 5) == 0) ||
        (end - p > 6 && memcmp(p, ">From ", 6) == 0)) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));

        p = eol ? eol + 1 : end;
    }
    return p;
}

static bool
is_report(GMimeObject *part)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(part),
                                       "multipart", "report");
}

static GMimeMessage *
parse(const char *data, size_t size)
{
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_buffer(data, size);
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);

    g_mime_parser_set_persist_stream(parser, FALSE);
    return g_mime_parser_construct_message(parser, parser_options);
}

static const char *
body_of(const char *data, const char *end)
{
    for (const char *p = data; p < end;) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));

        if (!eol)
            break;
        if (eol == p || (eol == p + 1 && *p == '\r'))
            return eol + 1;
        p = eol + 1;
    }
    return end;
}

/* The boundary that is really used: a line "--x" before a Content- field. */
static char *
guess_boundary(const char *body, const char *end)
{
    for (const char *p = body; p < end;) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));

        if (!eol)
            break;
        if (eol - p > 4 && eol - p < 80 && p[0] == '-' && p[1] == '-' &&
            end - eol > 9 && g_ascii_strncasecmp(eol + 1, "Content-", 8) == 0)
            return g_strchomp(g_strndup(p + 2, (gsize)(eol - p - 2)));
        p = eol + 1;
    }
    return NULL;
}

/* A multipart without parts has lost its boundary on the way: read its body
 * by the boundary it shows, or else as text. */
static void
mend_multipart(GMimeMessage *message, const char *data, const char *end)
{
    GMimeObject *root = g_mime_message_get_mime_part(message);
    const char *body = body_of(data, end);
    g_autofree char *boundary = NULL;
    g_autoptr(GString) again = NULL;
    g_autoptr(GMimeMessage) mended = NULL;

    if (!GMIME_IS_MULTIPART(root) || body == end ||
        g_mime_multipart_get_count(GMIME_MULTIPART(root)) > 0)
        return;
    boundary = guess_boundary(body, end);
    again = g_string_new(NULL);
    if (boundary && !strpbrk(boundary, "\"\\"))
        g_string_printf(again,
                        "Content-Type: multipart/%s;\n boundary=\"%s\"\n\n",
                        is_report(root) ? "report" : "mixed", boundary);
    else
        g_string_assign(again, "Content-Type: text/plain\n\n");
    g_string_append_len(again, body, end - body);
    mended = parse(again->str, again->len);
    if (mended && g_mime_message_get_mime_part(mended))
        g_mime_message_set_mime_part(message,
                                     g_mime_message_get_mime_part(mended));
}

static InboundMail *
mail_of_message(GMimeMessage *message, GBytes *raw)
{
    InboundMail *mail = g_new0(InboundMail, 1);
    const char *id;

    mail->raw = g_bytes_ref(raw);
    mail->message = message;
    collect_headers(mail);
    mail->subject = g_strdup(inbound_mail_header(mail, "Subject"));
    id = g_mime_message_get_message_id(mail->message);
    mail->message_id = id ? inbound_text_clean(g_strdup(id)) : NULL;
    read_from(mail);
    read_date(mail);
    read_bodies(mail);
    return mail;
}

InboundMail *
inbound_mail_inside(const InboundMail *outer, GMimeMessage *message)
{
    return mail_of_message(g_object_ref(message), outer->raw);
}

/* "Content-Type: multipart/mixed;\nboundary=..." lost its indentation on the
 * way: join the lines. NULL if nothing has to be mended. */
static char *
mend_folding(const char *data, size_t size)
{
    const char *p = data, *end = data + size;
    char *copy = NULL;

    while ((p = memmem(p, (size_t)(end - p), "\nboundary=", 10))) {
        bool after =
            p > data &&
            (p[-1] == ';' || (p[-1] == '\r' && p - data > 1 && p[-2] == ';'));

        if (after) {
            if (!copy)
                copy = g_memdup2(data, size);
            copy[p - data] = ' ';
        }
        p++;
    }
    return copy;
}

InboundMail *
inbound_mail_parse(GBytes *raw, GError **error)
{
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);
    const char *end = bytes ? bytes + size : "", *data = bytes ? bytes : end;
    g_autofree char *mended = NULL;
    GMimeMessage *message;

    data = skip_envelope(data, end);
    size = (gsize)(end - data);
    if (!inbound_guard(data, size, error))
        return NULL;
    gmime_start();
    mended = mend_folding(data, size);
    if (mended)
        data = mended;
    message = parse(data, size);
    if (!message) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "message refused: it has no header");
        return NULL;
    }
    mend_multipart(message, data, data + size);
    return mail_of_message(message, raw);
}

void
inbound_mail_free(InboundMail *mail)
{
    if (!mail)
        return;
    g_bytes_unref(mail->raw);
    g_clear_object(&mail->message);
    g_clear_pointer(&mail->headers, g_array_unref);
    g_free(mail->subject);
    g_free(mail->from_name);
    g_free(mail->from_address);
    g_free(mail->message_id);
    g_free(mail->text);
    g_free(mail->html);
    g_free(mail);
}
