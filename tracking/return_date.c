/* SPDX-License-Identifier: Apache-2.0 */
/* return_date.c - which of the days mentioned is the one of return
 *
 * The words before and behind a day say what it is: one of return ("back on",
 * "ab X wieder erreichbar"), the last one away ("until"), or neither. A day of
 * return beats a last day, and that beats a mere length ("for two weeks"). */
#include "return-date.h"

#include "date-scan.h"
#include "folded.h"

#include <string.h>

enum {
    TEXT_MAX = 16384,
    LOOK_BEFORE = 12, /* tokens */
    LOOK_BEHIND = 9,
    NOT_REACH = 3,
    ASKED_WITHIN = 92, /* days */
};

typedef enum {
    STRENGTH_BARE = 1,
    STRENGTH_WEAK,
    STRENGTH_LENGTH,
    STRENGTH_UNTIL,
    STRENGTH_BACK
} Strength;

typedef struct {
    int day;
    int strength; /* 0 = no candidate */
    int sentence; /* where its sentence begins */
} Candidate;

static int
word(const DateScan *scan, int i, WordKind kind)
{
    return date_scan_word(scan, i, kind, NULL);
}

/* "bis einschl. 20.3." goes on. */
static bool
is_abbreviation(const DateScan *scan, int stop)
{
    const Token *next = date_scan_token(scan, stop + 1);

    return stop > 0 && word(scan, stop - 1, WORD_INCL) && next &&
           next->type == TOKEN_NUMBER;
}

static bool
is_stop(const DateScan *scan, int i)
{
    const Token *token = date_scan_token(scan, i);

    return !token || (token->type == TOKEN_STOP && !is_abbreviation(scan, i));
}

static bool
skippable(const DateScan *scan, int i)
{
    const Token *token = date_scan_token(scan, i);

    if (token->type == TOKEN_MARK)
        return token->value != '-' && token->value != '/';
    if (token->type == TOKEN_STOP)
        return !is_stop(scan, i);
    return word(scan, i, WORD_THE) || word(scan, i, WORD_DAY) ||
           word(scan, i, WORD_INCL) || word(scan, i, WORD_THIS) ||
           word(scan, i, WORD_OF) || word(scan, i, WORD_HOLIDAY);
}

/* "9-20 March", "9.3. - 20.3.": a dash behind something that may be a day */
static bool
is_range_dash(const DateScan *scan, int i)
{
    const Token *token = date_scan_token(scan, i), *before;

    if (i == 0)
        return false;
    before = token - 1;
    if (before->type == TOKEN_NUMBER && word(scan, i, WORD_TO))
        return true;
    if (token->type != TOKEN_MARK ||
        (token->value != '-' && token->value != '~'))
        return false;
    return before->type == TOKEN_NUMBER ||
           (before->type == TOKEN_MARK && before->value == '.') ||
           (before->type == TOKEN_WORD &&
            (word(scan, i - 1, WORD_MONTH) || word(scan, i - 1, WORD_DAY) ||
             before->glued));
}

static bool
has_between(const DateScan *scan, int from, int to)
{
    for (int i = MAX(from, to - LOOK_BEFORE); i < to; i++)
        if (word(scan, i, WORD_BETWEEN))
            return true;
    return false;
}

/* The preposition one of whose words is token `i`: the longest phrase wins, so
 * that "a partir du" comes before "du". */
static WordKind
preposition_at(const DateScan *scan, int from, int i)
{
    static const WordKind kinds[] = {WORD_UNTIL, WORD_BEFORE, WORD_AFTER,
                                     WORD_FROM};

    for (int j = MAX(from, i - PHRASE_MAX + 1); j <= i; j++)
        for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
            if (j + word(scan, j, kinds[k]) > i)
                return kinds[k];
    return WORD_NONE;
}

/* Finnish, Hungarian, Turkish and Japanese put "until" behind the day, or into
 * its last word: "pentekig". */
static bool
until_follows(const DateScan *scan, const Mention *m)
{
    for (int i = m->end - 1; i < m->end + 2 && date_scan_token(scan, i); i++)
        if (word(scan, i, WORD_UNTIL_POST))
            return true;
    return false;
}

/* The preposition that governs the day at `start`. "After Christmas, 7 January"
 * is after Christmas only. */
static WordKind
preposition(const DateScan *scan, int from, int start)
{
    bool holiday = false;

    for (int i = start - 1; i >= MAX(from, start - 6); i--) {
        WordKind kind;
        if (is_range_dash(scan, i) ||
            (word(scan, i, WORD_AND) && has_between(scan, from - 6, i)))
            return WORD_UNTIL;
        kind = preposition_at(scan, from, i);
        if (holiday && kind == WORD_AFTER)
            return WORD_NONE;
        if (kind != WORD_NONE || !skippable(scan, i))
            return kind;
        holiday |= word(scan, i, WORD_HOLIDAY) > 0;
    }
    return WORD_NONE;
}

