/* SPDX-License-Identifier: Apache-2.0 */
/* mail_select.c - candidates as rows that fill a mail */
#include "mail-select.h"

#include "nurture/text.h"

#include <openssl/evp.h>
#include <string.h>

struct MailSelect {
    Catalogue *catalogue;
    const Workspace *workspace;
    const Campaign *campaign;
    const CampaignStep *step;
    AudienceQuery *query;
    Expression *anyone;              /* the audience's parts, joined by or */
    GPtrArray *renderings;           /* Rendering */
    int *parts;                      /* column of each audience part */
    int exclude, stop_when, only_if; /* 0 = no such column */
    int email, first_name, last_name, language, recruiter, time_zone, country;
    bool failed;  /* one of them did not compile */
    guint widest; /* most fields or conditions of a program */
};

static void
rendering_free(gpointer p)
{
    Rendering *r = p;

    mail_program_free(r->program);
    g_free(r->fields);
    g_free(r->conditions);
    g_free(r->link_set);
    g_free(r);
}

void
mail_select_free(MailSelect *s)
{
    if (!s)
        return;
    audience_query_free(s->query);
    expression_free(s->anyone);
    g_ptr_array_unref(s->renderings);
    g_free(s->parts);
    g_free(s);
}

static char *
hash_links(const MailProgram *program)
{
    g_autoptr(GString) all = g_string_new(NULL);
    uint8_t hash[EVP_MAX_MD_SIZE];

    for (guint i = 0; i < mail_program_links(program); i++) {
        const char *url = mail_program_link(program, i);
        g_string_append_printf(all, "%s\n", url ? url : "");
    }
    EVP_Digest(all->str, all->len, hash, NULL, EVP_sha256(), NULL);
    return base32_encode(hash, 20);
}

static void
add_rendering(MailSelect *s, const char *segment, const MailVariant *variant,
              const MailFile *file, Diagnostics *problems)
{
    MailProgram *program =
        campaign_compile(s->catalogue, s->campaign, s->step->mail, segment,
                         variant, file, problems);
    Rendering *r;
    guint fields, conditions;

    if (!program) {
        s->failed = true;
        return;
    }
    fields = mail_program_fields(program);
    conditions = mail_program_conditions(program);
    r = g_new0(Rendering, 1);
    *r = (Rendering){segment, variant, file, program, NULL, NULL, NULL};
    r->fields = g_new(int, fields + 1);
    r->conditions = g_new(int, conditions + 1);
    for (guint i = 0; i < fields; i++)
        r->fields[i] =
            audience_query_field(s->query, mail_program_field(program, i));
    for (guint i = 0; i < conditions; i++)
        r->conditions[i] = audience_query_condition(
            s->query, mail_program_condition(program, i));
    r->link_set = hash_links(program);
    s->widest = MAX(s->widest, MAX(fields, conditions));
    g_ptr_array_add(s->renderings, r);
}

static void
compile_all(MailSelect *s, Diagnostics *problems)
{
    const CampaignMail *mail = s->step->mail;

    for (guint a = 0; a < s->campaign->audience->len; a++) {
        const AudiencePart *part = g_ptr_array_index(s->campaign->audience, a);
        for (guint f = 0; f < mail->files->len; f++) {
            const MailFile *file = g_ptr_array_index(mail->files, f);
            guint n = file->language ? 0 : mail->variants->len;
            for (guint v = 0; v < MAX(n, 1); v++)
                add_rendering(s, part->segment,
                              n ? g_ptr_array_index(mail->variants, v) : NULL,
                              file, problems);
        }
    }
}

static int
field_column(MailSelect *s, const char *name)
{
    return audience_query_field(s->query,
                                field_find(s->workspace->fields, name));
}

static void
add_columns(MailSelect *s)
{
    const Campaign *c = s->campaign;

    s->email = field_column(s, "email");
    s->first_name = field_column(s, "first_name");
    s->last_name = field_column(s, "last_name");
    s->language = field_column(s, "language");
    s->recruiter = field_column(s, "recruiter");
    s->time_zone = field_column(s, "time_zone");
    s->country = field_column(s, "country");
    s->parts = g_new(int, c->audience->len + 1);
    for (guint i = 0; i < c->audience->len; i++) {
        const AudiencePart *part = g_ptr_array_index(c->audience, i);
        s->parts[i] = audience_query_condition(s->query, part->who);
    }
    if (c->exclude)
        s->exclude = audience_query_condition(s->query, c->exclude);
    if (c->stop_when)
        s->stop_when = audience_query_condition(s->query, c->stop_when);
    if (s->step->only_if)
        s->only_if = audience_query_condition(s->query, s->step->only_if);
}

MailSelect *
mail_select_new(Catalogue *catalogue, const Campaign *campaign,
                const CampaignStep *step, int64_t now, Diagnostics *problems)
{
    g_autoptr(MailSelect) s = g_new0(MailSelect, 1);

    s->catalogue = catalogue;
    s->workspace = catalogue_workspace(catalogue);
    s->campaign = campaign;
    s->step = step;
    s->renderings = g_ptr_array_new_with_free_func(rendering_free);
    s->query =
        audience_query_new(catalogue_segments(catalogue), s->workspace, now);
    add_columns(s);
    compile_all(s, problems);
    return s->failed ? NULL : g_steal_pointer(&s);
}

