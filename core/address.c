/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - RFC 5321 mailboxes and IDNA domains */
#include "nurture/address.h"

#include "nurture/error.h"

#include <idn2.h>
#include <string.h>

static bool
is_atext(guchar c)
{
    return g_ascii_isalnum(c) || c >= 0x80 ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool
local_is_dot_string(const char *p, const char *end)
{
    bool dot = true; /* as if one stood before the start */

    for (; p < end; p++) {
        if (*p == '.' && dot)
            return false;
        dot = *p == '.';
        if (!dot && !is_atext((guchar)*p))
            return false;
    }
    return !dot;
}

static bool
local_is_quoted(const char *p, const char *end)
{
    if (end - p < 3 || *p != '"' || end[-1] != '"')
        return false;
    for (p++; p < end - 1; p++) {
        guchar c = (guchar)*p;
        if (c < 0x20 || c == 0x7f || c == '"')
            return false;
        if (c == '\\' && (++p == end - 1 || *p < 0x20 || *p == 0x7f))
            return false;
    }
    return true;
}

static bool
local_is_valid(const char *local, const char *end)
{
    return end - local <= 64 && end > local &&
           (local_is_dot_string(local, end) || local_is_quoted(local, end));
}

static bool
label_is_valid(const char *label, size_t length)
{
    if (length == 0 || length > 63 || label[0] == '-' ||
        label[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(label[i]) && label[i] != '-')
            return false;
    return true;
}

static bool
domain_is_valid(const char *domain)
{
    const char *label = domain, *dot;

    if (strlen(domain) > 255 || !strchr(domain, '.'))
        return false;
    for (; (dot = strchr(label, '.')); label = dot + 1)
        if (!label_is_valid(label, (size_t)(dot - label)))
            return false;
    return label_is_valid(label, strlen(label)) &&
           !g_ascii_isdigit(*label); /* no bare IPv4 */
}

static void
refuse(GError **error, const char *text, const char *why)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "'%.100s' is not an e-mail address: %s", text, why);
}

char *
address_normalise(const char *text, GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *domain = NULL;
    char *at = strrchr(trimmed, '@'), *ascii = NULL;

    if (!g_utf8_validate(trimmed, -1, NULL)) {
        refuse(error, "..", "it is not UTF-8");
        return NULL;
    }
    if (!at) {
        refuse(error, trimmed, trimmed[0] ? "there is no @" : "it is empty");
        return NULL;
    }
    if (!local_is_valid(trimmed, at)) {
        refuse(error, trimmed, "the part before @ is not possible");
        return NULL;
    }
    if (idn2_to_ascii_8z(at + 1, &ascii,
                         IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK)
        domain = g_ascii_strdown(ascii, -1);
    idn2_free(ascii);
    if (!domain || !domain_is_valid(domain)) {
        refuse(error, trimmed, "the part after @ is not a domain");
        return NULL;
    }
    *at = '\0';
    return g_strconcat(trimmed, "@", domain, NULL);
}

char *
address_key(const char *normalised)
{
    return g_utf8_casefold(normalised, -1);
}

bool
address_is_wire_safe(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;

    if (!at || strlen(address) > 254 || !local_is_valid(address, at) ||
        !domain_is_valid(at + 1))
        return false;
    for (const guchar *p = (const guchar *)address; *p; p++)
        if (*p < 0x21 || *p >= 0x7f)
            return false;
    return true;
}

const char *
address_domain(const char *address)
{
    const char *at = strrchr(address, '@');

    return at ? at + 1 : "";
}
