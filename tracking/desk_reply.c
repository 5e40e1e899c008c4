/* SPDX-License-Identifier: Apache-2.0 */
/* desk_reply.c - one answer: the conversation, and what is done about it */
#include "desk-private.h"

#include "nurture/error.h"
#include "nurture/replies.h"
#include "nurture/text.h"
#include "nurture/window.h"
#include "spool.h"

#include <string.h>

enum { TEXT_MAX = 64 * 1024, ORIGINAL_MAX = 256 * 1024 };

typedef struct {
    int64_t id, candidate, received_at, snoozed_until;
    char *message_id, *campaign, *step, *recruiter, *from, *subject, *text;
    char *intent, *guess, *also, *flags, *action, *state, *trust;
    char *return_date, *file, *name;
    bool other_address;
} Answer;

static void
answer_clear(Answer *a)
{
    char *strings[] = {a->message_id, a->campaign, a->step,        a->recruiter,
                       a->from,       a->subject,  a->text,        a->intent,
                       a->guess,      a->also,     a->flags,       a->action,
                       a->state,      a->trust,    a->return_date, a->file,
                       a->name};

    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static void
answer_read(Statement *st, Answer *a)
{
    char **texts[] = {
        &a->message_id, &a->campaign, &a->step,        &a->recruiter,
        &a->from,       &a->subject,  &a->text,        &a->intent,
        &a->guess,      &a->also,     &a->flags,       &a->action,
        &a->state,      &a->trust,    &a->return_date, &a->file};

    a->candidate = statement_int(st, 0);
    a->received_at = statement_int(st, 1);
    a->snoozed_until = statement_int(st, 2);
    a->other_address = statement_int(st, 3) != 0;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(statement_text(st, (int)i + 4));
    a->name = desk_name(statement_text(st, 20), statement_text(st, 21),
                        statement_text(st, 22));
}

/* The answer that the path names, if it is the visitor's to see. */
static bool
answer_load(Visit *visit, Answer *a, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT r.candidate_id, r.received_at, r.snoozed_until,"
        "  r.other_address, r.message_id, r.campaign, r.step, r.recruiter,"
        "  r.from_address, r.subject, r.text, coalesce(r.label, r.intent),"
        "  r.intent, r.intent_also, r.flags, r.action, r.state,"
        "  r.from_trust, r.return_date, i.file, c.first_name, c.last_name,"
        "  coalesce(c.email, r.from_address)"
        " FROM reply r JOIN inbound i ON i.inbound_id = r.inbound_id"
        " LEFT JOIN candidate c ON c.candidate_id = r.candidate_id"
        " WHERE r.reply_id = :reply AND (:all OR r.recruiter = :who"
        "  OR (r.recruiter IS NULL AND :fallback))",
        error);

    if (!st)
        return false;
    a->id = desk_number(visit->part[1]);
    desk_bind_who(visit, st);
    statement_bind_int(st, ":reply", a->id);
    if (statement_step(st))
        answer_read(st, a);
    else
        a->id = 0;
    if (!statement_end(st, error))
        return false;
    if (a->id)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND, "no such answer");
    return false;
}

/* The conversation ------------------------------------------------------- */

/* Addresses with somebody's tokens act for that person: not in these pages. */
static char *
without_links(const Visit *visit, const char *text)
{
    const char *base = visit->workspace->tracking.base_url;
    GString *out = g_string_new(NULL);
    gsize length = base ? strlen(base) : 0;

    for (const char *p = text; *p;) {
        const char *link = length ? strstr(p, base) : NULL;
        if (!link) {
            g_string_append(out, p);
            break;
        }
        g_string_append_len(out, p, link - p);
        g_string_append(out, "[link]");
        p = link + length;
        p += strcspn(p, " \t\r\n<>\")");
    }
    return g_string_free(out, FALSE);
}

static bool
append_mail_text(Visit *visit, const char *message_id, GError **error)
{
    g_autofree char *made = NULL, *text = NULL;

    if (!visit->desk->actions.mail_text)
        return true;
    made = visit->desk->actions.mail_text(visit->store, visit->workspace,
                                          visit->desk->keys, message_id,
                                          visit->now, error);
    if (!made) {
        /* Its person is erased, or a file of its snapshot does not compile
         * any more: no failure of this page. */
        g_clear_error(error);
        return true;
    }
    text = without_links(visit, made);
    markup(visit->html, "<details><summary>What we wrote</summary>"
                        "<div class=\"letter\">");
    markup_lines(visit->html, text, TEXT_MAX);
    markup(visit->html, "</div><p class=\"soft\">Filled with what is known "
                        "today.</p></details>");
    return true;
}

