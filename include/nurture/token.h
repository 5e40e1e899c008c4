/* SPDX-License-Identifier: Apache-2.0 */
/* token -- ids and signed capabilities, and the keys they come from.
 *
 * A workspace has one 32-byte secret, kept in the file `keys` (mode 0600)
 * beside the database. Every purpose has its own key, derived with HKDF-SHA256
 * (RFC 5869) from the secret and the purpose's name, so that a token of one
 * kind is worth nothing as another. Comparisons take constant time.
 *
 *   message id   HMAC-SHA256(id key; candidate, campaign, cycle, step), cut to
 *                80 bits: the same mail has the same id for ever
 *   mail token   lower-case base32 of {key id and kind 1 byte, message id 10,
 *                HMAC 10}: 34 characters, for addresses and Message-IDs
 *                (MTAs may fold case; a local part has 64 octets)
 *   web token    base64url of {key id and kind 1, message id 10, link 2,
 *                HMAC 16}: 39 characters, for URLs
 *
 * Keys objects may be shared by threads. */
#ifndef NURTURE_TOKEN_H
#define NURTURE_TOKEN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_ID_BYTES 10
#define MESSAGE_ID_TEXT  17 /* 16 base32 characters and the NUL */
#define MAIL_TOKEN_TEXT  35 /* 34 and the NUL */
#define WEB_TOKEN_TEXT   40 /* 39 and the NUL */

typedef struct Keys Keys;

typedef enum {
    MAIL_TOKEN_BOUNCE = 1,  /* envelope sender */
    MAIL_TOKEN_REPLY,       /* Reply-To */
    MAIL_TOKEN_MESSAGE_ID,  /* Message-ID */
    MAIL_TOKEN_UNSUBSCRIBE, /* List-Unsubscribe mailto */
    MAIL_TOKEN_REVIEW,      /* a verb in a recruiter's digest */
} MailTokenKind;

typedef enum {
    WEB_TOKEN_CLICK = 1,   /* /c/ */
    WEB_TOKEN_OPEN,        /* /o/ */
    WEB_TOKEN_OPT_OUT,     /* /u/ */
    WEB_TOKEN_PREFERENCES, /* /p/ */
    WEB_TOKEN_INTEREST,    /* /i/ */
    WEB_TOKEN_VIEW,        /* /v/ */
    WEB_TOKEN_CONFIRM,     /* double opt-in, export and erasure confirmations */
    WEB_TOKEN_LOGIN,
} WebTokenKind;

/* A click's link number that no link has: that of the hidden one, which only
 * machines follow. */
#define WEB_TOKEN_TRAP 0xffff

/* Read `path`, or make it with fresh random bytes when `create` is set.
 * NULL with ERROR_CONFIG. */
Keys *keys_load(const char *path, bool create, GError **error);
/* Keys from a fixed secret: tests and previews, where bytes must not change. */
Keys *keys_from_secret(const uint8_t secret[32]);
void keys_free(Keys *keys);
/* Tokens are made with the newest key and read with any: links in old mails
 * work for ever. What must not change with the key (message ids, what stands
 * for an address) comes from the first. */
int keys_newest(const Keys *keys);
/* Add a key to the file; its id, or 0 with ERROR_CONFIG, or ERROR_REFUSED when
 * there are 15. Other processes find it when a token asks for it, or when they
 * start. */
int keys_rotate(const char *path, GError **error);

/* HMAC-SHA256 under the key of `purpose`, whole 32 bytes. */
void keys_hmac(const Keys *keys, const char *purpose, const void *data,
               gsize length, uint8_t out[32]);
/* What stands for an address in the suppression list: base32 of the HMAC of
 * its key (address_key()), 32 characters. */
char *keys_address_hmac(const Keys *keys, const char *address_key);

void message_id_make(const Keys *keys, int64_t candidate, const char *campaign,
                     int cycle, const char *step, char out[MESSAGE_ID_TEXT]);

/* The id of a mail that never is: `nurture doctor` asks the public pages about
 * it, which answer as for a test mail and change nothing. */
void message_id_probe(const Keys *keys, char out[MESSAGE_ID_TEXT]);

void mail_token_make(const Keys *keys, MailTokenKind kind,
                     const char *message_id, char out[MAIL_TOKEN_TEXT]);
/* Is text[0..length) such a token? Any case. The id goes to `out`. */
bool mail_token_read(const Keys *keys, MailTokenKind kind, const char *text,
                     gsize length, char out[MESSAGE_ID_TEXT]);

void web_token_make(const Keys *keys, WebTokenKind kind, const char *message_id,
                    unsigned link, char out[WEB_TOKEN_TEXT]);
bool web_token_read(const Keys *keys, WebTokenKind kind, const char *text,
                    gsize length, char out[MESSAGE_ID_TEXT],
                    unsigned *out_link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keys, keys_free)

#endif
