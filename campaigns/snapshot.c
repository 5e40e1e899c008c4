/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c - what a campaign is made of, frozen under its hash */
#include "snapshot.h"

#include "nurture/hash.h"

#include <string.h>

static void
add_path(GHashTable *paths, Catalogue *catalogue, char *path)
{
    if (catalogue_bytes(catalogue, path))
        g_hash_table_add(paths, path);
    else
        g_free(path);
}

static void
add_directory(GHashTable *paths, Catalogue *catalogue, const char *directory)
{
    TemplateFiles files = catalogue_files(catalogue);
    const char *const *names = files.list(directory, files.data);

    for (; names && *names; names++)
        add_path(paths, catalogue, g_strconcat(directory, "/", *names, NULL));
}

static void
add_images(GHashTable *paths, Catalogue *catalogue, const Campaign *campaign,
           const CampaignMail *mail)
{
    for (guint f = 0; f < mail->files->len; f++) {
        g_autoptr(Diagnostics) ignored = diagnostics_new();
        g_autoptr(MailProgram) program =
            campaign_compile(catalogue, campaign, mail, NULL, NULL,
                             g_ptr_array_index(mail->files, f), ignored);
        const char *const *image =
            program ? mail_program_images(program) : NULL;
        for (; image && *image; image++)
            add_path(paths, catalogue, g_strdup(*image));
    }
}

static bool
source_lists_roles(const Source *source)
{
    return source && strstr(source_text(source), " in roles ");
}

/* Does a mail, or a snippet that one may include, loop over all roles? */
static bool
lists_roles(Catalogue *catalogue, const Campaign *campaign)
{
    TemplateFiles files = catalogue_files(catalogue);
    const char *const *names = files.list("templates/snippets", files.data);

    for (; names && *names; names++) {
        g_autofree char *path =
            g_strconcat("templates/snippets/", *names, NULL);
        if (source_lists_roles(files.source(path, files.data)))
            return true;
    }
    for (guint m = 0; m < campaign->mails->len; m++) {
        const CampaignMail *mail = g_ptr_array_index(campaign->mails, m);
        for (guint f = 0; f < mail->files->len; f++) {
            const MailFile *file = g_ptr_array_index(mail->files, f);
            if (source_lists_roles(file->source))
                return true;
        }
    }
    return false;
}

char **
campaign_paths(Catalogue *catalogue, const Campaign *campaign)
{
    g_autoptr(GHashTable) paths =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *folder = g_strconcat("campaigns/", campaign->id, NULL);
    g_autoptr(GList) keys = NULL;
    GPtrArray *sorted = g_ptr_array_new();

    add_path(paths, catalogue, g_strdup(campaign->path));
    if (campaign->is_sequence)
        add_directory(paths, catalogue, folder);
    add_directory(paths, catalogue, "segments");
    add_directory(paths, catalogue, "templates");
    add_directory(paths, catalogue, "templates/snippets");
    add_directory(paths, catalogue, "templates/why");
    if (campaign->role)
        add_path(paths, catalogue,
                 g_strdup_printf("roles/%s.md", campaign->role));
    if (lists_roles(catalogue, campaign))
        add_directory(paths, catalogue, "roles");
    for (guint m = 0; m < campaign->mails->len; m++) {
        const CampaignMail *mail = g_ptr_array_index(campaign->mails, m);
        for (char **path = mail->attach; path && *path; path++)
            add_path(paths, catalogue, g_strdup(*path));
        add_images(paths, catalogue, campaign, mail);
    }
    keys = g_list_sort(g_hash_table_get_keys(paths), (GCompareFunc)strcmp);
    for (const GList *k = keys; k; k = k->next)
        g_ptr_array_add(sorted, g_strdup(k->data));
    g_ptr_array_add(sorted, NULL);
    return (char **)g_ptr_array_free(sorted, FALSE);
}

char *
snapshot_name(Catalogue *catalogue, const Campaign *campaign)
{
    g_auto(GStrv) paths = campaign_paths(catalogue, campaign);
    g_autoptr(GString) manifest = g_string_new(NULL);

    for (char **path = paths; *path; path++) {
        gsize size;
        const void *data =
            g_bytes_get_data(catalogue_bytes(catalogue, *path), &size);
        g_autofree char *hash = sha256_hex(data, size);
        g_string_append_printf(manifest, "%s %s\n", hash, *path);
    }
    return sha256_hex(manifest->str, manifest->len);
}

static bool
insert_snapshot(Store *store, const Campaign *campaign, const char *name,
                int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "INSERT INTO snapshot (snapshot, campaign, made_at)"
                      " VALUES (:name, :campaign, :now)"
                      " ON CONFLICT (snapshot) DO NOTHING",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

static bool
insert_file(Store *store, const char *name, const char *path, GBytes *bytes,
            GError **error)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    g_autofree char *hash = sha256_hex(data, size);
    g_autoptr(Statement) file = store_prepare(
        store,
        "INSERT INTO source_file (sha256, bytes) VALUES (:hash, :bytes)"
        " ON CONFLICT (sha256) DO NOTHING",
        error);
    g_autoptr(Statement) entry =
        store_prepare(store,
                      "INSERT INTO snapshot_file (snapshot, path, sha256)"
                      " VALUES (:name, :path, :hash)"
                      " ON CONFLICT (snapshot, path) DO NOTHING",
                      error);

    if (!file || !entry)
        return false;
    statement_bind_text(file, ":hash", hash);
    statement_bind_blob(file, ":bytes", data, size);
    statement_bind_text(entry, ":name", name);
    statement_bind_text(entry, ":path", path);
    statement_bind_text(entry, ":hash", hash);
    return statement_run(file, error) && statement_run(entry, error);
}

bool
snapshot_save(Store *store, Catalogue *catalogue, const Campaign *campaign,
              const char *name, int64_t now, GError **error)
{
    g_auto(GStrv) paths = campaign_paths(catalogue, campaign);

    if (!insert_snapshot(store, campaign, name, now, error))
        return false;
    for (char **path = paths; *path; path++)
        if (!insert_file(store, name, *path, catalogue_bytes(catalogue, *path),
                         error))
            return false;
    return true;
}
