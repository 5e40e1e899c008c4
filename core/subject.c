/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - what is left of a subject without its prefixes */
#include "nurture/subject.h"

#include "nurture/text.h"

#include <glib.h>
#include <openssl/evp.h>
#include <string.h>

/* What mail programs write for "answer" and "forward", case-folded. */
static const char *const prefixes[] = {
    "re",     "aw",         "wg",   "sv",   "vs",   "antw", "odp", "res",
    "enc",    "tr",         "rv",   "rif",  "vá",   "ynt",  "fw",  "fwd",
    "doorst", "回复",       "答复", "转发", "返信", "转寄", "rép", "ref",
    "vl",     "továbbítás", "i",    "pd",   "απ",   "πρθ",  "bls", "回覆",
};

/* The length of "re:", "re[2]:", "AW :" at the start; 0 when there is none. */
static gsize
prefix_length(const char *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        gsize n = strlen(prefixes[i]);
        const char *p = text + n;
        if (strncmp(text, prefixes[i], n) != 0)
            continue;
        if (*p == '[' || *p == '(') {
            p++;
            while (g_ascii_isdigit(*p))
                p++;
            if (*p == ']' || *p == ')')
                p++;
        }
        while (*p == ' ')
            p++;
        if (*p == ':')
            return (gsize)(p - text) + 1;
        if (g_str_has_prefix(p, "\xef\xbc\x9a")) /* the wide colon */
            return (gsize)(p - text) + 3;
    }
    return 0;
}

static gsize
tag_length(const char *text)
{
    const char *end = *text == '[' ? strchr(text, ']') : NULL;

    return end && end - text < 40 ? (gsize)(end - text) + 1 : 0;
}

static char *
squeeze(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    GString *out = g_string_new(NULL);

    for (const char *p = folded; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_isspace(c) && !g_unichar_iscntrl(c))
            g_string_append_unichar(out, c);
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    return g_strchomp(g_string_free(out, FALSE));
}

char *
subject_normalise(const char *subject)
{
    g_autofree char *text = squeeze(subject);
    const char *p = text;

    for (;;) {
        gsize n = prefix_length(p);
        if (n == 0)
            n = tag_length(p);
        if (n == 0)
            break;
        p += n;
        while (*p == ' ')
            p++;
    }
    return g_strdup(p);
}

char *
subject_hash(const char *subject)
{
    g_autofree char *text = subject_normalise(subject);
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!*text ||
        !EVP_Digest(text, strlen(text), hash, &size, EVP_sha256(), NULL))
        return NULL;
    return hex_encode(hash, 8);
}
