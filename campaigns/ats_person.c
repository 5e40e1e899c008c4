/* SPDX-License-Identifier: Apache-2.0 */
/* ats_person.c - candidate records: who is this, here?
 *
 * By the ATS's id; else by address, when all addresses lead to one person;
 * else nobody is guessed. Whoever asked to be erased does not come back. */
#include "ats-writer.h"
#include "candidate-merge.h"
#include "rows.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/exit.h"

#include <string.h>

/* Practically for ever: until an ATS says otherwise. */
#define FAR_AWAY INT64_C(253402300799000) /* the end of the year 9999 */

typedef struct {
    int64_t person; /* 0 = nobody */
    bool known, older, erased, gone;
    char *merged_into;
} Identity;

static void
identity_clear(Identity *i)
{
    g_free(i->merged_into);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Identity, identity_clear)

static bool
read_identity(AtsWriter *w, const char *src, const char *id, int64_t updated,
              Identity *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "SELECT i.candidate_id, i.updated_at > :updated,"
        "  c.erased_at IS NOT NULL, i.deleted_at IS NOT NULL, i.merged_into"
        " FROM ats_identity i"
        " LEFT JOIN candidate c ON c.candidate_id = i.candidate_id"
        " WHERE i.src = :src AND i.remote_id = :id",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":src", src);
    statement_bind_text(st, ":id", id);
    statement_bind_int(st, ":updated", updated);
    if (statement_step(st)) {
        out->known = true;
        out->person = statement_int(st, 0);
        out->older = statement_int(st, 1);
        out->erased = statement_int(st, 2);
        out->gone = statement_int(st, 3);
        out->merged_into = g_strdup(statement_text(st, 4));
    }
    return statement_end(st, error);
}

static bool
save_identity(AtsWriter *w, const AtsRow *row, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO ats_identity (src, remote_id, updated_at, merged_into,"
        "  raw) VALUES (:src, :id, :updated, :merged, :raw)"
        " ON CONFLICT (src, remote_id) DO UPDATE SET"
        "  updated_at = max(updated_at, excluded.updated_at),"
        "  merged_into = coalesce(excluded.merged_into, merged_into),"
        "  raw = coalesce(excluded.raw, raw)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":src", row->value[ATS_SRC]);
    statement_bind_text(st, ":id", row->value[ATS_ID]);
    statement_bind_int(st, ":updated", ats_row_time(row, ATS_UPDATED_AT));
    statement_bind_text(st, ":merged", row->value[ATS_MERGED_INTO]);
    statement_bind_text(st, ":raw", row->raw);
    return statement_run(st, error);
}

static bool
link_identity(AtsWriter *w, const AtsRow *row, int64_t person, GError **error)
{
    static const char *const updates[] = {
        "UPDATE ats_identity SET candidate_id = :person"
        " WHERE src = :src AND remote_id = :id"
        "  AND candidate_id IS DISTINCT FROM :person",
        "UPDATE application SET candidate_id = :person"
        " WHERE src = :src AND candidate_remote = :id"
        "  AND candidate_id IS DISTINCT FROM :person",
        "DELETE FROM ats_conflict"
        " WHERE src = :src AND remote_id = :id AND candidate_id = :person",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(updates); i++) {
        g_autoptr(Statement) st = store_prepare(w->store, updates[i], error);
        if (!st)
            return false;
        statement_bind_text(st, ":src", row->value[ATS_SRC]);
        statement_bind_text(st, ":id", row->value[ATS_ID]);
        statement_bind_int(st, ":person", person);
        if (!statement_run(st, error))
            return false;
    }
    return true;
}

/* -- addresses ------------------------------------------------------------ */

typedef struct {
    char *email, *key, *hmac;
    int64_t owner; /* 0 = nobody */
} Mailbox;

static void
mailbox_free(gpointer data)
{
    Mailbox *m = data;

    g_free(m->email);
    g_free(m->key);
    g_free(m->hmac);
    g_free(m);
}

/* Of an address; *out_erased: its owner has asked to be forgotten. */
static bool
find_owner(AtsWriter *w, Mailbox *m, bool *out_erased, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "SELECT coalesce((SELECT candidate_id FROM candidate"
        "   WHERE email_key = :key),"
        "  (SELECT candidate_id FROM candidate_address"
        "   WHERE email_key = :key), 0),"
        " EXISTS (SELECT 1 FROM suppression WHERE address_hmac = :hmac"
        "  AND scope = 'all' AND reason = 'erased')",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":key", m->key);
    statement_bind_text(st, ":hmac", m->hmac);
    if (statement_step(st)) {
        m->owner = statement_int(st, 0);
        *out_erased |= statement_int(st, 1) != 0;
    }
    return statement_end(st, error);
}

