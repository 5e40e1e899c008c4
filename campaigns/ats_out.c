/* SPDX-License-Identifier: Apache-2.0 */
/* ats_out.c - events that leave, signed
 *
 *     waiting --2xx--> delivered
 *        |  ^-- else, next_at pushed back
 *        '---- the last try, or 410 --> dead --ats outbox retry--> waiting */
#include "nurture/ats-out.h"

#include "ats-signature.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/fact.h"
#include "nurture/http-client.h"
#include "nurture/json.h"
#include "nurture/log.h"

#include <string.h>

#define CHUNK 500

/* Standard Webhooks' suggestion, in seconds. */
static const int delays[] = {5,     300,   1800,  7200, 18000,
                             36000, 50400, 72000, 86400};

/* What our events are called outside; an interest link and a reply that means
 * the same are one word there. */
static const char *
outside_word(const char *kind, bool positive)
{
    if (strcmp(kind, "replied") == 0)
        return positive ? "interested" : "replied";
    if (strcmp(kind, "opted_out") == 0 || strcmp(kind, "complained") == 0)
        return "unsubscribed";
    return kind; /* interested, bounced, erased */
}

static bool
wants(const AtsReceiver *r, const char *word)
{
    return !r->events || g_strv_contains((const char *const *)r->events, word);
}

/* -- the body ------------------------------------------------------------- */

#define EVENTS                                                                 \
    "SELECT v.event_id, v.kind, v.positive, v.at, v.candidate_id, c.email,"    \
    "  v.campaign, v.step, json_extract(v.detail, '$.intent'), s.scaled"       \
    " FROM event v LEFT JOIN candidate c ON c.candidate_id = v.candidate_id"   \
    " LEFT JOIN score s ON s.candidate_id = v.candidate_id"

#define WANTED                                                                 \
    " v.kind IN ('replied', 'interested', 'opted_out', 'complained',"          \
    "  'bounced', 'erased') AND v.machine = 0 AND v.candidate_id IS NOT NULL"

static bool
append_ids(Store *store, int64_t candidate, GString *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT src, remote_id FROM ats_identity WHERE candidate_id = :id"
        " ORDER BY src, remote_id",
        error);
    bool first = true;

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    g_string_append(out, ",\"ats\":[");
    while (statement_step(st)) {
        g_string_append(out, first ? "{\"src\":" : ",{\"src\":");
        json_append_string(out, statement_text(st, 0));
        g_string_append(out, ",\"id\":");
        json_append_string(out, statement_text(st, 1));
        g_string_append_c(out, '}');
        first = false;
    }
    g_string_append_c(out, ']');
    return statement_end(st, error);
}

static void
append_if(GString *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    g_string_append_printf(out, ",\"%s\":", name);
    json_append_string(out, value);
}

/* `st` stands on a row of EVENTS. NULL with `error`. */
static char *
body_of(Store *store, const Workspace *w, Statement *st, bool scores,
        int64_t now, GError **error)
{
    g_autoptr(GString) out = g_string_new("{\"type\":");
    g_autoptr(GDateTime) at =
        g_date_time_new_from_unix_utc(statement_int(st, 3) / SECOND_MS);
    g_autofree char *when = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");

    json_append_string(
        out, outside_word(statement_text(st, 1), statement_int(st, 2) != 0));
    g_string_append_printf(out,
                           ",\"timestamp\":\"%s\",\"data\":{\"event\":"
                           "%" G_GINT64_FORMAT
                           ",\"candidate\":%" G_GINT64_FORMAT,
                           when, statement_int(st, 0), statement_int(st, 4));
    append_if(out, "email", statement_text(st, 5));
    if (!append_ids(store, statement_int(st, 4), out, error))
        return NULL;
    append_if(out, "campaign", statement_text(st, 6));
    append_if(out, "step", statement_text(st, 7));
    append_if(out, "intent", statement_text(st, 8));
    if (scores && !statement_is_null(st, 9)) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf(
            out, ",\"score\":%s",
            g_ascii_formatd(digits, sizeof digits, "%.1f",
                            score_at(w, statement_double(st, 9), now)));
    }
    g_string_append(out, "}}");
    return g_strdup(out->str);
}

