/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - the form for the talent community
 *
 * Whoever is typed in gets one mail with a link and nothing else until the
 * button behind that link is pressed; the page says the same for a known
 * address as for a new one. */
#include "hit-job.h"
#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/peer-limit.h"
#include "nurture/text.h"
#include "request.h"

#include <string.h>

#define VALUE_MAX   200 /* bytes of what is typed into a field */
#define EMAIL_MAX   254
#define WORDING_MAX 4096

static bool
is_offered(const HitSite *site)
{
    return site->workspace->join.form && site->workspace->tracking.base_url;
}

/* Fields that can be asked for: sets, and private ones, cannot. */
static const Field *
form_field(const HitSite *site, const char *name)
{
    const Field *field = field_find(site->workspace->fields, name);

    return field && field->type != FIELD_SET && !field->is_private &&
                   strcmp(name, "email") != 0
               ? field
               : NULL;
}

/* The visitor's language, when mails are written in it: the first one of the
 * browser's that is. */
static char *
visitor_language(const HitSite *site, const HttpRequest *request)
{
    char **languages = site->workspace->languages;
    const char *header = http_header(request, "Accept-Language");
    g_auto(GStrv) wanted = g_strsplit(header ? header : "", ",", 20);

    for (char **w = wanted; languages && *w; w++)
        for (char **l = languages; *l; l++) {
            const char *start = *w + strspn(*w, " \t");
            gsize length = strcspn(start, ";- \t");
            if (length == strcspn(*l, "-_") && length > 0 &&
                g_ascii_strncasecmp(start, *l, length) == 0)
                return g_strdup(*l);
        }
    return g_strdup(site_language(site));
}