static bool
append_mails(Visit *visit, const Answer *a, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT step, coalesce(sent_at, updated_at), state, sender,"
        "  message_id IS NOT DISTINCT FROM :message FROM message"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND state IN ('sent', 'in_doubt', 'bounced')"
        "  AND coalesce(sent_at, updated_at) <= :until"
        " ORDER BY 2",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", a->candidate);
    statement_bind_text(st, ":campaign", a->campaign);
    statement_bind_text(st, ":message", a->message_id);
    statement_bind_int(st, ":until", a->received_at);
    while (statement_step(st)) {
        const Sender *sender =
            workspace_sender(visit->workspace, statement_text(st, 3));
        markup(visit->html,
               "<article class=\"ours\"><header><strong>%s"
               "</strong> <span>wrote <a "
               "href=\"/campaigns/%u\">%s</a>",
               sender ? sender->name : "We", a->campaign, a->campaign);
        desk_step(visit, a->campaign, statement_text(st, 0));
        markup(visit->html, "</span> <span class=\"aside\">");
        desk_time(visit, statement_int(st, 1));
        markup(visit->html, "</span></header>");
        if (statement_int(st, 4) &&
            !append_mail_text(visit, a->message_id, error))
            return false;
        markup(visit->html, "</article>");
    }
    return statement_end(st, error);
}

static void
append_answer(Visit *visit, const Answer *a)
{
    markup(visit->html,
           "<article class=\"theirs\"><header><strong>%s</strong> "
           "answered <span class=\"aside\">",
           a->name);
    desk_time(visit, a->received_at);
    markup(visit->html,
           "</span></header><h2 class=\"subject\">%s</h2>"
           "<div class=\"letter\">",
           a->subject ? a->subject : "(no subject)");
    markup_lines(visit->html, a->text, TEXT_MAX);
    markup(visit->html,
           "</div><p><a href=\"/replies/%i/original\">The mail as "
           "it came</a></p></article>",
           a->id);
}

/* What nurture made of it ------------------------------------------------ */

