/* SPDX-License-Identifier: Apache-2.0 */
/* ats_hook.c - webhooks: checked, stored, answered, and then understood
 *
 * One thread owns a store and commits all deliveries that wait together; a
 * second one, with a store of its own, works out what they say, because that
 * may take long (an ATS is asked for details). */
#include "nurture/hooks.h"

#include "ats-adapter.h"
#include "ats-signature.h"

#include "nurture/ats.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <string.h>

#define BODY_MAX  (1024 * 1024)
#define QUEUE_MAX 1000
#define GROUP_MAX 256

typedef struct {
    const AtsHook *settings;
    AtsAdapter *adapter;
    char **secrets;
} Hook;

struct Hooks {
    const Workspace *workspace;
    const Keys *keys;
    GPtrArray *hooks; /* Hook */
    HttpRoute routes[2];
    Store *store, *second;
    GAsyncQueue *jobs; /* Job; the last is `end` */
    GAsyncQueue *wake; /* of the second thread: &again or `end` */
    GThread *writer, *reader;
};

typedef struct {
    const Hook *hook;
    HttpDeferred *deferred;
    HttpResponse response;
    GBytes *body;
    const char *scheme;
    char *signature, *id, *timestamp, *tail, *event_header;
    /* of the body, once it has been read */
    char *text, *token, *triggered_at, *body_signature, *event, *key;
    bool good;
} Job;

static char again, end; /* told apart by their addresses */

static void
job_free(Job *j)
{
    g_bytes_unref(j->body);
    g_free(j->signature);
    g_free(j->id);
    g_free(j->timestamp);
    g_free(j->tail);
    g_free(j->event_header);
    g_free(j->text);
    g_free(j->token);
    g_free(j->triggered_at);
    g_free(j->body_signature);
    g_free(j->event);
    g_free(j->key);
    http_response_clear(&j->response);
    g_free(j);
}

static void
answer(HttpResponse *response, int status, const char *words)
{
    response->status = status;
    response->type = "text/plain; charset=utf-8";
    g_clear_pointer(&response->body, g_bytes_unref);
    response->body = g_bytes_new_static(words, strlen(words));
    http_response_header(response, "Cache-Control", "no-store");
    if (status == 503)
        http_response_header(response, "Retry-After", "30");
}

/* -- the writer's thread -------------------------------------------------- */

static bool
read_members(Job *j, Store *store, GError **error)
{
    const AtsAdapter *a = j->hook->adapter;
    gsize length;
    const char *bytes = g_bytes_get_data(j->body, &length);

    j->text = length > 0 ? g_strndup(bytes, length) : g_strdup("");
    if (strcmp(j->scheme, "lever") == 0 &&
        (!ats_body_text(store, j->text, "$.token", &j->token, error) ||
         !ats_body_text(store, j->text, "$.triggeredAt", &j->triggered_at,
                        error) ||
         !ats_body_text(store, j->text, "$.signature", &j->body_signature,
                        error)))
        return false;
    j->event = ats_adapter_event(a, store, j->text, j->event_header, error);
    return j->event || !error || !*error;
}

/* Is it from whom it says? Fills the answer when it is not. */
static void
check_job(Job *j, int64_t now)
{
    SignedHook h = {.scheme = j->scheme,
                    .prefix = ats_adapter_setting(j->hook->adapter, "prefix"),
                    .signature = j->signature,
                    .id = j->id,
                    .timestamp = j->timestamp,
                    .tail = j->tail,
                    .token = j->token,
                    .triggered_at = j->triggered_at,
                    .body_signature = j->body_signature};
    const char *why;

    h.body = g_bytes_get_data(j->body, &h.length);
    j->good = signature_is_good(&h, j->hook->secrets, now, &why);
    if (j->good) {
        j->key = signature_event_key(&h);
        return;
    }
    log_warn("hook=%s status=refused signature=%s", j->hook->settings->name,
             why);
    answer(&j->response, 401, "the signature is missing, wrong or old\n");
}

static bool
store_job(Job *j, Store *store, int64_t now, GError **error)
{
    gsize length;
    const void *bytes = g_bytes_get_data(j->body, &length);
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO hook_inbox (hook, event_key, received_at, state, event,"
        "  body) VALUES (:hook, :key, :now, 'new', :event, :body)"
        " ON CONFLICT (hook, event_key) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":hook", j->hook->settings->name);
    statement_bind_text(st, ":key", j->key);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":event", j->event);
    statement_bind_blob(st, ":body", bytes, length);
    if (!statement_run(st, error))
        return false;
    answer(&j->response, 200,
           store_changes(store) > 0 ? "stored\n" : "known already\n");
    return true;
}

