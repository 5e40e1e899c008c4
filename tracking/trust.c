/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - our own server's Authentication-Results */
#include "trust.h"

#include <string.h>

/* Without comments (nested, RFC 5322) and quoted strings' quotes, in small
 * letters; white space becomes one space. */
static char *
plain(const char *value)
{
    GString *out = g_string_new(NULL);
    bool quoted = false;
    int depth = 0;

    for (const char *p = value; *p; p++) {
        if (*p == '\\' && (quoted || depth) && p[1])
            p++;
        else if (*p == '"' && depth == 0) {
            quoted = !quoted;
            continue;
        } else if (*p == '(' && !quoted) {
            depth++;
            continue;
        } else if (*p == ')' && !quoted && depth > 0) {
            depth--;
            continue;
        }
        if (depth > 0)
            continue;
        /* What was quoted is one word of one clause. */
        if (quoted && (*p == ';' || g_ascii_isspace(*p)))
            g_string_append_c(out, '_');
        else if (!g_ascii_isspace(*p))
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    return g_strstrip(g_string_free(out, FALSE));
}

/* "from a by HOST with ..." */
static bool
is_received_by(const char *value, const char *host)
{
    g_autofree char *text = plain(value);
    const char *by =
        g_str_has_prefix(text, "by ") ? text : strstr(text, " by ");
    gsize n = strlen(host);

    if (!by)
        return false;
    by += *by == ' ' ? 4 : 3;
    return g_ascii_strncasecmp(by, host, n) == 0 &&
           (by[n] == '\0' || by[n] == ' ' || by[n] == ';');
}

/* "dmarc=pass ... header.from=domain" */
static bool
is_pass_for(const char *clause, const char *domain)
{
    g_auto(GStrv) words = g_strsplit(clause, " ", 20);
    bool pass = false, same = false;

    for (char **w = words; *w; w++) {
        if (strcmp(*w, "dmarc=pass") == 0)
            pass = true;
        if (g_str_has_prefix(*w, "header.from="))
            same = g_ascii_strcasecmp(*w + strlen("header.from="), domain) == 0;
    }
    return pass && same;
}

static bool
is_passed(const char *value, const char *authserv_id, const char *domain)
{
    g_autofree char *text = plain(value);
    g_auto(GStrv) clauses = g_strsplit(text, ";", 50);
    gsize n = strlen(authserv_id);

    /* The id may be followed by a version. */
    if (!clauses[0] || g_ascii_strncasecmp(clauses[0], authserv_id, n) != 0 ||
        (clauses[0][n] && clauses[0][n] != ' '))
        return false;
    for (char **c = clauses + 1; *c; c++)
        if (is_pass_for(*c, domain))
            return true;
    return false;
}

bool
trust_is_verified(const Inspection *mail, const char *authserv_id)
{
    const char *at =
        mail->from_address ? strrchr(mail->from_address, '@') : NULL;

    if (!authserv_id || !*authserv_id || !at || mail->from_fields != 1)
        return false;
    for (guint i = 0; i < mail->trace->len; i++) {
        const char *field = mail->trace->pdata[i];
        if (*field == 'R' && !is_received_by(field + 1, authserv_id))
            return false;
        if (*field == 'A' && is_passed(field + 1, authserv_id, at + 1))
            return true;
    }
    return false;
}
