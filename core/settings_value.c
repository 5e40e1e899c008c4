/* SPDX-License-Identifier: Apache-2.0 */
/* settings_value.c - one value against its row of the table */
#include "nurture/address.h"
#include "nurture/diagnostic-list.h"
#include "nurture/error.h"
#include "nurture/text.h"
#include "nurture/window.h"

#include "settings-check.h"

#include <string.h>

/* What a value of a type is called, and what one looks like. */
static const struct {
    const char *what, *example;
} types[] = {
    [SETTING_TEXT] = {"one line of text", NULL},
    [SETTING_WORD] = {"one value", NULL},
    [SETTING_LIST] = {"a list", "[one, two]"},
    [SETTING_WORD_OR_LIST] = {"a name or a list", "[one, two]"},
    [SETTING_EXPRESSION] = {"a condition", "country in [DE, AT]"},
    [SETTING_NUMBER] = {"a number", "10"},
    [SETTING_PERCENT] = {"a percentage", "50%"},
    [SETTING_DURATION] = {"a length of time", "4d, 4 business days, 2w"},
    [SETTING_RATE] = {"a rate", "20 per minute"},
    [SETTING_YES_NO] = {"yes or no", NULL},
    [SETTING_CHOICE] = {"one word", NULL},
    [SETTING_DATE] = {"a date", "2026-03-03 09:00"},
    [SETTING_WINDOW] = {"weekdays and hours", "Tue-Thu 09:00-16:00 recipient"},
    [SETTING_ZONE] = {"a time zone", "Europe/Berlin"},
    [SETTING_ADDRESS] = {"an e-mail address", "talent@mail.kestrel.example"},
    [SETTING_URL] = {"an address", "https://kestrel.example"},
    [SETTING_COLOUR] = {"a colour", "\"#0b6bcb\""},
    [SETTING_MAP] = {"a group of settings", NULL},
    [SETTING_MAPS] = {"a list of groups", NULL},
};

typedef struct {
    const Setting *setting;
    const char *name; /* without its group */
    const YamlNode *node;
    const Source *source;
    Diagnostics *problems;
} Value;

