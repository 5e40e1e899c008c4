/* SPDX-License-Identifier: Apache-2.0 */
/* dkim_key.c - the signing keys: files, and what the DNS says of them */
#include "dkim-private.h"

#include "nurture/address.h"
#include "nurture/error.h"
#include "nurture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#define SELECTOR_DEFAULT "nurture"
#define ED25519_SUFFIX   "-ed25519"
#define LABEL_MAX        63

static void
key_free(gpointer data)
{
    DkimKey *key = data;

    g_free(key->selector);
    EVP_PKEY_free(key->pkey);
    g_free(key);
}

static void
key_file_free(gpointer data)
{
    DkimKeyFile *file = data;

    g_free(file->path);
    g_free(file->selector);
    g_free(file);
}

static void
record_free(gpointer data)
{
    DkimRecord *record = data;

    g_free(record->name);
    g_free(record->value);
    g_free(record);
}

/* Dot-separated labels (RFC 6376, 3.1), with room for the suffix. It also
 * names a file. */
static bool
selector_check(const char *selector, GError **error)
{
    g_auto(GStrv) labels = g_strsplit(selector, ".", -1);
    bool ok = strlen(selector) + strlen(ED25519_SUFFIX) <= LABEL_MAX;

    for (char **label = labels; *label; label++) {
        gsize n = strlen(*label);
        ok = ok && n > 0 && (*label)[0] != '-' && (*label)[n - 1] != '-';
        for (gsize i = 0; i < n; i++)
            ok = ok && (g_ascii_isalnum((*label)[i]) || (*label)[i] == '-');
    }
    if (ok && *labels)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                "'%s' is no DKIM selector: letters, digits and '-' in labels "
                "with dots between, at most %d in all",
                selector, LABEL_MAX - (int)strlen(ED25519_SUFFIX));
    return false;
}

static const char *
own_selector(const Workspace *workspace)
{
    return workspace->dkim.selector ? workspace->dkim.selector
                                    : SELECTOR_DEFAULT;
}

static char *
key_path(const Workspace *workspace, const char *selector)
{
    g_autofree char *name = g_strconcat(selector, ".pem", NULL);

    if (workspace->dkim.key_file &&
        strcmp(selector, own_selector(workspace)) == 0)
        return g_strdup(workspace->dkim.key_file);
    return g_build_filename(workspace->state_dir, "dkim", name, NULL);
}

/* The two files of `selector` (NULL = the workspace's). */
static GPtrArray *
key_files(const Workspace *workspace, const char *selector, GError **error)
{
    GPtrArray *files;
    const char *name = selector ? selector : own_selector(workspace);

    if (!selector_check(name, error))
        return NULL;
    files = g_ptr_array_new_with_free_func(key_file_free);
    for (int i = 0; i < 2; i++) {
        DkimKeyFile *file = g_new0(DkimKeyFile, 1);
        file->selector = g_strconcat(name, i ? ED25519_SUFFIX : "", NULL);
        file->path = key_path(workspace, file->selector);
        g_ptr_array_add(files, file);
    }
    return files;
}

static bool
refuse(GError **error, const char *path, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", path, what);
    return false;
}

/* RSA of a length that verifiers take (RFC 8301, 3.2), or Ed25519. */
static bool
key_check(EVP_PKEY *pkey, const char *path, GError **error)
{
    if (EVP_PKEY_is_a(pkey, "ED25519"))
        return true;
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        return refuse(error, path, "the key is neither RSA nor Ed25519");
    if (EVP_PKEY_get_bits(pkey) < 1024)
        return refuse(error, path, "an RSA key needs 1024 bits or more");
    if (EVP_PKEY_get_bits(pkey) > DKIM_BITS_MAX)
        return refuse(error, path, "the RSA key has more than 4096 bits");
    return true;
}

/* Nobody is asked for a pass phrase: a service has no terminal. */
static int
no_pass_phrase(char *out, int size, int writing, void *data)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)data;
    return -1;
}

static EVP_PKEY *
key_read(const char *path, GError **error)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *pkey;
    GStatBuf st;

    if (!file || fstat(fileno(file), &st) != 0) {
        refuse(error, path, g_strerror(errno));
        if (file)
            fclose(file);
        return NULL;
    }
    if ((st.st_mode & 077) != 0) {
        fclose(file);
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "%s can be read by others; it must not: chmod 600 %s", path,
                    path);
        return NULL;
    }
    pkey = PEM_read_PrivateKey(file, NULL, no_pass_phrase, NULL);
    fclose(file);
    if (!pkey) {
        refuse(error, path, "not a private key in PEM form");
        return NULL;
    }
    if (key_check(pkey, path, error))
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

/* Old verifiers look at the first signature only. */
static int
rsa_first(const void *a, const void *b)
{
    const DkimKey *x = *(const DkimKey *const *)a;
    const DkimKey *y = *(const DkimKey *const *)b;

    return EVP_PKEY_is_a(y->pkey, "RSA") - EVP_PKEY_is_a(x->pkey, "RSA");
}

GPtrArray *
dkim_keys_load(const Workspace *workspace, const char *selector, GError **error)
{
    g_autoptr(GPtrArray) files = key_files(workspace, selector, error);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(key_free);

    for (guint i = 0; files && i < files->len; i++) {
        const DkimKeyFile *file = files->pdata[i];
        DkimKey *key;
        EVP_PKEY *pkey;
        if (!g_file_test(file->path, G_FILE_TEST_EXISTS))
            continue;
        pkey = key_read(file->path, error);
        if (!pkey)
            return NULL;
        key = g_new0(DkimKey, 1);
        key->selector = g_strdup(file->selector);
        key->pkey = pkey;
        g_ptr_array_add(keys, key);
    }
    if (!files)
        return NULL;
    if (keys->len == 0) {
        const DkimKeyFile *first = files->pdata[0];
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "there is no DKIM key %s; 'nurture dkim keygen' makes it",
                    first->path);
        return NULL;
    }
    g_ptr_array_sort(keys, rsa_first);
    return g_steal_pointer(&keys);
}

