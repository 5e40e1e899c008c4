/* SPDX-License-Identifier: Apache-2.0 */
/* enrolment.c - entering, moving through and leaving a campaign */
#include "enrolment.h"

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/hash.h"

#include <string.h>

void
enrolment_clear(Enrolment *e)
{
    g_clear_pointer(&e->campaign, g_free);
    g_clear_pointer(&e->snapshot, g_free);
    g_clear_pointer(&e->segment, g_free);
    g_clear_pointer(&e->step, g_free);
}

/* A wait in days names a day, of which `at` chooses the time. */
static bool
waits_for_a_day(const CampaignStep *step)
{
    return step->wait == WAIT_SPAN && step->span.unit >= SPAN_DAYS;
}

/* Forward to a weekday, strictly after the day of the previous mail, and to a
 * wall time. */
static int64_t
move_to_day_and_time(const CampaignStep *step, GTimeZone *zone, int64_t anchor,
                     int64_t floor, int64_t due)
{
    LocalTime t = utc_to_local(zone, due), a = utc_to_local(zone, anchor);
    bool same_day = t.year == a.year && t.month == a.month && t.day == a.day;
    int days = 0;
    int64_t moved;

    if (step->on_weekday < 0 && step->at_minute < 0)
        return due;
    if (step->on_weekday >= 0)
        days = same_day ? (step->on_weekday - t.weekday + 6) % 7 + 1
                        : (step->on_weekday - t.weekday + 7) % 7;
    if (step->at_minute >= 0)
        t.minute = step->at_minute;
    moved = local_to_utc(zone, t.year, t.month, t.day + days, t.minute);
    if (moved >= (waits_for_a_day(step) ? floor : due))
        return moved;
    days += step->on_weekday >= 0 ? 7 : 1;
    return local_to_utc(zone, t.year, t.month, t.day + days, t.minute);
}

/* Inside the slot; when that is another day, at the step's own time of it. */
static int64_t
move_into_slot(const CampaignStep *step, const Slot *slot, int64_t due)
{
    int64_t next = slot_next(slot, due), wished;
    LocalTime t;

    if (next < 0)
        return due; /* the window never opens: asked again when it is due */
    if (next == due || step->at_minute < 0)
        return next;
    t = utc_to_local(slot->zone, next);
    wished = local_to_utc(slot->zone, t.year, t.month, t.day, step->at_minute);
    return wished >= next && slot_next(slot, wished) == wished ? wished : next;
}

int64_t
step_due(const Campaign *campaign, const CampaignStep *step, const Slot *slot,
         int64_t anchor)
{
    int64_t due = MAX(anchor, campaign->start);

    if (step->wait == WAIT_SPAN)
        due = slot_move(slot, &step->span, anchor);
    else if (step->wait == WAIT_UNTIL)
        due = MAX(anchor, step->until);
    due = move_to_day_and_time(step, slot->zone, anchor,
                               MAX(anchor, campaign->start),
                               MAX(due, campaign->start));
    return move_into_slot(step, slot, due);
}

int64_t
step_deadline(const CampaignStep *step, const Slot *slot, int64_t due)
{
    int64_t open = slot_next(slot, due);

    return step->late == LATE_NEXT_WINDOW || open < 0 ? 0
                                                      : slot_end(slot, open);
}

int64_t
spread_within(const Campaign *campaign, const Slot *slot,
              const char *message_id, int64_t at)
{
    int64_t room = MIN(span_ms(&campaign->spread), slot_end(slot, at) - at);

    return room > 0
               ? at + (int64_t)(hash_stable(message_id, 0) % (uint64_t)room)
               : at;
}

/* Who finished before this moment may come again; 0: nobody. Who said "not now,
 * in September" may come again in any case: until then a hold keeps them. */
static int64_t
comes_back_after(const Workspace *workspace, const Campaign *campaign,
                 int64_t now)
{
    return campaign->re_enter.count > 0
               ? span_move(&campaign->re_enter, workspace->zone, now, -1)
               : 0;
}

