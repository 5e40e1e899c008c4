/* SPDX-License-Identifier: Apache-2.0 */
/* parse-mail.c - does GMime find anything to complain of in these files?
 *
 *     parse-mail FILE...      one line per warning; status 1 if there is any
 *
 * Beside GMime's own warnings: a message is multipart/alternative of a text
 * and an HTML part, and both decode to UTF-8. */
#include <gmime/gmime.h>

#include <stdbool.h>
#include <stdio.h>

static const char *file;
static int faults;

static void
fault(const char *what)
{
    printf("%s: %s\n", file, what);
    faults++;
}

static void
on_warning(gint64 offset, GMimeParserWarning code, const gchar *item,
           gpointer data)
{
    (void)data;
    printf("%s:%" G_GINT64_FORMAT ": GMime warning %d: %s\n", file, offset,
           (int)code, item ? item : "");
    faults++;
}

static void
check_part(GMimeObject *part, const char *subtype)
{
    GMimeContentType *type = g_mime_object_get_content_type(part);
    g_autofree char *text = NULL;

    if (!g_mime_content_type_is_type(type, "text", subtype) ||
        !GMIME_IS_TEXT_PART(part)) {
        fault(subtype);
        return;
    }
    text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    if (!text || !*text || !g_utf8_validate(text, -1, NULL))
        fault("a part that does not decode");
}

static void
check_message(GMimeMessage *message)
{
    GMimeObject *body = g_mime_message_get_mime_part(message);
    GMimeMultipart *both;

    if (!g_mime_message_get_message_id(message))
        fault("no Message-ID");
    if (!GMIME_IS_MULTIPART(body)) {
        fault("not multipart");
        return;
    }
    both = GMIME_MULTIPART(body);
    if (g_mime_multipart_get_count(both) != 2) {
        fault("not two parts");
        return;
    }
    check_part(g_mime_multipart_get_part(both, 0), "plain");
    check_part(g_mime_multipart_get_part(both, 1), "html");
}

static void
check_file(GMimeParserOptions *options)
{
    GMimeStream *stream = g_mime_stream_file_open(file, "r", NULL);
    GMimeParser *parser;
    GMimeMessage *message;

    if (!stream) {
        fault("cannot be read");
        return;
    }
    parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, options);
    if (message)
        check_message(message);
    else
        fault("not a message");
    if (message)
        g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
}

int
main(int argc, char **argv)
{
    GMimeParserOptions *options;

    g_mime_init();
    options = g_mime_parser_options_new();
    g_mime_parser_options_set_warning_callback(options, on_warning, NULL);
    for (int i = 1; i < argc; i++) {
        file = argv[i];
        check_file(options);
    }
    g_mime_parser_options_free(options);
    g_mime_shutdown();
    if (argc < 2)
        fault("no files");
    return faults > 0;
}
