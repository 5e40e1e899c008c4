/* SPDX-License-Identifier: Apache-2.0 */
/* demo -- a company that does not exist, with mail that goes nowhere.
 *
 * The demo is the end-to-end test: it starts a catcher of mail and the web
 * pages on loopback, lets the program run as a user would, hour after invented
 * hour, and lets robots answer in the candidates' place. At the end it counts
 * what the robots did against what nurture understood. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include "cli.h"

enum { DEMO_PEOPLE = 240 };

/* How a candidate behaves, by the hash of the address. */
typedef enum {
    ROBOT_SILENT,
    ROBOT_READS,      /* opens */
    ROBOT_CLICKS,     /* opens and clicks */
    ROBOT_INTERESTED, /* answers: yes */
    ROBOT_LATER,      /* answers: not now, ask in some months */
    ROBOT_ASKS,       /* answers: a question */
    ROBOT_LEAVES,     /* one-click opt-out */
    ROBOT_AWAY,       /* out of office, with a date */
    ROBOT_GONE,       /* the mailbox does not exist: a DSN comes back */
    ROBOT_COMPLAINS,  /* the spam button: a feedback report comes back */
    ROBOT_KINDS,
} RobotKind;

RobotKind robot_of(const char *address);

/* 240 invented candidates as CSV with consent columns. */
char *demo_people_csv(void);

typedef struct Robots Robots;

/* What they have done, for the count at the end. */
typedef struct {
    int64_t mails;   /* read from the catcher, to candidates */
    int64_t digests; /* .. and to recruiters */
    int64_t opens, clicks, replies, away, bounces, opt_outs, complaints;
    int64_t failures; /* a request that was not answered as it should be */
} RobotCounts;

/* Watch the catcher's log and directory. `nurture` is this program's path. */
Robots *robots_new(const char *nurture, const char *workspace,
                   const char *directory, const char *log);
void robots_free(Robots *robots);
/* Read new mail, and do what is due at `now`. */
bool robots_step(Robots *robots, int64_t now, GError **error);
const RobotCounts *robots_counts(const Robots *robots);

#endif
