/* SPDX-License-Identifier: Apache-2.0 */
/* dmarc.c - the tree walk of RFC 9989, 4.10, and what it finds */
#include "dmarc.h"

#include <string.h>

#define LABELS_MAX 8 /* above, the walk goes on at seven labels */
#define NAMES_MAX  (LABELS_MAX + 1)

/* One name of the walk that has a record. */
typedef struct {
    const char *domain; /* within the name that was asked for */
    char *record;
    char psd; /* y, n, or u if it does not say */
} Found;

typedef struct {
    Found found[NAMES_MAX];
    int count;
    bool failed;
} Walk;

static void
walk_clear(Walk *walk)
{
    for (int i = 0; i < walk->count; i++)
        g_free(walk->found[i].record);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

void
dmarc_clear(Dmarc *dmarc)
{
    g_clear_pointer(&dmarc->at, g_free);
    g_clear_pointer(&dmarc->record, g_free);
    g_clear_pointer(&dmarc->organization, g_free);
}

/* The value of tag `name`, lower case; NULL if it is not there. */
static char *
tag(const char *record, const char *name)
{
    g_auto(GStrv) tags = g_strsplit(record, ";", -1);

    for (char **t = tags; *t; t++) {
        char *equals = strchr(*t, '=');
        if (!equals)
            continue;
        *equals = '\0';
        if (g_ascii_strcasecmp(g_strstrip(*t), name) == 0)
            return g_ascii_strdown(g_strstrip(equals + 1), -1);
    }
    return NULL;
}

static char
tag_letter(const char *record, const char *name, char otherwise)
{
    g_autofree char *value = tag(record, name);

    return value && *value ? *value : otherwise;
}

static bool
is_dmarc(const char *text)
{
    g_autofree char *version = NULL;

    if (g_ascii_strncasecmp(text, "v", 1) != 0)
        return false;
    version = tag(text, "v");
    return g_strcmp0(version, "dmarc1") == 0;
}

/* The one record at _dmarc.`domain`; two are as none. */
static char *
ask_record(Dns *dns, const char *domain, bool *out_failed)
{
    g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
    g_autoptr(GPtrArray) records = NULL;
    const char *record = NULL;

    if (dns_ask(dns, name, DNS_TXT, &records) == DNS_FAILED)
        *out_failed = true;
    for (guint i = 0; i < records->len; i++) {
        const DnsRecord *r = records->pdata[i];
        if (!is_dmarc(r->text))
            continue;
        if (record)
            return NULL;
        record = r->text;
    }
    return g_strdup(record);
}

static int
count_labels(const char *domain)
{
    int n = 1;

    for (; *domain; domain++)
        n += *domain == '.';
    return n;
}

static const char *
parent_of(const char *domain)
{
    const char *dot = strchr(domain, '.');

    return dot ? dot + 1 : NULL;
}

static const char *
next_name(const char *domain)
{
    int labels = count_labels(domain);
    const char *at = parent_of(domain);

    while (at && labels-- > LABELS_MAX)
        at = parent_of(at);
    return at;
}

static void
walk_tree(Dns *dns, const char *domain, Walk *walk)
{
    for (const char *at = domain; at && walk->count < NAMES_MAX;
         at = next_name(at)) {
        char *record = ask_record(dns, at, &walk->failed);
        char psd;
        if (!record)
            continue;
        psd = tag_letter(record, "psd", 'u');
        walk->found[walk->count++] = (Found){at, record, psd};
        if (psd == 'n' || (psd == 'y' && at != domain))
            return;
    }
}

/* 4.10.2: psd=n is it; below psd=y is it; else the shortest name. */
static char *
organization_of(const Walk *walk, const char *domain)
{
    const Found *last = walk->count ? &walk->found[walk->count - 1] : NULL;

    if (!last)
        return g_strdup(domain);
    if (last->psd == 'y' && last->domain != domain) {
        const char *below = domain;
        while (parent_of(below) && parent_of(below) != last->domain)
            below = parent_of(below);
        return g_strdup(below);
    }
    return g_strdup(last->domain);
}

/* The author domain's own record, else the organizational domain's, else that
 * of the public suffix. */
static const Found *
record_that_holds(const Walk *walk, const char *domain, const char *org)
{
    if (walk->count == 0)
        return NULL;
    if (walk->found[0].domain == domain)
        return &walk->found[0];
    for (int i = 0; i < walk->count; i++)
        if (strcmp(walk->found[i].domain, org) == 0)
            return &walk->found[i];
    return &walk->found[walk->count - 1];
}

static bool
has_tag(const char *record, const char *name)
{
    g_autofree char *value = tag(record, name);

    return value && *value;
}

void
dmarc_discover(Dns *dns, const char *domain, Dmarc *out)
{
    g_auto(Walk) walk = {0};
    const Found *holds;

    *out = (Dmarc){.status = DNS_NO_NAME, .policy = 'n'};
    walk_tree(dns, domain, &walk);
    out->organization = organization_of(&walk, domain);
    holds = record_that_holds(&walk, domain, out->organization);
    if (!holds) {
        out->status = walk.failed ? DNS_FAILED : DNS_NO_NAME;
        return;
    }
    out->status = DNS_FOUND;
    out->at = g_strconcat("_dmarc.", holds->domain, NULL);
    out->record = g_strdup(holds->record);
    out->policy = tag_letter(holds->record, "p", 'n');
    if (holds->domain != domain)
        out->policy = tag_letter(holds->record, "sp", out->policy);
    out->strict_spf = tag_letter(holds->record, "aspf", 'r') == 's';
    out->strict_dkim = tag_letter(holds->record, "adkim", 'r') == 's';
    out->has_reports = has_tag(holds->record, "rua");
    out->has_removed = has_tag(holds->record, "pct") ||
                       has_tag(holds->record, "rf") ||
                       has_tag(holds->record, "ri");
}

bool
dmarc_aligned(Dns *dns, const Dmarc *dmarc, const char *from_domain,
              const char *domain, bool strict)
{
    g_auto(Walk) walk = {0};
    g_autofree char *organization = NULL;

    if (g_ascii_strcasecmp(from_domain, domain) == 0)
        return true;
    if (strict)
        return false;
    walk_tree(dns, domain, &walk);
    organization = organization_of(&walk, domain);
    return g_ascii_strcasecmp(organization, dmarc->organization) == 0;
}
