/* SPDX-License-Identifier: Apache-2.0 */
/* preview.c - one mail filled for one person, or for nobody */
#include "nurture/preview.h"

#include "compose.h"
#include "notice.h"
#include "persona.h"
#include "thread.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/error.h"
#include "nurture/outbox.h"

#include <string.h>

void
preview_clear(Preview *p)
{
    g_clear_pointer(&p->subject, g_free);
    g_clear_pointer(&p->preheader, g_free);
    g_clear_pointer(&p->html, g_free);
    g_clear_pointer(&p->text, g_free);
    g_clear_pointer(&p->raw, g_bytes_unref);
    g_clear_pointer(&p->who, g_free);
    g_clear_pointer(&p->from, g_free);
    g_clear_pointer(&p->language, g_free);
}

static char *
describe(const Member *m)
{
    const Rendering *r = m->rendering;
    const char *segment = m->part ? m->part->segment : NULL;

    return g_strdup_printf(
        "%s%s%s%s%s%s%s", m->email, segment ? ", in " : "",
        segment ? segment : "", r->variant ? ", variant " : "",
        r->variant ? r->variant->id : "", r->file->language ? ", in " : "",
        r->file->language ? r->file->language : "");
}

static const CampaignStep *
find_step(const Campaign *campaign, const char *mail, GError **error)
{
    const CampaignStep *step = NULL;

    if (campaign->steps->len > 0)
        step = mail ? campaign_step(campaign, mail)
                    : g_ptr_array_index(campaign->steps, 0);
    if (!step)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "campaign '%s' has no mail '%s'", campaign->id,
                    mail ? mail : "");
    return step;
}

bool
preview_needs_store(Catalogue *catalogue, const char *person)
{
    return person && !persona_exists(catalogue, person);
}

/* What one person's mail is made from. */
typedef struct {
    Catalogue *catalogue;
    Store *store;
    const Keys *keys;
    const Campaign *campaign;
    int64_t candidate, now;
    const char *variant;
    const char *test_to; /* NULL: a preview */
    const char *message_id;
} Making;

static bool make_step(const Making *m, const CampaignStep *step, Preview *out,
                      Diagnostics *problems, GError **error);

/* A step with `thread: yes` has the subject of the first mail. */
static bool
answer_first(const Making *m, const CampaignStep *step, Preview *out,
             GError **error)
{
    const CampaignStep *first = g_ptr_array_index(m->campaign->steps, 0);
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    Making own = *m;
    g_auto(Preview) p = {0};

    if (!step->thread || step == first)
        return true;
    own.variant = NULL;
    if (!make_step(&own, first, &p, ignored, error))
        return false;
    g_free(out->subject);
    out->subject = thread_subject(p.subject);
    return true;
}

/* The message in its RFC 5322 form, and the words of its envelope. */
static bool
assemble(const Making *m, const CampaignStep *step, const Member *member,
         Preview *out, GError **error)
{
    const Workspace *w = catalogue_workspace(m->catalogue);
    g_auto(ComposedMail) mail = {0};
    char id[MESSAGE_ID_TEXT];

    composed_describe(&mail, w, m->campaign, member);
    out->language = g_strdup(mail.language);
    out->from = g_strdup_printf("%s <%s>", mail.from_name ? mail.from_name : "",
                                mail.from_address ? mail.from_address : "");
    mail.subject = m->test_to ? g_strconcat("[TEST] ", out->subject, NULL)
                              : g_strdup(out->subject);
    mail.html = g_strdup(out->html);
    mail.text = g_strdup(out->text);
    if (m->test_to)
        g_clear_pointer(&mail.to_name, g_free);
    composed_attach_all(&mail, m->catalogue, m->campaign, step->mail,
                        member->rendering->program, m->now);
    message_id_make(m->keys, member->id, m->campaign->id, 1, step->mail->id,
                    id);
    out->raw = message_assemble(&mail, m->message_id ? m->message_id : id,
                                m->test_to ? "test" : "campaign",
                                m->test_to ? m->test_to : member->email, m->now,
                                w, m->keys, error);
    return out->raw != NULL;
}

static bool
fill_member(const Making *m, const CampaignStep *step, const MailSelect *select,
            Statement *st, const Member *member, Preview *out, GError **error)
{
    const Workspace *w = catalogue_workspace(m->catalogue);
    g_auto(MailOutput) filled = {0};
    g_autofree char *why = NULL, *notice = NULL;
    MailRow row = {.now = m->now,
                   .unsubscribe_url = "https://preview.invalid/u/",
                   .preferences_url = "https://preview.invalid/p/",
                   .interested_url = "https://preview.invalid/i/",
                   .view_url = "https://preview.invalid/v/",
                   .privacy_url = w->legal.privacy_url,
                   .token = "preview"};

    if (!consent_source(m->store, member->id, &why, error) ||
        !notice_text(m->store, w, member->id,
                     campaign_language(w, m->campaign, member->rendering->file),
                     &notice, error))
        return false;
    row.why = why;
    row.notice = notice;
    mail_output_init(&filled);
    if (!mail_select_fill(select, st, member, &row, &filled)) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "%s would not get this mail: '%s' is missing and the tag "
                    "says 'or skip'",
                    member->email, filled.skipped_for);
        return false;
    }
    out->subject = g_strdup(filled.subject->str);
    out->preheader = g_strdup(filled.preheader->str);
    out->html = g_strdup(filled.html->str);
    out->text = g_strdup(filled.text->str);
    out->who = describe(member);
    return answer_first(m, step, out, error) &&
           assemble(m, step, member, out, error);
}

