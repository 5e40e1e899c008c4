/* SPDX-License-Identifier: Apache-2.0 */
/* local_time.c - what a wall clock somewhere shows, and back
 *
 * GLib's own conversion from local time (g_date_time_new(), adjust_time()) is
 * not used: only "which offset holds at this instant" is asked of it. */
#include "nurture/window.h"

#include <string.h>

#define DAY_S 86400

static const char *
zoneinfo_dir(void)
{
    const char *dir = g_getenv("TZDIR");

    return dir && *dir ? dir : "/usr/share/zoneinfo";
}

/* GLib takes far more for a zone name than tzdata knows ("+01:00", POSIX rules,
 * absolute paths); and "right/" zones count leap seconds. */
static bool
name_is_plain(const char *name)
{
    if (!name || !g_ascii_isupper(name[0]) || strlen(name) > 64 ||
        strstr(name, "//") || g_str_has_suffix(name, "/"))
        return false;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("/_+-", *p))
            return false;
    return true;
}

bool
zone_is_known(const char *name)
{
    return zone_get(name) != NULL;
}

static GTimeZone *
zone_load(const char *name)
{
    g_autofree char *file = g_build_filename(zoneinfo_dir(), name, NULL);

    if (!g_file_test(file, G_FILE_TEST_IS_REGULAR))
        return NULL;
    return g_time_zone_new_identifier(name);
}

GTimeZone *
zone_get(const char *name)
{
    static GMutex mutex;
    static GHashTable *zones; /* only names that exist: cannot grow for ever */
    GTimeZone *zone;

    if (!name_is_plain(name))
        return NULL;
    g_mutex_lock(&mutex);
    if (!zones)
        zones = g_hash_table_new(g_str_hash, g_str_equal);
    zone = g_hash_table_lookup(zones, name);
    if (!zone) {
        zone = zone_load(name);
        if (zone)
            g_hash_table_insert(zones, g_strdup(name), zone);
    }
    g_mutex_unlock(&mutex);
    return zone;
}

static int64_t
offset_at(GTimeZone *zone, int64_t utc_s)
{
    int interval =
        g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, utc_s);

    return g_time_zone_get_offset(zone, interval);
}

/* Do two zones keep the same time? Germany has two in tzdata, and only Büsingen
 * could tell the difference, before 1981. */
static bool
zones_agree(GTimeZone *a, GTimeZone *b)
{
    const int64_t from = INT64_C(1704067200); /* 2024 */
    const int64_t to = INT64_C(2145916800);   /* 2038 */

    for (int64_t t = from; t < to; t += DAY_S)
        if (offset_at(a, t) != offset_at(b, t))
            return false;
    return true;
}

