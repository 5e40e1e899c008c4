/* SPDX-License-Identifier: Apache-2.0 */
/* preview.c - one mail filled for one person, or for nobody */
#include "nurture/preview.h"

#include "compose.h"
#include "live.h"

#include "nurture/address.h"
#include "nurture/error.h"

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
}

/* Nobody is a row in a database of its own, in memory: the same SELECT, the
 * same fill. */
static bool
add_nobody(Store *store, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "INSERT INTO candidate (candidate_id, email, email_key,"
                       "  address_hmac, added, updated_at)"
                       " VALUES (1, 'nobody@example.org', 'nobody@example.org',"
                       "  'nobody', :now, :now)",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

static Store *
store_with_nobody(const Workspace *workspace, int64_t now, GError **error)
{
    g_autoptr(Store) store = store_open(":memory:", STORE_CREATE, error);

    if (!store || !field_set_migrate(workspace->fields, store, error) ||
        !add_nobody(store, now, error))
        return NULL;
    return g_steal_pointer(&store);
}

static bool
find_person(Store *store, const char *address, int64_t *out, GError **error)
{
    g_autofree char *normal = address_normalise(address, error);
    g_autofree char *key = normal ? address_key(normal) : NULL;
    g_autoptr(Statement) st = NULL;

    if (!normal)
        return false;
    st = store_prepare(store,
                       "SELECT candidate_id FROM candidate"
                       " WHERE email_key = :key",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":key", key);
    if (statement_step(st))
        *out = statement_int(st, 0);
    else if (statement_end(st, error))
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no candidate %s", normal);
    return *out != 0;
}

static char *
describe(const Member *m)
{
    const Rendering *r = m->rendering;

    return g_strdup_printf("%s%s%s%s%s%s%s", m->email, m->part ? ", in " : "",
                           m->part && m->part->segment ? m->part->segment : "",
                           r->variant ? ", variant " : "",
                           r->variant ? r->variant->id : "",
                           r->file->language ? ", in " : "",
                           r->file->language ? r->file->language : "");
}

static bool
fill_member(Catalogue *catalogue, const Keys *keys, const Campaign *campaign,
            const CampaignStep *step, const MailSelect *select, Statement *st,
            const Member *member, int64_t now, Preview *out, GError **error)
{
    const Workspace *w = catalogue_workspace(catalogue);
    g_auto(MailOutput) filled = {0};
    g_auto(ComposedMail) mail = {0};
    char id[MESSAGE_ID_TEXT];
    MailRow row = {.now = now,
                   .unsubscribe_url = "https://preview.invalid/u/",
                   .preferences_url = "https://preview.invalid/p/",
                   .interested_url = "https://preview.invalid/i/",
                   .view_url = "https://preview.invalid/v/",
                   .privacy_url = w->legal.privacy_url,
                   .token = "preview"};

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
    composed_describe(&mail, w, campaign, member);
    mail.subject = g_strdup(out->subject);
    mail.html = g_strdup(out->html);
    mail.text = g_strdup(out->text);
    composed_attach_all(&mail, catalogue, campaign, step->mail,
                        member->rendering->program, now);
    message_id_make(keys, member->id, campaign->id, 1, step->mail->id, id);
    out->raw = message_assemble(&mail, id, "campaign", member->email, now, w,
                                keys, error);
    return out->raw != NULL;
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
preview_make(Catalogue *catalogue, Store *store, const Keys *keys,
             const Campaign *campaign, const char *mail, const char *person,
             int64_t now, Preview *out, Diagnostics *problems, GError **error)
{
    const Workspace *workspace = catalogue_workspace(catalogue);
    const CampaignStep *step = find_step(campaign, mail, error);
    g_autoptr(MailSelect) select = NULL;
    g_autoptr(Store) own = NULL;
    g_autoptr(Statement) st = NULL;
    int64_t candidate = 0;
    Member member;

    memset(out, 0, sizeof *out);
    if (!step)
        return false;
    if (person ? !find_person(store, person, &candidate, error)
               : !(own = store_with_nobody(workspace, now, error)))
        return false;
    select = mail_select_new(catalogue, campaign, step, now, problems);
    if (!select) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "this mail has errors; mend them first");
        return false;
    }
    st = mail_select_prepare(select, own ? own : store, AUDIENCE_ONE, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ONE, own ? 1 : candidate);
    if (!statement_step(st)) {
        if (statement_end(st, error))
            g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                        "%s has been erased", person);
        return false;
    }
    mail_select_member(select, st, NULL, &member);
    return fill_member(catalogue, keys, campaign, step, select, st, &member,
                       now, out, error);
}