static bool
store_group(Store *store, GPtrArray *group, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store)
        return false;
    for (guint i = 0; i < group->len; i++) {
        Job *j = g_ptr_array_index(group, i);
        if (j->good && !store_job(j, store, now, error))
            return false;
    }
    return transaction_commit(&tx, error);
}

static void
run_group(Hooks *hooks, GPtrArray *group)
{
    int64_t now = clock_now();
    g_autoptr(GError) failed = NULL;

    for (guint i = 0; i < group->len; i++) {
        Job *j = g_ptr_array_index(group, i);
        g_autoptr(GError) error = NULL;
        if (read_members(j, hooks->store, &error))
            check_job(j, now);
        else
            answer(&j->response, 503, "the database failed\n");
    }
    if (!store_group(hooks->store, group, now, &failed))
        log_error("hook=* status=not-stored error=\"%s\"", failed->message);
    for (guint i = 0; i < group->len; i++) {
        Job *j = g_ptr_array_index(group, i);
        if (failed && j->good)
            answer(&j->response, 503, "the database failed\n");
        http_deferred_answer(j->deferred, &j->response);
        job_free(j);
    }
    g_async_queue_push(hooks->wake, &again);
}

static gpointer
writer_thread(gpointer data)
{
    Hooks *hooks = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    bool last = false;

    while (!last) {
        gpointer job = g_async_queue_pop(hooks->jobs);
        g_ptr_array_set_size(group, 0);
        for (; job && group->len < GROUP_MAX;
             job = g_async_queue_try_pop(hooks->jobs)) {
            last = job == &end;
            if (last)
                break;
            g_ptr_array_add(group, job);
        }
        if (!last && job)
            g_async_queue_push_front(hooks->jobs, job);
        if (group->len > 0)
            run_group(hooks, group);
    }
    return NULL;
}

/* -- the reader's thread -------------------------------------------------- */

static gpointer
reader_thread(gpointer data)
{
    Hooks *hooks = data;
    gpointer what = &again;

    while (what != &end) {
        AtsInboxResult result = {0};
        g_autoptr(GError) error = NULL;
        gpointer more;
        if (!ats_inbox_process(hooks->second, hooks->workspace, hooks->keys,
                               clock_now(), &result, &error))
            log_error("hook=* status=not-read error=\"%s\"", error->message);
        what = g_async_queue_pop(hooks->wake);
        while (what != &end && (more = g_async_queue_try_pop(hooks->wake)))
            what = more;
    }
    return NULL;
}

/* -- the server's thread -------------------------------------------------- */

static const Hook *
find_hook(const Hooks *hooks, const char *name)
{
    for (guint i = 0; i < hooks->hooks->len; i++) {
        const Hook *h = g_ptr_array_index(hooks->hooks, i);
        if (strcmp(h->settings->name, name) == 0)
            return h;
    }
    return NULL;
}

/* "header:Event-Name | $.event" names a header. */
static const char *
header_of_event(const Hook *h)
{
    const char *from = ats_adapter_setting(h->adapter, "event");

    return g_str_has_prefix(from, "header:") ? from + strlen("header:") : NULL;
}

static const char *
header_or_nothing(const HttpRequest *request, const char *name)
{
    const char *value = http_header(request, name);

    return value ? value : "";
}

/* Once a subscription there has a key, its callbacks are signed. */
static void
read_smartrecruiters(Job *j, const HttpRequest *request)
{
    j->scheme = "smartrecruiters";
    j->signature = g_strdup(http_header(request, "smartrecruiters-signature"));
    j->id = g_strdup(http_header(request, "event-id"));
    j->timestamp = g_strdup(http_header(request, "smartrecruiters-timestamp"));
    j->tail = g_strconcat(".", header_or_nothing(request, "event-id"), ".",
                          header_or_nothing(request, "event-name"), ".",
                          header_or_nothing(request, "event-version"), ".",
                          header_or_nothing(request, "link"), NULL);
}

static Job *
job_new(const Hook *h, const HttpRequest *request)
{
    const char *header = ats_adapter_setting(h->adapter, "header");
    const char *event = header_of_event(h);
    Job *j = g_new0(Job, 1);

    j->hook = h;
    j->body =
        request->body ? g_bytes_ref(request->body) : g_bytes_new_static("", 0);
    j->scheme = ats_adapter_setting(h->adapter, "scheme");
    if (strcmp(j->scheme, "handshake") == 0 &&
        http_header(request, "smartrecruiters-signature")) {
        read_smartrecruiters(j, request);
    } else {
        j->signature = g_strdup(
            http_header(request, header ? header : "webhook-signature"));
        j->id = g_strdup(http_header(request, "webhook-id"));
        j->timestamp = g_strdup(http_header(request, "webhook-timestamp"));
    }
    if (event) {
        g_autofree char *name = g_strndup(event, strcspn(event, " "));
        j->event_header = g_strdup(http_header(request, name));
    }
    return j;
}