/* templates/join/consent.LANGUAGE.txt, or NULL. */
static char *
translated_wording(const HitJob *job)
{
    const char *root = job->site->workspace->root;
    g_autofree char *name =
        g_strdup_printf("consent.%s.txt", hit_job_language(job));
    g_autofree char *path =
        root ? g_build_filename(root, "templates", "join", name, NULL) : NULL;
    char *text = NULL;

    if (!path || !g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    if (strlen(text) > WORDING_MAX || !g_utf8_validate(text, -1, NULL) ||
        text_is_blank(text))
        g_clear_pointer(&text, g_free);
    return text ? g_strstrip(text) : NULL;
}

/* The wording, as shown and as kept. */
static char *
consent_wording(const HitJob *job)
{
    const char *own = job->site->workspace->join.consent;
    char *translated = translated_wording(job);
    g_autoptr(GString) text = g_string_new(NULL);

    if (translated)
        return translated;
    if (own)
        return g_strdup(own);
    page_say_plain(text, job->site->texts, hit_job_language(job),
                   "join.consent", "company",
                   job->site->workspace->company ? job->site->workspace->company
                                                 : "?",
                   NULL);
    return g_strdup(text->str);
}

/* The page ----------------------------------------------------------------- */

/* "first_name" has words of its own; "job_level" is "Job level". */
static void
append_label(HitJob *job, GString *html, const char *name)
{
    g_autofree char *key = g_strconcat("field.", name, NULL);
    g_autofree char *plain = g_strdelimit(g_strdup(name), "_", ' ');

    if (page_has(job->site->texts, key)) {
        hit_job_say(job, html, "", key, "");
        return;
    }
    *plain = g_ascii_toupper(*plain);
    html_append_text(html, plain);
}

static void
append_input(HitJob *job, GString *html, const Field *field)
{
    static const struct {
        const char *name, *hint;
    } hints[] = {
        {"first_name", "given-name"},        {"last_name", "family-name"},
        {"job_title", "organization-title"}, {"employer", "organization"},
        {"city", "address-level2"},          {"country", "country"}};
    const char *hint = "off";

    g_string_append_printf(html, "<p><label for=\"f-%s\">", field->name);
    append_label(job, html, field->name);
    g_string_append(html, "</label>");
    if (field->values) {
        g_string_append_printf(html,
                               "<select id=\"f-%s\" name=\"f.%s\">"
                               "<option value=\"\"></option>",
                               field->name, field->name);
        for (char **v = field->values; *v; v++) {
            g_string_append(html, "<option>");
            html_append_text(html, *v);
            g_string_append(html, "</option>");
        }
        g_string_append(html, "</select></p>");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(hints); i++)
        if (strcmp(hints[i].name, field->name) == 0)
            hint = hints[i].hint;
    g_string_append_printf(html,
                           "<input id=\"f-%s\" name=\"f.%s\" maxlength=\"%d\" "
                           "type=\"%s\" autocomplete=\"%s\"></p>",
                           field->name, field->name, VALUE_MAX,
                           field->type == FIELD_DATE     ? "date"
                           : field->type == FIELD_NUMBER ? "number"
                                                         : "text",
                           hint);
}

/* `problem`: the key of what is wrong with the form that came; NULL. */
static void
form_page(HitJob *job, const char *problem)
{
    g_autofree char *wording = consent_wording(job);
    GString *html = hit_job_page_begin(job, "join.title");

    hit_job_say(job, html, "<section><h1>", "join.title", "</h1>");
    hit_job_say(job, html, "<p>", "join.text", "</p>");
    if (problem)
        hit_job_say(job, html, "<p class=\"bad\" role=\"alert\">", problem,
                    "</p>");
    hit_job_say(job, html, "<form method=\"post\"><p><label for=\"email\">",
                "join.email", "</label>");
    g_string_append_printf(
        html,
        "<input id=\"email\" name=\"email\" type=\"email\" required "
        "autocomplete=\"email\" maxlength=\"%d\"></p>",
        EMAIL_MAX);
    for (char **f = job->site->workspace->join.fields; f && *f; f++) {
        const Field *field = form_field(job->site, *f);
        if (field)
            append_input(job, html, field);
    }
    g_string_append(html, "<p><label class=\"check\"><input type=\"checkbox\" "
                          "name=\"agree\" value=\"yes\" required><span>");
    html_append_text(html, wording);
    hit_job_say(job, html, "</span></label></p><button class=\"big\">",
                "join.button", "</button></form></section>");
    hit_job_page(job, problem ? 400 : 200, html);
}

static HitJob *
join_job(const HttpRequest *request, const HitSite *site, HitStep read)
{
    HitJob *job = g_new0(HitJob, 1);

    job->site = site;
    job->queue = site->pages;
    job->read = read;
    job->now = clock_now();
    job->is_free = true;
    job->message.language = visitor_language(site, request);
    return job;
}

static bool
read_form(HitJob *job, Store *store, GError **error)
{
    (void)store;
    (void)error;
    form_page(job, NULL);
    return true;
}

void
handle_join_get(const HttpRequest *request, HttpResponse *response,
                gpointer data)
{
    const HitSite *site = data;

    if (!is_offered(site))
        site_not_found(site, response);
    else
        hit_job_submit(join_job(request, site, read_form), request);
}

/* Joining ------------------------------------------------------------------ */

static bool
write_join(HitJob *job, Store *store, GError **error)
{
    const HitSite *site = job->site;
    g_autofree char *wording = consent_wording(job);
    g_autofree char *key = address_key(job->value);
    g_autofree char *hmac = keys_address_hmac(site->keys, key);
    const Request request = {.kind = "join",
                             .email = job->value,
                             .hmac = hmac,
                             .fields = job->fields,
                             .language = hit_job_language(job),
                             .wording = wording,
                             .version = site->workspace->join.version};

    job->mails = true;
    return request_ask(store, site->workspace, site->keys, site->texts,
                       &request, job->now, error);
}

static bool
read_join(HitJob *job, Store *store, GError **error)
{
    g_autofree char *email = job->value && strlen(job->value) <= EMAIL_MAX
                                 ? address_normalise(job->value, NULL)
                                 : NULL;

    (void)store;
    (void)error;
    if (!email || !address_is_wire_safe(email)) {
        form_page(job, "join.bad.email");
    } else if (g_strcmp0(job->action, "yes") != 0) {
        form_page(job, "join.bad.agree");
    } else {
        g_free(job->value);
        job->value = g_steal_pointer(&email);
        hit_job_plain_page(job, 200, "join.done.title", "join.done.text");
        job->write = write_join;
    }
    return true;
}

/* "first_name=Zoe\n": what was typed, short and on one line each. */
static char *
typed_fields(const HitSite *site, const HttpRequest *request)
{
    GString *lines = g_string_new(NULL);

    for (char **f = site->workspace->join.fields; f && *f; f++) {
        g_autofree char *name = g_strconcat("f.", *f, NULL);
        g_autofree char *value =
            form_field(site, *f) ? http_form(request, name) : NULL;
        if (!value || !*g_strstrip(value) || strlen(value) > VALUE_MAX ||
            strpbrk(value, "\r\n"))
            continue;
        g_string_append_printf(lines, "%s=%s\n", *f, value);
    }
    return g_string_free(lines, FALSE);
}

void
handle_join_post(const HttpRequest *request, HttpResponse *response,
                 gpointer data)
{
    const HitSite *site = data;
    HitJob *job;

    if (!is_offered(site)) {
        site_not_found(site, response);
        return;
    }
    job = join_job(request, site, read_join);
    job->action = http_form(request, "agree");
    job->value = http_form(request, "email");
    job->fields = typed_fields(site, request);
    hit_job_submit(job, request);
}
