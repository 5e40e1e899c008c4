/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_tls.c - the TLS context of one SMTP session */
#include "smtp_tls.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <openssl/err.h>

/* RFC 6066: the server name is a DNS name, never an address. */
static bool
is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 ||
           inet_pton(AF_INET6, host, &address) == 1;
}

static void
watch(const SSL *ssl, int where, int result)
{
    Handshake *h = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);

    (void)result;
    if (where & SSL_CB_HANDSHAKE_DONE)
        h->done = true;
    if (!(where & SSL_CB_HANDSHAKE_START))
        return;
    h->begun = true;
    if (h->host && !is_address(h->host))
        SSL_set_tlsext_host_name((SSL *)ssl, h->host);
}

static int
verify_peer(X509_STORE_CTX *store, void *arg)
{
    Handshake *h = arg;
    int ok;

    if (h->injected) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    ok = X509_verify_cert(store);
    h->verified = X509_STORE_CTX_get_error(store);
    return ok;
}

/* Where any will do. */
static int
take_peer(X509_STORE_CTX *store, void *arg)
{
    const Handshake *h = arg;

    (void)store;
    return !h->injected;
}

char *
smtp_tls_failure(const Handshake *handshake)
{
    unsigned long error = ERR_peek_error();
    const char *why = error ? ERR_reason_error_string(error) : NULL;

    if (handshake->injected)
        return g_strdup("somebody puts words behind its answer to STARTTLS");
    if (handshake->verified != X509_V_OK)
        return g_strdup_printf(
            "its certificate is not accepted: %s",
            X509_verify_cert_error_string(handshake->verified));
    return g_strdup_printf("the TLS handshake failed: %s",
                           why ? why : "the connection was lost");
}

static bool
use_certificate(SSL_CTX *ctx, const Relay *relay)
{
    return SSL_CTX_use_certificate_chain_file(ctx, relay->certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(
               ctx, relay->key ? relay->key : relay->certificate,
               SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(ctx) == 1;
}

SSL_CTX *
smtp_tls_new(const Relay *relay, bool verify, Handshake *handshake)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    const char *host = relay->host;
    X509_VERIFY_PARAM *param;

    g_assert(ctx);
    if (relay->certificate && !use_certificate(ctx, relay)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    handshake->host = host;
    SSL_CTX_set_ex_data(ctx, 0, handshake);
    SSL_CTX_set_info_callback(ctx, watch);
    SSL_CTX_set_cert_verify_callback(ctx, verify ? verify_peer : take_peer,
                                     handshake);
    if (!verify) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return ctx;
    }
    SSL_CTX_set_default_verify_paths(ctx);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    param = SSL_CTX_get0_param(ctx);
    if (is_address(host))
        X509_VERIFY_PARAM_set1_ip_asc(param, host);
    else
        X509_VERIFY_PARAM_set1_host(param, host, 0);
    return ctx;
}