void
mail_select_audience_only(MailSelect *s)
{
    Expression *any = g_new0(Expression, 1);

    any->kind = EXPR_OR;
    any->children =
        g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    for (guint i = 0; i < s->campaign->audience->len; i++) {
        const AudiencePart *part = g_ptr_array_index(s->campaign->audience, i);
        g_ptr_array_add(any->children, expression_copy(part->who));
    }
    s->anyone = any;
    audience_query_where(s->query, any);
}

void
mail_select_shortlist_only(MailSelect *s)
{
    audience_query_shortlist(s->query, s->campaign->role);
}

Statement *
mail_select_prepare(const MailSelect *s, Store *store, AudienceRange range,
                    GError **error)
{
    return audience_query_prepare(s->query, store, range, error);
}

const Sender *
campaign_sender(const Workspace *workspace, const Campaign *campaign,
                const CampaignMail *mail, const MailVariant *variant,
                const char *recruiter)
{
    const char *from = variant && variant->from ? variant->from
                       : mail->from             ? mail->from
                                                : campaign->from;
    const Sender *sender = NULL;

    if (strcmp(from, "role.recruiter") == 0)
        for (guint i = 0; campaign->statics && i < campaign->statics->len;
             i++) {
            const StaticValue *v = g_ptr_array_index(campaign->statics, i);
            if (strcmp(v->name, "role.recruiter") == 0)
                from = v->values[0];
        }
    if (strcmp(from, "recruiter") == 0)
        from = recruiter;
    if (from)
        sender = workspace_sender(workspace, from);
    return sender ? sender
                  : workspace_sender(workspace,
                                     workspace->sending.fallback_sender);
}

static const AudiencePart *
first_part(const MailSelect *s, Statement *st, const char *segment)
{
    for (guint i = 0; i < s->campaign->audience->len; i++) {
        const AudiencePart *part = g_ptr_array_index(s->campaign->audience, i);
        if (segment ? g_strcmp0(part->segment, segment) == 0
                    : statement_int(st, s->parts[i]) != 0)
            return part;
    }
    return NULL;
}

static const Rendering *
find_rendering(const MailSelect *s, const char *segment, int64_t candidate,
               const char *language)
{
    const CampaignMail *mail = s->step->mail;
    const MailFile *file = campaign_mail_file(mail, language);
    const MailVariant *variant =
        file->language ? NULL : campaign_variant(s->campaign, mail, candidate);

    for (guint i = 0; i < s->renderings->len; i++) {
        const Rendering *r = g_ptr_array_index(s->renderings, i);
        if (r->file == file && r->variant == variant &&
            g_strcmp0(r->segment, segment) == 0)
            return r;
    }
    return NULL;
}

static bool
column_true(Statement *st, int column)
{
    return column > 0 && statement_int(st, column) != 0;
}

void
mail_select_member(const MailSelect *s, Statement *st, const char *segment,
                   Member *out)
{
    memset(out, 0, sizeof *out);
    out->id = statement_int(st, 0);
    out->part = first_part(s, st, segment);
    out->excluded = column_true(st, s->exclude);
    out->stop_rule = column_true(st, s->stop_when);
    out->only_if = s->only_if == 0 || column_true(st, s->only_if);
    out->control = campaign_is_control(s->campaign, out->id);
    out->email = statement_text(st, s->email);
    out->first_name = statement_text(st, s->first_name);
    out->last_name = statement_text(st, s->last_name);
    out->language = statement_text(st, s->language);
    out->recruiter = statement_text(st, s->recruiter);
    slot_init(&out->slot, s->workspace, &s->campaign->window,
              !s->campaign->ignore_holidays, statement_text(st, s->time_zone),
              statement_text(st, s->country));
    out->zone = out->slot.zone;
    out->bad_data = (out->first_name && name_is_suspicious(out->first_name)) ||
                    (out->last_name && name_is_suspicious(out->last_name));
    /* An enrolment's segment may have left the audience since: the mail is
     * then the one for people of no named segment, or of the first part. */
    out->rendering = find_rendering(s, out->part ? out->part->segment : segment,
                                    out->id, out->language);
    if (!out->rendering && s->renderings->len > 0)
        out->rendering = g_ptr_array_index(s->renderings, 0);
    out->sender = campaign_sender(
        s->workspace, s->campaign, s->step->mail,
        out->rendering ? out->rendering->variant : NULL, out->recruiter);
}

bool
mail_select_choose(const MailSelect *s, const char *variant, Member *member)
{
    const char *segment = member->rendering ? member->rendering->segment : NULL;

    for (guint i = 0; i < s->renderings->len; i++) {
        const Rendering *r = g_ptr_array_index(s->renderings, i);
        if (!r->variant || strcmp(r->variant->id, variant) != 0 ||
            g_strcmp0(r->segment, segment) != 0)
            continue;
        member->rendering = r;
        member->sender =
            campaign_sender(s->workspace, s->campaign, s->step->mail,
                            r->variant, member->recruiter);
        return true;
    }
    return false;
}

bool
mail_select_fill(const MailSelect *s, Statement *st, const Member *member,
                 MailRow *row, MailOutput *out)
{
    const Rendering *r = member->rendering;
    guint fields = mail_program_fields(r->program);
    guint conditions = mail_program_conditions(r->program);
    const char **values = g_newa(const char *, s->widest + 1);
    bool *truths = g_newa(bool, s->widest + 1);

    for (guint i = 0; i < fields; i++)
        values[i] = statement_text(st, r->fields[i]);
    for (guint i = 0; i < conditions; i++)
        truths[i] = statement_int(st, r->conditions[i]) != 0;
    row->values = values;
    row->conditions = truths;
    row->sender = member->sender;
    row->zone = member->zone;
    return mail_fill(r->program, row, out);
}
