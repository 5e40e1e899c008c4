/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_lmtp.c - any bytes from a mail server, in any pieces */
#include "tracking/lmtp-session.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
keep(gpointer data, GBytes *raw, const Envelope *envelope, GError **error)
{
    const bool *works = data;
    gsize length = g_bytes_get_size(raw);

    g_assert_cmpuint(length, <=, 4096);
    g_assert_nonnull(envelope->recipients[0]);
    g_assert_null(strpbrk(envelope->sender, "\r\n"));
    for (const char *const *to = envelope->recipients; *to; to++)
        g_assert_null(strpbrk(*to, "\r\n "));
    if (!*works)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "full");
    return *works;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool works = size > 0 && data[0] & 1;
    size_t piece = size > 1 ? 1 + data[1] : 1;
    LmtpSession s;

    lmtp_session_init(&s, 4096, keep, &works);
    for (size_t at = 2; at < size; at += piece) {
        lmtp_session_feed(&s, (const char *)data + at, MIN(piece, size - at));
        g_assert_cmpuint(s.line->len, <=, LMTP_LINE_MAX);
        g_assert_cmpuint(s.body->len, <=, 4096);
        g_assert_cmpuint(s.recipients->len, <=, LMTP_RECIPIENTS_MAX);
        g_string_truncate(s.out, 0);
    }
    lmtp_session_clear(&s);
    return 0;
}
