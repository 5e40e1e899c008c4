/* SPDX-License-Identifier: Apache-2.0 */
/* hit_review.c - hits in the light of the others, and what a change moves */
#include "hit-review.h"

#include "hit-log.h"
#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/json.h"
#include "nurture/provider.h"

#include <string.h>

#define AROUND_MS     (60 * SECOND_MS)
#define HITS_MAX      1000 /* of one mail at once, the newest */
#define VISITORS_MAX  500  /* of one network */
#define AGENTS_MAX    10000
#define CROWD         5 /* people */
#define CROWD_DOMAINS 2

void
hit_review_init(HitReview *review, Store *store, const Workspace *workspace,
                const HitRules *rules)
{
    *review =
        (HitReview){.store = store, .workspace = workspace, .rules = rules};
    review->agents =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void
hit_review_clear(HitReview *review)
{
    g_clear_pointer(&review->agents, g_hash_table_unref);
}

bool
hit_review_begin(HitReview *review, int64_t now, GError **error)
{
    g_autoptr(Statement) add = store_prepare(
        review->store,
        "INSERT INTO hit_rules (version, digest, since)"
        " SELECT coalesce(max(version), 0) + 1, :digest, :now FROM hit_rules",
        error);
    g_autoptr(Statement) st = store_prepare(
        review->store, "SELECT version FROM hit_rules WHERE digest = :digest",
        error);

    g_assert(store_in_transaction(review->store));
    review->now = now;
    if (!st || !add)
        return false;
    statement_bind_text(st, ":digest", hit_rules_digest(review->rules));
    review->version = statement_step(st) ? statement_int(st, 0) : 0;
    if (!statement_end(st, error) || review->version)
        return review->version != 0;
    statement_bind_text(add, ":digest", hit_rules_digest(review->rules));
    statement_bind_int(add, ":now", now);
    if (!statement_run(add, error))
        return false;
    statement_bind_text(st, ":digest", hit_rules_digest(review->rules));
    review->version = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

HitClass
hit_review_agent(HitReview *review, const char *agent)
{
    HitClass *class = g_hash_table_lookup(review->agents, agent);

    if (!class) {
        if (g_hash_table_size(review->agents) >= AGENTS_MAX)
            g_hash_table_remove_all(review->agents);
        class = g_new(HitClass, 1);
        *class = hit_rules_agent(review->rules, agent);
        g_hash_table_insert(review->agents, g_strdup(agent), class);
    }
    return *class;
}

bool
hit_review_scans(const char *provider, const char *domain)
{
    static const char *const scanning[] = {
        "office365",  "outlook", "mimecast", "barracuda",
        "proofpoint", "cisco",   NULL};
    const Provider *known = provider ? NULL : provider_of_domain(domain);

    if (known)
        provider = known->name;
    return provider && g_strv_contains(scanning, provider);
}

char *
hit_detail(const HitClass *class, bool click, int link)
{
    GString *out = g_string_new("{");

    if (click)
        g_string_append_printf(out, "\"link\":%d,", link);
    g_string_append_printf(
        out, "\"class\":\"%s\",\"rule\":", hit_kind_word(class->kind));
    json_append_string(out, class->rule);
    g_string_append_c(out, '}');
    return g_string_free(out, FALSE);
}

void
hit_touch(GHashTable *messages, const char *name, int64_t at)
{
    int64_t *first = g_hash_table_lookup(messages, name);

    if (!first) {
        first = g_new(int64_t, 1);
        *first = at;
        g_hash_table_insert(messages, g_strdup(name), first);
    }
    *first = MIN(*first, at);
}

/* What a change of class moves ------------------------------------------- */

/* A stop rule that a click had fulfilled is asked again: at once, and it ends
 * the way anew if anything else fulfils it. */
static bool
reopen_stopped(HitReview *review, const Hit *hit, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        review->store,
        "UPDATE enrolment SET state = 'active', exit_reason = NULL,"
        "  due_at = :now, updated_at = :now"
        " WHERE candidate_id = :candidate AND state = 'exited'"
        "  AND exit_reason = 'stop_rule' AND updated_at >= :at",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", hit->candidate);
    statement_bind_int(st, ":at", hit->at);
    statement_bind_int(st, ":now", review->now);
    if (!statement_run(st, error))
        return false;
    int64_t reopened = store_changes(review->store);
    review->counts.stops += reopened;
    return reopened == 0 ||
           audit_candidate(review->store, NULL, "stop asked again",
                           hit->candidate,
                           "what had fulfilled the rule was a machine's",
                           review->now, error);
}

static bool
rewrite_event(HitReview *review, const Hit *hit, GError **error)
{
    g_autofree char *detail =
        hit_detail(&hit->class, hit->evidence.click, hit->link);
    g_autoptr(Statement) st =
        store_prepare(review->store,
                      "UPDATE event SET machine = :machine, detail = :detail"
                      " WHERE event_id = :event",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":machine", hit_class_is_machine(&hit->class));
    statement_bind_text(st, ":detail", detail);
    statement_bind_int(st, ":event", hit->event);
    return statement_run(st, error);
}

static bool
note_version(HitReview *review, const Hit *hit, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(review->store,
                      "UPDATE hit SET version = :version,"
                      "  address_range = coalesce(:range, address_range)"
                      " WHERE event_id = :event",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":version", review->version);
    statement_bind_text(st, ":range", hit->range);
    statement_bind_int(st, ":event", hit->event);
    return statement_run(st, error);
}

static bool
move_person(HitReview *review, const Hit *hit, GError **error)
{
    const Event event = {.candidate = hit->candidate,
                         .kind = hit->evidence.click ? "clicked" : "opened",
                         .at = hit->at};

    if (!hit_class_is_machine(&hit->class))
        return event_touch(review->store, &event, error);
    return event_untouch(review->store, hit->candidate, hit->at, error) &&
           reopen_stopped(review, hit, error);
}

static bool
apply(HitReview *review, Hit *hits, guint count, GError **error)
{
    int64_t candidate = 0;

    for (guint i = 0; i < count; i++) {
        Hit *hit = &hits[i];
        bool changed = hit->was.kind != hit->class.kind ||
                       strcmp(hit->was.rule, hit->class.rule) != 0;
        bool moved = hit->was_machine != hit_class_is_machine(&hit->class);

        review->counts.hits++;
        review->counts.before[hit->was.kind]++;
        review->counts.after[hit->class.kind]++;
        review->counts.changed += hit->was.kind != hit->class.kind;
        if ((changed && !rewrite_event(review, hit, error)) ||
            ((changed || hit->version != review->version) &&
             !note_version(review, hit, error)) ||
            (moved && !move_person(review, hit, error)))
            return false;
        if (moved)
            candidate = hit->candidate;
    }
    if (!candidate)
        return true;
    review->counts.scores++;
    return score_recount(review->store, review->workspace, candidate, error);
}

/* One mail --------------------------------------------------------------- */

typedef struct {
    int64_t sent_at, answered_at;
    int links;
    bool scans;
} Mail;

static bool
read_mail(HitReview *review, const char *message_id, Mail *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        review->store,
        "SELECT m.sent_at, " PROVIDER_OF_MESSAGE ", m.rcpt_domain,"
        "  (SELECT count(*) FROM link l WHERE l.link_set = m.link_set),"
        "  (SELECT max(e.at) FROM event e WHERE e.message_id = m.message_id"
        "    AND e.kind <> 'sent' AND e.kind IN ('interested', 'replied'))"
        " FROM message m WHERE m.message_id = :message",
        error);

    *out = (Mail){0};
    if (!st)
        return false;
    statement_bind_text(st, ":message", message_id);
    if (statement_step(st)) {
        out->sent_at = statement_int(st, 0);
        out->scans =
            hit_review_scans(statement_text(st, 1), statement_text(st, 2));
        out->links = (int)statement_int(st, 3);
        out->answered_at = statement_int(st, 4);
    }
    return statement_end(st, error);
}

/* The columns of read_hits(). */
static Hit
hit_read(HitReview *review, const Mail *mail, Statement *st)
{
    const char *word = statement_text(st, 7), *rule = statement_text(st, 8);
    const char *agent = statement_text(st, 10);
    const char *network = review->reread ? statement_text(st, 12) : NULL;
    Hit hit = {.event = statement_int(st, 0),
               .candidate = statement_int(st, 1),
               .at = statement_int(st, 3),
               .was_machine = statement_int(st, 4) != 0,
               .link = (int)statement_int(st, 5),
               .version = statement_int(st, 6)};
    HitEvidence *e = &hit.evidence;
    HitKind kind = HIT_HUMAN;

    if (network && *hit_rules_network(review->rules, network))
        hit.range = hit_rules_network(review->rules, network);
    e->click = strcmp(statement_text(st, 2), "clicked") == 0;
    e->facts = (unsigned)statement_int(st, 11);
    e->agent = hit_review_agent(review, agent ? agent : "");
    e->range = hit_rules_range_class(
        review->rules, hit.range ? hit.range : statement_text(st, 9), e->click);
    e->delay_ms = mail->sent_at > 0 ? hit.at - mail->sent_at : -1;
    e->scans = mail->scans;
    if (word)
        hit_kind_parse(word, &kind);
    hit_class_set(&hit.was, kind, rule ? rule : "");
    return hit;
}

static int
compare_hits(gconstpointer a, gconstpointer b)
{
    const Hit *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->event > y->event) - (x->event < y->event);
}