static void
append_fact(Visit *visit, const char *name, const char *value)
{
    if (value && *value)
        markup(visit->html, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

/* The day an answer speaks of: "2026-03-26", as it was read. */
static void
append_named_day(Visit *visit, const char *day)
{
    int64_t at;

    if (!day || !date_parse(day, visit->workspace->zone, &at, NULL))
        return;
    markup(visit->html, "<div><dt>Date named</dt><dd>");
    desk_day(visit, at);
    markup(visit->html, "</dd></div>");
}

static const char *
trust_words(const Answer *a)
{
    if (g_strcmp0(a->trust, "verified") == 0)
        return "verified by our mail server";
    if (g_strcmp0(a->trust, "token_only") == 0)
        return "answers our mail, sender not verified";
    return "not verified";
}

static void
append_facts(Visit *visit, const Answer *a)
{
    const Sender *sender = workspace_sender(visit->workspace, a->recruiter);

    markup(visit->html, "<dl class=\"facts\">");
    append_fact(visit, "From", a->from);
    if (a->other_address)
        append_fact(visit, "Note", "another address than we wrote to");
    append_fact(visit, "Sender", trust_words(a));
    append_fact(visit, "For", sender ? sender->name : a->recruiter);
    append_fact(visit, "nurture did", a->action);
    append_named_day(visit, a->return_date);
    append_fact(visit, "Flags", a->flags);
    if (a->snoozed_until && strcmp(a->state, "snoozed") == 0) {
        markup(visit->html, "<div><dt>Snoozed until</dt><dd>");
        desk_day(visit, a->snoozed_until);
        markup(visit->html, "</dd></div>");
    }
    markup(visit->html, "</dl>");
}

/* Deeds ------------------------------------------------------------------ */

static void
button(Visit *visit, const Answer *a, const char *verb, const char *value,
       const char *class, const char *words)
{
    g_autofree char *path =
        g_strdup_printf("/replies/%" G_GINT64_FORMAT, a->id);

    desk_form_begin(visit, path, "inline");
    markup(visit->html, "<input type=\"hidden\" name=\"verb\" value=\"%s\">",
           verb);
    if (value)
        markup(visit->html,
               "<input type=\"hidden\" name=\"value\" value=\"%s\">", value);
    markup(visit->html, "<button class=\"%s\">%s</button></form>", class,
           words);
}

static void
form(Visit *visit, const Answer *a, const char *verb)
{
    g_autofree char *path =
        g_strdup_printf("/replies/%" G_GINT64_FORMAT, a->id);

    desk_form_begin(visit, path, "row");
    markup(visit->html, "<input type=\"hidden\" name=\"verb\" value=\"%s\">",
           verb);
}

static void
append_intent_forms(Visit *visit, const Answer *a)
{
    g_autofree char *confirm =
        g_strdup_printf("Yes: %s", desk_intent_words(a->intent));

    markup(visit->html,
           "<section class=\"card\"><h2>What it means</h2>"
           "<p>Read as <span class=\"tag %s\">%s</span>",
           a->guess, desk_intent_words(a->guess));
    if (a->also)
        markup(visit->html, ", maybe %s", desk_intent_words(a->also));
    if (strcmp(a->guess, a->intent) != 0)
        markup(visit->html, "; corrected to <span class=\"tag %s\">%s</span>",
               a->intent, desk_intent_words(a->intent));
    markup(visit->html, "</p>");
    button(visit, a, "label", a->intent, "", confirm);
    form(visit, a, "label");
    markup(visit->html, "<label for=\"intent\">No, it means</label>"
                        "<select id=\"intent\" name=\"value\">");
    for (const char *const *i = reply_intents(); *i; i++)
        if (strcmp(*i, a->intent) != 0)
            markup(visit->html, "<option value=\"%s\">%s</option>", *i,
                   desk_intent_words(*i));
    markup(visit->html, "</select><button>Correct</button></form></section>");
}

static void
append_later_forms(Visit *visit, const Answer *a)
{
    g_autofree char *today = date_format(
        visit->now + 86400000, visit->workspace->zone, "YYYY-MM-DD", "en");

    markup(visit->html, "<section class=\"card\"><h2>Later</h2>"
                        "<div class=\"buttons\">");
    button(visit, a, "snooze", "1w", "", "A week");
    button(visit, a, "snooze", "1m", "", "A month");
    button(visit, a, "snooze", "3m", "", "Three months");
    markup(visit->html, "</div>");
    form(visit, a, "snooze");
    markup(visit->html,
           "<label for=\"day\">Or on</label>"
           "<input id=\"day\" name=\"value\" type=\"date\" "
           "min=\"%s\" required><button>Snooze</button></form>"
           "</section>",
           today);
}

static void
append_others(Visit *visit, const Answer *a)
{
    const GPtrArray *senders = visit->workspace->senders;

    markup(visit->html, "<section class=\"card\"><h2>Not mine</h2>");
    form(visit, a, "hand-over");
    markup(visit->html, "<label for=\"to\">Hand over to</label>"
                        "<select id=\"to\" name=\"value\">");
    for (guint i = 0; senders && i < senders->len; i++) {
        const Sender *s = senders->pdata[i];
        if (g_strcmp0(s->id, a->recruiter) != 0 && sender_reads_answers(s))
            markup(visit->html, "<option value=\"%s\">%s</option>", s->id,
                   s->name);
    }
    markup(visit->html, "</select><button>Hand over</button></form>"
                        "</section>");
}

static void
append_deeds(Visit *visit, const Answer *a)
{
    markup(visit->html, "<aside class=\"deeds\" aria-label=\"What to do\">");
    markup(visit->html, "<section class=\"card\">");
    if (strcmp(a->state, "open") == 0)
        button(visit, a, "done", NULL, "main wide", "Done");
    else
        button(visit, a, "open", NULL, "wide", "Open again");
    markup(visit->html, "</section>");
    append_intent_forms(visit, a);
    append_later_forms(visit, a);
    append_others(visit, a);
    if (a->candidate)
        markup(visit->html,
               "<p><a class=\"button danger\" "
               "href=\"/replies/%i/stop\">Stop all mail to this "
               "person</a></p>",
               a->id);
    markup(visit->html, "</aside>");
}

static bool
append_history(Visit *visit, const char *object, GError **error)
{
    bool any = false;
    g_autoptr(Statement) st =
        store_prepare(visit->store,
                      "SELECT at, actor, action FROM audit"
                      " WHERE object = :object ORDER BY at DESC, audit_id DESC"
                      " LIMIT 20",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":object", object);
    for (; statement_step(st); any = true) {
        const Sender *who =
            workspace_sender(visit->workspace, statement_text(st, 1));
        if (!any)
            markup(visit->html, "<section><h2>What was done</h2>"
                                "<ul class=\"history\">");
        markup(visit->html, "<li>");
        desk_time(visit, statement_int(st, 0));
        markup(visit->html, " <strong>%s</strong> %s</li>",
               who ? who->name : statement_text(st, 1), statement_text(st, 2));
    }
    if (any)
        markup(visit->html, "</ul></section>");
    return statement_end(st, error);
}

/* Pages ------------------------------------------------------------------ */

bool
desk_reply_page(Visit *visit, GError **error)
{
    g_auto(Answer) a = {0};
    g_autofree char *object = NULL, *title = NULL;

    if (!answer_load(visit, &a, error))
        return false;
    object = g_strdup_printf("reply %" G_GINT64_FORMAT, a.id);
    title = g_strdup_printf("%s: %s", a.name, desk_intent_words(a.intent));
    desk_page_begin(visit, "replies", title);
    markup(visit->html, "<p class=\"up\"><a href=\"/replies\">Answers</a></p>"
                        "<div class=\"title\"><h1>");
    if (a.candidate)
        markup(visit->html, "<a href=\"/people/%i\">%s</a>", a.candidate,
               a.name);
    else
        markup(visit->html, "%s", a.name);
    markup(visit->html, "</h1><span class=\"tag %s\">%s</span>", a.intent,
           desk_intent_words(a.intent));
    if (strcmp(a.state, "open") != 0)
        markup(visit->html, "<span class=\"tag\">%s</span>", a.state);
    markup(visit->html, "</div><div class=\"two\"><div>");
    append_facts(visit, &a);
    markup(visit->html, "<section class=\"talk\" "
                        "aria-label=\"Conversation\">");
    if (!append_mails(visit, &a, error))
        return false;
    append_answer(visit, &a);
    markup(visit->html, "</section>");
    if (!append_history(visit, object, error))
        return false;
    markup(visit->html, "</div>");
    append_deeds(visit, &a);
    markup(visit->html, "</div>");
    desk_page_end(visit, 200);
    return true;
}

/* Bytes from outside, shown as text and nothing else. */
bool
desk_reply_original(Visit *visit, GError **error)
{
    g_auto(Answer) a = {0};
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *text = NULL;
    gsize size;
    const char *data;

    if (!answer_load(visit, &a, error))
        return false;
    bytes = spool_kept(visit->workspace->state_dir, a.file, error);
    if (!bytes)
        return false;
    data = g_bytes_get_data(bytes, &size);
    text = g_utf8_make_valid(data, (gssize)MIN(size, (gsize)ORIGINAL_MAX));
    g_strdelimit(text, "\r", ' ');
    desk_page_begin(visit, "replies", "The mail as it came");
    markup(visit->html,
           "<p class=\"up\"><a href=\"/replies/%i\">Back to the "
           "answer</a></p><h1>The mail as it came</h1>"
           "<pre class=\"original\" tabindex=\"0\">",
           a.id);
    markup_lines(visit->html, text, ORIGINAL_MAX);
    markup(visit->html, "</pre>");
    desk_page_end(visit, 200);
    return true;
}

bool
desk_reply_stop_page(Visit *visit, GError **error)
{
    g_auto(Answer) a = {0};

    if (!answer_load(visit, &a, error))
        return false;
    desk_page_begin(visit, "replies", "Stop all mail");
    markup(visit->html,
           "<p class=\"up\"><a href=\"/replies/%i\">Back to the "
           "answer</a></p><div class=\"door\">"
           "<h1>Stop all mail to %s?</h1><p>No campaign will "
           "write to this person again: what is queued is "
           "cancelled, and no import brings them back. It cannot "
           "be taken back here.</p>",
           a.id, a.name);
    button(visit, &a, "stop", NULL, "danger", "Stop all mail");
    markup(visit->html, "<a class=\"button\" href=\"/replies/%i\">No</a></div>",
           a.id);
    desk_page_end(visit, 200);
    return true;
}

/* What a form may ask for, and the verb it is (replies.h). */
static const struct {
    const char *name, *verb;
    bool takes_value, leaves; /* back to the list afterwards */
} verbs[] = {
    {"done", "done", false, true},          {"open", "open", false, false},
    {"label", "wrong", true, false},        {"snooze", "snooze", true, true},
    {"hand-over", "hand over", true, true}, {"stop", "stop all", false, true},
};

bool
desk_reply_act(Visit *visit, GError **error)
{
    g_auto(Answer) a = {0};
    g_autofree char *name = http_form(visit->request, "verb");
    g_autofree char *value = http_form(visit->request, "value");
    g_autofree char *said = NULL, *verb = NULL, *path = NULL;
    g_auto(Transaction) tx = {NULL};
    gsize i = 0;

    while (i < G_N_ELEMENTS(verbs) && g_strcmp0(name, verbs[i].name) != 0)
        i++;
    if (i == G_N_ELEMENTS(verbs) || (verbs[i].takes_value && !value)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "there is no such button");
        return false;
    }
    if (!answer_load(visit, &a, error))
        return false;
    verb = verbs[i].takes_value ? g_strdup_printf("%s %s", verbs[i].verb, value)
                                : g_strdup(verbs[i].verb);
    tx = store_begin(visit->store, error);
    if (!tx.store ||
        !reply_do(visit->store, visit->workspace, a.id, verb, visit->who->id,
                  visit->now, &said, error) ||
        !transaction_commit(&tx, error))
        return false;
    path = g_strdup_printf(verbs[i].leaves ? "/replies?done=%" G_GINT64_FORMAT
                                           : "/replies/%" G_GINT64_FORMAT,
                           a.id);
    desk_redirect(visit, path);
    return true;
}
