/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_mail.c - does the relay's signature cover what it must?
 *
 * Only the fields are read; whether the signature is right is for the receiver
 * to say, in Authentication-Results. */
#include "doctor-private.h"

#include <string.h>

#define HEADER_MAX (256 * 1024)

/* The fields of the header, unfolded. Never NULL. */
static GPtrArray *
read_fields(const char *message, gsize length)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) field = g_string_new(NULL);
    const char *end = message + MIN(length, HEADER_MAX);

    for (const char *p = message; p < end;) {
        const char *lf = memchr(p, '\n', (gsize)(end - p));
        const char *next = lf ? lf + 1 : end;
        gsize n = (gsize)((lf ? lf : end) - p);
        if (n > 0 && p[n - 1] == '\r')
            n--;
        if (n == 0)
            break;
        if (*p != ' ' && *p != '\t' && field->len > 0) {
            g_ptr_array_add(fields, g_strndup(field->str, field->len));
            g_string_truncate(field, 0);
        }
        g_string_append_len(field, p, (gssize)n);
        p = next;
    }
    if (field->len > 0)
        g_ptr_array_add(fields, g_strndup(field->str, field->len));
    return fields;
}

/* The value of tag `name` without white space, lower case; "" if absent. */
static char *
tag_of(const char *signature, const char *name)
{
    g_auto(GStrv) tags = g_strsplit(signature, ";", -1);

    for (char **tag = tags; *tag; tag++) {
        g_autoptr(GString) plain = g_string_new(NULL);
        for (const char *p = *tag; *p; p++)
            if (!g_ascii_isspace(*p))
                g_string_append_c(plain, g_ascii_tolower(*p));
        if (g_str_has_prefix(plain->str, name) &&
            plain->str[strlen(name)] == '=')
            return g_strdup(plain->str + strlen(name) + 1);
    }
    return g_strdup("");
}

static bool
covers(const char *names, const char *wanted)
{
    g_auto(GStrv) list = g_strsplit(names, ":", -1);

    return g_strv_contains((const char *const *)list, wanted);
}

/* d= is the From domain, or above or below it. */
static bool
is_ours(const Doctor *d, const char *domain)
{
    const char *from = d->workspace->sending.domain;
    g_autofree char *above = g_strconcat(".", domain, NULL);
    g_autofree char *below = g_strconcat(".", from, NULL);

    return *domain &&
           (g_ascii_strcasecmp(domain, from) == 0 ||
            g_str_has_suffix(from, above) || g_str_has_suffix(domain, below));
}

static void
check_signature(const Doctor *d, const char *path, const char *signature)
{
    g_autofree char *names = tag_of(signature, "h");
    g_autofree char *algorithm = tag_of(signature, "a");
    g_autofree char *length = tag_of(signature, "l");
    static const char *const wanted[] = {"from", "list-unsubscribe",
                                         "list-unsubscribe-post"};

    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (!covers(names, wanted[i]))
            diagnostic_help(
                doctor_bad(d, "W817", path, "the signature does not cover %s",
                           wanted[i]),
                "let the mail server sign that field too, or sign here: "
                "'dkim: sign: here'");
    if (strcmp(algorithm, "rsa-sha1") == 0 || *length)
        diagnostic_help(doctor_bad(d, "W817", path, "the signature is weak: %s",
                                   *length ? "l= leaves the end of the mail "
                                             "open"
                                           : "rsa-sha1"),
                        "have the mail server sign whole mails with "
                        "rsa-sha256");
}

void
doctor_mail(const DoctorOptions *options, const char *path, const char *message,
            gsize length)
{
    const Doctor d = {
        .o = options, .workspace = options->workspace, .check = "mail"};
    g_autoptr(GPtrArray) fields = read_fields(message, length);
    guint before = diagnostics_length(options->problems);
    bool found = false;

    for (guint i = 0; i < fields->len && !found; i++) {
        const char *field = fields->pdata[i];
        g_autofree char *domain = NULL;
        if (g_ascii_strncasecmp(field, "DKIM-Signature:", 15) != 0)
            continue;
        domain = tag_of(field + 15, "d");
        found = is_ours(&d, domain);
        if (found)
            check_signature(&d, path, field + 15);
        if (found && diagnostics_length(options->problems) == before)
            doctor_good(&d,
                        "%s: signed by %s, with what one-click opt-out "
                        "needs",
                        path, domain);
    }
    if (!found)
        diagnostic_help(doctor_bad(&d, "W817", path,
                                   "there is no DKIM signature of %s",
                                   options->workspace->sending.domain),
                        "let the mail server sign, or sign here: 'dkim: sign: "
                        "here' and nurture dkim keygen");
}
