/* SPDX-License-Identifier: Apache-2.0 */
/* init.c - a workspace from the built-in examples */
#include "nurture/init.h"

#include "nurture/address.h"
#include "nurture/embedded.h"
#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/store.h"
#include "nurture/text.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

#include <string.h>
#include <sys/random.h>

#define EXAMPLES "campaigns/examples/"
#define LAYOUT   "templates/default/layout.html"

static bool
input_error(GError **error, const char *what, const char *value)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "'%s' is not a %s", value,
                what);
    return false;
}

static bool
answers_are_good(const InitAnswers *a, GError **error)
{
    g_autofree char *probe = g_strconcat("x@", a->domain, NULL);
    g_autofree char *normal = address_normalise(probe, NULL);
    const char *const texts[] = {a->company, a->postal_address};

    if (!normal)
        return input_error(error, "domain", a->domain);
    if (!zone_is_known(a->time_zone))
        return input_error(error, "time zone", a->time_zone);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (text_is_blank(texts[i]) || strpbrk(texts[i], "\r\n\"#"))
            return input_error(error, "text for one line", texts[i]);
    return true;
}

/* The examples are Kestrel's; their words give way to the answers. */
static char *
personalise(const char *path, const char *text, const InitAnswers *a,
            const char *id)
{
    g_autoptr(GString) s = g_string_new(text);

    g_string_replace(s, "mail.kestrel.example", a->domain, 0);
    g_string_replace(s, "Kestrel Labs GmbH, Torstraße 1, 10119 Berlin, Germany",
                     a->postal_address, 0);
    g_string_replace(s, "Kestrel Labs", a->company, 0);
    if (strcmp(path, "nurture.yaml") == 0) {
        g_autofree char *zone = g_strconcat("time_zone: ", a->time_zone, NULL);
        g_string_replace(s, "time_zone: Europe/Berlin", zone, 0);
        g_string_append_printf(s, "\nid: %s\n", id);
        if (a->database)
            g_string_append_printf(s, "database: %s\n", a->database);
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* Where an embedded file goes in a workspace; NULL = nowhere. */
static const char *
example_path(const char *path)
{
    if (strcmp(path, LAYOUT) == 0)
        return "templates/layout.html"; /* the built-in one, to be changed */
    if (!g_str_has_prefix(path, EXAMPLES))
        return NULL;
    path += strlen(EXAMPLES);
    return strcmp(path, "gitignore") == 0 ? ".gitignore" : path;
}

static bool
write_examples(const char *directory, const InitAnswers *a, const char *id,
               GError **error)
{
    for (const Embedded *e = embedded_files; e->path; e++) {
        const char *path;
        g_autofree char *text = NULL, *full = NULL;

        path = example_path(e->path);
        if (!path)
            continue;
        text = personalise(path, e->start, a, id);
        full = g_build_filename(directory, path, NULL);
        if (!file_create(full, text, strlen(text), error))
            return false;
    }
    return true;
}

/* The database and the keys are made here and nowhere else: run, receive and
 * serve never create a missing one. */
static bool
create_state(const char *directory, GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Workspace) w = workspace_open(directory, problems, error);
    g_autofree char *path = NULL;
    g_autoptr(Store) store = NULL;
    g_autoptr(Keys) keys = NULL;

    if (!w)
        return false;
    path = g_build_filename(w->state_dir, "keys", NULL);
    store = store_open(w->database, STORE_CREATE, error);
    if (!store || !field_set_migrate(w->fields, store, error))
        return false;
    keys = keys_load(path, true, error);
    return keys != NULL;
}

bool
workspace_init(const char *directory, const InitAnswers *answers,
               GError **error)
{
    g_autofree char *marker = g_build_filename(directory, "nurture.yaml", NULL);
    uint8_t random[8];
    g_autofree char *id = NULL;

    if (g_file_test(marker, G_FILE_TEST_EXISTS)) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "%s is there already; nothing was changed", marker);
        return false;
    }
    if (!answers_are_good(answers, error))
        return false;
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "no random bytes");
        return false;
    }
    id = hex_encode(random, sizeof random);
    return write_examples(directory, answers, id, error) &&
           create_state(directory, error);
}
