/* SPDX-License-Identifier: Apache-2.0 */
/* auto_reply.c - telling a responder from a person
 *
 * Header, subject and body each add weight; what only people do takes some
 * away. A header that RFC 3834 or a product reserves for responders, or a
 * subject that only they write, is enough; anything else must add up. */
#include "auto-reply.h"

#include "folded.h"
#include "return-date.h"
#include "rules.h"

#include <string.h>

enum {
    BODY_MAX = 3000,  /* bytes: responders come to the point */
    HEADER_MAX = 400, /* bytes of one field */
    HEADERS_MAX = 200,
    FORMULAS_MAX = 16,
};

static const double ENOUGH = 6;
static const double SURE = 10;   /* whatever else speaks for a person */
static const double SEVERE = -4; /* at most this speaks for a person */

static const char *const class_names[] = {
    [AUTO_REPLY_OOO] = "ooo",
    [AUTO_REPLY_AUTOACK] = "autoack",
    [AUTO_REPLY_LEFT_COMPANY] = "left_company",
    [AUTO_REPLY_CHALLENGE] = "challenge",
    [AUTO_REPLY_OTHER_AUTO] = "other_auto",
};
enum { CLASSES = G_N_ELEMENTS(class_names) };

/* What the same formula says twice counts once. */
typedef struct {
    const char *name;
    double weight;
} Formula;

typedef struct {
    double machine, person;
    double class[CLASSES];
    bool is_answer; /* In-Reply-To or References */
    double best;    /* weight of the rule named */
    char rule[40];
} Evidence;

typedef struct {
    RuleTable *header, *subject, *body;
} Tables;

const char *
auto_reply_class_name(AutoReplyClass class)
{
    return class_names[class];
}

static void
tables_free(void *data)
{
    Tables *tables = data;

    rules_free(tables->header);
    rules_free(tables->subject);
    rules_free(tables->body);
    g_free(tables);
}

static const Tables *
tables_get(void)
{
    static GPrivate private = G_PRIVATE_INIT(tables_free);
    Tables *tables = g_private_get(&private);

    if (!tables) {
        tables = g_new(Tables, 1);
        tables->header = rules_load("tracking/data/auto-header.tsv");
        tables->subject = rules_load("tracking/data/auto-subject.tsv");
        tables->body = rules_load("tracking/data/auto-body.tsv");
        g_private_set(&private, tables);
    }
    return tables;
}

/* Mail generated in answer to another is an auto-reply; a notification that
 * comes by itself is not (RFC 3834, section 5). */
static double
weight_of(const Evidence *evidence, const Rule *rule)
{
    return evidence->is_answer && strcmp(rule->class, "generated") == 0
               ? SURE
               : rule->weight;
}

static void
count(Evidence *evidence, const char *table, const Rule *rule)
{
    double weight = weight_of(evidence, rule);

    if (weight < 0) {
        evidence->person = MAX(evidence->person + weight, SEVERE);
        return;
    }
    evidence->machine += weight;
    for (int i = 0; i < CLASSES; i++)
        if (strcmp(rule->class, class_names[i]) == 0)
            evidence->class[i] = MAX(evidence->class[i], weight);
    if (weight > evidence->best) {
        evidence->best = weight;
        g_snprintf(evidence->rule, sizeof evidence->rule, "%s.tsv:%d", table,
                   rule->line);
    }
}

static void
free_field(void *field)
{
    Haystack *h = field;

    g_free((char *)h->text);
    haystack_clear(h);
    g_free(h);
}

/* "name: value", folded, prepared. */
static Haystack *
field_new(const InboundHeader *header)
{
    g_autofree char *line =
        g_strconcat(header->name, ": ", header->value, NULL);
    char *folded = g_strchomp(text_fold(line, HEADER_MAX));
    Haystack *h = g_new0(Haystack, 1);

    haystack_init(h, folded, strlen(folded));
    return h;
}