static bool
negated(const DateScan *scan, int i, int from)
{
    for (int j = i - 1; j >= MAX(from, i - NOT_REACH); j--)
        if (word(scan, j, WORD_NOT))
            return true;
    return false;
}

static bool
is_only(const DateScan *scan, int from, int start)
{
    for (int i = start - 1; i >= MAX(from, start - 4); i--) {
        for (int j = i; j > MAX(from, i - PHRASE_MAX); j--)
            if (j + word(scan, j, WORD_ONLY) == i + 1)
                return true;
        if (!skippable(scan, i))
            break;
    }
    return false;
}

typedef struct {
    bool back, avail, not_back, not_avail, negated;
} Around;

static Around
words_in(const DateScan *scan, int from, int to)
{
    Around found = {0};

    for (int i = from; i < to; i++) {
        bool no = negated(scan, i, from);
        found.negated |= no || word(scan, i, WORD_NOT);
        if (word(scan, i, WORD_BACK))
            *(no ? &found.not_back : &found.back) = true;
        else if (word(scan, i, WORD_AVAIL))
            *(no ? &found.not_avail : &found.avail) = true;
    }
    return found;
}

static int
sentence_start(const DateScan *scan, int i)
{
    while (i > 0 && !is_stop(scan, i - 1))
        i--;
    return i;
}

static int
sentence_end(const DateScan *scan, int i)
{
    while (!is_stop(scan, i))
        i++;
    return i;
}

static bool
is_inclusive(const DateScan *scan, const Mention *m)
{
    for (int i = MAX(0, m->start - 3); i < m->end + 3; i++)
        if (word(scan, i, WORD_INCL))
            return true;
    return false;
}

/* "until X": the day after X; until a month or a week begins, its first. */
static int
day_after(const DateScan *scan, const Mention *m)
{
    if (m->type == MENTION_DISTANCE || m->type == MENTION_DURATION ||
        m->type == MENTION_TODAY || m->vague)
        return m->first;
    if (m->type == MENTION_PERIOD && !m->whole && !is_inclusive(scan, m))
        return m->first;
    return m->last + 1;
}

/* In English and Spanish "not available until X" says: available on X. */
static bool
until_means_from(const DateScan *scan)
{
    const char *language = scan->languages[0];

    return language &&
           (strcmp(language, "en") == 0 || strcmp(language, "es") == 0);
}

/* "KW 12", "this week" */
static bool
is_week(const DateScan *scan, const Mention *m)
{
    return word(scan, m->start, WORD_WEEK) ||
           word(scan, m->start, WORD_THISWEEK);
}

static Candidate
judge(const DateScan *scan, guint index, bool later)
{
    const Mention *all = &g_array_index(scan->mentions, Mention, 0);
    const Mention *m = all + index;
    int start = sentence_start(scan, m->start), end, from = start, to;
    int back_day = m->whole && m->type == MENTION_PERIOD &&
                           !word(scan, m->start, WORD_WEEK)
                       ? m->last
                       : m->first;
    Around before, behind = {0};
    WordKind prep;

    end = to = sentence_end(scan, m->end);
    if (index > 0 && m[-1].end > from)
        from = m[-1].end;
    if (index + 1 < scan->mentions->len && m[1].start < to)
        to = m[1].start;
    prep = preposition(scan, from, m->start);
    before = words_in(scan, MAX(from, m->start - LOOK_BEFORE), m->start);
    /* what stands between two days says something of the second, unless
     * something more is said behind that one */
    if (to == end || words_in(scan, m[1].end, end).back)
        behind = words_in(scan, m->end, MIN(to, m->end + LOOK_BEHIND));

    if (m->type == MENTION_RANGE)
        return (Candidate){m->last + 1, STRENGTH_UNTIL};
    if (until_follows(scan, m))
        prep = WORD_UNTIL;
    if (prep == WORD_UNTIL) {
        if (before.not_back || (before.not_avail && until_means_from(scan)))
            return (Candidate){m->first, STRENGTH_BACK};
        return (Candidate){day_after(scan, m), STRENGTH_UNTIL};
    }
    if (before.negated && is_only(scan, from, m->start))
        return (Candidate){m->first, STRENGTH_BACK};
    if (prep == WORD_BEFORE)
        return (Candidate){
            m->first, before.negated || behind.negated ? STRENGTH_BACK : 0};
    if (prep == WORD_AFTER && (later || before.back || before.avail))
        return (Candidate){m->vague && !later ? m->first + 1
                                              : day_after(scan, m),
                           STRENGTH_BACK};
    if (before.back || (behind.back && !before.not_back))
        return (Candidate){back_day, STRENGTH_BACK};
    if ((before.avail || behind.avail) && !before.not_avail &&
        !behind.not_avail && m->type != MENTION_TODAY)
        return (Candidate){back_day, STRENGTH_BACK};
    if (m->type == MENTION_DURATION)
        return (Candidate){m->first, STRENGTH_LENGTH};
    if (m->type == MENTION_PERIOD &&
        (before.not_avail || behind.not_avail || (!later && is_week(scan, m))))
        return (Candidate){m->last + 1, STRENGTH_LENGTH};
    if (m->type == MENTION_TODAY)
        return (Candidate){m->first, later ? 0 : STRENGTH_WEAK};
    if (!later || (prep == WORD_FROM && m->type == MENTION_DAY && !m->vague))
        return (Candidate){0};
    for (int i = MAX(start, m->start - LOOK_BEFORE); i < m->start; i++)
        if (word(scan, i, WORD_PAST))
            return (Candidate){0};
    return (Candidate){m->first, STRENGTH_BARE};
}

