/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check.c - what only the data can tell about a campaign */
#include "plan-check.h"

#include "campaign-private.h"

#include "nurture/clock.h"
#include "nurture/consent.h"
#include "nurture/text.h"

#include <math.h>
#include <string.h>

#define SUBJECT_LONG 60  /* characters, as in templates/lint_mail.c */
#define SUDDEN       100 /* mails a day to one domain that nobody minds */
#define NAMED        2   /* people that are named before "and N more" */
#define NAMES        4   /* strange names that are shown */

struct PlanCheck {
    Catalogue *catalogue;
    const Workspace *workspace;
    const Campaign *campaign;
    Store *store;
    int64_t now;
    int longest; /* characters of a subject .. */
    char *longest_for;
    GHashTable *languages;  /* language -> people */
    GHashTable *reasons;    /* "LANGUAGE\tsentence" without translation */
    GHashTable *recruiters; /* one without a file -> people */
    GHashTable *skipped;    /* field -> people */
    GHashTable *first_day;  /* domain -> mails */
    int64_t first_at;       /* when the first mail leaves */
    GPtrArray *strange;     /* the first few names */
    int64_t strange_count;
    AudienceQuery *query; /* NULL: no field is required */
    Statement *required;
    GPtrArray *absent; /* Absent, for each required field */
};

typedef struct {
    const Field *field;
    int column;
    int64_t people;
    GPtrArray *named;
} Absent;

static void
absent_free(gpointer p)
{
    Absent *a = p;

    g_ptr_array_unref(a->named);
    g_free(a);
}

static GHashTable *
counts_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static gsize
counts_get(GHashTable *counts, const char *key)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(counts, key));
}

static void
counts_add(GHashTable *counts, const char *key)
{
    g_hash_table_insert(counts, g_strdup(key),
                        GSIZE_TO_POINTER(counts_get(counts, key) + 1));
}

static GList *
counts_keys(GHashTable *counts)
{
    return g_list_sort(g_hash_table_get_keys(counts), (GCompareFunc)strcmp);
}

void
plan_check_free(PlanCheck *c)
{
    if (!c)
        return;
    g_clear_pointer(&c->required, statement_release);
    audience_query_free(c->query);
    g_ptr_array_unref(c->absent);
    g_ptr_array_unref(c->strange);
    g_hash_table_unref(c->languages);
    g_hash_table_unref(c->reasons);
    g_hash_table_unref(c->recruiters);
    g_hash_table_unref(c->skipped);
    g_hash_table_unref(c->first_day);
    g_free(c->longest_for);
    g_free(c);
}

static bool
prepare_required(PlanCheck *c, Store *guarded, GError **error)
{
    const FieldSet *fields = c->workspace->fields;

    for (guint i = 0; i < field_set_size(fields); i++) {
        const Field *field = field_set_get(fields, i);
        Absent *a;
        if (!field->required || field->never_missing)
            continue;
        if (!c->query)
            c->query = audience_query_new(catalogue_segments(c->catalogue),
                                          c->workspace, c->now);
        a = g_new0(Absent, 1);
        a->field = field;
        a->column = audience_query_field(c->query, field);
        a->named = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(c->absent, a);
    }
    if (c->query)
        c->required =
            audience_query_prepare(c->query, guarded, AUDIENCE_ONE, error);
    return !c->query || c->required;
}

PlanCheck *
plan_check_new(Catalogue *catalogue, Store *store, Store *guarded,
               const Campaign *campaign, int64_t now, GError **error)
{
    g_autoptr(PlanCheck) c = g_new0(PlanCheck, 1);

    c->catalogue = catalogue;
    c->workspace = catalogue_workspace(catalogue);
    c->campaign = campaign;
    c->store = store;
    c->now = now;
    c->languages = counts_new();
    c->reasons = counts_new();
    c->recruiters = counts_new();
    c->skipped = counts_new();
    c->first_day = counts_new();
    c->strange = g_ptr_array_new_with_free_func(g_free);
    c->absent = g_ptr_array_new_with_free_func(absent_free);
    return prepare_required(c, guarded, error) ? g_steal_pointer(&c) : NULL;
}

/* ---- collecting ---------------------------------------------------------- */

