/* SPDX-License-Identifier: Apache-2.0 */
/* status-code -- RFC 3463 codes and SMTP replies inside any text. */
#ifndef TRACKING_STATUS_CODE_H
#define TRACKING_STATUS_CODE_H

#include <glib.h>
#include <stdbool.h>

/* The first enhanced status code in `text` ("5.1.1"), NULL if there is none.
 * Dotted quads, versions and longer numbers are not codes. */
char *status_code_find(const char *text);

/* The best one: the first that says more than its class, preferring those
 * that follow an SMTP reply code of their class. */
char *status_code_best(const char *text);

/* The first SMTP reply code 4xx or 5xx in `text` ("550 ", "550-5.1.1"), 0 if
 * there is none. */
int reply_code_find(const char *text);

/* "5.0.0", "4.0.0", or nothing at all. */
bool status_code_is_vague(const char *status);

#endif