/* The same table row counts once. */
static void
weigh_headers(RuleTable *table, const InboundMail *mail, Evidence *evidence)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(free_field);

    for (guint i = 0; mail->headers && i < mail->headers->len; i++) {
        const InboundHeader *header =
            &g_array_index(mail->headers, InboundHeader, i);
        if (i == HEADERS_MAX || !header->name || !header->value)
            break;
        if (g_ascii_strcasecmp(header->name, "Received") == 0)
            continue;
        evidence->is_answer |=
            g_ascii_strcasecmp(header->name, "In-Reply-To") == 0 ||
            g_ascii_strcasecmp(header->name, "References") == 0;
        g_ptr_array_add(fields, field_new(header));
    }
    for (guint r = 0; r < rules_count(table); r++)
        for (guint i = 0; i < fields->len; i++)
            if (rules_match(table, r, fields->pdata[i])) {
                count(evidence, "auto-header", rules_get(table, r));
                break;
            }
}

/* Only the heaviest row: prefixes in two languages say one thing. */
static void
weigh_subject(RuleTable *table, const char *folded, Evidence *evidence)
{
    const Rule *best = NULL;
    g_auto(Haystack) h = {0};

    haystack_init(&h, folded, strlen(folded));
    for (guint r = 0; r < rules_count(table); r++) {
        const Rule *rule = rules_get(table, r);
        if ((!best || rule->weight > best->weight) && rules_match(table, r, &h))
            best = rule;
    }
    if (best)
        count(evidence, "auto-subject", best);
}

static bool
outweighs(Formula formulas[FORMULAS_MAX], const Rule *rule)
{
    for (int i = 0; i < FORMULAS_MAX; i++) {
        if (formulas[i].name && strcmp(formulas[i].name, rule->scope) != 0)
            continue;
        if (formulas[i].name && formulas[i].weight >= ABS(rule->weight))
            return false;
        formulas[i] = (Formula){rule->scope, ABS(rule->weight)};
        return true;
    }
    return false;
}

static void
weigh_body(RuleTable *table, const char *folded, Evidence *evidence)
{
    Formula formulas[FORMULAS_MAX] = {0};
    const char *languages[LANGUAGES_MAX + 1];
    g_auto(Haystack) h = {0};

    haystack_init(&h, folded, strlen(folded));
    text_languages(folded, languages);
    for (guint r = 0; r < rules_count(table); r++) {
        const Rule *rule = rules_get(table, r);
        if (rule_speaks(rule, languages) && rules_match(table, r, &h) &&
            outweighs(formulas, rule))
            count(evidence, "auto-body", rule);
    }
}

/* Where the quoted message begins, or the end. */
static size_t
own_text_length(const char *text)
{
    static const char *const marks[] = {
        ">",    "-----", "_____", "From: ", "Von: ", "De : ",
        "De: ", "Van: ", "Da: ",  "Od: ",   "Fra: ",
    };
    const char *line = text;

    while (line) {
        /* Most lines begin like no mark, and a mail may be a million lines. */
        bool maybe = *line && strchr(">-_FVDO", *line) && line > text;

        for (guint i = 0; maybe && i < G_N_ELEMENTS(marks); i++)
            if (g_str_has_prefix(line, marks[i]))
                return (size_t)(line - text);
        line = strchr(line, '\n');
        if (line)
            line++;
    }
    return strlen(text);
}

static bool
is_answer(const char *subject)
{
    static const char *const prefixes[] = {
        "re:",  "aw:", "sv:", "antw:", "odp:",
        "re :", "r:",  "vs:", "fwd:",  "fw:"};

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(subject, prefixes[i]))
            return true;
    return false;
}

static AutoReplyClass
class_from(const Evidence *evidence)
{
    static const AutoReplyClass order[] = {
        AUTO_REPLY_CHALLENGE, AUTO_REPLY_LEFT_COMPANY, AUTO_REPLY_AUTOACK};
    double ooo = evidence->class[AUTO_REPLY_OOO];

    for (guint i = 0; i < G_N_ELEMENTS(order); i++)
        if (evidence->class[order[i]] >= 4 &&
            (order[i] != AUTO_REPLY_AUTOACK || evidence->class[order[i]] > ooo))
            return order[i];
    /* "Thank you for your message" alone says nothing */
    return ooo >= 3 ? AUTO_REPLY_OOO : AUTO_REPLY_OTHER_AUTO;
}

