/* SPDX-License-Identifier: Apache-2.0 */
/* intent.c - weighing the evidence for what a reply means
 *
 * Rules say what a sentence speaks for; here stands how they combine. Three
 * things people do decide that: they wrap a refusal in kind words ("sounds
 * great, but"), they soften a refusal by naming somebody else or a later time,
 * and they ask a question while agreeing. */
#include "intent.h"

#include "folded.h"
#include "return-date.h"
#include "rules.h"

#include <glib.h>
#include <string.h>

enum {
    TEXT_MAX = 6000, /* bytes read: a reply says what it means early */
    SENTENCES_MAX = 60,
    SHORT_WORDS = 9,
    LATER_MAX_DAYS = 400,
};

static const double ENOUGH = 2.0;  /* evidence to answer at all */
static const double MARGIN = 0.35; /* ahead of the next class */
static const double PRESENT = 2.0; /* evidence that a class takes part */
static const double STRONG = 4.0;  /* one rule that says it outright */

static const char *const class_names[INTENT_CLASSES] = {
    "other",    "interested",   "question",    "not_now", "not_interested",
    "referral", "wrong_person", "unsubscribe", "ooo",
};

/* Tags are classes of rules that are no class of answer. */
enum {
    TAG_ERASURE = INTENT_CLASSES, /* counts for unsubscribe */
    TAG_LEFT_COMPANY,             /* counts for wrong_person */
    TAG_NOISE, /* a greeting, thanks, a closing: no part of the message */
    TAG_KEEP,  /* no opt-out, whatever else its sentence says */
    TAG_ORDER, /* a sentence that is nothing but an order to stop */
    TAGS,
};

static const char *const tag_names[TAGS - INTENT_CLASSES] = {
    "erasure", "left_company", "noise", "keep", "order",
};

/* The three best rules of each class, best first. */
typedef struct {
    double best[3];
    int line; /* of the best */
} Evidence;

typedef struct {
    GPtrArray *sentences; /* char * */
    GArray *asked;        /* Haystack, of the sentences */
    GArray *kept;         /* bool of each: no opt-out is read from it */
    bool keeps;           /* any of them */
    char *joined;         /* all of them */
    char *whole;          /* the sentences that are no noise, joined */
    char *subject;
    Haystack all, meant, heading; /* of joined, whole and subject */
    int words;                    /* in `whole` */
    int first; /* the first sentence that is no noise, -1: there is none */
    const char *languages[LANGUAGES_MAX + 1];
} Reading;

const char *
intent_class_name(IntentClass class)
{
    return class_names[class];
}

static int
tag_from_name(const char *name)
{
    for (int i = 0; i < INTENT_CLASSES; i++)
        if (strcmp(class_names[i], name) == 0)
            return i;
    for (int i = INTENT_CLASSES; i < TAGS; i++)
        if (strcmp(tag_names[i - INTENT_CLASSES], name) == 0)
            return i;
    g_error("intent.tsv: no class '%s'", name);
}

static void
free_table(void *table)
{
    rules_free(table);
}

static RuleTable *
intent_rules(void)
{
    static GPrivate private = G_PRIVATE_INIT(free_table);
    RuleTable *table = g_private_get(&private);

    if (!table) {
        table = rules_load("tracking/data/intent.tsv");
        g_private_set(&private, table);
    }
    return table;
}

/* Does a rule of that class hold for the sentence? */
static bool
sentence_is(RuleTable *table, const Reading *reading, const char *class,
            const Haystack *sentence)
{
    for (guint i = 0; i < rules_count(table); i++) {
        const Rule *rule = rules_get(table, i);
        if (strcmp(rule->class, class) == 0 &&
            rule_speaks(rule, reading->languages) &&
            rules_match(table, i, sentence))
            return true;
    }
    return false;
}

static int
count_words(const char *text)
{
    int n = 0;

    for (const char *p = text; *p; p++)
        n += *p != ' ' && (p[1] == ' ' || p[1] == '\0');
    return n;
}

static void
clear_haystack(void *h)
{
    haystack_clear(h);
}

static void
find_sentences(Reading *reading, const char *folded)
{
    GString *joined = g_string_new(NULL);

    reading->sentences = text_sentences(folded);
    if (reading->sentences->len > SENTENCES_MAX)
        g_ptr_array_set_size(reading->sentences, SENTENCES_MAX);
    reading->asked = g_array_new(FALSE, FALSE, sizeof(Haystack));
    reading->kept = g_array_new(FALSE, FALSE, sizeof(bool));
    g_array_set_clear_func(reading->asked, clear_haystack);
    for (guint i = 0; i < reading->sentences->len; i++) {
        const char *sentence = reading->sentences->pdata[i];
        Haystack h;

        haystack_init(&h, sentence, strlen(sentence));
        g_array_append_val(reading->asked, h);
        g_string_append_printf(joined, "%s. ", sentence);
    }
    haystack_init(&reading->all, joined->str, joined->len);
    reading->joined = g_string_free(joined, FALSE);
}

static const Haystack *
nth_sentence(const Reading *reading, guint i)
{
    return &g_array_index(reading->asked, Haystack, i);
}

