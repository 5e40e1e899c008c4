/* SPDX-License-Identifier: Apache-2.0 */
/* segment-people.h - random people, in memory and in a store, for the tests of
 * segments */
#ifndef TESTS_LIB_SEGMENT_PEOPLE_H
#define TESTS_LIB_SEGMENT_PEOPLE_H

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/segment.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define NOW    INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */
#define PEOPLE 80

static const char fields_yaml[] =
    "fields:\n"
    "  - {name: seniority, type: choice, ordered: yes,"
    " values: [intern, junior, mid, senior]}\n"
    "  - {name: open_to_work, type: yes/no}\n"
    "  - {name: years, type: number}\n"
    "  - {name: available, type: date}\n"
    "  - {name: interest, type: set, values: [backend, sre, data]}\n"
    "  - {name: tag, type: set}\n";

static const char *const levels[] = {"intern", "junior", "mid", "senior"};
static const char *const cities[] = {"Berlin", "berlin", "100% x",        "a_b",
                                     "a\\b",   "axb",    "M\xc3\xbcnchen"};
static const char *const interests[] = {"backend", "sre", "data"};
static const char *const tags[] = {"vip", "it's", "x\"; DROP TABLE event"};
static const char *const campaigns[] = {"news", "loop"};
static const char *const mails[] = {"welcome", "team"};
static const ExprVerb verbs[] = {VERB_SENT,    VERB_CLICKED, VERB_REPLIED,
                                 VERB_BOUNCED, VERB_APPLIED, VERB_DELIVERED};

typedef struct {
    ExprVerb verb;
    const char *campaign, *mail, *message;
    char id[24];
    int64_t at;
    bool machine;
} Happening;

typedef struct {
    const char *city;                       /* NULL and blank: missing */
    const char *seniority;                  /* NULL: missing */
    int open_to_work;                       /* -1: missing */
    double years;                           /* NAN: missing */
    int64_t available, last_engaged, added; /* 0: missing */
    double score;
    unsigned interest, tag; /* bits */
    Happening events[6];
    int event_count;
    const char *done; /* campaign run to its end */
    int64_t done_at;
} Person;

typedef struct {
    char *directory, *path;
    Workspace workspace;
    Store *store, *guarded;
    FieldSet *fields;
    Diagnostics *problems;
    ExpressionScope scope;
    SegmentSet *segments;
    GPtrArray *sources;
    Person people[PEOPLE];
} Fixture;

/* -- segments from memory ------------------------------------------------- */

static const struct {
    const char *path, *text;
} files[] = {
    {"segments/near.seg", "# close by\ncity in [Berlin, \"100% x\"]\n"},
    {"segments/young.seg", "not seniority >= mid\n"},
    {"segments/both.seg", "near and young\n"},
};

static const Source *
file_source(const char *path, gpointer data)
{
    Fixture *f = data;

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (g_str_equal(files[i].path, path)) {
            Source *s = source_new(path, files[i].text, strlen(files[i].text));
            g_ptr_array_add(f->sources, s);
            return s;
        }
    return NULL;
}

static const char *const *
file_list(const char *directory, gpointer data)
{
    static const char *const names[] = {"near.seg", "young.seg", "both.seg",
                                        NULL};

    (void)data;
    g_assert_cmpstr(directory, ==, "segments");
    return names;
}

/* -- random people -------------------------------------------------------- */

static bool
chance(int percent)
{
    return g_test_rand_int_range(0, 100) < percent;
}

static int
below(gsize n)
{
    return g_test_rand_int_range(0, (gint32)n);
}

#define PICK(list) ((list)[below(G_N_ELEMENTS(list))])

static int64_t
moment(void)
{
    return NOW - (int64_t)g_test_rand_int_range(0, 800) * DAY_MS -
           g_test_rand_int_range(0, 86400) * SECOND_MS;
}

static void
make_person(Person *p, int number)
{
    memset(p, 0, sizeof *p);
    p->city = chance(20) ? NULL : chance(10) ? " \xc2\xa0" : PICK(cities);
    p->seniority = chance(25) ? NULL : PICK(levels);
    p->open_to_work = below(3) - 1;
    p->years = chance(25) ? (double)NAN : (double)below(6);
    p->available = chance(30) ? 0 : moment();
    p->last_engaged = chance(30) ? 0 : moment();
    p->added = moment();
    p->score = chance(40) ? 0 : below(80) + 0.5;
    p->interest = (unsigned)below(8);
    p->tag = (unsigned)below(8);
    p->event_count = below(G_N_ELEMENTS(p->events) + 1);
    for (int i = 0; i < p->event_count; i++) {
        Happening *h = &p->events[i];
        h->verb = PICK(verbs);
        if (h->verb == VERB_DELIVERED)
            h->verb = VERB_SENT;
        h->campaign = PICK(campaigns);
        h->mail = PICK(mails);
        h->at = moment();
        h->machine = chance(15);
        g_snprintf(h->id, sizeof h->id, "m%d-%d", number, below(2));
    }
    p->done = chance(30) ? PICK(campaigns) : NULL;
    p->done_at = moment();
}

