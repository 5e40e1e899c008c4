/* SPDX-License-Identifier: Apache-2.0 */
/* compose.c - the content of one campaign mail, at the moment it leaves */
#include "compose.h"
#include "calendar.h"
#include "enrolment.h"
#include "notice.h"
#include "thread.h"

#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/error.h"
#include "nurture/exit.h"
#include "nurture/health.h"
#include "nurture/json.h"
#include "nurture/outbox.h"
#include "nurture/scheduler.h"

#include <string.h>

/* What the mark keeps: once for many messages the links they share, and that
 * this one has the notice of Article 14. */
typedef struct {
    char *link_set;
    const MailProgram *program;
    char noticed[MESSAGE_ID_TEXT]; /* "" = it has none */
} Made;

typedef struct {
    const Workspace *workspace;
    const Keys *keys;
    Live *live;
    Store *store;          /* of a twin */
    MailOutput output;     /* reused */
    GHashTable *kept_sets; /* link sets whose links are in the store */
    GHashTable *health;    /* campaign -> Health, of those that bounced */
    bool again;            /* to be read, not sent: no rule stops it */
} Compose;

static void
made_free(gpointer p)
{
    Made *m = p;

    g_free(m->link_set);
    g_free(m);
}

/* ---- addresses and URLs of one message ---------------------------------- */

typedef struct {
    const Keys *keys;
    const char *message_id;
    char *unsubscribe, *preferences, *view, *interested, *pixel, *click_base;
    char *trap;
    char token[WEB_TOKEN_TEXT];
} Urls;

static void
urls_clear(Urls *u)
{
    g_free(u->unsubscribe);
    g_free(u->preferences);
    g_free(u->view);
    g_free(u->interested);
    g_free(u->pixel);
    g_free(u->click_base);
    g_free(u->trap);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Urls, urls_clear)

static char *
web_url(const Urls *u, const char *base, const char *path, WebTokenKind kind,
        const char *suffix)
{
    char token[WEB_TOKEN_TEXT];

    web_token_make(u->keys, kind, u->message_id, 0, token);
    return g_strconcat(base, path, token, suffix, NULL);
}

/* Without a web server, leaving is by mail: the address carries the token. */
static char *
mailto_unsubscribe(const Urls *u, const char *replies)
{
    const char *at = strchr(replies, '@');
    char token[MAIL_TOKEN_TEXT];

    mail_token_make(u->keys, MAIL_TOKEN_UNSUBSCRIBE, u->message_id, token);
    return g_strdup_printf("mailto:%.*s+%s%s?subject=unsubscribe",
                           (int)(at - replies), replies, token, at);
}

static bool
tracks(Store *store, TrackMode mode, int64_t candidate, const char *purpose,
       bool *out, GError **error)
{
    *out = mode == TRACK_AGGREGATE || mode == TRACK_DELIVERABILITY;
    return mode != TRACK_CONSENTED ||
           consent_given(store, candidate, purpose, clock_now(), out, error);
}

static bool
make_urls(const Compose *c, Store *store, const ClaimedMessage *m, bool tracked,
          Urls *u, GError **error)
{
    const Workspace *w = c->workspace;
    const char *base = w->tracking.base_url;
    bool clicks = false, opens = false;

    u->keys = c->keys;
    u->message_id = m->message_id;
    web_token_make(c->keys, WEB_TOKEN_VIEW, m->message_id, 0, u->token);
    if (!base) {
        u->unsubscribe = mailto_unsubscribe(u, w->sending.replies);
        u->preferences = g_strdup(u->unsubscribe);
        return true;
    }
    u->unsubscribe = web_url(u, base, "/u/", WEB_TOKEN_OPT_OUT, NULL);
    u->preferences = web_url(u, base, "/p/", WEB_TOKEN_PREFERENCES, NULL);
    u->interested = web_url(u, base, "/i/", WEB_TOKEN_INTEREST, NULL);
    u->view = web_url(u, base, "/v/", WEB_TOKEN_VIEW, NULL);
    if (!tracked)
        return true;
    if (!tracks(store, w->tracking.clicks, m->candidate, "click_tracking",
                &clicks, error) ||
        !tracks(store, w->tracking.opens, m->candidate, "open_tracking", &opens,
                error))
        return false;
    if (clicks)
        u->click_base = g_strconcat(base, "/c/", NULL);
    if (clicks && w->tracking.trap) {
        char token[WEB_TOKEN_TEXT];
        web_token_make(c->keys, WEB_TOKEN_CLICK, m->message_id, WEB_TOKEN_TRAP,
                       token);
        u->trap = g_strconcat(base, "/c/", token, NULL);
    }
    if (opens)
        u->pixel = web_url(u, base, "/o/", WEB_TOKEN_OPEN, ".gif");
    return true;
}