/* An address that cannot be one is left out: the rest of the record counts. */
static GPtrArray *
read_mailboxes(AtsWriter *w, const AtsRow *row, bool *out_erased,
               GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(mailbox_free);
    g_auto(GStrv) parts = g_strsplit(
        row->value[ATS_EMAILS] ? row->value[ATS_EMAILS] : "", "\x1f", -1);

    for (int i = 0; parts[i]; i++) {
        g_autofree char *email = address_normalise(parts[i], NULL);
        Mailbox *m;
        if (!email)
            continue;
        m = g_new0(Mailbox, 1);
        g_ptr_array_add(list, m);
        m->email = g_steal_pointer(&email);
        m->key = address_key(m->email);
        m->hmac = keys_address_hmac(w->keys, m->key);
        if (!find_owner(w, m, out_erased, error))
            return NULL;
    }
    return g_steal_pointer(&list);
}

static bool
add_address(AtsWriter *w, const Mailbox *m, int64_t person, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO candidate_address (email_key, candidate_id, email, added,"
        "  address_hmac) VALUES (:key, :person, :email, :now, :hmac)"
        " ON CONFLICT (email_key) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":key", m->key);
    statement_bind_int(st, ":person", person);
    statement_bind_text(st, ":email", m->email);
    statement_bind_int(st, ":now", w->now);
    statement_bind_text(st, ":hmac", m->hmac);
    return statement_run(st, error);
}

static bool
add_conflict(AtsWriter *w, const AtsRow *row, int64_t other, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO ats_conflict (src, remote_id, candidate_id, at)"
        " VALUES (:src, :id, :other, :now) ON CONFLICT DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":src", row->value[ATS_SRC]);
    statement_bind_text(st, ":id", row->value[ATS_ID]);
    statement_bind_int(st, ":other", other);
    statement_bind_int(st, ":now", w->now);
    if (!statement_run(st, error))
        return false;
    w->out->conflicts += store_changes(w->store);
    return true;
}

/* Who the addresses say it is: 0 with *out_several when they disagree. */
static int64_t
owner_of_all(const GPtrArray *mailboxes, bool *out_several)
{
    int64_t owner = 0;

    *out_several = false;
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *m = g_ptr_array_index(mailboxes, i);
        if (m->owner && owner && m->owner != owner)
            *out_several = true;
        if (m->owner)
            owner = m->owner;
    }
    return *out_several ? 0 : owner;
}

/* The addresses that are nobody's become the person's; those of others make a
 * conflict. */
static bool
settle_addresses(AtsWriter *w, const AtsRow *row, const GPtrArray *mailboxes,
                 int64_t person, GError **error)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *m = g_ptr_array_index(mailboxes, i);
        if (m->owner == person)
            continue;
        if (m->owner) {
            if (!ats_touch(w, m->owner, error) ||
                !add_conflict(w, row, m->owner, error))
                return false;
        } else if (person && !add_address(w, m, person, error)) {
            return false;
        }
    }
    return true;
}

/* -- fields --------------------------------------------------------------- */

static const struct {
    AtsField from;
    const char *field;
} taken[] = {
    {ATS_FIRST_NAME, "first_name"}, {ATS_LAST_NAME, "last_name"},
    {ATS_LANG, "language"},         {ATS_TZ, "time_zone"},
    {ATS_COUNTRY, "country"},       {ATS_CITY, "city"},
    {ATS_TITLE, "job_title"},       {ATS_COMPANY, "employer"},
    {ATS_SENIORITY, "seniority"},   {ATS_TAGS, "tags"},
};

