/* SPDX-License-Identifier: Apache-2.0 */
/* sink_inbox.c - the caught mail as pages */
#include "nurture/sink-inbox.h"

#include "inbox-mail.h"
#include "nurture/embedded.h"
#include "nurture/text.h"

#include <string.h>

#define PAGE_LENGTH 50
#define HEADER_MAX  (64 * 1024) /* enough of a file for a line of the list */

/* Pages ------------------------------------------------------------------ */

static GString *
page_begin(const char *title)
{
    const Embedded *css = embedded_find("mta/data/inbox.css");
    GString *html = g_string_new(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,"
        "initial-scale=1\"><title>");

    g_assert(css);
    html_append_text(html, title);
    g_string_append(html, "</title><style>");
    g_string_append_len(html, css->start, css->end - css->start);
    g_string_append(html, "</style></head>\n<body>");
    return html;
}

/* The policy lets the page frame its own server's HTML parts. */
static void
page_end(GString *html, HttpResponse *response, int status)
{
    g_string_append(html, "</main></body></html>\n");
    http_response_page(response, status, html->str);
    for (guint i = 0; i < response->headers->len; i++) {
        const char *line = g_ptr_array_index(response->headers, i);
        if (g_str_has_prefix(line, "Content-Security-Policy: ")) {
            g_autofree char *policy =
                g_strconcat(line + strlen("Content-Security-Policy: "),
                            "; frame-src 'self'", NULL);
            http_response_header(response, "Content-Security-Policy", policy);
            break;
        }
    }
    g_string_free(html, TRUE);
}

static void
append_field(GString *html, const char *before, const char *text,
             const char *otherwise, const char *after)
{
    g_string_append(html, before);
    html_append_text(html, text && *text ? text : otherwise);
    g_string_append(html, after);
}

static void
not_found(HttpResponse *response)
{
    GString *html = page_begin("Not here");

    g_string_append(html, "<main><div class=\"empty\"><h1>No such message</h1>"
                          "<p><a href=\"/\">All mail</a></p></div>");
    page_end(html, response, 404);
}

/* A page elsewhere can give its own name our address (DNS rebinding) and then
 * read what the browser gets: only our own names are answered. */
static bool
is_local(const HttpRequest *request)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    const char *host = http_header(request, "Host");

    for (gsize i = 0; host && i < G_N_ELEMENTS(names); i++) {
        gsize length = strlen(names[i]);
        if (g_ascii_strncasecmp(host, names[i], length) == 0 &&
            (host[length] == ':' || host[length] == '\0'))
            return true;
    }
    return false;
}

/* The list --------------------------------------------------------------- */

/* The name people read, else the address. */
static char *
mailbox_title(InternetAddressList *list)
{
    InternetAddress *first = list && internet_address_list_length(list) > 0
                                 ? internet_address_list_get_address(list, 0)
                                 : NULL;
    const char *name = first ? internet_address_get_name(first) : NULL;

    if (name && *name)
        return g_strdup(name);
    return first && INTERNET_ADDRESS_IS_MAILBOX(first)
               ? g_strdup(internet_address_mailbox_get_addr(
                     INTERNET_ADDRESS_MAILBOX(first)))
               : NULL;
}

static char *
mailbox_all(InternetAddressList *list)
{
    return list ? internet_address_list_to_string(list, NULL, FALSE) : NULL;
}

static void
append_time(GString *html, GMimeMessage *message, const char *format)
{
    GDateTime *date = message ? g_mime_message_get_date(message) : NULL;
    g_autofree char *machine =
        date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%S%:z") : NULL;
    g_autofree char *human = date ? g_date_time_format(date, format) : NULL;

    if (!date)
        return;
    append_field(html, "<time datetime=\"", machine, "", "\">");
    append_field(html, "", human, "", "</time>");
}

