/* SPDX-License-Identifier: Apache-2.0 */
/* campaign_rules.c - dates, caps, variants and senders that cannot be meant
 *
 * Only for files as they are now: what a launch has frozen is not judged again
 * when its dates have passed. */
#include "campaign-private.h"

#include "nurture/clock.h"

#include <string.h>

/* ---- dates --------------------------------------------------------------- */

/* The wall time that was written; false if a zone was written with it. */
static bool
wall_time(const char *text, LocalTime *out)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    int64_t at;

    if (strlen(text) > strlen("2026-03-29 02:30:00") || strchr(text, 'Z') ||
        !date_parse(text, utc, &at, NULL))
        return false;
    *out = utc_to_local(utc, at);
    return true;
}

static char *
clock_text(int minute)
{
    return g_strdup_printf("%02d:%02d", minute / 60 % 24, minute % 60);
}

/* E605. */
static bool
check_skipped(const Reading *r, const YamlNode *node, const char *text)
{
    const Workspace *w = catalogue_workspace(r->catalogue);
    g_autofree char *day = NULL, *time = NULL, *from = NULL, *to = NULL;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    LocalTime t;
    int first, last;
    Diagnostic *d;

    if (!wall_time(text, &t) ||
        !local_is_skipped(w->zone, t.year, t.month, t.day, t.minute))
        return false;
    first = last = t.minute;
    while (first > 0 &&
           local_is_skipped(w->zone, t.year, t.month, t.day, first - 1))
        first--;
    while (local_is_skipped(w->zone, t.year, t.month, t.day, last))
        last++;
    day = date_format(local_to_utc(utc, t.year, t.month, t.day, 0), utc,
                      "D MMMM YYYY", "en");
    time = clock_text(t.minute);
    from = clock_text(first);
    to = clock_text(last);
    d = diagnostics_add(r->problems, "E605", r->source, node->offset,
                        node->length,
                        "%s %s does not exist in %s: clocks go from %s to %s",
                        day, time, w->time_zone, from, to);
    diagnostic_note(d, "write %.10s %s", text, to);
    return true;
}

static char *
how_long_ago(int64_t ms)
{
    int64_t days = ms / DAY_MS;

    if (days < 2)
        return g_strdup("yesterday");
    if (days < 61)
        return g_strdup_printf("%d days ago", (int)days);
    if (days < 730)
        return g_strdup_printf("%d months ago", (int)(days / 30));
    return g_strdup_printf("%d years ago", (int)(days / 365));
}

/* E603, for a draft: one that is ready may be running since that day. */
static void
check_past(const Reading *r, const YamlNode *node)
{
    const Campaign *c = r->campaign;
    GTimeZone *zone = catalogue_workspace(r->catalogue)->zone;
    int64_t now = clock_now();
    g_autofree char *ago = NULL;
    LocalTime today = utc_to_local(zone, now), then;
    Diagnostic *d;

    if (c->status != STATUS_DRAFT || c->start == 0 || c->start > now - DAY_MS)
        return;
    ago = how_long_ago(now - c->start);
    d = diagnostics_add(r->problems, "E603", r->source, node->offset,
                        node->length, "%s was %s", node->value, ago);
    then = utc_to_local(zone, c->start);
    if (then.year < today.year &&
        local_to_utc(zone, today.year, then.month, then.day, then.minute) > now)
        diagnostic_note(d, "did you mean %d?", today.year);
}

static char *
window_days(const SendWindow *window)
{
    g_autofree char *text = send_window_format(window);

    return g_strndup(text, strcspn(text, " "));
}

/* W606. */
static void
check_window(const Reading *r, const YamlNode *node)
{
    static const char *const names[] = {"Monday",   "Tuesday", "Wednesday",
                                        "Thursday", "Friday",  "Saturday",
                                        "Sunday"};
    const Campaign *c = r->campaign;
    GTimeZone *zone = catalogue_workspace(r->catalogue)->zone;
    int64_t next = send_window_next(&c->window, zone, c->start);
    LocalTime t = utc_to_local(zone, c->start);
    LocalTime n = utc_to_local(zone, next);
    g_autofree char *day = NULL, *until = NULL, *days = NULL, *time = NULL;

    if (next == c->start || (strlen(node->value) <= 10 && n.day == t.day))
        return;
    day = date_format(c->start, zone, "D MMMM YYYY", "en");
    until = date_format(next, zone, "D MMMM, HH:mm", "en");
    if (!(c->window.days & 1u << t.weekday)) {
        days = window_days(&c->window);
        diagnostics_add(r->problems, "W606", r->source, node->offset,
                        node->length,
                        "%s is a %s and the window is %s: mails will wait "
                        "until %.3s %s",
                        day, names[t.weekday], days, names[n.weekday], until);
        return;
    }
    days = send_window_format(&c->window);
    time = clock_text(t.minute);
    diagnostics_add(r->problems, "W606", r->source, node->offset, node->length,
                    "%s is outside the window %s: mails will wait until %.3s "
                    "%s",
                    time, days, names[n.weekday], until);
}

static void
check_start(const Reading *r)
{
    const YamlNode *node = yaml_get(r->map, "send_at");

    if (!node)
        node = yaml_get(r->map, "start");
    if (!node || node->kind != YAML_SCALAR || r->campaign->start == 0 ||
        check_skipped(r, node, node->value))
        return;
    check_past(r, node);
    check_window(r, node);
}

