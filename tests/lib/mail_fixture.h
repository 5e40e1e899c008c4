/* SPDX-License-Identifier: Apache-2.0 */
/* mail_fixture.h - a small workspace in memory, for tests of templates */
#ifndef TESTS_LIB_MAIL_FIXTURE_H
#define TESTS_LIB_MAIL_FIXTURE_H

#include "nurture/template.h"

#include <string.h>

typedef struct {
    const char *path, *text;
} FixtureFile;

static const char fixture_fields[] =
    "fields:\n"
    "  - name: seniority\n"
    "    type: choice\n"
    "    ordered: yes\n"
    "    values: [intern, junior, mid, senior, staff, principal, executive]\n"
    "  - name: open_to_work\n"
    "    type: yes/no\n"
    "  - name: interest\n"
    "    type: set\n"
    "    values: [backend, frontend, sre, data, design, sales]\n"
    "  - name: salary_goal\n"
    "    type: number\n";

typedef struct {
    Workspace workspace;
    Sender sender;
    const FixtureFile *files; /* path NULL ends it */
    GHashTable *sources;      /* path -> Source */
    char *languages[3];
    const char *segments[4];
    const char *campaigns[2];
    const char *names[16]; /* what list() returns */
    StaticValue statics[16];
    TemplateContext context;
    Diagnostics *problems;
    Source *mail;
} Fixture;

static const Source *
fixture_source(const char *path, gpointer data)
{
    Fixture *fixture = data;
    Source *source = g_hash_table_lookup(fixture->sources, path);

    for (const FixtureFile *f = fixture->files; !source && f && f->path; f++) {
        if (strcmp(f->path, path) != 0)
            continue;
        source = source_new(path, f->text, strlen(f->text));
        g_hash_table_insert(fixture->sources, g_strdup(path), source);
    }
    return source;
}

static bool
fixture_exists(const char *path, gsize *out_size, gpointer data)
{
    const Fixture *fixture = data;

    for (const FixtureFile *f = fixture->files; f && f->path; f++) {
        if (!strcmp(f->path, path)) {
            *out_size = strlen(f->text);
            return true;
        }
    }
    return false;
}

static const char *const *
fixture_list(const char *directory, gpointer data)
{
    Fixture *fixture = data;
    gsize length = strlen(directory);
    guint n = 0;

    for (const FixtureFile *f = fixture->files; f && f->path && n < 15; f++)
        if (g_str_has_prefix(f->path, directory) && f->path[length] == '/')
            fixture->names[n++] = f->path + length + 1;
    fixture->names[n] = NULL;
    return fixture->names;
}

static void
fixture_init(Fixture *fixture, const FixtureFile *files)
{
    g_autoptr(Source) fields =
        source_new("fields.yaml", fixture_fields, strlen(fixture_fields));

    memset(fixture, 0, sizeof *fixture);
    fixture->files = files;
    fixture->sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)source_free);
    fixture->problems = diagnostics_new();
    fixture->workspace.company = (char *)"Heron & Sons";
    fixture->workspace.zone = zone_get("Europe/Berlin");
    fixture->languages[0] = (char *)"en";
    fixture->languages[1] = (char *)"de";
    fixture->workspace.languages = fixture->languages;
    fixture->workspace.legal.postal_address = (char *)"1 Quay, Hull";
    fixture->workspace.legal.privacy_url =
        (char *)"https://heron.example/privacy";
    fixture->workspace.theme.font = (char *)"Arial, sans-serif";
    fixture->workspace.theme.text = (char *)"#1f2933";
    fixture->workspace.theme.accent = (char *)"#0b6bcb";
    fixture->workspace.theme.width = 600;
    fixture->workspace.images_base_url = (char *)"https://img.heron.example";
    fixture->workspace.fields = field_set_new();
    field_set_read(fixture->workspace.fields, fields, fixture->problems);
    g_assert_cmpuint(diagnostics_length(fixture->problems), ==, 0);
    fixture->workspace.senders = g_ptr_array_new();
    fixture->sender =
        (Sender){.id = (char *)"mo",
                 .name = (char *)"Mo Reed",
                 .email = (char *)"mo@heron.example",
                 .title = (char *)"Recruiter",
                 .signature = (char *)"Mo Reed\nRecruiter at *Heron*\n"};
    g_ptr_array_add(fixture->workspace.senders, &fixture->sender);
    fixture->segments[0] = "silver";
    fixture->segments[1] = "dach";
    fixture->campaigns[0] = "spring";
    fixture->context = (TemplateContext){
        .workspace = &fixture->workspace,
        .files = {fixture_source, fixture_exists, fixture_list, fixture},
        .scope = {.fields = fixture->workspace.fields,
                  .segments = fixture->segments,
                  .campaigns = fixture->campaigns,
                  .statics = true,
                  .zone = fixture->workspace.zone},
        .statics = fixture->statics,
        .campaign_name = "Spring",
    };
}

static inline void
fixture_clear(Fixture *fixture)
{
    diagnostics_free(fixture->problems);
    source_free(fixture->mail);
    g_hash_table_unref(fixture->sources);
    g_ptr_array_unref(fixture->workspace.senders);
    field_set_free(fixture->workspace.fields);
}

/* A mail whose front matter is "---\nsubject: S\n[preheader: P\n]---\n". */
static inline MailText
fixture_mail(Fixture *fixture, const char *subject, const char *preheader,
             const char *body)
{
    g_autofree char *line = preheader
                                ? g_strdup_printf("preheader: %s\n", preheader)
                                : g_strdup("");
    g_autofree char *text =
        g_strdup_printf("---\nsubject: %s\n%s---\n%s", subject, line, body);
    MailText mail = {0};

    source_free(fixture->mail);
    fixture->mail = source_new("mail.md", text, strlen(text));
    mail.source = fixture->mail;
    mail.subject = subject;
    mail.subject_offset = strlen("---\nsubject: ");
    mail.subject_length = strlen(subject);
    mail.preheader = preheader;
    if (preheader) {
        mail.preheader_offset =
            mail.subject_offset + strlen(subject) + strlen("\npreheader: ");
        mail.preheader_length = strlen(preheader);
    }
    mail.body_offset = strlen(text) - strlen(body);
    return mail;
}

/* The problems' codes and places: "E203@4:7 W402@6:38". */
static inline char *
fixture_codes(Fixture *fixture)
{
    GString *out = g_string_new(NULL);

    diagnostics_sort(fixture->problems);
    for (guint i = 0; i < diagnostics_length(fixture->problems); i++) {
        const Diagnostic *d = diagnostics_get(fixture->problems, i);
        g_string_append_printf(out, "%s%s@%d:%d", out->len ? " " : "", d->code,
                               d->line, d->column);
    }
    return g_string_free(out, FALSE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

#endif
