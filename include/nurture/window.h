/* SPDX-License-Identifier: Apache-2.0 */
/* window -- when a person may get mail: weekdays and hours in a time zone.
 *
 *     Tue-Thu 09:00-16:00 recipient
 *
 * Local time is worked out by trying both UTC offsets and round-tripping:
 * a time skipped by a clock change uses the offset before the gap (RFC 5545:
 * 02:30 becomes 03:30), one that happens twice is the first. Never mktime(). */
#ifndef NURTURE_WINDOW_H
#define NURTURE_WINDOW_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    unsigned days;  /* bit 0 = Monday .. bit 6 = Sunday */
    int start, end; /* minutes after local midnight; start < end */
    bool recipient; /* the candidate's zone, else the workspace's */
} SendWindow;

#define SEND_WINDOW_ALWAYS                                                     \
    {                                                                          \
        0x7f, 0, 24 * 60, false                                                \
    }

/* "Tue-Thu 09:00-16:00 [recipient]", "Mon,Wed 10:00-12:00", "always".
 * False with ERROR_INPUT: what is wrong; out->start is -1 then, unless it is
 * only that the window is empty (16:00-09:00). */
bool send_window_parse(const char *text, SendWindow *out, GError **error);
char *send_window_format(const SendWindow *window);

/* IANA name known to this machine's tzdata ("Europe/Berlin")? */
bool zone_is_known(const char *name);
/* A borrowed, cached zone; NULL for an unknown name. Thread-safe. */
GTimeZone *zone_get(const char *name);
/* The zones of tzdata's zone.tab, NULL-ended, for text_nearest(). Borrowed. */
const char *const *zone_names(void);
/* The single zone of a country (ISO 3166 code), NULL if it has several. Zones
 * that keep the same time count as one (Berlin and Büsingen). */
const char *zone_of_country(const char *country);

/* The country a zone lies in ("Europe/Berlin" -> "DE"), by zone.tab; NULL when
 * it does not say. Borrowed for ever. */
const char *country_of_zone(const char *zone);

/* Civil time in `zone` -> UTC ms, by the rules above. Day may be out of range
 * (32 January = 1 February). */
int64_t local_to_utc(GTimeZone *zone, int year, int month, int day,
                     int minute_of_day);
typedef struct {
    int year, month, day;
    int weekday; /* 0 = Monday */
    int minute;  /* of the day */
} LocalTime;
LocalTime utc_to_local(GTimeZone *zone, int64_t utc);
/* Is that civil time skipped by a clock change? */
bool local_is_skipped(GTimeZone *zone, int year, int month, int day,
                      int minute_of_day);

/* The first moment >= `at` inside the window. */
int64_t send_window_next(const SendWindow *window, GTimeZone *zone, int64_t at);

/* The first moment >= `at` inside both windows, each in its zone; -1 when
 * they do not meet within four weeks. */
int64_t send_window_next_in_both(const SendWindow *a, GTimeZone *zone_a,
                                 const SendWindow *b, GTimeZone *zone_b,
                                 int64_t at);

/* Lengths of time as authors write them: 90d, 6w, 12m (months), 2y, 4h,
 * 4 business days, 45 minutes. */
typedef enum {
    SPAN_MINUTES,
    SPAN_HOURS,
    SPAN_DAYS,
    SPAN_BUSINESS_DAYS,
    SPAN_MONTHS,
    SPAN_YEARS,
} SpanUnit;
typedef struct {
    int count;
    SpanUnit unit;
} Span;
bool span_parse(const char *text, Span *out, GError **error);
/* `at` moved by the span: hours and minutes elapse; days, months and years are
 * calendar steps in `zone` at the same wall time; business days skip Saturday
 * and Sunday. `sign` is 1 or -1. */
int64_t span_move(const Span *span, GTimeZone *zone, int64_t at, int sign);
/* Roughly, for comparing and for caps: a month is 30 days, a year 365. */
int64_t span_ms(const Span *span);

/* "2026-03-03 09:00", "2026-03-03" (= 00:00), with an optional "T" and zone
 * ("Z", "+01:00"). False with ERROR_INPUT. */
bool date_parse(const char *text, GTimeZone *zone, int64_t *out,
                GError **error);
/* "3 March 2026, 09:00" parts by pattern: D DD M MM MMM MMMM YYYY HH mm and
 * literal text. Month names follow `language` (en de fr es nl it pt pl; others
 * read English). */
char *date_format(int64_t utc, GTimeZone *zone, const char *pattern,
                  const char *language);
/* "2026-03-03T08:00:00Z" */
char *date_iso(int64_t utc);

#endif
