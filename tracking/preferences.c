/* SPDX-License-Identifier: Apache-2.0 */
/* preferences.c - the pages for "not now", "not measured" and "tell me more"
 *
 * A preferences token is a capability of its own: it cannot unsubscribe, and
 * shows nothing that names the person. */
#include "hit-job.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/event.h"
#include "nurture/outbox.h"
#include "nurture/text.h"
#include "preference-topics.h"

#include <string.h>

static const int pause_months[] = {1, 3, 6, 12};

static const struct {
    const char *code, *name;
} language_names[] = {
    {"en", "English"},   {"de", "Deutsch"},  {"fr", "Français"},
    {"es", "Español"},   {"it", "Italiano"}, {"nl", "Nederlands"},
    {"pt", "Português"}, {"pl", "Polski"},   {"sv", "Svenska"},
    {"da", "Dansk"},     {"nb", "Norsk"},    {"fi", "Suomi"},
    {"cs", "Čeština"},   {"tr", "Türkçe"},   {"uk", "Українська"},
};

typedef struct {
    int64_t paused_until; /* 0 = not */
    bool measured, saved;
    GPtrArray *topics; /* Topic */
} PreferenceState;

static void
preference_state_clear(PreferenceState *state)
{
    g_clear_pointer(&state->topics, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PreferenceState, preference_state_clear)

static const char *
language_name(const char *code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(language_names); i++)
        if (strcmp(language_names[i].code, code) == 0)
            return language_names[i].name;
    return code;
}

/* Nothing can be set for a test mail, or for a person who is gone. */
static bool
is_settled(HitJob *job)
{
    if (!hit_message_is_real(&job->message))
        hit_job_plain_page(job, 200, "test.title", "test.text");
    else if (!job->message.candidate)
        hit_job_plain_page(job, 200, "gone.title", "gone.text");
    else
        return false;
    return true;
}

/* Preferences ------------------------------------------------------------ */

static bool
read_state(HitJob *job, Store *store, PreferenceState *state, GError **error)
{
    bool clicks = false, opens = false;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT max(until_at) FROM hold WHERE candidate_id = :candidate"
        " AND kind = 'not_now' AND lifted_at IS NULL AND until_at > :now",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_int(st, ":now", job->now);
    if (statement_step(st))
        state->paused_until = statement_int(st, 0);
    if (!statement_end(st, error) ||
        !consent_given(store, job->message.candidate, "click_tracking",
                       job->now, &clicks, error) ||
        !consent_given(store, job->message.candidate, "open_tracking", job->now,
                       &opens, error))
        return false;
    state->measured = clicks || opens;
    state->topics = topics_read(job, store, error);
    return state->topics != NULL;
}

static void
append_pause(HitJob *job, GString *html, const PreferenceState *state)
{
    const PageTexts *texts = job->site->texts;
    const char *language = hit_job_language(job);

    hit_job_say(job, html, "<section><h2>", "prefs.pause", "</h2>");
    if (state->paused_until) {
        g_autoptr(GDateTime) until =
            g_date_time_new_from_unix_utc(state->paused_until / SECOND_MS);
        g_autofree char *day = g_date_time_format(until, "%Y-%m-%d");
        g_string_append(html, "<p>");
        page_say(html, texts, language, "prefs.paused", "date", day, NULL);
        g_string_append(html, "</p><form method=\"post\">");
        hit_job_say(job, html,
                    "<button class=\"quiet\" name=\"action\" value=\"resume\">",
                    "prefs.resume.button", "</button></form></section>");
        return;
    }
    hit_job_say(job, html, "<p class=\"soft\">", "prefs.pause.text",
                "</p><form method=\"post\"><label for=\"months\">");
    hit_job_say(
        job, html, "", "prefs.pause.label",
        "</label><div class=\"row\"><select id=\"months\" name=\"value\">");
    for (gsize i = 0; i < G_N_ELEMENTS(pause_months); i++) {
        g_autofree char *n = g_strdup_printf("%d", pause_months[i]);
        g_string_append_printf(html, "<option value=\"%s\"%s>", n,
                               pause_months[i] == 3 ? " selected" : "");
        page_say(html, texts, language,
                 pause_months[i] == 1 ? "prefs.month" : "prefs.months", "n", n,
                 NULL);
        g_string_append(html, "</option>");
    }
    hit_job_say(job, html, "</select><button name=\"action\" value=\"pause\">",
                "prefs.pause.button", "</button></div></form></section>");
}

