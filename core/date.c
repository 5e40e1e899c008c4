/* SPDX-License-Identifier: Apache-2.0 */
/* date.c - dates as authors write them and candidates read them */
#include "nurture/window.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

typedef struct {
    int year, month, day;
    int second; /* of the day */
    bool has_zone;
    int offset_s; /* with has_zone */
} WrittenDate;

/* Reads exactly `digits` digits and moves on; false leaves `p` where it is. */
static bool
take_number(const char **p, int digits, int *out)
{
    int n = 0;

    for (int i = 0; i < digits; i++) {
        if (!g_ascii_isdigit((*p)[i]))
            return false;
        n = n * 10 + ((*p)[i] - '0');
    }
    *p += digits;
    *out = n;
    return true;
}

static bool
take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* "09:00", "09:00:30" */
static bool
take_time(const char **p, int *out_second)
{
    int hour, minute, second = 0;

    if (!take_number(p, 2, &hour) || !take_char(p, ':') ||
        !take_number(p, 2, &minute))
        return false;
    if (take_char(p, ':') && !take_number(p, 2, &second))
        return false;
    *out_second = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* "Z", "+01:00" */
static bool
take_zone(const char **p, WrittenDate *out)
{
    int sign = **p == '-' ? -1 : 1;

    out->has_zone = true;
    if (take_char(p, 'Z'))
        return true;
    if (!take_char(p, '+') && !take_char(p, '-'))
        return false;
    if (!take_time(p, &out->offset_s))
        return false;
    out->offset_s *= sign;
    return true;
}

static bool
take_date(const char *p, WrittenDate *out)
{
    *out = (WrittenDate){0};
    if (!take_number(&p, 4, &out->year) || !take_char(&p, '-') ||
        !take_number(&p, 2, &out->month) || !take_char(&p, '-') ||
        !take_number(&p, 2, &out->day))
        return false;
    if (!*p)
        return true;
    if (!take_char(&p, 'T') && !take_char(&p, ' '))
        return false;
    if (!take_time(&p, &out->second))
        return false;
    while (*p == ' ')
        p++;
    return !*p || (take_zone(&p, out) && !*p);
}

bool
date_parse(const char *text, GTimeZone *zone, int64_t *out, GError **error)
{
    WrittenDate d;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

    if (!take_date(text, &d)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "'%s' is not a date",
                    text);
        return false;
    }
    if (d.year < 1900 || d.year > 2199 || d.month < 1 || d.month > 12 ||
        !g_date_valid_dmy((GDateDay)d.day, (GDateMonth)d.month,
                          (GDateYear)d.year)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%.10s is not a real date", text);
        return false;
    }
    *out = local_to_utc(d.has_zone || !zone ? utc : zone, d.year, d.month,
                        d.day, d.second / 60) +
           (d.second % 60 - d.offset_s) * SECOND_MS;
    return true;
}

typedef struct {
    const char *language;
    const char *months[12]; /* as they stand after a day */
    const char *shorts[12];
} MonthNames;

static const MonthNames month_names[] = {
    {"en",
     {"January", "February", "March", "April", "May", "June", "July", "August",
      "September", "October", "November", "December"},
     {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
      "Nov", "Dec"}},
    {"de",
     {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
      "September", "Oktober", "November", "Dezember"},
     {"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.",
      "Okt.", "Nov.", "Dez."}},
    {"fr",
     {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
      "septembre", "octobre", "novembre", "décembre"},
     {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.",
      "oct.", "nov.", "déc."}},
    {"es",
     {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
      "septiembre", "octubre", "noviembre", "diciembre"},
     {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct",
      "nov", "dic"}},
    {"nl",
     {"januari", "februari", "maart", "april", "mei", "juni", "juli",
      "augustus", "september", "oktober", "november", "december"},
     {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt",
      "nov", "dec"}},
    {"it",
     {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio",
      "agosto", "settembre", "ottobre", "novembre", "dicembre"},
     {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott",
      "nov", "dic"}},
    {"pt",
     {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho",
      "agosto", "setembro", "outubro", "novembro", "dezembro"},
     {"jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.",
      "out.", "nov.", "dez."}},
    {"pl",
     {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca",
      "sierpnia", "września", "października", "listopada", "grudnia"},
     {"sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź",
      "lis", "gru"}},
};

/* Polish months change their form where no day stands before them. */
static const char *const polish_alone[] = {
    "styczeń", "luty",     "marzec",   "kwiecień",    "maj",      "czerwiec",
    "lipiec",  "sierpień", "wrzesień", "październik", "listopad", "grudzień"};

static const MonthNames *
names_of(const char *language)
{
    for (gsize i = 0; language && i < G_N_ELEMENTS(month_names); i++)
        if (g_ascii_strncasecmp(language, month_names[i].language, 2) == 0 &&
            !g_ascii_isalpha(language[2]))
            return &month_names[i];
    return &month_names[0];
}

static const char *
month_name(const MonthNames *names, int month, const char *pattern)
{
    if (strcmp(names->language, "pl") == 0 && !strchr(pattern, 'D'))
        return polish_alone[month - 1];
    return names->months[month - 1];
}

/* How often the character at `p` is repeated, at most `max` times. */
static int
run_length(const char *p, int max)
{
    int n = 1;

    while (n < max && p[n] == p[0])
        n++;
    return n;
}

/* Appends what stands for the part of the pattern at `p`; returns its length.
 */
static int
append_part(GString *out, const char *p, const LocalTime *t,
            const MonthNames *names, const char *pattern)
{
    int run = run_length(p, *p == 'M' || *p == 'Y' ? 4 : 2);

    if (*p == 'M' && run == 4)
        g_string_append(out, month_name(names, t->month, pattern));
    else if (*p == 'M' && run == 3)
        g_string_append(out, names->shorts[t->month - 1]);
    else if (*p == 'M')
        g_string_append_printf(out, "%0*d", run, t->month);
    else if (*p == 'D')
        g_string_append_printf(out, "%0*d", run, t->day);
    else if (*p == 'Y' && run == 4)
        g_string_append_printf(out, "%04d", t->year);
    else if (*p == 'H' && run == 2)
        g_string_append_printf(out, "%02d", t->minute / 60);
    else if (*p == 'm' && run == 2)
        g_string_append_printf(out, "%02d", t->minute % 60);
    else
        g_string_append_len(out, p, run = 1);
    return run;
}

char *
date_format(int64_t utc, GTimeZone *zone, const char *pattern,
            const char *language)
{
    LocalTime local = utc_to_local(zone, utc);
    const MonthNames *names = names_of(language);
    GString *out = g_string_new(NULL);

    for (const char *p = pattern; *p;)
        p += append_part(out, p, &local, names, pattern);
    return g_string_free(out, FALSE);
}

char *
date_iso(int64_t utc)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
    LocalTime t = utc_to_local(zone, utc);
    int second = (int)(((utc % MINUTE_MS) + MINUTE_MS) % MINUTE_MS / 1000);

    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month,
                           t.day, t.minute / 60, t.minute % 60, second);
}
