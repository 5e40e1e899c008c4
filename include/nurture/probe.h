/* SPDX-License-Identifier: Apache-2.0 */
/* probe -- does a web address answer?
 *
 * One request, HEAD and then GET where HEAD is not understood; nothing of the
 * answer but its status line is read, redirects are not followed. Certificates
 * are verified. Used by `nurture check --links` and `nurture doctor` only:
 * sending never asks the web. */
#ifndef NURTURE_PROBE_H
#define NURTURE_PROBE_H

#include <glib.h>
#include <stdbool.h>

/* The HTTP status in *out_status. False with ERROR_TEMPORARY when nobody
 * answers within `timeout_s` seconds, ERROR_INPUT for a URL that is no http or
 * https address. */
bool url_probe(const char *url, int timeout_s, int *out_status, GError **error);
/* One POST of `form`, which is urlencoded already. */
bool url_post(const char *url, const char *form, int timeout_s, int *out_status,
              GError **error);

#endif
