/* SPDX-License-Identifier: Apache-2.0 */
/* digest_text.c - what a digest says
 *
 * Markdown, rendered like any mail. Whatever a stranger wrote goes through
 * append_literal(): it can become neither markup nor a line of its own. */
#include "nurture/digest.h"

#include "nurture/clock.h"
#include "nurture/desk.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/replies.h"
#include "nurture/template.h"
#include "nurture/text.h"

#include <string.h>

enum { EXCERPT = 600, NAMES_MAX = 20, TREND_DAYS = 7 };

static const char how_to_answer[] =
    "\nAnswer this mail with a verb and the number: done \\#12, snooze 2w "
    "\\#12, wrong interested \\#12, hand over NAME \\#12, stop all "
    "\\#12, original \\#12. A single answer needs no number.\n";

/* The groups of a digest, in the order they are read. */
static const struct {
    const char *title, *intents; /* intents between spaces */
} groups[] = {
    {"Possible opt-outs and erasure requests", " unsubscribe erasure "},
    {"Interested", " interested "},
    {"Questions", " question "},
    {"Referrals", " referral "},
    {"Not now", " not_now "},
    {"Not interested", " not_interested wrong_person "},
    {"Other answers", " other ooo "},
};

void
digest_clear(DigestText *d)
{
    g_clear_pointer(&d->recruiter, g_free);
    g_clear_pointer(&d->markdown, g_free);
    g_clear_pointer(&d->plain, g_free);
    d->replies = d->alerts = 0;
}

/* Strangers' words may not become Markdown: every ASCII punctuation mark is
 * escaped (CommonMark 2.4), lines become quoted lines. */
static void
append_literal(GString *out, const char *text, bool quoted)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\n')
            g_string_append(out, quoted ? "\\\n> " : " ");
        else if (c == '\t' || (c >= 0x20 && c != 0x7f)) {
            if (c < 0x80 && g_ascii_ispunct((char)c))
                g_string_append_c(out, '\\');
            g_string_append_unichar(out, c);
        }
    }
}

static void
append_excerpt(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *cut =
        g_utf8_substring(valid, 0, MIN(EXCERPT, g_utf8_strlen(valid, -1)));
    g_auto(GStrv) lines = NULL;
    bool first = true;

    g_strstrip(cut);
    lines = g_strsplit(cut, "\n", -1);
    g_string_append(out, "> ");
    for (char **line = lines; *line; line++) {
        if (text_is_blank(*line))
            continue;
        if (!first)
            g_string_append(out, "\\\n> ");
        first = false;
        append_literal(out, *line, true);
    }
    if (first)
        g_string_append(out, "(no words of their own)");
    if (g_utf8_strlen(valid, -1) > EXCERPT)
        g_string_append(out, " …");
    g_string_append(out, "\n\n");
}

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Keys *keys; /* NULL: no links */
    const char *recruiter;
    int64_t now;
    const char *desk; /* where the recruiters' pages are; NULL: nowhere */
} Making;

/* The columns of prepare_replies(). */
enum {
    COL_REPLY,
    COL_NAME,
    COL_FROM,
    COL_CLASS,
    COL_TEXT,
    COL_ACTION,
    COL_SUBJECT,
    COL_CAMPAIGN,
    COL_STEP,
    COL_RECEIVED,
    COL_CANDIDATE,
    COL_OTHER,
    COL_RULE,
    COL_EMAIL,
    COL_FLAGS,
    COL_TRUST,
    COL_MATCHED,
};

static Statement *
prepare_replies(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT r.reply_id, coalesce(c.first_name || ' ', '')"
        "   || coalesce(c.last_name, ''),"
        "  r.from_address, coalesce(r.label, CASE WHEN r.flags = 'erasure'"
        "   THEN 'erasure' WHEN r.intent_also = 'unsubscribe'"
        "   THEN 'unsubscribe' ELSE r.intent END),"
        "  r.text, r.action, r.subject, r.campaign, r.step, r.received_at,"
        "  r.candidate_id, r.other_address, r.intent_rule, c.email,"
        "  r.flags, r.from_trust, r.matched_by"
        " FROM reply r LEFT JOIN candidate c"
        "  ON c.candidate_id = r.candidate_id"
        " WHERE r.recruiter = :recruiter"
        "  AND ((r.state = 'open' AND r.digest_id IS NULL) OR"
        "   (r.state = 'snoozed' AND r.snoozed_until <= :now))"
        " ORDER BY r.received_at, r.reply_id LIMIT :limit",
        error);
}

