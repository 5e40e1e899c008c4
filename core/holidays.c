/* SPDX-License-Identifier: Apache-2.0 */
/* holidays.c - which days are holidays where */
#include "nurture/holidays.h"

#include "holiday-event.h"
#include "ics.h"
#include "nurture/hash.h"

#include <string.h>

typedef struct {
    GHashTable *names; /* Julian day -> name */
    guint32 last;
} Calendar;

struct HolidaySet {
    GHashTable *calendars; /* country -> Calendar */
    GPtrArray *countries;  /* sorted, NULL-ended; borrowed from the keys */
};

static void
calendar_free(gpointer p)
{
    Calendar *c = p;

    g_hash_table_unref(c->names);
    g_free(c);
}

HolidaySet *
holidays_new(void)
{
    HolidaySet *set = g_new0(HolidaySet, 1);

    set->calendars =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, calendar_free);
    set->countries = g_ptr_array_new();
    g_ptr_array_add(set->countries, NULL);
    return set;
}

void
holidays_free(HolidaySet *set)
{
    if (!set)
        return;
    g_hash_table_unref(set->calendars);
    g_ptr_array_unref(set->countries);
    g_free(set);
}

bool
holidays_is_empty(const HolidaySet *set)
{
    return !set || g_hash_table_size(set->calendars) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static Calendar *
calendar_of(HolidaySet *set, const char *country)
{
    Calendar *c = g_hash_table_lookup(set->calendars, country);
    char *key;

    if (c)
        return c;
    c = g_new0(Calendar, 1);
    c->names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    key = g_strdup(country);
    g_hash_table_insert(set->calendars, key, c);
    g_ptr_array_insert(set->countries, 0, key);
    g_qsort_with_data(set->countries->pdata, (int)set->countries->len - 1,
                      sizeof(char *),
                      (GCompareDataFunc)(void (*)(void))compare_names, NULL);
    return c;
}

static bool
add_day(guint32 day, const char *name, gpointer data)
{
    Calendar *c = data;

    if (g_hash_table_size(c->names) >= HOLIDAYS_MAX_DAYS)
        return false;
    if (!g_hash_table_contains(c->names, GUINT_TO_POINTER(day)))
        g_hash_table_insert(c->names, GUINT_TO_POINTER(day), g_strdup(name));
    c->last = MAX(c->last, day);
    return true;
}

/* ---- reading ------------------------------------------------------------- */

typedef struct {
    Ics *ics;
    Calendar *calendar;
    int depth; /* of components within the VEVENT: an alarm, for example */
    bool in_event;
    HolidayEvent event;
} ReadingDays;

static void
end_event(ReadingDays *r)
{
    r->in_event = false;
    if (!holiday_event_check(&r->event, r->ics))
        return;
    if (!holiday_event_days(&r->event, HOLIDAYS_LAST_YEAR, add_day,
                            r->calendar))
        ics_report_at(r->ics, r->event.line,
                      "more than %d days are in this calendar",
                      HOLIDAYS_MAX_DAYS);
}

static void
read_line(ReadingDays *r)
{
    const Ics *ics = r->ics;
    bool begin = strcmp(ics->name, "BEGIN") == 0;
    bool end = strcmp(ics->name, "END") == 0;

    if (begin && !r->in_event &&
        g_ascii_strcasecmp(ics->value, "VEVENT") == 0) {
        r->in_event = true;
        r->depth = 0;
        holiday_event_begin(&r->event, r->ics);
    } else if (r->in_event && begin) {
        r->depth++;
    } else if (r->in_event && end && r->depth > 0) {
        r->depth--;
    } else if (r->in_event && end) {
        end_event(r);
    } else if (r->in_event && r->depth == 0) {
        holiday_event_line(&r->event, r->ics);
    }
}

void
holidays_read(HolidaySet *set, const char *country, const Source *source,
              Diagnostics *problems)
{
    g_auto(Ics) ics = {0};
    ReadingDays r = {.ics = &ics};
    int lines = 0;

    ics_init(&ics, source, problems);
    if (source_size(source) > HOLIDAYS_MAX_BYTES) {
        ics_report_at(&ics, 0, "this calendar is larger than 1 MB");
        return;
    }
    r.calendar = calendar_of(set, country);
    while (ics_next(&ics)) {
        if (lines++ == 0 && (strcmp(ics.name, "BEGIN") != 0 ||
                             g_ascii_strcasecmp(ics.value, "VCALENDAR"))) {
            ics_report(&ics, "this is not an iCalendar file: it does not "
                             "begin with BEGIN:VCALENDAR");
            break;
        }
        read_line(&r);
    }
    if (lines == 0)
        ics_report_at(&ics, 0, "this calendar is empty");
    else if (r.in_event)
        ics_report_at(&ics, r.event.line, "this event has no END:VEVENT");
    holiday_event_clear(&r.event);
}

/* "DE.ics" -> "DE", "all.ics" -> "all". */
static char *
country_of_file(const char *name)
{
    g_autofree char *stem = g_strndup(name, strcspn(name, "."));

    if (strcmp(stem, "all") == 0)
        return g_steal_pointer(&stem);
    if (strlen(stem) != 2 || !g_ascii_isalpha(stem[0]) ||
        !g_ascii_isalpha(stem[1]))
        return NULL;
    return g_ascii_strup(stem, 2);
}

HolidaySet *
holidays_load(const char *root, const char *const *files, Diagnostics *problems)
{
    HolidaySet *set = holidays_new();

    for (; *files; files++) {
        g_autofree char *path = g_strconcat("holidays/", *files, NULL);
        g_autofree char *country = country_of_file(*files);
        g_autoptr(GError) error = NULL;
        g_autoptr(Source) source = source_load(root, path, &error);

        if (!country)
            diagnostic_help(
                diagnostics_add_file(problems, "E622", path,
                                     "'%s' is no country's calendar", *files),
                "name it after a country's two-letter code, such as DE.ics, "
                "or all.ics for everybody");
        else if (!source)
            diagnostics_add_file(problems, "E621", path, "%s",
                                 error->message + strlen(path) + 2);
        else
            holidays_read(set, country, source, problems);
    }
    return set;
}

/* ---- asking -------------------------------------------------------------- */

static const char *
name_in(const HolidaySet *set, const char *country, guint32 day)
{
    const Calendar *c = g_hash_table_lookup(set->calendars, country);

    return c ? g_hash_table_lookup(c->names, GUINT_TO_POINTER(day)) : NULL;
}

const char *
holiday_name(const HolidaySet *set, const char *country, const LocalTime *day)
{
    const char *name = NULL;
    GDate date;

    if (holidays_is_empty(set) ||
        !g_date_valid_dmy((GDateDay)day->day, (GDateMonth)day->month,
                          (GDateYear)day->year))
        return NULL;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day->day, (GDateMonth)day->month,
                   (GDateYear)day->year);
    if (country)
        name = name_in(set, country, g_date_get_julian(&date));
    return name ? name : name_in(set, "all", g_date_get_julian(&date));
}

const char *const *
holidays_countries(const HolidaySet *set)
{
    return (const char *const *)set->countries->pdata;
}

bool
holidays_last(const HolidaySet *set, const char *country, LocalTime *out_day)
{
    const Calendar *c = g_hash_table_lookup(set->calendars, country);
    GDate date;

    if (!c || c->last == 0)
        return false;
    g_date_clear(&date, 1);
    g_date_set_julian(&date, c->last);
    *out_day = (LocalTime){.year = g_date_get_year(&date),
                           .month = (int)g_date_get_month(&date),
                           .day = g_date_get_day(&date),
                           .weekday = (int)g_date_get_weekday(&date) - 1};
    return true;
}

/* The days come in no order. */
uint64_t
holidays_fingerprint(const HolidaySet *set)
{
    uint64_t sum = 0;

    for (guint i = 0; set && i + 1 < set->countries->len; i++) {
        const char *country = set->countries->pdata[i];
        const Calendar *c = g_hash_table_lookup(set->calendars, country);
        GHashTableIter days;
        gpointer day;

        g_hash_table_iter_init(&days, c->names);
        while (g_hash_table_iter_next(&days, &day, NULL))
            sum += hash_stable(country, GPOINTER_TO_INT(day));
    }
    return sum;
}
