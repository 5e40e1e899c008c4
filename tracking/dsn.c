/* SPDX-License-Identifier: Apache-2.0 */
/* dsn.c - RFC 3464 fields, as they are met in the wild */
#include "dsn.h"

#include "inbound-part.h"
#include "status-code.h"

#include <string.h>

#define RECIPIENTS_MAX 1000

typedef struct {
    Dsn *dsn;
    DsnRecipient *now; /* the group being read */
    char *name;        /* of the field being read */
    GString *value;
    bool after_blank;
} Reader;

static void
recipient_free(void *data)
{
    DsnRecipient *r = data;

    g_free(r->final);
    g_free(r->original);
    g_free(r->actual);
    g_free(r->status);
    g_free(r->diagnostic);
    g_free(r->remote_mta);
    g_free(r);
}

void
dsn_free(Dsn *dsn)
{
    if (!dsn)
        return;
    g_ptr_array_unref(dsn->recipients);
    g_free(dsn->reporting_mta);
    g_free(dsn->envelope_id);
    g_free(dsn);
}

/* The part after "rfc822;", or all of it: the type is often left out. */
static const char *
after_type(const char *value)
{
    const char *semicolon = strchr(value, ';');
    size_t type = strcspn(value, ";@<\" ");

    if (semicolon && value + type == semicolon)
        return semicolon + 1;
    /* "rfc822 ; a@b", "rfc822 a@b" */
    if (semicolon &&
        strspn(value + type, " ") == (size_t)(semicolon - value) - type)
        return semicolon + 1;
    if (g_ascii_strncasecmp(value, "rfc822 ", 7) == 0)
        return value + 7;
    return value;
}

char *
dsn_address(const char *value)
{
    const char *p = after_type(value), *end;

    while (*p == ' ' || *p == '\t' || *p == '<')
        p++;
    if (g_ascii_strncasecmp(p, "mailto:", 7) == 0)
        p += 7;
    if (*p == '"') {
        /* A quoted local part may hold spaces and brackets. */
        for (end = p + 1; *end && *end != '"'; end++)
            end += *end == '\\' && end[1];
        end += *end == '"';
        end += strcspn(end, " \t>,;()");
    } else {
        end = p + strcspn(p, " \t>,;()");
    }
    if (end == p)
        return NULL;
    return g_strndup(p, (gsize)(end - p));
}

static DsnAction
action_parse(const char *value)
{
    static const struct {
        const char *word;
        DsnAction action;
    } words[] = {
        {"fail", DSN_ACTION_FAILED},       {"delay", DSN_ACTION_DELAYED},
        {"deliver", DSN_ACTION_DELIVERED}, {"relay", DSN_ACTION_DELIVERED},
        {"expand", DSN_ACTION_DELIVERED},  {"defer", DSN_ACTION_DELAYED},
        {"expire", DSN_ACTION_FAILED},     {"bounce", DSN_ACTION_FAILED},
        {"error", DSN_ACTION_FAILED},      {"reject", DSN_ACTION_FAILED},
        {"undeliver", DSN_ACTION_FAILED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strncasecmp(value, words[i].word, strlen(words[i].word)) ==
            0)
            return words[i].action;
    return DSN_ACTION_NONE;
}

/* Another recipient begins where a group gets a second one. */
static void
open_group(Reader *r, bool is_final)
{
    DsnRecipient *now = r->now;

    if (now &&
        (is_final ? now->final != NULL
                  : now->final || now->original || now->actual) &&
        (is_final || r->after_blank || now->action || now->status))
        r->now = NULL;
    if (!r->now && r->dsn->recipients->len < RECIPIENTS_MAX) {
        r->now = g_new0(DsnRecipient, 1);
        g_ptr_array_add(r->dsn->recipients, r->now);
    }
}

static void
keep(char **slot, char *value)
{
    if (*slot)
        g_free(value);
    else
        *slot = value;
}

static void
take_recipient_field(Reader *r, const char *name, const char *value)
{
    if (g_ascii_strcasecmp(name, "Final-Recipient") == 0) {
        open_group(r, true);
        if (r->now)
            keep(&r->now->final, dsn_address(value));
    } else if (g_ascii_strcasecmp(name, "Original-Recipient") == 0) {
        open_group(r, false);
        if (r->now)
            keep(&r->now->original, dsn_address(value));
    } else if (g_ascii_strcasecmp(name, "X-Actual-Recipient") == 0 && r->now) {
        keep(&r->now->actual, dsn_address(value));
    }
}

static void
take_field(Reader *r, const char *name, const char *value)
{
    take_recipient_field(r, name, value);
    if (g_ascii_strcasecmp(name, "Reporting-MTA") == 0)
        keep(&r->dsn->reporting_mta, g_strdup(value));
    if (g_ascii_strcasecmp(name, "Original-Envelope-Id") == 0)
        keep(&r->dsn->envelope_id, g_strdup(value));
    if (!r->now)
        return;
    if (g_ascii_strcasecmp(name, "Action") == 0 && !r->now->action)
        r->now->action = action_parse(value);
    else if (g_ascii_strcasecmp(name, "Status") == 0)
        keep(&r->now->status, status_code_find(value));
    else if (g_ascii_strcasecmp(name, "Diagnostic-Code") == 0 && *value)
        keep(&r->now->diagnostic, g_strdup(value));
    else if (g_ascii_strcasecmp(name, "Remote-MTA") == 0)
        keep(&r->now->remote_mta, g_strdup(value));
}

static void
close_field(Reader *r)
{
    if (r->name) {
        g_autofree char *value = inbound_header_decode(r->value->str);

        take_field(r, r->name, value);
    }
    g_clear_pointer(&r->name, g_free);
    g_string_truncate(r->value, 0);
}

static size_t
field_name_length(const char *line)
{
    size_t n = 0;

    while (g_ascii_isalnum(line[n]) || line[n] == '-')
        n++;
    return n > 2 && line[n] == ':' ? n : 0;
}

static void
read_line(Reader *r, const char *line, size_t length)
{
    size_t name = field_name_length(line);
    size_t blank = strspn(line, " \t");

    if (blank >= length) {
        close_field(r);
        r->after_blank = true;
        return;
    }
    if (name && name < length) {
        close_field(r);
        r->name = g_strndup(line, name);
        g_string_append_len(r->value, line + name + 1,
                            (gssize)(length - name - 1));
        if (g_ascii_strcasecmp(r->name, "Final-Recipient") == 0 ||
            g_ascii_strcasecmp(r->name, "Action") == 0)
            r->dsn->any_field = true;
    } else if (r->name) {
        /* Also lines that forgot to be indented. */
        g_string_append_c(r->value, ' ');
        g_string_append_len(r->value, line + blank, (gssize)(length - blank));
    }
    r->after_blank = false;
}

Dsn *
dsn_parse(const char *fields)
{
    Dsn *dsn = g_new0(Dsn, 1);
    Reader r = {.dsn = dsn, .value = g_string_new(NULL)};

    dsn->recipients = g_ptr_array_new_with_free_func(recipient_free);
    while (*fields) {
        size_t n = strcspn(fields, "\n");

        read_line(&r, fields, n);
        fields += n;
        fields += *fields == '\n';
    }
    close_field(&r);
    g_string_free(r.value, TRUE);
    return dsn;
}