/* What the ATS says, as far as this workspace has fields and values for it. */
static char *
values_of(AtsWriter *w, const AtsRow *row, bool is_new)
{
    GString *json = g_string_new("{");

    for (gsize i = 0; i < G_N_ELEMENTS(taken); i++) {
        const Field *f = field_find(w->workspace->fields, taken[i].field);
        const char *text = row->value[taken[i].from];
        g_autofree char *reason = NULL;
        gsize before = json->len, start;
        if (!f || !text || !field_is_settable(f))
            continue;
        g_string_append_printf(json, "%s\"%s\":", before > 1 ? "," : "",
                               f->name);
        start = json->len;
        if (!candidate_value(w->workspace, f, text, json, &reason) ||
            json->len == start)
            g_string_truncate(json, before);
    }
    if (is_new)
        g_string_append_printf(json, "%s\"source\":\"ats\"",
                               json->len > 1 ? "," : "");
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static bool
add_person(AtsWriter *w, const AtsRow *row, const Mailbox *m, int64_t *out,
           GError **error)
{
    g_autofree char *values = values_of(w, row, true);
    NewCandidate who = {m->email, m->key, m->hmac, 0};

    w->out->people++;
    return candidate_writer_insert(w->people, &who, values, w->now, out, error);
}

/* Recruiters' own words stay: only what is empty is filled. */
static bool
fill_blanks(AtsWriter *w, const AtsRow *row, int64_t person, GError **error)
{
    g_autofree char *values = values_of(w, row, false);
    g_autofree char *before =
        candidate_writer_before(w->people, person, values, error);
    g_autofree char *missing = NULL;
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "SELECT json_group_object(v.key, CASE v.type WHEN 'array'"
                      "  THEN json(v.value) ELSE v.value END)"
                      " FROM json_each(:values) v"
                      " LEFT JOIN json_each(:before) b ON b.key = v.key"
                      " WHERE b.value IS NULL",
                      error);

    if (!before || !st)
        return false;
    statement_bind_text(st, ":values", values);
    statement_bind_text(st, ":before", before);
    if (statement_step(st))
        missing = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return false;
    return !missing || strcmp(missing, "{}") == 0 ||
           candidate_writer_update(w->people, person, missing, 0, w->now,
                                   error);
}

/* -- deleted, merged, not to be mailed ------------------------------------ */

static char *
origin_of(const AtsRow *row, const char *what)
{
    return g_strdup_printf("ats %s %s/%s", what, row->value[ATS_SRC],
                           row->value[ATS_ID]);
}

/* Gone there. Some ATS say so too when they merge two records, perhaps before
 * they say that: nobody is mailed at once, and erased only after a while. */
static bool
set_deleted(AtsWriter *w, const AtsRow *row, bool deleted, int64_t person,
            GError **error)
{
    g_autofree char *origin = origin_of(row, "deleted");
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "UPDATE ats_identity SET deleted_at ="
                      "  CASE WHEN :deleted THEN coalesce(deleted_at, :now) END"
                      " WHERE src = :src AND remote_id = :id",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":deleted", deleted);
    statement_bind_int(st, ":now", w->now);
    statement_bind_text(st, ":src", row->value[ATS_SRC]);
    statement_bind_text(st, ":id", row->value[ATS_ID]);
    if (!statement_run(st, error))
        return false;
    if (!deleted)
        return ats_lift(w, origin, error);
    return !person ||
           (ats_hold(w, person, "erasing", origin, FAR_AWAY, NULL, error) &&
            enrolment_exit(w->store, w->workspace, person, NULL, "erased",
                           w->now, error));
}

static bool
set_can_email(AtsWriter *w, const AtsRow *row, int64_t person, GError **error)
{
    const char *can = row->value[ATS_CAN_EMAIL];
    g_autofree char *origin = origin_of(row, "no mail");

    if (!can)
        return true;
    if (*can == '1')
        return ats_lift(w, origin, error);
    return ats_hold(w, person, "do_not_contact", origin, FAR_AWAY, NULL, error);
}

/* The ATS has made one of two records. `person` is who the record that went
 * away was. */
static bool
follow_merge(AtsWriter *w, const AtsRow *row, const char *into, int64_t person,
             GError **error)
{
    g_auto(Identity) kept = {0};

    if (!set_deleted(w, row, false, person, error) ||
        !read_identity(w, row->value[ATS_SRC], into, 0, &kept, error))
        return false;
    if (!kept.person || kept.erased || kept.person == person)
        return true;
    if (!person)
        return link_identity(w, row, kept.person, error);
    return ats_touch(w, kept.person, error) && ats_touch(w, person, error) &&
           candidate_merge_rows(w->store, w->workspace, w->keys, kept.person,
                                person, "ats", w->now, error);
}