static bool
look_for_required(PlanCheck *c, const Member *member, GError **error)
{
    if (!c->required)
        return true;
    audience_bind(c->required, AUDIENCE_ONE, member->id);
    if (statement_step(c->required))
        for (guint i = 0; i < c->absent->len; i++) {
            Absent *a = g_ptr_array_index(c->absent, i);
            if (!text_is_blank(statement_text(c->required, a->column)))
                continue;
            if (a->people++ < NAMED)
                g_ptr_array_add(a->named, g_strdup(member->email));
        }
    return statement_end(c->required, error);
}

static bool
is_for_recruiter(const PlanCheck *c)
{
    return strcmp(c->campaign->from, "recruiter") == 0;
}

/* Days count from the first mail of all. */
static void
count_domain(PlanCheck *c, const char *email, int64_t due)
{
    const char *at = strrchr(email, '@');
    g_autofree char *domain = at ? g_ascii_strdown(at + 1, -1) : NULL;

    if (!domain)
        return;
    if (c->first_at == 0 || due + DAY_MS <= c->first_at)
        g_hash_table_remove_all(c->first_day);
    if (c->first_at == 0 || due < c->first_at)
        c->first_at = due;
    if (due < c->first_at + DAY_MS)
        counts_add(c->first_day, domain);
}

/* The sentence of a consent is in the workspace's first language. */
static bool
look_for_reason(PlanCheck *c, const Member *member, GError **error)
{
    const Rendering *r = member->rendering;
    const char *language =
        campaign_language(c->workspace, c->campaign, r->file);
    g_autofree char *why = NULL, *key = NULL;

    if (strcmp(language, c->workspace->languages[0]) == 0)
        return true;
    if (!consent_source(c->store, member->id, &why, error))
        return false;
    if (text_is_blank(why) || mail_program_knows_reason(r->program, why))
        return true;
    key = g_strdup_printf("%s\t%s", language, why);
    counts_add(c->reasons, key);
    return true;
}

bool
plan_check_person(PlanCheck *c, const Member *member, const MailOutput *output,
                  int64_t due, GError **error)
{
    int columns = text_columns(output->subject->str);

    if (columns > c->longest) {
        c->longest = columns;
        g_free(c->longest_for);
        c->longest_for = g_strdup(member->email);
    }
    if (!text_is_blank(member->language))
        counts_add(c->languages, member->language);
    if (!text_is_blank(member->recruiter) && is_for_recruiter(c) &&
        !workspace_sender(c->workspace, member->recruiter))
        counts_add(c->recruiters, member->recruiter);
    count_domain(c, member->email, due);
    return look_for_reason(c, member, error) &&
           look_for_required(c, member, error);
}

void
plan_check_strange(PlanCheck *c, const Member *member)
{
    const char *name = member->first_name;

    if (!name || !name_is_suspicious(name))
        name = member->last_name;
    c->strange_count++;
    if (name && c->strange->len < NAMES)
        g_ptr_array_add(c->strange, g_strdup(name));
}

void
plan_check_skipped(PlanCheck *c, const char *field)
{
    counts_add(c->skipped, field);
}

/* ---- reporting ----------------------------------------------------------- */

/* "1 person has", "1,240 people have" */
static char *
people(gsize count, const char *one, const char *many)
{
    return count == 1 ? g_strdup_printf("1 person %s", one)
                      : g_strdup_printf("%s people %s",
                                        number_format((int64_t)count), many);
}

static void
report_required(const PlanCheck *c, Diagnostics *problems)
{
    for (guint i = 0; i < c->absent->len; i++) {
        const Absent *a = g_ptr_array_index(c->absent, i);
        g_autofree char *who = people((gsize)a->people, "has", "have");
        g_autoptr(GString) names = g_string_new(NULL);
        if (a->people == 0)
            continue;
        for (guint n = 0; n < a->named->len; n++)
            g_string_append_printf(names, "%s%s", n ? ", " : "",
                                   (char *)g_ptr_array_index(a->named, n));
        if (a->people > NAMED)
            g_string_append_printf(names, " and %s more",
                                   number_format(a->people - NAMED));
        diagnostic_help(
            diagnostics_add_file(problems, "E703", c->campaign->path,
                                 "%s no '%s', which fields.yaml calls "
                                 "required: %s",
                                 who, a->field->name, names->str),
            "nurture candidates list --missing %s", a->field->name);
    }
}