/* ---- one reply ------------------------------------------------------------
 */

/* What the score was a week ago: without the events since, and not yet as
 * faded. */
static bool
score_trend(const Making *m, int64_t candidate, double score, double *out,
            GError **error)
{
    int64_t since = m->now - TREND_DAYS * DAY_MS;
    double scaled = score_scaled(m->workspace, score, m->now);
    g_autoptr(Statement) st =
        store_prepare(m->store,
                      "SELECT kind, machine, positive, at FROM event"
                      " WHERE candidate_id = :candidate AND at > :since",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":since", since);
    while (statement_step(st))
        scaled -= score_scaled(m->workspace,
                               event_weight(m->workspace, statement_text(st, 0),
                                            statement_int(st, 1) != 0,
                                            statement_int(st, 2) != 0),
                               statement_int(st, 3));
    *out = score - score_at(m->workspace, MAX(scaled, 0), since);
    return statement_end(st, error);
}

static bool
append_score(const Making *m, GString *out, Statement *st, GError **error)
{
    int64_t candidate = statement_int(st, COL_CANDIDATE);
    double score = 0, change = 0;

    if (candidate == 0)
        return true;
    if (!score_of(m->store, m->workspace, candidate, m->now, &score, error) ||
        !score_trend(m, candidate, score, &change, error))
        return false;
    g_string_append_printf(out, ", score %.0f", score);
    if (change >= 0.5 || change <= -0.5)
        g_string_append_printf(out, " (%s %.0f in a week)",
                               change > 0 ? "up" : "down",
                               change > 0 ? change : -change);
    return true;
}

static void
append_doubts(GString *out, Statement *st)
{
    const char *matched = statement_text(st, COL_MATCHED);

    if (statement_int(st, COL_OTHER) && statement_text(st, COL_EMAIL)) {
        g_string_append(out, ", writing from another address than ");
        append_literal(out, statement_text(st, COL_EMAIL), false);
    }
    if (g_strcmp0(statement_text(st, COL_FLAGS), "left_company") == 0)
        g_string_append(out, ", **has left the company**");
    if (g_strcmp0(statement_text(st, COL_FLAGS), "erasure") == 0)
        g_string_append(out, ", **asks to be erased**");
    if (!matched)
        g_string_append(out, ", not somebody we have written to");
    else if (strcmp(statement_text(st, COL_TRUST), "unknown") == 0)
        g_string_append(out, ", sender not proven");
}

static bool
append_who(const Making *m, GString *out, Statement *st, GError **error)
{
    const char *name = statement_text(st, COL_NAME);

    g_string_append(out, "**");
    append_literal(
        out, text_is_blank(name) ? statement_text(st, COL_FROM) : name, false);
    g_string_append(out, "** (");
    append_literal(out, statement_text(st, COL_FROM), false);
    g_string_append_c(out, ')');
    if (!append_score(m, out, st, error))
        return false;
    append_doubts(out, st);
    if (statement_text(st, COL_CAMPAIGN)) {
        g_string_append(out, ", answering ");
        append_literal(out, statement_text(st, COL_CAMPAIGN), false);
        g_string_append_c(out, '/');
        append_literal(
            out,
            statement_text(st, COL_STEP) ? statement_text(st, COL_STEP) : "",
            false);
    }
    g_string_append(out, "\n\n");
    return true;
}

static bool
append_referrals(const Making *m, GString *out, int64_t reply, GError **error)
{
    bool first = true;
    g_autoptr(Statement) st =
        store_prepare(m->store,
                      "SELECT address FROM referral WHERE reply_id = :reply"
                      " ORDER BY referral_id",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":reply", reply);
    for (; statement_step(st); first = false) {
        g_string_append(out, first ? "Names: " : ", ");
        append_literal(out, statement_text(st, 0), false);
    }
    if (!first)
        g_string_append(out,
                        " (nurture does not write to them by itself).\n\n");
    return statement_end(st, error);
}

