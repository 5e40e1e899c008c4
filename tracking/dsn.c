/* SPDX-License-Identifier: Apache-2.0 */
/* dsn.c - RFC 3464 fields, as they are met in the wild */
#include "dsn.h"

#include "inbound-part.h"
#include "status-code.h"

#include <string.h>

#define RECIPIENTS_MAX 200

typedef struct {
    Dsn *dsn;
    DsnRecipient *now; /* the group being read */
    char *name;        /* of the field being read */
    GString *value;
    bool group_ended; /* an empty line was seen */
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

static void
keep(char **slot, char *value)
{
    if (*slot)
        g_free(value);
    else
        *slot = value;
}

static bool
is_complete(const DsnRecipient *r)
{
    return (r->final || r->original || r->actual) && r->action && r->status;
}

/* The group that `field` belongs to. Another recipient begins with a second
 * Final-Recipient, or with anything after an empty line if the group before
 * has what it needs. */
static DsnRecipient *
group_for(Reader *r, const char *field)
{
    DsnRecipient *now = r->now;

    if (now &&
        ((r->group_ended && is_complete(now)) ||
         (g_ascii_strcasecmp(field, "Final-Recipient") == 0 && now->final) ||
         (g_ascii_strcasecmp(field, "Original-Recipient") == 0 &&
          now->original)))
        now = NULL;
    if (!now && r->dsn->recipients->len < RECIPIENTS_MAX) {
        now = g_new0(DsnRecipient, 1);
        g_ptr_array_add(r->dsn->recipients, now);
    }
    r->group_ended = false;
    if (now)
        r->now = now;
    return r->now;
}

static void
take_address(Reader *r, const char *name, const char *value, size_t slot)
{
    DsnRecipient *group = group_for(r, name);

    if (group)
        keep((char **)(void *)((char *)group + slot), dsn_address(value));
}

/* Returns: whether `name` is a field of one recipient that is only text. */
static bool
take_text(Reader *r, const char *name, const char *value)
{
    DsnRecipient *group;

    if (g_ascii_strcasecmp(name, "Action") != 0 &&
        g_ascii_strcasecmp(name, "Status") != 0 &&
        g_ascii_strcasecmp(name, "Diagnostic-Code") != 0 &&
        g_ascii_strcasecmp(name, "Remote-MTA") != 0)
        return false;
    group = group_for(r, name);
    if (!group)
        return true;
    if (g_ascii_strcasecmp(name, "Action") == 0) {
        if (!group->action)
            group->action = action_parse(value);
    } else if (g_ascii_strcasecmp(name, "Status") == 0) {
        keep(&group->status, status_code_find(value));
        if (strchr(value, '(') && !group->diagnostic)
            group->diagnostic = g_strdup(value);
    } else if (g_ascii_strcasecmp(name, "Remote-MTA") == 0) {
        keep(&group->remote_mta, g_strdup(value));
    } else if (*value) {
        g_free(group->diagnostic);
        group->diagnostic = g_strdup(value);
    }
    return true;
}

static void
take_field(Reader *r, const char *name, const char *value)
{
    if (take_text(r, name, value))
        return;
    if (g_ascii_strcasecmp(name, "Final-Recipient") == 0)
        take_address(r, name, value, offsetof(DsnRecipient, final));
    else if (g_ascii_strcasecmp(name, "Original-Recipient") == 0)
        take_address(r, name, value, offsetof(DsnRecipient, original));
    else if (g_ascii_strcasecmp(name, "X-Actual-Recipient") == 0)
        take_address(r, name, value, offsetof(DsnRecipient, actual));
    else if (g_ascii_strcasecmp(name, "Reporting-MTA") == 0)
        keep(&r->dsn->reporting_mta, g_strdup(value));
    else if (g_ascii_strcasecmp(name, "Original-Envelope-Id") == 0)
        keep(&r->dsn->envelope_id, g_strdup(value));
}

static void
close_field(Reader *r)
{
    if (r->name) {
        g_autofree char *value = NULL;

        /* RFC 2047 words are not allowed in addresses: taken as they are. */
        if (g_str_has_suffix(r->name, "-Recipient") ||
            g_str_has_suffix(r->name, "-recipient"))
            value = g_strstrip(g_strdup(r->value->str));
        else
            value = inbound_header_decode(r->value->str);
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
        r->group_ended = true;
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
}

/* A diagnostic that an empty line tore off belongs to the group before. */
static void
join_torn_groups(Dsn *dsn)
{
    for (guint i = dsn->recipients->len; i-- > 1;) {
        DsnRecipient *r = dsn->recipients->pdata[i];
        DsnRecipient *before = dsn->recipients->pdata[i - 1];

        if (r->final || r->original || r->actual || r->action)
            continue;
        if (!before->diagnostic)
            before->diagnostic = g_steal_pointer(&r->diagnostic);
        if (!before->status)
            before->status = g_steal_pointer(&r->status);
        g_ptr_array_remove_index(dsn->recipients, i);
    }
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
    join_torn_groups(dsn);
    return dsn;
}