static void
click_token(guint index, char *out, gsize size, gpointer data)
{
    const Urls *u = data;
    char token[WEB_TOKEN_TEXT];

    web_token_make(u->keys, WEB_TOKEN_CLICK, u->message_id, index, token);
    g_strlcpy(out, token, size);
}

/* ---- the mail ------------------------------------------------------------ */

static const char *
image_type(const char *path)
{
    const char *dot = strrchr(path, '.');

    if (dot && (g_ascii_strcasecmp(dot, ".jpg") == 0 ||
                g_ascii_strcasecmp(dot, ".jpeg") == 0))
        return "image/jpeg";
    if (dot && g_ascii_strcasecmp(dot, ".png") == 0)
        return "image/png";
    if (dot && g_ascii_strcasecmp(dot, ".gif") == 0)
        return "image/gif";
    if (dot && g_ascii_strcasecmp(dot, ".pdf") == 0)
        return "application/pdf";
    if (dot && g_ascii_strcasecmp(dot, ".ics") == 0)
        return "text/calendar";
    return "application/octet-stream";
}

static void
attachment_free(gpointer p)
{
    MailAttachment *a = p;

    g_free(a->name);
    g_free(a->type);
    g_free(a->cid);
    g_bytes_unref(a->bytes);
    g_free(a);
}

static void
attach(ComposedMail *out, Catalogue *catalogue, const char *path, bool image)
{
    GBytes *bytes = catalogue_bytes(catalogue, path);
    MailAttachment *a;

    if (!bytes)
        return; /* checked at launch, and frozen since */
    a = g_new0(MailAttachment, 1);
    a->name = g_path_get_basename(path);
    a->type = g_strdup(image_type(path));
    a->cid = image ? g_strdup(a->name) : NULL;
    a->bytes = g_bytes_ref(bytes);
    if (!out->attachments)
        out->attachments = g_ptr_array_new_with_free_func(attachment_free);
    g_ptr_array_add(out->attachments, a);
}

static void
attach_event(ComposedMail *out, Catalogue *catalogue, const Campaign *campaign,
             const CampaignMail *mail, int64_t now)
{
    const char *domain = catalogue_workspace(catalogue)->sending.domain;
    g_autofree char *uid =
        g_strdup_printf("%s.%s@%s", campaign->id, mail->id, domain);
    char *text = calendar_format(mail->event, uid, out->from_name,
                                 out->from_address, now);
    MailAttachment *a = g_new0(MailAttachment, 1);

    a->name = g_strdup("invitation.ics");
    a->type = g_strdup("text/calendar");
    a->method = "PUBLISH";
    a->bytes = g_bytes_new_take(text, strlen(text));
    if (!out->attachments)
        out->attachments = g_ptr_array_new_with_free_func(attachment_free);
    g_ptr_array_add(out->attachments, a);
}

void
composed_attach_all(ComposedMail *out, Catalogue *catalogue,
                    const Campaign *campaign, const CampaignMail *mail,
                    const MailProgram *program, int64_t now)
{
    const char *const *image = mail_program_images(program);

    for (; image && *image; image++)
        attach(out, catalogue, *image, true);
    for (char **path = mail->attach; path && *path; path++)
        attach(out, catalogue, *path, false);
    if (mail->event)
        attach_event(out, catalogue, campaign, mail, now);
}

