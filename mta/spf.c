/* SPDX-License-Identifier: Apache-2.0 */
/* spf.c - check_host() of RFC 7208, without macros */
#include "spf.h"

#include <arpa/inet.h>
#include <string.h>

#define LOOKUPS_MAX 10
#define VOIDS_MAX   2
#define MX_MAX      10

typedef struct {
    int family;
    uint8_t bytes[16];
} Address;

typedef struct {
    Dns *dns;
    Address ip;
    SpfReport *report;
    int voids;
} Check;

/* "include:_spf.example.org", taken apart. */
typedef struct {
    char qualifier, *name, *argument; /* argument NULL = none */
    int bits4, bits6;                 /* of a CIDR length */
} Term;

static SpfResult check_host(Check *c, const char *domain, int depth);

static void
term_clear(Term *term)
{
    g_free(term->name);
    g_free(term->argument);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Term, term_clear)

void
spf_report_clear(SpfReport *report)
{
    g_clear_pointer(&report->record, g_free);
    g_clear_pointer(&report->why, g_free);
}

const char *
spf_word(SpfResult result)
{
    static const char *const words[] = {"none",     "neutral",  "pass",
                                        "fail",     "softfail", "temperror",
                                        "permerror"};

    return words[result];
}

static SpfResult
wrong(Check *c, const char *format, const char *what)
{
    if (!c->report->why)
        c->report->why = g_strdup_printf("%s%s", format, what ? what : "");
    return SPF_PERMERROR;
}

static bool
address_parse(const char *text, Address *out)
{
    *out = (Address){AF_INET, {0}};
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    out->family = AF_INET6;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

static bool
address_within(const Address *ip, const Address *net, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;

    if (ip->family != net->family ||
        memcmp(ip->bytes, net->bytes, (gsize)whole) != 0)
        return false;
    return rest == 0 || (ip->bytes[whole] & mask) == (net->bytes[whole] & mask);
}

/* Take "/24", "//64" or "/24//64" off the end of `text`. */
static bool
take_cidr(char *text, Term *term)
{
    char *slash = strchr(text, '/'), *second;
    guint64 n;

    term->bits4 = 32;
    term->bits6 = 128;
    if (!slash)
        return true;
    second = strstr(slash, "//");
    if (second) {
        if (!g_ascii_string_to_unsigned(second + 2, 10, 0, 128, &n, NULL))
            return false;
        term->bits6 = (int)n;
        *second = '\0';
    }
    if (second != slash) {
        /* ip6 writes one slash for its own length */
        bool six = g_ascii_strcasecmp(term->name, "ip6") == 0;
        if (!g_ascii_string_to_unsigned(slash + 1, 10, 0, six ? 128 : 32, &n,
                                        NULL))
            return false;
        *(six ? &term->bits6 : &term->bits4) = (int)n;
    }
    *slash = '\0';
    return true;
}

static bool
term_parse(const char *text, Term *out)
{
    g_autofree char *rest = NULL;
    gsize name;

    *out = (Term){.qualifier = '+'};
    if (strchr("+-~?", *text) && *text)
        out->qualifier = *text++;
    name = strcspn(text, ":/");
    out->name = g_ascii_strdown(text, (gssize)name);
    rest = g_strdup(text + name);
    if (!take_cidr(rest, out))
        return false;
    if (*rest == ':' && !rest[1])
        return false;
    out->argument = *rest == ':' ? g_strdup(rest + 1) : NULL;
    return true;
}

/* One more term that asks the DNS. */
static bool
may_look_up(Check *c)
{
    return ++c->report->lookups <= LOOKUPS_MAX;
}

static bool
count_void(Check *c, DnsStatus status)
{
    if (status == DNS_NO_DATA || status == DNS_NO_NAME)
        c->voids++;
    return c->voids <= VOIDS_MAX;
}

/* Does an address of `host` cover ours? */
static SpfResult
match_host(Check *c, const char *host, const Term *term, bool *out)
{
    g_autoptr(GPtrArray) records = NULL;
    bool four = c->ip.family == AF_INET;
    DnsStatus status = dns_ask(c->dns, host, four ? DNS_A : DNS_AAAA, &records);

    if (status == DNS_FAILED)
        return SPF_TEMPERROR;
    if (!count_void(c, status))
        return wrong(c, "more than two of its names do not exist", NULL);
    for (guint i = 0; i < records->len; i++) {
        const DnsRecord *record = records->pdata[i];
        Address net;
        *out |= address_parse(record->text, &net) &&
                address_within(&c->ip, &net, four ? term->bits4 : term->bits6);
    }
    return SPF_NONE;
}

static SpfResult
match_mx(Check *c, const char *domain, const Term *term, bool *out)
{
    g_autoptr(GPtrArray) records = NULL;
    DnsStatus status = dns_ask(c->dns, domain, DNS_MX, &records);

    if (status == DNS_FAILED)
        return SPF_TEMPERROR;
    if (!count_void(c, status))
        return wrong(c, "more than two of its names do not exist", NULL);
    if (records->len > MX_MAX)
        return wrong(c, "more than ten names in the MX of ", domain);
    for (guint i = 0; i < records->len && !*out; i++) {
        const DnsRecord *record = records->pdata[i];
        SpfResult result = match_host(c, record->text, term, out);
        if (result != SPF_NONE)
            return result;
    }
    return SPF_NONE;
}

static SpfResult
match_include(Check *c, const char *domain, int depth, bool *out)
{
    switch (check_host(c, domain, depth + 1)) {
    case SPF_PASS:
        *out = true;
        return SPF_NONE;
    case SPF_FAIL:
    case SPF_SOFTFAIL:
    case SPF_NEUTRAL:
        return SPF_NONE;
    case SPF_TEMPERROR:
        return SPF_TEMPERROR;
    case SPF_NONE:
        return wrong(c, "there is no SPF record at the included ", domain);
    case SPF_PERMERROR:
        break;
    }
    return SPF_PERMERROR;
}

static SpfResult
match_ip(Check *c, const Term *term, int family, bool *out)
{
    Address net;

    if (!term->argument || !address_parse(term->argument, &net) ||
        net.family != family)
        return wrong(c, "not an address: ", term->argument);
    *out = address_within(&c->ip, &net,
                          family == AF_INET ? term->bits4 : term->bits6);
    return SPF_NONE;
}

/* Terms that ask the DNS. */
static SpfResult
match_lookup(Check *c, const Term *term, const char *domain, int depth,
             bool *out)
{
    const char *at = term->argument ? term->argument : domain;

    if (!may_look_up(c))
        return wrong(c, "it asks the DNS more than ten times", NULL);
    if (strchr(at, '%')) {
        c->report->has_macro = true;
        return SPF_NONE;
    }
    if (strcmp(term->name, "include") == 0)
        return term->argument ? match_include(c, at, depth, out)
                              : wrong(c, "include without a name", NULL);
    if (strcmp(term->name, "a") == 0)
        return match_host(c, at, term, out);
    if (strcmp(term->name, "mx") == 0)
        return match_mx(c, at, term, out);
    if (strcmp(term->name, "exists") == 0) {
        g_autoptr(GPtrArray) records = NULL;
        DnsStatus status = dns_ask(c->dns, at, DNS_A, &records);
        *out = status == DNS_FOUND;
        return status == DNS_FAILED ? SPF_TEMPERROR : SPF_NONE;
    }
    return SPF_NONE; /* ptr: deprecated, and slow */
}

/* SPF_NONE: go on if not *out. */
static SpfResult
match_term(Check *c, const Term *term, const char *domain, int depth, bool *out)
{
    static const char *const lookups[] = {"include", "a",      "mx",
                                          "ptr",     "exists", NULL};

    *out = false;
    if (strcmp(term->name, "all") == 0) {
        *out = true;
        return SPF_NONE;
    }
    if (strcmp(term->name, "ip4") == 0)
        return match_ip(c, term, AF_INET, out);
    if (strcmp(term->name, "ip6") == 0)
        return match_ip(c, term, AF_INET6, out);
    if (g_strv_contains(lookups, term->name))
        return match_lookup(c, term, domain, depth, out);
    return wrong(c, "it does not know the word ", term->name);
}

static SpfResult
result_of(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_FAIL;
    case '~':
        return SPF_SOFTFAIL;
    case '?':
        return SPF_NEUTRAL;
    default:
        return SPF_PASS;
    }
}