static void
append_row(GString *html, const char *directory, const InboxFile *file)
{
    g_autoptr(GBytes) bytes = inbox_read(directory, file->name, HEADER_MAX);
    g_autoptr(GMimeMessage) message = bytes ? inbox_parse(bytes) : NULL;
    /* In a sink the sender is mostly the same: the recipient comes first. */
    g_autofree char *to =
        message ? mailbox_title(g_mime_message_get_to(message)) : NULL;
    g_autofree char *from =
        message ? mailbox_all(g_mime_message_get_from(message)) : NULL;

    append_field(html, "<li><a href=\"/m/", file->name, "", "\">");
    append_field(html, "<span class=\"who\">", to, "(nobody)", "</span>");
    append_field(html, "<span class=\"subject\">",
                 message ? g_mime_message_get_subject(message) : file->name,
                 "(no subject)", "</span>");
    append_field(html, "<span class=\"from\">from ", from, "(nobody)",
                 "</span>");
    append_time(html, message, "%-e %b %Y, %H:%M");
    g_string_append(html, "</a></li>\n");
}

static void
append_pages(GString *html, guint page, guint pages)
{
    if (pages < 2)
        return;
    g_string_append(html, "<nav class=\"pages\" aria-label=\"Pages\">");
    if (page > 1)
        g_string_append_printf(
            html, "<a class=\"button\" href=\"/?page=%u\">Newer</a>", page - 1);
    g_string_append_printf(html, "<span class=\"soft\">%u of %u</span>", page,
                           pages);
    if (page < pages)
        g_string_append_printf(
            html, "<a class=\"button\" href=\"/?page=%u\">Older</a>", page + 1);
    g_string_append(html, "</nav>");
}

static void
handle_list(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const char *directory = data;

    if (*request->rest || !is_local(request)) {
        not_found(response);
        return;
    }
    g_autoptr(GPtrArray) files = inbox_list(directory);
    guint pages = (files->len + PAGE_LENGTH - 1) / PAGE_LENGTH;
    const char *asked = http_query(request, "page");
    guint64 wanted = asked ? g_ascii_strtoull(asked, NULL, 10) : 1;
    guint page = (guint)CLAMP(wanted, 1, MAX(pages, 1));
    GString *html = page_begin("Caught mail");

    g_string_append_printf(
        html,
        "<header><div class=\"bar\"><strong><a href=\"/\">Caught mail</a>"
        "</strong><span class=\"soft\">%s</span>"
        "<a class=\"button\" href=\"/\">Reload</a></div></header><main>",
        number_format(files->len));
    if (files->len == 0)
        g_string_append(html,
                        "<div class=\"empty\"><h1>Nothing caught yet</h1>"
                        "<p class=\"soft\">Mail that is sent to the sink "
                        "appears here. None of it is delivered.</p></div>");
    else
        g_string_append(html, "<ul class=\"list\">\n");
    for (guint i = (page - 1) * PAGE_LENGTH;
         i < files->len && i < page * PAGE_LENGTH; i++)
        append_row(html, directory, g_ptr_array_index(files, i));
    if (files->len > 0)
        g_string_append(html, "</ul>");
    append_pages(html, page, pages);
    page_end(html, response, 200);
}

/* One message ------------------------------------------------------------ */

typedef enum { VIEW_HTML, VIEW_PHONE, VIEW_TEXT, VIEW_HEADERS } View;

static const struct {
    const char *word, *title;
} views[] = {
    {"html", "Message"},
    {"phone", "Phone width"},
    {"text", "Text"},
    {"headers", "Headers"},
};

static View
view_of(const char *word, bool has_html)
{
    for (gsize i = 0; word && i < G_N_ELEMENTS(views); i++)
        if (strcmp(word, views[i].word) == 0 && (has_html || i >= VIEW_TEXT))
            return (View)i;
    return has_html ? VIEW_HTML : VIEW_TEXT;
}

