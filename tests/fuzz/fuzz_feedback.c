/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_feedback.c - any bytes as the fields of a complaint (RFC 5965), with
 * what the bytes say of the mail that is complained about */
#include "tracking/feedback.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char head[] =
    "From: fbl@isp.example\nTo: abuse@acme.example\n"
    "Subject: complaint\nMIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=feedback-report;"
    " boundary=B\n\n--B\nContent-Type: message/feedback-report\n\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size ? memchr(data, 0, size) : NULL;
    size_t fields = cut ? (size_t)(cut - data) : size;
    g_autoptr(GByteArray) mail = g_byte_array_new();
    g_autoptr(GBytes) raw = NULL;
    g_autoptr(InboundMail) parsed = NULL;
    g_autoptr(ReportParts) parts = NULL;
    g_autoptr(Feedback) got = NULL;

    g_byte_array_append(mail, (const guint8 *)head, sizeof head - 1);
    g_byte_array_append(mail, data, (guint)fields);
    g_byte_array_append(
        mail, (const guint8 *)"\n--B\nContent-Type: message/rfc822\n\n", 36);
    if (cut)
        g_byte_array_append(mail, cut + 1, (guint)(size - fields - 1));
    raw = g_bytes_new(mail->data, mail->len);
    parsed = inbound_mail_parse(raw, NULL);
    if (!parsed)
        return 0;
    parts = report_parts_of(parsed);
    got = feedback_read(parsed, parts);
    g_assert_true(!got || got->type);
    return 0;
}
