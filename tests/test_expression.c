/* SPDX-License-Identifier: Apache-2.0 */
/* test_expression.c - parsing, checking, printing and reducing conditions */
#include "nurture/expression.h"

#include <string.h>

static const char fields_yaml[] =
    "fields:\n"
    "  - name: seniority\n"
    "    type: choice\n"
    "    ordered: yes\n"
    "    values: [intern, junior, mid, senior, staff]\n"
    "  - name: source\n"
    "    type: choice\n"
    "    values: [event, referral, alumni]\n"
    "  - name: open_to_work\n"
    "    type: yes/no\n"
    "  - name: years\n"
    "    type: number\n"
    "  - name: interest\n"
    "    type: set\n"
    "    values: [backend, sre, data]\n"
    "  - name: tag\n"
    "    type: set\n";

static const char *const segments[] = {"dach", "alumni", "berlin-or-remote",
                                       NULL};
static const char *const campaigns[] = {"backend-nurture", "news", NULL};
static const char *const mails[] = {"welcome", "team", "check-in", NULL};

static const char *const *
mails_of(const char *campaign, gpointer data)
{
    (void)data;
    return g_strv_contains(campaigns, campaign) ? mails : NULL;
}

typedef struct {
    FieldSet *fields;
    Diagnostics *problems;
    ExpressionScope scope;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(Source) source =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));

    (void)data;
    f->fields = field_set_new();
    f->problems = diagnostics_new();
    field_set_read(f->fields, source, f->problems);
    g_assert_cmpuint(diagnostics_length(f->problems), ==, 0);
    f->scope = (ExpressionScope){.fields = f->fields,
                                 .segments = segments,
                                 .mails = mails_of,
                                 .campaigns = campaigns,
                                 .statics = true,
                                 .needs_role = true};
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    diagnostics_free(f->problems);
    field_set_free(f->fields);
}

static Expression *
parse(Fixture *f, const char *text)
{
    g_autoptr(Source) source = source_new("x.seg", text, strlen(text));

    g_clear_pointer(&f->problems, diagnostics_free);
    f->problems = diagnostics_new();
    return expression_parse(&f->scope, source, 0, strlen(text), f->problems);
}

static void
assert_codes(Fixture *f, const char *text, const char *codes)
{
    g_autoptr(GString) got = g_string_new(NULL);

    for (guint i = 0; i < diagnostics_length(f->problems); i++)
        g_string_append_printf(got, "%s%s", i ? " " : "",
                               diagnostics_get(f->problems, i)->code);
    if (!g_str_equal(got->str, codes))
        g_test_message("expression: %s\n%s", text,
                       diagnostics_length(f->problems)
                           ? diagnostics_get(f->problems, 0)->message
                           : "");
    g_assert_cmpstr(got->str, ==, codes);
}

/* What is written, and what is printed (NULL: the same). */
static const struct {
    const char *text, *canonical;
} good[] = {
    {"everyone", NULL},
    {"country in [DE, AT, CH]", NULL},
    {"country in [DE,AT,CH,]", "country in [DE, AT, CH]"},
    {"seniority >= senior", NULL},
    {"seniority between junior and senior", NULL},
    {"years between 2 and 5.5", NULL},
    {"years = -3", NULL},
    {"dach", NULL},
    {"not dach", NULL},
    {"NOT dach AND open_to_work", "not dach and open_to_work"},
    {"not open_to_work", NULL},
    {"open_to_work = no", NULL},
    {"open_to_work is true", "open_to_work = yes"},
    {"last_engaged older than 12m or last_engaged is missing", NULL},
    {"last_engaged is not missing", NULL},
    {"score >= 40 and (replied within 90d or clicked at least 3 times within"
     " 90d)",
     NULL},
    {"sent in backend-nurture/check-in and not replied in backend-nurture",
     NULL},
    {"sent to news", "sent in news"},
    {"clicked at least 1 time", "clicked"},
    {"opened since 2026-01-31", NULL},
    {"not ats_status in [applied, hired]", NULL},
    {"ats_status not in [applied, hired]", NULL},
    {"interest has backend", NULL},
    {"interest has any backend", "interest has backend"},
    {"interest has [backend, sre]", "interest has any [backend, sre]"},
    {"interest has all [backend, data] and tag has none [alumni]", NULL},
    {"job_title contains \"Python\"", "job_title contains Python"},
    {"job_title starts with \"Head of\"", NULL},
    {"job_title ends with Lead", NULL},
    {"employer != \"100% Kestrel\"", NULL},
    {"employer = \"say \\\"hi\\\" \\\\ there\"", NULL},
    {"employer = \"a\\b\"", "employer = \"a\\\\b\""},
    {"city = M\xc3\xbcnchen", NULL},
    {"city is \"or\"", "city = \"or\""},
    {"city in [OR, WA]", "city in [\"OR\", WA]"},
    {"employer is not missing", NULL},
    {"added since 2026-02-28", NULL},
    {"added before 2024-02-29", NULL},
    {"added >= 2026-01-01", NULL},
    {"added between 2026-01-01 and 2026-03-31", NULL},
    {"interest has any role.interests and seniority in role.levels and"
     " country = role.countries",
     NULL},
    {"audience = dach or variant in [a, b]", NULL},
    {"language is de", "language = de"},
    {"role.salary is missing", NULL},
    {"role.levels has senior", "role.levels = senior"},
    {"((dach))", "dach"},
    {"dach and (alumni and everyone)", "dach and alumni and everyone"},
    {"not (dach or alumni)", NULL},
    {"dach or (alumni and everyone)", NULL},
    {"dach # lives there\n  and # really\nalumni", "dach and alumni"},
};