const char *
setting_example(const Setting *setting)
{
    static const struct {
        const char *key, *example;
    } examples[] = {
        {"subject", "Who you would work with"},
        {"name", "Backend nurture, DACH"},
        {"mail", "welcome"},
        {"id", "a"},
        {"share", "50%"},
        {"holdout", "5%"},
        {"cap", "2 per 14d"},
        {"sending.cap", "2 per 14d"},
        {"url", "https://kestrel.example/jobs/backend"},
        {"title", "Senior Backend Engineer"},
        {"city", "Berlin"},
        {"salary", "78,000 to 95,000 EUR"},
        {"interests", "[backend, sre]"},
        {"levels", "[senior, staff]"},
        {"countries", "[DE, AT, CH]"},
        {"recruiter", "anna-schmidt"},
        {"company", "Kestrel Labs"},
        {"languages", "[en, de]"},
        {"attach", "[files/name.pdf]"},
        {"allow", "[W407]"},
        {"sending.domain", "mail.kestrel.example"},
        {"sending.bounces", "bounces@mail.kestrel.example"},
        {"sending.replies", "replies@mail.kestrel.example"},
        {"smtp.host", "smtp.kestrel.example"},
        {"legal.postal_address", "Kestrel Labs, Torstraße 1, 10119 Berlin"},
        {"smtp.password_from", "command pass show smtp"},
        {"secret_from", "command pass show greenhouse-webhook"},
        {"url", "https://crm.kestrel.example/hooks"},
        {"ats.hooks", "- name: greenhouse"},
        {"ats.out", "- name: crm"},
        {"type", "choice"},
        {"values", "[junior, senior]"},
        {"steps", "- mail: welcome"},
        {"variants", "- id: a"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(examples); i++)
        if (strcmp(examples[i].key, setting->key) == 0)
            return examples[i].example;
    return types[setting->type].example ? types[setting->type].example : "..";
}

bool
setting_is_empty(const YamlNode *node)
{
    if (node->kind == YAML_SCALAR)
        return text_is_blank(node->value);
    return node->items->len == 0;
}

static Diagnostic *
report(const Value *v, const char *code, const YamlNode *at, const char *what)
{
    return diagnostics_add(v->problems, code, v->source, at->offset, at->length,
                           "%s", what);
}

static void
report_kind(const Value *v, const YamlNode *at)
{
    g_autofree char *what = g_strdup_printf("'%s' must be %s", v->name,
                                            types[v->setting->type].what);
    Diagnostic *d = report(v, "E111", at, what);
    const char *example = setting_example(v->setting);

    if (strcmp(example, "..") != 0)
        diagnostic_note(d, "for example %s", example);
}

static bool
kind_is_right(const Value *v)
{
    YamlKind kind = v->node->kind;

    switch (v->setting->type) {
    case SETTING_LIST:
    case SETTING_MAPS:
        return kind == YAML_LIST;
    case SETTING_WORD_OR_LIST:
        return kind != YAML_MAP;
    case SETTING_EXPRESSION:
        return kind == YAML_SCALAR ||
               (kind == YAML_LIST && strcmp(v->name, "audience") == 0);
    case SETTING_MAP:
        return kind == YAML_MAP;
    case SETTING_TEXT:
    case SETTING_WORD:
    case SETTING_NUMBER:
    case SETTING_PERCENT:
    case SETTING_DURATION:
    case SETTING_RATE:
    case SETTING_YES_NO:
    case SETTING_CHOICE:
    case SETTING_DATE:
    case SETTING_WINDOW:
    case SETTING_ZONE:
    case SETTING_ADDRESS:
    case SETTING_URL:
    case SETTING_COLOUR:
        return kind == YAML_SCALAR;
    }
    g_assert_not_reached();
}

static void
check_items(const Value *v)
{
    YamlKind wanted = v->setting->type == SETTING_MAPS ? YAML_MAP : YAML_SCALAR;

    for (guint i = 0; i < v->node->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(v->node->items, i);
        if (item->kind != wanted || setting_is_empty(item))
            report_kind(v, item);
    }
}

static void
check_number(const Value *v)
{
    const Setting *s = v->setting;
    char *end;
    gint64 n = g_ascii_strtoll(v->node->value, &end, 10);
    g_autofree char *what = NULL;

    if (g_ascii_isdigit(v->node->value[0]) && !*end &&
        ((s->min == 0 && s->max == 0) || (n >= s->min && n <= s->max)))
        return;
    if (s->min == 0 && s->max == 0) {
        report_kind(v, v->node);
        return;
    }
    what = g_strdup_printf("'%s' must be a number from %ld to %ld", v->name,
                           s->min, s->max);
    if (s->fallback)
        diagnostic_note(report(v, "E111", v->node, what), "for example %s",
                        s->fallback);
    else
        report(v, "E111", v->node, what);
}

static void
check_percent(const Value *v)
{
    int basis_points;
    g_autofree char *what = NULL;

    if (!percent_parse(v->node->value, &basis_points, NULL)) {
        report_kind(v, v->node);
    } else if (basis_points > v->setting->max) {
        what = g_strdup_printf("'%s' must be a percentage up to %ld%%", v->name,
                               v->setting->max / 100);
        report(v, "E111", v->node, what);
    }
}

static bool
is_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static void
report_duration(const Value *v)
{
    const char *text = v->node->value;
    const char *why = *text == '-'      ? "is below zero"
                      : is_digits(text) ? "needs a unit"
                                        : "is not a length of time";
    g_autofree char *what = g_strdup_printf("'%s: %s' %s", v->name, text, why);
    Diagnostic *d = report(v, "E607", v->node, what);

    diagnostic_note(d, "for example %s", types[SETTING_DURATION].example);
}

/* "until 2026-04-01 09:00", "until role.closes minus 5d" */
static bool
until_is_right(const char *text)
{
    int64_t at;
    Span span;

    if (g_str_has_prefix(text, "role.opens"))
        text += strlen("role.opens");
    else if (g_str_has_prefix(text, "role.closes"))
        text += strlen("role.closes");
    else
        return date_parse(text, NULL, &at, NULL);
    if (!*text)
        return true;
    if (!g_str_has_prefix(text, " minus ") && !g_str_has_prefix(text, " plus "))
        return false;
    return span_parse(strchr(text + 1, ' ') + 1, &span, NULL);
}

static void
check_duration(const Value *v)
{
    const char *text = v->node->value;
    Span span;
    Diagnostic *d;

    if (strcmp(v->name, "wait") == 0 && g_str_has_prefix(text, "until ")) {
        if (!until_is_right(text + strlen("until "))) {
            d = report(v, "E602", v->node, "this is not a moment to wait for");
            diagnostic_note(d, "for example until 2026-04-01 09:00, or until "
                               "role.closes minus 5d");
        }
        return;
    }
    if (!span_parse(text, &span, NULL))
        report_duration(v);
}

static void
check_rate(const Value *v)
{
    int count;
    int64_t per_ms;

    if (!rate_parse(v->node->value, &count, &per_ms, NULL))
        report_kind(v, v->node);
}

static bool
choice_is_known(const Value *v, char **choices)
{
    const char *text = v->node->value;

    if (g_strv_contains((const char *const *)choices, text))
        return true;
    if (strcmp(v->name, "on") != 0)
        return false;
    for (int i = 0; choices[i]; i++) /* Tue, tuesday */
        if (g_ascii_strcasecmp(text, choices[i]) == 0 ||
            (strlen(text) == 3 &&
             g_ascii_strncasecmp(text, choices[i], 3) == 0))
            return true;
    return false;
}

static void
check_choice(const Value *v)
{
    g_auto(GStrv) choices = g_strsplit(v->setting->choices, "|", 0);
    g_autofree char *list = g_strjoinv(", ", choices);
    g_autofree char *what = NULL;
    bool is_status = strcmp(v->name, "status") == 0;
    Diagnostic *d;

    if (choice_is_known(v, choices))
        return;
    what = g_strdup_printf("'%s: %s' is not known", v->name, v->node->value);
    d = report(v, is_status ? "E618" : "E111", v->node, what);
    diagnostic_note(d, choices[1] ? "one of: %s" : "the only value is: %s",
                    list);
}

static void
check_date(const Value *v)
{
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    g_autoptr(GError) error = NULL;
    int64_t at;
    int year, month;
    Diagnostic *d;

    if (date_parse(v->node->value, NULL, &at, &error))
        return;
    if (!g_str_has_suffix(error->message, "is not a real date")) {
        d = report(v, "E602", v->node, error->message);
        diagnostic_note(d, "write 2026-03-03 09:00");
        return;
    }
    d = report(v, "E312", v->node, error->message);
    year = (int)g_ascii_strtoll(v->node->value, NULL, 10);
    month = (int)g_ascii_strtoll(v->node->value + 5, NULL, 10);
    if (year >= 1900 && year < 2200 && month >= 1 && month <= 12)
        diagnostic_help(
            d, "%s %d has %d days", months[month - 1], year,
            g_date_get_days_in_month((GDateMonth)month, (GDateYear)year));
}

static void
check_window(const Value *v)
{
    g_autoptr(GError) error = NULL;
    SendWindow window;
    Diagnostic *d;

    if (send_window_parse(v->node->value, &window, &error))
        return;
    d = report(v, window.start < 0 ? "E111" : "E616", v->node, error->message);
    if (window.start < 0)
        diagnostic_note(d, "for example %s", types[SETTING_WINDOW].example);
}

/* What people write for a zone: an abbreviation, or the city alone. */
static const char *
zone_nearest(const char *text)
{
    static const struct {
        const char *word, *zone;
    } words[] = {
        {"CEST", "Europe/Berlin"},      {"CET", "Europe/Berlin"},
        {"MEZ", "Europe/Berlin"},       {"BST", "Europe/London"},
        {"GMT", "Europe/London"},       {"WET", "Europe/Lisbon"},
        {"EET", "Europe/Athens"},       {"MSK", "Europe/Moscow"},
        {"EST", "America/New_York"},    {"EDT", "America/New_York"},
        {"CST", "America/Chicago"},     {"CDT", "America/Chicago"},
        {"MST", "America/Denver"},      {"PST", "America/Los_Angeles"},
        {"PDT", "America/Los_Angeles"}, {"IST", "Asia/Kolkata"},
        {"JST", "Asia/Tokyo"},          {"AEST", "Australia/Sydney"},
    };
    const char *const *names = zone_names();
    g_autofree char *suffix = NULL;
    gsize letters = 0;

    while (g_ascii_isalpha(text[letters]))
        letters++;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (strlen(words[i].word) == letters &&
            g_ascii_strncasecmp(text, words[i].word, letters) == 0)
            return words[i].zone;
    suffix = g_strdup_printf("/%s", text);
    g_strdelimit(suffix, " ", '_');
    for (int i = 0; names[i]; i++) {
        gsize length = strlen(names[i]), tail = strlen(suffix);
        if (length > tail &&
            g_ascii_strcasecmp(names[i] + length - tail, suffix) == 0)
            return names[i];
    }
    return text_nearest(text, names);
}

static void
check_zone(const Value *v)
{
    const char *text = v->node->value, *near;
    g_autofree char *what = NULL;
    Diagnostic *d;

    if (zone_is_known(text))
        return;
    what = g_strdup_printf("unknown time zone '%s'", text);
    d = report(v, "E604", v->node, what);
    near = zone_nearest(text);
    if (near)
        diagnostic_note(d, "did you mean '%s'?", near);
    else
        diagnostic_note(d, "for example Europe/Berlin");
}

static void
check_address(const Value *v)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *address = address_normalise(v->node->value, &error);
    g_autofree char *what = NULL;
    Diagnostic *d;

    if (address)
        return;
    what = g_strdup_printf("'%s' must be %s", v->name,
                           types[SETTING_ADDRESS].what);
    d = report(v, "E111", v->node, what);
    diagnostic_help(d, "%s", error->message);
}

