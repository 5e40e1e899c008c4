/* SPDX-License-Identifier: Apache-2.0 */
/* ranking.c - the pool in the order in which it fits a role
 *
 * A stream is a query that answers in the order of candidate ids: who has this
 * interest, who has that word, who has a score, who applied before. All are
 * merged by id. Who cannot come into the list any more, even with full points
 * for what is not known yet, is passed over before their row is read; nearly
 * everybody is, once the list is full. Only those who would come into it are
 * asked whether they may be mailed. */
#include "nurture/ranking.h"

#include "nurture/candidate-words.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "ranking-private.h"

#include <math.h>
#include <string.h>

/* Half of the points of the part: a score of 30, a year without a sign. */
#define SCORE_HALF   30.0
#define RECENCY_HALF ((double)(365 * DAY_MS))

typedef struct {
    Statement *st;
    int64_t at; /* the id it stands on; NOBODY at its end */
    double weight;
} Stream;

#define NOBODY G_MAXINT64

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Role *role;
    int64_t now;
    guint limit;
    GArray *interests, *words; /* Stream */
    Stream score, applied;
    double word_total; /* of the words' weights */
    Statement *row;    /* one person's fields, see enum Column */
    RankFields fields;
    Ranking *out;
    /* Of those left out, by tenths of a point: [reason][points * 10]. */
    int64_t (*tally)[1001];
} Merge;

/* -- streams --------------------------------------------------------------- */

static void
stream_clear(gpointer p)
{
    statement_release(((Stream *)p)->st);
}

static void
stream_next(Stream *s)
{
    s->at = s->st && statement_step(s->st) ? statement_int(s->st, 0) : NOBODY;
}

/* To the id, or behind it. */
static bool
stream_reaches(Stream *s, int64_t id)
{
    while (s->at < id)
        stream_next(s);
    return s->at == id;
}

static bool
add_interest(Merge *m, const char *value, GError **error)
{
    Stream s = {.weight = 1};

    s.st = store_prepare_text(m->store,
                              "SELECT candidate_id FROM candidate_tag"
                              " WHERE field = 'interest' AND value = :value"
                              " ORDER BY candidate_id",
                              error);
    if (!s.st)
        return false;
    statement_bind_text(s.st, ":value", value);
    stream_next(&s);
    g_array_append_val(m->interests, s);
    return true;
}

/* How much a word says: log(1 + people / people who have it). */
static bool
word_weight(Merge *m, const char *query, int64_t people, double *out,
            GError **error)
{
    int64_t have = 0;
    g_autoptr(Statement) st =
        store_prepare(m->store,
                      "SELECT count(*) FROM candidate_words"
                      " WHERE candidate_words MATCH :query",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":query", query);
    if (statement_step(st))
        have = statement_int(st, 0);
    *out = have ? log1p((double)people / (double)have) : 0;
    return statement_end(st, error);
}

static bool
add_word(Merge *m, const char *word, int64_t people, GError **error)
{
    g_autofree char *query = ranking_query(word);
    Stream s = {NULL};

    if (!word_weight(m, query, people, &s.weight, error))
        return false;
    if (s.weight <= 0) /* nobody has it */
        return true;
    s.st = store_prepare_text(m->store,
                              "SELECT rowid FROM candidate_words"
                              " WHERE candidate_words MATCH :query"
                              " ORDER BY rowid",
                              error);
    if (!s.st)
        return false;
    statement_bind_text(s.st, ":query", query);
    stream_next(&s);
    m->word_total += s.weight;
    g_array_append_val(m->words, s);
    return true;
}

static bool
count_people(Store *store, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "SELECT count(*) FROM candidate", error);

    if (!st)
        return false;
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

static bool
open_streams(Merge *m, GError **error)
{
    g_auto(GStrv) words = ranking_words(m->role);
    int64_t people = 0;

    for (char **i = m->role->interests; *i; i++)
        if (!add_interest(m, *i, error))
            return false;
    if (!count_people(m->store, &people, error))
        return false;
    for (char **w = words; *w; w++)
        if (!add_word(m, *w, people, error))
            return false;
    m->score.st = store_prepare(
        m->store,
        "SELECT candidate_id, scaled FROM score ORDER BY candidate_id", error);
    if (!m->score.st)
        return false;
    m->applied.st = store_prepare(
        m->store,
        "SELECT candidate_id, reached FROM application"
        " WHERE candidate_id > 0 AND status IN ('rejected', 'withdrawn')"
        " ORDER BY candidate_id",
        error);
    if (!m->applied.st)
        return false;
    stream_next(&m->score);
    stream_next(&m->applied);
    return true;
}

/* -- points ---------------------------------------------------------------- */

