/* SPDX-License-Identifier: Apache-2.0 */
/* report_parts.c - cutting a report into words, fields and returned mail */
#include "report-parts.h"

#include "inbound-part.h"
#include "returned-mail.h"

#include <string.h>

#define NOTICE_MAX (64 * 1024)
#define PARTS_MAX  200

typedef struct {
    ReportParts *parts;
    int budget;
    bool returned; /* what comes now belongs to the returned mail */
} Walk;

void
report_parts_free(ReportParts *parts)
{
    if (!parts)
        return;
    g_string_free(parts->notice, TRUE);
    g_string_free(parts->status, TRUE);
    g_string_free(parts->feedback, TRUE);
    g_string_free(parts->original, TRUE);
    g_free(parts);
}

/* CRLF and lone CR become LF. */
static void
append_lines(GString *out, const char *text, size_t max)
{
    for (const char *p = text; *p && out->len < max; p++) {
        if (*p != '\r')
            g_string_append_c(out, *p);
        else if (p[1] != '\n')
            g_string_append_c(out, '\n');
    }
    /* The cut may have gone through a character. */
    if (out->len >= max) {
        const char *valid;

        g_utf8_validate(out->str, (gssize)out->len, &valid);
        g_string_truncate(out, (gsize)(valid - out->str));
    }
    g_string_append_c(out, '\n');
}

static void
append_part(GString *out, GMimeObject *part)
{
    g_autofree char *text = inbound_part_text(part);

    if (text)
        append_lines(out, text, out->len + NOTICE_MAX);
}

static bool
is_type(GMimeObject *part, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(part),
                                       type, subtype);
}

static void
append_header_of(GString *out, GMimeMessage *message)
{
    g_autofree char *headers =
        g_mime_object_get_headers(GMIME_OBJECT(message), NULL);
    g_autofree char *valid = g_utf8_make_valid(headers ? headers : "", -1);

    append_lines(out, valid, NOTICE_MAX);
}

