/* SPDX-License-Identifier: Apache-2.0 */
/* demo_mail.c - caught mail, answers to it, and how they travel */
#include "demo-mail.h"

#include "nurture/autoptr.h"
#include "nurture/error.h"
#include "nurture/hash.h"
#include "nurture/window.h"

#include <gio/gio.h>
#include <string.h>

void
caught_mail_clear(CaughtMail *m)
{
    g_free(m->to);
    g_free(m->subject);
    g_free(m->message_id);
    g_free(m->reply_to);
    g_free(m->unsubscribe);
    g_free(m->headers);
    g_free(m->link);
    g_free(m->pixel);
}

/* The first mailbox of a header field. */
static char *
mailbox_of(GMimeMessage *message, GMimeAddressType type)
{
    InternetAddressList *list = g_mime_message_get_addresses(message, type);
    InternetAddress *first = internet_address_list_length(list) > 0
                                 ? internet_address_list_get_address(list, 0)
                                 : NULL;

    return first ? g_strdup(internet_address_mailbox_get_addr(
                       INTERNET_ADDRESS_MAILBOX(first)))
                 : g_strdup("");
}

/* List-Unsubscribe: <https://...>, <mailto:...> */
static char *
one_click_url(GMimeMessage *message)
{
    const char *field =
        g_mime_object_get_header(GMIME_OBJECT(message), "List-Unsubscribe");
    const char *start = field ? strstr(field, "<http") : NULL;
    const char *end = start ? strchr(start, '>') : NULL;

    return end ? g_strndup(start + 1, (gsize)(end - start - 1)) : NULL;
}

/* The last URL in `html` that has `path` in it: mails end in a button. */
static char *
find_url(const char *html, const char *path)
{
    const char *at = html ? g_strrstr(html, path) : NULL;
    const char *start = at, *end;

    if (!at)
        return NULL;
    while (start > html && start[-1] != '"')
        start--;
    end = strchr(at, '"');
    return end ? g_strndup(start, (gsize)(end - start)) : NULL;
}

static void
read_html(GMimeObject *parent, GMimeObject *part, gpointer data)
{
    CaughtMail *m = data;
    g_autofree char *html = NULL;

    (void)parent;
    if (!GMIME_IS_TEXT_PART(part) ||
        !g_mime_content_type_is_type(g_mime_object_get_content_type(part),
                                     "text", "html"))
        return;
    html = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    m->link = find_url(html, "/c/");
    m->pixel = find_url(html, "/o/");
}

bool
caught_mail_read(const char *path, CaughtMail *out, GError **error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GMimeStream) stream = NULL;
    g_autoptr(GMimeParser) parser = NULL;
    g_autoptr(GMimeMessage) message = NULL;
    const char *blank;

    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    stream = g_mime_stream_mem_new_with_buffer(text, size);
    parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, NULL);
    if (!message) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s is no mail", path);
        return false;
    }
    out->to = mailbox_of(message, GMIME_ADDRESS_TYPE_TO);
    out->reply_to = mailbox_of(message, GMIME_ADDRESS_TYPE_REPLY_TO);
    out->subject = g_strdup(g_mime_message_get_subject(message));
    out->message_id = g_strdup(g_mime_message_get_message_id(message));
    out->unsubscribe = one_click_url(message);
    g_mime_message_foreach(message, read_html, out);
    blank = strstr(text, "\r\n\r\n");
    out->headers = g_strndup(text, blank ? (gsize)(blank + 2 - text) : size);
    return true;
}

/* ---- what comes back --------------------------------------------------------
 */

static char *
rfc5322_date(int64_t now)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

    return date_format(now, utc, "D MMM YYYY HH:mm", "en");
}

static char *
make(const CaughtMail *m, const char *from, const char *to, const char *subject,
     const char *more, const char *body, int64_t now)
{
    g_autofree char *date = rfc5322_date(now);
    g_autofree char *id = sha256_hex(more, strlen(more));

    return g_strdup_printf("From: %s\r\nTo: %s\r\nSubject: %s\r\n"
                           "Date: %s:00 +0000\r\n"
                           "Message-ID: <%.24s.%.12s@example.org>\r\n"
                           "MIME-Version: 1.0\r\n%s\r\n%s",
                           from, to, subject, date, id, m->message_id, more,
                           body);
}

char *
make_reply(const CaughtMail *m, const char *words, int64_t now)
{
    g_autofree char *subject = g_strdup_printf("Re: %s", m->subject);
    g_autofree char *more =
        g_strdup_printf("In-Reply-To: <%s>\r\nReferences: <%s>\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n",
                        m->message_id, m->message_id);
    g_autofree char *body = g_strdup_printf(
        "%s\r\nOn Tue, 3 Mar 2026 at 10:12, %s wrote:\r\n"
        "> Hi there,\r\n>\r\n> we last spoke some time ago.\r\n",
        words, m->reply_to);

    return make(m, m->to, m->reply_to, subject, more, body, now);
}