static void
set_weights(Merge *m)
{
    const FieldSet *fields = m->workspace->fields;
    const double w[RANK_PARTS] = {
        [RANK_INTEREST] =
            m->interests->len ? m->workspace->ranking.interest : 0,
        [RANK_WORDS] = m->words->len ? m->workspace->ranking.words : 0,
        [RANK_SENIORITY] = field_find(fields, "seniority")
                               ? m->workspace->ranking.seniority
                               : 0,
        [RANK_LOCATION] = m->workspace->ranking.location,
        [RANK_LANGUAGE] = m->workspace->ranking.language,
        [RANK_REACHED] = m->workspace->ranking.reached,
        [RANK_RECENCY] = m->workspace->ranking.recency,
        [RANK_SCORE] = m->workspace->ranking.score,
    };
    double total = 0;

    for (int i = 0; i < RANK_PARTS; i++)
        total += w[i];
    for (int i = 0; i < RANK_PARTS; i++)
        m->out->most[i] = total > 0 ? 100 * w[i] / total : 0;
}

/* One shared interest is most of it; the others are the rest. */
static double
share_of_interests(Merge *m, int64_t id)
{
    guint have = 0, all = m->interests->len;

    for (guint i = 0; i < all; i++) {
        Stream *s = &g_array_index(m->interests, Stream, i);
        if (s->at == id) {
            have++;
            stream_next(s);
        }
    }
    if (have == 0 || all == 1)
        return have;
    return 0.7 + 0.3 * (have - 1) / (all - 1);
}

static double
share_of_words(Merge *m, int64_t id)
{
    double have = 0;

    for (guint i = 0; i < m->words->len; i++) {
        Stream *s = &g_array_index(m->words, Stream, i);
        if (s->at == id) {
            have += s->weight;
            stream_next(s);
        }
    }
    return m->word_total > 0 ? have / m->word_total : 0;
}

double
rank_reached(const char *reached)
{
    if (g_strcmp0(reached, "offer") == 0)
        return 1;
    if (g_strcmp0(reached, "interview") == 0)
        return 0.8;
    if (g_strcmp0(reached, "screen") == 0)
        return 0.4;
    return 0.2;
}

static double
share_of_reached(Merge *m, int64_t id)
{
    double best = 0;

    for (; stream_reaches(&m->applied, id); stream_next(&m->applied))
        best = MAX(best, rank_reached(statement_text(m->applied.st, 1)));
    return best;
}

static double
share_of_score(Merge *m, int64_t id)
{
    double score;

    if (!stream_reaches(&m->score, id))
        return 0;
    score = score_at(m->workspace, statement_double(m->score.st, 1), m->now);
    return score / (score + SCORE_HALF);
}

static double
share_of_level(const Merge *m, const char *level)
{
    const Field *field = field_find(m->workspace->fields, "seniority");

    if (!level)
        return 0.25;
    if (g_strv_contains((const char *const *)m->role->levels, level))
        return 1;
    for (char **l = m->role->levels; field->ordered && *l; l++) {
        int step = rank_steps(field, *l, level);
        if (step == 1 || step == -1)
            return 0.5;
    }
    return 0;
}

static double
share_of_place(const Merge *m, const char *city, const char *country)
{
    if (city && m->role->city && text_is_same(city, m->role->city))
        return 1;
    if (!country)
        return 0.25;
    return g_strv_contains((const char *const *)m->role->countries, country)
               ? 0.8
               : 0;
}

static double
share_of_language(const Merge *m, const char *language)
{
    if (!language)
        return 0.5;
    return g_strv_contains((const char *const *)m->role->languages, language);
}

static double
share_of_recency(const Merge *m)
{
    double age = (double)(m->now - rank_last_sign(m->row, &m->fields));

    return exp2(-MAX(age, 0) / RECENCY_HALF);
}

static void
set_part(const Merge *m, Ranked *r, RankPart part, double share)
{
    r->parts[part] = m->out->most[part] * share;
    r->points += r->parts[part];
}

static void
judge_row(const Merge *m, Ranked *r)
{
    const RankFields *f = &m->fields;

    if (f->seniority)
        set_part(m, r, RANK_SENIORITY,
                 share_of_level(m, statement_text(m->row, f->seniority)));
    set_part(m, r, RANK_LOCATION,
             share_of_place(m, statement_text(m->row, f->city),
                            statement_text(m->row, f->country)));
    set_part(m, r, RANK_LANGUAGE,
             share_of_language(m, statement_text(m->row, f->language)));
    set_part(m, r, RANK_RECENCY, share_of_recency(m));
}

/* -- the list -------------------------------------------------------------- */

static bool
is_before(const Ranked *a, const Ranked *b)
{
    return a->points > b->points ||
           (a->points == b->points && a->candidate < b->candidate);
}

/* Into its place; the last one leaves when there are too many. */
static void
list_insert(GArray *list, const Ranked *r, guint limit)
{
    guint low = 0, high = list->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (is_before(&g_array_index(list, Ranked, middle), r))
            low = middle + 1;
        else
            high = middle;
    }
    if (low >= limit)
        return;
    g_array_insert_val(list, low, *r);
    if (list->len > limit)
        g_array_set_size(list, limit);
}

/* The points below which nobody comes into the list. */
static double
least(const Merge *m)
{
    const GArray *people = m->out->people;

    return people->len < m->limit
               ? -1
               : g_array_index(people, Ranked, people->len - 1).points;
}