static void
reading_init(Reading *reading, RuleTable *table, const char *text,
             const char *subject)
{
    g_autofree char *folded = text_fold(text, TEXT_MAX);
    GString *whole = g_string_new(NULL);

    *reading = (Reading){.first = -1};
    text_languages(folded, reading->languages);
    find_sentences(reading, folded);
    for (guint i = 0; i < reading->sentences->len; i++) {
        bool kept =
            sentence_is(table, reading, "keep", nth_sentence(reading, i));
        g_array_append_val(reading->kept, kept);
        reading->keeps |= kept;
        if (sentence_is(table, reading, "noise", nth_sentence(reading, i)))
            continue;
        if (reading->first < 0)
            reading->first = (int)i;
        if (whole->len)
            g_string_append(whole, ". ");
        g_string_append(whole, reading->sentences->pdata[i]);
    }
    reading->words = count_words(whole->str);
    haystack_init(&reading->meant, whole->str, whole->len);
    reading->whole = g_string_free(whole, FALSE);
    reading->subject = subject ? text_fold(subject, 400) : NULL;
    if (subject)
        haystack_init(&reading->heading, reading->subject,
                      strlen(reading->subject));
}

static void
reading_clear(Reading *reading)
{
    haystack_clear(&reading->all);
    haystack_clear(&reading->meant);
    haystack_clear(&reading->heading);
    g_array_unref(reading->asked);
    g_array_unref(reading->kept);
    g_ptr_array_unref(reading->sentences);
    g_free(reading->joined);
    g_free(reading->whole);
    g_free(reading->subject);
}

static bool
is_opt_out(const Rule *rule)
{
    return strcmp(rule->class, "unsubscribe") == 0 ||
           strcmp(rule->class, "erasure") == 0;
}

static bool
any_sentence(RuleTable *table, guint index, const Reading *reading)
{
    bool opt_out = is_opt_out(rules_get(table, index));

    for (guint i = 0; i < reading->asked->len; i++)
        if (!(opt_out && g_array_index(reading->kept, bool, i)) &&
            rules_match(table, index, nth_sentence(reading, i)))
            return true;
    return false;
}

static bool
rule_holds(RuleTable *table, guint index, const Reading *reading)
{
    const char *scope = rules_get(table, index)->scope;

    if (strcmp(scope, "subject") == 0)
        return reading->subject && rules_match(table, index, &reading->heading);
    if (!rules_may_match(table, index, &reading->all) &&
        !rules_may_match(table, index, &reading->meant))
        return false;
    if (strcmp(scope, "first") == 0)
        return reading->first >= 0 &&
               rules_match(table, index,
                           nth_sentence(reading, (guint)reading->first));
    if (strcmp(scope, "whole") == 0)
        return !(reading->keeps && is_opt_out(rules_get(table, index))) &&
               rules_match(table, index, &reading->meant);
    if (strcmp(scope, "short") == 0)
        return reading->words <= SHORT_WORDS &&
               rules_match(table, index, &reading->meant);
    return any_sentence(table, index, reading);
}

static void
evidence_add(Evidence *evidence, const Rule *rule)
{
    double weight = rule->weight;

    if (weight > evidence->best[0])
        evidence->line = rule->line;
    for (int i = 0; i < 3; i++)
        if (weight > evidence->best[i]) {
            double next = evidence->best[i];
            evidence->best[i] = weight;
            weight = next;
        }
}

static void
gather(RuleTable *table, const Reading *reading, Evidence evidence[TAGS])
{
    for (guint i = 0; i < rules_count(table); i++) {
        const Rule *rule = rules_get(table, i);
        int tag;
        if (!rule_speaks(rule, reading->languages) ||
            !rule_holds(table, i, reading))
            continue;
        tag = tag_from_name(rule->class);
        evidence_add(&evidence[tag], rule);
        if (tag == TAG_ERASURE)
            evidence_add(&evidence[INTENT_UNSUBSCRIBE], rule);
        if (tag == TAG_LEFT_COMPANY)
            evidence_add(&evidence[INTENT_WRONG_PERSON], rule);
    }
}

static double
total(const Evidence *evidence)
{
    return evidence->best[0] + 0.4 * evidence->best[1] +
           0.2 * evidence->best[2];
}