static char *
full_name(const Member *member)
{
    g_autofree char *name =
        g_strconcat(member->first_name ? member->first_name : "", " ",
                    member->last_name ? member->last_name : "", NULL);

    g_strstrip(name);
    return *name ? g_steal_pointer(&name) : NULL;
}

/* SenderId of Feedback-ID: 5 to 15 characters, the same in every mail. */
static char *
feedback_sender(const Workspace *workspace)
{
    g_autoptr(GString) id = g_string_new("nurture");

    for (const char *p = workspace->company; p && *p && id->len < 15; p++)
        if (g_ascii_isalnum(*p))
            g_string_append_c(id, g_ascii_tolower(*p));
    return g_string_free(g_steal_pointer(&id), FALSE);
}

void
composed_describe(ComposedMail *out, const Workspace *workspace,
                  const Campaign *campaign, const Member *member)
{
    const char *segment = member->part ? member->part->segment : NULL;
    const MailFile *file = member->rendering->file;
    g_autofree char *id = feedback_sender(workspace);

    if (member->sender) {
        out->from_name = g_strdup(member->sender->name);
        out->from_address = g_strdup(member->sender->email);
    }
    out->to_name = full_name(member);
    out->language = g_strdup(campaign_language(workspace, campaign, file));
    out->list_name = g_strdup(campaign->name);
    out->list_id =
        g_strconcat(campaign->id, ".list.", workspace->sending.domain, NULL);
    out->feedback_id = g_strconcat(campaign->id, ":", segment ? segment : "all",
                                   ":nurture:", id, NULL);
    out->help_url = g_strdup(workspace->legal.privacy_url);
    out->auto_submitted = g_strdup("auto-generated");
}

/* {"2":"https://.."}, or NULL when all links are those of the mail. */
static char *
own_links(const GArray *links)
{
    GString *out;

    if (links->len == 0)
        return NULL;
    out = g_string_new("{");
    for (guint i = 0; i < links->len; i++) {
        const MailLink *link = &g_array_index(links, MailLink, i);
        g_string_append_printf(out, "%s\"%u\":", i > 0 ? "," : "", link->index);
        json_append_string(out, link->url);
    }
    g_string_append_c(out, '}');
    return g_string_free(out, FALSE);
}

static void
remember(const Compose *c, const Rendering *r, const char *noticed,
         ComposedMail *out)
{
    Made *made = g_new0(Made, 1);

    made->link_set = g_strdup(r->link_set);
    made->program = r->program;
    g_strlcpy(made->noticed, noticed, sizeof made->noticed);
    out->link_set = g_strdup(r->link_set);
    out->own_links = own_links(c->output.links);
    out->kept = made;
    out->kept_free = made_free;
}

static ComposeVerdict
cancel(char **out_reason, const char *why)
{
    *out_reason = g_strdup(why);
    return COMPOSE_CANCEL;
}

