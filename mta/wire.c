/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - the guard in front of every SMTP connection */
#include "wire.h"

#include "nurture/address.h"
#include "nurture/error.h"
#include "nurture/hash.h"

#include <stdint.h>
#include <string.h>

static bool
refuse(GError **error, int line, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "message line %d: %s", line,
                what);
    return false;
}

/* Append one line (without its end) and CRLF. */
static bool
append_line(GByteArray *out, const uint8_t *line, gsize length, int number,
            GError **error)
{
    if (length > WIRE_LINE_MAX)
        return refuse(error, number, "longer than 998 octets");
    for (gsize i = 0; i < length; i++) {
        if (line[i] == 0)
            return refuse(error, number, "a NUL");
        if (line[i] == '\r')
            return refuse(error, number, "a CR that ends no line");
        if (line[i] > 127)
            return refuse(error, number, "an octet above 127");
    }
    g_byte_array_append(out, line, (guint)length);
    g_byte_array_append(out, (const uint8_t *)"\r\n", 2);
    return true;
}

/* Ended lines of plain octets, which need no change. */
static bool
is_normal(const char *p, gsize length)
{
    const char *end = p + length, *cr;
    uint64_t high = 0, word;
    gsize i = 0;

    for (; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        high |= word;
    }
    for (; i < length; i++)
        high |= (unsigned char)p[i];
    if ((high & UINT64_C(0x8080808080808080)) || memchr(p, 0, length) ||
        end[-1] != '\n')
        return false;
    for (; p < end; p = cr + 2) {
        cr = memchr(p, '\r', (gsize)(end - p));
        if (!cr || cr[1] != '\n' || cr - p > WIRE_LINE_MAX ||
            memchr(p, '\n', (gsize)(cr - p)))
            return false;
    }
    return true;
}

GBytes *
wire_normalise(const void *bytes, gsize length, GError **error)
{
    const uint8_t *p = bytes, *end = p + length;
    g_autoptr(GByteArray) out = NULL;
    int number = 0;

    if (length == 0 || length > WIRE_MESSAGE_MAX) {
        refuse(error, 0, length ? "longer than 25 MiB" : "no content");
        return NULL;
    }
    if (is_normal(bytes, length))
        return g_bytes_new(bytes, length);
    out = g_byte_array_sized_new((guint)(length + length / 32 + 2));
    while (p < end) {
        const uint8_t *lf = memchr(p, '\n', (gsize)(end - p));
        const uint8_t *stop = lf ? lf : end;
        gsize n = (gsize)(stop - p);

        if (lf && n > 0 && p[n - 1] == '\r')
            n--;
        if (!append_line(out, p, n, ++number, error))
            return NULL;
        p = lf ? lf + 1 : end;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

typedef struct {
    const char *name;
    gsize length; /* of it */
    int least, most;
} FieldRule;

#define FIELD(name, least, most)                                               \
    {                                                                          \
        name, sizeof(name) - 1, least, most                                    \
    }

/* Fields not listed may stand any number of times. */
static const FieldRule field_rules[] = {
    FIELD("From", 1, 1),
    FIELD("To", 1, 1),
    FIELD("Subject", 1, 1),
    FIELD("Date", 1, 1),
    FIELD("Message-ID", 1, 1),
    FIELD("MIME-Version", 1, 1),
    FIELD("Content-Type", 1, 1),
    FIELD("Content-Transfer-Encoding", 0, 1),
    FIELD("Reply-To", 0, 1),
    FIELD("Sender", 0, 1),
    FIELD("In-Reply-To", 0, 1),
    FIELD("References", 0, 1),
    FIELD("List-Id", 0, 1),
    FIELD("List-Unsubscribe", 0, 1),
    FIELD("List-Unsubscribe-Post", 0, 1),
    FIELD("Feedback-ID", 0, 1),
    FIELD("Auto-Submitted", 0, 1),
    FIELD("Cc", 0, 0),
    FIELD("Bcc", 0, 0),
    FIELD("Resent-Bcc", 0, 0),
    FIELD("Return-Path", 0, 0),
    FIELD("Received", 0, 0),
    FIELD("Authentication-Results", 0, 0),
    FIELD("Disposition-Notification-To", 0, 0),
    FIELD("Return-Receipt-To", 0, 0),
    FIELD("X-Originating-IP", 0, 0),
    FIELD("X-Confirm-Reading-To", 0, 0),
    FIELD("Importance", 0, 0),
    FIELD("X-Priority", 0, 0),
};

/* Octets of the field name that starts `line`; 0 when there is none. */
static gsize
field_name_length(const char *line, gsize length)
{
    gsize n = 0;

    while (n < length && line[n] > ' ' && line[n] != ':' && line[n] != 127)
        n++;
    return n < length && line[n] == ':' ? n : 0;
}

static void
count_field(const char *name, gsize length, int counts[])
{
    for (gsize i = 0; i < G_N_ELEMENTS(field_rules); i++) {
        const FieldRule *rule = &field_rules[i];
        if (rule->length == length &&
            g_ascii_strncasecmp(rule->name, name, length) == 0)
            counts[i]++;
    }
}

static bool
check_counts(const int counts[], GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(field_rules); i++) {
        const FieldRule *rule = &field_rules[i];
        if (counts[i] >= rule->least && counts[i] <= rule->most)
            continue;
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    rule->most == 0 ? "header field %s must not leave (%d)"
                    : counts[i] < rule->least
                        ? "header field %s is missing (%d)"
                        : "header field %s stands %d times",
                    rule->name, counts[i]);
        return false;
    }
    return true;
}

bool
wire_check_header(GBytes *message, GError **error)
{
    gsize length;
    const char *p = g_bytes_get_data(message, &length), *end = p + length;
    int counts[G_N_ELEMENTS(field_rules)] = {0};
    int number = 0;

    while (p < end) {
        const char *crlf = memmem(p, (gsize)(end - p), "\r\n", 2);
        gsize n = (gsize)((crlf ? crlf : end) - p);
        gsize name = field_name_length(p, n);

        number++;
        if (n == 0)
            return check_counts(counts, error);
        if (name > 0)
            count_field(p, name, counts);
        else if (number == 1 || (*p != ' ' && *p != '\t'))
            return refuse(error, number, "no header field");
        p = crlf ? crlf + 2 : end;
    }
    return refuse(error, number, "the header does not end");
}

bool
wire_check_envelope(const char *from, const char *to, GError **error)
{
    if (!address_is_wire_safe(from)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "the envelope sender is no address for the wire");
        return false;
    }
    if (!address_is_wire_safe(to)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "the recipient is no address for the wire");
        return false;
    }
    return true;
}

char *
wire_hash(GBytes *message)
{
    gsize size;
    const void *bytes = g_bytes_get_data(message, &size);

    return sha256_hex(bytes, size);
}