/* Records that were merged into this one before it was known. */
static bool
adopt_merged(AtsWriter *w, const AtsRow *row, int64_t person, GError **error)
{
    g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "SELECT i.candidate_id FROM ats_identity i"
                      " JOIN candidate c ON c.candidate_id = i.candidate_id"
                      "  AND c.erased_at IS NULL"
                      " WHERE i.src = :src AND i.merged_into = :id"
                      "  AND i.candidate_id <> :person",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":src", row->value[ATS_SRC]);
    statement_bind_text(st, ":id", row->value[ATS_ID]);
    statement_bind_int(st, ":person", person);
    while (statement_step(st)) {
        int64_t other = statement_int(st, 0);
        g_array_append_val(others, other);
    }
    if (!statement_end(st, error))
        return false;
    for (guint i = 0; i < others->len; i++) {
        int64_t other = g_array_index(others, int64_t, i);
        if (!ats_touch(w, other, error) ||
            !candidate_merge_rows(w->store, w->workspace, w->keys, person,
                                  other, "ats", w->now, error))
            return false;
    }
    return true;
}

/* -- the record ----------------------------------------------------------- */

/* Find or make the person; *out 0: a conflict, or nobody can be made of it. */
static bool
find_person(AtsWriter *w, const AtsRow *row, const Identity *identity,
            const GPtrArray *mailboxes, int64_t *out, GError **error)
{
    bool several;

    *out = identity->person;
    if (!*out)
        *out = owner_of_all(mailboxes, &several);
    else
        several = false;
    if (*out || several || mailboxes->len == 0)
        return !*out || ats_touch(w, *out, error);
    return add_person(w, row, g_ptr_array_index(mailboxes, 0), out, error) &&
           ats_touch(w, *out, error);
}

/* Of a record in doubt: nobody is guessed, and none of them is mailed. */
static bool
keep_from_all(AtsWriter *w, const AtsRow *row, const GPtrArray *mailboxes,
              GError **error)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *m = g_ptr_array_index(mailboxes, i);
        if (m->owner && !set_can_email(w, row, m->owner, error))
            return false;
    }
    return true;
}

static bool
take_person(AtsWriter *w, const AtsRow *row, const Identity *identity,
            const GPtrArray *mailboxes, GError **error)
{
    int64_t person;

    if (!find_person(w, row, identity, mailboxes, &person, error) ||
        !settle_addresses(w, row, mailboxes, person, error))
        return false;
    if (!person)
        return keep_from_all(w, row, mailboxes, error);
    return link_identity(w, row, person, error) &&
           fill_blanks(w, row, person, error) &&
           set_can_email(w, row, person, error) &&
           (!identity->gone || set_deleted(w, row, false, person, error)) &&
           adopt_merged(w, row, person, error) && ats_settle(w, person, error);
}

bool
ats_put_candidate(AtsWriter *w, const AtsRow *row, AtsPut *out,
                  char **out_reason, GError **error)
{
    g_auto(Identity) identity = {0};
    g_autoptr(GPtrArray) mailboxes = NULL;
    bool erased = false;
    bool deleted = ats_row_is_deleted(row);
    const char *into = row->value[ATS_MERGED_INTO];

    if (!read_identity(w, row->value[ATS_SRC], row->value[ATS_ID],
                       ats_row_time(row, ATS_UPDATED_AT), &identity, error))
        return false;
    mailboxes = read_mailboxes(w, row, &erased, error);
    if (!mailboxes)
        return false;
    if ((identity.erased || erased) && !deleted) {
        *out = PUT_REFUSED;
        *out_reason = g_strdup("this person has asked to be erased");
        return true;
    }
    if (identity.older && !into) {
        *out = PUT_OLDER;
        return true;
    }
    if (!save_identity(w, row, error) || !ats_touch(w, identity.person, error))
        return false;
    if (into || identity.merged_into)
        return follow_merge(w, row, into ? into : identity.merged_into,
                            identity.person, error);
    if (deleted)
        return set_deleted(w, row, true, identity.person, error);
    return take_person(w, row, &identity, mailboxes, error);
}