/* The newest first, as the index has them, until they are too old. */
static GArray *
read_hits(HitReview *review, const Mail *mail, const char *message_id,
          int64_t since, int64_t before, GError **error)
{
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(Hit));
    g_autoptr(Statement) st = store_prepare(
        review->store,
        "SELECT e.event_id, e.candidate_id, e.kind, e.at, e.machine,"
        "  json_extract(e.detail, '$.link'), h.version,"
        "  json_extract(e.detail, '$.class'), json_extract(e.detail, '$.rule'),"
        "  h.address_range, a.agent, h.facts, h.network"
        " FROM event e JOIN hit h ON h.event_id = e.event_id"
        " LEFT JOIN hit_agent a ON a.agent_id = h.agent_id"
        " WHERE e.message_id = :message AND e.kind <> 'sent'"
        "  AND e.kind IN ('clicked', 'opened') AND e.event_id <= :before ORDER "
        "BY e.event_id DESC LIMIT :max",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":message", message_id);
    statement_bind_int(st, ":before", before);
    statement_bind_int(st, ":max", HITS_MAX);
    while (statement_step(st) && statement_int(st, 3) >= since - AROUND_MS) {
        Hit hit = hit_read(review, mail, st);
        g_array_append_val(hits, hit);
    }
    if (!statement_end(st, error))
        return NULL;
    g_array_sort(hits, compare_hits);
    return g_steal_pointer(&hits);
}

