/* SPDX-License-Identifier: Apache-2.0 */
/* relay.c - the mail server as nurture.yaml describes it */
#include "transport.h"

#include "nurture/text.h"

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

static void
append_file(GString *out, const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;

    if (path && g_file_get_contents(path, &bytes, &length, NULL))
        g_string_append_len(out, bytes, (gssize)length);
}

char *
relay_fingerprint(const Relay *relay, const Keys *keys)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint8_t mac[32];

    /* a bearer token is another one every hour */
    g_string_printf(text, "%s\n%d\n%d\n%s\n%s\n%s\n", relay->host, relay->port,
                    (int)relay->tls, relay->user ? relay->user : "",
                    relay->password && !relay->xoauth2 ? relay->password : "",
                    relay->ehlo ? relay->ehlo : "");
    append_file(text, relay->certificate);
    append_file(text, relay->key);
    keys_hmac(keys, "relay", text->str, text->len, mac);
    return hex_encode(mac, 8);
}
