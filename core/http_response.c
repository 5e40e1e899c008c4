/* SPDX-License-Identifier: Apache-2.0 */
/* http_response.c - what an answer carries besides its body */
#include "nurture/http.h"

#include <string.h>

static gint
header_index(const HttpResponse *response, const char *name)
{
    gsize length = strlen(name);

    for (guint i = 0; response->headers && i < response->headers->len; i++) {
        const char *line = g_ptr_array_index(response->headers, i);
        if (g_ascii_strncasecmp(line, name, length) == 0 && line[length] == ':')
            return (gint)i;
    }
    return -1;
}

void
http_response_header(HttpResponse *response, const char *name,
                     const char *value)
{
    for (const char *p = value; *p; p++)
        g_assert(!g_ascii_iscntrl(*p));
    if (!response->headers)
        response->headers = g_ptr_array_new_with_free_func(g_free);

    gint index = header_index(response, name);
    if (index >= 0)
        g_ptr_array_remove_index(response->headers, (guint)index);
    g_ptr_array_add(response->headers, g_strdup_printf("%s: %s", name, value));
}

void
http_response_clear(HttpResponse *response)
{
    g_clear_pointer(&response->body, g_bytes_unref);
    g_clear_pointer(&response->headers, g_ptr_array_unref);
    *response = (HttpResponse){0};
}

/* The hash lets exactly this style run, and no other that a hole somewhere
 * might let in. */
static char *
content_policy(const char *html)
{
    const char *start = strstr(html, "<style>");
    const char *end = start ? strstr(start, "</style>") : NULL;
    GString *policy = g_string_new("default-src 'none'");

    if (end) {
        start += strlen("<style>");
        guint8 digest[32];
        gsize size = sizeof digest;
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(sum, (const guchar *)start, end - start);
        g_checksum_get_digest(sum, digest, &size);
        g_autofree char *hash = g_base64_encode(digest, size);
        g_string_append_printf(policy, "; style-src 'sha256-%s'", hash);
    }
    g_string_append(policy, "; form-action 'self'; base-uri 'none'; "
                            "frame-ancestors 'none'");
    return g_string_free(policy, FALSE);
}

void
http_response_page(HttpResponse *response, int status, const char *html)
{
    g_autofree char *policy = content_policy(html);

    g_clear_pointer(&response->body, g_bytes_unref);
    response->status = status;
    response->type = NULL;
    response->body = g_bytes_new(html, strlen(html));
    http_response_header(response, "Content-Security-Policy", policy);
    http_response_header(response, "X-Content-Type-Options", "nosniff");
    http_response_header(response, "Referrer-Policy", "no-referrer");
    http_response_header(response, "Cache-Control", "no-store");
    http_response_header(response, "X-Robots-Tag", "noindex");
    http_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
}