char *
dkim_domain(const Workspace *workspace, GError **error)
{
    g_autofree char *address = g_strdup_printf(
        "x@%s", workspace->sending.domain ? workspace->sending.domain : "");
    g_autofree char *normal = address_normalise(address, error);

    if (normal)
        return g_strdup(normal + strlen("x@"));
    g_prefix_error(error, "nurture.yaml: sending.domain: ");
    return NULL;
}

/* --- making them ---------------------------------------------------------- */

/* A state directory may lie in the workspace's folder: no key goes into git. */
static bool
make_directory(const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *base = g_path_get_basename(dir);
    g_autofree char *ignore = g_build_filename(dir, ".gitignore", NULL);

    if (g_mkdir_with_parents(dir, 0700) != 0)
        return refuse(error, dir, g_strerror(errno));
    return strcmp(base, "dkim") != 0 ||
           g_file_test(ignore, G_FILE_TEST_EXISTS) ||
           g_file_set_contents(ignore, "*\n", -1, error);
}

/* Written aside, synced, linked: complete or absent, and never over another.
 */
static bool
key_write(EVP_PKEY *pkey, const char *path, GError **error)
{
    g_autofree char *aside = g_strdup_printf("%s.%d", path, (int)getpid());
    g_autofree char *dir = g_path_get_dirname(path);
    FILE *file;
    int fd;
    bool ok;

    if (!make_directory(path, error))
        return false;
    fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file)
        return refuse(error, aside, g_strerror(errno));
    ok = PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
         fflush(file) == 0 && fsync(fd) == 0 && link(aside, path) == 0 &&
         file_sync_directory(dir);
    if (!ok)
        refuse(error, path, g_strerror(errno));
    fclose(file);
    g_unlink(aside);
    return ok;
}

static bool
key_make(const DkimKeyFile *file, int bits, GError **error)
{
    bool rsa = !g_str_has_suffix(file->selector, ED25519_SUFFIX);
    EVP_PKEY *pkey = rsa ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)
                         : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    bool ok;

    if (!pkey)
        return refuse(error, file->path, "OpenSSL could not make a key");
    ok = key_write(pkey, file->path, error);
    EVP_PKEY_free(pkey);
    return ok;
}

static bool
keygen_check(const GPtrArray *files, int bits, GError **error)
{
    const DkimKeyFile *first = files->pdata[0];
    guint there = 0;

    if (bits < DKIM_BITS_DEFAULT || bits > DKIM_BITS_MAX) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "an RSA key of %d bits: 2048 to 4096 it must be", bits);
        return false;
    }
    for (guint i = 0; i < files->len; i++) {
        const DkimKeyFile *file = files->pdata[i];
        there += g_file_test(file->path, G_FILE_TEST_EXISTS) ? 1 : 0;
    }
    if (there < files->len)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "the keys of selector '%s' are there already, and stay: %s; "
                "new keys want a new selector",
                first->selector, first->path);
    return false;
}

GPtrArray *
dkim_keygen(const Workspace *workspace, const char *selector, int bits,
            GError **error)
{
    g_autoptr(GPtrArray) files = key_files(workspace, selector, error);

    if (!files || !keygen_check(files, bits, error))
        return NULL;
    for (guint i = 0; i < files->len; i++) {
        DkimKeyFile *file = files->pdata[i];
        if (g_file_test(file->path, G_FILE_TEST_EXISTS))
            continue;
        if (!key_make(file, bits, error))
            return NULL;
        file->created = true;
    }
    return g_steal_pointer(&files);
}

/* --- the DNS -------------------------------------------------------------- */

/* p=: of RSA the SubjectPublicKeyInfo (RFC 6376, 3.6.1), of Ed25519 the bare
 * 32 octets (RFC 8463, 4). */
static char *
public_key(EVP_PKEY *pkey)
{
    unsigned char bare[32], *der = NULL;
    size_t size = sizeof bare;
    char *text;
    int n;

    if (!EVP_PKEY_is_a(pkey, "RSA")) {
        g_assert(EVP_PKEY_get_raw_public_key(pkey, bare, &size) == 1);
        return g_base64_encode(bare, size);
    }
    n = i2d_PUBKEY(pkey, &der);
    g_assert(n > 0);
    text = g_base64_encode(der, (gsize)n);
    OPENSSL_free(der);
    return text;
}

GPtrArray *
dkim_records(const Workspace *workspace, const char *selector, GError **error)
{
    g_autofree char *domain = dkim_domain(workspace, error);
    g_autoptr(GPtrArray) keys =
        domain ? dkim_keys_load(workspace, selector, error) : NULL;
    GPtrArray *records;

    if (!keys)
        return NULL;
    records = g_ptr_array_new_with_free_func(record_free);
    for (guint i = 0; i < keys->len; i++) {
        const DkimKey *key = keys->pdata[i];
        DkimRecord *record = g_new0(DkimRecord, 1);
        g_autofree char *public = public_key(key->pkey);
        record->name =
            g_strdup_printf("%s._domainkey.%s", key->selector, domain);
        record->value = g_strdup_printf(
            "v=DKIM1; k=%s; p=%s",
            EVP_PKEY_is_a(key->pkey, "RSA") ? "rsa" : "ed25519", public);
        g_ptr_array_add(records, record);
    }
    return records;
}
