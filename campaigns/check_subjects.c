/* SPDX-License-Identifier: Apache-2.0 */
/* check_subjects.c - how long a subject gets for the invented people */
#include "check-private.h"

#include "nurture/preview.h"
#include "nurture/text.h"

#include <string.h>

#define SUBJECT_LONG 60 /* characters, as in templates/lint_mail.c */

typedef struct {
    Catalogue *catalogue;
    const Campaign *campaign;
    Keys *keys;
    int64_t now;
} Measure;

static int
columns_for(const Measure *m, const char *mail, const char *persona)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_auto(Preview) preview = {NULL};

    if (!preview_make(m->catalogue, NULL, m->keys, m->campaign, mail, persona,
                      NULL, m->now, &preview, ignored, NULL))
        return 0; /* `or skip`: this one gets no mail */
    return text_columns(preview.subject);
}

static void
check_mail(const Measure *m, const CampaignMail *mail,
           const char *const *personas, Diagnostics *problems)
{
    const MailFile *file =
        mail->files->len ? g_ptr_array_index(mail->files, 0) : NULL;
    const char *longest = NULL;
    int most = 0;
    Diagnostic *d;

    if (!file || !file->subject || !strstr(file->subject, "{{"))
        return; /* the same for everybody: looked at when it is compiled */
    for (; *personas; personas++) {
        int columns = columns_for(m, mail->id, *personas);
        if (columns > most) {
            most = columns;
            longest = *personas;
        }
    }
    if (most <= SUBJECT_LONG)
        return;
    d = diagnostics_add(problems, "W503", file->source, file->subject_offset,
                        file->subject_length,
                        "the subject is up to %d characters long; phones show "
                        "about 40",
                        most);
    diagnostic_note(d, "longest for %s of tests/personas.yaml", longest);
}

void
check_subjects(Catalogue *catalogue, const Campaign *campaign, int64_t now,
               Diagnostics *problems)
{
    static const uint8_t no_secret[32];
    g_auto(GStrv) personas = preview_personas(catalogue);
    Measure m = {catalogue, campaign, NULL, now};

    if (!personas[0])
        return;
    m.keys = keys_from_secret(no_secret); /* links are not looked at */
    for (guint i = 0; i < campaign->mails->len; i++)
        check_mail(&m, g_ptr_array_index(campaign->mails, i),
                   (const char *const *)personas, problems);
    keys_free(m.keys);
}