static void
test_round_trip(Fixture *f, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(Expression) e = parse(f, good[i].text);
        g_autoptr(Expression) again = NULL;
        g_autoptr(Expression) copy = NULL;
        g_autofree char *text = NULL, *text2 = NULL, *text3 = NULL;

        assert_codes(f, good[i].text, "");
        g_assert_nonnull(e);
        text = expression_format(e);
        g_assert_cmpstr(text, ==,
                        good[i].canonical ? good[i].canonical : good[i].text);
        again = parse(f, text);
        assert_codes(f, text, "");
        text2 = expression_format(again);
        g_assert_cmpstr(text2, ==, text);
        copy = expression_copy(e);
        text3 = expression_format(copy);
        g_assert_cmpstr(text3, ==, text);
    }
}

/* code, place and words of the only (or first) problem */
static const struct {
    const char *text, *codes;
    int line, column;
    const char *message, *note;
} bad[] = {
    {"country =", "E301", 1, 10,
     "something is missing at the end of this expression", NULL},
    {"dach and", "E301", 1, 9,
     "something is missing at the end of this expression", NULL},
    {"", "E301", 1, 1, "something is missing at the end of this expression",
     NULL},
    {"seniority and dach", "E301", 1, 11, "something is missing before 'and'",
     NULL},
    {"city = and dach", "E301", 1, 8, "something is missing before 'and'",
     NULL},
    {"and dach", "E301", 1, 1, "something is missing before 'and'", NULL},
    {"dach alumni", "E302", 1, 6, "expected 'and' or 'or' here", NULL},
    {"open_to_work dach", "E302", 1, 14, "expected 'and' or 'or' here", NULL},
    {"senority >= senior", "E303", 1, 1, "unknown field or segment 'senority'",
     "did you mean 'seniority'?"},
    {"dahc", "E303", 1, 1, "unknown field or segment 'dahc'",
     "did you mean 'dach'?"},
    {"= 3", "E303", 1, 1, "expected a field or a segment before '='", NULL},
    {"seniority >= snior", "E304", 1, 14,
     "'snior' is not a value of 'seniority'", "did you mean 'senior'?"},
    {"source in [event, referal]", "E304", 1, 19,
     "'referal' is not a value of 'source'", "did you mean 'referral'?"},
    {"interest has bakend", "E304", 1, 14,
     "'bakend' is not a value of 'interest'", "did you mean 'backend'?"},
    {"years > many", "E304", 1, 9, "'many' is not a number", NULL},
    {"years = 0x1f", "E304", 1, 9, "'0x1f' is not a number", NULL},
    {"years = nan", "E304", 1, 9, "'nan' is not a number", NULL},
    {"open_to_work = maybe", "E304", 1, 16, "'maybe' is neither yes nor no",
     NULL},
    {"city = \"\"", "E304", 1, 8, "an empty text is not a value", NULL},
    {"audience = dahc", "E304", 1, 12, "'dahc' is not a value of 'audience'",
     "did you mean 'dach'?"},
    {"country in [DE, AT", "E307", 1, 12, "this list is never closed",
     "add ']'"},
    {"country in [DE, AT and dach", "E307", 1, 12, "this list is never closed",
     "add ']'"},
    {"last_engaged within 180", "E309", 1, 21,
     "expected a length of time after 'within'",
     "for example 90d, 6w, 12m, 2y"},
    {"last_engaged older than", "E309", 1, 24,
     "expected a length of time after 'older than'",
     "for example 90d, 6w, 12m, 2y"},
    {"added since 2026-02-30", "E312", 1, 13, "2026-02-30 is not a real date",
     NULL},
    {"added since yesterday", "E312", 1, 13, "'yesterday' is not a date", NULL},
    {"interest = backend", "E316", 1, 10,
     "'interest' holds several values: use 'has'", NULL},
    {"city has Berlin", "E316", 1, 6, "'city' holds one value: use '='", NULL},
    {"country in DE", "E318", 1, 12,
     "expected a list in square brackets after 'in'",
     "for example [DE, AT, CH]"},
    {"source >= event", "E321", 1, 8,
     "'source' has no order, so '>=' makes no sense", "use = or in [..]"},
    {"city within 3d", "E321", 1, 6,
     "'city' is a text field; 'within' needs a date", NULL},
    {"(dach or alumni", "E323", 1, 1, "this bracket is never closed",
     "add ')'"},
    {"dach)", "E323", 1, 5, "this bracket closes nothing", "delete it"},
    {"dach and alumni or everyone", "E324", 1, 17,
     "'and' and 'or' are mixed without brackets", "who is meant is not clear"},
    {"sent in backend-nuture", "E325", 1, 9,
     "there is no campaign 'backend-nuture'",
     "did you mean 'backend-nurture'?"},
    {"sent in backend-nurture/wellcome", "E326", 1, 25,
     "campaign 'backend-nurture' has no mail 'wellcome'",
     "did you mean 'welcome'?"},
    {"seniority \xe2\x89\xa5 senior", "E330", 1, 11,
     "'\xe2\x89\xa5' is not understood", "write >="},
    {"city = \xe2\x80\x9c"
     "Berlin\xe2\x80\x9d",
     "E330", 1, 8,
     "'\xe2\x80\x9c"
     "Berlin\xe2\x80\x9d' is not understood",
     "write \"Berlin\""},
    {"years == 3", "E330", 1, 7, "'==' is not understood", "write ="},
    {"tag has c#", "E330", 1, 9, "'c#' is not understood", "write \"c#\""},
    {"dach && alumni", "E330", 1, 6, "'&&' is not understood", "write and"},
    {"city = \"Berlin", "E114", 1, 8, "the quote opened here is never closed",
     NULL},
    {"senority >= senior\nand contry = DE", "E303 E303", 1, 1,
     "unknown field or segment 'senority'", "did you mean 'seniority'?"},
    {"seniority >= senior\nand seniority < junior", "W327", 2, 5,
     "nobody can match: seniority cannot be >= senior and < junior", NULL},
    {"years > 3 and years < 3", "W327", 1, 15,
     "nobody can match: years cannot be > 3 and < 3", NULL},
    {"city = Berlin and city is missing", "W327", 1, 19,
     "nobody can match: city cannot be = Berlin and is missing", NULL},
    {"city in [a, b] and city not in [a, b, c]", "W327", 1, 20,
     "nobody can match: city cannot be in [a, b] and not in [a, b, c]", NULL},
};