static ComposeVerdict
fill(Compose *c, Store *store, const ClaimedMessage *m, const LiveCampaign *lc,
     const LiveStep *ls, const Member *member, ComposedMail *out,
     char **out_reason, GError **error)
{
    g_autofree char *why = NULL, *notice = NULL;
    g_auto(Urls) u = {0};
    MailRow row = {.now = m->first_claim_at};
    const CampaignStep *step = campaign_step(lc->campaign, m->step);
    const Rendering *r = member->rendering;
    g_auto(Thread) thread = {0};
    Member same = *member;

    if (!consent_source(store, m->candidate, &why, error) ||
        !notice_text(store, c->workspace, m->candidate,
                     campaign_language(c->workspace, lc->campaign, r->file),
                     &notice, error))
        return COMPOSE_HOLD;
    if (notice && !mail_program_has_notice(r->program))
        return cancel(out_reason, "no place for the notice of Article 14");
    row.why = why;
    row.notice = notice;
    if (step->thread &&
        !thread_find(c->live, store, c->keys, m, &thread, error))
        return COMPOSE_HOLD;
    if (thread.sender)
        same.sender = thread.sender;
    if (!make_urls(c, store, m, lc->campaign->tracked, &u, error))
        return COMPOSE_HOLD;
    row.unsubscribe_url = u.unsubscribe;
    row.preferences_url = u.preferences;
    row.interested_url = u.interested;
    row.view_url = u.view;
    row.privacy_url = c->workspace->legal.privacy_url;
    row.token = u.token;
    row.click_base = u.click_base;
    row.click_token = click_token;
    row.pixel_url = u.pixel;
    row.trap_url = u.trap;
    row.data = &u;
    if (!mail_select_fill(ls->select, ls->one, &same, &row, &c->output)) {
        *out_reason = g_strdup_printf("'%s' is missing", c->output.skipped_for);
        return COMPOSE_CANCEL;
    }
    composed_describe(out, c->workspace, lc->campaign, &same);
    out->subject =
        g_strdup(thread.subject ? thread.subject : c->output.subject->str);
    out->in_reply_to = g_steal_pointer(&thread.rfc_id);
    out->html = g_strdup(c->output.html->str);
    out->text = g_strdup(c->output.text->str);
    if (c->workspace->tracking.base_url)
        out->unsubscribe_url = g_strdup(u.unsubscribe);
    composed_attach_all(out, lc->catalogue, lc->campaign, step->mail,
                        r->program, m->first_claim_at);
    remember(c, r, notice ? m->message_id : "", out);
    return COMPOSE_OK;
}

static ComposeVerdict
compose_member(Compose *c, Store *store, const ClaimedMessage *m,
               const LiveCampaign *lc, const LiveStep *ls, const Member *member,
               ComposedMail *out, char **out_reason, GError **error)
{
    if (member->stop_rule && !c->again)
        return cancel(out_reason, "stop rule");
    if (member->bad_data)
        return cancel(out_reason, "strange data");
    if (!member->sender)
        return cancel(out_reason, "no sender");
    return fill(c, store, m, lc, ls, member, out, out_reason, error);
}

/* Not outside the window, not in quiet hours, not on a holiday: a long run, or
 * a retry, may have come to the end of them. */
static bool
is_in_slot(const Campaign *campaign, const Slot *slot, const char *message_id,
           int64_t now, int64_t *out_retry_at)
{
    int64_t next = slot_next(slot, now);

    if (next == now)
        return true;
    *out_retry_at = next < 0 ? now + DAY_MS
                             : spread_within(campaign, slot, message_id, next);
    return false;
}