/* As Exchange writes it: Auto-Submitted, and to the envelope sender. */
char *
make_out_of_office(const CaughtMail *m, int64_t now)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *day =
        date_format(now + INT64_C(12) * 86400000, utc, "D MMMM YYYY", "en");
    g_autofree char *subject =
        g_strdup_printf("Automatic reply: %s", m->subject);
    g_autofree char *more =
        g_strdup_printf("In-Reply-To: <%s>\r\nAuto-Submitted: auto-replied\r\n"
                        "X-Auto-Response-Suppress: All\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n",
                        m->message_id);
    g_autofree char *body = g_strdup_printf(
        "Thank you for your message. I am out of the office and will be back "
        "on %s.\r\n",
        day);

    return make(m, m->to, m->reply_to, subject, more, body, now);
}

/* RFC 3464 */
char *
make_bounce(const CaughtMail *m, int64_t now)
{
    const char *more =
        "Auto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        " boundary=\"=_report\"\r\n";
    g_autofree char *body = g_strdup_printf(
        "--=_report\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "Your message could not be delivered.\r\n"
        "<%s>: 550 5.1.1 no such user here\r\n\r\n"
        "--=_report\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <%s>: no such user here\r\n\r\n"
        "--=_report\r\nContent-Type: text/rfc822-headers\r\n\r\n%s\r\n"
        "--=_report--\r\n",
        m->to, m->to, m->to, m->headers);

    return make(m, "Mail Delivery System <MAILER-DAEMON@mx.example.org>",
                m->reply_to, "Undelivered Mail Returned to Sender", more, body,
                now);
}

/* RFC 5965 */
char *
make_complaint(const CaughtMail *m, int64_t now)
{
    const char *more =
        "Content-Type: multipart/report; report-type=feedback-report;\r\n"
        " boundary=\"=_report\"\r\n";
    g_autofree char *body = g_strdup_printf(
        "--=_report\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This is an abuse report for a message received here.\r\n\r\n"
        "--=_report\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nUser-Agent: Example-FBL/1.0\r\n"
        "Version: 1\r\nOriginal-Rcpt-To: %s\r\n\r\n"
        "--=_report\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n\r\n"
        "--=_report--\r\n",
        m->to, m->headers);

    return make(m, "Feedback loop <fbl@example.org>", m->reply_to,
                "FW: abuse report", more, body, now);
}

/* ---- how it travels ---------------------------------------------------------
 */

bool
receive_mail(const char *nurture, const char *workspace, const char *recipient,
             const char *message, GError **error)
{
    g_autoptr(GSubprocess) child =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE, error, nurture, "-C",
                         workspace, "receive", recipient, NULL);

    if (!child)
        return false;
    if (!g_subprocess_communicate_utf8(child, message, NULL, NULL, NULL, error))
        return false;
    if (g_subprocess_get_exit_status(child) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "nurture receive ended with %d",
                    g_subprocess_get_exit_status(child));
        return false;
    }
    return true;
}

static char *
make_request(const char *host, const char *path, const char *form)
{
    const char *browser =
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 "
        "Firefox/140.0\r\nAccept-Language: en\r\n"
        "Sec-Fetch-Mode: navigate\r\nConnection: close\r\n";

    if (!form)
        return g_strdup_printf("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path,
                               host, browser);
    return g_strdup_printf(
        "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Type: "
        "application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
        path, host, browser, strlen(form), form);
}

int
http_status(const char *url, const char *form)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection) connection = NULL;
    g_autofree char *host = NULL, *request = NULL;
    const char *path;
    char answer[64] = "";
    gsize got = 0;

    if (!g_str_has_prefix(url, "http://127.0.0.1:"))
        return 0;
    path = strchr(url + strlen("http://"), '/');
    if (!path)
        return 0;
    host = g_strndup(url + strlen("http://"),
                     (gsize)(path - url) - strlen("http://"));
    request = make_request(host, path, form);
    g_socket_client_set_timeout(client, 10);
    connection = g_socket_client_connect_to_host(client, host, 80, NULL, NULL);
    if (!connection ||
        !g_output_stream_write_all(
            g_io_stream_get_output_stream(G_IO_STREAM(connection)), request,
            strlen(request), NULL, NULL, NULL))
        return 0;
    g_input_stream_read_all(
        g_io_stream_get_input_stream(G_IO_STREAM(connection)), answer,
        sizeof answer - 1, &got, NULL, NULL);
    return strncmp(answer, "HTTP/1.1 ", 9) == 0
               ? (int)g_ascii_strtoll(answer + 9, NULL, 10)
               : 0;
}
