/* SPDX-License-Identifier: Apache-2.0 */
/* certificate -- one for a test's own server on loopback */
#ifndef TESTS_CERTIFICATE_H
#define TESTS_CERTIFICATE_H

#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* A self-signed certificate for the address `ip`, and its key, in one file. */
static inline void
write_certificate(const char *path, const char *ip)
{
    g_autofree char *names = g_strdup_printf("IP:%s", ip);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    X509_EXTENSION *san =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_NAME *name = X509_get_subject_name(cert);
    FILE *file = fopen(path, "w");

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"sink", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_add_ext(cert, san, -1);
    g_assert_cmpint(X509_sign(cert, key, EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_X509(file, cert), ==, 1);
    g_assert_cmpint(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
                    ==, 1);
    fclose(file);
    X509_EXTENSION_free(san);
    X509_free(cert);
    EVP_PKEY_free(key);
}

#endif