static bool
fits(gpointer data, Store *store, const ClaimedMessage *m, int64_t now,
     bool *out_fits, int64_t *out_retry_at, GError **error)
{
    Compose *c = data;
    const LiveCampaign *lc =
        live_campaign(c->live, m->campaign, m->snapshot, error);
    g_autoptr(Statement) st = NULL;
    Slot slot;

    *out_fits = true;
    if (!lc)
        return false;
    st = store_prepare(store,
                       "SELECT time_zone, country FROM candidate"
                       " WHERE candidate_id = :candidate",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", m->candidate);
    if (statement_step(st)) {
        slot_init(&slot, c->workspace, &lc->campaign->window,
                  !lc->campaign->ignore_holidays, statement_text(st, 0),
                  statement_text(st, 1));
        *out_fits =
            is_in_slot(lc->campaign, &slot, m->message_id, now, out_retry_at);
    }
    return statement_end(st, error);
}

static ComposeVerdict
compose(gpointer data, Store *store, const ClaimedMessage *m, int64_t now,
        ComposedMail *out, int64_t *out_retry_at, char **out_reason,
        GError **error)
{
    Compose *c = data;
    const LiveCampaign *lc =
        live_campaign(c->live, m->campaign, m->snapshot, error);
    const CampaignStep *step = lc ? campaign_step(lc->campaign, m->step) : NULL;
    const LiveStep *ls = step ? live_step(c->live, lc, step, error) : NULL;
    g_autoptr(GError) failed = NULL;
    ComposeVerdict verdict;
    Member member;

    *out_retry_at = now + HOUR_MS;
    if (!ls)
        return lc && !step ? cancel(out_reason, "the step is gone")
                           : COMPOSE_HOLD;
    if (!live_read(ls, m->candidate, m->segment, &member, &failed)) {
        if (!failed)
            return cancel(out_reason, "erased");
        g_propagate_error(error, g_steal_pointer(&failed));
        return COMPOSE_HOLD;
    }
    verdict = c->again || is_in_slot(lc->campaign, &member.slot, m->message_id,
                                     now, out_retry_at)
                  ? compose_member(c, store, m, lc, ls, &member, out,
                                   out_reason, error)
                  : COMPOSE_HOLD;
    live_release(ls);
    return verdict;
}

/* ---- kept with the mark -------------------------------------------------- */

static bool
add_link(Store *store, const char *link_set, guint index, const char *url,
         GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO link (link_set, link, url) VALUES (:set, :link, :url)"
        " ON CONFLICT (link_set, link) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":set", link_set);
    statement_bind_int(st, ":link", index);
    statement_bind_text(st, ":url", url);
    return statement_run(st, error);
}

/* The links that all mails of a rendering share. Should the transaction fail,
 * so does the whole run, and this set with it. */
static bool
keep_set(Compose *c, Store *store, const Made *made, GError **error)
{
    if (g_hash_table_contains(c->kept_sets, made->link_set))
        return true;
    for (guint i = 0; i < mail_program_links(made->program); i++) {
        const char *url = mail_program_link(made->program, i);
        if (url && !add_link(store, made->link_set, i, url, error))
            return false;
    }
    g_hash_table_add(c->kept_sets, g_strdup(made->link_set));
    return true;
}

static bool
keep_notice(Store *store, const char *message_id, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "UPDATE message SET notice = 1 WHERE message_id = :id", error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    return statement_run(st, error);
}

static bool
keep(gpointer data, Store *store, gconstpointer kept, GError **error)
{
    const Made *made = kept;

    return keep_set(data, store, kept, error) &&
           (!*made->noticed || keep_notice(store, made->noticed, error));
}

/* ---- what became of it --------------------------------------------------- */

typedef struct {
    Enrolment enrolment;
    char *time_zone, *country;
} Settled;

static void
settled_clear(Settled *s)
{
    enrolment_clear(&s->enrolment);
    g_free(s->time_zone);
    g_free(s->country);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settled, settled_clear)

static bool
read_settled(Store *store, const char *message_id, Settled *out,
             bool *out_found, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT m.candidate_id, m.campaign, m.cycle, m.step, e.snapshot,"
        "  c.time_zone, c.country"
        " FROM message m JOIN enrolment e ON e.candidate_id = m.candidate_id"
        "  AND e.campaign = m.campaign AND e.cycle = m.cycle"
        " JOIN candidate c ON c.candidate_id = m.candidate_id"
        " WHERE m.message_id = :message AND m.kind = 'campaign'",
        error);

    *out_found = false;
    if (!st)
        return false;
    statement_bind_text(st, ":message", message_id);
    if (statement_step(st)) {
        *out_found = true;
        out->enrolment.candidate = statement_int(st, 0);
        out->enrolment.campaign = g_strdup(statement_text(st, 1));
        out->enrolment.cycle = (int)statement_int(st, 2);
        out->enrolment.step = g_strdup(statement_text(st, 3));
        out->enrolment.snapshot = g_strdup(statement_text(st, 4));
        out->time_zone = g_strdup(statement_text(st, 5));
        out->country = g_strdup(statement_text(st, 6));
    }
    return statement_end(st, error);
}

static bool
leaves_when_late(const LiveCampaign *lc, const Settled *s)
{
    const CampaignStep *step = campaign_step(lc->campaign, s->enrolment.step);

    return step && step->late == LATE_EXIT;
}

/* In a long run, bounces are counted as they come; the store is asked at the
 * first one. */