/* ISO code -> NULL-ended array of zones, as tzdata's zone.tab lists them. */
static GHashTable *
countries_load(void)
{
    GHashTable *countries =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *file = g_build_filename(zoneinfo_dir(), "zone.tab", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(file, &text, NULL, NULL))
        return countries;
    lines = g_strsplit(text, "\n", 0);
    for (int i = 0; lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", 4);
        GPtrArray *zones;
        if (lines[i][0] == '#' || g_strv_length(cells) < 3)
            continue;
        zones = g_hash_table_lookup(countries, cells[0]);
        if (!zones) {
            zones = g_ptr_array_new();
            g_hash_table_insert(countries, g_strdup(cells[0]), zones);
        }
        g_ptr_array_add(zones, g_strdup(cells[2]));
    }
    return countries;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *
zone_names(void)
{
    static gsize once;
    static GPtrArray *names;

    if (g_once_init_enter(&once)) {
        GHashTable *countries = countries_load();
        GHashTableIter iter;
        void *zones;
        names = g_ptr_array_new();
        g_hash_table_iter_init(&iter, countries);
        while (g_hash_table_iter_next(&iter, NULL, &zones))
            g_ptr_array_extend_and_steal(names, zones);
        g_hash_table_unref(countries);
        g_ptr_array_sort(names, compare_names);
        g_ptr_array_add(names, NULL);
        g_once_init_leave(&once, 1);
    }
    return (const char *const *)names->pdata;
}

static const char *
single_zone(const GPtrArray *zones)
{
    GTimeZone *first = zone_get(g_ptr_array_index(zones, 0));

    for (guint i = 1; i < zones->len; i++) {
        GTimeZone *other = zone_get(g_ptr_array_index(zones, i));
        if (!first || !other || !zones_agree(first, other))
            return NULL;
    }
    return first ? g_ptr_array_index(zones, 0) : NULL;
}

const char *
zone_of_country(const char *country)
{
    static GMutex mutex;
    static GHashTable *countries; /* code -> GPtrArray of names */
    static GHashTable *answers;   /* code, of countries -> name or NULL */
    g_autofree char *code = NULL;
    void *key, *answer = NULL;
    void *zones;

    if (!country || strlen(country) != 2)
        return NULL;
    code = g_ascii_strup(country, 2);
    g_mutex_lock(&mutex);
    if (!countries) {
        countries = countries_load();
        answers = g_hash_table_new(g_str_hash, g_str_equal);
    }
    if (!g_hash_table_lookup_extended(answers, code, NULL, &answer) &&
        g_hash_table_lookup_extended(countries, code, &key, &zones)) {
        answer = (void *)single_zone(zones);
        g_hash_table_insert(answers, key, answer);
    }
    g_mutex_unlock(&mutex);
    return answer;
}

const char *
country_of_zone(const char *zone)
{
    static gsize once;
    static GHashTable *of_zone; /* name -> code */

    if (g_once_init_enter(&once)) {
        GHashTable *countries = countries_load();
        GHashTableIter iter;
        void *code, *zones;
        of_zone = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_iter_init(&iter, countries);
        while (g_hash_table_iter_next(&iter, &code, &zones)) {
            gsize n;
            g_autofree void **name = g_ptr_array_steal(zones, &n);
            for (gsize i = 0; i < n; i++)
                g_hash_table_insert(of_zone, name[i],
                                    (void *)g_intern_string(code));
            g_ptr_array_unref(zones);
        }
        g_hash_table_unref(countries);
        g_once_init_leave(&once, 1);
    }
    return zone ? g_hash_table_lookup(of_zone, zone) : NULL;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by counting years
 * from March, so that the leap day comes last. */
static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, year_of_era, day_of_year;

    year += (month - 1) / 12 - ((month - 1) % 12 < 0);
    month = ((month - 1) % 12 + 12) % 12 + 1;
    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - 719468 + day - 1;
}

static void
civil_from_days(int64_t days, LocalTime *out)
{
    int64_t era, day, year, month;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day = days - era * 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    out->day = (int)(day - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(year + era * 400 + (out->month <= 2));
}

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Tries the offset that holds a day earlier and a day later. False: the time is
 * skipped, and the offset before the gap gives the time after it. */
static bool
resolve(GTimeZone *zone, int64_t local_s, int64_t *out_utc_s)
{
    int64_t before = offset_at(zone, local_s - DAY_S);
    int64_t after = offset_at(zone, local_s + DAY_S);
    bool before_holds = offset_at(zone, local_s - before) == before;
    bool after_holds = offset_at(zone, local_s - after) == after;

    if (before_holds && after_holds)
        *out_utc_s = MIN(local_s - before, local_s - after);
    else if (after_holds)
        *out_utc_s = local_s - after;
    else
        *out_utc_s = local_s - before;
    return before_holds || after_holds;
}

static int64_t
local_seconds(int year, int month, int day, int minute_of_day)
{
    return days_from_civil(year, month, day) * DAY_S +
           (int64_t)minute_of_day * 60;
}

int64_t
local_to_utc(GTimeZone *zone, int year, int month, int day, int minute_of_day)
{
    int64_t utc_s;

    resolve(zone, local_seconds(year, month, day, minute_of_day), &utc_s);
    return utc_s * 1000;
}

bool
local_is_skipped(GTimeZone *zone, int year, int month, int day,
                 int minute_of_day)
{
    int64_t utc_s;

    return !resolve(zone, local_seconds(year, month, day, minute_of_day),
                    &utc_s);
}

LocalTime
utc_to_local(GTimeZone *zone, int64_t utc)
{
    int64_t local_s = floor_div(utc, 1000);
    int64_t days;
    LocalTime out = {0};

    local_s += offset_at(zone, local_s);
    days = floor_div(local_s, DAY_S);
    civil_from_days(days, &out);
    out.weekday = (int)((days % 7 + 10) % 7); /* 1970 began on a Thursday */
    out.minute = (int)((local_s - days * DAY_S) / 60);
    return out;
}