static void
append_language(HitJob *job, GString *html)
{
    char **languages = job->site->workspace->languages;

    if (!languages || g_strv_length(languages) < 2)
        return;
    hit_job_say(job, html, "<section><h2>", "prefs.language",
                "</h2><form method=\"post\"><label for=\"language\">");
    hit_job_say(
        job, html, "", "prefs.language.label",
        "</label><div class=\"row\"><select id=\"language\" name=\"value\">");
    for (char **l = languages; *l; l++) {
        g_string_append(html, "<option value=\"");
        html_append_text(html, *l);
        g_string_append(html, strcmp(*l, hit_job_language(job)) == 0
                                  ? "\" selected>"
                                  : "\">");
        html_append_text(html, language_name(*l));
        g_string_append(html, "</option>");
    }
    hit_job_say(job, html,
                "</select><button name=\"action\" value=\"language\">",
                "prefs.language.button", "</button></div></form></section>");
}

static void
append_measuring(HitJob *job, GString *html, const PreferenceState *state)
{
    hit_job_say(job, html, "<section><h2>", "prefs.tracking", "</h2>");
    if (!state->measured) {
        hit_job_say(job, html, "<p class=\"soft\">", "prefs.tracking.off",
                    "</p></section>");
        return;
    }
    hit_job_say(
        job, html, "<p class=\"soft\">", "prefs.tracking.on",
        "</p><form method=\"post\"><button class=\"quiet\" name=\"action\" "
        "value=\"tracking_off\">");
    hit_job_say(job, html, "", "prefs.tracking.button",
                "</button></form></section>");
}

static void
preferences_page(HitJob *job, const PreferenceState *state)
{
    char token[WEB_TOKEN_TEXT];
    GString *html = hit_job_page_begin(job, "prefs.title");

    hit_job_say(job, html, "<section><h1>", "prefs.title", "</h1>");
    if (state->saved)
        hit_job_say(job, html, "<p class=\"note\" role=\"status\">",
                    "prefs.saved", "</p>");
    hit_job_say(job, html, "<p>", "prefs.intro", "</p></section>");
    append_pause(job, html, state);
    topics_append(job, html, state->topics);
    append_language(job, html);
    append_measuring(job, html, state);
    web_token_make(job->site->keys, WEB_TOKEN_OPT_OUT, job->message_id, 0,
                   token);
    hit_job_say(job, html, "<section><p class=\"soft\">", "prefs.out", " ");
    g_string_append_printf(html, "<a href=\"../u/%s\">", token);
    hit_job_say(job, html, "", "optout.title", "</a></p></section>");
    hit_job_page(job, 200, html);
}

static bool
read_preferences(HitJob *job, Store *store, GError **error)
{
    g_auto(PreferenceState) state = {0};

    if (is_settled(job))
        return true;
    if (!read_state(job, store, &state, error))
        return false;
    preferences_page(job, &state);
    return true;
}

void
handle_preferences_get(const HttpRequest *request, HttpResponse *response,
                       gpointer data)
{
    HitJob *job = hit_job_new(request, response, data, WEB_TOKEN_PREFERENCES,
                              read_preferences);

    if (job)
        hit_job_submit(job, request);
}

static bool
lift_pause(HitJob *job, Store *store, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE hold SET lifted_at = :now WHERE candidate_id = :candidate"
        " AND kind = 'not_now' AND lifted_at IS NULL",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_int(st, ":now", job->now);
    return statement_run(st, error);
}

/* A second pause replaces the first. */
static bool
add_pause(HitJob *job, Store *store, int months, GError **error)
{
    g_autoptr(GDateTime) now =
        g_date_time_new_from_unix_utc(job->now / SECOND_MS);
    g_autoptr(GDateTime) until = g_date_time_add_months(now, months);
    g_autoptr(Statement) st = NULL;

    if (!lift_pause(job, store, error))
        return false;
    st = store_prepare(
        store,
        "INSERT INTO hold (candidate_id, kind, until_at, message_id,"
        "  created_at)"
        " VALUES (:candidate, 'not_now', :until, :message, :now)",
        error);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_int(st, ":until", g_date_time_to_unix(until) * SECOND_MS);
    statement_bind_text(st, ":message", job->message_id);
    statement_bind_int(st, ":now", job->now);
    return statement_run(st, error);
}

static bool
stop_measuring(HitJob *job, Store *store, GError **error)
{
    g_autofree char *name =
        g_strdup_printf("last_open/%" G_GINT64_FORMAT, job->message.candidate);
    g_autoptr(Statement) st =
        store_prepare(store, "DELETE FROM fact WHERE name = :name", error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    return statement_run(st, error) &&
           consent_withdraw(store, job->message.candidate, "click_tracking",
                            "preferences page", job->now, error) &&
           consent_withdraw(store, job->message.candidate, "open_tracking",
                            "preferences page", job->now, error);
}

static bool
set_language(HitJob *job, Store *store, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE candidate SET language = :language, updated_at = :now"
        " WHERE candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_text(st, ":language", job->value);
    statement_bind_int(st, ":now", job->now);
    g_free(job->message.language);
    job->message.language = g_strdup(job->value);
    return statement_run(st, error);
}

static bool
write_audit(HitJob *job, Store *store, GError **error)
{
    g_autofree char *object =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, job->message.candidate);
    g_autoptr(Statement) st =
        store_prepare(store,
                      "INSERT INTO audit (at, actor, action, object, detail)"
                      " VALUES (:now, 'candidate', :action, :object, :detail)",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", job->now);
    statement_bind_text(st, ":action", job->action);
    statement_bind_text(st, ":object", object);
    statement_bind_text(st, ":detail", job->value);
    return statement_run(st, error);
}

static int
months_of(const char *value)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pause_months); i++)
        if (value && g_ascii_strtoll(value, NULL, 10) == pause_months[i])
            return pause_months[i];
    return 0;
}

