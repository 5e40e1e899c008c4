/* SPDX-License-Identifier: Apache-2.0 */
/* sender.c - who mail comes from */
#include "sender.h"

#include "nurture/address.h"

#include <string.h>

YamlNode *
settings_file_load(const char *root, const char *path, SettingPlace place,
                   gsize *out_body, Source **out_source, Diagnostics *problems)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Source) source = source_load(root, path, &error);
    gsize start = 0, end;
    YamlNode *map;

    if (!source) {
        diagnostics_add_file(problems, "E006", path, "%s",
                             error->message + strlen(path) + 2);
        return NULL;
    }
    if (!source_check(source, problems))
        return NULL;
    end = source_size(source);
    if (out_body &&
        !front_matter_split(source, &start, &end, out_body, problems))
        return NULL;
    map = yaml_read(source, start, end, settings_text_keys(place), problems);
    if (map)
        settings_check(map, place, source, problems);
    *out_source = g_steal_pointer(&source);
    return map;
}

void
sender_free(Sender *sender)
{
    if (!sender)
        return;
    g_free(sender->id);
    g_free(sender->name);
    g_free(sender->email);
    g_free(sender->title);
    g_free(sender->phone);
    g_free(sender->signature);
    g_clear_pointer(&sender->signatures, g_hash_table_unref);
    g_free(sender->role);
    g_free(sender);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sender, sender_free)

static bool
is_in_domain(const char *email, const char *domain)
{
    const char *at = address_domain(email);
    gsize length = strlen(at), tail = strlen(domain);

    if (length < tail || g_ascii_strcasecmp(at + length - tail, domain) != 0)
        return false;
    return length == tail || at[length - tail - 1] == '.';
}

static void
check_domain(const Sender *sender, const char *domain, const YamlNode *map,
             const Source *source, Diagnostics *problems)
{
    const YamlNode *node = yaml_get(map, "email");
    Diagnostic *d;

    if (!domain || is_in_domain(sender->email, domain))
        return;
    d = diagnostics_add(problems, "E508", source, node->offset, node->length,
                        "'%s' is not in your sending domain %s", sender->email,
                        domain);
    diagnostic_help(d, "mail programs would refuse or junk it (DMARC)");
}

/* The stem of a file name, if it can be a name; else reports why not. */
static char *
stem_of(const char *path, Diagnostics *problems)
{
    g_autofree char *base = g_path_get_basename(path);
    const char *bad;
    gsize length = strlen(base) - strlen(".md");
    Diagnostic *d;

    for (bad = base; bad < base + length; bad++)
        if (!g_ascii_islower(*bad) && !g_ascii_isdigit(*bad) && *bad != '-' &&
            *bad != '.' && *bad != '_')
            break;
    if (bad == base + length && length > 0)
        return g_strndup(base, length);
    d = diagnostics_add_file(problems, "E009", path,
                             "'%s' cannot be a sender's name: %s", base,
                             *bad == ' '             ? "it has a space"
                             : g_ascii_isupper(*bad) ? "it has a capital letter"
                                                     : "only small letters, "
                                                       "digits and - may be in "
                                                       "it");
    diagnostic_help(d, "rename it, for example to anna-schmidt.md");
    return NULL;
}

Sender *
sender_load(const char *root, const char *file, const char *domain,
            Diagnostics *problems)
{
    g_autofree char *path = g_build_filename("senders", file, NULL);
    g_autoptr(Source) source = NULL;
    g_autoptr(Sender) sender = g_new0(Sender, 1);
    g_autoptr(YamlNode) map = NULL;
    gsize body;

    sender->id = stem_of(path, problems);
    map = settings_file_load(root, path, IN_SENDER, &body, &source, problems);
    if (!map || !sender->id)
        return NULL;
    sender->name = g_strdup(settings_value(map, IN_SENDER, "name"));
    if (settings_value(map, IN_SENDER, "email"))
        sender->email =
            address_normalise(settings_value(map, IN_SENDER, "email"), NULL);
    if (!sender->name || !sender->email)
        return NULL; /* reported by the table's check */
    sender->title = g_strdup(settings_value(map, IN_SENDER, "title"));
    sender->phone = g_strdup(settings_value(map, IN_SENDER, "phone"));
    sender->role = g_strdup(settings_value(map, IN_SENDER, "role"));
    sender->signature = g_strstrip(g_strdup(source_text(source) + body));
    check_domain(sender, domain, map, source, problems);
    return g_steal_pointer(&sender);
}

bool
sender_reads_answers(const Sender *sender)
{
    return g_strcmp0(sender->role, "marketing") != 0;
}

void
sender_load_signature(Sender *sender, const char *root, const char *file,
                      const char *language, Diagnostics *problems)
{
    g_autofree char *path = g_build_filename("senders", file, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Source) source = source_load(root, path, &error);

    if (!source) {
        diagnostics_add_file(problems, "E006", path, "%s",
                             error->message + strlen(path) + 2);
        return;
    }
    if (!source_check(source, problems))
        return;
    if (g_str_has_prefix(source_text(source), "---\n")) {
        diagnostic_help(
            diagnostics_add(problems, "E115", source, 0, 3,
                            "a signature in another language has no settings"),
            "they are in senders/%s.md; here is only what stands below a mail",
            sender->id);
        return;
    }
    if (!sender->signatures)
        sender->signatures =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(sender->signatures, g_strdup(language),
                        g_strstrip(g_strdup(source_text(source))));
}

const char *
sender_signature(const Sender *sender, const char *language)
{
    const char *own = sender->signatures && language
                          ? g_hash_table_lookup(sender->signatures, language)
                          : NULL;

    return own ? own : sender->signature;
}