static void
check_url(const Value *v)
{
    const char *text = v->node->value;
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char *scheme = uri ? g_uri_get_scheme(uri) : NULL;
    const char *host = uri ? g_uri_get_host(uri) : NULL;
    g_autofree char *what = NULL;
    Diagnostic *d;

    if (host && *host &&
        (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0))
        return;
    if (scheme && !host && !g_str_has_prefix(scheme, "www.")) {
        what = g_strdup_printf("'%s' must be an address with https, not '%s'",
                               v->name, scheme);
        report(v, "E403", v->node, what);
        return;
    }
    what = g_strdup_printf("'%s' is not a full address", text);
    d = report(v, "E404", v->node, what);
    if (!scheme)
        diagnostic_note(d, "write https://%s", text);
}

static void
check_colour(const Value *v)
{
    const char *text = v->node->value;
    gsize length = strlen(text);

    if (text[0] != '#' || (length != 4 && length != 7) ||
        strspn(text + 1, "0123456789abcdefABCDEF") != length - 1)
        report_kind(v, v->node);
}

static void
check_allow(const Value *v, const YamlNode *item)
{
    g_autofree char *what = NULL;
    Diagnostic *d;

    if (item->kind != YAML_SCALAR)
        return;
    if (!diagnostic_find(item->value)) {
        what =
            g_strdup_printf("'%s' is not the code of a warning", item->value);
        d = report(v, "E111", item, what);
        diagnostic_note(d, "for example W407");
    } else if (diagnostic_severity(item->value) == SEVERITY_ERROR) {
        what = g_strdup_printf("'%s' is an error and cannot be allowed",
                               item->value);
        report(v, "E111", item, what);
    }
}