static void
test_problems(Fixture *f, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Expression) e = parse(f, bad[i].text);
        const Diagnostic *d;

        assert_codes(f, bad[i].text, bad[i].codes);
        g_assert_true((e == NULL) == (bad[i].codes[0] == 'E'));
        d = diagnostics_get(f->problems, 0);
        g_assert_cmpstr(d->message, ==, bad[i].message);
        g_assert_cmpstr(d->note, ==, bad[i].note);
        g_assert_cmpint(d->line, ==, bad[i].line);
        g_assert_cmpint(d->column, ==, bad[i].column);
    }
}

static void
test_possible(Fixture *f, gconstpointer data)
{
    static const char *const texts[] = {
        "years >= 3 and years <= 3",
        "seniority >= junior and seniority < senior",
        "city != Berlin and city is missing",
        "city = Berlin or city = Bern",
        "city in [a, b] and city in [b, c]",
        "source = event and not source = event",
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Expression) e = parse(f, texts[i]);
        assert_codes(f, texts[i], "");
        g_assert_nonnull(e);
    }
}

static void
test_without_role(Fixture *f, gconstpointer data)
{
    (void)data;
    f->scope.needs_role = false;
    g_assert_null(parse(f, "seniority in role.levels"));
    assert_codes(f, "seniority in role.levels", "E303");
    g_assert_null(parse(f, "role.city = Bern"));
    assert_codes(f, "role.city = Bern", "E303");
}

