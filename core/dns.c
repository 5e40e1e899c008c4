/* SPDX-License-Identifier: Apache-2.0 */
/* dns.c - one question, and the records of its answer, over libresolv */
#include "nurture/dns.h"

#include "nurture/error.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

#define ANSWER_MAX    65535
#define CNAMES_MAX    8
#define ANSWERS_MAX   512 /* looked at */
#define TIMEOUT_S     2
#define TRIES         3
#define PORT_OF_DNS   53
#define REVERSE_SPACE 80

struct Dns {
    DnsAsk ask; /* NULL: libresolv does */
    gpointer data;
    struct __res_state state;
    uint8_t answer[ANSWER_MAX];
};

static void
record_free(gpointer data)
{
    DnsRecord *record = data;

    g_free(record->text);
    g_free(record);
}

static bool
set_server(Dns *dns, const char *server, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(server, ":", 2);
    struct sockaddr_in *to = &dns->state.nsaddr_list[0];
    guint64 port = PORT_OF_DNS;

    memset(to, 0, sizeof *to);
    to->sin_family = AF_INET;
    if (!parts[0] || inet_pton(AF_INET, parts[0], &to->sin_addr) != 1 ||
        (parts[1] &&
         !g_ascii_string_to_unsigned(parts[1], 10, 1, 65535, &port, NULL))) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "'%s' is no DNS server: write 127.0.0.1:5353", server);
        return false;
    }
    to->sin_port = htons((uint16_t)port);
    dns->state.nscount = 1;
    return true;
}

Dns *
dns_open(const char *server, GError **error)
{
    g_autoptr(Dns) dns = g_new0(Dns, 1);

    if (res_ninit(&dns->state) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "/etc/resolv.conf cannot be read");
        return NULL;
    }
    dns->state.retrans = TIMEOUT_S;
    dns->state.retry = TRIES;
    /* names are whole, and underscores may stand in them */
    dns->state.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    dns->state.options |= RES_USE_EDNS0;
    if (server && !set_server(dns, server, error))
        return NULL;
    return g_steal_pointer(&dns);
}

Dns *
dns_open_with(DnsAsk ask, gpointer data)
{
    Dns *dns = g_new0(Dns, 1);

    dns->ask = ask;
    dns->data = data;
    return dns;
}

void
dns_close(Dns *dns)
{
    if (!dns)
        return;
    if (!dns->ask)
        res_nclose(&dns->state);
    g_free(dns);
}

/* --- reading an answer ---------------------------------------------------- */

/* A name inside the answer, in lower case. NULL when it is none. */
static char *
read_name(const ns_msg *message, const uint8_t *at)
{
    char name[NS_MAXDNAME];

    if (ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), at,
                           name, sizeof name) < 0)
        return NULL;
    return *name ? g_ascii_strdown(name, -1) : g_strdup(".");
}

