/* SPDX-License-Identifier: Apache-2.0 */
/* date-scan -- a text as words, and the days that it mentions.
 *
 * Shared by return_date.c and date_scan.c only. Days are GLib's Julian day
 * numbers. The words are those of tracking/data/date-words.tsv. */
#ifndef TRACKING_DATE_SCAN_H
#define TRACKING_DATE_SCAN_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    WORD_NONE,
    WORD_MONTH,
    WORD_DAY,
    WORD_NUMBER,
    WORD_UNIT,
    WORD_UNTIL,
    WORD_UNTIL_POST, /* behind its day: "20.3. asti" */
    WORD_FROM_POST,  /* likewise: "16日から" */
    WORD_BACK,
    WORD_AVAIL,
    WORD_FROM,
    WORD_AFTER,
    WORD_BEFORE,
    WORD_ONLY, /* "ne ... que lundi": with a negation, not before it */
    WORD_NOT,
    WORD_NEXT,
    WORD_THIS,
    WORD_REL,
    WORD_TODAY,
    WORD_END,
    WORD_MID,
    WORD_BEGIN,
    WORD_THE,
    WORD_OF,
    WORD_IN,
    WORD_FOR,
    WORD_WEEK,
    WORD_WEEKOF,
    WORD_INCL,
    WORD_SEASON,
    WORD_HOLIDAY,
    WORD_PAST,
    WORD_BETWEEN,
    WORD_AND,
    WORD_TO, /* between two numbers only: "de 2 a 13 de abril" */
    WORD_THISWEEK,
    WORD_NEXTWEEK,
    WORD_NEXTMONTH,
    WORD_NEXTYEAR,
    WORD_MODAL, /* "may be" is no month */
    WORD_KINDS,
} WordKind;

enum { PHRASE_MAX = 4, TOKENS_MAX = 3000 };

typedef struct {
    enum { TOKEN_WORD, TOKEN_NUMBER, TOKEN_MARK, TOKEN_STOP } type;
    int value;                   /* NUMBER: its value; MARK: the character */
    int digits;                  /* NUMBER: how many */
    int letters;                 /* WORD: how many bytes */
    bool glued;                  /* no blank in front */
    GArray *meaning[PHRASE_MAX]; /* of the 1, 2, ... words from here */
} Token;

typedef enum {
    MENTION_DAY,
    MENTION_PERIOD,   /* a week, a month */
    MENTION_DURATION, /* "for two weeks": `first` is the day behind it */
    MENTION_DISTANCE, /* "in two weeks" */
    MENTION_RANGE,    /* "July 10-31": `first` is the last day */
    MENTION_TODAY,
} MentionType;

typedef struct {
    MentionType type;
    int first, last; /* Julian days */
    int start, end;  /* tokens [start, end) */
    bool whole;      /* period: "the end of", its last day is meant */
    bool vague;      /* a season, a holiday, a year */
    bool weekday;    /* "Monday" alone: the next one after today */
} Mention;

typedef struct {
    GArray *tokens;   /* Token */
    GArray *mentions; /* Mention */
    const char *languages[4];
    int today; /* 0 = unknown */
    int max_days;
    bool month_first; /* 3/4 is March 4th */
} DateScan;

/* Takes `folded` apart. */
void date_scan_init(DateScan *scan, const char *folded, const char *language,
                    int today, int offset_minutes, int max_days);
void date_scan_clear(DateScan *scan);

const Token *date_scan_token(const DateScan *scan, int index); /* or NULL */
/* How many tokens from `index` on are a word of that kind; 0 = it is not. */
int date_scan_word(const DateScan *scan, int index, WordKind kind, int *value);

/* scan->mentions, in order; date_mentions.c */
void date_scan_find(DateScan *scan);

#endif