static bool
ask(const Merge *m, Ranked *r, GError **error)
{
    const EligibilityQuestion question = {
        .workspace = m->workspace,
        .candidate = r->candidate,
        .campaign = "", /* none of those there are */
        .cycle = 1,
        .is_sequence = true,
    };

    return eligibility_ask(m->store, &question, m->now, &r->answer, error);
}

static bool
consider(Merge *m, Ranked *r, GError **error)
{
    bool found;

    audience_bind(m->row, AUDIENCE_ONE, r->candidate);
    found = statement_step(m->row);
    if (found)
        judge_row(m, r);
    if (!statement_end(m->row, error))
        return false;
    if (!found || r->points <= least(m)) /* erased, or not imported yet */
        return true;
    if (!ask(m, r, error))
        return false;
    if (eligibility_passes(r->answer.reason)) {
        list_insert(m->out->people, r, m->limit);
    } else {
        int tenths = CLAMP((int)(r->points * 10), 0, 1000);
        m->tally[r->answer.reason][tenths]++;
        list_insert(m->out->left, r, m->limit);
    }
    return true;
}

static int64_t
lowest(const GArray *streams, int64_t than)
{
    for (guint i = 0; i < streams->len; i++)
        than = MIN(than, g_array_index(streams, Stream, i).at);
    return than;
}

static bool
merge(Merge *m, GError **error)
{
    const double *most = m->out->most;
    double unknown = most[RANK_SENIORITY] + most[RANK_LOCATION] +
                     most[RANK_LANGUAGE] + most[RANK_RECENCY];
    int64_t id;

    while ((id = lowest(m->words, lowest(m->interests, NOBODY))) != NOBODY) {
        Ranked r = {.candidate = id};
        double floor = least(m) - unknown;

        m->out->looked_at++;
        set_part(m, &r, RANK_INTEREST, share_of_interests(m, id));
        set_part(m, &r, RANK_WORDS, share_of_words(m, id));
        if (r.points + most[RANK_REACHED] + most[RANK_SCORE] <= floor)
            continue;
        set_part(m, &r, RANK_REACHED, share_of_reached(m, id));
        set_part(m, &r, RANK_SCORE, share_of_score(m, id));
        if (r.points > floor && !consider(m, &r, error))
            return false;
    }
    return true;
}

/* Did every stream end because it was at its end? */
static bool
end_streams(const Merge *m, GError **error)
{
    const GArray *both[] = {m->interests, m->words};

    for (int b = 0; b < 2; b++)
        for (guint i = 0; i < both[b]->len; i++)
            if (!statement_end(g_array_index(both[b], Stream, i).st, error))
                return false;
    return statement_end(m->score.st, error) &&
           statement_end(m->applied.st, error);
}

/* Those left out who have fewer points than the last of the list would not
 * have been in it. */
static void
settle(const Merge *m)
{
    double floor = least(m);
    GArray *left = m->out->left;

    for (int r = 0; r < ELIGIBILITY_REASONS; r++)
        for (int t = MAX(0, (int)(floor * 10)); t <= 1000; t++)
            m->out->left_out[r] += m->tally[r][t];
    while (left->len > 0 &&
           g_array_index(left, Ranked, left->len - 1).points < floor)
        g_array_set_size(left, left->len - 1);
}

static bool
run(Merge *m, GError **error)
{
    g_autoptr(AudienceQuery) query =
        audience_query_new(NULL, m->workspace, m->now);

    rank_fields_add(&m->fields, query, m->workspace->fields);
    m->row = audience_query_prepare(query, m->store, AUDIENCE_ONE, error);
    if (!m->row || !open_streams(m, error))
        return false;
    set_weights(m);
    if (!merge(m, error) || !end_streams(m, error))
        return false;
    settle(m);
    return true;
}

Ranking *
ranking_make(Store *store, const Workspace *workspace, const Role *role,
             guint limit, int64_t now, GError **error)
{
    g_autoptr(Ranking) out = g_new0(Ranking, 1);
    Merge m = {.store = store,
               .workspace = workspace,
               .role = role,
               .now = now,
               .limit = CLAMP(limit, 1, RANKING_MOST),
               .out = out};
    bool done;

    out->people = g_array_new(FALSE, FALSE, sizeof(Ranked));
    out->left = g_array_new(FALSE, FALSE, sizeof(Ranked));
    if (!candidate_words_catch_up(store, error))
        return NULL;
    m.interests = g_array_new(FALSE, FALSE, sizeof(Stream));
    m.words = g_array_new(FALSE, FALSE, sizeof(Stream));
    g_array_set_clear_func(m.interests, stream_clear);
    g_array_set_clear_func(m.words, stream_clear);
    m.tally = g_malloc0(sizeof *m.tally * ELIGIBILITY_REASONS);
    done = run(&m, error);
    g_array_unref(m.interests);
    g_array_unref(m.words);
    statement_release(m.score.st);
    statement_release(m.applied.st);
    statement_release(m.row);
    g_free(m.tally);
    return done ? g_steal_pointer(&out) : NULL;
}

void
ranking_free(Ranking *ranking)
{
    if (!ranking)
        return;
    g_array_unref(ranking->people);
    g_array_unref(ranking->left);
    g_free(ranking);
}
