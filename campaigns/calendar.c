/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c - reading an appointment, and writing it as iCalendar */
#include "calendar.h"

#include "campaign-private.h"

#include "nurture/clock.h"

#include <string.h>

void
mail_event_free(MailEvent *event)
{
    if (!event)
        return;
    g_free(event->title);
    g_free(event->where);
    g_free(event);
}

static const char *
text_of(const YamlNode *map, const char *key)
{
    const YamlNode *node = yaml_get(map, key);

    return node && node->kind == YAML_SCALAR ? node->value : NULL;
}

MailEvent *
mail_event_read(const Reading *r, const YamlNode *map)
{
    GTimeZone *zone = catalogue_workspace(r->catalogue)->zone;
    const char *title, *start, *end, *length;
    int64_t from, to;
    Span span;
    MailEvent *event;

    if (!map || map->kind != YAML_MAP)
        return NULL;
    title = text_of(map, "title");
    start = text_of(map, "start");
    end = text_of(map, "end");
    length = text_of(map, "length");
    /* What cannot be read has been reported by settings_check(). */
    if (!title || !start || !date_parse(start, zone, &from, NULL))
        return NULL;
    to = from + HOUR_MS;
    if (end && !date_parse(end, zone, &to, NULL))
        return NULL;
    if (!end && length && span_parse(length, &span, NULL))
        to = span_move(&span, zone, from, 1);
    if (to <= from)
        return NULL;
    event = g_new0(MailEvent, 1);
    event->title = g_strdup(title);
    event->where = g_strdup(text_of(map, "where"));
    event->start = from;
    event->end = to;
    return event;
}

/* RFC 5545 3.1: at most 75 octets, then CRLF and a space. */
static void
append_line(GString *out, const char *line)
{
    gsize room = 75;

    for (const char *p = line; *p;) {
        const char *next = g_utf8_next_char(p);
        gsize n = (gsize)(next - p);
        if (n > room) {
            g_string_append(out, "\r\n ");
            room = 74;
        }
        g_string_append_len(out, p, (gssize)n);
        room -= n;
        p = next;
    }
    g_string_append(out, "\r\n");
}

/* RFC 5545 3.3.11: a TEXT value. */
static void
append_text(GString *out, const char *name, const char *value)
{
    g_autoptr(GString) line = g_string_new(name);

    g_string_append_c(line, ':');
    for (const char *p = value; *p; p++) {
        if (*p == '\\' || *p == ';' || *p == ',')
            g_string_append_c(line, '\\');
        if (*p == '\n')
            g_string_append(line, "\\n");
        else if ((unsigned char)*p >= ' ' && *p != 0x7f)
            g_string_append_c(line, *p);
    }
    append_line(out, line->str);
}

static void
append_time(GString *out, const char *name, int64_t at)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(at / SECOND_MS);
    g_autofree char *text = g_date_time_format(t, "%Y%m%dT%H%M%SZ");
    g_autofree char *line = g_strconcat(name, ":", text, NULL);

    append_line(out, line);
}

/* RFC 5545 3.2: a parameter's value is quoted and cannot hold a quote. */
static void
append_organizer(GString *out, const char *name, const char *address)
{
    g_autoptr(GString) line = g_string_new("ORGANIZER");

    if (name) {
        g_string_append(line, ";CN=\"");
        for (const char *p = name; *p; p++)
            if ((unsigned char)*p >= ' ' && *p != '"' && *p != 0x7f)
                g_string_append_c(line, *p);
        g_string_append_c(line, '"');
    }
    g_string_append_printf(line, ":mailto:%s", address);
    append_line(out, line->str);
}

char *
calendar_format(const MailEvent *event, const char *uid,
                const char *organizer_name, const char *organizer,
                int64_t stamp)
{
    g_autoptr(GString) out = g_string_new("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                                          "PRODID:-//nurture//nurture//EN\r\n"
                                          "METHOD:PUBLISH\r\n"
                                          "BEGIN:VEVENT\r\n");

    append_text(out, "UID", uid);
    append_time(out, "DTSTAMP", stamp);
    append_time(out, "DTSTART", event->start);
    append_time(out, "DTEND", event->end);
    append_text(out, "SUMMARY", event->title);
    if (event->where)
        append_text(out, "LOCATION", event->where);
    if (organizer)
        append_organizer(out, organizer_name, organizer);
    g_string_append(out, "END:VEVENT\r\nEND:VCALENDAR\r\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}