bool
ats_out_each(Store *store, const Workspace *workspace, int64_t since,
             bool scores, int64_t now,
             void (*line)(const char *json, gpointer data), gpointer data,
             GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, EVENTS " WHERE" WANTED " AND v.at >= :since ORDER BY v.event_id",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":since", since);
    while (statement_step(st)) {
        g_autofree char *body =
            body_of(store, workspace, st, scores, now, error);
        if (!body)
            return false;
        line(body, data);
    }
    return statement_end(st, error);
}

/* -- queueing ------------------------------------------------------------- */

static bool
queue_one(Store *store, const char *receiver, int64_t event, int64_t now,
          int64_t *queued, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO webhook_out (event_id, receiver, state, next_at)"
        " VALUES (:event, :receiver, 'waiting', :now)"
        " ON CONFLICT (receiver, event_id) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":event", event);
    statement_bind_text(st, ":receiver", receiver);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    *queued += store_changes(store);
    return true;
}

/* A piece of the journal; *out_more: there was one. */
static bool
queue_piece(Store *store, const AtsReceiver *r, int64_t *after, int64_t now,
            int64_t *queued, bool *out_more, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT v.event_id, v.kind, v.positive FROM event v WHERE" WANTED
        "  AND v.event_id > :after ORDER BY v.event_id LIMIT :limit",
        error);
    int n = 0;

    if (!st)
        return false;
    statement_bind_int(st, ":after", *after);
    statement_bind_int(st, ":limit", CHUNK);
    for (; statement_step(st); n++) {
        *after = statement_int(st, 0);
        if (wants(r, outside_word(statement_text(st, 1),
                                  statement_int(st, 2) != 0)) &&
            !queue_one(store, r->name, *after, now, queued, error))
            return false;
    }
    *out_more = n == CHUNK;
    return statement_end(st, error);
}

static bool
newest_event(Store *store, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "SELECT max(event_id) FROM event", error);

    if (!st)
        return false;
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

/* A new receiver hears of what happens from now on; what was before is for
 * 'ats export'. */
