/* SPDX-License-Identifier: Apache-2.0 */
/* desk_session.c - one-time links, sessions, and the token of their forms
 *
 * A session's name is made when somebody comes in, never taken from a request,
 * so nobody can be given one beforehand. The store knows hashes only. */
#include "desk-private.h"

#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/hash.h"
#include "nurture/text.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/random.h>

#define LINK_MS      (15 * MINUTE_MS)
#define IDLE_MS      (12 * HOUR_MS)
#define SESSION_MS   (7 * DAY_MS)
#define SEEN_MS      MINUTE_MS /* how exactly seen_at is kept */
#define ADDRESS_FACT "desk.address"

enum { TOKEN_BYTES = 32 };

/* __Host-: the browser itself sees to Secure, Path=/ and no Domain. */
static const char *
cookie_name(const Desk *desk)
{
    return desk->secure ? "__Host-nurture" : "nurture";
}

static bool
token_new(char out[DESK_TOKEN_TEXT], GError **error)
{
    uint8_t bytes[TOKEN_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "no random bytes: %s", g_strerror(errno));
        return false;
    }
    g_autofree char *text = base64url_encode(bytes, sizeof bytes);
    g_strlcpy(out, text, DESK_TOKEN_TEXT);
    return true;
}

/* A token that a request may have brought; NULL when it cannot be one. */
static char *
token_hash(const char *token)
{
    return token && strlen(token) == DESK_TOKEN_TEXT - 1
               ? sha256_hex(token, DESK_TOKEN_TEXT - 1)
               : NULL;
}

DeskRole
desk_role(const Sender *sender)
{
    if (g_strcmp0(sender->role, "lead") == 0)
        return DESK_LEAD;
    return sender_reads_answers(sender) ? DESK_RECRUITER : DESK_MARKETING;
}

/* Sessions --------------------------------------------------------------- */

/* Bound to the session, so that it needs no place of its own. */
static void
csrf_make(Visit *visit)
{
    uint8_t mac[32];

    keys_hmac(visit->desk->keys, "desk-csrf", visit->session,
              strlen(visit->session), mac);
    g_autofree char *text = base64url_encode(mac, sizeof mac);
    g_strlcpy(visit->csrf, text, DESK_TOKEN_TEXT);
}

bool
desk_csrf_fits(const Visit *visit)
{
    g_autofree char *given = http_form(visit->request, "csrf");

    return given && strlen(given) == DESK_TOKEN_TEXT - 1 &&
           CRYPTO_memcmp(given, visit->csrf, DESK_TOKEN_TEXT - 1) == 0;
}

