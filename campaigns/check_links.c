/* SPDX-License-Identifier: Apache-2.0 */
/* check_links.c - do the web addresses in the mails answer? */
#include "check-private.h"

#include "nurture/probe.h"

#include <string.h>

#define LINKS_MAX 500 /* addresses asked in one run */
#define TIMEOUT_S 10

typedef struct {
    GHashTable *answers; /* url -> why it is dead, "" = it is not */
    Diagnostics *problems;
} Links;

/* 401, 403, 429 and the like are answers of servers that do not like
 * programs: a person will get through. */
static char *
ask(const char *url)
{
    g_autoptr(GError) error = NULL;
    int status = 0;

    if (!url_probe(url, TIMEOUT_S, &status, &error))
        return g_strdup_printf("cannot be reached: %s", error->message);
    if (status == 404 || status == 410 || status >= 500)
        return g_strdup_printf("answered %d", status);
    return g_strdup("");
}

static void
check_url(Links *l, const Source *source, gsize offset, gsize length)
{
    g_autofree char *url = g_strndup(source_text(source) + offset, length);
    const char *why = g_hash_table_lookup(l->answers, url);

    if (!why && g_hash_table_size(l->answers) >= LINKS_MAX)
        return;
    if (!why) {
        g_hash_table_insert(l->answers, g_strdup(url), ask(url));
        why = g_hash_table_lookup(l->answers, url);
    }
    if (*why)
        diagnostics_add(l->problems, "E426", source, offset, length, "%s %s",
                        url, why);
}

/* The address of [text](..), <..> or [label]: .. */
static bool
is_link_start(const char *text, gsize at)
{
    return at > 0 && (strchr("(<", text[at - 1]) ||
                      (at > 2 && strncmp(text + at - 3, "]: ", 3) == 0));
}

static void
check_source(Links *l, const Source *source)
{
    const char *text = source_text(source);
    gsize size = source_size(source);

    for (gsize i = 0; i < size; i++) {
        gsize length;
        if (!is_link_start(text, i) || (strncmp(text + i, "https://", 8) != 0 &&
                                        strncmp(text + i, "http://", 7) != 0))
            continue;
        length = strcspn(text + i, " \t\r\n)>\"#");
        /* What is in a tag differs from person to person. */
        if (!g_strstr_len(text + i, (gssize)length, "{{"))
            check_url(l, source, i, length);
        i += length;
    }
}

void
check_links(Catalogue *catalogue, Diagnostics *problems)
{
    Links l = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
               problems};
    g_autoptr(GPtrArray) sources = catalogue_sources(catalogue);

    for (guint i = 0; i < sources->len; i++)
        check_source(&l, g_ptr_array_index(sources, i));
    g_hash_table_unref(l.answers);
}