static bool
is_time_of_day(const char *text)
{
    return strlen(text) == 5 && text[2] == ':' &&
           strspn(text, "0123456789:") == 5 && text[0] != ':' &&
           text[1] != ':' && text[3] != ':' && text[4] != ':' &&
           (text[0] < '2' || (text[0] == '2' && text[1] < '4')) &&
           text[3] < '6';
}

/* From an evening to the next morning. */
static bool
is_night(const char *text)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);

    return ends[0] && ends[1] && is_time_of_day(ends[0]) &&
           is_time_of_day(ends[1]) && strcmp(ends[0], ends[1]) > 0;
}

static bool
is_hex_id(const char *text)
{
    gsize length = strlen(text);

    return length >= 8 && length <= 64 &&
           strspn(text, "0123456789abcdef") == length;
}

/* Words with a form of their own. */
static void
check_word(const Value *v)
{
    const char *text = v->node->value;
    const char *example = NULL;
    g_autofree char *what = NULL;
    Span span;

    if (strcmp(v->name, "re_enter") == 0 && strcmp(text, "never") != 0 &&
        !(g_str_has_prefix(text, "after ") &&
          span_parse(text + strlen("after "), &span, NULL)))
        example = "never, or after 12m";
    else if (strcmp(v->name, "at") == 0 && !is_time_of_day(text))
        example = "09:30";
    else if (strcmp(v->name, "quiet_hours") == 0 && !is_night(text))
        example = "20:00-08:00";
    else if (strcmp(v->setting->key, "id") == 0 &&
             (v->setting->places & IN_WORKSPACE) && !is_hex_id(text))
        example = "4f1c9a02, as 'nurture init' writes it";
    if (!example)
        return;
    what = g_strdup_printf("'%s: %s' is not understood", v->name, text);
    diagnostic_note(report(v, "E111", v->node, what), "for example %s",
                    example);
}

