/* SPDX-License-Identifier: Apache-2.0 */
/* http-client -- one POST to an address that somebody configured.
 *
 * libcurl, kept short: https only (http to this computer itself, for tests and
 * local receivers), certificates are checked, redirects are not followed, 10 s
 * to connect and 30 s for all of it, and what comes back is thrown away. Any
 * thread. */
#ifndef NURTURE_HTTP_CLIENT_H
#define NURTURE_HTTP_CLIENT_H

#include <glib.h>
#include <stdbool.h>

/* May `url` be posted to? ERROR_CONFIG says why not. */
bool http_client_may(const char *url, GError **error);
/* `headers`: "Name: value", NULL-ended. *out_status is the server's; an error
 * (ERROR_TEMPORARY) means that there was no answer. */
bool http_client_post(const char *url, const char *const *headers,
                      const char *body, gsize length, int *out_status,
                      GError **error);

#endif