/* "I am busy until August, let us talk in September": what is asked for comes
 * after what hinders. */
static bool
comes_after(Candidate best, Candidate c)
{
    return (best.strength == STRENGTH_UNTIL ||
            (best.strength == STRENGTH_BARE && c.sentence != best.sentence)) &&
           (c.strength == STRENGTH_BARE || c.strength == STRENGTH_UNTIL) &&
           c.day > best.day && c.day - best.day <= ASKED_WITHIN;
}

/* "Away until 19 March, back on Friday": the Friday behind the 19th. */
static int
weekday_behind(int day, int until)
{
    return day >= until ? day : day + (until - day + 6) / 7 * 7;
}

static bool
is_possible(const DateScan *scan, int day)
{
    return !scan->today ||
           (day > scan->today && day - scan->today <= scan->max_days);
}

/* "After the holidays, from Monday 23 March": the day says when that is, unless
 * it begins a span. */
static bool
is_apposition(const DateScan *scan, guint index, const Candidate *c,
              const Candidate *vague)
{
    const Mention *m = &g_array_index(scan->mentions, Mention, index);
    bool last = index + 1 == scan->mentions->len ||
                sentence_start(scan, m[1].start) != c->sentence;

    return m->type == MENTION_DAY && !m->vague && last && c->strength == 0 &&
           c->sentence == vague->sentence;
}

static bool
choose(const DateScan *scan, bool later, int *out_day)
{
    Candidate best = {0};
    bool weekday = false, vague = false;
    int until = 0;

    for (guint i = 0; i < scan->mentions->len; i++) {
        Candidate c = judge(scan, i, later);
        const Mention *m = &g_array_index(scan->mentions, Mention, i);
        c.sentence = sentence_start(scan, m->start);
        if (vague && !later && is_apposition(scan, i, &c, &best))
            c = (Candidate){m->first, best.strength, c.sentence};
        if (c.strength == STRENGTH_UNTIL && is_possible(scan, c.day))
            until = MAX(until, c.day);
        if (!is_possible(scan, c.day) ||
            (c.strength <= best.strength && !(later && comes_after(best, c)) &&
             !(vague && !m->vague && c.strength == best.strength)))
            continue;
        best = c;
        weekday = m->weekday;
        vague = m->vague;
    }
    if (weekday && best.strength == STRENGTH_BACK && until)
        best.day = weekday_behind(best.day, until);
    *out_day = best.day;
    return best.strength > 0;
}

static int
local_day(int64_t ms, int offset_minutes)
{
    int64_t seconds = ms / 1000 + (int64_t)offset_minutes * 60;
    GDate epoch;

    if (ms <= 0 || seconds < 0 || seconds / 86400 > 84000)
        return 0;
    g_date_clear(&epoch, 1);
    g_date_set_dmy(&epoch, 1, G_DATE_JANUARY, 1970);
    return (int)g_date_get_julian(&epoch) + (int)(seconds / 86400);
}

static bool
find(const char *text, const char *language, int64_t date_ms,
     int offset_minutes, int max_days, bool later, char out[11])
{
    g_autofree char *folded = text_fold(text, TEXT_MAX);
    DateScan scan;
    GDate date;
    int day;
    bool found;

    out[0] = 0;
    offset_minutes = CLAMP(offset_minutes, -1440, 1440);
    date_scan_init(&scan, folded, language, local_day(date_ms, offset_minutes),
                   offset_minutes, max_days);
    date_scan_find(&scan);
    found = choose(&scan, later, &day);
    date_scan_clear(&scan);
    if (!found)
        return false;
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)day);
    g_snprintf(out, 11, "%04d-%02d-%02d", g_date_get_year(&date),
               g_date_get_month(&date), g_date_get_day(&date));
    return true;
}

bool
return_date_find(const char *text, const char *language,
                 int64_t message_date_ms, int offset_minutes, char out[11])
{
    return find(text, language, message_date_ms, offset_minutes,
                RETURN_DATE_MAX_DAYS, false, out);
}

bool
return_date_find_later(const char *text, const char *language,
                       int64_t message_date_ms, int offset_minutes,
                       int max_days, char out[11])
{
    return find(text, language, message_date_ms, offset_minutes, max_days, true,
                out);
}
