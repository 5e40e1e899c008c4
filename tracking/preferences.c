/* SPDX-License-Identifier: Apache-2.0 */
/* preferences.c - the page for "not now", "less often" and "not measured"
 *
 * A preferences token is a capability of its own: it cannot unsubscribe, and
 * shows nothing that names the person. */
#include "hit-job.h"
#include "keep.h"
#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/text.h"
#include "preference-topics.h"
#include "request.h"

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

/* At most one mail in so many days; 0 = whatever the caps allow. */
static const struct {
    int days;
    const char *key;
} gaps[] = {
    {0, "prefs.often.any"},
    {14, "prefs.often.fortnight"},
    {30, "prefs.often.month"},
    {91, "prefs.often.quarter"},
};

/* What may be measured, each with a consent of its own. */
static const struct {
    const char *purpose, *off, *on;
    bool is_click;
} measures[] = {
    {"click_tracking", "prefs.clicks.off", "prefs.clicks.on", true},
    {"open_tracking", "prefs.opens.off", "prefs.opens.on", false},
};

typedef struct {
    int64_t paused_until; /* 0 = not */
    int64_t gap_days;
    bool measured[G_N_ELEMENTS(measures)];
    KeepState keep;
    GPtrArray *topics; /* Topic */
    const char *note;  /* key of what has been done; NULL */
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

/* Preferences ------------------------------------------------------------ */

static bool
read_state(HitJob *job, Store *store, PreferenceState *state, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT (SELECT max(until_at) FROM hold"
                      "  WHERE candidate_id = :candidate AND kind = 'not_now'"
                      "   AND lifted_at IS NULL AND until_at > :now), mail_gap"
                      " FROM candidate WHERE candidate_id = :candidate",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_int(st, ":now", job->now);
    if (statement_step(st)) {
        state->paused_until = statement_int(st, 0);
        state->gap_days = statement_int(st, 1) / DAY_MS;
    }
    if (!statement_end(st, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++)
        if (!consent_given(store, job->message.candidate, measures[i].purpose,
                           job->now, &state->measured[i], error))
            return false;
    if (!keep_read(job, store, &state->keep, error))
        return false;
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
                "prefs.save.button", "</button></div></form></section>");
}

static void
append_frequency(HitJob *job, GString *html, const PreferenceState *state)
{
    hit_job_say(job, html, "<section><h2>", "prefs.often",
                "</h2><form method=\"post\"><label for=\"often\">");
    hit_job_say(
        job, html, "", "prefs.often.label",
        "</label><div class=\"row\"><select id=\"often\" name=\"value\">");
    for (gsize i = 0; i < G_N_ELEMENTS(gaps); i++) {
        g_string_append_printf(html, "<option value=\"%d\"%s>", gaps[i].days,
                               gaps[i].days == state->gap_days ? " selected"
                                                               : "");
        hit_job_say(job, html, "", gaps[i].key, "</option>");
    }
    hit_job_say(job, html,
                "</select><button name=\"action\" value=\"frequency\">",
                "prefs.save.button", "</button></div></form></section>");
}

/* Only where the workspace measures with consent is there one to give. */
static bool
can_measure(const HitJob *job, gsize which)
{
    const Workspace *w = job->site->workspace;

    return (measures[which].is_click ? w->tracking.clicks
                                     : w->tracking.opens) == TRACK_CONSENTED;
}

static void
append_measuring(HitJob *job, GString *html, const PreferenceState *state)
{
    bool any = false;

    hit_job_say(job, html, "<section><h2>", "prefs.tracking", "</h2>");
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++) {
        any |= state->measured[i];
        if (state->measured[i]) {
            hit_job_say(job, html, "<p class=\"soft\">", measures[i].on,
                        "</p>");
            continue;
        }
        hit_job_say(job, html, "<p class=\"soft\">", measures[i].off, "</p>");
        if (!can_measure(job, i))
            continue;
        g_string_append_printf(html,
                               "<form method=\"post\"><input type=\"hidden\" "
                               "name=\"value\" value=\"%s\">",
                               measures[i].purpose);
        hit_job_say(job, html,
                    "<p><button class=\"quiet\" name=\"action\" "
                    "value=\"tracking_on\">",
                    measures[i].is_click ? "prefs.clicks.button"
                                         : "prefs.opens.button",
                    "</button></p></form>");
    }
    if (any)
        hit_job_say(job, html,
                    "<form method=\"post\"><button class=\"quiet\" "
                    "name=\"action\" value=\"tracking_off\">",
                    "prefs.tracking.button", "</button></form>");
    g_string_append(html, "</section>");
}

/* Asked for here; given to nobody but the address on file. */
static void
append_data(HitJob *job, GString *html)
{
    if (!job->site->workspace->tracking.base_url)
        return;
    hit_job_say(job, html, "<section><h2>", "prefs.data", "</h2>");
    hit_job_say(job, html, "<p class=\"soft\">", "prefs.data.text",
                "</p><form method=\"post\" class=\"row\">");
    hit_job_say(job, html,
                "<button class=\"quiet\" name=\"action\" value=\"export\">",
                "prefs.export.button", "</button>");
    hit_job_say(job, html,
                "<button class=\"quiet\" name=\"action\" value=\"erase\">",
                "prefs.erase.button", "</button></form></section>");
}

static void
preferences_page(HitJob *job, const PreferenceState *state)
{
    char token[WEB_TOKEN_TEXT];
    GString *html = hit_job_page_begin(job, "prefs.title");

    hit_job_say(job, html, "<section><h1>", "prefs.title", "</h1>");
    if (state->note)
        hit_job_say(job, html, "<p class=\"note\" role=\"status\">",
                    state->note, "</p>");
    hit_job_say(job, html, "<p>", "prefs.intro", "</p></section>");
    keep_append(job, html, state->keep);
    topics_append(job, html, state->topics);
    append_frequency(job, html, state);
    append_pause(job, html, state);
    append_language(job, html);
    append_measuring(job, html, state);
    append_data(job, html);
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

    if (hit_job_is_settled(job))
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
    hit_job_run(request, response, data, WEB_TOKEN_PREFERENCES,
                read_preferences, NULL);
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
    const Workspace *workspace = job->site->workspace;
    int64_t candidate = job->message.candidate;

    return consent_withdraw(store, workspace, candidate, "click_tracking",
                            "preferences page", job->now, error) &&
           consent_withdraw(store, workspace, candidate, "open_tracking",
                            "preferences page", job->now, error);
}

/* What they agreed to is what the page said, in their language. */
static bool
start_measuring(HitJob *job, Store *store, GError **error)
{
    bool is_click = strcmp(job->value, "click_tracking") == 0;
    const char *key = is_click ? "prefs.clicks.on" : "prefs.opens.on";

    return consent_give(store, job->message.candidate, job->value,
                        "preferences page",
                        page_text(job->site->texts, hit_job_language(job), key),
                        job->message_id, job->now, error);
}

static bool
set_gap(HitJob *job, Store *store, GError **error)
{
    int64_t days = g_ascii_strtoll(job->value, NULL, 10);
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE candidate SET mail_gap = nullif(:gap, 0), updated_at = :now"
        " WHERE candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_int(st, ":gap", days * DAY_MS);
    statement_bind_int(st, ":now", job->now);
    return statement_run(st, error);
}

static bool
ask_for(HitJob *job, Store *store, const char *kind, GError **error)
{
    const HitSite *site = job->site;
    g_autofree char *email = NULL, *hmac = NULL;
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT email, address_hmac FROM candidate"
                      " WHERE candidate_id = :candidate",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    if (statement_step(st)) {
        email = g_strdup(statement_text(st, 0));
        hmac = g_strdup(statement_text(st, 1));
    }
    if (!statement_end(st, error))
        return false;
    const Request request = {.kind = kind,
                             .candidate = job->message.candidate,
                             .email = email,
                             .hmac = hmac,
                             .language = hit_job_language(job)};
    job->mails = email != NULL;
    return !email || request_ask(store, site->workspace, site->keys,
                                 site->texts, &request, job->now, error);
}

static bool
ask_export(HitJob *job, Store *store, GError **error)
{
    return ask_for(job, store, "export", error);
}

static bool
ask_erase(HitJob *job, Store *store, GError **error)
{
    return ask_for(job, store, "erase", error);
}

static bool
takes_request(const HitJob *job, const PreferenceState *state)
{
    (void)state;
    return job->site->workspace->tracking.base_url != NULL;
}

static bool
leave_topic(HitJob *job, Store *store, GError **error)
{
    return topics_set(job, store, true, error);
}

static bool
return_to_topic(HitJob *job, Store *store, GError **error)
{
    return topics_set(job, store, false, error);
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
    return audit_candidate(store, "candidate", job->action,
                           job->message.candidate, job->value, job->now, error);
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
resume(HitJob *job, Store *store, GError **error)
{
    return lift_pause(job, store, error);
}

static bool
pause_for(HitJob *job, Store *store, GError **error)
{
    return add_pause(job, store, months_of(job->value), error);
}

/* Is the form's value one that its action can take? ----------------------- */

static bool
takes_months(const HitJob *job, const PreferenceState *state)
{
    (void)state;
    return months_of(job->value) > 0;
}

static bool
takes_language(const HitJob *job, const PreferenceState *state)
{
    const char *const *languages =
        (const char *const *)job->site->workspace->languages;

    (void)state;
    return job->value && languages && g_strv_contains(languages, job->value);
}

static bool
takes_gap(const HitJob *job, const PreferenceState *state)
{
    (void)state;
    for (gsize i = 0; job->value && i < G_N_ELEMENTS(gaps); i++) {
        g_autofree char *days = g_strdup_printf("%d", gaps[i].days);
        if (strcmp(days, job->value) == 0)
            return true;
    }
    return false;
}

static bool
takes_topic(const HitJob *job, const PreferenceState *state)
{
    for (guint i = 0; job->value && i < state->topics->len; i++)
        if (strcmp(((Topic *)state->topics->pdata[i])->name, job->value) == 0)
            return true;
    return false;
}

static bool
takes_measure(const HitJob *job, const PreferenceState *state)
{
    (void)state;
    for (gsize i = 0; job->value && i < G_N_ELEMENTS(measures); i++)
        if (strcmp(measures[i].purpose, job->value) == 0)
            return can_measure(job, i);
    return false;
}

static bool
takes_keep(const HitJob *job, const PreferenceState *state)
{
    (void)job;
    return state->keep != KEEP_NOT_ASKED;
}

static const struct {
    const char *word;
    bool (*takes)(const HitJob *, const PreferenceState *); /* NULL = any */
    HitStep act;
    const char *note;
} actions[] = {
    {"keep", takes_keep, keep_give, "keep.done"},
    {"pause", takes_months, pause_for, "prefs.saved"},
    {"resume", NULL, resume, "prefs.saved"},
    {"language", takes_language, set_language, "prefs.saved"},
    {"frequency", takes_gap, set_gap, "prefs.saved"},
    {"topic_leave", takes_topic, leave_topic, "prefs.saved"},
    {"topic_return", takes_topic, return_to_topic, "prefs.saved"},
    {"tracking_off", NULL, stop_measuring, "prefs.saved"},
    {"tracking_on", takes_measure, start_measuring, "prefs.saved"},
    {"export", takes_request, ask_export, "prefs.asked"},
    {"erase", takes_request, ask_erase, "prefs.asked"},
};

/* Its place in the table; -1: no such action, or not with this value. */
static int
find_action(const HitJob *job, const PreferenceState *state)
{
    for (int i = 0; job->action && i < (int)G_N_ELEMENTS(actions); i++)
        if (strcmp(job->action, actions[i].word) == 0)
            return !actions[i].takes || actions[i].takes(job, state) ? i : -1;
    return -1;
}

/* The page shows what holds after the change, so it is made here. */
static bool
write_preferences(HitJob *job, Store *store, GError **error)
{
    g_auto(PreferenceState) before = {0};
    g_auto(PreferenceState) state = {0};
    int which;

    if (!read_state(job, store, &before, error))
        return false;
    which = find_action(job, &before);
    if (which >= 0) {
        if (!actions[which].act(job, store, error) ||
            !write_audit(job, store, error))
            return false;
        state.note = actions[which].note;
    }
    if (!read_state(job, store, &state, error))
        return false;
    preferences_page(job, &state);
    return true;
}

static bool
read_preferences_post(HitJob *job, Store *store, GError **error)
{
    g_auto(PreferenceState) state = {0};

    if (hit_job_is_settled(job))
        return true;
    if (!read_state(job, store, &state, error))
        return false;
    preferences_page(job, &state);
    if (find_action(job, &state) >= 0)
        job->write = write_preferences;
    return true;
}

void
handle_preferences_post(const HttpRequest *request, HttpResponse *response,
                        gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_PREFERENCES,
                read_preferences_post, "action");
}
