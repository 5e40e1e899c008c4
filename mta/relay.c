/* SPDX-License-Identifier: Apache-2.0 */
/* relay.c - the mail server as nurture.yaml describes it */
#include "transport.h"

#include <stdlib.h>

Relay
relay_of_workspace(const Workspace *w, const char *password)
{
    const char *timeout = getenv("NURTURE_SMTP_TIMEOUT");
    Relay relay = {
        .host = w->smtp.host ? w->smtp.host : "localhost",
        .port = w->smtp.port ? w->smtp.port : 25,
        .tls = w->smtp.tls,
        .user = w->smtp.user,
        .password = w->smtp.user ? password : NULL,
        .xoauth2 = w->smtp.xoauth2,
        .certificate = w->smtp.certificate,
        .key = w->smtp.key,
        .ehlo = w->smtp.ehlo,
        .window = w->smtp.window,
    };

    if (timeout && g_strcmp0(getenv("NURTURE_TESTING"), "1") == 0)
        relay.timeout_ms = (int)g_ascii_strtoll(timeout, NULL, 10);
    return relay;
}
