/* SPDX-License-Identifier: Apache-2.0 */
/* ranking -- the people of the pool, in the order in which they fit a role.
 *
 * Looked at is who shares an interest with the role, or has one of its words
 * (title, skills) in a job title, a set or a note. Eight parts of 0 to 1, each
 * times its weight (ranking.* in nurture.yaml), make 0 to 100 points; a part
 * that nobody can judge (no such field) does not count. The same store gives
 * the same ranking; ties go to the older id.
 *
 * Nobody is in it who may not be mailed by eligibility.h; reasons that pass
 * by themselves (cap, hold, window, stale ATS data) keep nobody out. Every
 * signal is a stream in the order of ids and all are merged in one pass, so
 * memory is that of the answer, whatever the pool. */
#ifndef NURTURE_RANKING_H
#define NURTURE_RANKING_H

#include "nurture/eligibility.h"
#include "nurture/role.h"

enum { RANKING_MOST = 10000 };

typedef enum {
    RANK_INTEREST,  /* shares interests */
    RANK_WORDS,     /* has its words; rare words say more */
    RANK_SENIORITY, /* is on one of its levels, or one step beside */
    RANK_LOCATION,  /* lives in its city, or one of its countries */
    RANK_LANGUAGE,
    RANK_REACHED, /* how far they got when they applied before */
    RANK_RECENCY, /* the last sign of life; halves every year */
    RANK_SCORE,   /* engagement */
    RANK_PARTS,
} RankPart;

typedef struct {
    int64_t candidate;
    double points;            /* 0 to 100 */
    double parts[RANK_PARTS]; /* points of each; they add up to `points` */
    EligibilityAnswer answer;
} Ranked;

typedef struct {
    double most[RANK_PARTS]; /* points a part can give; 0: it is not judged */
    int64_t looked_at;       /* share an interest or a word */
    GArray *people;          /* Ranked, the best first; at most the limit */
    /* Who would stand in the list, and may not be mailed; with a list that is
     * not full that is everybody. */
    int64_t left_out[ELIGIBILITY_REASONS];
    GArray *left; /* Ranked: the first of them, at most the limit */
} Ranking;

/* `limit`: 1 to RANKING_MOST. */
Ranking *ranking_make(Store *store, const Workspace *workspace,
                      const Role *role, guint limit, int64_t now,
                      GError **error);
void ranking_free(Ranking *ranking);

/* "interest", a stable word. */
const char *rank_part_word(RankPart part);
/* Why one person got what they got: a text per part ("": nothing to say),
 * and last their consent; RANK_PARTS + 1 texts and a NULL, owned. */
char **ranking_explain(Store *store, const Workspace *workspace,
                       const Role *role, const Ranked *person, int64_t now,
                       GError **error);
/* The words that are looked for, as they are searched. Owned, NULL-ended. */
char **ranking_words(const Role *role);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ranking, ranking_free)

#endif
