/* SPDX-License-Identifier: Apache-2.0 */
/* relay_log.c - what Postfix's log says of the messages that are in doubt
 *
 * A message that Postfix took leaves these lines, in this order:
 *
 *   postfix/cleanup[5]: 4XyZ: message-id=<token@mail.example.org>
 *   postfix/qmgr[3]: 4XyZ: from=<..>, size=8011, nrcpt=1 (queue active)
 *   postfix/smtp[9]: 4XyZ: to=<..>, .. dsn=2.0.0, status=sent (250 ..)
 *   postfix/qmgr[3]: 4XyZ: removed
 *
 * cleanup writes its line when the header has come, before the final dot: only
 * the second line says that the message was taken. Queue ids come again, so
 * one is forgotten when it is removed. */
#include "nurture/queue.h"

#include "nurture/clock.h"
#include "nurture/doubt.h"
#include "nurture/outbox.h"
#include "relay-log.h"

#include <string.h>

/* The log must reach so far to both sides of a dot to be able to say no. */
#define SLACK_BEFORE MINUTE_MS
#define SLACK_AFTER  (10 * MINUTE_MS)

typedef struct {
    int64_t dot_at;
    bool taken, bounced;
} Doubt;

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Keys *keys;
    const Composer *composer;
    int64_t now, first, last; /* of the log; 0 = no date was read */
    GHashTable *doubts;       /* message id -> Doubt */
    GHashTable *queue;        /* queue id -> Doubt, borrowed */
    RelayLogResult *out;
} Resolving;

/* ---- one line ------------------------------------------------------------ */

static bool
two_digits(const char *p, int *out)
{
    if (!g_ascii_isdigit(p[0]) || !g_ascii_isdigit(p[1]))
        return false;
    *out = (p[0] - '0') * 10 + p[1] - '0';
    return true;
}

static int
month_of(const char *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++)
        if (strncmp(p, names + (gsize)i * 3, 3) == 0)
            return i + 1;
    return 0;
}

/* "Nov 30 17:48:56": this year's, or last year's if that were to come. */
static int64_t
syslog_time(const char *line, GTimeZone *zone, int64_t now)
{
    int month = month_of(line), day, hour, minute, second;
    LocalTime today = utc_to_local(zone, now);
    int64_t at;

    if (month == 0 || line[3] != ' ')
        return 0;
    day = line[4] == ' ' ? g_ascii_digit_value(line[5]) : -1;
    if ((day < 0 && !two_digits(line + 4, &day)) || line[6] != ' ' ||
        !two_digits(line + 7, &hour) || line[9] != ':' ||
        !two_digits(line + 10, &minute) || line[12] != ':' ||
        !two_digits(line + 13, &second))
        return 0;
    at = local_to_utc(zone, today.year, month, day, hour * 60 + minute);
    if (at > now + DAY_MS)
        at = local_to_utc(zone, today.year - 1, month, day, hour * 60 + minute);
    return at + second * SECOND_MS;
}

static int64_t
line_time(const char *line, GTimeZone *zone, int64_t now)
{
    g_autofree char *word = NULL;
    g_autoptr(GDateTime) date = NULL;

    if (!g_ascii_isdigit(line[0]))
        return strlen(line) > 16 ? syslog_time(line, zone, now) : 0;
    word = g_strndup(line, strcspn(line, " "));
    date = g_date_time_new_from_iso8601(word, zone);
    return date ? g_date_time_to_unix(date) * SECOND_MS : 0;
}

bool
relay_log_line(const char *line, GTimeZone *zone, int64_t now,
               RelayLogLine *out)
{
    const char *p = strstr(line, "]: "), *colon;
    const char *status;

    *out = (RelayLogLine){.at = line_time(line, zone, now)};
    if (out->at == 0 || !p)
        return false;
    out->id = p += 3;
    colon = strchr(p, ':');
    out->id_length = strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz");
    if (out->id_length < 6 || out->id_length > 40 ||
        colon != p + out->id_length || colon[1] != ' ')
        return true; /* of another kind; its time counts */
    p = colon + 2;
    if (g_str_has_prefix(p, "message-id=<")) {
        out->kind = RELAY_LOG_MESSAGE_ID;
        out->message_id = p + strlen("message-id=<");
        out->message_id_length = strcspn(out->message_id, "@>");
    } else if (g_str_has_prefix(p, "from=<")) {
        out->kind = RELAY_LOG_TAKEN;
    } else if (g_str_has_prefix(p, "to=<") &&
               (status = strstr(p, " status="))) {
        bool hard = strstr(p, " dsn=5.") && strstr(p, " dsn=5.") < status;
        out->kind = hard && g_str_has_prefix(status, " status=bounced")
                        ? RELAY_LOG_BOUNCED
                        : RELAY_LOG_TAKEN;
    } else if (strcmp(p, "removed") == 0) {
        out->kind = RELAY_LOG_REMOVED;
    }
    return true;
}

