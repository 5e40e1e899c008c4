/* SPDX-License-Identifier: Apache-2.0 */
/* bench_fill.c - how fast mails are compiled, and filled for people
 *
 * Of a workspace with people in it: every mail of every campaign is compiled
 * again and again; the first mail of each is filled, HTML and text, for people
 * in memory (fill), and for the whole audience as the plan reads it from the
 * store (read-and-fill). Beside that, what a program does that parses Markdown
 * for each person: libcmark alone on the same mail's text, with no merging,
 * styles, layout, text part or reading of people.
 *
 * Seconds are the process's own (user and system). Exit 1 when a bar is
 * missed: 2 ms to compile a mail, 200,000 people a second. */
#include "campaigns/mail-select.h"

#include "nurture/clock.h"

#include <cmark.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COMPILE_MAX_MS 2.0
#define FILL_MIN       200000.0
#define ENOUGH_S       1.0  /* of work for each figure */
#define PEOPLE         5000 /* who are kept in memory */

static double
seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
report(const char *what, const char *which, double value, const char *unit,
       bool good)
{
    printf("%s %s %.*f %s%s\n", what, which, value < 100 ? 3 : 0, value, unit,
           good ? "" : "  TOO SLOW");
    return good;
}

static bool
bench_compile(Catalogue *catalogue, const Campaign *campaign,
              const CampaignMail *mail)
{
    const MailFile *file = g_ptr_array_index(mail->files, 0);
    const AudiencePart *part = g_ptr_array_index(campaign->audience, 0);
    g_autofree char *name = g_strdup_printf("%s/%s", campaign->id, mail->id);
    const MailVariant *variant =
        mail->variants->len ? g_ptr_array_index(mail->variants, 0) : NULL;
    double start = seconds(), used = 0;
    int n = 0;

    for (; used < ENOUGH_S / 4; n++, used = seconds() - start) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        MailProgram *program = campaign_compile(
            catalogue, campaign, mail, part->segment, variant, file, problems);
        g_assert(program);
        mail_program_free(program);
    }
    return report("compile", name, used / n * 1000, "ms",
                  used / n * 1000 <= COMPILE_MAX_MS);
}

static MailRow
row_of(void)
{
    return (MailRow){.now = clock_now(),
                     .why = "you joined our talent community",
                     .unsubscribe_url = "https://t.example/u/x",
                     .preferences_url = "https://t.example/p/x",
                     .token = "x"};
}

/* One person as the store told of them. */
typedef struct {
    const MailProgram *program;
    MailRow row;
} Person;

static Person
person_of(Statement *st, const Member *member)
{
    const Rendering *r = member->rendering;
    guint fields = mail_program_fields(r->program);
    guint conditions = mail_program_conditions(r->program);
    const char **values = g_new0(const char *, fields + 1);
    bool *truths = g_new0(bool, conditions + 1);
    Person p = {r->program, row_of()};

    for (guint i = 0; i < fields; i++)
        values[i] = g_strdup(statement_text(st, r->fields[i]));
    for (guint i = 0; i < conditions; i++)
        truths[i] = statement_int(st, r->conditions[i]) != 0;
    p.row.values = values;
    p.row.conditions = truths;
    p.row.sender = member->sender;
    p.row.zone = member->zone;
    return p;
}

/* Everybody once, from the store; how many there were. The first `keep` are
 * remembered. */
static int64_t
fill_all(const MailSelect *select, Statement *st, MailOutput *out,
         GArray *people, guint keep)
{
    int64_t count = 0;

    audience_bind(st, AUDIENCE_ALL, 0);
    while (statement_step(st)) {
        MailRow row = row_of();
        Member member;

        mail_select_member(select, st, NULL, &member);
        count += mail_select_fill(select, st, &member, &row, out);
        if (people->len < keep) {
            Person p = person_of(st, &member);
            g_array_append_val(people, p);
        }
    }
    statement_end(st, NULL);
    return count;
}