/* Of a full page, the oldest minute is left to the next one, which sees what
 * was before; and that begins with the minute after what is left. */
static void
cursor_move(HitCursor *cursor, const Hit *hits, guint count, guint *out_from,
            guint *out_until)
{
    guint from = 0, until = count, context;

    while (until > 0 && hits[until - 1].event >= cursor->apply_before)
        until--;
    cursor->more = count == HITS_MAX;
    while (cursor->more && from < until &&
           hits[from].at < hits[0].at + AROUND_MS)
        from++;
    if (cursor->more && from >= until)
        from = until / 2; /* a flood */
    for (context = from;
         context + 1 < count && hits[context].at < hits[from].at + AROUND_MS;)
        context++;
    if (cursor->more && context < count &&
        hits[context].event >= cursor->read_before)
        context = from; /* or it would not end */
    if (count > 0) {
        cursor->apply_before = hits[from].event;
        cursor->read_before = hits[context].event;
    }
    *out_from = from;
    *out_until = until;
}

bool
hit_review_message(HitReview *review, const char *message_id, int64_t since,
                   HitCursor *cursor, GError **error)
{
    Mail mail;
    int64_t before = cursor ? cursor->read_before : G_MAXINT64;

    if (!read_mail(review, message_id, &mail, error))
        return false;
    g_autoptr(GArray) array =
        read_hits(review, &mail, message_id, since, before, error);
    if (!array)
        return false;
    Hit *hits = (Hit *)(void *)array->data;
    guint from = 0, until = array->len;
    hit_windows_mark(hits, array->len, mail.links);
    hit_windows_classify(hits, array->len, mail.answered_at);
    if (cursor)
        cursor_move(cursor, hits, array->len, &from, &until);
    return until <= from || apply(review, hits + from, until - from, error);
}

