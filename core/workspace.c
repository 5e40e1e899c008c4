/* SPDX-License-Identifier: Apache-2.0 */
/* workspace.c - nurture.yaml, fields.yaml and senders/ read into one record */
#include "nurture/workspace.h"

#include "workspace-ats.h"

#include "nurture/address.h"
#include "nurture/error.h"
#include "nurture/hash.h"
#include "nurture/holidays.h"
#include "nurture/settings.h"

#include "sender.h"
#include "workspace-smtp.h"

#include <string.h>

#define FILE_NAME "nurture.yaml"

static void
sender_free_item(void *sender)
{
    sender_free(sender);
}

void
workspace_free(Workspace *w)
{
    if (!w)
        return;
    char *strings[] = {
        w->root,
        w->id,
        w->database,
        w->state_dir,
        w->company,
        w->time_zone,
        w->sending.domain,
        w->sending.fallback_sender,
        w->sending.bounces,
        w->sending.replies,
        w->receiving.authserv_id,
        w->smtp.host,
        w->smtp.user,
        w->smtp.password_from,
        w->smtp.ehlo,
        w->smtp.certificate,
        w->smtp.key,
        w->dkim.selector,
        w->dkim.key_file,
        w->legal.postal_address,
        w->legal.privacy_url,
        w->tracking.base_url,
        w->theme.font,
        w->theme.text,
        w->theme.accent,
        w->images_base_url,
        w->serve.listen,
        w->serve.recruiter_listen,
        w->serve.recruiter_url,
        w->join.consent,
        w->join.version,
    };
    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    workspace_clear_ats(w);
    g_strfreev(w->languages);
    g_strfreev(w->join.fields);
    field_set_free(w->fields);
    holidays_free(w->holidays);
    if (w->senders)
        g_ptr_array_unref(w->senders);
    g_free(w);
}

/* The folder at or above `dir` with a nurture.yaml. */
char *
workspace_root(const char *dir, GError **error)
{
    g_autofree char *at = g_canonicalize_filename(dir, NULL);

    for (;;) {
        g_autofree char *file = g_build_filename(at, FILE_NAME, NULL);
        g_autofree char *parent = g_path_get_dirname(at);
        if (g_file_test(file, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&at);
        if (strcmp(parent, at) == 0)
            break;
        g_free(at);
        at = g_steal_pointer(&parent);
    }
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "there is no " FILE_NAME " in %s or above it; 'nurture init' "
                "makes a workspace",
                dir);
    return NULL;
}

/* The readers below are called for values that the table's check has passed;
 * for others they leave what is there. */
static const char *
get(const YamlNode *map, const char *key)
{
    return settings_value(map, IN_WORKSPACE, key);
}

static char *
get_copy(const YamlNode *map, const char *key)
{
    return g_strdup(get(map, key));
}

static int
get_number(const YamlNode *map, const char *key)
{
    return (int)g_ascii_strtoll(get(map, key), NULL, 10);
}

static char *
get_address(const YamlNode *map, const char *key)
{
    return get(map, key) ? address_normalise(get(map, key), NULL) : NULL;
}

/* A base address, to which paths are joined. */
static char *
get_base_url(const YamlNode *map, const char *key)
{
    char *url = get_copy(map, key);

    while (url && g_str_has_suffix(url, "/"))
        url[strlen(url) - 1] = '\0';
    return url;
}

static Rate
get_rate(const YamlNode *map, const char *key)
{
    Rate rate = {0};

    if (!rate_parse(get(map, key), &rate.count, &rate.per_ms, NULL))
        return (Rate){0};
    return rate;
}

static Span
get_span(const YamlNode *map, const char *key)
{
    Span span = {0};

    if (get(map, key) && !span_parse(get(map, key), &span, NULL))
        return (Span){0};
    return span;
}

/* Which of the NULL-ended words it is; 0 for none. */
static int
get_choice(const YamlNode *map, const char *key, const char *const *words)
{
    const char *value = get(map, key);

    for (int i = 0; value && words[i]; i++)
        if (strcmp(words[i], value) == 0)
            return i;
    return 0;
}