static void
append_head(GString *html, GMimeMessage *message)
{
    g_autofree char *from = mailbox_all(g_mime_message_get_from(message));
    g_autofree char *to = mailbox_all(g_mime_message_get_to(message));
    g_autofree char *reply = mailbox_all(g_mime_message_get_reply_to(message));

    append_field(html, "<div class=\"head\"><h1>",
                 g_mime_message_get_subject(message), "(no subject)",
                 "</h1><dl>");
    append_field(html, "<dt>From</dt><dd>", from, "(nobody)", "</dd>");
    append_field(html, "<dt>To</dt><dd>", to, "(nobody)", "</dd>");
    if (reply && *reply)
        append_field(html, "<dt>Reply to</dt><dd>", reply, "", "</dd>");
    g_string_append(html, "<dt>Date</dt><dd>");
    append_time(html, message, "%A, %-e %B %Y, %H:%M (UTC%:z)");
    g_string_append(html, "</dd></dl></div>");
}

static void
append_tabs(GString *html, const char *name, View view, bool has_html)
{
    g_string_append(html, "<nav class=\"tabs\" aria-label=\"View\">");
    for (View v = has_html ? VIEW_HTML : VIEW_TEXT; v <= VIEW_HEADERS; v++)
        g_string_append_printf(
            html, "<a class=\"button%s\" href=\"/m/%s?view=%s\"%s>%s</a>",
            /* On a phone there is no other width to choose. */
            v == VIEW_PHONE ? " wide" : "", name, views[v].word,
            v == view ? " aria-current=\"page\"" : "", views[v].title);
    g_string_append_printf(
        html,
        "<a class=\"button\" href=\"/raw/%s\" download>Download</a>"
        "</nav>",
        name);
}

static void
append_view(GString *html, const char *name, View view, GMimeMessage *message,
            const GPtrArray *parts)
{
    g_autofree char *text = NULL;

    g_string_append(html, "<div class=\"view\">");
    if (view == VIEW_HTML || view == VIEW_PHONE) {
        g_string_append_printf(
            html,
            "<div class=\"frame\"><iframe%s title=\"The message\" "
            "src=\"/html/%s\" sandbox=\"allow-popups "
            "allow-popups-to-escape-sandbox\"></iframe></div></div>",
            view == VIEW_PHONE ? " class=\"phone\"" : "", name);
        return;
    }
    if (view == VIEW_TEXT)
        text = inbox_text(parts, "plain");
    else
        text = g_mime_object_get_headers(GMIME_OBJECT(message), NULL);
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    g_auto(GStrv) lines =
        g_strsplit(valid ? valid : "(this mail has no text part)", "\n", -1);
    g_string_append(html, "<pre>");
    for (char **line = lines; *line; line++) {
        html_append_text(html, g_strchomp(*line));
        g_string_append_c(html, '\n');
    }
    g_string_append(html, "</pre></div>");
}

static void
append_attachments(GString *html, const char *name, const GPtrArray *parts)
{
    bool any = false;

    for (guint i = 0; i < parts->len; i++) {
        const char *file =
            g_mime_part_get_filename(g_ptr_array_index(parts, i));
        if (!file)
            continue;
        if (!any)
            g_string_append(html, "<ul class=\"parts\">");
        any = true;
        g_string_append_printf(
            html, "<li><a class=\"button\" href=\"/part/%s/%u\">", name, i);
        html_append_text(html, file);
        g_string_append(html, "</a></li>");
    }
    if (any)
        g_string_append(html, "</ul>");
}

static GMimeMessage *
load(const HttpRequest *request, const char *directory, const char *name)
{
    g_autoptr(GBytes) bytes =
        is_local(request) ? inbox_read(directory, name, INBOX_FILE_MAX) : NULL;

    return bytes ? inbox_parse(bytes) : NULL;
}