static bool
watch_health(Compose *c, Store *store, const char *campaign, const char *state,
             int64_t now, GError **error)
{
    Health *h = g_hash_table_lookup(c->health, campaign);
    bool bounced = strcmp(state, "bounced") == 0;

    if (h) {
        h->tried += bounced || strcmp(state, "sent") == 0;
        h->bounced += bounced;
    }
    if (!bounced)
        return true;
    if (!h) {
        h = g_new0(Health, 1);
        g_hash_table_insert(c->health, g_strdup(campaign), h);
        if (!health_read(store, campaign, h, error))
            return false;
    }
    return health_act(store, campaign, h, now, error);
}

static bool
settled(gpointer data, Store *store, const char *message_id, const char *state,
        int64_t now, GError **error)
{
    Compose *c = data;
    g_auto(Settled) s = {0};
    const LiveCampaign *lc;
    Slot slot;
    bool found;

    if (!read_settled(store, message_id, &s, &found, error))
        return false;
    if (!found || strcmp(state, "dead") == 0)
        return true; /* a person looks at what is dead */
    if (!watch_health(c, store, s.enrolment.campaign, state, now, error))
        return false;
    if (strcmp(state, "bounced") == 0 || strcmp(state, "suppressed") == 0)
        return enrolment_exit(store, c->workspace, s.enrolment.candidate,
                              s.enrolment.campaign, state, now, error);
    lc = live_campaign(c->live, s.enrolment.campaign, s.enrolment.snapshot,
                       error);
    if (!lc)
        return false;
    if (strcmp(state, "expired") == 0 && leaves_when_late(lc, &s))
        return enrolment_exit(store, c->workspace, s.enrolment.candidate,
                              s.enrolment.campaign, "late", now, error);
    /* sent and in_doubt count as arrived; cancelled and expired are skipped. */
    slot_init(&slot, c->workspace, &lc->campaign->window,
              !lc->campaign->ignore_holidays, s.time_zone, s.country);
    return enrolment_advance(store, c->workspace, lc->campaign, &s.enrolment,
                             &slot, now, now, error);
}

static void
forget(gpointer data)
{
    Compose *c = data;

    g_hash_table_remove_all(c->kept_sets);
    g_hash_table_remove_all(c->health);
}

/* A view that cannot begin makes no difference but in speed. */
static void
view(gpointer data, bool begin)
{
    const Compose *c = data;
    Store *const stores[] = {c->store, live_guarded(c->live)};

    for (gsize i = 0; i < G_N_ELEMENTS(stores); i++) {
        if (begin)
            store_view_begin(stores[i], NULL);
        else
            store_view_end(stores[i], NULL);
    }
}

static Composer *
twin(gpointer data, Store *store, GError **error)
{
    const Compose *c = data;
    Composer *other = campaign_composer_new(c->workspace, store, c->keys,
                                            live_now(c->live), error);

    if (other) {
        ((Compose *)other->data)->store = store;
        other->view = view;
    }
    return other;
}

Composer *
campaign_composer_new(const Workspace *workspace, Store *store,
                      const Keys *keys, int64_t now, GError **error)
{
    Live *live = live_new(workspace, store, now, error);
    Compose *c;
    Composer *composer;

    if (!live)
        return NULL;
    c = g_new0(Compose, 1);
    c->workspace = workspace;
    c->keys = keys;
    c->live = live;
    c->health = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    c->kept_sets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mail_output_init(&c->output);
    composer = g_new0(Composer, 1);
    composer->compose = compose;
    composer->fits = fits;
    composer->keep = keep;
    composer->settled = settled;
    composer->failed = forget;
    composer->twin = twin;
    composer->twin_free = campaign_composer_free;
    composer->data = c;
    return composer;
}

void
campaign_composer_free(Composer *composer)
{
    Compose *c;

    if (!composer)
        return;
    c = composer->data;
    g_hash_table_unref(c->kept_sets);
    g_hash_table_unref(c->health);
    live_free(c->live);
    mail_output_clear(&c->output);
    g_free(c);
    g_free(composer);
}

void
campaign_composer_again(Composer *composer)
{
    ((Compose *)composer->data)->again = true;
}
