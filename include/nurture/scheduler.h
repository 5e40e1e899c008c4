/* SPDX-License-Identifier: Apache-2.0 */
/* scheduler -- who is in a campaign, what is due for them, and the mail for it.
 *
 * One tick: enrol newcomers -> find due steps -> ask eligibility -> put rows
 * into the outbox. Every step is idempotent and in small transactions; any
 * number of ticks may overlap, and one can be killed at any instruction. */
#ifndef NURTURE_SCHEDULER_H
#define NURTURE_SCHEDULER_H

#include "nurture/campaign.h"
#include "nurture/delivery.h"
#include "nurture/eligibility.h"
#include "nurture/store.h"
#include "nurture/token.h"

/* ---- plan: the dry run of the real thing ------------------------------- */

typedef struct {
    char *id; /* of the first mail's variant */
    int64_t people;
} PlanVariant;

typedef struct {
    char *segment;       /* NULL: an expression of its own */
    int64_t people;      /* will get the first mail */
    GPtrArray *variants; /* PlanVariant; empty: the first mail has none */
} PlanSegment;

typedef struct {
    char *date; /* YYYY-MM-DD in the workspace's zone */
    int64_t people;
    int64_t others; /* other campaigns' mails that go first */
} PlanDay;

typedef struct {
    int64_t candidate;
    Eligibility reason;
    char *detail; /* name of the missing field; NULL */
} PlanLeftOut;

typedef struct {
    char *id; /* first 8 hex digits of the content's hash */
    char *snapshot;
    char *campaign, *name;
    char *role; /* the campaign is about it; NULL */
    /* People on the role's reviewed list, who are the audience then; 0: nobody
     * has reviewed, and it cannot be launched. */
    int64_t shortlisted;
    bool is_sequence;
    int64_t made_at, start;
    int64_t matched; /* in one of the audience's parts */
    int64_t people;  /* will be mailed, now or when cap and window allow */
    int64_t already; /* enrolled before */
    int64_t left_out[ELIGIBILITY_REASONS];
    int64_t later; /* of `people`: the cap lets them start later */
    int64_t no_first_name, used_fallback;
    GPtrArray *segments; /* PlanSegment */
    GPtrArray *days;     /* PlanDay: first mails per day, in order */
    GPtrArray *samples;  /* "subject <TAB> address", up to 5 */
    GPtrArray *examples; /* PlanLeftOut, up to 20 per reason */
} Plan;

/* Progress: called every few thousand candidates. May be NULL. */
typedef void (*SchedulerProgress)(int64_t done, gpointer data);

/* Fill every candidate's first mail without sending. Problems of the files
 * and of the data (E7.., W7..) go to `problems`. NULL with ERROR_INPUT when
 * the campaign has errors. */
Plan *plan_make(Catalogue *catalogue, Store *store, const Campaign *campaign,
                int64_t now, Diagnostics *problems, SchedulerProgress progress,
                gpointer data, GError **error);
void plan_free(Plan *plan);
/* Keep what it promises, so that launch can name it. */
bool plan_save(Store *store, const Plan *plan, GError **error);

/* What a kept plan says. Owned. */
typedef struct {
    char *id, *campaign, *snapshot, *role; /* role NULL: about none */
    int64_t made_at, matched, people, already;
    int64_t left_out[ELIGIBILITY_REASONS];
} PlanPromise;

/* The newest plan whose id begins so. ERROR_NOT_FOUND. */
bool plan_promise(Store *store, const char *prefix, PlanPromise *out,
                  GError **error);
void plan_promise_clear(PlanPromise *promise);

typedef enum { FILE_ADDED, FILE_REMOVED, FILE_CHANGED } FileChangeKind;

/* What was written since the launch of the version that runs. */
typedef struct {
    char *path;
    FileChangeKind kind;
    int added, removed; /* lines */
    GPtrArray *lines;   /* char *: "+ new" and "- old"; empty for pictures,
                           for whole files, and where they are too many */
} FileChange;

/* FileChange, by path; empty when nothing differs or nothing runs. */
GPtrArray *campaign_changes(Catalogue *catalogue, Store *store,
                            const Campaign *campaign, GError **error);

/* ---- launch and control ------------------------------------------------ */