static void
handle_message(const HttpRequest *request, HttpResponse *response,
               gpointer data)
{
    g_autoptr(GMimeMessage) message = load(request, data, request->rest);

    if (!message) {
        not_found(response);
        return;
    }
    g_autoptr(GPtrArray) parts = inbox_parts(message);
    g_autofree char *part = inbox_text(parts, "html");
    View view = view_of(http_query(request, "view"), part != NULL);
    const char *subject = g_mime_message_get_subject(message);
    GString *html = page_begin(subject ? subject : "(no subject)");

    g_string_append(html, "<header><div class=\"bar\"><strong>"
                          "<a href=\"/\">&larr; Caught mail</a></strong>"
                          "</div></header><main><article class=\"card\">");
    append_head(html, message);
    append_tabs(html, request->rest, view, part != NULL);
    append_view(html, request->rest, view, message, parts);
    g_string_append(html, "</article>");
    append_attachments(html, request->rest, parts);
    page_end(html, response, 200);
}

/* Its pieces ------------------------------------------------------------- */

/* No scripts, no forms, nothing from elsewhere; a link opens a new window. */
static void
strict_headers(HttpResponse *response)
{
    http_response_header(response, "Content-Security-Policy",
                         "sandbox allow-popups allow-popups-to-escape-sandbox; "
                         "default-src 'none'; img-src 'self' data:; "
                         "style-src 'unsafe-inline'; frame-ancestors 'self'");
    http_response_header(response, "X-Content-Type-Options", "nosniff");
    http_response_header(response, "Referrer-Policy", "no-referrer");
    http_response_header(response, "Cache-Control", "no-store");
}

static void
handle_html(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    g_autoptr(GMimeMessage) message = load(request, data, request->rest);
    g_autoptr(GPtrArray) parts = message ? inbox_parts(message) : NULL;
    g_autofree char *text = parts ? inbox_text(parts, "html") : NULL;

    if (!text) {
        not_found(response);
        return;
    }
    char *html = inbox_html(parts, text, request->rest);
    response->body = g_bytes_new_take(html, strlen(html));
    strict_headers(response);
}

/* Pictures that cannot carry scripts are shown, all else is saved. */
static const char *
shown_type(GMimePart *part)
{
    static const char *const types[] = {"png", "jpeg", "gif", "webp"};
    static const char *const full[] = {"image/png", "image/jpeg", "image/gif",
                                       "image/webp"};
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_mime_content_type_is_type(type, "image", types[i]))
            return full[i];
    return NULL;
}

static void
handle_part(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    g_auto(GStrv) words = g_strsplit(request->rest, "/", 2);
    g_autoptr(GMimeMessage) message =
        words[0] && words[1] ? load(request, data, words[0]) : NULL;
    g_autoptr(GPtrArray) parts = message ? inbox_parts(message) : NULL;
    guint64 index = 0;

    if (!parts ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, 10000, &index, NULL) ||
        index >= parts->len) {
        not_found(response);
        return;
    }
    GMimePart *part = g_ptr_array_index(parts, (guint)index);
    response->type = shown_type(part);
    response->body = inbox_part_bytes(part);
    strict_headers(response);
    if (!response->type) {
        response->type = "application/octet-stream";
        http_response_header(response, "Content-Disposition", "attachment");
    }
}

static void
handle_raw(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    if (is_local(request))
        response->body = inbox_read(data, request->rest, INBOX_FILE_MAX);
    if (!response->body) {
        not_found(response);
        return;
    }
    response->type = "message/rfc822";
    strict_headers(response);
    http_response_header(response, "Content-Disposition", "attachment");
}

const HttpRoute *
sink_inbox_routes(const char *directory)
{
    static const HttpRoute table[] = {
        {"GET", "/m/", 0, handle_message}, {"GET", "/html/", 0, handle_html},
        {"GET", "/part/", 0, handle_part}, {"GET", "/raw/", 0, handle_raw},
        {"GET", "/", 0, handle_list},      {NULL},
    };
    static GMutex lock;
    static GPtrArray *tables; /* keeps them for ever, and in reach */
    HttpRoute *routes = g_memdup2(table, sizeof table);

    g_mime_init();
    for (HttpRoute *r = routes; r->method; r++)
        r->data = (gpointer)g_intern_string(directory);
    g_mutex_lock(&lock);
    if (!tables)
        tables = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(tables, routes);
    g_mutex_unlock(&lock);
    return routes;
}
