/* SPDX-License-Identifier: Apache-2.0 */
/* expression -- the one condition language, parsed and checked.
 *
 *     interest has any [backend, sre] and seniority >= senior
 *     and last_engaged within 180d and not open_to_work
 *
 * Used by segments, audience, exclude, only_if, stop_when, goal and by
 * {% if %} in mails. Two-valued: a test on a missing value is false and its
 * `not` is true. Only SQL evaluates it (campaigns/segment_sql.c), so that a
 * segment and a mail can never disagree; expressions over static names
 * (audience, variant, language, mail, role.*) are decided when a mail is
 * compiled. Grammar and limits: 64 levels, 500 parameters, 8 KiB. */
#ifndef NURTURE_EXPRESSION_H
#define NURTURE_EXPRESSION_H

#include "nurture/diagnostic.h"
#include "nurture/field.h"

typedef enum {
    EXPR_AND,
    EXPR_OR,  /* children */
    EXPR_NOT, /* children[0] */
    EXPR_EVERYONE,
    EXPR_CONSTANT, /* flag: decided while compiling */
    EXPR_COMPARE,  /* field op values[0] */
    EXPR_IN,       /* field in values; flag = not in */
    EXPR_MISSING,  /* field is missing; flag = is not missing */
    EXPR_BETWEEN,  /* field between values[0] and values[1] */
    EXPR_CONTAINS,
    EXPR_STARTS,
    EXPR_ENDS, /* text field, values[0] */
    EXPR_HAS_ANY,
    EXPR_HAS_ALL,
    EXPR_HAS_NONE, /* set field, values */
    EXPR_WITHIN,   /* date field within span */
    EXPR_OLDER,    /* date field older than span */
    EXPR_SINCE,
    EXPR_BEFORE,   /* date field, at */
    EXPR_YES,      /* yes/no field */
    EXPR_SEGMENT,  /* name; resolved while compiling to SQL */
    EXPR_ACTIVITY, /* verb, campaign, mail, times, span or at */
    EXPR_STATIC,   /* static name (in `name`) op values; IN-like */
} ExprKind;

typedef enum { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE } ExprOp;

typedef enum {
    VERB_SENT,
    VERB_DELIVERED,
    VERB_OPENED,
    VERB_CLICKED,
    VERB_REPLIED,
    VERB_BOUNCED,
    VERB_APPLIED,
    VERB_INTERVIEWED,
    VERB_HIRED,
    VERB_FINISHED,
    VERB_SOURCED,
    VERB_CONTACTED,
    VERB_MET,
    VERB_DECLINED,
    VERB_OPTED_OUT,
} ExprVerb;

typedef enum { TIME_NONE, TIME_WITHIN, TIME_SINCE, TIME_BEFORE } ExprTime;

typedef struct Expression Expression;
struct Expression {
    ExprKind kind;
    gsize offset, length; /* in the source it was parsed from */
    GPtrArray *children;  /* Expression, owned; AND, OR, NOT */
    const Field *field;   /* borrowed from the FieldSet */
    ExprOp op;
    char **values; /* canonical text; of COMPARE and BETWEEN with dates: for
                      each the day's start and the next one's, UTC ms in
                      decimal, then the dates as they were written */
    bool flag;
    char *name; /* segment, or static name */
    ExprVerb verb;
    char *campaign, *mail; /* activity; NULL = any */
    bool this_time;        /* activity: since they were enrolled in `campaign`
                              last; see expression_since_enrolment() */
    int times;             /* activity: at least; 1 unless said */
    ExprTime time;         /* activity; and what `count`, `unit`, `at` mean */
    int count;             /* length of time: 90 */
    char unit;             /* h d w m y */
    int64_t at;            /* UTC ms, for since and before */
};

/* What names mean where an expression stands. All borrowed. Lookup functions
 * may be NULL: then every such name is accepted. */
typedef struct {
    const FieldSet *fields;
    const char *const *segments; /* names, NULL-ended; NULL = none exist */
    /* mails of a campaign, NULL-ended; NULL = no such campaign */
    const char *const *(*mails)(const char *campaign, gpointer data);
    const char *const *campaigns; /* names, for did-you-mean */
    bool statics;    /* audience, variant, language, mail may be used */
    bool needs_role; /* role.* may be used */
    GTimeZone *zone; /* of dates without one */
    gpointer data;
} ExpressionScope;

/* Parse source[offset..offset+length), which may span lines and hold '#'
 * comments. All problems are reported at their places (E301-E332). NULL if
 * there was an error. */
Expression *expression_parse(const ExpressionScope *scope, const Source *source,
                             gsize offset, gsize length, Diagnostics *problems);
void expression_free(Expression *expression);
Expression *expression_copy(const Expression *expression);

/* Makes what happened "in `campaign`" count from a candidate's present way
 * through it only: an answer to the last one does not end the next. Before
 * that begins, nothing counts. */
void expression_since_enrolment(Expression *expression, const char *campaign);

/* The value of a static name: one text, or for a role's list several. */
typedef struct {
    const char *name;          /* "audience", "role.levels" */
    const char *const *values; /* NULL-ended */
} StaticValue;

/* A copy in which all that `statics` (name NULL ends it) decides has been
 * decided (NULL = nothing): EXPR_STATIC nodes are constants, role.* values are
 * replaced, and constants are folded away. */
Expression *expression_reduce(const Expression *expression,
                              const StaticValue *statics);
/* Does the reduced expression have one answer for everybody? */
bool expression_is_constant(const Expression *expression, bool *out_value);

/* Canonical one-line text, as a person would write it. */
char *expression_format(const Expression *expression);
const char *verb_name(ExprVerb verb);       /* "replied" */
const char *verb_event_kind(ExprVerb verb); /* the event's kind in the store */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expression, expression_free)

#endif
