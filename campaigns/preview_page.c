/* SPDX-License-Identifier: Apache-2.0 */
/* preview_page.c - a mail in the browser, while it is being written */
#include "nurture/preview.h"

#include "nurture/error.h"
#include "nurture/http.h"
#include "nurture/text.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

struct PreviewServer {
    char *directory, *campaign, *mail, *role;
    int64_t now;
    HttpServer *http;
};

static const char style[] =
    "*{box-sizing:border-box}"
    "body{margin:0;font:15px/1.5 system-ui,sans-serif;color:#1c2733;"
    "background:#e9edf1}"
    "header{background:#fff;border-bottom:1px solid #cfd7df;padding:14px 24px}"
    "h1{font-size:18px;margin:0 0 10px}"
    "nav{display:flex;flex-wrap:wrap;gap:6px;margin:6px 0;"
    "align-items:baseline}"
    "nav b{min-width:72px;font-weight:600;color:#516170}"
    "nav a{padding:3px 10px;border-radius:14px;text-decoration:none;"
    "color:#0b4f99;background:#eef3f8}"
    "nav a[aria-current]{background:#0b4f99;color:#fff}"
    "nav a:focus-visible{outline:3px solid #f5a623}"
    "main{padding:20px 24px;display:flex;flex-wrap:wrap;gap:24px;"
    "align-items:flex-start}"
    "section{background:#fff;border:1px solid #cfd7df;border-radius:6px;"
    "overflow:hidden}"
    "h2{font-size:13px;font-weight:600;margin:0;padding:8px 12px;"
    "color:#516170;border-bottom:1px solid #e3e8ed}"
    "iframe{border:0;display:block;height:720px;background:#fff}"
    ".phone iframe{width:360px}.desktop iframe{width:700px}"
    ".inbox{width:100%}.inbox p{margin:0;padding:10px 12px;"
    "white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    ".inbox i{font-style:normal;color:#516170}"
    ".text,.raw{flex:1 1 480px;min-width:0}"
    "pre{margin:0;padding:12px;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:13px/1.5 ui-monospace,monospace}"
    ".wrong{width:100%;border-color:#c0392b}.wrong h2{color:#a02c20}"
    "@media(max-width:760px){"
    "main,header{padding:12px}.phone,.desktop{max-width:100%;overflow-x:auto}}";

/* No framework: ask once a second whether the files are still those that the
 * page was made from. */
static const char script[] =
    "const made=document.body.dataset.stamp;setInterval(async()=>{try{const "
    "t=await(await fetch('/stamp')).text();if(t!==made)location.reload()}"
    "catch(e){}},1000);";

/* ---- what is asked for ------------------------------------------------- */

typedef struct {
    PreviewServer *server;
    const char *mail, *as, *variant;
    bool dark;
    /* Opened for this request. */
    Diagnostics *problems;
    Workspace *workspace;
    Catalogue *catalogue;
    Campaign *campaign;
    Store *store; /* NULL: there is no database yet */
    Keys *keys;
    Preview preview;
    bool made;
    GError *error;
} Look;

static void
look_clear(Look *l)
{
    preview_clear(&l->preview);
    g_clear_pointer(&l->campaign, campaign_free);
    g_clear_pointer(&l->catalogue, catalogue_free);
    g_clear_pointer(&l->store, store_close);
    g_clear_pointer(&l->keys, keys_free);
    g_clear_pointer(&l->workspace, workspace_free);
    g_clear_pointer(&l->problems, diagnostics_free);
    g_clear_error(&l->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* A page elsewhere whose name is made to lead here must not read it. */
static bool
is_local(const HttpRequest *request)
{
    const char *host = http_header(request, "Host");

    return host && (g_str_has_prefix(host, "127.0.0.1:") ||
                    g_str_has_prefix(host, "localhost:"));
}

static const char *
query(const HttpRequest *request, const char *name)
{
    const char *value = http_query(request, name);

    return value && *value ? value : NULL;
}

static bool
open_store(Look *l)
{
    uint8_t secret[32] = {0}; /* links of a preview lead nowhere */

    l->keys = keys_from_secret(secret);
    if (!g_file_test(l->workspace->database, G_FILE_TEST_EXISTS))
        return true;
    l->store = store_open(l->workspace->database, STORE_EXISTING, &l->error);
    return l->store &&
           field_set_migrate(l->workspace->fields, l->store, &l->error);
}

static void
look(Look *l, PreviewServer *server, const HttpRequest *request)
{
    const char *as = query(request, "as");

    l->server = server;
    l->mail = query(request, "mail");
    if (!l->mail)
        l->mail = server->mail;
    l->as = as && strcmp(as, "nobody") != 0 ? as : NULL;
    l->variant = query(request, "variant");
    l->dark = g_strcmp0(query(request, "theme"), "dark") == 0;
    l->problems = diagnostics_new();
    l->workspace = workspace_open(server->directory, l->problems, &l->error);
    if (!l->workspace || !open_store(l))
        return;
    l->catalogue = catalogue_of_workspace(l->workspace, l->problems);
    catalogue_allow_drafts(l->catalogue);
    l->campaign = campaign_load(l->catalogue, server->campaign, server->role,
                                l->problems, &l->error);
    if (!l->campaign)
        return;
    if (!l->store && preview_needs_store(l->catalogue, l->as)) {
        g_set_error(&l->error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there are no candidates yet; import some, or look as a "
                    "persona");
        return;
    }
    l->made = preview_make(l->catalogue, l->store, l->keys, l->campaign,
                           l->mail, l->as, l->variant, server->now, &l->preview,
                           l->problems, &l->error);
}

/* ---- the page ------------------------------------------------------------ */

static void
append_query(GString *out, const char *path, const char *mail, const char *as,
             const char *variant, bool dark)
{
    g_string_append_printf(out, "%s?theme=%s", path, dark ? "dark" : "light");
    if (mail) {
        g_string_append(out, "&amp;mail=");
        url_append_part(out, mail);
    }
    if (as) {
        g_string_append(out, "&amp;as=");
        url_append_part(out, as);
    }
    if (variant) {
        g_string_append(out, "&amp;variant=");
        url_append_part(out, variant);
    }
}

static void
append_link(GString *out, const char *mail, const char *as, const char *variant,
            bool dark, const char *label, bool current)
{
    g_string_append(out, "<a href=\"");
    append_query(out, "/", mail, as, variant, dark);
    g_string_append_printf(out, "\"%s>",
                           current ? " aria-current=\"true\"" : "");
    html_append_text(out, label);
    g_string_append(out, "</a>");
}

static const CampaignMail *
shown_mail(const Look *l)
{
    const CampaignStep *step = NULL;

    if (l->campaign && l->campaign->steps->len > 0)
        step = l->mail ? campaign_step(l->campaign, l->mail)
                       : g_ptr_array_index(l->campaign->steps, 0);
    return step ? step->mail : NULL;
}

static void
append_mails(GString *out, const Look *l)
{
    if (l->campaign->steps->len < 2)
        return;
    g_string_append(out, "<nav aria-label=\"Mail\"><b>Mail</b>");
    for (guint i = 0; i < l->campaign->steps->len; i++) {
        const CampaignStep *s = g_ptr_array_index(l->campaign->steps, i);
        append_link(out, s->mail->id, l->as, NULL, l->dark, s->mail->id,
                    s->mail == shown_mail(l));
    }
    g_string_append(out, "</nav>");
}

static void
append_people(GString *out, const Look *l)
{
    static const char *const ways[] = {"emptiest", "longest", "random"};
    g_auto(GStrv) personas = preview_personas(l->catalogue);
    bool known = l->as == NULL;

    g_string_append(out, "<nav aria-label=\"Person\"><b>Person</b>");
    append_link(out, l->mail, "nobody", l->variant, l->dark, "nobody",
                l->as == NULL);
    for (char **p = personas; *p; p++) {
        bool current = g_strcmp0(l->as, *p) == 0;
        known |= current;
        append_link(out, l->mail, *p, l->variant, l->dark, *p, current);
    }
    for (gsize i = 0; l->store && i < G_N_ELEMENTS(ways); i++) {
        bool current = g_strcmp0(l->as, ways[i]) == 0;
        known |= current;
        append_link(out, l->mail, ways[i], l->variant, l->dark, ways[i],
                    current);
    }
    if (!known)
        append_link(out, l->mail, l->as, l->variant, l->dark, l->as, true);
    g_string_append(out, "</nav>");
}

static void
append_variants(GString *out, const Look *l)
{
    const CampaignMail *mail = shown_mail(l);

    if (!mail || mail->variants->len == 0)
        return;
    g_string_append(out, "<nav aria-label=\"Variant\"><b>Variant</b>");
    append_link(out, l->mail, l->as, NULL, l->dark, "the person's",
                !l->variant);
    for (guint i = 0; i < mail->variants->len; i++) {
        const MailVariant *v = g_ptr_array_index(mail->variants, i);
        append_link(out, l->mail, l->as, v->id, l->dark, v->id,
                    g_strcmp0(l->variant, v->id) == 0);
    }
    g_string_append(out, "</nav>");
}

/* Line by line: html_append_text() makes one line of several. */
static void
append_lines(GString *out, const char *text, gsize length)
{
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);

    g_string_append(out, "<pre>");
    for (char **line = lines; *line; line++) {
        html_append_text(out, g_strchomp(*line));
        g_string_append_c(out, '\n');
    }
    g_string_append(out, "</pre>");
}

static void
append_problems(GString *out, const Look *l)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (l->problems) {
        diagnostics_sort(l->problems);
        diagnostics_format(l->problems, FORMAT_HUMAN, false, text);
    }
    if (l->error)
        g_string_append_printf(text, "%s\n", l->error->message);
    if (text->len == 0)
        return;
    g_string_append(out, "<section class=\"wrong\"><h2>Problems</h2>");
    append_lines(out, text->str, text->len);
    g_string_append(out, "</section>");
}

static void
append_frame(GString *out, const Look *l, const char *name, const char *title)
{
    g_string_append_printf(out,
                           "<section class=\"%s\"><h2>%s</h2>"
                           "<iframe sandbox title=\"The mail, %s\" src=\"",
                           name, title, title);
    append_query(out, "/mail", l->mail, l->as, l->variant, l->dark);
    g_string_append(out, "\"></iframe></section>");
}

static void
append_mail(GString *out, const Look *l)
{
    const Preview *p = &l->preview;
    gsize size;
    const char *raw = g_bytes_get_data(p->raw, &size);
    g_autofree char *name = g_strndup(p->from, strcspn(p->from, "<"));
    const char *end = g_strstr_len(raw, (gssize)size, "\r\n\r\n");

    g_string_append(out, "<section class=\"inbox\"><h2>Inbox</h2><p><b>");
    html_append_text(out, name);
    g_string_append(out, "</b> &nbsp; ");
    html_append_text(out, p->subject);
    g_string_append(out, " <i>&ndash; ");
    html_append_text(out, p->preheader);
    g_string_append(out, "</i></p></section>");
    append_frame(out, l, "phone", "Phone, 360 pixels");
    append_frame(out, l, "desktop", "Desktop, 700 pixels");
    g_string_append(out, "<section class=\"text\"><h2>Text</h2>");
    append_lines(out, p->text, strlen(p->text));
    g_string_append(out, "</section><section class=\"raw\"><h2>Header</h2>");
    append_lines(out, raw, end ? (gsize)(end - raw) : size);
    g_string_append(out, "</section>");
}

static void
append_header(GString *out, const Look *l)
{
    g_string_append(out, "<header><h1>");
    html_append_text(out, l->campaign ? l->campaign->name : "Preview");
    if (l->made) {
        g_string_append(out, " &ndash; to ");
        html_append_text(out, l->preview.who);
    }
    g_string_append(out, "</h1>");
    if (l->campaign) {
        append_mails(out, l);
        append_people(out, l);
        append_variants(out, l);
        g_string_append(out, "<nav aria-label=\"Theme\"><b>Theme</b>");
        append_link(out, l->mail, l->as, l->variant, false, "light", !l->dark);
        append_link(out, l->mail, l->as, l->variant, true, "dark", l->dark);
        g_string_append(out, "</nav>");
    }
    g_string_append(out, "</header>");
}

static void
set_headers(HttpResponse *response, const char *policy)
{
    http_response_header(response, "Content-Security-Policy", policy);
    http_response_header(response, "X-Content-Type-Options", "nosniff");
    http_response_header(response, "Referrer-Policy", "no-referrer");
    http_response_header(response, "Cache-Control", "no-store");
}

static void
take_body(HttpResponse *response, GString *text)
{
    response->body = g_string_free_to_bytes(text);
}

/* Over every file of the workspace but hidden ones, four folders deep. */
static void
add_stamp(const char *directory, int depth, GChecksum *sum)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        struct stat st;
        if (name[0] == '.' || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < 4)
            add_stamp(path, depth + 1, sum);
        if (S_ISREG(st.st_mode)) {
            int64_t facts[] = {st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                               st.st_size};
            g_checksum_update(sum, (const guchar *)facts, sizeof facts);
        }
    }
}