static bool
is_action(const HitJob *job)
{
    const char *const *languages =
        (const char *const *)job->site->workspace->languages;

    if (!job->action)
        return false;
    if (strcmp(job->action, "pause") == 0)
        return months_of(job->value) > 0;
    if (strcmp(job->action, "language") == 0)
        return job->value && languages &&
               g_strv_contains(languages, job->value);
    if (g_str_has_prefix(job->action, "topic_"))
        return job->value && strlen(job->value) <= 200;
    return strcmp(job->action, "resume") == 0 ||
           strcmp(job->action, "tracking_off") == 0;
}

/* The page shows what holds after the change, so it is made here. */
static bool
write_preferences(HitJob *job, Store *store, GError **error)
{
    g_auto(PreferenceState) state = {.saved = true};
    bool done = true;

    if (strcmp(job->action, "pause") == 0)
        done = add_pause(job, store, months_of(job->value), error);
    else if (strcmp(job->action, "resume") == 0)
        done = lift_pause(job, store, error);
    else if (strcmp(job->action, "language") == 0)
        done = set_language(job, store, error);
    else if (g_str_has_prefix(job->action, "topic_"))
        done = topics_set(job, store, strcmp(job->action, "topic_leave") == 0,
                          error);
    else
        done = stop_measuring(job, store, error);
    if (!done || !write_audit(job, store, error) ||
        !read_state(job, store, &state, error))
        return false;
    preferences_page(job, &state);
    return true;
}

static bool
read_preferences_post(HitJob *job, Store *store, GError **error)
{
    if (!read_preferences(job, store, error))
        return false;
    if (job->message.candidate && hit_message_is_real(&job->message) &&
        is_action(job))
        job->write = write_preferences;
    return true;
}

void
handle_preferences_post(const HttpRequest *request, HttpResponse *response,
                        gpointer data)
{
    HitJob *job = hit_job_new(request, response, data, WEB_TOKEN_PREFERENCES,
                              read_preferences_post);

    if (!job)
        return;
    job->action = http_form(request, "action");
    job->value = http_form(request, "value");
    hit_job_submit(job, request);
}

/* Interest --------------------------------------------------------------- */

static bool
read_interest_get(HitJob *job, Store *store, GError **error)
{
    (void)store;
    (void)error;
    if (is_settled(job))
        return true;
    GString *html = hit_job_page_begin(job, "interest.title");
    hit_job_say(job, html, "<section><h1>", "interest.title", "</h1>");
    hit_job_say(job, html, "<p>", "interest.text",
                "</p><form method=\"post\">");
    hit_job_say(job, html,
                "<button class=\"big\" name=\"action\" value=\"interested\">",
                "interest.button", "</button></form></section>");
    hit_job_page(job, 200, html);
    return true;
}

void
handle_interest_get(const HttpRequest *request, HttpResponse *response,
                    gpointer data)
{
    HitJob *job = hit_job_new(request, response, data, WEB_TOKEN_INTEREST,
                              read_interest_get);

    if (job)
        hit_job_submit(job, request);
}

/* Said once per mail, however often it is pressed. */
static bool
write_interest(HitJob *job, Store *store, GError **error)
{
    g_autofree char *key = g_strdup_printf("interested/%s", job->message_id);
    Event event = {.candidate = job->message.candidate,
                   .kind = "interested",
                   .message_id = job->message_id,
                   .campaign = job->message.campaign,
                   .step = job->message.step,
                   .at = job->now,
                   .positive = true,
                   .dedupe_key = key};

    if (job->message.in_doubt && !outbox_resolve(store, job->message_id, false,
                                                 "interested", job->now, error))
        return false;
    return event_record(store, job->site->workspace, &event, NULL, error);
}

static bool
read_interest_post(HitJob *job, Store *store, GError **error)
{
    if (g_strcmp0(job->action, "interested") != 0)
        return read_interest_get(job, store, error);
    if (is_settled(job))
        return true;
    hit_job_plain_page(job, 200, "interest.done.title", "interest.done.text");
    job->write = write_interest;
    return true;
}

void
handle_interest_post(const HttpRequest *request, HttpResponse *response,
                     gpointer data)
{
    HitJob *job = hit_job_new(request, response, data, WEB_TOKEN_INTEREST,
                              read_interest_post);

    if (!job)
        return;
    job->action = http_form(request, "action");
    hit_job_submit(job, request);
}