/* E512: of one mail. */
void
check_event(const Reading *r)
{
    const YamlNode *event = yaml_get(r->map, "event");
    const YamlNode *start = event ? yaml_get(event, "start") : NULL;
    const YamlNode *end = event ? yaml_get(event, "end") : NULL;
    GTimeZone *zone = catalogue_workspace(r->catalogue)->zone;
    int64_t from, to;

    if (start && start->value)
        check_skipped(r, start, start->value);
    if (!start || !end || !start->value || !end->value ||
        !date_parse(start->value, zone, &from, NULL) ||
        !date_parse(end->value, zone, &to, NULL) || to > from)
        return;
    diagnostics_add(r->problems, "E512", r->source, end->offset, end->length,
                    to == from ? "the event ends when it starts"
                               : "the event ends before it starts");
}

/* ---- steps --------------------------------------------------------------- */

static int64_t
wait_ms(const CampaignStep *step)
{
    if (step->span.unit == SPAN_BUSINESS_DAYS) /* five of seven */
        return step->span.count * 7 * DAY_MS / 5;
    return span_ms(&step->span);
}

static void
report_held(const Reading *r, const CampaignStep *step, const char *cap,
            int64_t held)
{
    const YamlNode *list = yaml_get(r->map, "steps");

    for (guint i = 0; i < list->items->len; i++) {
        const YamlNode *map = g_ptr_array_index(list->items, i);
        const YamlNode *mail =
            map->kind == YAML_MAP ? yaml_get(map, "mail") : NULL;
        const YamlNode *wait = mail ? yaml_get(map, "wait") : NULL;
        int days = (int)((held + DAY_MS - 1) / DAY_MS);
        if (!wait || g_strcmp0(mail->value, step->mail->id) != 0)
            continue;
        diagnostics_add(r->problems, "W614", r->source, wait->offset,
                        wait->length,
                        "the cap '%s' will hold '%s' back by %d day%s", cap,
                        step->mail->id, days, days == 1 ? "" : "s");
        return;
    }
}

/* W614: when each mail could leave after the first one, with the cap. */
static void
check_cap(const Reading *r, const char *cap, int count, int64_t per_ms)
{
    const GPtrArray *steps = r->campaign->steps;
    g_autofree int64_t *at = g_new0(int64_t, steps->len + 1);

    for (guint i = 1; count > 0 && i < steps->len; i++) {
        const CampaignStep *step = g_ptr_array_index(steps, i);
        int64_t earliest = 0;
        if (step->wait != WAIT_SPAN)
            return; /* waits for a day: nobody knows how long that is */
        at[i] = at[i - 1] + wait_ms(step);
        if (i >= (guint)count)
            earliest = at[i - (guint)count] + per_ms;
        if (at[i] < earliest) {
            report_held(r, step, cap, earliest - at[i]);
            at[i] = earliest;
        }
    }
}

static void
check_caps(const Reading *r)
{
    const Rate *general = &catalogue_workspace(r->catalogue)->sending.cap;
    const char *own = settings_value(r->map, r->place, "cap");
    g_autofree char *words = NULL;
    int count;
    int64_t per_ms;

    if (steps_are_faulty(r))
        return;
    if (own && rate_parse(own, &count, &per_ms, NULL)) {
        check_cap(r, own, count, per_ms);
        return;
    }
    words = g_strdup_printf("%d per %dd", general->count,
                            (int)(general->per_ms / DAY_MS));
    check_cap(r, words, general->count, general->per_ms);
}

/* ---- variants ------------------------------------------------------------ */

/* W612: of one mail. */
void
check_variants_differ(const Reading *r, const CampaignMail *mail)
{
    const YamlNode *list = yaml_get(r->map, "variants");
    const MailFile *file =
        mail->files->len ? g_ptr_array_index(mail->files, 0) : NULL;

    for (guint i = 1; file && i < mail->variants->len; i++) {
        const MailVariant *a = g_ptr_array_index(mail->variants, i - 1);
        const MailVariant *b = g_ptr_array_index(mail->variants, i);
        const YamlNode *map = g_ptr_array_index(list->items, i);
        if (g_strcmp0(a->subject ? a->subject : file->subject,
                      b->subject ? b->subject : file->subject) == 0 &&
            g_strcmp0(a->preheader ? a->preheader : file->preheader,
                      b->preheader ? b->preheader : file->preheader) == 0 &&
            g_strcmp0(a->from, b->from) == 0 && !yaml_get(map, "mail"))
            diagnostics_add(r->problems, "W612", r->source, map->offset,
                            map->length, "variants %s and %s are the same",
                            a->id, b->id);
    }
}

/* ---- senders ------------------------------------------------------------- */

static bool
is_deaf(const char *email)
{
    static const char *const words[] = {"noreply", "donotreply", "dontreply",
                                        "keineantwort", NULL};
    g_autofree char *local = g_strndup(email, strcspn(email, "@"));
    g_autoptr(GString) letters = g_string_new(NULL);

    for (const char *c = local; *c; c++)
        if (g_ascii_isalpha(*c))
            g_string_append_c(letters, g_ascii_tolower(*c));
    return g_strv_contains(words, letters->str);
}

/* W509: of a campaign or of one mail. */
void
check_answers(const Reading *r)
{
    const YamlNode *reply_to = yaml_get(r->map, "reply_to");
    const YamlNode *node = reply_to ? reply_to : yaml_get(r->map, "from");
    const Sender *sender =
        node && node->value
            ? workspace_sender(catalogue_workspace(r->catalogue), node->value)
            : NULL;

    if (!sender || !is_deaf(sender->email))
        return;
    diagnostic_help(diagnostics_add(r->problems, "W509", r->source,
                                    node->offset, node->length,
                                    "people cannot answer '%s'", sender->email),
                    "answers are the best signal you get; use a recruiter");
}

void
campaign_check_rules(const Reading *r)
{
    check_start(r);
    check_answers(r);
    if (r->campaign->is_sequence)
        check_caps(r);
}
