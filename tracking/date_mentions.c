/* SPDX-License-Identifier: Apache-2.0 */
/* date_mentions.c - the days, weeks, months and spans that a text mentions
 *
 * Each reader looks at the tokens from one place on and says how many of them
 * it took, 0 if they are not its form. */
#include "date-scan.h"

#include <string.h>

static int
julian(int day, int month, int year)
{
    GDate date;

    if (day < 1 || day > 31 || month < 1 || month > 12 || year < 1900 ||
        year > 2200 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return 0;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return (int)g_date_get_julian(&date);
}

static void
split(int day, GDate *out)
{
    g_date_clear(out, 1);
    g_date_set_julian(out, (guint32)day);
}

static int
year_of(int day)
{
    GDate date;

    split(day, &date);
    return g_date_get_year(&date);
}

/* 1 = Monday. Julian day 1 of GLib, 1 January of the year 1, was a Monday. */
static int
weekday_of(int day)
{
    return (day - 1) % 7 + 1;
}

static int
add_months(int day, int months)
{
    GDate date;

    split(day, &date);
    g_date_add_months(&date, (guint)months);
    return (int)g_date_get_julian(&date);
}

/* Without a year: this year, or the next once the day has passed. */
static int
coming_day(const DateScan *scan, int day, int month)
{
    int year, this_year, next_year;

    if (!scan->today)
        return 0;
    year = year_of(scan->today);
    this_year = julian(day, month, year);
    next_year = julian(day, month, year + 1);
    if (this_year >= scan->today || !next_year)
        return this_year;
    return next_year - scan->today <= scan->max_days ? next_year : this_year;
}

static int
full_year(const Token *token)
{
    return token->digits == 2 ? 2000 + token->value : token->value;
}

static bool
is_mark(const DateScan *scan, int i, char mark)
{
    const Token *token = date_scan_token(scan, i);

    return token && token->type == TOKEN_MARK && token->value == mark;
}

static bool
is_number(const DateScan *scan, int i, int digits_max)
{
    const Token *token = date_scan_token(scan, i);

    return token && token->type == TOKEN_NUMBER && token->digits <= digits_max;
}

static bool
is_year(const DateScan *scan, int i)
{
    const Token *token = date_scan_token(scan, i);

    return token && token->type == TOKEN_NUMBER && token->digits == 4 &&
           token->value >= 1990 && token->value <= 2100;
}

static int
word(const DateScan *scan, int i, WordKind kind)
{
    return date_scan_word(scan, i, kind, NULL);
}

static void
set_day(Mention *m, int day)
{
    m->type = MENTION_DAY;
    m->first = m->last = day;
}

/* 2026-04-07, 2026/4/7, 2026.04.07, and 2026年4月7日 */
static int
read_iso(const DateScan *scan, int i, Mention *m)
{
    int day;

    if (!is_year(scan, i) || !is_number(scan, i + 2, 2) ||
        !is_number(scan, i + 4, 2) ||
        !(is_mark(scan, i + 1, '-') || is_mark(scan, i + 1, '/') ||
          is_mark(scan, i + 1, '.')) ||
        date_scan_token(scan, i + 3)->value !=
            date_scan_token(scan, i + 1)->value)
        return 0;
    day = julian(date_scan_token(scan, i + 4)->value,
                 date_scan_token(scan, i + 2)->value,
                 date_scan_token(scan, i)->value);
    if (!day)
        return 0;
    set_day(m, day);
    return 5;
}

static int
numeric_day(const DateScan *scan, int day, int month, int year)
{
    return year ? julian(day, month, year) : coming_day(scan, day, month);
}

static bool
is_ahead(const DateScan *scan, int day)
{
    return day > scan->today && day - scan->today <= scan->max_days;
}

/* 16.3., 16.03.2026, 16/3, 3/16/26, 16-03-2026 */
static int
read_numeric(const DateScan *scan, int i, Mention *m)
{
    const Token *a = date_scan_token(scan, i);
    int n = 3, year = 0, day_first, month_first, day;
    char mark;

    if (!is_number(scan, i, 2) || !is_number(scan, i + 2, 2) ||
        date_scan_token(scan, i + 1)->type != TOKEN_MARK || !a[1].glued ||
        (i > 0 && a->glued && a[-1].type != TOKEN_WORD && a[-1].value != '(' &&
         a[-1].value != '-' && a[-1].value != '~' &&
         (a[-1].value != ',' || is_number(scan, i - 2, 9))))
        return 0;
    mark = (char)a[1].value;
    if ((mark != '.' && mark != '/' && mark != '-') ||
        (mark != '.' && !a[2].glued && !is_mark(scan, i + 3, ' ')))
        return 0;
    if (is_mark(scan, i + 3, mark) && is_number(scan, i + 4, 4) &&
        (a[4].glued || is_year(scan, i + 4)) && a[4].digits % 2 == 0) {
        year = full_year(a + 4);
        n = 5;
    } else if (is_mark(scan, i + 3, '.') && mark == '.') {
        n = 4;
    } else if (is_mark(scan, i + 3, ' ')) {
        n = 4; /* 3月16日 */
    }
    if (mark == '-' && !year)
        return 0;
    day_first = numeric_day(scan, a->value, a[2].value, year);
    month_first =
        mark == '.' ? 0 : numeric_day(scan, a[2].value, a->value, year);
    if (n == 4 && mark == '/' && is_mark(scan, i + 3, ' '))
        day = month_first;
    else if (!day_first || !month_first)
        day = day_first ? day_first : month_first;
    else if (scan->today &&
             is_ahead(scan, day_first) != is_ahead(scan, month_first))
        day = is_ahead(scan, day_first) ? day_first : month_first;
    else
        day = scan->month_first ? month_first : day_first;
    if (!day)
        return 0;
    set_day(m, day);
    return n;
}

/* The ending of a number: "16-án"; "20-ig" says "until" and is kept. */
static bool
is_number_ending(const DateScan *scan, int i)
{
    const Token *dash = date_scan_token(scan, i);
    const Token *ending = date_scan_token(scan, i + 1);

    return is_mark(scan, i, '-') && dash->glued && ending && ending->glued &&
           ending->type == TOKEN_WORD && !word(scan, i + 1, WORD_UNTIL_POST) &&
           !word(scan, i + 1, WORD_FROM_POST) &&
           !word(scan, i + 1, WORD_MONTH) && !word(scan, i + 1, WORD_UNIT);
}

/* Swedish: "den 23:e", "1:a" */
static bool
is_colon_ending(const DateScan *scan, int i)
{
    const Token *colon = date_scan_token(scan, i);
    const Token *ending = date_scan_token(scan, i + 1);

    return is_mark(scan, i, ':') && colon->glued && ending && ending->glued &&
           ending->type == TOKEN_WORD && ending->letters <= 2;
}

/* Tokens that decorate a day's number: "16th", "1er", "23.", "3rd of". */
static int
skip_ordinal(const DateScan *scan, int i)
{
    const Token *token = date_scan_token(scan, i);
    int start = i;

    if (is_number_ending(scan, i) || is_colon_ending(scan, i))
        return 2;
    if (token && token->glued &&
        ((token->type == TOKEN_MARK && token->value == '.') ||
         (token->type == TOKEN_WORD && !word(scan, i, WORD_MONTH))))
        i++;
    return i - start;
}

/* "16:30", "16 h", "16 Uhr", "5 pm", "10 %": a number, but no day. */
static bool
is_clock(const DateScan *scan, int i)
{
    const Token *next = date_scan_token(scan, i + 1);

    if (!next)
        return false;
    if (next->type == TOKEN_MARK)
        return strchr("%$+@", next->value) != NULL ||
               (next->value == ':' && is_number(scan, i + 2, 9)) ||
               (next->value == '.' && next[0].glued &&
                is_number(scan, i + 2, 9) && next[1].glued) ||
               (next->value == '-' && next->glued &&
                is_number(scan, i + 2, 9) && next[1].digits > 2);
    return next->type == TOKEN_NUMBER || word(scan, i + 1, WORD_UNIT) > 0;
}

static int
skip_of(const DateScan *scan, int i)
{
    int n = word(scan, i, WORD_OF);

    return n ? n : word(scan, i, WORD_THE);
}

static int
read_year(const DateScan *scan, int i, int *year)
{
    int n = is_mark(scan, i, ',') ? 1 : 0;

    n += skip_of(scan, i + n);
    if (is_year(scan, i + n)) {
        *year = date_scan_token(scan, i + n)->value;
        return n + 1;
    }
    *year = 0;
    return 0;
}

/* "16 March", "1er avril 2026", "16 de marzo de 2026", "16. 3." stays out */
static int
read_day_month(const DateScan *scan, int i, Mention *m)
{
    int month, year, n = 1, k, day;

    if (!is_number(scan, i, 2))
        return 0;
    n += skip_ordinal(scan, i + n);
    n += word(scan, i + n, WORD_OF);
    k = date_scan_word(scan, i + n, WORD_MONTH, &month);
    if (!k)
        return 0;
    n += k;
    if (is_mark(scan, i + n, '.') && is_year(scan, i + n + 1))
        n++;
    n += read_year(scan, i + n, &year);
    day = numeric_day(scan, date_scan_token(scan, i)->value, month, year);
    if (!day)
        return 0;
    set_day(m, day);
    return n;
}

/* "March 16th, 2026", "July 10-31" */
static int
read_month_day(const DateScan *scan, int i, Mention *m)
{
    int month, year, n, k, number, day;

    n = date_scan_word(scan, i, WORD_MONTH, &month);
    if (!n)
        return 0;
    if (is_mark(scan, i + n, '.'))
        n++;
    n += word(scan, i + n, WORD_THE);
    if (!is_number(scan, i + n, 2) || is_clock(scan, i + n))
        return 0;
    number = date_scan_token(scan, i + n)->value;
    n += 1;
    n += skip_ordinal(scan, i + n);
    m->type = MENTION_DAY;
    k = is_mark(scan, i + n, '-') ? 1 : word(scan, i + n, WORD_UNTIL);
    if (k && is_number(scan, i + n + k, 2) && !is_clock(scan, i + n + k) &&
        !is_mark(scan, i + n + k + 1, '/') &&
        !word(scan, i + n + k + 1 + skip_ordinal(scan, i + n + k + 1),
              WORD_MONTH)) {
        number = date_scan_token(scan, i + n + k)->value;
        n += k + 1;
        n += skip_ordinal(scan, i + n);
        m->type = MENTION_RANGE;
    }
    n += read_year(scan, i + n, &year);
    day = numeric_day(scan, number, month, year);
    if (!day)
        return 0;
    m->first = m->last = day;
    return n;
}

static bool
has_full_date(const DateScan *scan, int i)
{
    Mention m;

    return read_iso(scan, i, &m) || read_numeric(scan, i, &m) ||
           read_day_month(scan, i, &m) || read_month_day(scan, i, &m);
}

/* "next week Monday", "来週月曜日" */
static int
read_weekday_of_next(const DateScan *scan, int i, Mention *m)
{
    int n = word(scan, i, WORD_NEXTWEEK), day, k;

    if (!n || !scan->today)
        return 0;
    n += is_mark(scan, i + n, ',');
    n += word(scan, i + n, WORD_THE);
    k = date_scan_word(scan, i + n, WORD_DAY, &day);
    if (!k || has_full_date(scan, i + n + k))
        return 0;
    set_day(m, scan->today - weekday_of(scan->today) + 7 + day);
    return n + k;
}

/* "Monday", "next Monday", "Monday next week", "lunes 23", "Friday the 20th" */
static int
read_weekday(const DateScan *scan, int i, Mention *m)
{
    int next = word(scan, i, WORD_NEXT), day, n, k, shift;

    n = next ? next : word(scan, i, WORD_THIS);
    k = date_scan_word(scan, i + n, WORD_DAY, &day);
    if (!k || !scan->today)
        return 0;
    n += k;
    if (is_mark(scan, i + n, '.'))
        n++;
    k = is_mark(scan, i + n, ',') ? 1 : 0;
    k += word(scan, i + n + k, WORD_THE);
    if (has_full_date(scan, i + n + k))
        return 0; /* it says more than its weekday */
    if (is_number(scan, i + n + k, 2) && !is_clock(scan, i + n + k)) {
        int number = date_scan_token(scan, i + n + k)->value;
        for (int d = scan->today; d < scan->today + 62; d++) {
            GDate date;
            split(d, &date);
            if (g_date_get_day(&date) != number || weekday_of(d) != day)
                continue;
            set_day(m, d);
            return n + k + 1 + skip_ordinal(scan, i + n + k + 1);
        }
    }
    shift = (day - weekday_of(scan->today) + 7) % 7;
    if (shift == 0)
        shift = 7;
    k = word(scan, i + n, WORD_NEXTWEEK);
    if (!k && (k = word(scan, i + n, WORD_NEXT)) &&
        word(scan, i + n + k, WORD_UNIT))
        k += word(scan, i + n + k, WORD_UNIT);
    else if (!word(scan, i + n, WORD_NEXTWEEK))
        k = 0;
    if ((next || k) && weekday_of(scan->today) + shift <= 7)
        shift += 7;
    set_day(m, scan->today + shift);
    m->weekday = true;
    return n + k;
}

/* "the 23rd", "le 23", "bis 23.": only behind a word that asks for a day. */
static int
read_bare_day(const DateScan *scan, int i, Mention *m)
{
    static const WordKind asks[] = {WORD_THE, WORD_UNTIL, WORD_FROM, WORD_AFTER,
                                    WORD_BEFORE};
    const Token *token = date_scan_token(scan, i);
    bool asked = false;
    int n;

    if (!is_number(scan, i, 2) || !scan->today || is_clock(scan, i) ||
        token->value < 1 || token->value > 31)
        return 0;
    for (int j = i - 1; j >= 0 && j >= i - 3; j--)
        for (guint k = 0; k < G_N_ELEMENTS(asks); k++)
            asked |= j + word(scan, j, asks[k]) == i;
    asked |= is_mark(scan, i + 1, ' '); /* 16日 */
    n = 1 + (is_mark(scan, i + 1, ' ') ? 1 : skip_ordinal(scan, i + 1));
    if (!asked || is_mark(scan, i + n, '-') || is_mark(scan, i + n, '/') ||
        (n == 1 && date_scan_token(scan, i + 1) &&
         date_scan_token(scan, i + 1)->type == TOKEN_WORD &&
         word(scan, i + 1, WORD_UNTIL)))
        return 0;
    if (n == 2 && date_scan_token(scan, i + 1)->type == TOKEN_WORD &&
        (word(scan, i + 1, WORD_UNIT) || token[1].value == 'h'))
        return 0;
    for (int d = scan->today + 1; d < scan->today + 32; d++) {
        GDate date;
        split(d, &date);
        if (g_date_get_day(&date) != token->value)
            continue;
        set_day(m, d);
        return n;
    }
    return 0;
}

static void
set_month(Mention *m, int month, int year)
{
    m->type = MENTION_PERIOD;
    m->first = julian(1, month, year);
    m->last = add_months(m->first, 1) - 1;
}

/* "3月末", "3월 말": the word behind says which part of the month. */
static int
read_month_cjk(const DateScan *scan, int i, Mention *m)
{
    const Token *a = date_scan_token(scan, i);
    int end = word(scan, i + 2, WORD_END), mid = word(scan, i + 2, WORD_MID);
    int year;

    if (!is_number(scan, i, 2) || !is_mark(scan, i + 1, '/') || !scan->today ||
        a->value < 1 || a->value > 12 || (!end && !mid))
        return 0;
    year = year_of(scan->today);
    if (add_months(julian(1, a->value, year), 1) <= scan->today)
        year++;
    set_month(m, a->value, year);
    m->whole = true;
    if (!end)
        set_day(m, m->first + 14);
    return 2 + MAX(end, mid);
}

/* "April", "end of March 2026", "Mitte April" */
static int
read_month(const DateScan *scan, int i, Mention *m)
{
    int end = word(scan, i, WORD_END), mid = word(scan, i, WORD_MID);
    int begin = word(scan, i, WORD_BEGIN), n = MAX(end, MAX(mid, begin));
    int month, year, k;

    if (n)
        n += word(scan, i + n, WORD_OF);
    if (word(scan, i + n, WORD_MODAL))
        return 0;
    k = date_scan_word(scan, i + n, WORD_MONTH, &month);
    if (!k)
        return read_month_cjk(scan, i, m);
    n += k;
    n += read_year(scan, i + n, &year);
    if (!year) {
        if (!scan->today)
            return 0;
        year = year_of(scan->today);
        if (add_months(julian(1, month, year), 1) <= scan->today)
            year++;
    }
    set_month(m, month, year);
    if (end && end >= mid) {
        m->whole = true;
    } else if (mid) {
        set_day(m, m->first + 14);
    }
    return n;
}

/* "KW 12", "week 12", "KW 10 und 11", "KW 10 und KW 11" */
static int
read_week(const DateScan *scan, int i, Mention *m)
{
    int n = word(scan, i, WORD_WEEK), week, monday, year, k;

    if (n && is_mark(scan, i + n, '.'))
        n++;
    if (!n || !scan->today || !is_number(scan, i + n, 2) ||
        is_clock(scan, i + n))
        return 0;
    week = date_scan_token(scan, i + n)->value;
    if (week < 1 || week > 53)
        return 0;
    year = year_of(scan->today);
    for (k = 0; k < 2; k++, year++) {
        int fourth = julian(4, 1, year);
        monday = fourth - weekday_of(fourth) + 1 + 7 * (week - 1);
        if (monday + 6 >= scan->today)
            break;
    }
    m->type = MENTION_PERIOD;
    m->first = monday;
    m->last = monday + 6;
    m->whole = true;
    n++;
    k = is_mark(scan, i + n, '-') ? 1 : word(scan, i + n, WORD_AND);
    if (k)
        k += word(scan, i + n + k, WORD_WEEK);
    if (k && is_number(scan, i + n + k, 2) && !is_clock(scan, i + n + k)) {
        int more = date_scan_token(scan, i + n + k)->value - week;
        if (more > 0 && more <= 10) {
            m->last += 7 * more;
            n += k + 1;
        }
    }
    return n;
}

static int
read_amount(const DateScan *scan, int i, int *amount)
{
    if (is_number(scan, i, 3)) {
        *amount = date_scan_token(scan, i)->value;
        /* "10-14 days", "2 to 3 weeks": the longer */
        if ((is_mark(scan, i + 1, '-') || word(scan, i + 1, WORD_UNTIL) == 1) &&
            is_number(scan, i + 2, 3)) {
            *amount = date_scan_token(scan, i + 2)->value;
            return 3;
        }
        return 1;
    }
    return date_scan_word(scan, i, WORD_NUMBER, amount);
}

static int
days_ahead(const DateScan *scan, int amount, int unit)
{
    if (unit == 30)
        return add_months(scan->today, amount);
    if (unit == 365)
        return add_months(scan->today, 12 * MIN(amount, 10));
    return scan->today + amount * unit;
}

/* "in two weeks", "for a month", "dans 10 jours" */
static int
read_span(const DateScan *scan, int i, Mention *m)
{
    int in = word(scan, i, WORD_IN), duration = word(scan, i, WORD_FOR);
    int amount = 1, unit, n, k;

    n = MAX(in, duration);
    if (!scan->today || n == 0 || word(scan, i + n, WORD_HOLIDAY))
        return 0; /* "por Semana Santa" */
    k = read_amount(scan, i + n, &amount);
    if (!k && (!duration ||
               (word(scan, i + n, WORD_WEEK) && is_number(scan, i + n + 1, 2))))
        return 0; /* "i uke 11" is a week, no length */
    n += k;
    k = date_scan_word(scan, i + n, WORD_UNIT, &unit);
    if (!k || amount < 1 || amount > 400)
        return 0;
    m->type = in >= duration ? MENTION_DISTANCE : MENTION_DURATION;
    m->first = m->last = days_ahead(scan, amount, unit);
    return n + k;
}

/* "next week", in one word or two. Returns: how many words, 0: it is not. */
static int
next_week(const DateScan *scan, int i)
{
    int n = word(scan, i, WORD_NEXTWEEK), unit = 0, next;

    if (n)
        return n;
    next = word(scan, i, WORD_NEXT);
    n = next ? date_scan_word(scan, i + next, WORD_UNIT, &unit) : 0;
    return n && unit == 7 ? next + n : 0;
}

/* "this week", "the rest of the week", "this week and next week" */
static int
read_this_week(const DateScan *scan, int i, Mention *m)
{
    int n = word(scan, i, WORD_THISWEEK), also, next;

    if (!n || !scan->today)
        return 0;
    m->type = MENTION_PERIOD;
    m->first = scan->today;
    m->last = scan->today - weekday_of(scan->today) + 7;
    also = word(scan, i + n, WORD_AND);
    next = also ? next_week(scan, i + n + also) : 0;
    if (next) {
        m->last += 7;
        n += also + next;
    }
    return n;
}

/* "tomorrow", "next week", "next month", "end of the week" */
static int
read_relative(const DateScan *scan, int i, Mention *m)
{
    int n, k, unit, days, monday = scan->today - weekday_of(scan->today) + 8;
    GDate date;

    if (!scan->today)
        return 0;
    n = date_scan_word(scan, i, WORD_REL, &days);
    if (n) {
        set_day(m, scan->today + days);
        return n;
    }
    n = word(scan, i, WORD_TODAY);
    if (n) {
        m->type = MENTION_TODAY;
        m->first = m->last = scan->today + 1;
        return n;
    }
    split(scan->today, &date);
    k = word(scan, i, WORD_END);
    n = k + word(scan, i + k, WORD_NEXTWEEK);
    unit = 7;
    if (n == k) {
        n = k + word(scan, i + k, WORD_NEXTMONTH);
        unit = 30;
    }
    if (n == k) {
        int next = word(scan, i + k, WORD_NEXT), u;
        if (next)
            u = date_scan_word(scan, i + k + next, WORD_UNIT, &unit);
        if (next && u && unit != 1)
            n = k + next + u;
    }
    if (n > k && unit == 365)
        return 0;
    if (n > k) {
        m->type = MENTION_PERIOD;
        m->whole = k > 0;
        m->first = unit == 7
                       ? monday
                       : add_months(scan->today, 1) - g_date_get_day(&date) + 1;
        m->last = unit == 7 ? monday + 6 : add_months(m->first, 1) - 1;
        return n;
    }
    if (!k)
        return 0;
    n = word(scan, i + k, WORD_THIS);
    if (!n)
        n = word(scan, i + k, WORD_THE);
    if (!date_scan_word(scan, i + k + n, WORD_UNIT, &unit) || unit == 1)
        return 0;
    m->type = MENTION_PERIOD;
    m->whole = true;
    m->first = scan->today;
    m->last = unit == 7 ? monday - 1
              : unit == 30
                  ? add_months(scan->today - g_date_get_day(&date) + 1, 1) - 1
                  : julian(31, 12, year_of(scan->today));
    return k + n + 1;
}

/* The Monday after Easter Sunday (Gregorian computus of Meeus and Jones). */
static int
easter_monday(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
    int f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451, x = h + l - 7 * m + 114;

    return julian(x % 31 + 1, x / 31, year) + 1;
}

/* "after Easter", "in the autumn", "next year" */
static int
read_vague(const DateScan *scan, int i, Mention *m)
{
    int value = 0, year, n, day;

    if (!scan->today)
        return 0;
    year = year_of(scan->today);
    m->type = MENTION_DAY;
    m->vague = true;
    if ((n = word(scan, i, WORD_NEXTYEAR)) > 0 ||
        ((n = word(scan, i, WORD_NEXT)) > 0 &&
         date_scan_word(scan, i + n, WORD_UNIT, &value) && value == 365)) {
        day = julian(1, 1, year + 1);
        n += value == 365;
    } else if ((n = date_scan_word(scan, i, WORD_HOLIDAY, &value)) > 0) {
        if (has_full_date(scan, i + n + is_mark(scan, i + n, ',')))
            return 0; /* "Ostermontag, 6. April": the date says it */
        day = value == 1 ? easter_monday(year) : julian(1, 1, year + 1);
        if (day < scan->today)
            day = easter_monday(year + 1);
    } else if ((n = date_scan_word(scan, i, WORD_SEASON, &value)) > 0) {
        day = julian(1, value, year);
        if (day <= scan->today)
            day = julian(1, value, year + 1);
    } else {
        return 0;
    }
    m->first = m->last = day;
    return n;
}

/* "the week of 16 March": the Monday of that week */
static int
read_week_of(const DateScan *scan, int i, Mention *m)
{
    int n = word(scan, i, WORD_WEEKOF), k;

    if (!n)
        return 0;
    n += word(scan, i + n, WORD_THE);
    k = read_day_month(scan, i + n, m);
    if (!k)
        k = read_month_day(scan, i + n, m);
    if (!k)
        k = read_numeric(scan, i + n, m);
    if (!k)
        return 0;
    m->type = MENTION_PERIOD;
    m->first -= weekday_of(m->first) - 1;
    m->last = m->first + 6;
    return n + k;
}

/* ", Monday" or "(月)" behind its own date says nothing more. */
static int
skip_own_weekday(const DateScan *scan, int i, int date)
{
    int n = is_mark(scan, i, ',') || is_mark(scan, i, '('), k, day;

    k = date_scan_word(scan, i + n, WORD_DAY, &day);
    if (!k || day != weekday_of(date))
        return 0;
    n += k;
    return n + (is_mark(scan, i, '(') && is_mark(scan, i + n, ')'));
}

typedef int (*Reader)(const DateScan *scan, int i, Mention *m);

void
date_scan_find(DateScan *scan)
{
    static const Reader readers[] = {
        read_iso,   read_numeric,         read_day_month, read_week_of,
        read_week,  read_weekday_of_next, read_weekday,   read_month_day,
        read_span,  read_this_week,       read_relative,  read_month,
        read_vague, read_bare_day,
    };

    for (int i = 0; i < (int)scan->tokens->len;) {
        int n = 0;
        for (guint r = 0; r < G_N_ELEMENTS(readers) && n == 0; r++) {
            Mention m = {.start = i};
            n = readers[r](scan, i, &m);
            if (n == 0 || m.first <= 0)
                continue;
            if (m.type == MENTION_DAY && !m.vague)
                n += skip_own_weekday(scan, i + n, m.first);
            m.end = i + n;
            g_array_append_val(scan->mentions, m);
        }
        i += n ? n : 1;
    }
}