static double
bench_read_and_fill(const MailSelect *select, Statement *st, MailOutput *out,
                    GArray *people)
{
    int64_t count = 0;
    double start, used = 0;

    fill_all(select, st, out, people, PEOPLE); /* pages are warm after it */
    for (start = seconds(); used < ENOUGH_S; used = seconds() - start)
        count += fill_all(select, st, out, people, 0);
    return (double)count / used;
}

static double
bench_programs(const GArray *people, MailOutput *out, double *out_bytes)
{
    int64_t count = 0;
    gsize bytes = 0;
    double start = seconds(), used = 0;

    for (; used < ENOUGH_S; used = seconds() - start)
        for (guint i = 0; i < people->len; i++, count++) {
            const Person *p = &g_array_index(people, Person, i);
            mail_fill(p->program, &p->row, out);
            bytes += out->html->len + out->text->len;
        }
    *out_bytes = (double)bytes / (double)count;
    return (double)count / used;
}

static double
bench_fill(Catalogue *catalogue, Store *store, const Campaign *campaign)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(MailSelect) select = mail_select_new(
        catalogue, campaign, g_ptr_array_index(campaign->steps, 0), clock_now(),
        problems);
    g_autoptr(GArray) people = g_array_new(FALSE, FALSE, sizeof(Person));
    g_autoptr(Statement) st = NULL;
    g_auto(MailOutput) out = {NULL};
    double bytes, read, filled;

    g_assert(select);
    mail_select_audience_only(select);
    st = mail_select_prepare(select, store, AUDIENCE_ALL, NULL);
    g_assert(st);
    mail_output_init(&out);
    read = bench_read_and_fill(select, st, &out, people);
    g_assert_cmpuint(people->len, >, 0);
    filled = bench_programs(people, &out, &bytes);
    report("fill-bytes", campaign->id, bytes, "bytes/person", true);
    report("read-and-fill", campaign->id, read, "people/s", true);
    report("fill", campaign->id, filled, "people/s", filled >= FILL_MIN);
    return filled;
}

static double
bench_cmark(const Campaign *campaign)
{
    const CampaignStep *first = g_ptr_array_index(campaign->steps, 0);
    const MailFile *file = g_ptr_array_index(first->mail->files, 0);
    const char *body = source_text(file->source) + file->body_offset;
    gsize length = source_size(file->source) - file->body_offset;
    int64_t people = 0;
    double start = seconds(), used = 0;

    for (; used < ENOUGH_S; used = seconds() - start)
        for (int i = 0; i < 100; i++, people++)
            free(cmark_markdown_to_html(body, length, CMARK_OPT_DEFAULT));
    report("cmark-per-person", campaign->id, (double)people / used, "people/s",
           true);
    return (double)people / used;
}

static bool
bench_campaign(Catalogue *catalogue, Store *store, const char *id)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Campaign) campaign =
        campaign_load(catalogue, id, NULL, problems, NULL);
    bool good = true;
    double ours, theirs;

    g_assert(campaign);
    for (guint i = 0; i < campaign->mails->len; i++)
        good &= bench_compile(catalogue, campaign,
                              g_ptr_array_index(campaign->mails, i));
    ours = bench_fill(catalogue, store, campaign);
    theirs = bench_cmark(campaign);
    report("fill/cmark", id, ours / theirs, "a/b", true);
    return good && ours >= FILL_MIN;
}

int
main(int argc, char **argv)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Workspace) workspace = NULL;
    g_autoptr(Catalogue) catalogue = NULL;
    Store *store;
    bool good = true;

    g_mime_init();
    workspace = workspace_open(argc > 1 ? argv[1] : ".", problems, &error);
    g_assert_no_error(error);
    store = store_open_guarded(workspace->database, INT64_MAX, &error);
    g_assert_no_error(error);
    catalogue = catalogue_of_workspace(workspace, problems);
    for (const char *const *id = catalogue_campaigns(catalogue); *id; id++)
        good &= bench_campaign(catalogue, store, *id);
    store_close(store);
    return good ? 0 : 1;
}