static char *
stamp_of(const PreviewServer *server)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    add_stamp(server->directory, 0, sum);
    return g_strdup(g_checksum_get_string(sum));
}

static void
handle_page(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    g_auto(Look) l = {0};
    g_autofree char *stamp = stamp_of(data); /* before any file is read */
    GString *out = g_string_new(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,"
        "initial-scale=1\"><title>");

    if (is_local(request))
        look(&l, data, request);
    else
        response->status = 403;
    html_append_text(out, l.made ? l.preview.subject : "Preview");
    g_string_append_printf(out,
                           "</title><link rel=\"stylesheet\" "
                           "href=\"/style.css\"><script src=\"/watch.js\" "
                           "defer></script></head><body data-stamp=\"%s\">",
                           stamp);
    append_header(out, &l);
    g_string_append(out, "<main>");
    append_problems(out, &l);
    if (l.made)
        append_mail(out, &l);
    g_string_append(out, "</main></body></html>");
    take_body(response, out);
    set_headers(response,
                "default-src 'none'; style-src 'self'; script-src 'self'; "
                "connect-src 'self'; frame-src 'self'; base-uri 'none'; "
                "form-action 'none'; frame-ancestors 'none'");
}

/* ---- the mail in its frame ----------------------------------------------- */

/* The theme is chosen on the page, not by the computer's setting; images that
 * travel in the mail are read from the folder. */