/* The receiver shows that it is there, and nothing more: nothing is believed
 * for it. */
static bool
shake_hands(const Hook *h, const HttpRequest *request, HttpResponse *response)
{
    const char *hook_secret = http_header(request, "X-Hook-Secret");

    if (!hook_secret || strlen(hook_secret) > 200 ||
        hook_secret[strcspn(hook_secret, "\r\n\t")] ||
        strcmp(ats_adapter_setting(h->adapter, "scheme"), "handshake") != 0)
        return false;
    answer(response, 200, "hello\n");
    http_response_header(response, "X-Hook-Secret", hook_secret);
    return true;
}

static void
handle_hook(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    Hooks *hooks = data;
    const Hook *h = find_hook(hooks, request->rest);
    Job *j;

    if (!h)
        answer(response, 404, "there is no such hook\n");
    else if (shake_hands(h, request, response))
        return;
    else if (g_async_queue_length(hooks->jobs) > QUEUE_MAX)
        answer(response, 503, "too many wait\n");
    else {
        j = job_new(h, request);
        j->deferred = http_defer(request);
        g_async_queue_push(hooks->jobs, j);
    }
}

/* -- starting ------------------------------------------------------------- */

static void
hook_free(gpointer data)
{
    Hook *h = data;

    ats_adapter_free(h->adapter);
    g_strfreev(h->secrets);
    g_free(h);
}

static bool
add_hook(Hooks *hooks, const AtsHook *settings, GError **error)
{
    g_autofree char *where =
        g_strdup_printf("ats.hooks: %s: secret_from", settings->name);
    g_autofree char *text = NULL;
    Hook *h = g_new0(Hook, 1);

    g_ptr_array_add(hooks->hooks, h);
    h->settings = settings;
    h->adapter = ats_adapter_load(hooks->workspace, settings->adapter, error);
    if (!h->adapter)
        return false;
    text =
        workspace_secret(hooks->workspace, where, settings->secret_from, error);
    if (!text)
        return false;
    h->secrets = g_strsplit_set(g_strchomp(text), "\r\n", -1);
    if (text[strspn(text, "\r\n")])
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: it is empty", where);
    return false;
}

Hooks *
hooks_start(const Workspace *workspace, const Keys *keys, GError **error)
{
    g_autoptr(Hooks) hooks = g_new0(Hooks, 1);
    const GPtrArray *list = workspace->ats.hooks;

    hooks->workspace = workspace;
    hooks->keys = keys;
    hooks->hooks = g_ptr_array_new_with_free_func(hook_free);
    for (guint i = 0; list && i < list->len; i++)
        if (!add_hook(hooks, g_ptr_array_index(list, i), error))
            return NULL;
    if (hooks->hooks->len == 0)
        return g_steal_pointer(&hooks);
    hooks->store = store_open(workspace->database, STORE_EXISTING, error);
    if (hooks->store)
        hooks->second = store_open(workspace->database, STORE_EXISTING, error);
    if (!hooks->second)
        return NULL;
    hooks->routes[0] =
        (HttpRoute){"POST", "/hooks/", BODY_MAX, handle_hook, hooks};
    hooks->jobs = g_async_queue_new();
    hooks->wake = g_async_queue_new();
    hooks->writer = g_thread_new("hooks", writer_thread, hooks);
    hooks->reader = g_thread_new("hooks-read", reader_thread, hooks);
    return g_steal_pointer(&hooks);
}

const HttpRoute *
hooks_routes(const Hooks *hooks)
{
    return hooks->routes;
}

void
hooks_stop(Hooks *hooks)
{
    if (!hooks)
        return;
    if (hooks->writer) {
        g_async_queue_push(hooks->jobs, &end);
        g_thread_join(hooks->writer);
        g_async_queue_push(hooks->wake, &end);
        g_thread_join(hooks->reader);
        g_async_queue_unref(hooks->jobs);
        g_async_queue_unref(hooks->wake);
    }
    store_close(hooks->store);
    store_close(hooks->second);
    g_ptr_array_unref(hooks->hooks);
    g_free(hooks);
}
