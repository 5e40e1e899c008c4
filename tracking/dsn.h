/* SPDX-License-Identifier: Apache-2.0 */
/* dsn -- the machine-readable half of a delivery report (RFC 3464).
 *
 * Read leniently: groups without the empty line between them, fields split by
 * empty lines, several empty lines, continuation lines that are not indented,
 * address types left out or invented, comments and angle brackets. */
#ifndef TRACKING_DSN_H
#define TRACKING_DSN_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    DSN_ACTION_NONE, /* absent or not a word we know */
    DSN_ACTION_FAILED,
    DSN_ACTION_DELAYED,
    DSN_ACTION_DELIVERED, /* also relayed and expanded */
} DsnAction;

/* One group of fields. NULL = absent. */
typedef struct {
    char *final;      /* Final-Recipient, the address alone */
    char *original;   /* Original-Recipient, the address alone */
    char *actual;     /* X-Actual-Recipient, the address alone */
    char *status;     /* "5.1.1" */
    char *diagnostic; /* Diagnostic-Code with its type, one line */
    char *remote_mta;
    DsnAction action;
} DsnRecipient;

typedef struct {
    GPtrArray *recipients; /* DsnRecipient */
    char *reporting_mta;
    char *envelope_id; /* Original-Envelope-Id */
    bool any_field;    /* it did look like a status part */
} Dsn;

Dsn *dsn_parse(const char *fields);
void dsn_free(Dsn *dsn);

/* "rfc822; <a@b>" -> "a@b"; NULL if there is no address in it. */
char *dsn_address(const char *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dsn, dsn_free)

#endif