/* What becomes of people in the middle when the steps have changed. */
typedef enum {
    ENROLLED_AS_WRITTEN, /* they stay, unless `was` or `drop` is there */
    ENROLLED_MIGRATE,    /* they go on with the new version */
    ENROLLED_FINISH,     /* they stay with the old one */
} EnrolledRule;

typedef struct {
    char *step, *snapshot; /* what they wait for, in which version */
    char *to;              /* the new version's step; NULL: they stay */
    int64_t people;
} LaunchMove;

/* LaunchMove for everybody who is in the middle of another version than
 * `snapshot`. ERROR_REFUSED (E615) when a step that people wait for is gone
 * without a word. */
GPtrArray *launch_moves(Catalogue *catalogue, Store *store,
                        const Campaign *campaign, const char *snapshot,
                        EnrolledRule rule, int64_t now, GError **error);

/* Freeze the sources and start: snapshot, campaign row, enrolment of the whole
 * audience. `confirmed` must equal the plan's people, made now. Refuses
 * (ERROR_REFUSED) a draft, a wrong number and a campaign that runs already
 * from the same sources. */
bool campaign_launch(Catalogue *catalogue, Store *store,
                     const Campaign *campaign, const Plan *plan,
                     int64_t confirmed, EnrolledRule rule, int64_t now,
                     GError **error);
/* Would it be refused whatever number is confirmed? Asked before that is. */
bool campaign_may_launch(Store *store, const Campaign *campaign,
                         const Plan *plan, GError **error);
/* running | paused | stopped. `campaign` NULL: all (panic). Paused campaigns
 * resume; stopped ones do not. *out_changed counts campaigns. */
bool campaign_set_state(Store *store, const char *campaign, const char *state,
                        int64_t now, int64_t *out_changed, GError **error);

/* What becomes of the time that a pause took. */
typedef enum {
    RESUME_SHIFT,    /* everything comes later by its length */
    RESUME_CATCH_UP, /* what is overdue comes next, by the rules of lateness */
    RESUME_SKIP,     /* what is overdue is left out */
} ResumeRule;

/* Told now and then how many people and mails have been moved. */
typedef struct {
    void (*tell)(int64_t done, int64_t total, gpointer data);
    gpointer data;
} ResumeProgress;

/* A paused campaign runs again; ERROR_NOT_FOUND when it is not paused. In
 * small transactions: ended in the middle it stays paused, and is resumed by
 * resuming it again. `progress` may be NULL. */
bool campaign_resume(const Workspace *workspace, Store *store, const Keys *keys,
                     const char *campaign, ResumeRule rule, int64_t now,
                     const ResumeProgress *progress, GError **error);
/* How many mails of it are due in each of the next hours (int64_t), the first
 * being the one that `now` is in. */
GArray *campaign_volume(Store *store, const char *campaign, int64_t now,
                        int hours, GError **error);

/* ---- the tick ---------------------------------------------------------- */

typedef struct {
    int64_t enrolled, queued, postponed, exited, skipped;
    int64_t moved; /* as the window or the holidays are others now */
    int64_t reasons[ELIGIBILITY_REASONS]; /* of due steps, each once */
} TickResult;

bool scheduler_tick(const Workspace *workspace, Store *store, const Keys *keys,
                    int64_t now, TickResult *out, GError **error);

/* Content of campaign mail for delivery_run(). Free it afterwards. */
Composer *campaign_composer_new(const Workspace *workspace, Store *store,
                                const Keys *keys, int64_t now, GError **error);
void campaign_composer_free(Composer *composer);
/* Subject, a blank line and the text of a campaign's mail, filled again from
 * its snapshot with what is known now, for somebody who reads it; it has the
 * person's own links in it. NULL without error when there is no such mail or
 * it cannot be filled any more. */
char *campaign_mail_text(Store *store, const Workspace *workspace,
                         const Keys *keys, const char *message_id, int64_t now,
                         GError **error);
/* The same as a page for a browser: its HTML, with the images in it. */
char *campaign_mail_html(Store *store, const Workspace *workspace,
                         const Keys *keys, const char *message_id, int64_t now,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PlanPromise, plan_promise_clear)

#endif
