/* SPDX-License-Identifier: Apache-2.0 */
/* hit_rules.c - the tables by which user agents and networks are known */
#include "hit-rules.h"

#include "nurture/datafile.h"
#include "nurture/error.h"

#include <arpa/inet.h>
#include <string.h>

#define AGENTS "tracking/data/machine-agents.tsv"
#define RANGES "tracking/data/machine-ranges.tsv"

/* An address as 128 bits, IPv4 mapped into IPv6. */
typedef struct {
    uint64_t high, low;
} Ip;

typedef struct {
    Ip first, last;
    int outer; /* the next wider range around it; -1 = none */
    const char *name;
    HitKind open, click;
} Range;

struct HitRules {
    DataFile *agents;
    int match, agent, class;
    GArray *ranges;    /* Range, by first, wider ones first */
    GHashTable *names; /* name -> a Range of it, borrowed */
    char *digest;
};

/* Addresses -------------------------------------------------------------- */

static int
compare_ip(Ip a, Ip b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

static bool
ip_parse(const char *text, Ip *out, bool *out_v4)
{
    struct in_addr v4;
    uint8_t b[16] = {[10] = 0xff, [11] = 0xff};

    *out_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (*out_v4)
        memcpy(b + 12, &v4, 4);
    else if (inet_pton(AF_INET6, text, b) != 1)
        return false;
    *out = (Ip){0, 0};
    for (int i = 0; i < 8; i++) {
        out->high = out->high << 8 | b[i];
        out->low = out->low << 8 | b[i + 8];
    }
    return true;
}

/* The bits below a prefix of so many. */
static Ip
ip_rest(int prefix)
{
    Ip rest = {0, 0};

    if (prefix < 64)
        rest.high = prefix == 0 ? UINT64_MAX : UINT64_MAX >> prefix;
    if (prefix <= 64)
        rest.low = UINT64_MAX;
    else if (prefix < 128)
        rest.low = UINT64_MAX >> (prefix - 64);
    return rest;
}

static bool
network_parse(const char *text, Ip *out_first, Ip *out_last)
{
    const char *slash = strchr(text, '/');
    g_autofree char *address =
        slash ? g_strndup(text, (gsize)(slash - text)) : NULL;
    guint64 prefix;
    bool v4;

    if (!slash || !ip_parse(address, out_first, &v4) ||
        !g_ascii_string_to_unsigned(slash + 1, 10, 0, v4 ? 32 : 128, &prefix,
                                    NULL))
        return false;
    Ip rest = ip_rest((int)prefix + (v4 ? 96 : 0));
    out_first->high &= ~rest.high;
    out_first->low &= ~rest.low;
    *out_last = (Ip){out_first->high | rest.high, out_first->low | rest.low};
    return true;
}

void
hit_network_of(const char *address, char out[HIT_NETWORK_TEXT])
{
    struct in_addr v4;
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];

    *out = '\0';
    if (g_ascii_strncasecmp(address, "::ffff:", 7) == 0 && strchr(address, '.'))
        address += 7;
    if (inet_pton(AF_INET, address, &v4) == 1) {
        v4.s_addr &= htonl(0xffffff00);
        inet_ntop(AF_INET, &v4, text, sizeof text);
        g_snprintf(out, HIT_NETWORK_TEXT, "%s/24", text);
    } else if (inet_pton(AF_INET6, address, &v6) == 1) {
        memset(v6.s6_addr + 6, 0, 10);
        inet_ntop(AF_INET6, &v6, text, sizeof text);
        g_snprintf(out, HIT_NETWORK_TEXT, "%s/48", text);
    }
}

/* Reading the tables ----------------------------------------------------- */

static bool
row_is_bad(const DataRow *row, const char *what, GError **error)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s:%d: %s", RANGES,
                row->line, what);
    return false;
}

static bool
read_range(HitRules *r, const DataFile *file, const DataRow *row,
           GError **error)
{
    char **cell = row->cell;
    Range range = {.outer = -1};

    if (!network_parse(cell[datafile_column(file, "network")], &range.first,
                       &range.last))
        return row_is_bad(row, "no network, like 203.0.113.0/24", error);
    if (!hit_kind_parse(cell[datafile_column(file, "opens")], &range.open) ||
        !hit_kind_parse(cell[datafile_column(file, "clicks")], &range.click))
        return row_is_bad(
            row, "opens and clicks are each human, proxy or machine", error);
    const char *name = cell[datafile_column(file, "range")];
    if (!*name || strlen(name) >= HIT_RANGE_TEXT ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return row_is_bad(row,
                          "a range's name is lower-case letters, digits "
                          "and hyphens, at most 31",
                          error);
    range.name = g_intern_string(name);
    g_array_append_val(r->ranges, range);
    return true;
}

static int
compare_ranges(gconstpointer a, gconstpointer b)
{
    const Range *x = a, *y = b;
    int order = compare_ip(x->first, y->first);

    return order ? order : compare_ip(y->last, x->last);
}

/* Where a lookup goes on when a range ends before the address. */
static void
link_outer(GArray *ranges)
{
    int open = -1;

    for (guint i = 0; i < ranges->len; i++) {
        Range *range = &g_array_index(ranges, Range, i);
        while (open >= 0 && compare_ip(g_array_index(ranges, Range, open).last,
                                       range->last) < 0)
            open = g_array_index(ranges, Range, open).outer;
        range->outer = open;
        open = (int)i;
    }
}

static bool
read_ranges(HitRules *r, const DataFile *file, GError **error)
{
    r->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    r->names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < datafile_rows(file); i++)
        if (!read_range(r, file, datafile_row(file, i), error))
            return false;
    g_array_sort(r->ranges, compare_ranges);
    link_outer(r->ranges);
    for (guint i = 0; i < r->ranges->len; i++) {
        Range *range = &g_array_index(r->ranges, Range, i);
        g_hash_table_insert(r->names, (gpointer)(uintptr_t)range->name, range);
    }
    return true;
}

