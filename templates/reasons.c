/* SPDX-License-Identifier: Apache-2.0 */
/* reasons.c - reading templates/why/ */
#include "reasons.h"

#include "nurture/text.h"

#include <string.h>

#define FOLDER "templates/why"
#define SUFFIX ".txt"

/* The words of FOLDER/NAME[.LANGUAGE].txt; NULL when there are none. */
static char *
read_words(const TemplateFiles *files, const char *name, const char *language)
{
    g_autofree char *path =
        g_strdup_printf(FOLDER "/%s%s%s" SUFFIX, name, language ? "." : "",
                        language ? language : "");
    const Source *source = files->source(path, files->data);
    char *words;

    if (!source ||
        !g_utf8_validate_len(source_text(source), source_size(source), NULL) ||
        text_is_blank(source_text(source)))
        return NULL;
    words = g_strndup(source_text(source), source_size(source));
    return g_strstrip(g_strdelimit(words, "\r\n", ' '));
}

static void
add_reason(GHashTable *reasons, const TemplateFiles *files, const char *name,
           const char *language)
{
    g_autofree char *base = g_strndup(language, strcspn(language, "-"));
    char *words = read_words(files, name, NULL);
    char *translated = read_words(files, name, language);

    if (!translated)
        translated = read_words(files, name, base);
    if (words && translated)
        g_hash_table_insert(reasons, g_strdup(words), g_strdup(translated));
    if (words || translated)
        g_hash_table_insert(reasons, g_strdup(name),
                            g_strdup(translated ? translated : words));
    g_free(words);
    g_free(translated);
}

GHashTable *
reasons_read(const TemplateFiles *files, const char *language)
{
    GHashTable *reasons =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *const *names =
        files->list ? files->list(FOLDER, files->data) : NULL;

    for (; names && *names; names++) {
        gsize length = strlen(*names);
        g_autofree char *stem = NULL;
        if (!g_str_has_suffix(*names, SUFFIX))
            continue;
        stem = g_strndup(*names, length - strlen(SUFFIX));
        if (!strchr(stem, '.'))
            add_reason(reasons, files, stem, language);
    }
    return reasons;
}

const char *
reason_standard(const char *language)
{
    static const struct {
        const char *language, *words;
    } sentences[] = {
        {"de", "Sie mit uns \xc3\xbc"
               "ber Stellen in Kontakt sind"},
        {"fr", "vous \xc3\xaates en contact avec nous au sujet d'un emploi"},
        {"es", "est\xc3\xa1 en contacto con nosotros por un empleo"},
        {"it", "\xc3\xa8 in contatto con noi per un lavoro"},
        {"nl", "u met ons in contact staat over werk"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(sentences); i++)
        if (g_str_has_prefix(language, sentences[i].language))
            return sentences[i].words;
    return "you are in touch with us about jobs";
}
