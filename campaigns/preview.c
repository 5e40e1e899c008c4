/* SPDX-License-Identifier: Apache-2.0 */
/* preview.c - one mail filled for one person, or for nobody */
#include "nurture/preview.h"

#include "compose.h"
#include "persona.h"
#include "thread.h"

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
    g_clear_pointer(&p->from, g_free);
    g_clear_pointer(&p->language, g_free);
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
fill_member(Catalogue *catalogue, Store *store, const Keys *keys,
            const Campaign *campaign, const CampaignStep *step,
            const MailSelect *select, Statement *st, const Member *member,
            int64_t now, Preview *out, GError **error)
{
    const Workspace *w = catalogue_workspace(catalogue);
    g_auto(MailOutput) filled = {0};
    g_auto(ComposedMail) mail = {0};
    char id[MESSAGE_ID_TEXT];
    g_autofree char *why = consent_source(store, member->id, error);
    MailRow row = {.now = now,
                   .why = why,
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
    out->language = g_strdup(mail.language);
    out->from = g_strdup_printf("%s <%s>", mail.from_name ? mail.from_name : "",
                                mail.from_address ? mail.from_address : "");
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
} Making;

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
           fill_member(m->catalogue, m->store, m->keys, m->campaign, step,
                       select, st, &member, m->now, out, error);
}

/* A step with `thread: yes` has the subject of the first mail. */
static bool
answer_first(const Making *m, const CampaignStep *step, Preview *out,
             Diagnostics *problems, GError **error)
{
    const CampaignStep *first = g_ptr_array_index(m->campaign->steps, 0);
    Making own = *m;
    g_auto(Preview) p = {0};

    if (!step->thread || step == first)
        return true;
    own.variant = NULL;
    if (!make_step(&own, first, &p, problems, error))
        return false;
    g_free(out->subject);
    out->subject = thread_subject(p.subject);
    return true;
}

bool
preview_make(Catalogue *catalogue, Store *store, const Keys *keys,
             const Campaign *campaign, const char *mail, const char *person,
             const char *variant, int64_t now, Preview *out,
             Diagnostics *problems, GError **error)
{
    const CampaignStep *step = find_step(campaign, mail, error);
    g_autoptr(Store) own = NULL;
    Making m = {catalogue, store, keys, campaign, 1, now, variant};

    memset(out, 0, sizeof *out);
    if (!step)
        return false;
    if (preview_needs_store(catalogue, person)) {
        if (!person_find(catalogue, store, campaign, step, person, now,
                         &m.candidate, error))
            return false;
    } else {
        own = persona_store(catalogue, person, now, error);
        if (!own)
            return false;
        m.store = own;
    }
    return make_step(&m, step, out, problems, error) &&
           answer_first(&m, step, out, problems, error);
}