static bool
session_seen(Visit *visit, const char *hash, GError **error)
{
    g_auto(Transaction) tx = store_begin(visit->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(visit->store,
                       "UPDATE desk_session SET seen_at = :now"
                       " WHERE session_hash = :hash",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", visit->now);
    statement_bind_text(st, ":hash", hash);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

bool
desk_session_find(Visit *visit, GError **error)
{
    const char *token = http_cookie(visit->request, cookie_name(visit->desk));
    g_autofree char *hash = token_hash(token);
    int64_t seen = 0;
    g_autoptr(Statement) st = NULL;

    if (!hash)
        return true;
    st = store_prepare(visit->store,
                       "SELECT sender, seen_at FROM desk_session"
                       " WHERE session_hash = :hash AND expires_at > :now"
                       "  AND seen_at > :idle",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":hash", hash);
    statement_bind_int(st, ":now", visit->now);
    statement_bind_int(st, ":idle", visit->now - IDLE_MS);
    if (statement_step(st)) {
        /* A sender whose file is gone is out at once. */
        visit->who = workspace_sender(visit->workspace, statement_text(st, 0));
        seen = statement_int(st, 1);
    }
    if (!statement_end(st, error))
        return false;
    if (!visit->who)
        return true;
    visit->role = desk_role(visit->who);
    g_strlcpy(visit->session, token, DESK_TOKEN_TEXT);
    csrf_make(visit);
    return seen > visit->now - SEEN_MS || session_seen(visit, hash, error);
}

static void
set_cookie(Visit *visit, const char *value, int64_t seconds)
{
    g_autofree char *cookie = g_strdup_printf(
        "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%" G_GINT64_FORMAT "%s",
        cookie_name(visit->desk), value, seconds,
        visit->desk->secure ? "; Secure" : "");

    http_response_header(visit->response, "Set-Cookie", cookie);
}

/* In the caller's transaction. Old ones go on the way. */
bool
desk_session_begin(Visit *visit, const Sender *sender, GError **error)
{
    char token[DESK_TOKEN_TEXT];
    g_autofree char *hash = NULL;
    g_autoptr(Statement) old = NULL, st = NULL;

    if (!token_new(token, error))
        return false;
    hash = token_hash(token);
    old = store_prepare(visit->store,
                        "DELETE FROM desk_session WHERE expires_at <= :now",
                        error);
    st = store_prepare(visit->store,
                       "INSERT INTO desk_session (session_hash, sender,"
                       "  created_at, seen_at, expires_at)"
                       " VALUES (:hash, :sender, :now, :now, :expires)",
                       error);
    if (!old || !st)
        return false;
    statement_bind_int(old, ":now", visit->now);
    statement_bind_text(st, ":hash", hash);
    statement_bind_text(st, ":sender", sender->id);
    statement_bind_int(st, ":now", visit->now);
    statement_bind_int(st, ":expires", visit->now + SESSION_MS);
    if (!statement_run(old, error) || !statement_run(st, error) ||
        !audit_add(visit->store, sender->id, "log in", NULL, NULL, visit->now,
                   error))
        return false;
    set_cookie(visit, token, SESSION_MS / SECOND_MS);
    return true;
}

bool
desk_session_end(Visit *visit, GError **error)
{
    g_autofree char *hash = token_hash(visit->session);
    g_auto(Transaction) tx = store_begin(visit->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(visit->store,
                       "DELETE FROM desk_session WHERE session_hash = :hash",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":hash", hash);
    if (!statement_run(st, error) ||
        !audit_add(visit->store, visit->who->id, "log out", NULL, NULL,
                   visit->now, error) ||
        !transaction_commit(&tx, error))
        return false;
    set_cookie(visit, "", 0);
    return true;
}

/* One-time links --------------------------------------------------------- */

char *
desk_login_make(Store *store, const Sender *sender, int64_t now, GError **error)
{
    char token[DESK_TOKEN_TEXT];
    g_autofree char *hash = NULL;
    g_autoptr(Statement) old = NULL, st = NULL;

    if (!token_new(token, error))
        return NULL;
    hash = token_hash(token);
    old = store_prepare(
        store, "DELETE FROM desk_login WHERE expires_at <= :before", error);
    st = store_prepare(store,
                       "INSERT INTO desk_login (token_hash, sender,"
                       "  created_at, expires_at)"
                       " VALUES (:hash, :sender, :now, :expires)",
                       error);
    if (!old || !st)
        return NULL;
    statement_bind_int(old, ":before", now - DAY_MS);
    statement_bind_text(st, ":hash", hash);
    statement_bind_text(st, ":sender", sender->id);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":expires", now + LINK_MS);
    if (!statement_run(old, error) || !statement_run(st, error))
        return NULL;
    return g_strconcat("/login/", token, NULL);
}

bool
desk_login_find(Visit *visit, const char *token, const Sender **out,
                GError **error)
{
    g_autofree char *hash = token_hash(token);
    g_autoptr(Statement) st = NULL;

    *out = NULL;
    if (!hash)
        return true;
    st = store_prepare(visit->store,
                       "SELECT sender FROM desk_login"
                       " WHERE token_hash = :hash AND used_at IS NULL"
                       "  AND expires_at > :now",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":hash", hash);
    statement_bind_int(st, ":now", visit->now);
    if (statement_step(st))
        *out = workspace_sender(visit->workspace, statement_text(st, 0));
    return statement_end(st, error);
}

bool
desk_login_use(Visit *visit, const char *token, const Sender **out,
               GError **error)
{
    g_autofree char *hash = token_hash(token);
    g_autoptr(Statement) st = NULL;

    if (!desk_login_find(visit, token, out, error))
        return false;
    if (!*out)
        return true;
    st = store_prepare(visit->store,
                       "UPDATE desk_login SET used_at = :now"
                       " WHERE token_hash = :hash",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", visit->now);
    statement_bind_text(st, ":hash", hash);
    return statement_run(st, error);
}

/* Where the desk is ------------------------------------------------------ */

bool
desk_set_address(Desk *desk, const char *address, GError **error)
{
    g_auto(Transaction) tx = store_begin(desk->store, error);

    g_free(desk->address);
    desk->address = g_strdup(address);
    desk->secure = g_str_has_prefix(address, "https://");
    return tx.store && fact_set(desk->store, ADDRESS_FACT, address, error) &&
           transaction_commit(&tx, error);
}

char *
desk_address(Store *store, const Workspace *workspace)
{
    char *address = NULL;

    if (workspace->serve.recruiter_url)
        return g_strdup(workspace->serve.recruiter_url);
    return fact_get(store, ADDRESS_FACT, &address, NULL) ? address : NULL;
}

char *
desk_login_link(Store *store, const Workspace *workspace, const Sender *sender,
                int64_t now, GError **error)
{
    g_autofree char *address = desk_address(store, workspace);
    g_autofree char *path = NULL;
    g_auto(Transaction) tx = {NULL};

    if (!address) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "the pages have never been served here; first: nurture "
                    "serve");
        return NULL;
    }
    tx = store_begin(store, error);
    path = tx.store ? desk_login_make(store, sender, now, error) : NULL;
    if (!path ||
        !audit_add(store, "command line", "make login link", sender->id, NULL,
                   now, error) ||
        !transaction_commit(&tx, error))
        return NULL;
    return g_strconcat(address, path, NULL);
}