static void
report_skipped(const PlanCheck *c, Diagnostics *problems)
{
    g_autoptr(GList) fields = counts_keys(c->skipped);

    for (const GList *f = fields; f; f = f->next) {
        g_autofree char *who =
            people(counts_get(c->skipped, f->data), "is", "are");
        diagnostic_help(
            diagnostics_add_file(problems, "N704", c->campaign->path,
                                 "%s left out because '%s' is empty", who,
                                 (const char *)f->data),
            "nurture candidates list --missing %s", (const char *)f->data);
    }
}

static void
report_strange(const PlanCheck *c, Diagnostics *problems)
{
    g_autoptr(GString) names = g_string_new(NULL);

    if (c->strange_count == 0)
        return;
    for (guint i = 0; i < c->strange->len; i++)
        g_string_append_printf(names, "%s'%s'", i ? ", " : "",
                               (char *)g_ptr_array_index(c->strange, i));
    if (c->strange_count > NAMES)
        g_string_append_printf(names, " and %s more",
                               number_format(c->strange_count - NAMES));
    diagnostic_help(
        diagnostics_add_file(problems, "W705", c->campaign->path,
                             c->strange_count == 1
                                 ? "%s name looks wrong and is left out: %s"
                                 : "%s names look wrong and are left out: %s",
                             number_format(c->strange_count), names->str),
        "nurture candidates list --suspicious");
}

/* A field of the mail as a whole may be called first. */
static void
report_fallback(const PlanCheck *c, const Plan *plan, Diagnostics *problems)
{
    int64_t read = MIN(plan->no_first_name, plan->used_fallback);

    if (plan->people < 10 || read * 2 <= plan->people)
        return;
    diagnostic_help(diagnostics_add_file(
                        problems, "W706", c->campaign->path,
                        "%d%% of people have no first name and would read the "
                        "fallback",
                        (int)(read * 100 / plan->people)),
                    "consider a sentence that needs no name");
}

static void
report_in_process(const PlanCheck *c, const Plan *plan, Diagnostics *problems)
{
    gsize count = (gsize)plan->left_out[NOT_IN_PROCESS];
    g_autofree char *who = people(count, "is", "are");

    if (count > 0)
        diagnostics_add_file(problems, "N711", c->campaign->path,
                             "%s in a hiring process and will not be mailed",
                             who);
}

static void
report_recruiters(const PlanCheck *c, Diagnostics *problems)
{
    g_autoptr(GList) names = counts_keys(c->recruiters);

    for (const GList *n = names; n; n = n->next) {
        gsize count = counts_get(c->recruiters, n->data);
        g_autofree char *who = people(count, "belongs", "belong");
        diagnostics_add_file(
            problems, "W707", c->campaign->path,
            "%s to '%s', who has no file in senders/; %s will hear from %s",
            who, (const char *)n->data, count == 1 ? "this person" : "they",
            c->workspace->sending.fallback_sender);
    }
}

static const MailFile *
first_file(const PlanCheck *c)
{
    const CampaignStep *step = g_ptr_array_index(c->campaign->steps, 0);

    return g_ptr_array_index(step->mail->files, 0);
}

static void
report_subject(const PlanCheck *c, Diagnostics *problems)
{
    const MailFile *f = first_file(c);
    Diagnostic *d;

    if (c->longest <= SUBJECT_LONG)
        return;
    d = diagnostics_add(problems, "W503", f->source, f->subject_offset,
                        f->subject_length,
                        "the subject is up to %d characters long; phones show "
                        "about 40",
                        c->longest);
    diagnostic_note(d, "longest for %s", c->longest_for);
}

