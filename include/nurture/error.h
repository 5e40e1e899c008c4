/* SPDX-License-Identifier: Apache-2.0 */
/* error -- what the caller of a failed function can do about it.
 *
 * The world failing (file, network, database, a user's input) is a GError in
 * this one domain. The message is complete enough to show as it is. Broken
 * invariants are g_assert(), and a remote server's verdict is data. */
#ifndef NURTURE_ERROR_H
#define NURTURE_ERROR_H

#include <glib.h>

#define NURTURE_ERROR (nurture_error_quark())

typedef enum {
    ERROR_INPUT,     /* a user's file or data: "path:line:col: what"  exit 1 */
    ERROR_USAGE,     /* wrong command line                            exit 2 */
    ERROR_REFUSED,   /* not confirmed, stale plan, draft, paused      exit 3 */
    ERROR_NOT_FOUND, /* no such campaign, segment, candidate          exit 1 */
    ERROR_CONFIG,    /* nurture.yaml is wrong                         exit 1 */
    ERROR_TEMPORARY, /* try later: SMTP 4xx, locked, DNS              exit 4 */
    ERROR_PERMANENT, /* will fail again: SMTP 5xx                     exit 5 */
    ERROR_STORE,     /* database damaged or too new                   exit 6 */
} NurtureError;

GQuark nurture_error_quark(void);

/* The exit status of a program that ends with `error`; 0 for NULL, and 70
 * (a bug) for an error of a foreign domain. */
int error_exit_status(const GError *error);

#endif
