/* SPDX-License-Identifier: Apache-2.0 */
/* http_client.c - POST, with libcurl */
#include "nurture/http-client.h"

#include "nurture/error.h"
#include "nurture/peer-limit.h"

#include <curl/curl.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)

bool
http_client_may(const char *url, GError **error)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    const char *scheme = uri ? g_uri_get_scheme(uri) : "";
    const char *host = uri ? g_uri_get_host(uri) : NULL;

    if (host && (strcmp(scheme, "https") == 0 ||
                 (strcmp(scheme, "http") == 0 && address_is_loopback(host))))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "'%s' is not an https address", url);
    return false;
}

static size_t
forget(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count;
}

static void
init_once(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        g_once_init_leave(&once, 1);
    }
}

static void
set_limits(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nurture");
}

bool
http_client_post(const char *url, const char *const *headers, const char *body,
                 gsize length, int *out_status, GError **error)
{
    struct curl_slist *list = NULL;
    CURLcode code;
    long status = 0;

    if (!http_client_may(url, error))
        return false;
    init_once();
    g_autoptr(CURL) curl = curl_easy_init();
    g_assert(curl);
    for (; *headers; headers++)
        list = curl_slist_append(list, *headers);
    set_limits(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s",
                    curl_easy_strerror(code));
    curl_slist_free_all(list);
    *out_status = (int)status;
    return code == CURLE_OK;
}