/* The line is shown without the secret: it may end in a public CI log. */
void
setting_report_secret(const YamlNode *node, const Source *source,
                      Diagnostics *problems)
{
    gsize at = node->length > 0 ? node->offset : node->key_offset;
    Diagnostic *d =
        diagnostics_add(problems, "E012", source, at, 1,
                        "a password must not be written in nurture.yaml");
    gsize before = at - source_line_start(source, d->line);

    if (before <= strlen(d->text) && at == node->offset) {
        char *shown = g_strdup_printf("%.*s****", (int)before, d->text);
        g_free(d->text);
        d->text = shown;
        d->end_column = d->column + 4;
    }
    diagnostic_help(
        d, "use: password_from: command pass show smtp (or secret_from:)");
}

static void
check_text(const Value *v)
{
    const char *text = v->node->value;

    if ((strcmp(v->name, "password_from") == 0 ||
         strcmp(v->name, "secret_from") == 0) &&
        !g_str_has_prefix(text, "command ") &&
        !g_str_has_prefix(text, "env ") && !g_str_has_prefix(text, "file "))
        setting_report_secret(v->node, v->source, v->problems);
}

static void
check_list(const Value *v)
{
    check_items(v);
    if (strcmp(v->name, "allow") == 0)
        for (guint i = 0; i < v->node->items->len; i++)
            check_allow(v, g_ptr_array_index(v->node->items, i));
}

static void
check_scalar(const Value *v)
{
    switch (v->setting->type) {
    case SETTING_NUMBER:
        check_number(v);
        break;
    case SETTING_PERCENT:
        check_percent(v);
        break;
    case SETTING_DURATION:
        check_duration(v);
        break;
    case SETTING_RATE:
        check_rate(v);
        break;
    case SETTING_YES_NO:
        if (strcmp(v->node->value, "yes") != 0 &&
            strcmp(v->node->value, "no") != 0)
            report_kind(v, v->node);
        break;
    case SETTING_CHOICE:
        check_choice(v);
        break;
    case SETTING_DATE:
        check_date(v);
        break;
    case SETTING_WINDOW:
        check_window(v);
        break;
    case SETTING_ZONE:
        check_zone(v);
        break;
    case SETTING_ADDRESS:
        check_address(v);
        break;
    case SETTING_URL:
        check_url(v);
        break;
    case SETTING_COLOUR:
        check_colour(v);
        break;
    case SETTING_WORD:
        check_word(v);
        break;
    case SETTING_TEXT:
        check_text(v);
        break;
    case SETTING_WORD_OR_LIST:
        if (strcmp(v->name, "allow") == 0)
            check_allow(v, v->node);
        break;
    case SETTING_EXPRESSION: /* read by the expression compiler */
    case SETTING_LIST:
    case SETTING_MAP:
    case SETTING_MAPS:
        break;
    }
}

void
setting_check(const Setting *setting, const YamlNode *node,
              const Source *source, Diagnostics *problems)
{
    const char *dot = strrchr(setting->key, '.');
    Value v = {setting, dot ? dot + 1 : setting->key, node, source, problems};

    if (!kind_is_right(&v))
        report_kind(&v, node);
    else if (node->kind == YAML_LIST)
        check_list(&v);
    else if (node->kind == YAML_SCALAR)
        check_scalar(&v);
}