/* [label](mailto:replies+token@domain?subject=verb) */
static void
append_verb(GString *out, const char *mailbox, const char *token,
            const char *label, const char *verb)
{
    const char *at = strrchr(mailbox, '@');

    g_string_append_printf(out, "[%s](mailto:%.*s+%s%s?subject=", label,
                           (int)(at - mailbox), mailbox, token, at);
    url_append_part(out, verb);
    g_string_append_c(out, ')');
}

static void
append_verbs(const Making *m, GString *out, int64_t reply)
{
    static const struct {
        const char *label, *verb;
    } verbs[] = {
        {"done", "done"},
        {"snooze 1 week", "snooze 1w"},
        {"snooze 4 weeks", "snooze 4w"},
        {"wrong: interested", "wrong interested"},
        {"question", "wrong question"},
        {"not now", "wrong not_now"},
        {"not interested", "wrong not_interested"},
        {"wrong person", "wrong wrong_person"},
        {"opt-out", "wrong unsubscribe"},
        {"stop all mail", "stop all"},
        {"send me the original", "original"},
    };
    const char *mailbox = m->workspace->sending.replies;
    char token[MAIL_TOKEN_TEXT];

    if (!m->keys || !mailbox || !strchr(mailbox, '@'))
        return;
    reply_token_make(m->keys, reply, token);
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (i > 0)
            g_string_append(out, " · ");
        append_verb(out, mailbox, token, verbs[i].label, verbs[i].verb);
    }
    if (m->desk)
        g_string_append_printf(out,
                               " · [its page](%s/replies/%" G_GINT64_FORMAT ")",
                               m->desk, reply);
    g_string_append(out, "\n\n");
}

/* Between pieces that are rendered one by one: the bounds on Markdown are for
 * one author's text. Strangers' controls do not get in. */
#define PIECE_END "\x1e"

static bool
append_reply(const Making *m, GString *out, Statement *st, GError **error)
{
    int64_t reply = statement_int(st, COL_REPLY);
    const char *action = statement_text(st, COL_ACTION);
    g_autofree char *day =
        date_format(statement_int(st, COL_RECEIVED), m->workspace->zone,
                    "D MMMM, HH:mm", "en");

    if (!append_who(m, out, st, error))
        return false;
    append_excerpt(out, statement_text(st, COL_TEXT));
    g_string_append_printf(out, "\\#%" G_GINT64_FORMAT ", %s. nurture: ", reply,
                           day);
    append_literal(out, action ? action : "nothing", false);
    if (statement_text(st, COL_RULE)) {
        g_string_append(out, " (rule ");
        append_literal(out, statement_text(st, COL_RULE), false);
        g_string_append_c(out, ')');
    }
    g_string_append(out, ".\n\n");
    if (!append_referrals(m, out, reply, error))
        return false;
    append_verbs(m, out, reply);
    g_string_append(out, PIECE_END);
    return true;
}

static guint
group_of(const char *intent)
{
    g_autofree char *word = g_strdup_printf(" %s ", intent ? intent : "other");

    for (guint i = 0; i + 1 < G_N_ELEMENTS(groups); i++)
        if (strstr(groups[i].intents, word))
            return i;
    return G_N_ELEMENTS(groups) - 1;
}

/* ---- what needs no reading -------------------------------------------------
 */

/* The columns of prepare_machines(). */
enum { MACHINE_NAME, MACHINE_EMAIL, MACHINE_WHAT, MACHINE_DAY, MACHINE_DEAD };

/* Whose address or machine answered since the last digest: absences with the
 * day of return, failures with their reason. */
