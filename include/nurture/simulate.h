/* SPDX-License-Identifier: Apache-2.0 */
/* simulate -- a campaign played through in advance.
 *
 * The real engine (enrolment, agenda, eligibility, composing, the outbox and
 * SMTP) runs on a copy of the database against a mail server inside this
 * process, hour by hour on a clock of its own; where mail waits for the rate,
 * minute by minute. Campaigns that run already run on in it. Nothing of it
 * reaches the real database or anybody's mailbox. Replies and bounces happen to
 * a stated share of mails, chosen by their ids, so that a simulation repeats,
 * or to those of a file; the ATS is taken to be in step. */
#ifndef NURTURE_SIMULATE_H
#define NURTURE_SIMULATE_H

#include "nurture/scheduler.h"

typedef struct {
    const char *campaign, *role; /* role NULL: none */
    int64_t from, to;            /* UTC ms; at most two years apart */
    int replies, bounces;        /* basis points of mails */
    const char *answers;         /* CSV: email, mail, what; NULL = none */
} SimulateWish;

typedef struct {
    char *date;           /* YYYY-MM-DD in the workspace's zone */
    int64_t sent, others; /* of the campaign; of other campaigns */
} SimulateDay;

typedef struct {
    char *email;
    GPtrArray *lines; /* text: "2026-03-03 09:00  welcome", .. */
} SimulatePerson;

typedef struct {
    int64_t people, sent, replied, bounced, done, waiting;
    int64_t reasons[ELIGIBILITY_REASONS]; /* how often a due mail was held */
    GPtrArray *days;    /* SimulateDay, in order, none left out */
    GPtrArray *persons; /* SimulatePerson: up to 5 */
} Simulation;

/* `workspace` is changed for the simulation and of no use afterwards; `store`
 * is only read. The campaign's status does not matter. Problems of its files go
 * to `problems`. */
bool simulate_run(Workspace *workspace, Store *store, const Keys *keys,
                  const SimulateWish *wish, Simulation *out,
                  Diagnostics *problems, GError **error);
void simulation_clear(Simulation *simulation);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Simulation, simulation_clear)

#endif