static void
add_table(GChecksum *sum, const DataFile *file)
{
    for (guint i = 0; i < datafile_rows(file); i++)
        for (char **cell = datafile_row(file, i)->cell; *cell; cell++)
            g_checksum_update(sum, (const guchar *)*cell,
                              (gssize)strlen(*cell) + 1);
}

static char *
make_digest(const DataFile *agents, const DataFile *ranges)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const guchar code = HIT_RULES_CODE;

    g_checksum_update(sum, &code, 1);
    add_table(sum, agents);
    add_table(sum, ranges);
    return g_strndup(g_checksum_get_string(sum), 16);
}

HitRules *
hit_rules_load(const char *root, GError **error)
{
    g_autoptr(HitRules) r = g_new0(HitRules, 1);
    g_autoptr(DataFile) ranges = datafile_load_in(root, RANGES, error);

    if (!ranges)
        return NULL;
    r->agents = datafile_load_in(root, AGENTS, error);
    if (!r->agents || !read_ranges(r, ranges, error))
        return NULL;
    r->match = datafile_column(r->agents, "match");
    r->agent = datafile_column(r->agents, "agent");
    r->class = datafile_column(r->agents, "class");
    r->digest = make_digest(r->agents, ranges);
    return g_steal_pointer(&r);
}

void
hit_rules_free(HitRules *rules)
{
    if (!rules)
        return;
    datafile_free(rules->agents);
    g_clear_pointer(&rules->names, g_hash_table_unref);
    g_clear_pointer(&rules->ranges, g_array_unref);
    g_free(rules->digest);
    g_free(rules);
}

const char *
hit_rules_digest(const HitRules *rules)
{
    return rules->digest;
}

/* Asking ----------------------------------------------------------------- */

/* Words only: "Cubot" is a telephone, not a bot. */
static bool
has_word(const char *text, const char *word)
{
    gsize length = strlen(word);

    for (const char *p = text; (p = strcasestr(p, word)); p++)
        if ((p == text || !g_ascii_isalnum(p[-1])) &&
            !g_ascii_isalnum(p[length]))
            return true;
    return false;
}

HitClass
hit_rules_agent(const HitRules *rules, const char *user_agent)
{
    HitClass class = {HIT_HUMAN, ""};

    if (!user_agent || !*user_agent)
        hit_class_set(&class, HIT_MACHINE, "agent");
    for (guint i = 0;
         class.kind == HIT_HUMAN && i < datafile_rows(rules->agents); i++) {
        char **cell = datafile_row(rules->agents, i)->cell;
        const char *agent = cell[rules->agent];
        bool matches = strcmp(cell[rules->match], "exact") == 0
                           ? strcmp(user_agent, agent) == 0
                           : has_word(user_agent, agent);
        if (matches) {
            g_autofree char *rule = g_strdup_printf("agent:%s", agent);
            hit_class_set(&class,
                          strcmp(cell[rules->class], "proxy") == 0
                              ? HIT_PROXY
                              : HIT_MACHINE,
                          rule);
        }
    }
    return class;
}

static const char *
find_range(const HitRules *rules, Ip first, Ip last)
{
    const GArray *ranges = rules->ranges;
    int low = 0, high = (int)ranges->len;

    while (low < high) {
        int middle = low + (high - low) / 2;
        if (compare_ip(g_array_index(ranges, Range, middle).first, first) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (int i = low - 1; i >= 0;) {
        const Range *range = &g_array_index(ranges, Range, i);
        if (compare_ip(range->last, last) >= 0)
            return range->name;
        i = range->outer;
    }
    return "";
}

const char *
hit_rules_range(const HitRules *rules, const char *address)
{
    Ip ip;
    bool v4;

    return ip_parse(address, &ip, &v4) ? find_range(rules, ip, ip) : "";
}

const char *
hit_rules_network(const HitRules *rules, const char *network)
{
    Ip first, last;

    return network && network_parse(network, &first, &last)
               ? find_range(rules, first, last)
               : "";
}

HitClass
hit_rules_range_class(const HitRules *rules, const char *range, bool click)
{
    HitClass class = {HIT_HUMAN, ""};
    const Range *found =
        range && *range ? g_hash_table_lookup(rules->names, range) : NULL;
    HitKind kind = HIT_HUMAN;

    if (found)
        kind = click ? found->click : found->open;
    if (kind != HIT_HUMAN) {
        g_autofree char *rule = g_strdup_printf("range:%s", range);
        hit_class_set(&class, kind, rule);
    }
    return class;
}