static void
take_line(Resolving *r, const char *line)
{
    RelayLogLine l;
    g_autofree char *queue_id = NULL;
    char id[MESSAGE_ID_TEXT];
    Doubt *doubt;

    r->out->lines++;
    if (!relay_log_line(line, r->workspace->zone, r->now, &l))
        return;
    r->first = r->first ? MIN(r->first, l.at) : l.at;
    r->last = MAX(r->last, l.at);
    if (l.kind == RELAY_LOG_OTHER)
        return;
    queue_id = g_strndup(l.id, l.id_length);
    if (l.kind == RELAY_LOG_MESSAGE_ID) {
        g_hash_table_remove(r->queue, queue_id); /* it has come again */
        if (mail_token_read(r->keys, MAIL_TOKEN_MESSAGE_ID, l.message_id,
                            l.message_id_length, id) &&
            (doubt = g_hash_table_lookup(r->doubts, id)))
            g_hash_table_insert(r->queue, g_steal_pointer(&queue_id), doubt);
        return;
    }
    doubt = g_hash_table_lookup(r->queue, queue_id);
    if (!doubt)
        return;
    doubt->taken = true;
    doubt->bounced |= l.kind == RELAY_LOG_BOUNCED;
    if (l.kind == RELAY_LOG_REMOVED)
        g_hash_table_remove(r->queue, queue_id);
}

/* A line that is too long is passed over as a whole. */
static void
read_log(Resolving *r, FILE *log)
{
    g_autofree char *line = g_malloc(RELAY_LOG_LINE + 2);
    bool skipping = false;

    while (fgets(line, RELAY_LOG_LINE + 2, log)) {
        size_t n = strcspn(line, "\n");
        bool whole = line[n] == '\n' || feof(log);
        if (whole && n > 0 && line[n - 1] == '\r')
            n--;
        line[n] = '\0';
        if (whole && !skipping)
            take_line(r, line);
        skipping = !whole;
    }
}

/* ---- what follows -------------------------------------------------------- */

static bool
load_doubts(Resolving *r, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        r->store,
        "SELECT m.message_id, coalesce(m.dot_at, p.dot_at, m.updated_at)"
        " FROM message m LEFT JOIN attempt_past p"
        "  ON p.message_id = m.message_id AND p.n = m.attempt"
        " WHERE m.state = 'in_doubt'",
        error);

    if (!st)
        return false;
    while (statement_step(st)) {
        Doubt *doubt = g_new0(Doubt, 1);
        doubt->dot_at = statement_int(st, 1);
        g_hash_table_insert(r->doubts, g_strdup(statement_text(st, 0)), doubt);
    }
    r->out->doubts = g_hash_table_size(r->doubts);
    return statement_end(st, error);
}

static bool
settle_taken(Resolving *r, const char *id, const Doubt *doubt, GError **error)
{
    const char *state = doubt->bounced ? "bounced" : "sent";
    const Composer *c = r->composer;

    if (!outbox_resolve(r->store, id, doubt->bounced, "relay log", r->now,
                        error))
        return false;
    if (doubt->bounced)
        r->out->bounced++;
    else
        r->out->sent++;
    return !c || !c->settled ||
           c->settled(c->data, r->store, id, state, r->now, error);
}

static bool
settle_one(Resolving *r, const char *id, const Doubt *doubt, bool resend,
           GError **error)
{
    g_auto(Transaction) tx = store_begin(r->store, error);
    bool in_doubt, done = false;

    if (!tx.store || !message_is_in_doubt(r->store, id, &in_doubt, error))
        return false;
    if (!in_doubt)
        return true;
    if (doubt->taken) {
        if (!settle_taken(r, id, doubt, error))
            return false;
    } else if (r->first == 0 || r->first > doubt->dot_at - SLACK_BEFORE ||
               r->last < doubt->dot_at + SLACK_AFTER) {
        r->out->unknown++;
    } else {
        r->out->absent++;
        if (resend && !outbox_resend(r->store, id, true, r->now, &done, error))
            return false;
        r->out->resent += done;
    }
    return transaction_commit(&tx, error);
}

static bool
settle_all(Resolving *r, bool resend, GError **error)
{
    GHashTableIter iter;
    gpointer id, doubt;

    g_hash_table_iter_init(&iter, r->doubts);
    while (g_hash_table_iter_next(&iter, &id, &doubt))
        if (!settle_one(r, id, doubt, resend, error))
            return false;
    return true;
}

bool
relay_log_resolve(Store *store, const Workspace *workspace, const Keys *keys,
                  const Composer *composer, FILE *log, bool resend, int64_t now,
                  RelayLogResult *out, GError **error)
{
    g_autoptr(GHashTable) doubts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) queue =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Resolving r = {.store = store,
                   .workspace = workspace,
                   .keys = keys,
                   .composer = composer,
                   .now = now,
                   .doubts = doubts,
                   .queue = queue,
                   .out = out};

    *out = (RelayLogResult){0};
    if (!load_doubts(&r, error))
        return false;
    read_log(&r, log);
    return settle_all(&r, resend, error);
}
