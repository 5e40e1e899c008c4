/* SPDX-License-Identifier: Apache-2.0 */
/* sink_fault.c - misbehaviour on order */
#include "sink-private.h"

#include "nurture/error.h"

#include <string.h>

static const char *const verbs[] = {"CONNECT", "EHLO", "STARTTLS", "AUTH",
                                    "MAIL",    "RCPT", "DATA",     "BDAT",
                                    "BODY",    "DOT",  "QUIT"};
static const char *const kinds[] = {"",     "4xx",  "5xx",   "421",
                                    "drop", "late", "hang",  "garbage",
                                    "long", "slow", "inject"};

static int
word_index(const char *word, const char *const *words, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (*words[i] && g_ascii_strcasecmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

static bool
number_parse(const char *text, guint64 max, int64_t *out)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 0, max, &value, NULL))
        return false;
    *out = (int64_t)value;
    return true;
}

bool
fault_parse(const char *text, Fault *out, GError **error)
{
    g_auto(GStrv) part = g_strsplit(text, ":", -1);
    guint n = g_strv_length(part);
    int verb = n > 0 ? word_index(part[0], verbs, G_N_ELEMENTS(verbs)) : -1;
    int kind = n > 1 ? word_index(part[1], kinds, G_N_ELEMENTS(kinds)) : -1;
    int64_t permille = 1000, left = -1, spared = 0;

    if (verb < 0 || kind < 0 || n > 5 ||
        (n > 2 && !number_parse(part[2], 1000, &permille)) ||
        (n > 3 && !number_parse(part[3], G_MAXINT32, &left)) ||
        (n > 4 && !number_parse(part[4], G_MAXINT32, &spared)) ||
        (verb == VERB_BODY && kind != FAULT_DROP && kind != FAULT_HANG &&
         kind != FAULT_421) ||
        (kind == FAULT_INJECT && verb != VERB_STARTTLS)) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "fault '%s': VERB:KIND[:PERMILLE[:TIMES[:SPARED]]]"
                    " expected",
                    text);
        return false;
    }
    *out =
        (Fault){(FaultVerb)verb, (FaultKind)kind, (int)permille, left, spared};
    return true;
}

/* splitmix64: good enough, and the same everywhere */
static uint64_t
next_random(Sink *sink)
{
    uint64_t z = sink->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

FaultKind
fault_roll(Sink *sink, FaultVerb verb)
{
    for (guint i = 0; i < sink->faults->len; i++) {
        Fault *fault = &g_array_index(sink->faults, Fault, i);
        if (fault->verb != verb || fault->left == 0 ||
            next_random(sink) % 1000 >= (uint64_t)fault->permille)
            continue;
        if (fault->spared > 0) {
            fault->spared--;
            continue;
        }
        if (fault->left > 0)
            fault->left--;
        g_mutex_lock(&sink->mutex);
        sink->counts.faults++;
        g_mutex_unlock(&sink->mutex);
        return fault->kind;
    }
    return FAULT_NONE;
}
