/* SPDX-License-Identifier: Apache-2.0 */
/* dns -- questions to the domain name system.
 *
 * For `nurture doctor` only: delivery leaves names to the mail server. What
 * comes back is a stranger's bytes: it is parsed within the limits below, a
 * record that breaks its form is left out, and texts may hold any octet but
 * NUL, so show them escaped only. */
#ifndef NURTURE_DNS_H
#define NURTURE_DNS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    DNS_A = 1,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
} DnsType;

typedef enum {
    DNS_FOUND,   /* at least one record */
    DNS_NO_DATA, /* the name is there, records of this type are not */
    DNS_NO_NAME, /* NXDOMAIN */
    DNS_FAILED,  /* no answer, or one that says SERVFAIL: ask again later */
} DnsStatus;

#define DNS_RECORDS_MAX 64   /* of one answer; the rest is left out */
#define DNS_TEXT_MAX    8192 /* octets of one TXT record, joined */
#define DNS_NAME_MAX    253

typedef struct {
    int preference; /* of MX; else 0 */
    char *text; /* A, AAAA: the address; MX, PTR: lower case, without the final
                   dot, "." for the root; TXT: its strings joined */
} DnsRecord;

typedef struct Dns Dns;

/* `server` is "127.0.0.1:5353" or an IPv4 address; NULL asks whom the system
 * asks. ERROR_USAGE when it is neither. */
Dns *dns_open(const char *server, GError **error);
/* Asks `ask` instead of a server: for tests. It appends to `records` with
 * dns_record_add(). */
typedef DnsStatus (*DnsAsk)(const char *name, DnsType type, GPtrArray *records,
                            gpointer data);
Dns *dns_open_with(DnsAsk ask, gpointer data);
void dns_record_add(GPtrArray *records, int preference, const char *text);
void dns_close(Dns *dns);
/* The records, by preference and then text, in an array of DnsRecord that is
 * the caller's and never NULL. A name that cannot be one is DNS_NO_NAME. At
 * most 6 seconds. */
DnsStatus dns_ask(Dns *dns, const char *name, DnsType type,
                  GPtrArray **out_records);
/* The same for an answer's bytes: only records of `name`, or of what its
 * CNAMEs lead to. */
DnsStatus dns_parse(const uint8_t *bytes, gsize length, const char *name,
                    DnsType type, GPtrArray **out_records);
/* "4.3.2.1.in-addr.arpa", or under ip6.arpa; NULL when it is no address. */
char *dns_reverse_name(const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dns, dns_close)

#endif
