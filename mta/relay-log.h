/* SPDX-License-Identifier: Apache-2.0 */
/* relay-log -- one line of Postfix's log. */
#ifndef MTA_RELAY_LOG_H
#define MTA_RELAY_LOG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    RELAY_LOG_OTHER,      /* nothing about a message */
    RELAY_LOG_MESSAGE_ID, /* its header has come */
    RELAY_LOG_TAKEN,      /* it is in the queue, or on its way */
    RELAY_LOG_BOUNCED,    /* refused for good by the next server */
    RELAY_LOG_REMOVED,    /* done with; the id may come again */
} RelayLogKind;

/* Borrows from the line. */
typedef struct {
    int64_t at;
    RelayLogKind kind;
    const char *id; /* Postfix's queue id; not for RELAY_LOG_OTHER */
    gsize id_length;
    const char *message_id; /* its part before the @ */
    gsize message_id_length;
} RelayLogLine;

/* False when the line has no date, or is no line of a log at all. Dates without
 * a zone are `zone`'s, without a year the latest that is not to come. */
bool relay_log_line(const char *line, GTimeZone *zone, int64_t now,
                    RelayLogLine *out);

#endif