static bool
choose_variant(const Making *m, const MailSelect *select, Member *member,
               GError **error)
{
    if (!m->variant || mail_select_choose(select, m->variant, member))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                "this mail has no variant '%s'", m->variant);
    return false;
}

static bool
make_step(const Making *m, const CampaignStep *step, Preview *out,
          Diagnostics *problems, GError **error)
{
    g_autoptr(MailSelect) select =
        mail_select_new(m->catalogue, m->campaign, step, m->now, problems);
    g_autoptr(Statement) st = NULL;
    Member member;

    if (!select) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "this mail has errors; mend them first");
        return false;
    }
    st = mail_select_prepare(select, m->store, AUDIENCE_ONE, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ONE, m->candidate);
    if (!statement_step(st)) {
        if (statement_end(st, error))
            g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                        "this person has been erased");
        return false;
    }
    mail_select_member(select, st, NULL, &member);
    return choose_variant(m, select, &member, error) &&
           fill_member(m, step, select, st, &member, out, error);
}

static bool
make(const Making *wanted, const char *mail, const char *person, Preview *out,
     Diagnostics *problems, GError **error)
{
    Making m = *wanted;
    const CampaignStep *step = find_step(m.campaign, mail, error);
    g_autoptr(Store) own = NULL;

    memset(out, 0, sizeof *out);
    if (!step)
        return false;
    if (preview_needs_store(m.catalogue, person)) {
        if (!person_find(m.catalogue, m.store, m.campaign, step, person, m.now,
                         &m.candidate, error))
            return false;
    } else {
        own = persona_store(m.catalogue, person, m.now, error);
        if (!own)
            return false;
        m.store = own;
        m.candidate = 1;
    }
    return make_step(&m, step, out, problems, error);
}

bool
preview_make(Catalogue *catalogue, Store *store, const Keys *keys,
             const Campaign *campaign, const char *mail, const char *person,
             const char *variant, int64_t now, Preview *out,
             Diagnostics *problems, GError **error)
{
    const Making m = {.catalogue = catalogue,
                      .store = store,
                      .keys = keys,
                      .campaign = campaign,
                      .now = now,
                      .variant = variant};

    return make(&m, mail, person, out, problems, error);
}

/* ---- a test mail ------------------------------------------------------------
 */

static bool
queue_test(Store *store, const Keys *keys, const char *id, const char *to,
           const char *body, int64_t now, GError **error)
{
    g_autofree char *key = address_key(to);
    g_autofree char *hmac = keys_address_hmac(keys, key);
    const OutboxEntry entry = {.message_id = id,
                               .kind = "test",
                               .dedupe_key = id,
                               .rcpt = to,
                               .rcpt_hmac = hmac,
                               .priority = 0,
                               .not_before = now,
                               .not_after = now + HOUR_MS,
                               .body = body};
    g_auto(Transaction) tx = store_begin(store, error);
    bool added;

    return tx.store && outbox_add(store, &entry, now, &added, error) &&
           transaction_commit(&tx, error);
}

bool
test_mail_queue(Catalogue *catalogue, Store *store, const Keys *keys,
                const Campaign *campaign, const char *mail, const char *person,
                const char *variant, const char *to, int64_t now,
                char *out_message_id, Diagnostics *problems, GError **error)
{
    g_autofree char *normal = address_normalise(to, error);
    g_autofree char *nonce = NULL, *body = NULL;
    g_auto(Preview) p = {0};
    Making m = {.catalogue = catalogue,
                .store = store,
                .keys = keys,
                .campaign = campaign,
                .now = now,
                .variant = variant,
                .test_to = normal,
                .message_id = out_message_id};
    gsize size;
    const char *raw;

    if (!normal)
        return false;
    nonce =
        g_strdup_printf("test %" G_GINT64_FORMAT " %u", now, g_random_int());
    message_id_make(keys, 0, campaign->id, 1, nonce, out_message_id);
    if (!make(&m, mail, person, &p, problems, error))
        return false;
    raw = g_bytes_get_data(p.raw, &size);
    body = g_strndup(raw, size);
    return queue_test(store, keys, out_message_id, normal, body, now, error);
}