static Statement *
prepare_machines(const Making *m, const char *kind, GError **error)
{
    Statement *st = store_prepare(
        m->store,
        "SELECT coalesce(c.first_name || ' ', '')"
        "   || coalesce(c.last_name, ''), c.email,"
        "  max(coalesce(json_extract(e.detail, '$.class'),"
        "   json_extract(e.detail, '$.reason'), '')),"
        "  max(json_extract(e.detail, '$.return_date')),"
        "  EXISTS (SELECT 1 FROM suppression s"
        "   WHERE s.address_hmac = c.address_hmac AND s.reason = 'bounced')"
        " FROM event e JOIN message g ON g.message_id = e.message_id"
        " JOIN candidate c ON c.candidate_id = e.candidate_id"
        " WHERE g.sender = :recruiter AND e.kind = :kind"
        "  AND e.at > coalesce((SELECT max(d.made_at) FROM digest d"
        "   WHERE d.recruiter = :recruiter), 0)"
        " GROUP BY c.candidate_id ORDER BY c.email",
        error);

    if (st) {
        statement_bind_text(st, ":recruiter", m->recruiter);
        statement_bind_text(st, ":kind", kind);
    }
    return st;
}

static void
append_absence(const Making *m, GString *out, Statement *st)
{
    const char *class = statement_text(st, MACHINE_WHAT);
    const char *date = statement_text(st, MACHINE_DAY);
    g_autofree char *day = NULL;
    int64_t at;

    if (strcmp(class, "left_company") == 0)
        g_string_append(out, "has left the company");
    else if (strcmp(class, "ooo") == 0)
        g_string_append(out, "out of office");
    else
        g_string_append(out, "an automatic answer");
    if (!date || !date_parse(date, m->workspace->zone, &at, NULL))
        return;
    day = date_format(at, m->workspace->zone, "D MMMM YYYY", "en");
    g_string_append_printf(out, ", back on %s", day);
}

static void
append_failure(GString *out, Statement *st)
{
    g_autofree char *reason = g_strdup(statement_text(st, MACHINE_WHAT));

    g_strdelimit(reason, "_", ' ');
    append_literal(out, *reason ? reason : "no reason stated", false);
    if (statement_int(st, MACHINE_DEAD))
        g_string_append(out, "; the address gets no mail any more");
}

static bool
append_machines(const Making *m, GString *out, const char *kind,
                const char *title, int64_t *out_count, GError **error)
{
    bool absences = strcmp(kind, "auto_reply") == 0;
    g_autoptr(Statement) st = prepare_machines(m, kind, error);

    *out_count = 0;
    if (!st)
        return false;
    for (; statement_step(st); ++*out_count) {
        const char *name = statement_text(st, MACHINE_NAME);

        if (*out_count == 0)
            g_string_append_printf(out, "## %s\n\n", title);
        if (*out_count >= NAMES_MAX)
            continue;
        g_string_append(out, "- ");
        if (!text_is_blank(name)) {
            append_literal(out, name, false);
            g_string_append_c(out, ' ');
        }
        g_string_append_c(out, '(');
        append_literal(out, statement_text(st, MACHINE_EMAIL), false);
        g_string_append(out, "): ");
        if (absences)
            append_absence(m, out, st);
        else
            append_failure(out, st);
        g_string_append_c(out, '\n');
    }
    if (*out_count > NAMES_MAX)
        g_string_append_printf(out, "- and %s more\n",
                               number_format(*out_count - NAMES_MAX));
    if (*out_count > 0)
        g_string_append_c(out, '\n');
    return statement_end(st, error);
}

static bool
append_rest(const Making *m, GString *out, int64_t *out_failures,
            GError **error)
{
    int64_t absences;

    return append_machines(m, out, "auto_reply", "Automatic answers", &absences,
                           error) &&
           append_machines(m, out, "bounced", "Could not be delivered",
                           out_failures, error);
}