static void
handle_mail(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    g_auto(Look) l = {0};
    GString *out = g_string_new(NULL);

    if (is_local(request))
        look(&l, data, request);
    else
        response->status = 403;
    g_string_append(out, l.made ? l.preview.html
                                : "<!doctype html><title>No mail</title>");
    g_string_replace(out, "(prefers-color-scheme:dark)",
                     l.dark ? "all" : "not all", 0);
    g_string_replace(out, "src=\"cid:", "src=\"/image/", 0);
    take_body(response, out);
    set_headers(response, "default-src 'none'; style-src 'unsafe-inline'; "
                          "img-src 'self'; form-action 'none'; "
                          "frame-ancestors 'self'; sandbox");
}

static void
handle_image(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const PreviewServer *server = data;
    g_autofree char *path =
        g_build_filename(server->directory, "images", request->rest, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;

    set_headers(response, "default-src 'none'; sandbox");
    response->type = g_str_has_suffix(path, ".png")   ? "image/png"
                     : g_str_has_suffix(path, ".gif") ? "image/gif"
                                                      : "image/jpeg";
    if (strchr(request->rest, '/') || strstr(request->rest, "..") ||
        !g_file_get_contents(path, &text, &size, NULL)) {
        response->status = 404;
        return;
    }
    response->body = g_bytes_new(text, size);
}

static void
handle_style(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    (void)request;
    (void)data;
    response->type = "text/css; charset=utf-8";
    response->body = g_bytes_new_static(style, sizeof style - 1);
    set_headers(response, "default-src 'none'");
}

static void
handle_script(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    (void)request;
    (void)data;
    response->type = "text/javascript; charset=utf-8";
    response->body = g_bytes_new_static(script, sizeof script - 1);
    set_headers(response, "default-src 'none'");
}

static void
handle_stamp(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    char *text = stamp_of(data);

    (void)request;
    response->type = "text/plain";
    response->body = g_bytes_new_take(text, strlen(text));
    set_headers(response, "default-src 'none'");
}

PreviewServer *
preview_server_start(const char *directory, const char *campaign,
                     const char *mail, const char *role, const char *listen,
                     int64_t now, GError **error)
{
    PreviewServer *server = g_new0(PreviewServer, 1);
    const HttpRoute routes[] = {
        {"GET", "/", 0, handle_page, server},
        {"GET", "/mail", 0, handle_mail, server},
        {"GET", "/image/", 0, handle_image, server},
        {"GET", "/style.css", 0, handle_style, server},
        {"GET", "/watch.js", 0, handle_script, server},
        {"GET", "/stamp", 0, handle_stamp, server},
        {NULL},
    };

    server->directory = g_strdup(directory);
    server->campaign = g_strdup(campaign);
    server->mail = g_strdup(mail);
    server->role = g_strdup(role);
    server->now = now;
    server->http = http_server_start(listen, true, routes, error);
    if (server->http)
        return server;
    preview_server_stop(server);
    return NULL;
}

int
preview_server_port(const PreviewServer *server)
{
    return http_server_port(server->http);
}

void
preview_server_stop(PreviewServer *server)
{
    if (server->http)
        http_server_stop(server->http);
    g_free(server->directory);
    g_free(server->campaign);
    g_free(server->mail);
    g_free(server->role);
    g_free(server);
}