static bool
is_modifier(const char *text)
{
    gsize name = strcspn(text, "=:/");

    return name > 0 && text[name] == '=';
}

static SpfResult
evaluate(Check *c, const char *record, const char *domain, int depth)
{
    g_auto(GStrv) words = g_strsplit(record, " ", -1);
    const char *redirect = NULL;

    for (char **word = words + 1; *word; word++) {
        g_auto(Term) term = {0};
        bool matches = false;
        SpfResult result;
        if (!**word)
            continue;
        if (is_modifier(*word)) {
            if (g_ascii_strncasecmp(*word, "redirect=", 9) == 0)
                redirect = *word + 9;
            continue;
        }
        if (!term_parse(*word, &term))
            return wrong(c, "not a term: ", *word);
        result = match_term(c, &term, domain, depth, &matches);
        if (result != SPF_NONE)
            return result;
        if (matches)
            return result_of(term.qualifier);
    }
    if (!redirect)
        return SPF_NEUTRAL;
    if (!may_look_up(c))
        return wrong(c, "it asks the DNS more than ten times", NULL);
    if (strchr(redirect, '%')) {
        c->report->has_macro = true;
        return SPF_NEUTRAL;
    }
    SpfResult result = check_host(c, redirect, depth + 1);
    return result == SPF_NONE ? wrong(c, "there is no SPF record at ", redirect)
                              : result;
}

static bool
is_spf(const char *text)
{
    return g_ascii_strncasecmp(text, "v=spf1", 6) == 0 &&
           (text[6] == ' ' || text[6] == '\0');
}

static SpfResult
check_host(Check *c, const char *domain, int depth)
{
    g_autoptr(GPtrArray) records = NULL;
    const char *record = NULL;
    DnsStatus status;

    if (depth > LOOKUPS_MAX)
        return wrong(c, "it asks the DNS more than ten times", NULL);
    status = dns_ask(c->dns, domain, DNS_TXT, &records);
    if (status == DNS_FAILED)
        return SPF_TEMPERROR;
    for (guint i = 0; i < records->len; i++) {
        const DnsRecord *r = records->pdata[i];
        if (!is_spf(r->text))
            continue;
        if (record)
            return wrong(c, "there is more than one SPF record at ", domain);
        record = r->text;
    }
    if (!record)
        return SPF_NONE;
    if (depth == 0)
        c->report->record = g_strdup(record);
    return evaluate(c, record, domain, depth);
}

SpfResult
spf_check(Dns *dns, const char *ip, const char *domain, SpfReport *out)
{
    Check c = {.dns = dns, .report = out};

    *out = (SpfReport){0};
    if (!address_parse(ip, &c.ip))
        return SPF_NEUTRAL;
    return check_host(&c, domain, 0);
}