/* `key` may name a group: "join.fields". */
static char **
get_list(const YamlNode *map, const char *key)
{
    g_auto(GStrv) names = g_strsplit(key, ".", 2);
    const YamlNode *group = names[1] ? yaml_get(map, names[0]) : map;
    const YamlNode *node =
        group ? yaml_get(group, names[1] ? names[1] : names[0]) : NULL;
    GPtrArray *list = g_ptr_array_new();

    if (node && node->kind == YAML_LIST) {
        for (guint i = 0; i < node->items->len; i++) {
            const YamlNode *item = g_ptr_array_index(node->items, i);
            if (item->kind == YAML_SCALAR)
                g_ptr_array_add(list, g_strdup(item->value));
        }
    }
    if (list->len == 0)
        g_ptr_array_add(list, get_copy(map, key));
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

/* "20:00-08:00" -> every day 08:00-20:00 of the candidate. */
static SendWindow
get_waking(const YamlNode *map)
{
    SendWindow none = {0};
    const char *quiet = get(map, "quiet_hours");
    g_autofree char *text = NULL;
    SendWindow parsed;

    if (!quiet || strlen(quiet) != strlen("20:00-08:00"))
        return none;
    text = g_strdup_printf("Mon-Sun %.5s-%.5s recipient", quiet + 6, quiet);
    return send_window_parse(text, &parsed, NULL) ? parsed : none;
}

static void
read_sending(Workspace *w, const YamlNode *map)
{
    SendWindow always = SEND_WINDOW_ALWAYS;

    w->sending.domain = get_copy(map, "sending.domain");
    w->sending.fallback_sender = get_copy(map, "sending.fallback_sender");
    w->sending.bounces = get_address(map, "sending.bounces");
    w->sending.replies = get_address(map, "sending.replies");
    w->receiving.authserv_id = get_copy(map, "receiving.authserv_id");
    w->sending.rate = get_rate(map, "sending.rate");
    w->sending.cap = get_rate(map, "sending.cap");
    w->sending.confirm_over = get_number(map, "sending.confirm_over");
    w->sending.per_sender_day = get_number(map, "sending.per_sender_day");
    w->sending.mx_providers =
        g_strcmp0(get(map, "sending.providers"), "mx") == 0;
    if (get(map, "sending.warm_up"))
        date_parse(get(map, "sending.warm_up"), w->zone, &w->sending.warm_up,
                   NULL);
    w->sending.waking = get_waking(map);
    if (!send_window_parse(get(map, "sending.window"), &w->sending.window,
                           NULL))
        w->sending.window = always;
}

static void
read_smtp(Workspace *w, const YamlNode *map)
{
    static const char *const tls[] = {"required", "opportunistic", "off", NULL};

    w->smtp.host = get_copy(map, "smtp.host");
    w->smtp.port = get_number(map, "smtp.port");
    w->smtp.tls = (TlsMode)get_choice(map, "smtp.tls", tls);
    w->smtp.user = get_copy(map, "smtp.user");
    w->smtp.password_from = get_copy(map, "smtp.password_from");
    w->smtp.ehlo = get_copy(map, "smtp.ehlo");
    if (!w->smtp.ehlo)
        w->smtp.ehlo = get_copy(map, "sending.domain");
    w->smtp.connections = get_number(map, "smtp.connections");
    w->smtp.xoauth2 = strcmp(get(map, "smtp.auth"), "xoauth2") == 0;
    w->smtp.certificate = get_copy(map, "smtp.certificate");
    w->smtp.key = get_copy(map, "smtp.key");
    w->smtp.window = get_number(map, "smtp.window");
    w->dkim.sign_here = strcmp(get(map, "dkim.sign"), "here") == 0;
    w->dkim.selector = get_copy(map, "dkim.selector");
    w->dkim.key_file = get_copy(map, "dkim.key_file");
}

static void
read_rules(Workspace *w, const YamlNode *map)
{
    static const char *const bases[] = {"consent", "legitimate-interest", NULL};
    static const char *const modes[] = {"off", "aggregate", "consented",
                                        "deliverability", NULL};
    Span half_life = get_span(map, "scores.half_life");

    w->legal.postal_address = get_copy(map, "legal.postal_address");
    w->legal.privacy_url = get_copy(map, "legal.privacy_url");
    w->legal.basis = (LawfulBasis)get_choice(map, "legal.lawful_basis", bases);
    w->legal.notice_in_mail =
        strcmp(get(map, "legal.notice"), "first-mail") == 0;
    w->legal.retention = get_span(map, "legal.retention");
    w->retention.automatic =
        strcmp(get(map, "retention.automatic"), "yes") == 0;
    w->retention.renewal = get_span(map, "retention.renewal");
    w->retention.reminder = get_span(map, "retention.reminder");
    w->sunset.after = get_span(map, "sunset.after");
    w->sunset.mails = get_number(map, "sunset.mails");
    w->sunset.answer = get_span(map, "sunset.answer");
    w->tracking.base_url = get_base_url(map, "tracking.base_url");
    w->tracking.clicks = (TrackMode)get_choice(map, "tracking.clicks", modes);
    w->tracking.opens = (TrackMode)get_choice(map, "tracking.opens", modes);
    w->tracking.trap = strcmp(get(map, "tracking.honeypot"), "yes") == 0;
    w->scores.open = get_number(map, "scores.open");
    w->scores.click = get_number(map, "scores.click");
    w->scores.interest = get_number(map, "scores.interest");
    w->scores.reply = get_number(map, "scores.reply");
    w->scores.positive_reply = get_number(map, "scores.positive_reply");
    w->scores.half_life_ms = span_ms(&half_life);
}

static void
read_ranking(Workspace *w, const YamlNode *map)
{
    Span attribution = get_span(map, "reports.attribution");

    w->ranking.interest = get_number(map, "ranking.interest");
    w->ranking.words = get_number(map, "ranking.words");
    w->ranking.seniority = get_number(map, "ranking.seniority");
    w->ranking.location = get_number(map, "ranking.location");
    w->ranking.language = get_number(map, "ranking.language");
    w->ranking.reached = get_number(map, "ranking.reached");
    w->ranking.recency = get_number(map, "ranking.recency");
    w->ranking.score = get_number(map, "ranking.score");
    w->attribution_ms = span_ms(&attribution);
}

static void
read_settings(Workspace *w, const YamlNode *map)
{
    w->id = get_copy(map, "id");
    w->company = get_copy(map, "company");
    w->time_zone = get_copy(map, "time_zone");
    w->zone = zone_get(w->time_zone);
    w->languages = get_list(map, "languages");
    read_sending(w, map);
    read_smtp(w, map);
    read_rules(w, map);
    workspace_read_ats(w, map);
    read_ranking(w, map);
    w->theme.font = get_copy(map, "theme.font");
    w->theme.text = get_copy(map, "theme.text");
    w->theme.accent = get_copy(map, "theme.accent");
    w->theme.width = get_number(map, "theme.width");
    w->images_base_url = get_base_url(map, "images.base_url");
    w->serve.listen = get_copy(map, "serve.listen");
    w->serve.recruiter_listen = get_copy(map, "serve.recruiter_listen");
    w->serve.recruiter_url = get_base_url(map, "serve.recruiter_url");
    w->join.form = strcmp(get(map, "join.form"), "yes") == 0;
    w->join.fields = get_list(map, "join.fields");
    w->join.consent = get_copy(map, "join.consent");
    w->join.version = get_copy(map, "join.version");
}

/* "~/x" and paths relative to the folder. */
static char *
resolve_path(const Workspace *w, const char *path)
{
    if (g_str_has_prefix(path, "~/"))
        return g_build_filename(g_get_home_dir(), path + 2, NULL);
    return g_canonicalize_filename(path, w->root);
}

/* A hand-made workspace has no id; its path tells it from others. */
static char *
default_state_dir(const Workspace *w)
{
    const char *home = g_getenv("XDG_STATE_HOME");
    g_autofree char *state =
        home && g_path_is_absolute(home)
            ? g_strdup(home)
            : g_build_filename(g_get_home_dir(), ".local", "state", NULL);
    g_autofree char *hash = sha256_hex(w->root, strlen(w->root));
    g_autofree char *base = g_path_get_basename(w->root);
    g_autofree char *name =
        g_strdup_printf("%s-%.8s", base, w->id ? w->id : hash);

    return g_build_filename(state, "nurture", name, NULL);
}

static void
set_database(Workspace *w, const char *database)
{
    if (database) {
        w->database = resolve_path(w, database);
        w->state_dir = g_path_get_dirname(w->database);
    } else {
        w->state_dir = default_state_dir(w);
        w->database = g_build_filename(w->state_dir, "nurture.db", NULL);
    }
}

/* Files that are named relative to the folder, or to the home. */
static void
resolve_files(Workspace *w)
{
    char **files[] = {&w->dkim.key_file, &w->smtp.certificate, &w->smtp.key};

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *file = *files[i];
        *files[i] = file ? resolve_path(w, file) : NULL;
    }
}