static bool
has_line_start(const char *text, const char *name)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        while (*p == '\n' || *p == '\r')
            p++;
        if (g_ascii_strncasecmp(p, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

/* Some servers send the fields as text/plain, or without MIME at all. */
static bool
is_status_text(const char *text)
{
    return (has_line_start(text, "Final-Recipient:") ||
            has_line_start(text, "Original-Recipient:")) &&
           (has_line_start(text, "Action:") ||
            has_line_start(text, "Status:") ||
            has_line_start(text, "Diagnostic-Code:"));
}

static void
take_text(Walk *w, GMimeObject *part)
{
    ReportParts *r = w->parts;
    g_autofree char *text = inbound_part_text(part);
    const char *name =
        g_mime_object_get_content_disposition_parameter(part, "filename");

    if (!text || (name && r->notice->len > 0 && !is_status_text(text)))
        return;
    if (r->notice->len >= NOTICE_MAX)
        return;
    append_lines(r->notice, text, NOTICE_MAX);
}

static void
take_leaf(Walk *w, GMimeObject *part)
{
    ReportParts *r = w->parts;

    if (is_type(part, "message", "delivery-status") ||
        is_type(part, "message", "global-delivery-status") ||
        is_type(part, "text", "delivery-status")) {
        append_part(r->status, part);
        g_string_append_c(r->status, '\n');
    } else if (is_type(part, "message", "feedback-report") ||
               (r->is_feedback && is_type(part, "application", "*"))) {
        append_part(r->feedback, part);
    } else if (is_type(part, "message", "disposition-notification") ||
               is_type(part, "message", "global-disposition-notification")) {
        r->is_mdn = true;
    } else if (is_type(part, "text", "rfc822-headers") ||
               is_type(part, "text", "rfc822-header") ||
               is_type(part, "text", "rfc822") ||
               is_type(part, "message", "*")) {
        if (!r->has_original)
            append_part(r->original, part);
        r->has_original = w->returned = true;
    } else if (is_type(part, "text", "*") && !w->returned) {
        take_text(w, part);
    }
}

/* Prefer the plain one of two equal texts, the way people's mail does. */
static void walk(Walk *w, GMimeObject *part);

static void
walk_alternative(Walk *w, GMimeMultipart *multipart)
{
    int n = g_mime_multipart_get_count(multipart);

    for (int i = 0; i < n; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        gsize before = w->parts->notice->len;

        walk(w, part);
        if (w->parts->notice->len > before + 2)
            return;
    }
}

static void
walk_multipart(Walk *w, GMimeMultipart *multipart)
{
    int n = g_mime_multipart_get_count(multipart);

    for (int i = 0; i < n; i++)
        walk(w, g_mime_multipart_get_part(multipart, i));
}

static void
walk(Walk *w, GMimeObject *part)
{
    ReportParts *r = w->parts;

    if (!part || --w->budget < 0)
        return;
    if (GMIME_IS_MULTIPART(part)) {
        if (is_type(part, "multipart", "alternative"))
            walk_alternative(w, GMIME_MULTIPART(part));
        else
            walk_multipart(w, GMIME_MULTIPART(part));
    } else if (GMIME_IS_MESSAGE_PART(part)) {
        GMimeMessage *message =
            g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

        if (message && !r->has_original) {
            append_header_of(r->original, message);
            r->attached = message;
        }
        r->has_original = w->returned = true;
    } else {
        take_leaf(w, part);
    }
}

/* Where the words end and the fields begin. */
static size_t
fields_start(const char *text)
{
    static const char *const first[] = {
        "Reporting-MTA:", "Final-Recipient:", "Original-Recipient:", NULL};
    size_t start = strlen(text);

    for (int i = 0; first[i]; i++) {
        g_autofree char *line = g_strconcat("\n", first[i], NULL);
        const char *p = strstr(text, line);

        if (p && (size_t)(p + 1 - text) < start)
            start = (size_t)(p + 1 - text);
    }
    return start;
}

/* A report in one text: fields to `status`, the returned header to
 * `original`. */
static void
cut_notice(ReportParts *r)
{
    size_t at = returned_mail_find(r->notice->str, r->notice->len);

    if (at < r->notice->len && r->original->len == 0)
        g_string_append(r->original, returned_mail_header(r->notice->str + at));
    g_string_truncate(r->notice, at);
    if (r->status->len == 0 && is_status_text(r->notice->str)) {
        g_string_append(r->status, r->notice->str);
        g_string_truncate(r->notice, fields_start(r->notice->str));
    }
}

/* Only the header of the returned mail: its body is nobody's field. */
static void
cut_original(ReportParts *r)
{
    size_t blank = strspn(r->original->str, "\n");
    const char *end;

    g_string_erase(r->original, 0, (gssize)blank);
    end = strstr(r->original->str, "\n\n");
    if (end)
        g_string_truncate(r->original, (gsize)(end + 1 - r->original->str));
}

static bool
has_report_type(GMimeObject *root, const char *wanted)
{
    const char *type =
        g_mime_object_get_content_type_parameter(root, "report-type");

    return type && g_ascii_strcasecmp(type, wanted) == 0;
}

ReportParts *
report_parts_of(const InboundMail *mail)
{
    ReportParts *r = g_new0(ReportParts, 1);
    Walk w = {r, PARTS_MAX, false};
    GMimeObject *root = g_mime_message_get_mime_part(mail->message);

    r->notice = g_string_new(NULL);
    r->status = g_string_new(NULL);
    r->feedback = g_string_new(NULL);
    r->original = g_string_new(NULL);
    if (!root)
        return r;
    r->is_report = is_type(root, "multipart", "report");
    r->is_feedback = r->is_report && has_report_type(root, "feedback-report");
    walk(&w, root);
    cut_notice(r);
    cut_original(r);
    return r;
}

static size_t
line_length(const char *p)
{
    return strcspn(p, "\n");
}

char *
fields_get(const char *fields, const char *name, int nth)
{
    size_t length = strlen(name);

    for (const char *p = fields; *p;) {
        size_t n = line_length(p);

        if (g_ascii_strncasecmp(p, name, length) == 0 && p[length] == ':' &&
            nth-- == 0) {
            g_autoptr(GString) value =
                g_string_new_len(p + length + 1, (gssize)(n - length - 1));

            for (p += n; *p == '\n' && (p[1] == ' ' || p[1] == '\t'); p += n) {
                p++;
                n = line_length(p);
                /* the blank that folds stands at the line's start */
                g_string_append_len(value, p, (gssize)n);
            }
            return inbound_header_decode(value->str);
        }
        p += n;
        p += *p == '\n';
    }
    return NULL;
}