bool
enrolment_is_open(Store *store, const Workspace *workspace,
                  const Campaign *campaign, int64_t candidate, int64_t now,
                  bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT count(*) = 0 OR (sum(state IN ('active', 'waiting')) = 0"
        "  AND (max(updated_at) <= :before"
        "   OR sum(coalesce(exit_reason, '') <> 'not_now') = 0))"
        " FROM enrolment"
        " WHERE candidate_id = :candidate AND campaign = :campaign",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_int(st, ":before",
                       comes_back_after(workspace, campaign, now));
    *out = statement_step(st) && statement_int(st, 0) != 0;
    return statement_end(st, error);
}

static bool
record(Store *store, const Workspace *workspace, int64_t candidate,
       const char *kind, const char *campaign, int64_t now, GError **error)
{
    Event event = {
        .candidate = candidate, .kind = kind, .campaign = campaign, .at = now};

    return event_record(store, workspace, &event, NULL, error);
}

bool
enrolment_add(Store *store, const Workspace *workspace,
              const Campaign *campaign, const char *snapshot,
              const Member *member, int64_t now, bool *out_added,
              GError **error)
{
    const CampaignStep *first = g_ptr_array_index(campaign->steps, 0);
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO enrolment (candidate_id, campaign, cycle, snapshot,"
        "  segment, control, state, step, due_at, anchor_at, enrolled_at,"
        "  updated_at)"
        " SELECT :candidate, :campaign, coalesce(max(cycle), 0) + 1, :snapshot,"
        "  :segment, :control, 'active', :step, :due, :now, :now, :now"
        " FROM enrolment WHERE candidate_id = :candidate"
        "  AND campaign = :campaign"
        " HAVING count(*) = 0 OR (sum(state IN ('active', 'waiting')) = 0"
        "  AND (max(updated_at) <= :before"
        "   OR sum(coalesce(exit_reason, '') <> 'not_now') = 0))"
        " ON CONFLICT (candidate_id, campaign, cycle) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", member->id);
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_text(st, ":snapshot", snapshot);
    statement_bind_text(st, ":segment",
                        member->part ? member->part->segment : NULL);
    statement_bind_int(st, ":control", member->control);
    statement_bind_text(st, ":step", first->mail->id);
    statement_bind_int(st, ":before",
                       comes_back_after(workspace, campaign, now));
    statement_bind_int(st, ":due",
                       step_due(campaign, first, &member->slot, now));
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    *out_added = store_changes(store) > 0;
    return !*out_added || record(store, workspace, member->id, "enrolled",
                                 campaign->id, now, error);
}

/* UPDATEs of one enrolment that still stands at its step. */
static Statement *
prepare_move(Store *store, const char *sql, const Enrolment *e, int64_t now,
             GError **error)
{
    Statement *st = store_prepare(store, sql, error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":candidate", e->candidate);
    statement_bind_text(st, ":campaign", e->campaign);
    statement_bind_int(st, ":cycle", e->cycle);
    statement_bind_text(st, ":step", e->step);
    statement_bind_int(st, ":now", now);
    return st;
}

static bool
finish(Store *store, const Workspace *workspace, const Enrolment *e,
       int64_t now, GError **error)
{
    g_autoptr(Statement) st = prepare_move(
        store,
        "UPDATE enrolment SET state = 'done', due_at = NULL, updated_at = :now"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND cycle = :cycle AND step = :step"
        "  AND state IN ('active', 'waiting')",
        e, now, error);

    if (!st || !statement_run(st, error))
        return false;
    return store_changes(store) == 0 ||
           record(store, workspace, e->candidate, "finished", e->campaign, now,
                  error);
}

bool
enrolment_advance(Store *store, const Workspace *workspace,
                  const Campaign *campaign, const Enrolment *e,
                  const Slot *slot, int64_t anchor, int64_t now, GError **error)
{
    int index = campaign_step_index(campaign, e->step);
    const CampaignStep *next;
    g_autoptr(Statement) st = NULL;

    if (index < 0 || (guint)index + 1 >= campaign->steps->len)
        return finish(store, workspace, e, now, error);
    next = g_ptr_array_index(campaign->steps, (guint)index + 1);
    st = prepare_move(
        store,
        "UPDATE enrolment SET state = 'active', step = :next, due_at = :due,"
        "  since_at = NULL, anchor_at = :anchor, updated_at = :now"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND cycle = :cycle AND step = :step"
        "  AND state IN ('active', 'waiting')",
        e, now, error);
    if (!st)
        return false;
    statement_bind_text(st, ":next", next->mail->id);
    statement_bind_int(st, ":due", step_due(campaign, next, slot, anchor));
    statement_bind_int(st, ":anchor", anchor);
    return statement_run(st, error);
}

bool
enrolment_postpone(Store *store, const Enrolment *e, int64_t due_at,
                   bool grows_old, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        prepare_move(store,
                     "UPDATE enrolment SET state = 'active',"
                     "  since_at = CASE WHEN :old"
                     "   THEN coalesce(since_at, due_at) END,"
                     "  due_at = :due, updated_at = :now"
                     " WHERE candidate_id = :candidate AND campaign = :campaign"
                     "  AND cycle = :cycle AND step = :step"
                     "  AND state IN ('active', 'waiting')",
                     e, now, error);

    if (!st)
        return false;
    statement_bind_int(st, ":due", due_at);
    statement_bind_int(st, ":old", grows_old);
    return statement_run(st, error);
}

bool
enrolment_wait(Store *store, const Enrolment *e, int64_t now, GError **error)
{
    g_autoptr(Statement) st = prepare_move(
        store,
        "UPDATE enrolment SET state = 'waiting', updated_at = :now"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND cycle = :cycle AND step = :step AND state = 'active'",
        e, now, error);

    return st && statement_run(st, error);
}
