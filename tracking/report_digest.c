/* SPDX-License-Identifier: Apache-2.0 */
/* report_digest.c - the messages of a digest */
#include "report-digest.h"

static bool
is_multipart(GMimeObject *part, const char *subtype)
{
    return GMIME_IS_MULTIPART(part) &&
           g_mime_content_type_is_type(g_mime_object_get_content_type(part),
                                       "multipart", subtype);
}

static void
collect(ReportDigest *digest, GMimeObject *container, bool outermost)
{
    GMimeMultipart *multipart = GMIME_MULTIPART(container);
    int n = g_mime_multipart_get_count(multipart);

    digest->is_declared |= is_multipart(container, "digest");
    for (int i = 0; i < n; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        GMimeMessage *message = NULL;

        if (GMIME_IS_MESSAGE_PART(part))
            message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
        else if (outermost && is_multipart(part, "digest"))
            collect(digest, part, false);
        if (message && digest->messages->len < REPORT_DIGEST_MAX)
            g_ptr_array_add(digest->messages, message);
        else if (message)
            digest->left++;
    }
}

ReportDigest *
report_digest_of(const InboundMail *mail)
{
    ReportDigest *digest = g_new0(ReportDigest, 1);
    GMimeObject *root = g_mime_message_get_mime_part(mail->message);

    digest->messages = g_ptr_array_new();
    if (is_multipart(root, "digest") || is_multipart(root, "mixed"))
        collect(digest, root, true);
    if (digest->messages->len < 2)
        g_ptr_array_set_size(digest->messages, 0);
    return digest;
}

void
report_digest_free(ReportDigest *digest)
{
    g_ptr_array_unref(digest->messages);
    g_free(digest);
}

bool
report_digest_holds_several(const InboundMail *mail)
{
    g_autoptr(ReportDigest) digest = report_digest_of(mail);

    return digest->messages->len > 0;
}

GBytes *
report_digest_bytes(const ReportDigest *digest, guint n)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);

    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_mime_object_write_to_stream(GMIME_OBJECT(digest->messages->pdata[n]),
                                  NULL, stream);
    g_object_unref(stream);
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