static void
read_fields(Workspace *w, Diagnostics *problems)
{
    g_autofree char *file = g_build_filename(w->root, "fields.yaml", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Source) source = NULL;

    w->fields = field_set_new();
    if (!g_file_test(file, G_FILE_TEST_EXISTS))
        return;
    source = source_load(w->root, "fields.yaml", &error);
    if (!source)
        diagnostics_add_file(problems, "E006", "fields.yaml", "%s",
                             error->message + strlen("fields.yaml: "));
    else if (source_check(source, problems))
        field_set_read(w->fields, source, problems);
}

/* "de" of anna-schmidt.de.md, when mail may be in it; else NULL. Borrowed. */
static const char *
signature_language(const Workspace *w, const char *file)
{
    for (char **l = w->languages; l && *l; l++) {
        g_autofree char *end = g_strdup_printf(".%s.md", *l);
        if (g_str_has_suffix(file, end) && strlen(file) > strlen(end))
            return *l;
    }
    return NULL;
}

static void
read_signature(Workspace *w, const char *file, const char *language,
               Diagnostics *problems)
{
    g_autofree char *id =
        g_strndup(file, strlen(file) - strlen(language) - strlen("..md"));
    g_autofree char *path = g_build_filename("senders", file, NULL);

    for (guint i = 0; i < w->senders->len; i++) {
        Sender *sender = g_ptr_array_index(w->senders, i);
        if (strcmp(sender->id, id) == 0) {
            sender_load_signature(sender, w->root, file, language, problems);
            return;
        }
    }
    diagnostics_add_file(problems, "E510", path, "there is no senders/%s.md",
                         id);
}