/* `unit` repeated, between a start and an end. */
static char *
repeat(const char *start, const char *unit, int count, const char *end)
{
    GString *s = g_string_new(start);

    for (int i = 0; i < count; i++)
        g_string_append(s, unit);
    g_string_append(s, end);
    return g_string_free(s, FALSE);
}

static void
test_limits(Fixture *f, gconstpointer data)
{
    g_autofree char *deep = repeat("", "not ", 63, "dach");
    g_autofree char *deeper = repeat("", "not ", 64, "dach");
    g_autofree char *deepest = repeat("", "(", 4000, "dach");
    g_autofree char *values = repeat("tag has [a", ", a", 499, "]");
    g_autofree char *more_values = repeat("tag has [a", ", a", 500, "]");
    g_autofree char *large = repeat("dach", " ", 8189, "");
    g_autoptr(Expression) a = parse(f, deep);
    g_autoptr(Expression) b = parse(f, values);

    (void)data;
    g_assert_nonnull(a);
    g_assert_nonnull(b);
    g_assert_null(parse(f, deeper));
    assert_codes(f, deeper, "E333");
    g_assert_null(parse(f, deepest));
    g_assert_null(parse(f, more_values));
    assert_codes(f, more_values, "E333");
    g_assert_null(parse(f, large));
    assert_codes(f, large, "E333");
}

static void
test_reduce(Fixture *f, gconstpointer data)
{
    static const char *const dach[] = {"dach", NULL};
    static const char *const levels[] = {"senior", "staff", NULL};
    static const char *const one[] = {"DE", NULL};
    static const char *const none[] = {NULL};
    static const StaticValue statics[] = {
        {"audience", dach},      {"role.levels", levels},
        {"role.countries", one}, {"role.interests", none},
        {"role.city", none},     {NULL, NULL}};
    static const struct {
        const char *text, *reduced;
    } cases[] = {
        {"audience = dach", "everyone"},
        {"audience != dach", "not everyone"},
        {"audience in [alumni, dach] and open_to_work", "open_to_work"},
        {"audience = alumni and open_to_work", "not everyone"},
        {"audience = alumni or open_to_work", "open_to_work"},
        {"not audience = alumni", "everyone"},
        {"variant = b and audience = dach", "variant = b"},
        {"seniority in role.levels", "seniority in [senior, staff]"},
        {"seniority = role.levels", "seniority in [senior, staff]"},
        {"seniority != role.levels", "seniority not in [senior, staff]"},
        {"seniority > role.levels", "seniority > senior or seniority > staff"},
        {"country = role.countries", "country = DE"},
        {"interest has any role.interests", "not everyone"},
        {"interest has all role.interests", "not everyone"},
        {"interest has none role.interests", "everyone"},
        {"city = role.city", "not everyone"},
        {"city != role.city", "everyone"},
        {"role.city is missing", "everyone"},
        {"role.city is not missing or dach", "dach"},
        {"role.levels has staff", "everyone"},
        {"country = role.country", "country = role.country"},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Expression) e = parse(f, cases[i].text);
        g_autoptr(Expression) reduced = NULL;
        g_autofree char *text = NULL;
        bool value;

        assert_codes(f, cases[i].text, "");
        reduced = expression_reduce(e, statics);
        text = expression_format(reduced);
        g_assert_cmpstr(text, ==, cases[i].reduced);
        g_assert_true(expression_is_constant(reduced, &value) ==
                      g_str_has_suffix(cases[i].reduced, "everyone"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, fn)                                                          \
    g_test_add("/expression/" path, Fixture, NULL, set_up, fn, tear_down)
    ADD("round-trip", test_round_trip);
    ADD("problems", test_problems);
    ADD("no-false-contradiction", test_possible);
    ADD("role-needs-a-setting", test_without_role);
    ADD("limits", test_limits);
    ADD("reduce", test_reduce);
    return g_test_run();
}
