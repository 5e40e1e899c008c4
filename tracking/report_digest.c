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
collect(GPtrArray *messages, GMimeObject *container, bool outermost)
{
    GMimeMultipart *multipart = GMIME_MULTIPART(container);
    int n = g_mime_multipart_get_count(multipart);

    for (int i = 0; i < n && messages->len < REPORT_DIGEST_MAX; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);

        if (GMIME_IS_MESSAGE_PART(part)) {
            GMimeMessage *message =
                g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
            if (message)
                g_ptr_array_add(messages, message);
        } else if (outermost && is_multipart(part, "digest")) {
            collect(messages, part, false);
        }
    }
}

GPtrArray *
report_digest_messages(const InboundMail *mail)
{
    GPtrArray *messages = g_ptr_array_new();
    GMimeObject *root = g_mime_message_get_mime_part(mail->message);

    if (is_multipart(root, "digest") || is_multipart(root, "mixed"))
        collect(messages, root, true);
    if (messages->len < 2)
        g_ptr_array_set_size(messages, 0);
    return messages;
}

GBytes *
report_digest_bytes(GMimeMessage *message)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);

    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream);
    g_object_unref(stream);
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