static bool
is_address_char(char c)
{
    return g_ascii_isalnum(c) || strchr(".+-_", c) != NULL;
}

/* The addr-spec around the @ at `at`; false if there is none. */
static bool
copy_address(const char *text, const char *at, char out[255])
{
    const char *start = at, *end = at + 1;

    while (start > text && is_address_char(start[-1]) && at - start < 64)
        start--;
    while (*end && is_address_char(*end) && end - at < 180)
        end++;
    while (end > at && !g_ascii_isalnum(end[-1]))
        end--;
    if (start == at || end - at < 4 || !memchr(at, '.', (size_t)(end - at)))
        return false;
    g_snprintf(out, 255, "%.*s", (int)(end - start), start);
    return true;
}

/* In "my new address is X" the words in front of X say whose it is. */
static bool
says_new(const char *text, const char *at)
{
    static const char *const words[] = {
        "new address",   "new e-mail",   "new email",  "neue e-mail",
        "neue mail",     "neue adresse", "nouvelle",   "nueva",
        "nuevo",         "nieuw",        "nuovo",      "nuova",
        "novo",          "nowy",         "changed to", "reach me at",
        "contact me at",
    };
    g_autofree char *before = NULL;
    const char *start = at - text > 120 ? at - 120 : text;

    before = g_strndup(start, (gsize)(at - start));
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(before, words[i]))
            return true;
    return false;
}

static void
find_addresses(const InboundMail *mail, const char *folded, AutoReply *out)
{
    for (const char *at = folded; (at = strchr(at, '@')); at++) {
        char address[255];
        if (!copy_address(folded, at, address) ||
            (mail->from_address &&
             g_ascii_strcasecmp(address, mail->from_address) == 0))
            continue;
        if (!out->new_address[0] && says_new(folded, at))
            g_strlcpy(out->new_address, address, sizeof out->new_address);
        else if (!out->colleague[0])
            g_strlcpy(out->colleague, address, sizeof out->colleague);
    }
}

static void
describe(const InboundMail *mail, const char *subject, const char *body,
         const char *own, const Evidence *evidence, AutoReply *out)
{
    *out = (AutoReply){.class = class_from(evidence)};
    g_strlcpy(out->rule, evidence->rule, sizeof out->rule);
    find_addresses(mail, body, out);
    if (out->class != AUTO_REPLY_OOO)
        return;
    if (!return_date_find(own, NULL, mail->date, mail->date_offset_minutes,
                          out->return_date))
        return_date_find(subject, NULL, mail->date, mail->date_offset_minutes,
                         out->return_date);
}

bool
auto_reply_read(const InboundMail *mail, AutoReply *out)
{
    const Tables *tables = tables_get();
    const char *text = mail->text ? mail->text : "";
    g_autofree char *own = g_strndup(text, own_text_length(text));
    g_autofree char *body = g_strstrip(text_fold(own, BODY_MAX));
    g_autofree char *subject =
        g_strstrip(text_fold(mail->subject ? mail->subject : "", HEADER_MAX));
    Evidence evidence = {0};
    bool header;

    for (char *p = body; *p; p++)
        if (*p == '\n')
            *p = ' ';
    weigh_headers(tables->header, mail, &evidence);
    header = evidence.machine > 0;
    weigh_subject(tables->subject, subject, &evidence);
    weigh_body(tables->body, body, &evidence);
    /* A responder without a header of its own rarely answers under "Re:". */
    if (is_answer(subject))
        evidence.person -= header ? 1 : 3;
    if (strchr(body, '?'))
        evidence.person -= 2; /* responders ask nothing */
    evidence.person = MAX(evidence.person, SEVERE);
    /* what RFC 3834 or a product's own field says needs no other proof */
    if (evidence.best < SURE && evidence.machine + evidence.person < ENOUGH)
        return false;
    describe(mail, subject, body, own, &evidence, out);
    return true;
}