static void
read_senders(Workspace *w, Diagnostics *problems)
{
    g_auto(GStrv) files = workspace_list(w, "senders", ".md");

    w->senders = g_ptr_array_new_with_free_func(sender_free_item);
    for (int i = 0; files[i]; i++) {
        Sender *sender =
            signature_language(w, files[i])
                ? NULL
                : sender_load(w->root, files[i], w->sending.domain, problems);
        if (sender)
            g_ptr_array_add(w->senders, sender);
    }
    for (int i = 0; files[i]; i++) {
        const char *language = signature_language(w, files[i]);
        if (language)
            read_signature(w, files[i], language, problems);
    }
}

static void
read_holidays(Workspace *w, Diagnostics *problems)
{
    g_auto(GStrv) files = workspace_list(w, "holidays", ".ics");

    w->holidays = holidays_load(w->root, (const char *const *)files, problems);
}

static guint
errors_of(const Diagnostics *problems, const char *path)
{
    guint n = 0;

    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        n += d->severity == SEVERITY_ERROR && strcmp(d->path, path) == 0;
    }
    return n;
}

/* "de", "pt-BR" */
static bool
is_language(const char *text)
{
    gsize length = strlen(text);

    return (length == 2 ||
            (length == 5 && text[2] == '-' && g_ascii_isupper(text[3]) &&
             g_ascii_isupper(text[4]))) &&
           g_ascii_islower(text[0]) && g_ascii_islower(text[1]);
}

static void
check_languages(const YamlNode *map, const Source *source,
                Diagnostics *problems)
{
    const YamlNode *list = yaml_get(map, "languages");
    guint size = list && list->kind == YAML_LIST ? list->items->len : 1;

    for (guint i = 0; list && list->kind != YAML_MAP && i < size; i++) {
        const YamlNode *node =
            list->kind == YAML_LIST ? g_ptr_array_index(list->items, i) : list;
        Diagnostic *d;
        if (!node->value || is_language(node->value))
            continue;
        d = diagnostics_add(problems, "E111", source, node->offset,
                            node->length, "'%s' is not a language's code",
                            node->value);
        diagnostic_note(d, "for example [en, de, pt-BR]");
    }
}

Workspace *
workspace_open(const char *dir, Diagnostics *problems, GError **error)
{
    g_autoptr(Workspace) w = g_new0(Workspace, 1);
    g_autoptr(Source) source = NULL;
    g_autoptr(YamlNode) map = NULL;
    guint errors = errors_of(problems, FILE_NAME); /* of an earlier look */

    w->root = workspace_root(dir, error);
    if (!w->root)
        return NULL;
    map = settings_file_load(w->root, FILE_NAME, IN_WORKSPACE, NULL, &source,
                             problems);
    if (map)
        check_languages(map, source, problems);
    workspace_check_smtp(map, source, problems);
    errors = errors_of(problems, FILE_NAME) - errors;
    if (map && errors == 0) {
        read_settings(w, map);
        set_database(w, get(map, "database"));
        resolve_files(w);
    }
    /* Also when nurture.yaml is wrong: all problems in one run. */
    read_fields(w, problems);
    read_senders(w, problems);
    read_holidays(w, problems);
    if (map && errors == 0)
        return g_steal_pointer(&w);
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "%s/" FILE_NAME " has %u error%s", w->root, errors,
                errors == 1 ? "" : "s");
    return NULL;
}

const Sender *
workspace_sender(const Workspace *workspace, const char *id)
{
    for (guint i = 0; id && i < workspace->senders->len; i++) {
        const Sender *sender = g_ptr_array_index(workspace->senders, i);
        if (strcmp(sender->id, id) == 0)
            return sender;
    }
    return NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
workspace_list(const Workspace *workspace, const char *dir, const char *suffix)
{
    g_autofree char *folder = g_build_filename(workspace->root, dir, NULL);
    g_autoptr(GDir) handle = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new();
    const char *name;

    while (handle && (name = g_dir_read_name(handle)))
        if (name[0] != '.' && g_str_has_suffix(name, suffix)) {
            g_autofree char *file = g_build_filename(folder, name, NULL);
            if (!g_file_test(file, G_FILE_TEST_IS_DIR))
                g_ptr_array_add(names, g_strdup(name));
        }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