/* For the operator, who is whoever stands in for a missing recruiter. */
static bool
append_alerts(const Making *m, GString *out, int64_t *out_count, GError **error)
{
    g_autoptr(Statement) st = NULL;

    if (g_strcmp0(m->recruiter, m->workspace->sending.fallback_sender) != 0)
        return true;
    st = store_prepare(m->store,
                       "SELECT kind, object, count, detail FROM alert"
                       " WHERE told_at IS NULL ORDER BY last_at DESC LIMIT 50",
                       error);
    if (!st)
        return false;
    for (; statement_step(st); ++*out_count) {
        const char *detail = statement_text(st, 3);
        if (*out_count == 0)
            g_string_append(out, "## For the operator\n\n");
        g_string_append(out, "- **");
        append_literal(out, statement_text(st, 0), false);
        g_string_append(out, "** ");
        append_literal(out, statement_text(st, 1), false);
        g_string_append_printf(out,
                               " (%s): ", number_format(statement_int(st, 2)));
        append_literal(out, detail ? detail : "", false);
        g_string_append_c(out, '\n');
    }
    if (*out_count > 0)
        g_string_append_c(out, '\n');
    return statement_end(st, error);
}

static bool
read_groups(const Making *m, GString **out, int64_t *out_count, GError **error)
{
    g_autoptr(Statement) st = prepare_replies(m->store, error);

    if (!st)
        return false;
    statement_bind_text(st, ":recruiter", m->recruiter);
    statement_bind_int(st, ":now", m->now);
    statement_bind_int(st, ":limit", DIGEST_REPLIES_MAX);
    while (statement_step(st)) {
        ++*out_count;
        if (!append_reply(m, out[group_of(statement_text(st, COL_CLASS))], st,
                          error))
            return false;
    }
    return statement_end(st, error);
}

/* Owned; NULL with `error`. */
static char *
write_text(const Making *m, const Sender *sender, DigestText *out,
           GError **error)
{
    g_autoptr(GString) text = g_string_new("# ");
    GString *parts[G_N_ELEMENTS(groups)];
    bool read;

    out->replies = out->alerts = out->failures = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        parts[i] = g_string_new(NULL);
    read = read_groups(m, parts, &out->replies, error);
    g_string_append_printf(text, "%s %s for ", number_format(out->replies),
                           out->replies == 1 ? "answer" : "answers");
    append_literal(text, sender->name, false);
    g_string_append(text, "\n\n");
    read = read && append_alerts(m, text, &out->alerts, error);
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (parts[i]->len > 0)
            g_string_append_printf(text, "## %s\n\n%s", groups[i].title,
                                   parts[i]->str);
        g_string_free(parts[i], TRUE);
    }
    if (!read || !append_rest(m, text, &out->failures, error))
        return NULL;
    if (out->replies > 0)
        g_string_append(text, how_to_answer);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Twice: links that are longer than the words are for HTML only. */
bool
digest_make(Store *store, const Workspace *workspace, const Keys *keys,
            const char *recruiter, int64_t now, DigestText *out, GError **error)
{
    g_autofree char *desk = desk_address(store, workspace);
    const Making linked = {store, workspace, keys, recruiter, now, desk};
    const Making plain = {store, workspace, NULL, recruiter, now, NULL};
    const Sender *sender = workspace_sender(workspace, recruiter);

    memset(out, 0, sizeof *out);
    if (!sender) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no recruiter '%s' (senders/%s.md)", recruiter,
                    recruiter);
        return false;
    }
    out->markdown = write_text(&linked, sender, out, error);
    if (out->markdown)
        out->plain = write_text(&plain, sender, out, error);
    if (!out->plain)
        return false;
    out->recruiter = g_strdup(recruiter);
    return true;
}

bool
digest_render(const DigestText *digest, const Workspace *workspace,
              GString *html, GString *text, GError **error)
{
    g_auto(GStrv) linked = g_strsplit(digest->markdown, PIECE_END, -1);
    g_auto(GStrv) plain = g_strsplit(digest->plain, PIECE_END, -1);
    g_autoptr(GString) unwanted = g_string_new(NULL);

    for (char **piece = linked; *piece; piece++)
        if (!markdown_render(*piece, workspace, NULL, "", html, unwanted,
                             error))
            return false;
    for (char **piece = plain; *piece; piece++) {
        if (text->len > 0 && !text_is_blank(*piece))
            g_string_append_c(text, '\n');
        if (!markdown_render(*piece, workspace, NULL, "", unwanted, text,
                             error))
            return false;
    }
    return true;
}