static bool
queue_new(Store *store, const AtsReceiver *r, int64_t now, int64_t *queued,
          GError **error)
{
    g_autofree char *name = g_strconcat("ats.out.", r->name, NULL);
    bool more = true;

    while (more) {
        g_auto(Transaction) tx = store_begin(store, error);
        g_autofree char *value = NULL;
        g_autofree char *reached = NULL;
        int64_t after;
        if (!tx.store || !fact_get(store, name, &value, error))
            return false;
        after = value ? g_ascii_strtoll(value, NULL, 10) : 0;
        more = false;
        if (!(value ? queue_piece(store, r, &after, now, queued, &more, error)
                    : newest_event(store, &after, error)))
            return false;
        reached = g_strdup_printf("%" G_GINT64_FORMAT, after);
        if (!fact_set(store, name, reached, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    return true;
}

/* -- delivering ----------------------------------------------------------- */

typedef struct {
    int64_t id, event, tries;
    char *body;
} Due;

static bool
next_due(Store *store, const Workspace *w, const AtsReceiver *r, int64_t after,
         int64_t now, Due *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT webhook_id, event_id, tries FROM webhook_out"
                      " WHERE receiver = :receiver AND state = 'waiting'"
                      "  AND next_at <= :now AND webhook_id > :after"
                      " ORDER BY webhook_id LIMIT 1",
                      error);
    g_autoptr(Statement) event =
        store_prepare(store, EVENTS " WHERE v.event_id = :event", error);

    *out = (Due){0};
    if (!st || !event)
        return false;
    statement_bind_text(st, ":receiver", r->name);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":after", after);
    if (statement_step(st)) {
        out->id = statement_int(st, 0);
        out->event = statement_int(st, 1);
        out->tries = statement_int(st, 2);
        statement_bind_int(event, ":event", out->event);
        if (statement_step(event)) {
            out->body = body_of(store, w, event, r->scores, now, error);
            if (!out->body)
                return false;
        }
    }
    return statement_end(event, error) && statement_end(st, error);
}

static bool
record_try(Store *store, const Due *d, const char *state, const char *why,
           int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;
    bool waits = strcmp(state, "waiting") == 0;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "UPDATE webhook_out SET state = :state, error = :why,"
                       "  tries = tries + 1, next_at = :next,"
                       "  done_at = nullif(:done, 0) WHERE webhook_id = :id"
                       "  AND state = 'waiting'",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_text(st, ":why", why);
    statement_bind_int(st, ":next",
                       waits ? now + delays[d->tries] * SECOND_MS : now);
    statement_bind_int(st, ":done", waits ? 0 : now);
    statement_bind_int(st, ":id", d->id);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

/* Taken? *out_why: why not, owned; *out_gone: never again. */
static bool
post(const AtsReceiver *r, const char *secret, const Due *d, int64_t now,
     bool *out_gone, char **out_why)
{
    g_autofree char *id = g_strdup_printf("evt_%" G_GINT64_FORMAT, d->event);
    g_autofree char *signature =
        signature_make(secret, id, now / SECOND_MS, d->body, strlen(d->body));
    g_autofree char *h1 = g_strconcat("webhook-id: ", id, NULL);
    g_autofree char *h2 = g_strdup_printf(
        "webhook-timestamp: %" G_GINT64_FORMAT, now / SECOND_MS);
    g_autofree char *h3 = g_strconcat("webhook-signature: ", signature, NULL);
    const char *headers[] = {
        "Content-Type: application/json", h1, h2, h3, "Expect:", NULL};
    g_autoptr(GError) failed = NULL;
    int status;

    *out_gone = false;
    if (!http_client_post(r->url, headers, d->body, strlen(d->body), &status,
                          &failed)) {
        *out_why = g_strdup(failed->message);
        return false;
    }
    *out_gone = status == 410;
    if (status >= 200 && status < 300)
        return true;
    *out_why = g_strdup_printf("HTTP status %d", status);
    return false;
}

static bool
deliver_one(Store *store, const AtsReceiver *r, const char *secret,
            const Due *d, int64_t now, AtsOutResult *out, bool *out_taken,
            GError **error)
{
    g_autofree char *why = NULL;
    bool gone = false, last = d->tries >= (int64_t)G_N_ELEMENTS(delays);

    if (!d->body) { /* the event itself is gone */
        *out_taken = true;
        return record_try(store, d, "dead", "the event is gone", now, error);
    }
    *out_taken = post(r, secret, d, now, &gone, &why);
    if (*out_taken) {
        out->delivered++;
        return record_try(store, d, "delivered", NULL, now, error);
    }
    log_warn("receiver=%s event=%" G_GINT64_FORMAT " error=\"%s\"", r->name,
             d->event, why);
    out->failed++;
    out->dead += gone || last;
    return record_try(store, d, gone || last ? "dead" : "waiting", why, now,
                      error);
}

/* After one failure the receiver's others wait for the next run. */
static bool
deliver_due(Store *store, const Workspace *w, const AtsReceiver *r, int64_t now,
            AtsOutResult *out, GError **error)
{
    g_autofree char *where =
        g_strdup_printf("ats.out: %s: secret_from", r->name);
    g_autofree char *secret = NULL;
    int64_t after = 0;
    bool taken = true;

    while (taken) {
        Due d;
        bool ok;
        if (!next_due(store, w, r, after, now, &d, error))
            return false;
        if (!d.id)
            return true;
        after = d.id;
        if (!secret)
            secret = workspace_secret(w, where, r->secret_from, error);
        if (secret)
            secret[strcspn(secret, "\r\n")] = '\0';
        ok = secret &&
             deliver_one(store, r, secret, &d, now, out, &taken, error);
        g_free(d.body);
        if (!ok)
            return false;
    }
    return true;
}

bool
ats_out_run(Store *store, const Workspace *workspace, int64_t now,
            AtsOutResult *out, GError **error)
{
    const GPtrArray *list = workspace->ats.out;

    memset(out, 0, sizeof *out);
    for (guint i = 0; list && i < list->len; i++) {
        const AtsReceiver *r = g_ptr_array_index(list, i);
        if (!http_client_may(r->url, error) ||
            !queue_new(store, r, now, &out->queued, error) ||
            !deliver_due(store, workspace, r, now, out, error))
            return false;
    }
    return true;
}

bool
ats_out_retry(Store *store, int64_t id, int64_t now, int64_t *out_count,
              GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "UPDATE webhook_out SET state = 'waiting', tries = 0,"
                       "  next_at = :now, done_at = NULL"
                       " WHERE state IN ('dead', 'waiting')"
                       "  AND (:id = 0 OR webhook_id = :id)",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":id", id);
    if (!statement_run(st, error))
        return false;
    *out_count = store_changes(store);
    return transaction_commit(&tx, error);
}