/* Where two classes meet, one of them is the wrapping of the other. */
static void
settle(double s[INTENT_CLASSES])
{
    static const struct {
        IntentClass winner, wrapping;
        double factor;
    } meetings[] = {
        {INTENT_UNSUBSCRIBE, INTENT_NOT_INTERESTED, 0.4},
        {INTENT_UNSUBSCRIBE, INTENT_NOT_NOW, 0.5},
        {INTENT_UNSUBSCRIBE, INTENT_WRONG_PERSON, 0.6},
        {INTENT_UNSUBSCRIBE, INTENT_QUESTION, 0.5},
        {INTENT_UNSUBSCRIBE, INTENT_INTERESTED, 0.5},
        {INTENT_WRONG_PERSON, INTENT_NOT_INTERESTED, 0.5},
        {INTENT_WRONG_PERSON, INTENT_REFERRAL, 0.6},
        {INTENT_WRONG_PERSON, INTENT_OOO, 0.5},
        {INTENT_REFERRAL, INTENT_NOT_INTERESTED, 0.4},
        {INTENT_REFERRAL, INTENT_NOT_NOW, 0.5},
        {INTENT_REFERRAL, INTENT_INTERESTED, 0.4},
        {INTENT_REFERRAL, INTENT_QUESTION, 0.4},
        {INTENT_NOT_NOW, INTENT_NOT_INTERESTED, 0.6},
        {INTENT_NOT_NOW, INTENT_INTERESTED, 0.4},
        {INTENT_NOT_NOW, INTENT_QUESTION, 0.4},
        {INTENT_NOT_INTERESTED, INTENT_INTERESTED, 0.4},
        {INTENT_NOT_INTERESTED, INTENT_QUESTION, 0.5},
        {INTENT_INTERESTED, INTENT_QUESTION, 0.6},
        {INTENT_INTERESTED, INTENT_OOO, 0.6},
        {INTENT_OOO, INTENT_REFERRAL, 0.5},
        {INTENT_OOO, INTENT_QUESTION, 0.5},
    };
    double before[INTENT_CLASSES];

    memcpy(before, s, sizeof before);
    for (guint i = 0; i < G_N_ELEMENTS(meetings); i++)
        if (before[meetings[i].winner] >= 2.8 &&
            before[meetings[i].winner] * 1.6 >= before[meetings[i].wrapping])
            s[meetings[i].wrapping] *= meetings[i].factor;
    /* on leave and "write to me in June": what is said more plainly */
    if (before[INTENT_OOO] >= PRESENT && before[INTENT_NOT_NOW] >= PRESENT)
        s[before[INTENT_OOO] >= before[INTENT_NOT_NOW] ? INTENT_NOT_NOW
                                                       : INTENT_OOO] *= 0.5;
}

static IntentClass
best_class(const double s[INTENT_CLASSES], IntentClass except)
{
    IntentClass best = INTENT_OTHER;

    for (int i = 1; i < INTENT_CLASSES; i++)
        if (i != (int)except && s[i] > (best ? s[best] : 0))
            best = (IntentClass)i;
    return best;
}

static void
decide(const Evidence evidence[TAGS], Intent *out)
{
    double raw[INTENT_CLASSES], top, next, rival;
    IntentClass best, second;

    for (int i = 0; i < INTENT_CLASSES; i++)
        raw[i] = out->score[i] = total(&evidence[i]);
    settle(out->score);
    best = best_class(out->score, INTENT_OTHER);
    second = best_class(out->score, best ? best : INTENT_CLASSES);
    top = out->score[best];
    next = best && second ? out->score[second] : 0;
    rival = MAX(next, out->score[INTENT_OTHER]);
    if (best == INTENT_OTHER || top < ENOUGH || top - rival < MARGIN)
        return;
    out->class = best;
    second = best_class(raw, best);
    if (second && raw[second] >= PRESENT)
        out->also = second;
    out->confidence = top / (top + rival) * MIN(1, top / STRONG);
    g_snprintf(out->rule, sizeof out->rule, "intent.tsv:%d",
               evidence[best].line);
}

static void
flag(const Evidence evidence[TAGS], const Reading *reading, Intent *out)
{
    const Evidence *optout = &evidence[INTENT_UNSUBSCRIBE];

    out->erasure = evidence[TAG_ERASURE].best[0] >= STRONG;
    out->left_company = evidence[TAG_LEFT_COMPANY].best[0] >= 3 &&
                        out->class != INTENT_INTERESTED;
    /* Many sentences have these words in them; few are nothing else. */
    out->strong_optout = out->class == INTENT_UNSUBSCRIBE &&
                         optout->best[0] >= STRONG &&
                         evidence[TAG_ORDER].best[0] > 0 && !reading->keeps &&
                         (reading->words <= 4 ||
                          (evidence[INTENT_INTERESTED].best[0] < PRESENT &&
                           evidence[INTENT_NOT_NOW].best[0] < PRESENT &&
                           evidence[INTENT_QUESTION].best[0] < PRESENT));
}

static void
find_day(const char *text, const Reading *reading, int64_t date_ms, Intent *out)
{
    if (out->class == INTENT_OOO)
        return_date_find(text, reading->languages[0], date_ms, 0, out->back_on);
    else if (out->class == INTENT_NOT_NOW || out->also == INTENT_NOT_NOW)
        return_date_find_later(text, reading->languages[0], date_ms, 0,
                               LATER_MAX_DAYS, out->back_on);
}

void
intent_classify(const char *reply_text, const char *subject, int64_t date_ms,
                Intent *out)
{
    RuleTable *table = intent_rules();
    Evidence evidence[TAGS] = {0};
    Reading reading;

    *out = (Intent){0};
    reading_init(&reading, table, reply_text, subject);
    if (reading.first >= 0 || reading.subject) {
        gather(table, &reading, evidence);
        decide(evidence, out);
        flag(evidence, &reading, out);
        find_day(reply_text, &reading, date_ms, out);
    }
    reading_clear(&reading);
}
