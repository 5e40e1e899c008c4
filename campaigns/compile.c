/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - a campaign's mails as programs, and everything it is made of */
#include "nurture/campaign.h"

#include <openssl/evp.h>
#include <string.h>

const char *
campaign_language(const Workspace *workspace, const Campaign *campaign,
                  const MailFile *file)
{
    if (file->language)
        return file->language;
    return campaign->language ? campaign->language : workspace->languages[0];
}

const MailFile *
campaign_mail_file(const CampaignMail *mail, const char *language)
{
    for (guint i = 0; language && i < mail->files->len; i++) {
        const MailFile *f = g_ptr_array_index(mail->files, i);
        if (g_strcmp0(f->language, language) == 0)
            return f;
    }
    return g_ptr_array_index(mail->files, 0);
}

/* 0 .. 9999, the same for ever for the same words. */
static int
share_of(const char *campaign, const char *what, int64_t candidate)
{
    g_autofree char *text =
        g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT, campaign, what, candidate);
    uint8_t hash[EVP_MAX_MD_SIZE];

    EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL);
    return (int)(((unsigned)hash[0] << 24 | (unsigned)hash[1] << 16 |
                  (unsigned)hash[2] << 8 | hash[3]) %
                 10000);
}

const MailVariant *
campaign_variant(const Campaign *campaign, const CampaignMail *mail,
                 int64_t candidate)
{
    int share = mail->variants->len > 1
                    ? share_of(campaign->id, mail->id, candidate)
                    : 0;

    for (guint i = 0; i < mail->variants->len; i++) {
        const MailVariant *v = g_ptr_array_index(mail->variants, i);
        if (share < v->share || i + 1 == mail->variants->len)
            return v;
        share -= v->share;
    }
    return NULL;
}

bool
campaign_is_control(const Campaign *campaign, int64_t candidate)
{
    return campaign->holdout > 0 &&
           share_of(campaign->id, "holdout", candidate) < campaign->holdout;
}

/* A variant's words are in the first language. */
static MailText
mail_text(const CampaignMail *mail, const MailVariant *variant,
          const MailFile *file)
{
    const MailVariant *v = file->language ? NULL : variant;
    const MailFile *f = v && v->file ? v->file : file;
    MailText text = {
        .source = f->source,
        .subject = f->subject,
        .subject_offset = f->subject_offset,
        .subject_length = f->subject_length,
        .preheader = f->preheader,
        .preheader_offset = f->preheader_offset,
        .preheader_length = f->preheader_length,
        .body_offset = f->body_offset,
        .attach = (const char *const *)mail->attach,
    };

    if (v && v->subject) {
        text.subject = v->subject;
        text.subject_offset = v->subject_offset;
        text.subject_length = v->subject_length;
    }
    if (v && v->preheader) {
        text.preheader = v->preheader;
        text.preheader_offset = v->preheader_offset;
        text.preheader_length = v->preheader_length;
    }
    return text;
}

static GArray *
static_values(const Campaign *campaign, const char *const (*names)[2])
{
    GArray *values = g_array_new(TRUE, TRUE, sizeof(StaticValue));

    for (int i = 0; i < 5; i++) {
        StaticValue v = {NULL, NULL};
        v.name = (const char *[]){"audience", "variant", "language", "mail",
                                  "role"}[i];
        v.values = names[i];
        g_array_append_val(values, v);
    }
    for (guint i = 0; campaign->statics && i < campaign->statics->len; i++)
        g_array_append_val(
            values, *(StaticValue *)g_ptr_array_index(campaign->statics, i));
    return values;
}

MailProgram *
campaign_compile(Catalogue *catalogue, const Campaign *campaign,
                 const CampaignMail *mail, const char *segment,
                 const MailVariant *variant, const MailFile *file,
                 Diagnostics *problems)
{
    MailText text = mail_text(mail, variant, file);
    const char *const names[5][2] = {
        {segment ? segment : "", NULL},
        {variant ? variant->id : "", NULL},
        {campaign_language(catalogue_workspace(catalogue), campaign, file),
         NULL},
        {mail->id, NULL},
        {campaign->role, NULL},
    };
    g_autoptr(GArray) statics = static_values(campaign, names);
    TemplateFiles files = catalogue_files(catalogue);
    const char *layout = mail->layout ? mail->layout : "layout";
    g_autofree char *path =
        g_strconcat("templates/", layout,
                    g_str_has_suffix(layout, ".html") ? "" : ".html", NULL);
    TemplateContext context = {
        .workspace = catalogue_workspace(catalogue),
        .files = files,
        .scope = catalogue_scope(catalogue),
        .statics = (const StaticValue *)(void *)statics->data,
        .layout = files.exists(path, NULL, files.data) ? path : NULL,
        .campaign_name = campaign->name,
        .untracked = !campaign->tracked,
        .draft = catalogue_has_drafts(catalogue),
    };

    context.scope.statics = true;
    context.scope.needs_role = campaign->needs_role;
    return mail_compile(&text, &context, problems);
}

static void
check_variants(Catalogue *catalogue, const Campaign *campaign,
               const CampaignMail *mail, const char *segment,
               const MailFile *file, Diagnostics *problems)
{
    guint n = file->language ? 0 : mail->variants->len;

    for (guint v = 0; v < MAX(n, 1); v++)
        mail_program_free(campaign_compile(
            catalogue, campaign, mail, segment,
            n ? g_ptr_array_index(mail->variants, v) : NULL, file, problems));
}

void
campaign_check(Catalogue *catalogue, const Campaign *campaign,
               Diagnostics *problems)
{
    for (guint m = 0; m < campaign->mails->len; m++) {
        const CampaignMail *mail = g_ptr_array_index(campaign->mails, m);
        for (guint f = 0; f < mail->files->len; f++) {
            const MailFile *file = g_ptr_array_index(mail->files, f);
            for (guint a = 0; a < MAX(campaign->audience->len, 1); a++) {
                const AudiencePart *part =
                    campaign->audience->len
                        ? g_ptr_array_index(campaign->audience, a)
                        : NULL;
                check_variants(catalogue, campaign, mail,
                               part ? part->segment : NULL, file, problems);
            }
        }
    }
}