static void
bind_date(Statement *st, const char *name, int64_t at)
{
    if (at)
        statement_bind_int(st, name, at);
    else
        statement_bind_null(st, name);
}

static void
run(Statement *st)
{
    g_autoptr(GError) error = NULL;

    statement_run(st, &error);
    g_assert_no_error(error);
}

static void
store_tags(Fixture *f, int id, const char *field, const char *const *values,
           unsigned bits)
{
    g_autoptr(Statement) st =
        store_prepare(f->store,
                      "INSERT INTO candidate_tag (candidate_id, field, value)"
                      " VALUES (:id, :field, :value)",
                      NULL);

    for (int i = 0; i < 3; i++) {
        if (!(bits & 1u << i))
            continue;
        statement_bind_int(st, ":id", id);
        statement_bind_text(st, ":field", field);
        statement_bind_text(st, ":value", values[i]);
        run(st);
    }
}

static void
store_event(Fixture *f, int id, const Happening *h)
{
    g_autoptr(Statement) st = store_prepare(
        f->store,
        "INSERT INTO event (candidate_id, kind, message_id, campaign, step, at,"
        " machine) VALUES (:id, :kind, :message, :campaign, :step, :at, :m)",
        NULL);

    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":kind", verb_event_kind(h->verb));
    statement_bind_text(st, ":message", h->id);
    statement_bind_text(st, ":campaign", h->campaign);
    statement_bind_text(st, ":step", h->mail);
    statement_bind_int(st, ":at", h->at);
    statement_bind_int(st, ":m", h->machine);
    run(st);
}

static void
store_rest(Fixture *f, int id, const Person *p)
{
    g_autoptr(Statement) score = store_prepare(
        f->store,
        "INSERT INTO score (candidate_id, scaled, events, updated_at)"
        " VALUES (:id, :scaled, 1, 0)",
        NULL);
    g_autoptr(Statement) done = store_prepare(
        f->store,
        "INSERT INTO enrolment (candidate_id, campaign, snapshot, state,"
        " anchor_at, enrolled_at, updated_at)"
        " VALUES (:id, :campaign, 's', 'done', 0, 0, :at)",
        NULL);

    if (p->score != 0) {
        statement_bind_int(score, ":id", id);
        statement_bind_double(score, ":scaled",
                              score_scaled(&f->workspace, p->score, NOW));
        run(score);
    }
    if (p->done) {
        statement_bind_int(done, ":id", id);
        statement_bind_text(done, ":campaign", p->done);
        statement_bind_int(done, ":at", p->done_at);
        run(done);
    }
    store_tags(f, id, "interest", interests, p->interest);
    store_tags(f, id, "tag", tags, p->tag);
    for (int i = 0; i < p->event_count; i++)
        store_event(f, id, &p->events[i]);
}

static void
store_person(Fixture *f, int id, const Person *p)
{
    g_autofree char *email = g_strdup_printf("p%d@example.org", id);
    g_autoptr(Statement) st = store_prepare(
        f->store,
        "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
        " city, added, last_engaged, updated_at, x_seniority, x_open_to_work,"
        " x_years, x_available) VALUES (:id, :email, :email, :email, :city,"
        " :added, :engaged, 0, :seniority, :open, :years, :available)",
        NULL);

    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":email", email);
    statement_bind_text(st, ":city", p->city);
    statement_bind_int(st, ":added", p->added);
    bind_date(st, ":engaged", p->last_engaged);
    statement_bind_text(st, ":seniority", p->seniority);
    if (p->open_to_work < 0)
        statement_bind_null(st, ":open");
    else
        statement_bind_int(st, ":open", p->open_to_work);
    if (isnan(p->years))
        statement_bind_null(st, ":years");
    else
        statement_bind_double(st, ":years", p->years);
    bind_date(st, ":available", p->available);
    run(st);
    store_rest(f, id, p);
}

#endif