/* What a reader of `language` calls it, in English. */
static const char *
language_name(const char *language)
{
    static const struct {
        const char *code, *name;
    } names[] = {
        {"en", "English"}, {"de", "German"},     {"fr", "French"},
        {"es", "Spanish"}, {"it", "Italian"},    {"nl", "Dutch"},
        {"pl", "Polish"},  {"pt", "Portuguese"}, {"sv", "Swedish"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(language, names[i].code) == 0)
            return names[i].name;
    return language;
}

static void
report_translation(const PlanCheck *c, const CampaignMail *mail,
                   const char *language, Diagnostics *problems)
{
    const MailFile *file = g_ptr_array_index(mail->files, 0);
    gsize count = counts_get(c->languages, language);
    Diagnostic *d;

    if (count == 0 ||
        g_strcmp0(campaign_mail_file(mail, language)->language, language) == 0)
        return;
    d = diagnostics_add_file(
        problems, "W514", source_path(file->source),
        "%s reader%s %s, and '%s' has no %s.%s.md",
        number_format((int64_t)count), count == 1 ? " prefers" : "s prefer",
        language_name(language), mail->id, mail->id, language);
    diagnostic_note(d, "they will get %s",
                    language_name(c->workspace->languages[0]));
}

static void
report_reasons(const PlanCheck *c, Diagnostics *problems)
{
    g_autoptr(GList) reasons = counts_keys(c->reasons);

    for (const GList *r = reasons; r; r = r->next) {
        g_auto(GStrv) part = g_strsplit(r->data, "\t", 2);
        gsize count = counts_get(c->reasons, r->data);
        Diagnostic *d = diagnostics_add_file(
            problems, "W514", c->campaign->path,
            "%s reader%s of %s get%s the reason '%s' untranslated",
            number_format((int64_t)count), count == 1 ? "" : "s",
            language_name(part[0]), count == 1 ? "s" : "", part[1]);
        diagnostic_help(d,
                        "write it to templates/why/NAME.txt, and in %s to "
                        "templates/why/NAME.%s.txt",
                        language_name(part[0]), part[0]);
    }
}

/* Only a folder can hold translations. */
static void
report_translations(const PlanCheck *c, Diagnostics *problems)
{
    char **languages = c->workspace->languages;

    for (guint m = 0; c->campaign->is_sequence && m < c->campaign->mails->len;
         m++)
        for (char **l = languages[0] ? languages + 1 : languages; *l; l++)
            report_translation(c, g_ptr_array_index(c->campaign->mails, m), *l,
                               problems);
}

/* W613: the smallest difference between two shares that a test of this size
 * shows with 80 % power at 5 %, around a rate of 30 %. */
static double
smallest_difference(const CampaignMail *mail, int64_t count)
{
    double largest = 0, rate = 0.3;

    for (guint i = 0; i < mail->variants->len; i++) {
        const MailVariant *v = g_ptr_array_index(mail->variants, i);
        double n = (double)count * v->share / 10000;
        largest = MAX(largest, 2 / MAX(n, 1));
    }
    return (1.96 + 0.84) * sqrt(rate * (1 - rate) * largest);
}

static void
report_tests(const PlanCheck *c, const Plan *plan, Diagnostics *problems)
{
    for (guint m = 0; plan->people > 0 && m < c->campaign->mails->len; m++) {
        const CampaignMail *mail = g_ptr_array_index(c->campaign->mails, m);
        const MailFile *file = g_ptr_array_index(mail->files, 0);
        g_autofree char *who = people((gsize)plan->people, "", "");
        int points;
        if (mail->variants->len < 2)
            continue;
        points = (int)(100 * smallest_difference(mail, plan->people) + 0.5);
        if (points > 10)
            diagnostics_add_file(problems, "W613", source_path(file->source),
                                 "with %s this test can only show differences "
                                 "of %d points or more",
                                 g_strchomp(who), MIN(points, 100));
    }
}

static bool
sent_the_day_before(const PlanCheck *c, const char *domain, int64_t *out,
                    GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(c->store,
                      "SELECT count(*) FROM message WHERE state = 'sent'"
                      " AND rcpt_domain = :domain AND sent_at > :after",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":domain", domain);
    statement_bind_int(st, ":after", c->now - DAY_MS);
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

static bool
report_volume(const PlanCheck *c, Diagnostics *problems, GError **error)
{
    g_autoptr(GList) domains = counts_keys(c->first_day);

    for (const GList *d = domains; d; d = d->next) {
        int64_t count = (int64_t)counts_get(c->first_day, d->data), before;
        if (count < SUDDEN || g_str_has_prefix(d->data, "example.") ||
            g_str_has_suffix(d->data, ".example")) /* RFC 2606: nobody's */
            continue;
        if (!sent_the_day_before(c, d->data, &before, error))
            return false;
        if (count > 3 * before)
            diagnostic_help(
                diagnostics_add_file(
                    problems, "W708", c->campaign->path,
                    "%s mails to %s on the first day; yesterday it was %s",
                    number_format(count), (const char *)d->data,
                    number_format(before)),
                "lower 'rate', or start with one segment");
    }
    return true;
}

/* ---- people waiting for a step that is gone ------------------------------ */

/* The names that the campaign's file lets go by `was` and `drop`. */
static GHashTable *
names_let_go(const PlanCheck *c, const Source **out_source, gsize *out_offset,
             gsize *out_length)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    Reading r = {.catalogue = c->catalogue, .problems = ignored};
    GHashTable *names = counts_new();
    const YamlNode *steps;
    gsize body;

    if (!reading_open(&r, c->campaign->path, IN_CAMPAIGN, &body))
        return names;
    map = (YamlNode *)r.map;
    steps = yaml_get(map, "steps");
    *out_source = r.source;
    *out_offset = steps ? steps->key_offset : 0;
    *out_length = steps ? steps->key_length : 0;
    for (guint i = 0; steps && steps->items && i < steps->items->len; i++) {
        const YamlNode *step = g_ptr_array_index(steps->items, i);
        const YamlNode *was =
            step->kind == YAML_MAP ? yaml_get(step, "was") : NULL;
        const YamlNode *drop =
            step->kind == YAML_MAP ? yaml_get(step, "drop") : NULL;
        if (was && was->value)
            counts_add(names, was->value);
        if (drop && drop->value)
            counts_add(names, drop->value);
    }
    return names;
}

static bool
report_gone(const PlanCheck *c, Diagnostics *problems, GError **error)
{
    const Source *source = NULL;
    gsize offset = 0, length = 0;
    g_autoptr(GHashTable) let_go = names_let_go(c, &source, &offset, &length);
    g_autoptr(Statement) st = store_prepare(
        c->store,
        "SELECT step, count(*) FROM enrolment WHERE campaign = :campaign"
        " AND state IN ('active', 'waiting') AND step IS NOT NULL"
        " GROUP BY step ORDER BY step",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", c->campaign->id);
    while (source && c->campaign->is_sequence && statement_step(st)) {
        const char *step = statement_text(st, 0);
        g_autofree char *who = people((gsize)statement_int(st, 1), "is", "are");
        if (campaign_step(c->campaign, step) || counts_get(let_go, step))
            continue;
        diagnostic_help(
            diagnostics_add(problems, "E615", source, offset, length,
                            "%s waiting for '%s', which is gone", who, step),
            "if you renamed it, add  was: %s  to the step; if you dropped it, "
            "add  drop: %s",
            step, step);
    }
    return statement_end(st, error);
}

/* E603: of a campaign that may be launched and never was. */
static bool
report_past(const PlanCheck *c, Diagnostics *problems, GError **error)
{
    const Campaign *campaign = c->campaign;
    g_autoptr(Statement) st = NULL;
    g_autofree char *day = NULL;
    bool launched;

    if (campaign->status == STATUS_DRAFT || campaign->start == 0 ||
        campaign->start > c->now - DAY_MS)
        return true; /* of a draft, its file has been told */
    st = store_prepare(
        c->store, "SELECT 1 FROM campaign WHERE campaign = :campaign", error);
    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign->id);
    launched = statement_step(st);
    if (!statement_end(st, error))
        return false;
    day = date_format(campaign->start, c->workspace->zone, "D MMMM YYYY", "en");
    if (!launched)
        diagnostics_add_file(problems, "E603", campaign->path,
                             "it was to start on %s, which is past", day);
    return true;
}

bool
plan_check_report(PlanCheck *c, const Plan *plan, Diagnostics *problems,
                  GError **error)
{
    report_required(c, problems);
    report_skipped(c, problems);
    report_strange(c, problems);
    report_fallback(c, plan, problems);
    report_in_process(c, plan, problems);
    report_recruiters(c, problems);
    report_subject(c, problems);
    report_translations(c, problems);
    report_reasons(c, problems);
    report_tests(c, plan, problems);
    return report_volume(c, problems, error) &&
           report_past(c, problems, error) && report_gone(c, problems, error);
}