static char *
read_text(const uint8_t *data, gsize length)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; i < length;) {
        gsize n = data[i++];
        if (n > length - i || memchr(data + i, '\0', n) ||
            text->len + n > DNS_TEXT_MAX)
            return NULL;
        g_string_append_len(text, (const char *)data + i, (gssize)n);
        i += n;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *
read_address(int family, const uint8_t *data)
{
    char text[INET6_ADDRSTRLEN];

    return g_strdup(inet_ntop(family, data, text, sizeof text));
}

/* NULL when the record breaks its type's form. */
static char *
read_data(const ns_msg *message, const ns_rr *rr, DnsType type,
          int *out_preference)
{
    const uint8_t *data = ns_rr_rdata(*rr);
    gsize length = ns_rr_rdlen(*rr);

    *out_preference = 0;
    switch (type) {
    case DNS_A:
        return length == 4 ? read_address(AF_INET, data) : NULL;
    case DNS_AAAA:
        return length == 16 ? read_address(AF_INET6, data) : NULL;
    case DNS_TXT:
        return read_text(data, length);
    case DNS_MX:
        if (length < 3)
            return NULL;
        *out_preference = data[0] << 8 | data[1];
        return read_name(message, data + 2);
    case DNS_PTR:
        return read_name(message, data);
    }
    return NULL;
}

/* Where the CNAMEs of the answer lead from `name`. */
static char *
follow_cnames(ns_msg *message, int answers, const char *name)
{
    g_autofree char *at = g_ascii_strdown(name, -1);

    for (int hop = 0; hop < CNAMES_MAX; hop++) {
        g_autofree char *next = NULL;
        for (int i = 0; i < answers && !next; i++) {
            ns_rr rr;
            if (ns_parserr(message, ns_s_an, i, &rr) == 0 &&
                ns_rr_type(rr) == ns_t_cname &&
                g_ascii_strcasecmp(ns_rr_name(rr), at) == 0)
                next = read_name(message, ns_rr_rdata(rr));
        }
        if (!next)
            break;
        g_free(at);
        at = g_steal_pointer(&next);
    }
    return g_steal_pointer(&at);
}

static gint
compare_records(gconstpointer a, gconstpointer b)
{
    const DnsRecord *x = *(DnsRecord *const *)a, *y = *(DnsRecord *const *)b;

    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(x->text, y->text);
}

void
dns_record_add(GPtrArray *records, int preference, const char *text)
{
    DnsRecord *record = g_new(DnsRecord, 1);

    *record = (DnsRecord){preference, g_strdup(text)};
    g_ptr_array_add(records, record);
}

static void
add_records(ns_msg *message, int answers, const char *name, DnsType type,
            GPtrArray *records)
{
    g_autofree char *owner = follow_cnames(message, answers, name);

    for (int i = 0; i < answers && records->len < DNS_RECORDS_MAX; i++) {
        g_autofree char *text = NULL;
        int preference;
        ns_rr rr;
        if (ns_parserr(message, ns_s_an, i, &rr) != 0 ||
            ns_rr_class(rr) != ns_c_in || (int)ns_rr_type(rr) != (int)type ||
            g_ascii_strcasecmp(ns_rr_name(rr), owner) != 0)
            continue;
        text = read_data(message, &rr, type, &preference);
        if (text)
            dns_record_add(records, preference, text);
    }
    g_ptr_array_sort(records, compare_records);
}

DnsStatus
dns_parse(const uint8_t *bytes, gsize length, const char *name, DnsType type,
          GPtrArray **out_records)
{
    ns_msg message;
    int code;

    *out_records = g_ptr_array_new_with_free_func(record_free);
    if (length > ANSWER_MAX || ns_initparse(bytes, (int)length, &message) != 0)
        return DNS_FAILED;
    code = ns_msg_getflag(message, ns_f_rcode);
    if (code == ns_r_nxdomain)
        return DNS_NO_NAME;
    if (code != ns_r_noerror)
        return DNS_FAILED;
    add_records(&message, MIN(ns_msg_count(message, ns_s_an), ANSWERS_MAX),
                name, type, *out_records);
    return (*out_records)->len > 0 ? DNS_FOUND : DNS_NO_DATA;
}

/* --- asking ----------------------------------------------------------------
 */

static bool
is_name(const char *name)
{
    gsize length = strlen(name), label = 0;

    if (length == 0 || length > DNS_NAME_MAX)
        return false;
    for (gsize i = 0; i <= length; i++) {
        if (name[i] == '.' || name[i] == '\0') {
            if (label == 0 || label > 63)
                return false;
            label = 0;
        } else if (name[i] <= ' ' || name[i] == 0x7f || name[i] == '\\') {
            return false;
        } else {
            label++;
        }
    }
    return true;
}

DnsStatus
dns_ask(Dns *dns, const char *name, DnsType type, GPtrArray **out_records)
{
    if (dns->ask) {
        *out_records = g_ptr_array_new_with_free_func(record_free);
        return dns->ask(name, type, *out_records, dns->data);
    }
    if (is_name(name)) {
        int length = res_nquery(&dns->state, name, ns_c_in, (int)type,
                                dns->answer, sizeof dns->answer);
        if (length >= 0)
            return dns_parse(dns->answer, (gsize)length, name, type,
                             out_records);
    }
    *out_records = g_ptr_array_new_with_free_func(record_free);
    if (!is_name(name) || dns->state.res_h_errno == HOST_NOT_FOUND)
        return DNS_NO_NAME;
    return dns->state.res_h_errno == NO_DATA ? DNS_NO_DATA : DNS_FAILED;
}

char *
dns_reverse_name(const char *address)
{
    uint8_t bytes[16];
    GString *name;

    if (inet_pton(AF_INET, address, bytes) == 1)
        return g_strdup_printf("%d.%d.%d.%d.in-addr.arpa", bytes[3], bytes[2],
                               bytes[1], bytes[0]);
    if (inet_pton(AF_INET6, address, bytes) != 1)
        return NULL;
    name = g_string_sized_new(REVERSE_SPACE);
    for (int i = 15; i >= 0; i--)
        g_string_append_printf(name, "%x.%x.", (unsigned)bytes[i] & 15U,
                               (unsigned)bytes[i] >> 4);
    g_string_append(name, "ip6.arpa");
    return g_string_free(name, FALSE);
}