/* One network ------------------------------------------------------------ */

typedef struct {
    int64_t event, at, candidate;
    guint domain; /* its hash */
    unsigned facts;
    bool crowd;
    char message_id[MESSAGE_ID_TEXT];
} Visitor;

static int
compare_visitors(gconstpointer a, gconstpointer b)
{
    const Visitor *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

static GArray *
read_visitors(HitReview *review, const char *network, int64_t since,
              GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(Visitor));
    g_autoptr(Statement) st = store_prepare(
        review->store,
        "SELECT h.event_id, e.at, e.candidate_id, m.rcpt_domain, h.facts,"
        "  e.message_id FROM hit h JOIN event e ON e.event_id = h.event_id"
        " JOIN message m ON m.message_id = e.message_id"
        " WHERE h.network = :network ORDER BY h.event_id DESC LIMIT :max",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":network", network);
    statement_bind_int(st, ":max", VISITORS_MAX);
    while (statement_step(st) && statement_int(st, 1) >= since - AROUND_MS) {
        Visitor v = {.event = statement_int(st, 0),
                     .at = statement_int(st, 1),
                     .candidate = statement_int(st, 2),
                     .domain = g_str_hash(statement_text(st, 3)),
                     .facts = (unsigned)statement_int(st, 4)};
        g_strlcpy(v.message_id, statement_text(st, 5), sizeof v.message_id);
        g_array_append_val(list, v);
    }
    if (!statement_end(st, error))
        return NULL;
    g_array_sort(list, compare_visitors);
    return g_steal_pointer(&list);
}

/* Is there a crowd among list[first..last]? */
static bool
is_crowd(const GArray *list, guint first, guint last)
{
    g_autoptr(GHashTable) people =
        g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GHashTable) domains = g_hash_table_new(NULL, NULL);

    for (guint i = last + 1; i-- > first;) {
        Visitor *v = &g_array_index(list, Visitor, i);
        g_hash_table_add(people, &v->candidate);
        g_hash_table_add(domains, GUINT_TO_POINTER(v->domain));
        if (g_hash_table_size(people) >= CROWD &&
            g_hash_table_size(domains) >= CROWD_DOMAINS)
            return true;
    }
    return false;
}

static bool
mark_crowd(HitReview *review, const Visitor *v, GHashTable *messages,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        review->store,
        "UPDATE hit SET facts = facts | :crowd WHERE event_id = :event", error);

    if (!st)
        return false;
    statement_bind_int(st, ":crowd", HIT_FACT_CROWD);
    statement_bind_int(st, ":event", v->event);
    hit_touch(messages, v->message_id, v->at);
    return statement_run(st, error);
}

bool
hit_review_network(HitReview *review, const char *network, int64_t since,
                   GHashTable *messages, GError **error)
{
    g_autoptr(GArray) list = read_visitors(review, network, since, error);
    guint first = 0, done = 0;

    if (!list)
        return false;
    for (guint i = 0; i < list->len; i++) {
        while (g_array_index(list, Visitor, i).at -
                   g_array_index(list, Visitor, first).at >
               AROUND_MS)
            first++;
        if (i - first + 1 < CROWD || !is_crowd(list, first, i))
            continue;
        for (done = MAX(done, first); done <= i; done++) {
            const Visitor *v = &g_array_index(list, Visitor, done);
            if (!(v->facts & HIT_FACT_CROWD) &&
                !mark_crowd(review, v, messages, error))
                return false;
        }
    }
    return true;
}
