/* SPDX-License-Identifier: Apache-2.0 */
/* inbound_guard.c - bounds on raw mail, before any parser sees it */
#include "inbound-guard.h"

#include "nurture/error.h"

#include <string.h>

typedef struct {
    const char *end;
    int containers;
    int dashes; /* lines that may be boundaries */
} Guard;

static bool
refuse(GError **error, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "message refused: %s", what);
    return false;
}

static const char *
line_end(const Guard *g, const char *p)
{
    const char *eol = memchr(p, '\n', (size_t)(g->end - p));

    return eol ? eol + 1 : g->end;
}

/* The end of the field that starts at `p`: its folded lines belong to it. */
static const char *
field_end(const Guard *g, const char *p)
{
    p = line_end(g, p);
    while (p < g->end && (*p == ' ' || *p == '\t'))
        p = line_end(g, p);
    return p;
}

static bool
is_named(const char *p, const char *end, const char *name)
{
    size_t length = strlen(name);
    const char *colon = p + length;

    if ((size_t)(end - p) <= length || g_ascii_strncasecmp(p, name, length))
        return false;
    while (colon < end && (*colon == ' ' || *colon == '\t'))
        colon++;
    return colon < end && *colon == ':';
}

static bool
is_address_field(const char *p, const char *end)
{
    static const char *const names[] = {
        "From",        "Sender",    "Reply-To",        "To",
        "Cc",          "Bcc",       "Resent-From",     "Resent-Sender",
        "Resent-To",   "Resent-Cc", "Resent-Reply-To", "Resent-Bcc",
        "Return-Path", NULL};

    if (!strchr("frtcbsFRTCBS", *p))
        return false;
    for (int i = 0; names[i]; i++)
        if (is_named(p, end, names[i]))
            return true;
    return false;
}

/* Colons open groups. Outlook writes "Ann <a@b<mailto:a@b>>" into quoted
 * text: those are links, not groups. */
static int
count_groups(const char *p, const char *end)
{
    int n = -1; /* the one after the name */

    for (const char *q = p; (q = memchr(q, ':', (size_t)(end - q))); q++)
        if (q - p < 7 || g_ascii_strncasecmp(q - 7, "<mailto", 7) != 0)
            n++;
    return n;
}

static bool
is_container(const char *p, const char *end)
{
    if (!strchr("cC", *p) || !is_named(p, end, "Content-Type"))
        return false;
    p = (const char *)memchr(p, ':', (size_t)(end - p)) + 1;
    while (p < end && g_ascii_isspace(*p))
        p++;
    return (end - p > 10 && g_ascii_strncasecmp(p, "multipart/", 10) == 0) ||
           (end - p > 8 && g_ascii_strncasecmp(p, "message/", 8) == 0);
}

/* The bounds of any line that looks like a field, in the header or below:
 * below, it may be the header of a part or of a returned message. */
static bool
field_is_bearable(Guard *g, const char *p, const char *end, int groups_max,
                  GError **error)
{
    if (is_address_field(p, end) && count_groups(p, end) > groups_max)
        return refuse(error, "an address field has too many groups");
    if (is_container(p, end) && ++g->containers > INBOUND_CONTAINERS_MAX)
        return refuse(error, "too many parts");
    return true;
}

bool
inbound_guard(const char *data, size_t size, GError **error)
{
    Guard g = {data + size, 0, 0};
    const char *p = data;

    if (size > INBOUND_MESSAGE_MAX)
        return refuse(error, "larger than 25 MB");
    while (p < g.end && *p != '\n' && *p != '\r') {
        const char *next = field_end(&g, p);

        if (next - p > INBOUND_FIELD_MAX)
            return refuse(error, "a header field is longer than 16 KB");
        if (next - data > INBOUND_HEADER_BLOCK_MAX)
            return refuse(error, "the header is longer than 256 KB");
        if (!field_is_bearable(&g, p, next, INBOUND_GROUPS_MAX, error))
            return false;
        p = next;
    }
    while (p < g.end) {
        const char *next = line_end(&g, p);

        g.dashes += next - p > 2 && p[0] == '-' && p[1] == '-';
        if (strchr("bcfrstBCFRST", *p) && *p) {
            next = field_end(&g, p);
            if (!field_is_bearable(&g, p, next, INBOUND_BODY_GROUPS_MAX, error))
                return false;
        }
        p = next;
    }
    if ((int64_t)g.containers * g.dashes > INBOUND_BOUNDARY_WORK_MAX)
        return refuse(error, "too many boundaries in too many parts");
    return true;
}
